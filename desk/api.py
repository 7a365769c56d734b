"""What the JSON addresses below /api share: signed-in callers, msgspec's form of our values, paging parameters."""

from typing import Annotated, Any

import msgspec
from fastapi import Query
from fastapi.responses import Response

from store.paging import Page

MAX_LIMIT = 200

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
Short = Annotated[str, Query(max_length=100)]


def as_json(value: Any) -> Response:
    """`value` (messages, rows, dictionaries of them) as JSON; times in ISO 8601, UTC."""
    return Response(msgspec.json.encode(value), media_type="application/json")


def as_page(page: Page[Any]) -> Response:
    """One page: {"items": [...], "next": cursor or null}."""
    return as_json({"items": page.items, "next": page.next})

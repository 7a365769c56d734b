"""Keyset paging: a page goes on exactly after the last row of the one before, however much arrived meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, literal, tuple_

from store.types import micros

T = TypeVar("T")

MAX_LIMIT = 1000


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows, newest first, and the cursor of the next page (None on the last one)."""

    items: tuple[T, ...]
    next: str | None = None


def fetch_page(
    conn: Connection,
    query: Select[Any],
    *,
    by: tuple[ColumnElement[Any], ColumnElement[Any]],
    limit: int,
    after: str | None,
    make: Callable[[Row[Any]], T],
) -> Page[T]:
    """One page of `query`, ordered by the columns `by` (time, id), both descending.

    after: the `next` of the page before. Raises ValueError for a cursor that is none, or a limit below 1.
    """
    if limit < 1:
        raise ValueError(f"limit: expected 1 or more, got {limit}")
    limit = min(limit, MAX_LIMIT)
    at, ident = by
    if after is not None:
        last_at, last_id = _read_cursor(after, ident.type.python_type)
        query = query.where(tuple_(at, ident) < tuple_(literal(last_at, at.type), literal(last_id, ident.type)))
    query = query.add_columns(at.label("_at"), ident.label("_id")).order_by(at.desc(), ident.desc()).limit(limit + 1)
    rows = conn.execute(query).all()
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(tuple(make(row) for row in rows), f"{micros(rows[-1]._at)}.{rows[-1]._id}" if more else None)


def _read_cursor(cursor: str, kind: type) -> tuple[int, Any]:
    at, _, ident = cursor.partition(".")
    try:
        return int(at), kind(ident)
    except ValueError:
        raise ValueError("not a page cursor: use the `next` of the page before") from None

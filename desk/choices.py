"""The values a filter offers: words for slugs, and the places and sources this installation knows."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from fastapi import Query

from desk.errors import BadRequest
from store.sources import SourceHealth

After = Annotated[str, Query(max_length=300, pattern=r"^$|^-?\d{1,17}\..+$")]
"""The `after` of an address: empty, or a cursor of the store (store/paging.py)."""


def jurisdictions(sources: Iterable[SourceHealth]) -> dict[str, str]:
    """The jurisdictions of the registered sources."""
    return {name: name for name in sorted({s.jurisdiction for s in sources if s.jurisdiction})}


def source_names(sources: Iterable[SourceHealth]) -> dict[str, str]:
    """The registered sources."""
    return {name: name for name in sorted(s.name for s in sources)}


def one_of(value: str, table: Mapping[str, object], label: str) -> str | None:
    """`value` when the table knows it, None when it is empty. Raises BadRequest otherwise, naming `label`."""
    if value and value not in table:
        raise BadRequest(f"“{label}”没有这个选项。")
    return value or None


def polarity(value: str, label: str) -> int | None:
    """-1, 0 or 1 from a filter field; None when it is empty. Raises BadRequest otherwise."""
    if value not in ("", "-1", "0", "1"):
        raise BadRequest(f"“{label}”没有这个选项。")
    return int(value) if value else None

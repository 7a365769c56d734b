"""Which items a collector has published already, so that a feed read again gives only what is new or changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from store.sql import chunks, insert
from store.tables import seen

SeenRow = tuple[str, str, int, str, datetime]
"""id, digest of the content, revision, source, time."""


@dataclass(frozen=True)
class Seen:
    """What an item looked like when it was last published."""

    digest: str
    revision: int


def known(conn: Connection, ids: Iterable[str]) -> dict[str, Seen]:
    """Those of `ids` that were published, with their digest and revision."""
    query = select(seen.c.id, seen.c.digest, seen.c.revision)
    return {
        row.id: Seen(row.digest, row.revision)
        for part in chunks(dict.fromkeys(ids))
        for row in conn.execute(query.where(seen.c.id.in_(part)))
    }


def remember(conn: Connection, rows: Sequence[SeenRow]) -> None:
    """Note items as published. A lower revision never replaces a higher one; the time of the last look is kept."""
    values = [dict(zip(("id", "digest", "revision", "source", "at"), row, strict=True)) for row in sorted(rows)]
    if not values:
        return
    statement = insert(conn, seen)
    sent = statement.excluded
    changed = {name: sent[name] for name in ("digest", "revision", "source", "at")}
    conn.execute(
        statement.on_conflict_do_update(index_elements=["id"], set_=changed, where=sent.revision >= seen.c.revision),
        values,
    )

"""Which items a collector has published already, so that a feed read again gives only what is new or changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from store.sql import chunks, insert
from store.tables import seen

TO_THE_DAY = timedelta(days=1)
"""How exactly the last look is known: an item that stays listed costs one write a day, not one a round."""
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


def look(conn: Connection, ids: Iterable[str], now: datetime) -> None:
    """These are still there, whether they changed or not: what is looked at is not forgotten by retention."""
    for part in chunks(dict.fromkeys(ids)):
        conn.execute(update(seen).where(seen.c.id.in_(part), seen.c.at < now - TO_THE_DAY).values(at=now))

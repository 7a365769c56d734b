"""A counter of writes, so that the desk can push "something changed" without asking every table."""

from typing import Literal

from sqlalchemy import Connection, func, select

from store.sql import insert
from store.tables import changes

Family = Literal["posts", "alerts", "events", "incidents", "deliveries", "sources", "notices"]

PENDING = "minyi_changed"


def touch(conn: Connection, family: Family) -> None:
    """Note that this transaction changed `family`; `Store.write` counts it once, as its last act.

    Counting at the end keeps the one shared row locked for the commit only, so that writers on PostgreSQL
    neither queue nor deadlock on it.
    """
    conn.info.setdefault(PENDING, set()).add(family)


def settle(conn: Connection) -> None:
    """Count what was touched since the transaction began. Called by `Store.write`, in one order for all writers."""
    for family in sorted(conn.info.pop(PENDING, ())):
        statement = insert(conn, changes).values(family=family, n=1)
        conn.execute(statement.on_conflict_do_update(index_elements=["family"], set_={"n": changes.c.n + 1}))


def version(conn: Connection) -> int:
    """Grows with every committed change of anything the desk shows; 0 in an empty store."""
    return int(conn.execute(select(func.coalesce(func.sum(changes.c.n), 0))).scalar_one())


def versions(conn: Connection) -> dict[str, int]:
    """The same, family by family (posts, alerts, events, incidents, deliveries, sources, notices)."""
    return {row.family: row.n for row in conn.execute(select(changes.c.family, changes.c.n))}

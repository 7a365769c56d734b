"""Notices to the operator: what the system itself has to say (a source went silent, the disk fills up), once each."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from store import changes
from store.sql import affected, insert
from store.tables import notices
from store.types import plain


@dataclass(frozen=True)
class Notice:
    """One notice, in words for the operator."""

    key: str
    words: str
    at: datetime
    dismissed_at: datetime | None = None
    dismissed_by: str = ""


def add_notice(conn: Connection, key: str, words: str, now: datetime) -> bool:
    """Say something once: True the first time for this key, False after that. Put a date in the key to say it daily."""
    statement = insert(conn, notices).values(key=key, words=plain(words), at=now, dismissed_by="")
    added = affected(conn, statement.on_conflict_do_nothing()) > 0
    if added:
        changes.touch(conn, "notices")
    return added


def find_notices(
    conn: Connection, *, since: datetime | None = None, dismissed: bool | None = None, limit: int = 50
) -> list[Notice]:
    """Notices, newest first."""
    query = select(notices).order_by(notices.c.at.desc(), notices.c.key).limit(limit)
    if since is not None:
        query = query.where(notices.c.at >= since)
    if dismissed is not None:
        at = notices.c.dismissed_at
        query = query.where(at.is_not(None) if dismissed else at.is_(None))
    return [Notice(*row) for row in conn.execute(query)]


def dismiss_notice(conn: Connection, key: str, *, by: str, now: datetime) -> bool:
    """Take a notice off the desk; False when it is gone already."""
    open_ = update(notices).where(notices.c.key == key, notices.c.dismissed_at.is_(None))
    changes.touch(conn, "notices")
    return conn.execute(open_.values(dismissed_at=now, dismissed_by=by)).rowcount > 0

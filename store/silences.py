"""Silences: a person orders that an event, a place or a jurisdiction is not told about for a while. Red is told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select, update

from store import changes, outbox
from store.sql import insert
from store.tables import silences
from store.types import plain

LONGEST = timedelta(days=7)
MAX_REASON_CHARS = 500


@dataclass(frozen=True)
class Silence:
    """What is silenced, until when, by whom. `event` and `place` are empty when it does not depend on them."""

    id: int
    jurisdiction: str
    event: str
    place: str
    until: datetime
    at: datetime
    by: str
    reason: str
    ended_at: datetime | None
    ended_by: str

    def covers(self, jurisdiction: str, event: str, place: str) -> bool:
        """Whether it is about this event of this place."""
        return (
            self.jurisdiction in ("", jurisdiction)
            and self.event in ("", event)
            and (not self.place or self.place == place)
        )


def silence(
    conn: Connection,
    *,
    jurisdiction: str = "",
    event: str = "",
    place: str = "",
    until: datetime,
    by: str,
    reason: str = "",
    now: datetime,
) -> int:
    """Order a silence; returns its id. What is held for another reason is not touched.

    Raises ValueError unless it names an event, a place or a jurisdiction, and ends within LONGEST from `now`.
    """
    if not (event or place or jurisdiction):
        raise ValueError("a silence is about an event, a place or a jurisdiction")
    if not now < until <= now + LONGEST:
        raise ValueError(f"a silence ends in the future, within {LONGEST.days} days")
    values = {"jurisdiction": jurisdiction, "event": event, "place": place, "until": until, "at": now, "by": by}
    changes.touch(conn, "deliveries")
    words = plain(reason.strip())[:MAX_REASON_CHARS]
    made = insert(conn, silences).values(**values, reason=words, ended_by="").returning(silences.c.id)
    return int(conn.execute(made).scalar_one())


def end_silence(conn: Connection, ident: int, *, by: str, now: datetime) -> bool:
    """Take a silence back before its end; what it held is looked at at once. False when it is over or unknown."""
    mine = (silences.c.id == ident, *_active(now))
    ended = conn.execute(update(silences).where(*mine).values(ended_at=now, ended_by=by)).rowcount > 0
    if ended:
        changes.touch(conn, "deliveries")
        outbox.wake(conn, now)
    return ended


def active_silences(conn: Connection, now: datetime) -> list[Silence]:
    """Those in force, the one that ends last first."""
    rows = conn.execute(select(silences).where(*_active(now)).order_by(silences.c.until.desc(), silences.c.id))
    return [_make(row) for row in rows]


def all_silences(conn: Connection, *, limit: int = 50) -> list[Silence]:
    """The newest, those that are over too, newest first."""
    return [_make(row) for row in conn.execute(select(silences).order_by(silences.c.id.desc()).limit(limit))]


def _active(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return silences.c.at <= now, silences.c.until > now, or_(silences.c.ended_at.is_(None), silences.c.ended_at > now)


def _make(row: Row[Any]) -> Silence:
    return Silence(*row)

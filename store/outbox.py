"""News that is not told yet: held back, waiting for another try, or left by a sender that died. Written by notify.

News are alerts, step-downs and all-clears; each is one line of the delivery log for each audience and channel. A line
that is `held` says in `error` why (HELD), and in `retry_at` when it is looked at again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, update

from bus.messages import Level
from store import changes
from store.alerts import level_number, level_word
from store.deliveries import CLAIM, LEASE, Claim
from store.sql import affected, insert
from store.tables import deliveries
from store.types import plain

NewsKind = Literal["alert", "lowered", "all_clear"]
Held = Literal["quiet hours", "silence", "together"]
HELD: tuple[Held, ...] = ("quiet hours", "silence", "together")
"""Why news is held back: hours of the day, a silence a person ordered, or to be told with others of its group."""
NEWS: tuple[NewsKind, ...] = ("alert", "lowered", "all_clear")


@dataclass(frozen=True)
class Line:
    """One piece of news for one audience on one channel, not told yet."""

    id: int
    audience: str
    channel: str
    subject: str
    kind: NewsKind
    event: str
    place: str
    level: int
    state: str
    first_at: datetime
    why: str
    """Why it is held, or how the last try failed."""


@dataclass(frozen=True)
class Near:
    """What was told of a group lately: the highest level (1..4) and when the last message went out."""

    level: int
    at: datetime


def spot(jurisdiction: str, place: str) -> str:
    """What events must share to be told together: a place within its jurisdiction; empty for no place of its own."""
    return f"{jurisdiction}\t{place}" if place and place != jurisdiction else ""


def nowhere(jurisdiction: str) -> str:
    """What stands for the place of alerts without one that are told together: their jurisdiction."""
    return f"{jurisdiction}\t"


def enroll(
    conn: Connection,
    *,
    audience: str,
    channel: str,
    subject: str,
    kind: NewsKind,
    event: str,
    place: str,
    level: str,
    now: datetime,
) -> bool:
    """Note news to be told, due at once; False when this audience has had it on this channel, in whatever state."""
    row = insert(conn, deliveries).values(
        audience=audience, channel=channel, subject=subject, kind=kind, state="held", attempts=0, first_at=now, at=now,
        retry_at=now, error="", event=event, place=place, level=level_number(level),
    )  # fmt: skip
    changes.touch(conn, "deliveries")
    return affected(conn, row.on_conflict_do_nothing()) > 0


def due(conn: Connection, now: datetime, *, lease: timedelta = LEASE) -> list[Line]:
    """What may be told by now, in the order in which it was noted."""
    return _lines(conn, or_(and_(_open, deliveries.c.retry_at <= now), _abandoned(now, lease)))


def open_of_event(conn: Connection, audience: str, channel: str, event: str, now: datetime) -> list[Line]:
    """Everything about an event that this audience has not had on this channel, whenever it is due, oldest first."""
    mine = (deliveries.c.audience == audience, deliveries.c.channel == channel, deliveries.c.event == event)
    return _lines(conn, *mine, or_(_open, _abandoned(now, LEASE)))


def held_together(conn: Connection, audience: str, channel: str, place: str) -> list[Line]:
    """The alerts that wait to be told with others of this `spot` or `nowhere`, whenever due, oldest first."""
    mine = (deliveries.c.audience == audience, deliveries.c.channel == channel, deliveries.c.place == place)
    return _lines(conn, *mine, _alert, deliveries.c.state == "held", deliveries.c.error == "together")


def hold(conn: Connection, lines: Iterable[Line], *, until: datetime, why: Held) -> None:
    """Look at these again at `until`."""
    values = {"state": "held", "retry_at": until, "error": why}
    _set(conn, lines, values, _untold)


def drop(conn: Connection, lines: Iterable[Line], *, why: str, now: datetime) -> None:
    """Never tell these; the log says why."""
    _set(conn, lines, {"state": "failed", "retry_at": None, "error": plain(why), "at": now}, _untold)


def take(conn: Connection, lines: Iterable[Line], *, now: datetime) -> list[Claim]:
    """Claim the right to send these; those another process has taken or settled meanwhile are left out."""
    ids = [line.id for line in lines]
    mine = (deliveries.c.id.in_(ids), or_(_open, _abandoned(now, LEASE)))
    again = update(deliveries).where(*mine)
    again = again.values(state="claimed", attempts=deliveries.c.attempts + 1, at=now, retry_at=None, error="")
    changes.touch(conn, "deliveries")
    return sorted((Claim(*row) for row in conn.execute(again.returning(*CLAIM))), key=lambda c: c.id)


def begin(conn: Connection, claims: Iterable[Claim], *, now: datetime) -> list[Claim]:
    """Those that are still ours as sending begins; their lease counts from now. The others were taken over."""
    changes.touch(conn, "deliveries")
    ours = update(deliveries).values(at=now).where(deliveries.c.state == "claimed")
    return [
        claim
        for claim in claims
        if conn.execute(ours.where(deliveries.c.id == claim.id, deliveries.c.attempts == claim.attempt)).rowcount
    ]


def last_told(conn: Connection, audience: str, channel: str, event: str) -> NewsKind | None:
    """The newest news of an event that this audience got on this channel; None when it got none."""
    mine = (deliveries.c.audience == audience, deliveries.c.channel == channel, deliveries.c.event == event)
    told = select(deliveries.c.kind).where(*mine, deliveries.c.state == "delivered")
    found: NewsKind | None = conn.execute(told.order_by(deliveries.c.id.desc()).limit(1)).scalar()
    return found


def told_level(conn: Connection, audience: str, channel: str, events: Iterable[str]) -> Level | None:
    """The level of the newest alert about these events that went out to this audience on this channel, if any."""
    mine = (deliveries.c.audience == audience, deliveries.c.channel == channel, deliveries.c.event.in_(list(events)))
    told = select(deliveries.c.level).where(*mine, _alert, deliveries.c.state == "delivered")
    found = conn.execute(told.order_by(deliveries.c.id.desc()).limit(1)).scalar()
    return level_word(found) if found else None


def told_since(conn: Connection, event: str, since: datetime) -> bool:
    """Whether anybody got an alert about this event, on any channel, at `since` or later."""
    mine = (deliveries.c.event == event, deliveries.c.kind == "alert", deliveries.c.state == "delivered")
    return conn.execute(select(deliveries.c.id).where(*mine, deliveries.c.at >= since).limit(1)).first() is not None


def told_in(conn: Connection, audience: str, channel: str, event: str) -> str:
    """The `spot` or `nowhere` under which this audience was last told of an event on this channel; empty for none."""
    mine = (deliveries.c.audience == audience, deliveries.c.channel == channel, deliveries.c.event == event)
    told = select(deliveries.c.place).where(*mine, _alert, deliveries.c.state == "delivered")
    return conn.execute(told.order_by(deliveries.c.id.desc()).limit(1)).scalar() or ""


def told_near(
    conn: Connection, audience: str, channel: str, place: str, since: datetime, *, kind: NewsKind = "alert"
) -> Near | None:
    """What this audience was told of a `spot` or `nowhere` since a time; None when nothing of this kind."""
    mine = (deliveries.c.audience == audience, deliveries.c.channel == channel, deliveries.c.place == place)
    told = (deliveries.c.state == "delivered", deliveries.c.kind == kind, deliveries.c.at > since)
    row = conn.execute(
        select(func.max(deliveries.c.level).label("level"), func.max(deliveries.c.at).label("at")).where(*mine, *told)
    ).one()
    return None if row.level is None else Near(row.level, row.at)


def wake(conn: Connection, now: datetime) -> int:
    """Look at all that is held now: what held it may have changed. How much that is."""
    held = (deliveries.c.state == "held", deliveries.c.retry_at > now)
    changes.touch(conn, "deliveries")
    return conn.execute(update(deliveries).where(*held).values(retry_at=now)).rowcount


_open = deliveries.c.state.in_(("held", "waiting"))
_untold = deliveries.c.state.in_(("held", "waiting", "claimed"))
_news = deliveries.c.kind.in_(NEWS)
_alert = deliveries.c.kind == "alert"
_COLUMNS = tuple(deliveries.c[name] for name in Line.__dataclass_fields__ if name != "why")


def _abandoned(now: datetime, lease: timedelta) -> ColumnElement[bool]:
    return and_(deliveries.c.state == "claimed", deliveries.c.at <= now - lease)


def _lines(conn: Connection, *where: ColumnElement[bool]) -> list[Line]:
    query = select(*_COLUMNS, deliveries.c.error).where(_news, *where).order_by(deliveries.c.id)
    return [_make(row) for row in conn.execute(query)]


def _make(row: Row[Any]) -> Line:
    return Line(*row)


def _set(conn: Connection, lines: Iterable[Line], values: dict[str, Any], *where: ColumnElement[bool]) -> None:
    ids = [line.id for line in lines]
    if ids:
        changes.touch(conn, "deliveries")
        conn.execute(update(deliveries).where(deliveries.c.id.in_(ids), *where).values(**values))

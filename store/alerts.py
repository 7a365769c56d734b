"""Alerts and all-clears: saved by consumers/archive, read by desk, notify and reports."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, func, select, update

from bus.messages import AlertCleared, AlertRaised, Level
from models.drill import DRILL
from store import changes, quotes
from store.paging import Page, fetch_page
from store.sql import affected, archive_alone, insert
from store.tables import alert_posts, alerts, all_clears, deliveries, step_downs

LEVELS: tuple[Level, ...] = ("blue", "yellow", "orange", "red")
"""Lowest first; stored as 1..4."""

_body = msgspec.json.Decoder(AlertRaised)
_clear = msgspec.json.Decoder(AlertCleared)


def level_number(level: str) -> int:
    """1 for blue .. 4 for red. Raises ValueError for any other word."""
    if level not in LEVELS:
        raise ValueError(f"level: expected one of {', '.join(LEVELS)}, got {level}")
    return LEVELS.index(level) + 1


def level_word(number: int) -> Level:
    """The level stored as `number`."""
    return LEVELS[number - 1]


@dataclass(frozen=True)
class AlertRow:
    """An alert, when its event was over, and what the desk said about it."""

    alert: AlertRaised
    cleared_at: datetime | None = None
    feedback: str | None = None
    level_now: Level | None = None
    """Where the event stands since it was raised: its level until a step down lowers it."""
    held_until: datetime | None = None
    """Somebody is not told of it yet: when that is looked at again."""
    held_why: str | None = None
    """One of store.outbox.HELD."""


@dataclass(frozen=True, kw_only=True)
class AlertFilter:
    """Which alerts; every field that is set narrows the choice."""

    since: datetime | None = None
    """raised_at, inclusive."""
    until: datetime | None = None
    """raised_at, exclusive."""
    jurisdiction: str | None = None
    level: str | None = None
    min_level: str | None = None
    event: str | None = None
    category: str | None = None
    place: str | None = None
    post: str | None = None
    """Alerts that name this post."""
    open: bool | None = None
    """True: not yet cleared."""
    drills: bool = True
    """False: without those of drills, unless `jurisdiction` asks for them."""
    ids: Iterable[str] | None = None


def save_alert(conn: Connection, alert: AlertRaised) -> bool:
    """Keep an alert; True when it is new. The same alert again changes nothing.

    Posts withdrawn by now are left out, and so is a headline taken from one.
    """
    archive_alone(conn)
    gone = quotes.withdrawn_among(conn, {alert.first_post, *alert.posts, quotes.mark(alert.headline)})
    if gone:
        headline = quotes.allowed(alert.headline, alert.first_post, gone, alert.place, alert.category)
        alert = msgspec.structs.replace(alert, posts=[p for p in alert.posts if p not in gone], headline=headline)
    cleared = select(func.min(all_clears.c.cleared_at)).where(
        all_clears.c.event == alert.event, all_clears.c.cleared_at >= alert.raised_at
    )
    statement = insert(conn, alerts).values(
        id=alert.id,
        event=alert.event,
        jurisdiction=alert.jurisdiction,
        level=level_number(alert.level),
        category=alert.category,
        place=alert.place,
        raised_at=alert.raised_at,
        cleared_at=conn.execute(cleared).scalar_one(),
        body_json=msgspec.json.encode(alert).decode(),
    )
    if affected(conn, statement.on_conflict_do_nothing()) == 0:
        return False
    named = [{"post": post, "alert": alert.id} for post in sorted({alert.first_post, *alert.posts} - gone)]
    if named:
        conn.execute(insert(conn, alert_posts).on_conflict_do_nothing(), named)
    changes.touch(conn, "alerts")
    return True


def clear_alert(conn: Connection, clear: AlertCleared) -> bool:
    """An all-clear: closes the event's alerts raised until then. True when it is new.

    Kept on its own too, so that an alert that is archived after its all-clear is closed as well.
    """
    archive_alone(conn)
    if quotes.withdrawn_among(conn, {quotes.mark(clear.headline)}):
        clear = msgspec.structs.replace(clear, headline=quotes.neutral("", None))
    statement = insert(conn, all_clears).values(
        id=clear.id, event=clear.event, cleared_at=clear.cleared_at, body_json=msgspec.json.encode(clear).decode()
    )
    if affected(conn, statement.on_conflict_do_nothing()) == 0:
        return False
    until = (alerts.c.event == clear.event, alerts.c.raised_at <= clear.cleared_at, alerts.c.cleared_at.is_(None))
    conn.execute(update(alerts).where(*until).values(cleared_at=clear.cleared_at))
    changes.touch(conn, "alerts")
    return True


def get_alert(conn: Connection, alert: str) -> AlertRow | None:
    """The alert, or None."""
    row = conn.execute(select(*_COLUMNS).where(alerts.c.id == alert)).first()
    return None if row is None else _make(row)


def get_all_clear(conn: Connection, clear: str) -> AlertCleared | None:
    """The all-clear with this id, or None."""
    body = conn.execute(select(all_clears.c.body_json).where(all_clears.c.id == clear)).scalar_one_or_none()
    return None if body is None else _clear.decode(body)


def find_alerts(conn: Connection, where: AlertFilter, *, limit: int = 50, after: str | None = None) -> Page[AlertRow]:
    """Alerts, newest first; `after` is the `next` of the page before."""
    query = select(*_COLUMNS).where(*conditions(where))
    return fetch_page(conn, query, by=(alerts.c.raised_at, alerts.c.id), limit=limit, after=after, make=_make)


def set_alert_feedback(conn: Connection, alert: str, value: str | None) -> bool:
    """What the desk says about an alert (e.g. `useful`, `false_alarm`); None takes it back. False without the alert."""
    changes.touch(conn, "alerts")
    return conn.execute(update(alerts).where(alerts.c.id == alert).values(feedback=value)).rowcount > 0


def conditions(where: AlertFilter) -> list[ColumnElement[bool]]:
    """The filter as SQL conditions on `alerts`."""
    exact = ("jurisdiction", "event", "category", "place")
    found: list[ColumnElement[bool]] = [
        alerts.c[name] == value for name in exact if (value := getattr(where, name)) is not None
    ]
    if where.since is not None:
        found.append(alerts.c.raised_at >= where.since)
    if where.until is not None:
        found.append(alerts.c.raised_at < where.until)
    if where.level is not None:
        found.append(alerts.c.level == level_number(where.level))
    if where.min_level is not None:
        found.append(alerts.c.level >= level_number(where.min_level))
    if where.post is not None:
        found.append(alerts.c.id.in_(select(alert_posts.c.alert).where(alert_posts.c.post == where.post)))
    if where.open is not None:
        found.append(alerts.c.cleared_at.is_(None) if where.open else alerts.c.cleared_at.is_not(None))
    if not where.drills and where.jurisdiction is None:
        found.append(alerts.c.jurisdiction != DRILL)
    if where.ids is not None:
        found.append(alerts.c.id.in_(list(where.ids)))
    return found


_held = select(deliveries).where(deliveries.c.subject == alerts.c.id, deliveries.c.state == "held").correlate(alerts)
_COLUMNS = (
    alerts.c.body_json,
    alerts.c.cleared_at,
    alerts.c.feedback,
    (
        select(step_downs.c.level)
        .where(step_downs.c.event == alerts.c.event, step_downs.c.lowered_at >= alerts.c.raised_at)
        .order_by(step_downs.c.lowered_at.desc(), step_downs.c.level)
        .limit(1)
        .correlate(alerts)
        .scalar_subquery()
        .label("lowered")
    ),
    _held.with_only_columns(func.max(deliveries.c.retry_at)).scalar_subquery().label("held_until"),
    _held.with_only_columns(func.max(deliveries.c.error)).scalar_subquery().label("held_why"),
)


def _make(row: Any) -> AlertRow:
    alert = _body.decode(row.body_json)
    level = alert.level if row.lowered is None else level_word(min(row.lowered, level_number(alert.level)))
    return AlertRow(alert, row.cleared_at, row.feedback, level, row.held_until, row.held_why)

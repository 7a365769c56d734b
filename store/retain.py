"""Retention: what is older than the limit goes. Run daily by flows/retain."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, delete, or_, select, update

from bus.messages import AlertCleared, AlertRaised, EventChanged
from store import changes, quotes
from store.incident_families import families, matters
from store.incident_rows import OPEN_STATES
from store.posts import forget_rows
from store.sql import archive_alone
from store.tables import (
    alert_posts,
    alerts,
    all_clears,
    deliveries,
    edited_events,
    events,
    incidents,
    login_failures,
    members,
    notices,
    posts,
    processes,
    rounds,
    seen,
    sessions,
)

EXPIRED = "原帖已过保存期"
FORGOTTEN = timedelta(days=1)  # a supervisor beats for each of its processes every few seconds, for the broken ones too
BATCH = 5000  # posts deleted in one call: the write lock is held for about a second


@dataclass(frozen=True)
class Purged:
    """How much went. `more`: the limit of one call was reached, call again (in a new transaction)."""

    posts: int = 0
    headlines: int = 0
    """Headlines of alerts, all-clears and events without an incident, which may quote posts; now neutral words."""
    sessions: int = 0
    rounds: int = 0
    seen: int = 0
    deliveries: int = 0
    more: bool = False


def purge(conn: Connection, *, older_than: timedelta, now: datetime, batch: int = BATCH) -> Purged:
    """Delete what is older than `older_than`; idempotent.

    Posts published and collected before the limit, with places, membership and labels, except those of events whose
    incident, or that of an event merged with them, is still open. Incidents with log and statements stay; so do the
    figures of alerts, all-clears and events, without the words they may quote. Rounds, seen items, finished deliveries,
    notices and login failures follow the same limit; sessions go when they have expired, processes when they are no
    longer part of the installation. Tombstones stay.
    """
    archive_alone(conn)
    limit = now - older_than
    pointing = {ident for family in families(conn).values() for ident in family.members[1:]}
    still_open = matters(incidents.c.state.in_(OPEN_STATES), incidents.c.id.not_in(sorted(pointing)))
    held = select(members.c.post).where(members.c.event.in_(still_open))
    old = select(posts.c.id).where(posts.c.published_at < limit, posts.c.collected_at < limit, posts.c.id.not_in(held))
    ids = list(conn.execute(old.order_by(posts.c.published_at).limit(batch)).scalars())
    forget_rows(conn, ids)
    purged = Purged(
        posts=len(ids),
        headlines=sum(forget(conn, limit) for forget in _WORDS),
        sessions=_delete(conn, sessions, sessions.c.expires_at <= now),
        rounds=_delete(conn, rounds, rounds.c.started_at < limit),
        seen=_delete(conn, seen, seen.c.at < limit),
        deliveries=_delete(conn, deliveries, deliveries.c.at < limit, deliveries.c.state.in_(("delivered", "failed"))),
        more=len(ids) == batch,
    )
    _delete(conn, notices, notices.c.at < limit)
    _delete(conn, login_failures, login_failures.c.at < limit)
    _delete(conn, processes, processes.c.beat_at < now - FORGOTTEN)
    changes.touch(conn, "posts")
    return purged


def _delete(conn: Connection, table: Table, *where: ColumnElement[bool]) -> int:
    return conn.execute(delete(table).where(*where)).rowcount


def _registered(event: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the event's matter has an incident: its own, or that of an event merged with it."""
    merged = select(edited_events.c.event).where(edited_events.c.into.in_(matters()))
    return or_(event.in_(matters()), event.in_(merged))


def _forget_alert_words(conn: Connection, limit: datetime) -> int:
    query = select(alerts.c.id, alerts.c.body_json).where(
        alerts.c.raised_at < limit, ~_registered(alerts.c.event), alerts.c.id.in_(select(alert_posts.c.alert))
    )
    rows = conn.execute(query).all()
    for row in rows:
        alert = msgspec.json.decode(row.body_json, type=AlertRaised)
        words = quotes.neutral(alert.place, alert.category, EXPIRED)
        _save(conn, alerts, row.id, msgspec.structs.replace(alert, headline=words, posts=[]))
        conn.execute(delete(alert_posts).where(alert_posts.c.alert == row.id))
    return len(rows)


def _forget_clear_words(conn: Connection, limit: datetime) -> int:
    query = select(all_clears.c.id, all_clears.c.body_json).where(
        all_clears.c.cleared_at < limit,
        ~_registered(all_clears.c.event),
        all_clears.c.body_json.not_like(f"%{EXPIRED}%"),
    )
    rows = conn.execute(query).all()
    for row in rows:
        clear = msgspec.json.decode(row.body_json, type=AlertCleared)
        _save(conn, all_clears, row.id, msgspec.structs.replace(clear, headline=quotes.neutral("", None, EXPIRED)))
    return len(rows)


def _forget_event_words(conn: Connection, limit: datetime) -> int:
    query = select(events.c.id, events.c.body_json).where(
        events.c.last_at < limit, ~_registered(events.c.id), events.c.headline.not_like(f"%{EXPIRED}%")
    )
    rows = conn.execute(query).all()
    for row in rows:
        event = msgspec.json.decode(row.body_json, type=EventChanged)
        words = quotes.neutral(event.place, event.category, EXPIRED)
        _save(conn, events, row.id, msgspec.structs.replace(event, headline=words, keywords=[]), headline=words)
    return len(rows)


def _save(conn: Connection, table: Table, ident: str, body: msgspec.Struct, **values: Any) -> None:
    text = msgspec.json.encode(body).decode()
    conn.execute(update(table).where(table.c.id == ident).values(**values, body_json=text))


_WORDS = (_forget_alert_words, _forget_clear_words, _forget_event_words)

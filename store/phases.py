"""The phase of an event as it stands now, by its archived posts."""

from dataclasses import replace
from datetime import datetime

import msgspec
from sqlalchemy import Connection, func, select

from bus.messages import EventChanged, Phase
from models.phases import hourly
from models.phases import phase as phase_by_hours
from store.events import EventFilter, EventRow, find_events
from store.paging import Page
from store.tables import members, posts

NEWEST = 5000  # posts the curve is read from


def phase_of(conn: Connection, event: EventChanged, *, now: datetime) -> Phase:
    """The phase at `now`, or at the newest post of the whole archive when that is earlier.

    An archive that gets nothing at all any more is blind, not quiet: events do not end by that. An event none of
    whose posts is archived keeps the phase detection gave it.
    """
    inside = members.join(posts, posts.c.id == members.c.post)
    query = select(posts.c.published_at).select_from(inside).where(members.c.event == event.id)
    times = conn.execute(query.order_by(posts.c.published_at.desc()).limit(NEWEST)).scalars().all()
    newest = conn.execute(select(func.max(posts.c.published_at))).scalar()
    if not times or newest is None:
        return event.phase
    return phase_by_hours(hourly((at.timestamp() for at in times), min(now, newest).timestamp()))


def events_now(
    conn: Connection, where: EventFilter, *, now: datetime, limit: int = 50, after: str | None = None
) -> Page[EventRow]:
    """As find_events, each with its phase at `now`; `where.phase` asks for that phase, so a page may hold fewer."""
    page = find_events(conn, replace(where, phase=None), limit=limit, after=after)
    phases = [phase_of(conn, row.event, now=now) for row in page.items]
    rows = tuple(
        replace(row, event=msgspec.structs.replace(row.event, phase=phase))
        for row, phase in zip(page.items, phases, strict=True)
        if where.phase in (None, phase)
    )
    return Page(rows, page.next)

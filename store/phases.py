"""The phase of an event as it stands now, by its archived posts."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from bus.messages import EventChanged, Phase
from models.phases import hourly, phase
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
    return phase(hourly((at.timestamp() for at in times), min(now, newest).timestamp()))

"""The events of a period: ranked by police posts, with phase, quotes and whether anyone answered."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from models.privacy import mask
from models.vocabulary import LEVEL, PLATFORM
from reports.counting import Scope, against, share, slices
from reports.quotes import quoted
from reports.shapes import AlertLine, EventLine, QuoteLine
from store.events import EventRow
from store.figures import top_events
from store.incidents import find_statements, get_incident, matter_of
from store.posts import find_posts

QUOTES = 3
CANDIDATES = 200  # the store ranks by negative posts, the paper by all police posts
LOOK_AT = 200  # newest posts among which the quotes are chosen
ANSWERED = ("answered", "closed", "false_alarm")


def top(here: Scope, then: Scope, alerts: Iterable[AlertLine], *, limit: int, now: datetime) -> list[EventLine]:
    """The events most talked about in the period."""
    found = top_events(here.conn, here.where(relevant=True), limit=CANDIDATES)
    ranked = sorted((f for f in found if f.event), key=lambda f: (-f.totals.relevant, -f.totals.negative, f.id))
    levels = highest_levels(alerts)
    return [line(here, then, f.event, levels=levels, now=now) for f in ranked[:limit] if f.event]


def line(
    here: Scope,
    then: Scope,
    row: EventRow,
    *,
    levels: Mapping[str, str],
    now: datetime,
    quotes: int = QUOTES,
    **fields: Any,
) -> EventLine:
    """One event as the period saw it; `fields` narrow the posts further (to some intent)."""
    event = row.event
    mine = {"event": event.id, "relevant": True, **fields}
    whole = here.figure(**mine)
    return EventLine(
        id=event.id,
        headline=mask(event.headline),
        place=event.place,
        category=event.category,
        phase=event.phase,
        level=levels.get(event.id, ""),
        first_at=event.first_at,
        last_at=event.last_at,
        posts=against(whole, then.figure(**mine)),
        negative=share(here.figure(**{**mine, "sentiment": -1}), whole),
        platforms=slices(here, then, "platform", PLATFORM, event=event.id, **fields),
        is_new=here.since is not None and event.first_at >= here.since,
        answered=statements(here, event.id, now),
        quotes=_quotes(here, mine, quotes),
        link=here.desk.posts(here.where(event=event.id, relevant=True)),
    )


def _quotes(here: Scope, fields: Mapping[str, Any], count: int) -> list[QuoteLine]:
    if not count:
        return []
    rows = find_posts(here.conn, here.where(**fields), limit=LOOK_AT).items
    return quoted([row.post for row in rows], count, here.desk)


def statements(here: Scope, event: str, now: datetime) -> int:
    """How many official statements about the event were out by `now`."""
    return sum(s.published_at <= now for s in find_statements(here.conn, matter_of(here.conn, event)))


def answered(here: Scope, event: str, now: datetime) -> bool:
    """Whether somebody answered: a statement is out, or the desk marked the matter 已回应, 已办结 or 误报."""
    incident = get_incident(here.conn, matter_of(here.conn, event))
    return incident is not None and (incident.state in ANSWERED or statements(here, event, now) > 0)


def highest_levels(alerts: Iterable[AlertLine]) -> dict[str, str]:
    """The gravest level of each event."""
    order = list(LEVEL)
    found: dict[str, str] = {}
    for alert in alerts:
        had = found.get(alert.event)
        if had is None or order.index(alert.level) < order.index(had):
            found[alert.event] = alert.level
    return found

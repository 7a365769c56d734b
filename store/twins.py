"""Events that a person may want to merge with one: the likeliest twins, and a search over headlines and places."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import msgspec
from sqlalchemy import ColumnElement, Connection, func, or_, select

from bus.messages import EventChanged, Level
from models.twins import Sketch, Twin, rank
from store.alerts import level_word
from store.edits import merged_into
from store.events import EventFilter, EventRow, conditions, find_events, get_event
from store.sql import chunks
from store.tables import alerts, events, members, post_places
from store.types import plain

WITHIN = timedelta(hours=72)  # as long as detection remembers an event: what lies farther apart is another happening
POOL = 200  # events looked at on either side in time

_body = msgspec.json.Decoder(EventChanged)


@dataclass(frozen=True)
class Candidate:
    """An event that may be merged with another, and what speaks for it."""

    row: EventRow
    level: Level | None
    """The highest its alerts reached, those of events merged into it included; None without an alert."""
    twin: Twin


def likely_twins(conn: Connection, event: str, *, limit: int = 5) -> list[Candidate]:
    """The events most like this one, most alike first. Raises LookupError for an unknown event."""
    body = _event(conn, event)
    near = [other for other in _near(conn, body) if other.id != body.id]
    return _candidates(conn, rank(*_sketches(conn, body, near), limit=limit))


def search_events(conn: Connection, event: str, text: str, *, limit: int = 10) -> list[Candidate]:
    """Events of the same jurisdiction with `text` in headline or place, newest first. Raises LookupError likewise."""
    body = _event(conn, event)
    query = select(events.c.body_json).where(*conditions(EventFilter(jurisdiction=body.jurisdiction)))
    query = query.where(events.c.id != body.id, or_(*(_holds(column, text) for column in ("headline", "place"))))
    rows = conn.execute(query.order_by(events.c.last_at.desc(), events.c.id).limit(limit)).scalars().all()
    found = [_body.decode(row) for row in rows]
    twins = {twin.id: twin for twin in rank(*_sketches(conn, body, found), limit=limit, least=0.0)}
    return _candidates(conn, [twins[other.id] for other in found])


def _event(conn: Connection, event: str) -> EventChanged:
    row = get_event(conn, event)
    if row is None:
        raise LookupError(f"no event {event}")
    return row.event


def _near(conn: Connection, event: EventChanged) -> list[EventChanged]:
    """Events in time with this one, those that began nearest to it where there are too many."""
    since, until = event.first_at - WITHIN, event.last_at + WITHIN
    where = EventFilter(jurisdiction=event.jurisdiction, since=since, until=until)
    query = select(events.c.body_json).where(*conditions(where))
    after = query.where(events.c.first_at >= event.first_at).order_by(events.c.first_at, events.c.id)
    before = query.where(events.c.first_at < event.first_at).order_by(events.c.first_at.desc(), events.c.id)
    return [_body.decode(row) for side in (after, before) for row in conn.execute(side.limit(POOL)).scalars()]


def _sketches(conn: Connection, event: EventChanged, others: list[EventChanged]) -> tuple[Sketch, list[Sketch]]:
    places: dict[str, set[str]] = defaultdict(set)
    for part in chunks([event.id, *(other.id for other in others)]):
        query = select(members.c.event, post_places.c.place).distinct()
        query = query.select_from(members.join(post_places, post_places.c.post == members.c.post))
        for row in conn.execute(query.where(members.c.event.in_(part))):
            places[row.event].add(row.place)

    def sketch(of: EventChanged) -> Sketch:
        named = frozenset(places[of.id] | ({of.place} - {""}))
        words = " ".join((of.headline, *of.keywords))
        return Sketch(of.id, words, named, of.first_at.timestamp(), of.last_at.timestamp())

    return sketch(event), [sketch(other) for other in others]


def _candidates(conn: Connection, twins: list[Twin]) -> list[Candidate]:
    rows = {row.event.id: row for row in find_events(conn, EventFilter(ids=[twin.id for twin in twins])).items}
    return [Candidate(rows[twin.id], _level(conn, twin.id), twin) for twin in twins if twin.id in rows]


def _level(conn: Connection, event: str) -> Level | None:
    parts: Iterable[str] = (event, *merged_into(conn, event))
    highest = conn.execute(select(func.max(alerts.c.level)).where(alerts.c.event.in_(parts))).scalar()
    return None if highest is None else level_word(highest)


def _holds(column: str, text: str) -> ColumnElement[bool]:
    return events.c[column].icontains(plain(text), autoescape=True)

"""Events: posts about one happening. Saved by consumers/archive, read by desk and reports."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, or_, select, update

from bus.messages import EventChanged
from store import changes, quotes
from store.layout import layout_of, refresh, save_found, save_members, values_of
from store.paging import Page, fetch_page
from store.posts import PostRow, make_row, select_posts
from store.sql import affected, archive_alone, insert
from store.standing import standing_for
from store.tables import edited_events, events, members, posts
from store.types import plain

_body = msgspec.json.Decoder(EventChanged)


@dataclass(frozen=True)
class EventRow:
    """An event as it stands (`added` is empty: see event_posts) and how many of its posts are archived."""

    event: EventChanged
    archived: int = 0


@dataclass(frozen=True, kw_only=True)
class EventFilter:
    """Which events; every field that is set narrows the choice."""

    since: datetime | None = None
    """last_at, inclusive: the event had a post at or after this time."""
    until: datetime | None = None
    """first_at, exclusive: the event had begun before this time."""
    jurisdiction: str | None = None
    phase: str | None = None
    category: str | None = None
    place: str | None = None
    text: str | None = None
    """A part of the headline."""
    min_posts: int | None = None
    min_negative: int | None = None
    ids: Iterable[str] | None = None


def save_event(conn: Connection, event: EventChanged) -> bool:
    """Keep the newest state of an event and add its members; True when anything changed.

    An older state (earlier last_at, or as late with fewer posts) never replaces a newer one, but its members are
    added. Withdrawn posts are not added, and a headline taken from one is left out.
    """
    archive_alone(conn)
    gone = quotes.withdrawn_among(conn, {event.first_post, *event.added, quotes.mark(event.headline)})
    headline = quotes.allowed(event.headline, event.first_post, gone, event.place, event.category)
    bare = msgspec.structs.replace(event, headline=headline, added=[], was=[])
    layout = layout_of(conn)
    _rename(conn, event, set(event.was) - layout.touched)
    edited = event.id in layout.touched
    changed = save_found(conn, bare) if edited else _save_state(conn, values_of(bare))
    changed = save_members(conn, layout, event.id, sorted(set(event.added) - gone)) or changed
    if changed:
        if edited:
            refresh(conn, layout, {event.id, *(layout.place(post, event.id) for post in event.added)})
            refresh(conn, layout, {layout.into(event.id)})
        changes.touch(conn, "events")
    return changed


def _rename(conn: Connection, event: EventChanged, was: set[str]) -> None:
    """Let the event go on under its present id; nobody was told of the earlier ones."""
    if was:
        conn.execute(update(members).where(members.c.event.in_(was)).values(event=event.id))
        conn.execute(delete(events).where(events.c.id.in_(was)))


def _save_state(conn: Connection, values: dict[str, Any]) -> bool:
    statement = insert(conn, events).values(values)
    sent = statement.excluded
    later = or_(sent.last_at > events.c.last_at, and_(sent.last_at == events.c.last_at, sent.posts >= events.c.posts))
    upsert = statement.on_conflict_do_update(
        index_elements=["id"],
        set_={name: sent[name] for name in values if name != "id"},
        where=and_(later, sent.body_json != events.c.body_json),
    )
    return affected(conn, upsert) > 0


def get_event(conn: Connection, event: str) -> EventRow | None:
    """The event, or None; for the id of one that was merged into another, that other."""
    row = conn.execute(_select().where(events.c.id == standing_for(event))).first()
    return None if row is None else _make(row)


def find_events(conn: Connection, where: EventFilter, *, limit: int = 50, after: str | None = None) -> Page[EventRow]:
    """Events, newest post first; `after` is the `next` of the page before."""
    query = _select().where(*conditions(where))
    return fetch_page(conn, query, by=(events.c.last_at, events.c.id), limit=limit, after=after, make=_make)


def event_posts(conn: Connection, event: str, limit: int = 200) -> list[PostRow]:
    """The archived posts of an event, oldest first, at most the newest `limit`."""
    query = select_posts().where(members.c.event == standing_for(event))
    rows = conn.execute(query.order_by(posts.c.published_at.desc(), posts.c.id.desc()).limit(limit)).all()
    return [make_row(row) for row in reversed(rows)]


def conditions(where: EventFilter) -> list[ColumnElement[bool]]:
    """The filter as SQL conditions on `events`; what was merged into another event is never chosen."""
    exact = ("jurisdiction", "phase", "category", "place")
    found: list[ColumnElement[bool]] = [
        events.c[name] == value for name in exact if (value := getattr(where, name)) is not None
    ]
    found.append(events.c.id.not_in(select(edited_events.c.event).where(edited_events.c.into != "")))
    if where.since is not None:
        found.append(events.c.last_at >= where.since)
    if where.until is not None:
        found.append(events.c.first_at < where.until)
    if where.text:
        found.append(events.c.headline.icontains(plain(where.text), autoescape=True))
    if where.min_posts is not None:
        found.append(events.c.posts >= where.min_posts)
    if where.min_negative is not None:
        found.append(events.c.negative >= where.min_negative)
    if where.ids is not None:
        found.append(events.c.id.in_(list(where.ids)))
    return found


def _select() -> Any:
    archived = (
        select(func.count())
        .select_from(members.join(posts, posts.c.id == members.c.post))
        .where(members.c.event == events.c.id)
    ).scalar_subquery()
    return select(events.c.body_json, archived.label("archived"))


def _make(row: Row[Any]) -> EventRow:
    return EventRow(_body.decode(row.body_json), row.archived)

"""The events as people laid them out: decisions over what detection found. store/edits.py takes the decisions."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, case, delete, func, or_, select, update

from bus.messages import AlertCounts, Category, EventChanged, PostScored
from models.edits import Edit, EditKind, Layout
from models.kinds import both, note_author, shown, tallied
from models.phases import hourly, phase
from models.privacy import mask
from store.posts import is_against
from store.sql import affected, chunks, insert
from store.tables import edited_events, event_edits, events, members, posts
from store.types import plain

NEWEST = 2000  # posts of an edited event that authors, words and places are read from

_body = msgspec.json.Decoder(EventChanged)
_rest = msgspec.json.Decoder(PostScored)


def layout_of(conn: Connection) -> Layout:
    """The standing decisions of all time; there are few."""
    rows = conn.execute(select(event_edits).order_by(event_edits.c.entry)).all()
    return Layout(make_edit(row) for row in rows)


def make_edit(row: Row[Any]) -> Edit:
    """A row of event_edits as the pure core knows it."""
    chosen = tuple(msgspec.json.decode(row.posts_json, type=list[str]))
    return Edit(row.id, cast("EditKind", row.kind), row.event, row.target, chosen, row.undoes)


def save_members(conn: Connection, layout: Layout, event: str, added: Iterable[str]) -> bool:
    """Note that detection found the posts in `event`; True when a membership changed."""
    rows = []
    for post in added:
        now = layout.place(post, event)
        rows.append({"post": post, "event": now, "found": event if now != event else None})
    if not rows:
        return False
    statement = insert(conn, members)
    sent = statement.excluded
    moved = or_(members.c.event != sent.event, members.c.found.is_distinct_from(sent.found))
    values = {"event": sent.event, "found": sent.found}
    upsert = statement.on_conflict_do_update(index_elements=["post"], set_=values, where=moved)
    return affected(conn, upsert, rows) > 0


def move_members(conn: Connection, layout: Layout, ids: Iterable[str]) -> None:
    """Put the posts that are in these events where the decisions now want them."""
    found = func.coalesce(members.c.found, members.c.event)
    query = select(members.c.post, members.c.event, found.label("found")).where(members.c.event.in_(list(ids)))
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in conn.execute(query).all():
        now = layout.place(row.post, row.found)
        if now != row.event:
            groups[now, row.found].append(row.post)
    for (now, base), group in sorted(groups.items()):
        for part in chunks(group):
            values = {"event": now, "found": base if now != base else None}
            conn.execute(update(members).where(members.c.post.in_(part)).values(**values))


def save_found(conn: Connection, event: EventChanged) -> bool:
    """Keep the newest state detection has of an event that a decision names; True when it changed.

    Its words go to the shown row at once, the only place words are kept: what withdrawal and retention forget
    there does not come back when a decision is undone.
    """
    row = conn.execute(select(edited_events.c.found_json).where(edited_events.c.event == event.id)).first()
    old = _body.decode(row.found_json) if row and row.found_json else None
    if old is not None and (event.last_at, event.counts.posts) < (old.last_at, old.counts.posts):
        return False
    bare = _encoded(_wordless(event))
    shown = conn.execute(select(events.c.headline).where(events.c.id == event.id)).scalar()
    if row and row.found_json == bare and shown == plain(event.headline):
        return False
    _keep(conn, event.id, found_json=bare)
    _show(conn, event)
    return True


def refresh(conn: Connection, layout: Layout, ids: Iterable[str]) -> None:
    """Show these events as the decisions have them: merged away, counted anew, or just as detection found them."""
    for ident in sorted(set(ids)):
        shown = conn.execute(select(events.c.body_json).where(events.c.id == ident)).scalar()
        body = _body.decode(shown) if shown else None
        row = conn.execute(select(edited_events).where(edited_events.c.event == ident)).first()
        found = _found(row, body)
        if ident not in layout.touched:
            if row is not None:
                _restore(conn, ident, found)
            continue
        if row is None:
            _keep(conn, ident, found_json=_encoded(_wordless(body)) if body else None)
        into = layout.into(ident)
        _keep(conn, ident, into=into if into != ident else "")
        base = found if row is not None else body
        now = base if into != ident else _counted(conn, ident, base)
        if now is not None:
            _show(conn, now)


def _found(row: Row[Any] | None, body: EventChanged | None) -> EventChanged | None:
    if row is None or not row.found_json:
        return None
    found = _body.decode(row.found_json)
    return found if body is None else msgspec.structs.replace(found, headline=body.headline, keywords=body.keywords)


def _restore(conn: Connection, ident: str, found: EventChanged | None) -> None:
    if found is not None:
        _show(conn, found)
    else:
        conn.execute(delete(events).where(events.c.id == ident))
    conn.execute(delete(edited_events).where(edited_events.c.event == ident))


def _counted(conn: Connection, ident: str, base: EventChanged | None) -> EventChanged | None:
    """The event by the posts that are archived; None when there is none and nothing is known of it."""
    from models.events import headline_of  # brings numpy along; only people's decisions need it

    inside = members.join(posts, posts.c.id == members.c.post)
    mine = members.c.event == ident
    newest = select(posts.c.id, posts.c.title, posts.c.text, posts.c.rest_json, posts.c.published_at)
    newest = newest.select_from(inside).where(mine).order_by(posts.c.published_at.desc(), posts.c.id.desc())
    rows = conn.execute(newest.limit(NEWEST)).all()
    if not rows:
        return base
    last_at: datetime = rows[0].published_at
    totals = conn.execute(
        select(func.count(), _sum(posts.c.relevant), _sum(is_against())).select_from(inside).where(mine)
    ).one()
    first = conn.execute(
        select(posts.c.id, posts.c.title, posts.c.text, posts.c.published_at, posts.c.jurisdiction)
        .select_from(inside).where(mine).order_by(posts.c.published_at, posts.c.id).limit(1)
    ).one()  # fmt: skip
    platforms = conn.execute(
        select(posts.c.platform, func.count()).select_from(inside).where(mine).group_by(posts.c.platform)
    ).all()
    read = [_rest.decode(row.rest_json) for row in rows]
    words = Counter(word for post in read for word in post.keywords)
    places = Counter(place for post in read for place in post.places)
    kinds = Counter(str(post.category) for post in read if post.relevant and post.category)
    authors: dict[str, str] = {}
    for post in read:
        if post.author:
            note_author(authors, post.author, post.author_kind, room=NEWEST, spare=0)
    unnamed = tallied(post.author_kind for post in read if not post.author)
    hours = hourly((row.published_at.timestamp() for row in rows), last_at.timestamp())
    return EventChanged(
        id=ident,
        jurisdiction=base.jurisdiction if base else first.jurisdiction,
        headline=base.headline if base else mask(headline_of(first.title, first.text)),
        keywords=base.keywords if base else _most(words, 8),
        place=base.place if base else next(iter(_most(places, 1)), ""),
        category=base.category if base else cast("Category | None", next(iter(_most(kinds, 1)), None)),
        phase=phase(hours),
        first_post=first.id,
        first_at=first.published_at,
        last_at=last_at,
        counts=AlertCounts(
            posts=totals[0],
            relevant=totals[1] or 0,
            negative=totals[2] or 0,
            authors=len(authors) + sum(unnamed),
            reposts=sum(post.kind == "repost" for post in read),
            platforms=dict(sorted((row[0], row[1]) for row in platforms)),
            last_hour=hours[-1],
            posts_by_kind=shown(tallied(post.author_kind for post in read)),
            authors_by_kind=shown(both(tallied(authors.values()), unnamed)),
            media_at=min((post.published_at for post in read if post.author_kind == "media"), default=None),
        ),
    )


def values_of(event: EventChanged) -> dict[str, Any]:
    """An event (without `added`) as a row of `events`."""
    return {
        "id": event.id,
        "jurisdiction": event.jurisdiction,
        "headline": plain(event.headline),
        "place": event.place,
        "category": event.category,
        "phase": event.phase,
        "first_post": event.first_post,
        "first_at": event.first_at,
        "last_at": event.last_at,
        "posts": event.counts.posts,
        "negative": event.counts.negative,
        "body_json": _encoded(event),
    }


def _show(conn: Connection, event: EventChanged) -> None:
    values = values_of(event)
    statement = insert(conn, events).values(values)
    others = {name: statement.excluded[name] for name in values if name != "id"}
    conn.execute(statement.on_conflict_do_update(index_elements=["id"], set_=others))


def _keep(conn: Connection, ident: str, **values: str | None) -> None:
    statement = insert(conn, edited_events).values({"event": ident, "into": "", **values})
    conn.execute(statement.on_conflict_do_update(index_elements=["event"], set_=values))


def _wordless(event: EventChanged) -> EventChanged:
    return msgspec.structs.replace(event, headline="", keywords=[], added=[])


def _encoded(event: EventChanged) -> str:
    return msgspec.json.encode(event).decode()


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _most(counts: Counter[str], limit: int) -> list[str]:
    return sorted(counts, key=lambda word: (-counts[word], word))[:limit]

"""Merge, split and undo of events by people: an append-only log, and its effect on events and memberships."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select, update

from bus.messages import EventChanged, EventEdited
from models.edits import Edit, NotPossible, edit_id, split_id
from store import changes
from store.incident_families import families
from store.incidents import write_joins
from store.layout import layout_of, make_edit, move_members, refresh
from store.posts import PostFilter, find_posts
from store.sql import affected, archive_alone, insert
from store.tables import event_edits, events, members
from store.types import plain

MAX_REASON_CHARS = 500
MAX_POSTS = 200  # of one split


@dataclass(frozen=True)
class EditLine:
    """One entry of the log."""

    entry: int
    edit: Edit
    at: datetime
    by: str
    reason: str
    undone: bool = False
    """A later entry took it back."""


def merge(conn: Connection, event: str, target: str, *, by: str, reason: str = "", now: datetime) -> Edit:
    """All posts of `event`, those to come too, count in `target`; the id of `event` leads there.

    Raises LookupError for an unknown event; NotPossible (models/edits.py), also "other-jurisdiction".
    """
    archive_alone(conn)
    where = {_jurisdiction(conn, ident) for ident in (event, target)}
    layout_of(conn).check_merge(event, target)
    if len(where) > 1:
        raise NotPossible("other-jurisdiction", target)
    edit = Edit(edit_id("merge", event, target, (), _stamp(by, now)), "merge", event, target)
    return _act(conn, edit, where.pop(), by=by, reason=reason, now=now)


def split(conn: Connection, event: str, posts: Sequence[str], *, by: str, reason: str = "", now: datetime) -> Edit:
    """The chosen posts leave `event` for a new event, `target` of the answer.

    Raises LookupError for an unknown event; NotPossible: "merged", "no-posts", "not-inside" (naming a post),
    "all-posts" (one must stay), "too-many".
    """
    archive_alone(conn)
    jurisdiction = _jurisdiction(conn, event)
    into = layout_of(conn).into(event)
    if into != event:
        raise NotPossible("merged", into)
    chosen = tuple(sorted(set(posts)))
    if not chosen:
        raise NotPossible("no-posts", event)
    if len(chosen) > MAX_POSTS:
        raise NotPossible("too-many", event)
    inside = set(conn.execute(select(members.c.post).where(members.c.event == event)).scalars())
    if foreign := sorted(set(chosen) - inside):
        raise NotPossible("not-inside", foreign[0])
    if len(chosen) == len(inside):
        raise NotPossible("all-posts", event)
    target = split_id(event, chosen, _stamp(by, now))
    edit = Edit(edit_id("split", event, target, chosen, _stamp(by, now)), "split", event, target, chosen)
    return _act(conn, edit, jurisdiction, by=by, reason=reason, now=now)


def undo(conn: Connection, event: str, *, by: str, reason: str = "", now: datetime, expected: str = "") -> Edit:
    """Take back the last standing decision that names `event`; everything is as it was before it.

    expected: the decision the caller has seen; NotPossible("changed") when it is another one by now. Else raises
    NotPossible as Layout.last does.
    """
    archive_alone(conn)
    last = layout_of(conn).last(event)
    if expected and last.id != expected:
        raise NotPossible("changed", event)
    ident = edit_id("undo", last.event, last.target, (last.id,), _stamp(by, now))
    edit = Edit(ident, "undo", last.event, last.target, last.posts, last.id)
    where = conn.execute(select(event_edits.c.jurisdiction).where(event_edits.c.id == last.id)).scalar_one()
    return _act(conn, edit, where, by=by, reason=reason, now=now)


def edit_log(conn: Connection, event: str) -> list[EditLine]:
    """Every decision that names the event, or an event merged into it, oldest first."""
    rows = conn.execute(select(event_edits).order_by(event_edits.c.entry)).all()
    undone = {row.undoes for row in rows if row.undoes}
    names = {event, *merged_into(conn, event)}
    return [
        EditLine(row.entry, make_edit(row), row.at, row.by, row.reason, row.id in undone)
        for row in rows
        if {row.event, row.target} & names
    ]


def merged_into(conn: Connection, event: str) -> list[str]:
    """The events that count as part of this one now."""
    layout = layout_of(conn)
    return sorted(ident for ident in layout.touched if ident != event and layout.into(ident) == event)


def next_undo(conn: Connection, event: str) -> EditLine | None:
    """What `undo` of the event would take back; None when nothing stands or something else comes first."""
    try:
        last = layout_of(conn).last(event)
    except NotPossible:
        return None
    return next(line for line in edit_log(conn, event) if line.edit.id == last.id)


def unlogged(conn: Connection) -> list[EventEdited]:
    """Decisions that have not been seen on the bus yet, as messages, oldest first."""
    query = select(event_edits).where(event_edits.c.logged.is_(False)).order_by(event_edits.c.entry)
    return [_message(conn, row) for row in conn.execute(query).all()]


def save_edit(conn: Connection, message: EventEdited) -> None:
    """Note a decision as seen on the bus; one the store does not know (it was lost, or is new) takes effect."""
    archive_alone(conn)
    m = message
    edit = Edit(m.id, m.kind, m.event, m.target, tuple(m.posts), m.undoes)
    _act(conn, edit, m.jurisdiction, by=m.by, reason=m.reason, now=m.at)
    conn.execute(update(event_edits).where(event_edits.c.id == m.id).values(logged=True))


def _message(conn: Connection, row: Row[Any]) -> EventEdited:
    edit = make_edit(row)
    message = EventEdited(
        id=edit.id, jurisdiction=row.jurisdiction, kind=edit.kind, event=edit.event, target=edit.target,
        posts=list(edit.posts), undoes=edit.undoes, at=row.at, by=row.by, reason=row.reason,
    )  # fmt: skip
    made = conn.execute(select(events.c.body_json).where(events.c.id == edit.target)).scalar()
    if edit.kind != "split" or not made:
        return message
    body = msgspec.json.decode(made, type=EventChanged)
    chosen = [found.post for found in find_posts(conn, PostFilter(ids=edit.posts), limit=MAX_POSTS).items]
    return msgspec.structs.replace(
        message,
        headline=body.headline,
        place=body.place,
        category=body.category,
        authors=sorted({post.author for post in chosen if post.author}),
        platforms=dict(sorted(Counter(str(post.platform) for post in chosen).items())),
    )


def _act(conn: Connection, edit: Edit, jurisdiction: str, *, by: str, reason: str, now: datetime) -> Edit:
    before, joined = layout_of(conn), families(conn)
    row = {
        "id": edit.id,
        "kind": edit.kind,
        "event": edit.event,
        "target": edit.target,
        "posts_json": msgspec.json.encode(edit.posts).decode(),
        "undoes": edit.undoes,
        "jurisdiction": jurisdiction,
        "at": now,
        "by": by,
        "reason": plain(reason.strip())[:MAX_REASON_CHARS],
    }
    if affected(conn, insert(conn, event_edits).values(row).on_conflict_do_nothing()):
        layout = layout_of(conn)
        move_members(conn, layout, {edit.event, edit.target})
        refresh(conn, layout, {edit.event, edit.target} | before.touched | layout.touched)
        write_joins(conn, joined, edit=edit.id, undoes=edit.undoes, by=by, now=now)
        changes.touch(conn, "events")
    return edit


def _jurisdiction(conn: Connection, event: str) -> str:
    found = conn.execute(select(events.c.jurisdiction).where(events.c.id == event)).scalar()
    if found is None:
        raise LookupError(f"no event {event}")
    return str(found)


def _stamp(by: str, now: datetime) -> str:
    return f"{by}\n{now.isoformat()}"

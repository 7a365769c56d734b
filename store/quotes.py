"""What others wrote about a post goes when the post goes: headlines that quote it, and its id in alerts.

A headline that was replaced leaves a mark (its hash, not its words) among the tombstones: detection, which still holds
the old words in memory or in the log, does not bring them back.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, delete, or_, select, update

from bus.messages import AlertCleared, AlertRaised, EventChanged
from models.vocabulary import CATEGORY
from store.sql import chunks, insert
from store.tables import alert_posts, alerts, all_clears, events, incidents, members, withdrawn

QUOTE_CHARS = 6  # a run this long shared with the post is a quotation; shorter runs are everyday words


def neutral(place: str, category: str | None, why: str = "原帖已删除") -> str:
    """A headline that quotes nobody."""
    return f"{place}{CATEGORY.get(category or '', '舆情')}（{why}）"


def quotes(headline: str, text: str) -> bool:
    """Whether `headline` repeats at least QUOTE_CHARS characters of `text` in a row (or all of itself)."""
    size = min(QUOTE_CHARS, len(headline))
    return size > 0 and any(headline[i : i + size] in text for i in range(len(headline) - size + 1))


def withdrawn_among(conn: Connection, ids: Iterable[str]) -> set[str]:
    """Those of `ids` (posts, or marks of headlines) that were withdrawn."""
    query = select(withdrawn.c.id)
    return {row.id for part in chunks(ids) for row in conn.execute(query.where(withdrawn.c.id.in_(part)))}


def mark(headline: str) -> str:
    """The tombstone of a headline."""
    return f"headline:{hashlib.blake2b(headline.encode('utf-8', 'replace'), digest_size=16).hexdigest()}"


def allowed(headline: str, first_post: str, gone: set[str], place: str, category: str | None) -> str:
    """`headline`, or neutral words when it or the post it comes from is in `gone` (see withdrawn_among)."""
    return neutral(place, category) if first_post in gone or mark(headline) in gone else headline


def forget(conn: Connection, post: str, text: str | None, at: datetime) -> None:
    """Remove a post from the alerts and events that name it.

    text: what the post said; None when it is not known any more: then headlines of what it began are replaced.
    """
    about = set(conn.execute(select(members.c.event).where(members.c.post == post)).scalars())
    about |= set(conn.execute(select(events.c.id).where(events.c.first_post == post)).scalars())
    named = select(alert_posts.c.alert).where(alert_posts.c.post == post)
    query = select(alerts.c.id, alerts.c.event, alerts.c.body_json)
    for row in conn.execute(query.where(or_(alerts.c.id.in_(named), alerts.c.event.in_(about)))).all():
        about.add(row.event)
        alert = msgspec.json.decode(row.body_json, type=AlertRaised)
        kept = msgspec.structs.replace(alert, posts=[p for p in alert.posts if p != post])
        if _quoting(alert.headline, alert.first_post, post, text):
            kept = msgspec.structs.replace(
                kept, headline=_replaced(conn, alert.headline, at, alert.place, alert.category)
            )
        _save(conn, alerts, row.id, body_json=msgspec.json.encode(kept).decode())
    conn.execute(delete(alert_posts).where(alert_posts.c.post == post))
    for event in sorted(about):
        _forget_in_event(conn, event, post, text, at)


def _forget_in_event(conn: Connection, event: str, post: str, text: str | None, at: datetime) -> None:
    first_post = ""
    for row in conn.execute(select(events).where(events.c.id == event)).all():
        first_post = row.first_post
        if _quoting(row.headline, row.first_post, post, text):
            words = _replaced(conn, row.headline, at, row.place, row.category)
            body = msgspec.structs.replace(msgspec.json.decode(row.body_json, type=EventChanged), headline=words)
            _save(conn, events, event, headline=words, body_json=msgspec.json.encode(body).decode())
    for row in conn.execute(select(incidents).where(incidents.c.event == event)).all():
        if _quoting(row.headline, first_post, post, text):
            _save(conn, incidents, row.id, headline=_replaced(conn, row.headline, at, row.place, row.category))
    for row in conn.execute(select(all_clears).where(all_clears.c.event == event)).all():
        clear = msgspec.json.decode(row.body_json, type=AlertCleared)
        if _quoting(clear.headline, first_post, post, text):
            clear = msgspec.structs.replace(clear, headline=_replaced(conn, clear.headline, at))
            _save(conn, all_clears, row.id, body_json=msgspec.json.encode(clear).decode())


def _replaced(conn: Connection, headline: str, at: datetime, place: str = "", category: str | None = None) -> str:
    words = neutral(place, category)
    if headline != words:
        conn.execute(insert(conn, withdrawn).values(id=mark(headline), at=at).on_conflict_do_nothing())
    return words


def _quoting(headline: str, first_post: str, post: str, text: str | None) -> bool:
    return first_post == post if text is None else quotes(headline, text)


def _save(conn: Connection, table: Table, ident: str, **values: Any) -> None:
    conn.execute(update(table).where(table.c.id == ident).values(**values))

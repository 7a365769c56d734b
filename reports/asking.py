"""Questions, inquiries and complaints, and which of them nobody has answered yet."""

from collections import Counter
from datetime import datetime

from models.privacy import mask
from models.vocabulary import INTENT
from reports import event_lines
from reports.counting import Scope, slices
from reports.quotes import quote
from reports.shapes import AskedEvent, Figure, Unanswered
from store.events import get_event
from store.figures import top_events
from store.posts import PostRow, find_posts

ASKING = ("question", "inquiry", "complaint")
EVENTS = 15
SINGLE = 5
LOOK_AT = 200
CANDIDATES = 1000


def unanswered(here: Scope, then: Scope, now: datetime) -> Unanswered:
    """What was asked in the period and is still open: asked, less what belongs to events that were answered."""
    by_event: Counter[str] = Counter()
    parts: dict[tuple[str, str], int] = {}
    for intent in ASKING:
        for found in top_events(here.conn, here.where(relevant=True, intent=intent), limit=CANDIDATES):
            by_event[found.id] += found.totals.relevant
            parts[found.id, intent] = found.totals.relevant
    done = {event for event in by_event if event_lines.answered(here, event, now)}
    intents = slices(here, then, "intent", {i: INTENT[i] for i in ASKING})
    every = [here.figure(relevant=True, intent=intent) for intent in ASKING]
    asked = Figure(value=sum(f.value for f in every), evidence=[f.evidence[0] for f in every])
    less = {key: count for key, count in sorted(parts.items()) if key[0] in done}
    total = Figure(
        value=asked.value - sum(less.values()),
        evidence=asked.evidence,
        less=[here.desk.posts(here.where(relevant=True, intent=intent, event=event)) for event, intent in less],
    )
    return Unanswered(
        total=total,
        asked=asked,
        intents=intents,
        events=_open_events(here, by_event, done),
        single=[quote(row.post, here.desk) for row in _single(here)],
    )


def _open_events(here: Scope, by_event: Counter[str], done: set[str]) -> list[AskedEvent]:
    ranked = sorted((e for e in by_event if e not in done), key=lambda e: (-by_event[e], e))
    found = []
    for ident in ranked:
        row = get_event(here.conn, ident)
        if row is None:
            continue
        links = [here.desk.posts(here.where(relevant=True, intent=intent, event=ident)) for intent in ASKING]
        event = row.event
        found.append(
            AskedEvent(
                id=ident,
                headline=mask(event.headline),
                place=event.place,
                category=event.category,
                asks=Figure(value=by_event[ident], evidence=links),
                last_at=event.last_at,
                link=here.desk.posts(here.where(event=ident, relevant=True)),
            )
        )
        if len(found) == EVENTS:
            break
    return found


def _single(here: Scope) -> list[PostRow]:
    """The newest asks that belong to no event, near-copies once."""
    rows: dict[str, PostRow] = {}
    for intent in ASKING:
        for row in find_posts(here.conn, here.where(relevant=True, intent=intent, copies=False), limit=LOOK_AT).items:
            if row.event is None and row.post.author_kind != "government":
                rows.setdefault(row.post.fingerprint or row.post.id, row)
    newest = sorted(rows.values(), key=lambda r: (r.post.published_at, r.post.id), reverse=True)
    return newest[:SINGLE]

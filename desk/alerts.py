"""预警 (/): alerts newest first, one card an event, with what fired, what people say and what is due."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from bus.messages import PostScored
from desk import words
from desk.choices import After, jurisdictions, one_of
from desk.silences import doubt
from desk.times import midnight
from desk.view import ViewDep
from store.alerts import AlertFilter, AlertRow, find_alerts, level_number
from store.engine import Connection
from store.incidents import ClockDue, Incident, due_clocks, incident_for
from store.posts import PostFilter, PostRow, count_posts, find_posts
from store.silences import active_silences
from store.sources import SourceHealth, source_health

router = APIRouter()

PAGE = 30
QUOTES = 3
LOOK_AT = 8  # newest posts of an alert among which the quotes are chosen
ALIKE_BITS = 6  # of 64; quotes only: events are joined by models/likeness.py
RAIL_CLOCKS = 8
CLOCKS_WITHIN = timedelta(hours=48)


@dataclass(frozen=True)
class Card:
    """One event's newest alert, the lower ones before it, and what is known now."""

    newest: AlertRow
    earlier: tuple[AlertRow, ...]
    quotes: tuple[PostScored, ...]
    posts_now: int
    incident: Incident | None


@dataclass(frozen=True)
class Today:
    """The day's figures for the rail."""

    start: datetime
    posts: int
    relevant: int
    negative: int


@router.get("/", response_class=HTMLResponse)
def alerts_page(
    view: ViewDep,
    state: str = Query("", max_length=10),
    level: str = Query("", max_length=10),
    jurisdiction: str = Query("", max_length=100),
    after: After = "",
) -> HTMLResponse:
    """The home page."""
    where = AlertFilter(
        open={"open": True, "cleared": False}.get(state),
        min_level=one_of(level, words.LEVEL, "级别"),
        jurisdiction=jurisdiction or None,
    )
    now = view.desk.now()
    with view.desk.store.read() as conn:
        page = find_alerts(conn, where, limit=PAGE, after=after or None)
        sources = source_health(conn, now=now)
        silences = active_silences(conn, now)
        return view.render(
            conn,
            "alerts.html",
            here="alerts",
            cards=cards(conn, page.items),
            next=page.next,
            first=not after,
            params={"state": state, "level": level, "jurisdiction": jurisdiction},
            clocks=_waiting_clocks(conn, now),
            sources=sorted(sources, key=_worst_first),
            silences=[(silence, doubt(view.desk.places, silence.place)) for silence in silences],
            today=_today(conn, midnight(now)),
            jurisdictions=jurisdictions(sources),
        )


def cards(conn: Connection, rows: Sequence[AlertRow]) -> list[Card]:
    """Group alerts by event, newest first; each event appears once, at the place of its newest alert."""
    grouped: dict[str, list[AlertRow]] = {}
    for row in rows:
        grouped.setdefault(row.alert.event, []).append(row)
    for group in grouped.values():
        group.sort(key=_as_told, reverse=True)
    wanted = {event: _candidates(group[0]) for event, group in grouped.items()}
    texts = posts_by_id(conn, {post for ids in wanted.values() for post in ids})
    return [
        Card(
            newest=group[0],
            earlier=tuple(group[1:]),
            quotes=choose_quotes([texts[i] for i in wanted[event] if i in texts]),
            posts_now=count_posts(conn, PostFilter(event=event)),
            incident=incident_for(conn, event),
        )
        for event, group in grouped.items()
    ]


def _as_told(row: AlertRow) -> tuple[int, int]:
    """The order in which an event's alerts were raised: it only grows, and its posts do not come in their own order."""
    return row.alert.counts.posts, level_number(row.alert.level)


def posts_by_id(conn: Connection, ids: Iterable[str]) -> dict[str, PostScored]:
    """The archived ones of `ids` (fewer than 1000)."""
    return {row.post.id: row.post for row in rows_by_id(conn, ids)}


def rows_by_id(conn: Connection, ids: Iterable[str]) -> Sequence[PostRow]:
    """The same, newest first, with event and original."""
    wanted = sorted(set(ids))
    return find_posts(conn, PostFilter(ids=wanted), limit=len(wanted)).items if wanted else ()


def choose_quotes(posts: Sequence[PostScored]) -> tuple[PostScored, ...]:
    """At most QUOTES posts that say different things: the first one, then negative ones, then the newest."""
    chosen: list[PostScored] = []
    for post in [*posts[:1], *sorted(posts[1:], key=lambda p: p.sentiment)]:
        if len(chosen) < QUOTES and not any(_alike(post, other) for other in chosen):
            chosen.append(post)
    return tuple(chosen)


def _alike(one: PostScored, other: PostScored) -> bool:
    """Whether two posts are copies, exact or near ones, as far as their fingerprints tell."""
    if one.text == other.text:  # under another title the fingerprint may be far
        return True
    try:
        return (int(one.fingerprint, 16) ^ int(other.fingerprint, 16)).bit_count() <= ALIKE_BITS
    except ValueError:  # no fingerprint
        return False


def _candidates(row: AlertRow) -> list[str]:
    alert = row.alert
    return list(dict.fromkeys([alert.first_post, *reversed(alert.posts[-LOOK_AT:])]))


def _waiting_clocks(conn: Connection, now: datetime) -> list[ClockDue]:
    return due_clocks(conn, now=now, within=CLOCKS_WITHIN)[:RAIL_CLOCKS]


def _worst_first(source: SourceHealth) -> tuple[int, str]:
    return {"broken": 0, "blocked": 1, "new": 2, "quiet": 3}.get(source.state, 4), source.name


def _today(conn: Connection, start: datetime) -> Today:
    return Today(
        start,
        count_posts(conn, PostFilter(since=start)),
        count_posts(conn, PostFilter(since=start, relevant=True)),
        count_posts(conn, PostFilter(since=start, relevant=True, sentiment=-1)),
    )

"""Counts for reports and trends. Every figure comes from a PostFilter, so that the posts it counts can be listed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from store import sources as health
from store.events import EventRow, get_event
from store.posts import BEIJING, PostFilter, bucket, conditions, is_negative
from store.tables import members, post_places, posts, rounds, sources
from store.types import DAY_US, EPOCH, HOUR_US

By = Literal["category", "intent", "place", "platform", "source", "jurisdiction", "sentiment", "attitude"]


@dataclass(frozen=True)
class Totals:
    """Posts of a choice. negative, critical and praise count relevant posts only.

    negative: negative sentiment; critical: negative attitude towards the police; praise: positive attitude.
    """

    posts: int = 0
    relevant: int = 0
    negative: int = 0
    critical: int = 0
    praise: int = 0


@dataclass(frozen=True)
class Group:
    """The posts of one category, place, platform, ... (key "" = none stated)."""

    key: str
    totals: Totals


@dataclass(frozen=True)
class TimeGroup:
    """The posts of one day or hour, which begins at `start` (UTC)."""

    start: datetime
    totals: Totals


@dataclass(frozen=True)
class EventFigure:
    """An event and its posts within the choice; `event` is None when its state is not archived (yet)."""

    id: str
    event: EventRow | None
    totals: Totals


@dataclass(frozen=True)
class SourceFigure:
    """The rounds of one source in a window."""

    source: str
    kind: str
    jurisdiction: str
    rounds: int
    ok: int
    quiet: int
    blocked: int
    broken: int
    new: int
    changed: int
    duplicates: int
    rejected: int
    blind_hours: float


def totals(conn: Connection, where: PostFilter) -> Totals:
    """The sums of one choice of posts."""
    return _totals(conn.execute(select(*_sums()).where(*conditions(where))).one())


def by(conn: Connection, where: PostFilter, what: By) -> list[Group]:
    """The sums by category, place, platform, ...: most posts first, then by name.

    A post that names two places counts in both; posts without a place are left out of `place`.
    """
    query: Select[Any]
    if what == "place":
        key: ColumnElement[Any] = post_places.c.place
        query = select(key, *_sums()).join(posts, posts.c.id == post_places.c.post)
    else:
        key = posts.c[what]
        query = select(key, *_sums())
    rows = conn.execute(query.where(*conditions(where)).group_by(key)).all()
    groups = [Group("" if row[0] is None else str(row[0]), _totals(row[1:])) for row in rows]
    return sorted(groups, key=lambda group: (-group.totals.posts, group.key))


def by_day(conn: Connection, where: PostFilter, *, zone: timedelta = BEIJING) -> list[TimeGroup]:
    """The sums by day of publication, oldest first. Days begin at midnight of `zone`.

    Days without posts are there too, with zeros, between `since` and `until` where set, else between first and last.
    """
    return _by_time(conn, where, DAY_US, zone)


def by_hour(conn: Connection, where: PostFilter, *, zone: timedelta = BEIJING) -> list[TimeGroup]:
    """The same by hour."""
    return _by_time(conn, where, HOUR_US, zone)


def top_events(conn: Connection, where: PostFilter, *, limit: int = 10) -> list[EventFigure]:
    """The events with most negative relevant posts among the chosen posts; then most relevant, then most posts."""
    summed = _sums()
    query = select(members.c.event, *summed).join(posts, posts.c.id == members.c.post).where(*conditions(where))
    order = (summed[2].desc(), summed[1].desc(), summed[0].desc(), members.c.event)
    rows = conn.execute(query.group_by(members.c.event).order_by(*order).limit(limit)).all()
    return [EventFigure(row[0], get_event(conn, row[0]), _totals(row[1:])) for row in rows]


def sources_in(
    conn: Connection, since: datetime, until: datetime, *, jurisdiction: str | None = None
) -> list[SourceFigure]:
    """Every active source, and every other that was visited in [since, until), by name; see sources.blind_hours."""
    summed = [func.coalesce(func.sum(rounds.c[name]), 0).label(name) for name in _SUMMED]
    in_state = [func.count().filter(rounds.c.state == word).label(word) for word in _ROUND_STATES]
    key = (sources.c.name.label("source"), sources.c.kind, sources.c.jurisdiction)
    within = and_(rounds.c.source == sources.c.name, rounds.c.started_at >= since, rounds.c.started_at < until)
    query = (
        select(*key, func.count(rounds.c.source).label("rounds"), *in_state, *summed)
        .select_from(sources.outerjoin(rounds, within))
        .group_by(sources.c.name, sources.c.kind, sources.c.jurisdiction, sources.c.active)
        .having(or_(sources.c.active, func.count(rounds.c.source) > 0))
        .order_by(sources.c.name)
    )
    if jurisdiction is not None:
        query = query.where(sources.c.jurisdiction == jurisdiction)
    return [
        SourceFigure(**row._mapping, blind_hours=health.blind_hours(conn, row.source, since, until))
        for row in conn.execute(query).all()
    ]


_ROUND_STATES = ("ok", "quiet", "blocked", "broken")
_SUMMED = ("new", "changed", "duplicates", "rejected")


def _totals(row: Iterable[Any]) -> Totals:
    return Totals(*row)


def _sums() -> Sequence[ColumnElement[int]]:
    relevant = posts.c.relevant
    return (
        func.count(posts.c.id),
        func.count().filter(relevant),
        func.count().filter(is_negative()),
        func.count().filter(and_(relevant, posts.c.attitude == -1)),
        func.count().filter(and_(relevant, posts.c.attitude == 1)),
    )


def _by_time(conn: Connection, where: PostFilter, size_us: int, zone: timedelta) -> list[TimeGroup]:
    at = bucket(size_us, zone)
    rows = conn.execute(select(at, *_sums()).where(*conditions(where)).group_by(at).order_by(at)).all()
    found = {row[0]: _totals(row[1:]) for row in rows}
    size = timedelta(microseconds=size_us)
    start = min(found, default=None) if where.since is None else (where.since - EPOCH + zone) // size
    if where.until is None:
        end = max(found, default=None)
    else:
        end = (where.until - EPOCH + zone - timedelta(microseconds=1)) // size
    if start is None or end is None:
        return []
    return [TimeGroup(EPOCH + n * size - zone, found.get(n, Totals())) for n in range(start, end + 1)]

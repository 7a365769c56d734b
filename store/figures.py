"""Counts for reports and trends. Every figure comes from a PostFilter, so that the posts it counts can be listed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from bus.messages import Level
from store import sources as health
from store.alerts import AlertFilter, level_word
from store.alerts import conditions as alert_conditions
from store.events import EventRow, get_event
from store.incident_rows import IncidentFilter
from store.incident_rows import conditions as incident_conditions
from store.posts import BEIJING, PostFilter, bucket, conditions, is_negative
from store.tables import alerts, clocks, incidents, members, post_places, posts, rounds, sources
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
class AlertFigures:
    """Alerts raised in a window."""

    total: int
    by_level: dict[Level, int]
    cleared: int
    events: int
    """Different events among them."""


@dataclass(frozen=True)
class ClockFigure:
    """Clocks of one name of the incidents opened in a window, judged at `now`."""

    name: str
    total: int
    in_time: int
    late: int
    """Met after they were due."""
    missed: int
    """Not met and overdue."""
    running: int
    """Not met, not yet due."""


@dataclass(frozen=True)
class IncidentFigures:
    """Incidents opened in a window."""

    total: int
    by_state: dict[str, int]
    by_level: dict[Level, int]
    clocks: tuple[ClockFigure, ...]


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


def by_hour_of_day(conn: Connection, where: PostFilter, *, zone: timedelta = BEIJING) -> list[Totals]:
    """24 sums: what is posted at 0 h, 1 h, ... of `zone`, all days together."""
    found = [Totals()] * 24
    hour = bucket(HOUR_US, zone) % 24
    for row in conn.execute(select(hour, *_sums()).where(*conditions(where)).group_by(hour)):
        found[row[0]] = _totals(row[1:])
    return found


def top_events(conn: Connection, where: PostFilter, *, limit: int = 10) -> list[EventFigure]:
    """The events with most negative relevant posts among the chosen posts; then most relevant, then most posts."""
    summed = _sums()
    query = select(members.c.event, *summed).join(posts, posts.c.id == members.c.post).where(*conditions(where))
    order = (summed[2].desc(), summed[1].desc(), summed[0].desc(), members.c.event)
    rows = conn.execute(query.group_by(members.c.event).order_by(*order).limit(limit)).all()
    return [EventFigure(row[0], get_event(conn, row[0]), _totals(row[1:])) for row in rows]


def alerts_in(conn: Connection, where: AlertFilter) -> AlertFigures:
    """The alerts of a choice, counted."""
    query = select(alerts.c.level, func.count(), func.count(alerts.c.cleared_at))
    rows = conn.execute(query.where(*alert_conditions(where)).group_by(alerts.c.level).order_by(alerts.c.level)).all()
    distinct = select(func.count(alerts.c.event.distinct())).where(*alert_conditions(where))
    return AlertFigures(
        total=sum(row[1] for row in rows),
        by_level={level_word(row[0]): row[1] for row in rows},
        cleared=sum(row[2] for row in rows),
        events=conn.execute(distinct).scalar_one(),
    )


def incidents_in(conn: Connection, where: IncidentFilter, *, now: datetime) -> IncidentFigures:
    """The incidents of a choice and how their clocks were kept."""
    chosen = incident_conditions(where)
    states = select(incidents.c.state, func.count()).where(*chosen).group_by(incidents.c.state)
    levels = select(incidents.c.level, func.count()).where(*chosen).group_by(incidents.c.level)
    met, due = clocks.c.met_at, clocks.c.due_at
    kept = (
        func.count(),
        func.count().filter(met <= due),
        func.count().filter(met > due),
        func.count().filter(and_(met.is_(None), due <= now)),
        func.count().filter(and_(met.is_(None), due > now)),
    )
    timed = select(clocks.c.name, *kept).join(incidents, incidents.c.id == clocks.c.incident).where(*chosen)
    by_state = {row[0]: row[1] for row in conn.execute(states.order_by(incidents.c.state))}
    return IncidentFigures(
        total=sum(by_state.values()),
        by_state=by_state,
        by_level={level_word(row[0]): row[1] for row in conn.execute(levels.order_by(incidents.c.level))},
        clocks=tuple(ClockFigure(*row) for row in conn.execute(timed.group_by(clocks.c.name).order_by(clocks.c.name))),
    )


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


def week_before(where: PostFilter, length: timedelta = timedelta(days=7)) -> PostFilter:
    """The same choice, `length` earlier. Raises ValueError for an open window."""
    if where.since is None or where.until is None:
        raise ValueError("a comparison needs since and until")
    return replace(where, since=where.since - length, until=where.until - length)


def local_day(start: datetime, zone: timedelta = BEIJING) -> date:
    """The calendar day, in `zone`, that a TimeGroup of `by_day` begins."""
    return (start + zone).date()


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

"""Incidents as values: what the queries of store/incidents.py return, and how they are read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from sqlalchemy import ColumnElement, Connection, Row, func, select

from bus.messages import Level
from models.drill import DRILL
from models.vocabulary import INCIDENT
from store import tables
from store.alerts import level_number, level_word
from store.paging import Page, fetch_page
from store.sql import chunks
from store.tables import clocks, incidents, statements

State = Literal["waiting", "checking", "answered", "closed", "false_alarm"]

STATES: Mapping[str, str] = INCIDENT
OPEN_STATES: tuple[State, ...] = ("waiting", "checking", "answered")
MOVES: Mapping[State, tuple[State, ...]] = {
    "waiting": ("checking", "false_alarm"),
    "checking": ("answered", "closed", "false_alarm"),
    "answered": ("checking", "closed"),
    "closed": ("checking",),
    "false_alarm": ("checking",),
}
"""Where an incident can go. checking -> closed: a matter that needs no public answer; its answer clocks stay unmet."""


class ClockLike(Protocol):
    """What a clock must have; models.deadlines.Clock fits."""

    @property
    def name(self) -> str:
        """acknowledge, authoritative_information, press_conference, response."""

    @property
    def due_at(self) -> datetime:
        """When it is due."""


@dataclass(frozen=True)
class ClockRow:
    """One deadline of an incident. Clocks never pause."""

    name: str
    alert: str
    """The alert that started it."""
    started_at: datetime
    due_at: datetime
    met_at: datetime | None = None
    reminded_at: datetime | None = None


@dataclass(frozen=True)
class Incident:
    """One matter in the register; one per event."""

    id: str
    event: str
    jurisdiction: str
    level: Level
    headline: str
    place: str
    category: str | None
    state: State
    owner: str
    alert: str
    """The newest alert that opened, raised or reopened it."""
    started_at: datetime
    """raised_at of the alert that opened it."""
    opened_at: datetime
    changed_at: datetime
    clocks: tuple[ClockRow, ...] = ()


@dataclass(frozen=True)
class LogEntry:
    """One line of an incident's append-only log.

    what: opened, alert, escalated, reopened, moved, undone, assigned, note, statement, clock.
    """

    entry: int
    incident: str
    at: datetime
    by: str
    what: str
    was: str
    now: str
    note: str
    undoes: int | None = None


@dataclass(frozen=True)
class Statement:
    """An official statement: what was said publicly, where and when."""

    id: str
    incident: str
    text: str
    url: str
    published_at: datetime
    by: str
    added_at: datetime


@dataclass(frozen=True)
class ClockDue:
    """An unmet clock of an open incident."""

    incident: str
    name: str
    due_at: datetime
    overdue: bool
    reminded_at: datetime | None
    headline: str
    level: Level
    jurisdiction: str
    state: State
    owner: str


@dataclass(frozen=True, kw_only=True)
class IncidentFilter:
    """Which incidents; every field that is set narrows the choice."""

    since: datetime | None = None
    """opened_at, inclusive."""
    until: datetime | None = None
    """opened_at, exclusive."""
    jurisdiction: str | None = None
    state: str | None = None
    open: bool | None = None
    """True: waiting, checking or answered."""
    drills: bool = True
    """False: without those of drills, unless `jurisdiction` asks for them."""
    level: str | None = None
    min_level: str | None = None
    owner: str | None = None
    event: str | None = None
    category: str | None = None
    ids: Iterable[str] | None = None


def get_incident(conn: Connection, incident: str) -> Incident | None:
    """The incident with its clocks, or None."""
    row = conn.execute(select(incidents).where(incidents.c.id == incident)).first()
    return None if row is None else _make(row, _clocks(conn, [incident]))


def find_incidents(
    conn: Connection, where: IncidentFilter, *, limit: int = 50, after: str | None = None
) -> Page[Incident]:
    """Incidents with their clocks, newest first; `after` is the `next` of the page before."""
    query = select(incidents).where(*conditions(where))
    page = fetch_page(
        conn, query, by=(incidents.c.opened_at, incidents.c.id), limit=limit, after=after, make=lambda row: row
    )
    found = _clocks(conn, [row.id for row in page.items])
    return Page(tuple(_make(row, found) for row in page.items), page.next)


def count_incidents(conn: Connection, where: IncidentFilter) -> int:
    """How many incidents."""
    return conn.execute(select(func.count()).select_from(incidents).where(*conditions(where))).scalar_one()


def incident_log(conn: Connection, incident: str) -> list[LogEntry]:
    """Everything that happened to the incident, oldest first."""
    log = tables.incident_log
    rows = conn.execute(select(log).where(log.c.incident == incident).order_by(log.c.entry))
    return [LogEntry(*row) for row in rows]


def find_statements(conn: Connection, incident: str) -> list[Statement]:
    """What was said publicly about the incident, oldest first."""
    at = (statements.c.published_at, statements.c.id)
    rows = conn.execute(select(statements).where(statements.c.incident == incident).order_by(*at))
    return [Statement(*row) for row in rows]


def due_clocks(conn: Connection, *, now: datetime, within: timedelta) -> list[ClockDue]:
    """Unmet clocks of open incidents that are overdue or due within `within`, the most urgent first."""
    query = (
        select(clocks, incidents)
        .join(incidents, incidents.c.id == clocks.c.incident)
        .where(clocks.c.met_at.is_(None), clocks.c.due_at <= now + within, incidents.c.state.in_(OPEN_STATES))
        .order_by(clocks.c.due_at, clocks.c.incident, clocks.c.name)
    )
    return [_due(row._mapping, now) for row in conn.execute(query)]


def conditions(where: IncidentFilter) -> list[ColumnElement[bool]]:
    """The filter as SQL conditions on `incidents`."""
    exact = ("jurisdiction", "state", "owner", "event", "category")
    found: list[ColumnElement[bool]] = [
        incidents.c[name] == value for name in exact if (value := getattr(where, name)) is not None
    ]
    if where.since is not None:
        found.append(incidents.c.opened_at >= where.since)
    if where.until is not None:
        found.append(incidents.c.opened_at < where.until)
    if where.level is not None:
        found.append(incidents.c.level == level_number(where.level))
    if where.min_level is not None:
        found.append(incidents.c.level >= level_number(where.min_level))
    if where.open is not None:
        is_open = incidents.c.state.in_(OPEN_STATES)
        found.append(is_open if where.open else ~is_open)
    if not where.drills and where.jurisdiction is None:
        found.append(incidents.c.jurisdiction != DRILL)
    if where.ids is not None:
        found.append(incidents.c.id.in_(list(where.ids)))
    return found


def _clocks(conn: Connection, ids: Sequence[str]) -> dict[str, list[ClockRow]]:
    found: dict[str, list[ClockRow]] = {}
    for part in chunks(ids):
        query = select(clocks).where(clocks.c.incident.in_(part)).order_by(clocks.c.due_at, clocks.c.name)
        for row in conn.execute(query):
            clock = ClockRow(row.name, row.alert, row.started_at, row.due_at, row.met_at, row.reminded_at)
            found.setdefault(row.incident, []).append(clock)
    return found


def _make(row: Row[Any], found: Mapping[str, Sequence[ClockRow]]) -> Incident:
    values = {name: row._mapping[name] for name in Incident.__dataclass_fields__ if name != "clocks"}
    values["level"] = level_word(row.level)
    return Incident(**values, clocks=tuple(found.get(row.id, ())))


def _due(row: Mapping[Any, Any], now: datetime) -> ClockDue:
    due_at = row[clocks.c.due_at]
    return ClockDue(
        incident=row[incidents.c.id],
        name=row[clocks.c.name],
        due_at=due_at,
        overdue=due_at <= now,
        reminded_at=row[clocks.c.reminded_at],
        headline=row[incidents.c.headline],
        level=level_word(row[incidents.c.level]),
        jurisdiction=row[incidents.c.jurisdiction],
        state=row[incidents.c.state],
        owner=row[incidents.c.owner],
    )

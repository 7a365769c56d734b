"""Incidents as values: what the queries of store/incidents.py return, and how they are read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from sqlalchemy import ColumnElement, Connection, Row, func, select

from bus.messages import Level
from models.drill import DRILL
from models.vocabulary import INCIDENT
from store import tables
from store.alerts import level_number, level_word
from store.incident_families import Family, families, incident_of, known_alerts, members_of
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
    """Of the whole matter, where this one keeps others too."""
    kept_by: str = ""
    """The incident that keeps this one's matter, since people merged their events: nothing is done here any more."""
    keeps: tuple[str, ...] = ()
    """The incidents that point to this one; its level is the highest of theirs."""


@dataclass(frozen=True)
class LogEntry:
    """One line of an incident's append-only log.

    what: opened, alert, escalated, reopened, moved, undone, assigned, note, statement, clock, joined, parted, told.
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
    event: str
    name: str
    due_at: datetime
    overdue: bool
    reminded_at: datetime | None
    headline: str
    level: Level
    jurisdiction: str
    place: str
    category: str | None
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
    """The incident with its clocks, or None; one that another keeps (`kept_by`) with its own."""
    row = conn.execute(select(incidents).where(incidents.c.id == incident)).first()
    return next(iter(_made(conn, [row])), None) if row is not None else None


def incident_for(conn: Connection, event: str) -> Incident | None:
    """The incident that keeps the matter of an event, of what it was merged into, or of what was merged into it."""
    ident = incident_of(conn, event)
    return None if ident is None else get_incident(conn, ident)


def find_incidents(
    conn: Connection, where: IncidentFilter, *, limit: int = 50, after: str | None = None
) -> Page[Incident]:
    """Incidents with their clocks, newest first; `after` is the `next` of the page before.

    One that another keeps is found by its id only.
    """
    query = select(incidents).where(*conditions(where), *_listed(conn, where))
    page = fetch_page(
        conn, query, by=(incidents.c.opened_at, incidents.c.id), limit=limit, after=after, make=lambda row: row
    )
    return Page(tuple(_made(conn, page.items)), page.next)


def count_incidents(conn: Connection, where: IncidentFilter) -> int:
    """How many incidents find_incidents gives."""
    query = select(func.count()).select_from(incidents)
    return conn.execute(query.where(*conditions(where), *_listed(conn, where))).scalar_one()


def incident_log(conn: Connection, incident: str) -> list[LogEntry]:
    """Everything that happened to the incident, oldest first."""
    log = tables.incident_log
    rows = conn.execute(select(log).where(log.c.incident == incident).order_by(log.c.entry))
    return [LogEntry(*row) for row in rows]


def find_statements(conn: Connection, incident: str) -> list[Statement]:
    """What was said publicly about the incident and those it keeps, oldest first."""
    at = (statements.c.published_at, statements.c.id)
    mine = statements.c.incident.in_(members_of(conn, incident))
    rows = conn.execute(select(statements).where(mine).order_by(*at))
    return [Statement(*row) for row in rows]


def due_clocks(conn: Connection, *, now: datetime, within: timedelta) -> list[ClockDue]:
    """Unmet clocks of open incidents that are overdue or due within `within`, the most urgent first."""
    unmet = select(clocks.c.incident).where(clocks.c.met_at.is_(None), clocks.c.due_at <= now + within).distinct()
    together = families(conn)
    ids = {together[i].keeper if i in together else i for i in conn.execute(unmet).scalars()}
    rows = [r for part in chunks(sorted(ids)) for r in conn.execute(select(incidents).where(incidents.c.id.in_(part)))]
    open_ones = _made(conn, [row for row in rows if row.state in OPEN_STATES])
    found = [(c, i) for i in open_ones for c in i.clocks if c.met_at is None and c.due_at <= now + within]
    return [_due(c, i, now) for c, i in sorted(found, key=lambda pair: (pair[0].due_at, pair[1].id, pair[0].name))]


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


def _listed(conn: Connection, where: IncidentFilter) -> list[ColumnElement[bool]]:
    kept = sorted({ident for family in families(conn).values() for ident in family.members[1:]})
    return [incidents.c.id.not_in(kept)] if kept and where.ids is None else []


def _made(conn: Connection, rows: Sequence[Row[Any]]) -> list[Incident]:
    together = families(conn)
    mine = {row.id: together[row.id].members if _keeps(together, row.id) else (row.id,) for row in rows}
    found = _clocks(conn, mine)
    made = []
    for row in rows:
        family = together.get(row.id)
        values = {name: row._mapping[name] for name in Incident.__dataclass_fields__ if name in row._mapping}
        level = family.level if family and family.keeper == row.id else row.level
        kept_by = family.keeper if family and family.keeper != row.id else ""
        values |= {"level": level_word(level), "clocks": found[row.id], "kept_by": kept_by, "keeps": mine[row.id][1:]}
        made.append(Incident(**values))
    return made


def _keeps(together: Mapping[str, Family], ident: str) -> bool:
    return ident in together and together[ident].keeper == ident


def _clocks(conn: Connection, mine: Mapping[str, Sequence[str]]) -> dict[str, tuple[ClockRow, ...]]:
    """Incident -> its clocks; mine: incident -> itself and those it keeps."""
    ids = sorted({ident for members in mine.values() for ident in members})
    known = known_alerts(conn, ids)
    rows: dict[str, list[ClockRow]] = {}
    for part in chunks(ids):
        for row in conn.execute(select(clocks).where(clocks.c.incident.in_(part))):
            clock = ClockRow(row.name, row.alert, row.started_at, row.due_at, row.met_at, row.reminded_at)
            rows.setdefault(row.incident, []).append(clock)
    found: dict[str, tuple[ClockRow, ...]] = {}
    for ident, members in mine.items():
        alerts = {alert for member in members for alert in known.get(member, ())}
        found[ident] = _combined([c for member in members for c in rows.get(member, ()) if c.alert in alerts])
    return found


def _combined(found: Sequence[ClockRow]) -> tuple[ClockRow, ...]:
    """One clock a name: due when the first is, met as soon as one is; the most urgent first."""
    by_name: dict[str, list[ClockRow]] = {}
    for clock in found:
        by_name.setdefault(clock.name, []).append(clock)
    one = [
        replace(min(group, key=_due_at), met_at=min((c.met_at for c in group if c.met_at), default=None))
        for group in by_name.values()
    ]
    return tuple(sorted(one, key=lambda c: (c.due_at, c.name)))


def _due_at(clock: ClockRow) -> datetime:
    return clock.due_at


def _due(clock: ClockRow, incident: Incident, now: datetime) -> ClockDue:
    return ClockDue(
        incident=incident.id,
        event=incident.event,
        name=clock.name,
        due_at=clock.due_at,
        overdue=clock.due_at <= now,
        reminded_at=clock.reminded_at,
        headline=incident.headline,
        level=incident.level,
        jurisdiction=incident.jurisdiction,
        place=incident.place,
        category=incident.category,
        state=incident.state,
        owner=incident.owner,
    )

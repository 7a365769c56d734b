"""Incidents of events that people merged are one matter: the first opened keeps it, the others point to it.

Read from the standing decisions alone and never written into an incident, so that undoing a merge gives each incident
its own state, clocks and level back.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from store.sql import chunks
from store.tables import edited_events, incident_alerts, incidents


@dataclass(frozen=True)
class Family:
    """Two or more incidents of one matter."""

    members: tuple[str, ...]
    """In the order in which they were opened."""
    level: int
    """The highest of theirs, 1..4."""

    @property
    def keeper(self) -> str:
        """The one that is listed and acted on."""
        return self.members[0]


def families(conn: Connection) -> dict[str, Family]:
    """Incident -> its family; only those that have one."""
    into = edited_events.c.into
    merged = select(edited_events.c.event).where(into != "")
    homes = select(into).where(into != "")
    query = select(incidents.c.id, incidents.c.level, _STANDS.label("stands")).select_from(_PLACED)
    query = query.where(or_(incidents.c.event.in_(merged), incidents.c.event.in_(homes)))
    together: dict[str, list[tuple[str, int]]] = {}
    for row in conn.execute(query.order_by(incidents.c.opened_at, incidents.c.id)):
        together.setdefault(row.stands, []).append((row.id, row.level))
    found: dict[str, Family] = {}
    for group in together.values():
        if len(group) > 1:
            family = Family(tuple(ident for ident, _ in group), max(level for _, level in group))
            found.update(dict.fromkeys(family.members, family))
    return found


def matters(*where: ColumnElement[bool]) -> Select[tuple[str]]:
    """The events, as they stand, whose matter has an incident; `where`: conditions on `incidents`."""
    return select(_STANDS).select_from(_PLACED).where(*where)


def members_of(conn: Connection, incident: str) -> tuple[str, ...]:
    """The incidents this one keeps, itself first; just itself without a family, or when another one keeps it."""
    family = families(conn).get(incident)
    return family.members if family and family.keeper == incident else (incident,)


def incident_of(conn: Connection, event: str) -> str | None:
    """The incident that keeps the matter of an event, or of what it was merged into; None when there is none."""
    into = select(edited_events.c.into).where(edited_events.c.event == event, edited_events.c.into != "")
    stands = conn.execute(into).scalar() or event
    parts = select(edited_events.c.event).where(edited_events.c.into == stands)
    query = select(incidents.c.id).where(or_(incidents.c.event == stands, incidents.c.event.in_(parts)))
    found: str | None = conn.execute(query.order_by(incidents.c.opened_at, incidents.c.id).limit(1)).scalar()
    return found


def known_alerts(conn: Connection, ids: Iterable[str]) -> dict[str, set[str]]:
    """Incident -> the alerts it knows. A clock that another incident's alert started counts within a family only."""
    found: dict[str, set[str]] = {}
    for part in chunks(ids):
        for row in conn.execute(select(incident_alerts).where(incident_alerts.c.incident.in_(part))):
            found.setdefault(row.incident, set()).add(row.alert)
    return found


_PLACED = incidents.outerjoin(
    edited_events, and_(edited_events.c.event == incidents.c.event, edited_events.c.into != "")
)
_STANDS = func.coalesce(edited_events.c.into, incidents.c.event)

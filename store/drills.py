"""Drills in the store: what there is of one, and taking it away without a trace."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, delete, func, or_, select

from models.drill import DRILL, ID_PREFIX
from store import changes
from store.posts import forget_rows
from store.sql import archive_alone, chunks
from store.tables import (
    alert_posts,
    alerts,
    all_clears,
    clocks,
    deliveries,
    edited_events,
    event_edits,
    events,
    incident_alerts,
    incident_log,
    incidents,
    labels,
    members,
    notices,
    posts,
    statements,
    step_downs,
    withdrawn,
)


@dataclass(frozen=True)
class DrillRows:
    """How much of a drill the store holds (or held)."""

    posts: int = 0
    alerts: int = 0
    events: int = 0
    incidents: int = 0
    deliveries: int = 0
    told: frozenset[str] = frozenset()
    """Ids of alerts and all-clears: what the delivery log may name."""

    def __bool__(self) -> bool:
        return any((self.posts, self.alerts, self.events, self.incidents, self.deliveries))


def drill_on(conn: Connection) -> bool:
    """Whether anything of a drill is shown now."""
    found = select(posts.c.id).where(posts.c.jurisdiction == DRILL).limit(1)
    raised = select(alerts.c.id).where(alerts.c.jurisdiction == DRILL).limit(1)
    return conn.execute(found).first() is not None or conn.execute(raised).first() is not None


def drill_posts(conn: Connection) -> list[str]:
    """Ids of all archived posts of drills."""
    return list(conn.execute(select(posts.c.id).where(posts.c.jurisdiction == DRILL)).scalars())


def forget_drills(conn: Connection, *, also_told: Collection[str] = ()) -> DrillRows:
    """Delete everything that drills left, whoever wrote it; returns how much it was. Idempotent.

    Also what people added on the desk while it ran: labels, notes, statements. Tombstones of its posts go too:
    consumers/archive takes nothing of an old drill from the log. also_told: `told` of an earlier call, for what was
    being sent meanwhile.
    """
    archive_alone(conn)
    about = _ids(conn, select(events.c.id).where(events.c.jurisdiction == DRILL))
    about |= _ids(conn, select(alerts.c.event).where(alerts.c.jurisdiction == DRILL))
    about |= _ids(conn, select(event_edits.c.event).where(event_edits.c.jurisdiction == DRILL))
    about |= _ids(conn, select(event_edits.c.target).where(event_edits.c.jurisdiction == DRILL))
    told = _ids(conn, select(alerts.c.id).where(alerts.c.jurisdiction == DRILL))
    opened = _ids(conn, select(incidents.c.id).where(incidents.c.jurisdiction == DRILL))
    cleared = _in(conn, all_clears.c.event, about, all_clears.c.id)
    lowered = _in(conn, step_downs.c.event, about, step_downs.c.id)
    found = DrillRows(
        posts=_forget_posts(conn),
        alerts=_remove(conn, alerts, alerts.c.id, told),
        events=_remove(conn, events, events.c.id, about),
        incidents=_remove(conn, incidents, incidents.c.id, opened),
        deliveries=_forget_deliveries(conn, {*told, *cleared, *lowered, *also_told}, opened),
        told=frozenset({*told, *cleared, *lowered}),
    )
    _remove(conn, alert_posts, alert_posts.c.alert, told)
    _remove(conn, all_clears, all_clears.c.id, cleared)
    _remove(conn, step_downs, step_downs.c.id, lowered)
    _remove(conn, members, members.c.event, about)
    for table in (incident_alerts, clocks, incident_log, statements):
        _remove(conn, table, table.c.incident, opened)
    conn.execute(delete(event_edits).where(event_edits.c.jurisdiction == DRILL))
    _remove(conn, edited_events, edited_events.c.event, about)
    conn.execute(delete(notices).where(notices.c.key.startswith(ID_PREFIX, autoescape=True)))
    if found:
        for family in ("posts", "alerts", "events", "incidents", "deliveries"):
            changes.touch(conn, family)
    return found


def _forget_posts(conn: Connection) -> int:
    ids = drill_posts(conn)
    forget_rows(conn, ids)
    for table, column in ((withdrawn, withdrawn.c.id), (members, members.c.post), (labels, labels.c.post)):
        conn.execute(delete(table).where(column.startswith(ID_PREFIX, autoescape=True)))
    return len(ids)


def _forget_deliveries(conn: Connection, subjects: set[str], opened: set[str]) -> int:
    gone = _remove(conn, deliveries, deliveries.c.subject, subjects)
    reminders = [deliveries.c.subject.startswith(f"{incident}|", autoescape=True) for incident in sorted(opened)]
    reminders.append(deliveries.c.subject.startswith(ID_PREFIX, autoescape=True))
    return gone + conn.execute(delete(deliveries).where(or_(*reminders))).rowcount


def _ids(conn: Connection, query: Select[Any]) -> set[str]:
    return set(conn.execute(query).scalars())


def _in(conn: Connection, column: ColumnElement[Any], values: set[str], wanted: ColumnElement[Any]) -> set[str]:
    return {row[0] for part in chunks(sorted(values)) for row in conn.execute(select(wanted).where(column.in_(part)))}


def _remove(conn: Connection, table: Table, column: ColumnElement[Any], values: set[str]) -> int:
    gone = 0
    for part in chunks(sorted(values)):
        gone += conn.execute(delete(table).where(column.in_(part))).rowcount
    return gone


def count_drill_posts(conn: Connection) -> int:
    """How many posts of drills are archived."""
    query = select(func.count()).select_from(posts).where(posts.c.jurisdiction == DRILL)
    return int(conn.execute(query).scalar_one())

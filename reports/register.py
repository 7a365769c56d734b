"""Alerts, incidents and sources as a report shows them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from models.privacy import mask
from models.vocabulary import LEVEL
from reports.counting import Scope, against
from reports.shapes import AlertLine, ClockLine, Compared, Figure, IncidentLine, SourceLine
from store.alerts import AlertFilter, AlertRow, find_alerts
from store.figures import sources_in
from store.incidents import (
    ClockRow,
    Incident,
    IncidentFilter,
    find_incidents,
    find_statements,
    get_incident,
    matter_of,
)
from store.sources import SourceHealth, source_health

PAGE = 500
FALSE_ALARM = "false_alarm"


def alert_lines(here: Scope) -> list[AlertLine]:
    """The alerts raised in the period, oldest first."""
    return [alert_line(here, row) for row in reversed(_alerts(here))]


def _alerts(scope: Scope) -> list[AlertRow]:
    where = AlertFilter(since=scope.since, until=scope.until, jurisdiction=scope.jurisdiction, drills=False)
    rows: list[AlertRow] = []
    page = find_alerts(scope.conn, where, limit=PAGE)
    rows += page.items
    while page.next:
        page = find_alerts(scope.conn, where, limit=PAGE, after=page.next)
        rows += page.items
    return rows


def alert_line(here: Scope, row: AlertRow) -> AlertLine:
    """One alert as a report shows it."""
    alert = row.alert
    return AlertLine(
        id=alert.id,
        event=alert.event,
        level=alert.level,
        previous_level=alert.previous_level,
        headline=mask(alert.headline),
        reasons=[mask(reason.words) for reason in alert.reasons],
        raised_at=alert.raised_at,
        cleared_at=row.cleared_at,
        place=alert.place,
        category=alert.category,
        misfire=row.feedback == FALSE_ALARM,
        link=here.desk.alert(alert.id),
    )


def alerts_figure(scope: Scope, ids: Iterable[str]) -> Figure:
    """A count of alerts; opened one by one, or by the page of all alerts when there are none."""
    links = [scope.desk.alert(alert) for alert in ids]
    return Figure(value=len(links), evidence=links or [scope.desk.alerts])


def alerts_compared(here: Scope, then: Scope, lines: Iterable[AlertLine]) -> Compared:
    """Alerts of the period against those of the one before."""
    return against(
        alerts_figure(here, (line.id for line in lines)), alerts_figure(then, (r.alert.id for r in _alerts(then)))
    )


def by_level(here: Scope, lines: list[AlertLine]) -> dict[str, Figure]:
    """Alerts by level, the gravest first."""
    return {level: alerts_figure(here, (a.id for a in lines if a.level == level)) for level in LEVEL}


def incident_lines(here: Scope, alerts: Iterable[AlertLine], now: datetime) -> list[IncidentLine]:
    """Incidents of the period's alerts, and those still open from before, oldest first.

    By the time of the matter (started_at), not of its entry, so that a back-filled week has its incidents too.
    """
    found: dict[str, Incident] = {}
    for event in {alert.event for alert in alerts}:
        incident = get_incident(here.conn, matter_of(here.conn, event))
        if incident is not None:
            found[incident.id] = incident
    for incident in _open_incidents(here):
        if here.until is None or incident.started_at < here.until:
            found[incident.id] = incident
    return [incident_line(here, i, now) for i in sorted(found.values(), key=lambda i: (i.started_at, i.id))]


def _open_incidents(here: Scope) -> list[Incident]:
    where = IncidentFilter(open=True, jurisdiction=here.jurisdiction, drills=False)
    page = find_incidents(here.conn, where, limit=PAGE)
    rows = list(page.items)
    while page.next:
        page = find_incidents(here.conn, where, limit=PAGE, after=page.next)
        rows += page.items
    return rows


def incident_line(here: Scope, incident: Incident, now: datetime) -> IncidentLine:
    """One entry of the register, its clocks judged at `now`."""
    said = find_statements(here.conn, incident.id)
    return IncidentLine(
        id=incident.id,
        event=incident.event,
        headline=mask(incident.headline),
        level=incident.level,
        state=incident.state,
        owner=incident.owner,
        started_at=incident.started_at,
        clocks=[clock_line(clock, incident.state, now) for clock in incident.clocks],
        statements=sum(s.published_at <= now for s in said),
        link=here.desk.incident(incident.id),
    )


def clock_line(clock: ClockRow, state: str, now: datetime) -> ClockLine:
    """How a deadline stands at `now`; what is not met when an incident is closed stays not met."""
    done = clock.met_at
    if done is not None:
        how = "met" if done <= clock.due_at else "late"
    elif state == FALSE_ALARM:
        how = "void"
    elif state == "closed":
        how = "dropped"
    else:
        how = "overdue" if now > clock.due_at else "running"
    gap = abs((done or now) - clock.due_at) // timedelta(minutes=1)
    return ClockLine(
        name=clock.name,
        due_at=clock.due_at,
        met_at=done,
        state=how,  # type: ignore[arg-type]  # one of the six above
        minutes=gap,
    )


def source_lines(here: Scope, now: datetime) -> list[SourceLine]:
    """Every source of the scope, those that could not be seen first."""
    if here.since is None or here.until is None:
        return []
    standing = {s.name: s for s in source_health(here.conn, now=now, inactive=True)}
    seen = sources_in(here.conn, here.since, min(now, here.until), jurisdiction=here.jurisdiction)
    lines = [_source_line(here, standing[s.source], s.blind_hours) for s in seen if s.source in standing]
    return sorted(lines, key=lambda s: (-s.blind_hours, s.name))


def _source_line(here: Scope, source: SourceHealth, blind: float) -> SourceLine:
    return SourceLine(
        name=source.name,
        kind=source.kind,
        state=source.state,
        reason=mask(source.reason),
        last_success=source.last_success,
        posts=here.figure(source=source.name),
        blind_hours=round(blind, 1),
        link=here.desk.sources,
    )

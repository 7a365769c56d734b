"""One incident (/incidents/{id}): state, clocks, statements, log, and the forms that move it."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from desk.errors import NotFound
from desk.view import ViewDep
from store.alerts import AlertFilter, AlertRow, find_alerts
from store.engine import Connection
from store.incidents import (
    MOVES,
    Incident,
    IncidentFilter,
    LogEntry,
    find_incidents,
    find_statements,
    get_incident,
    incident_log,
)
from store.people import find_operators
from store.posts import PostFilter, count_posts

router = APIRouter()


@router.get("/incidents/{incident_id}", response_class=HTMLResponse)
def incident_page(view: ViewDep, incident_id: str) -> HTMLResponse:
    """The incident."""
    with view.desk.store.read() as conn:
        incident = get_incident(conn, incident_id)
        if incident is None:
            raise NotFound("没有这条处置记录。")
        log = incident_log(conn, incident_id)
        return view.render(
            conn,
            "incident_detail.html",
            here="incidents",
            incident=incident,
            moves=MOVES[incident.state],
            log=list(reversed(log)),
            undoable=undoable(log),
            statements=find_statements(conn, incident_id),
            alerts=_alerts(conn, incident),
            keeper=get_incident(conn, incident.kept_by) if incident.kept_by else None,
            kept=find_incidents(conn, IncidentFilter(ids=incident.keeps)).items if incident.keeps else (),
            posts=count_posts(conn, PostFilter(event=incident.event)),
            negative=count_posts(conn, PostFilter(event=incident.event, against=True)),
            operators=[person.name for person in find_operators(conn) if person.active],
        )


def _alerts(conn: Connection, incident: Incident) -> list[AlertRow]:
    kept = find_incidents(conn, IncidentFilter(ids=incident.keeps)).items if incident.keeps else ()
    events = (incident.event, *(other.event for other in kept))
    found = [row for event in events for row in find_alerts(conn, AlertFilter(event=event)).items]
    return sorted(found, key=lambda row: row.alert.raised_at, reverse=True)


def undoable(log: list[LogEntry]) -> LogEntry | None:
    """The move that can be taken back now: the last one that still stands, unless an alert reopened after it."""
    undone = {line.undoes for line in log if line.undoes is not None}
    standing = [line for line in log if line.what in ("moved", "reopened") and line.entry not in undone]
    return standing[-1] if standing and standing[-1].what == "moved" else None

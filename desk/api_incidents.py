"""GET /api/incidents and /api/incidents/{id}."""

from fastapi import APIRouter
from fastapi.responses import Response

from desk import words
from desk.api import Limit, Short, as_json, as_page
from desk.choices import After, one_of
from desk.errors import NotFound
from desk.view import ViewDep
from store.incidents import IncidentFilter, find_incidents, find_statements, get_incident, incident_log

router = APIRouter()


@router.get("/api/incidents")
def api_incidents(
    view: ViewDep, state: Short = "", jurisdiction: Short = "", limit: Limit = 50, after: After = ""
) -> Response:
    """Incidents with their clocks, newest first. state: one of the five, or open."""
    where = IncidentFilter(
        state=None if state == "open" else one_of(state, words.INCIDENT, "state"),
        open=True if state == "open" else None,
        jurisdiction=jurisdiction or None,
    )
    with view.desk.store.read() as conn:
        return as_page(find_incidents(conn, where, limit=limit, after=after or None))


@router.get("/api/incidents/{incident_id:path}")
def api_incident(view: ViewDep, incident_id: str) -> Response:
    """One incident with its statements and its log."""
    with view.desk.store.read() as conn:
        incident = get_incident(conn, incident_id)
        if incident is None:
            raise NotFound("没有这条处置记录。")
        return as_json(
            {
                "incident": incident,
                "statements": find_statements(conn, incident_id),
                "log": incident_log(conn, incident_id),
            }
        )

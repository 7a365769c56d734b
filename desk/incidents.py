"""事件处置 (/incidents): the register, newest first, with the clock that is due next."""

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from desk import words
from desk.choices import After, jurisdictions, one_of
from desk.view import ViewDep
from store.incidents import ClockRow, Incident, IncidentFilter, count_incidents, find_incidents
from store.sources import source_health

router = APIRouter()

PAGE = 50


@router.get("/incidents", response_class=HTMLResponse)
def incidents_page(
    view: ViewDep,
    state: str = Query("", max_length=20),
    jurisdiction: str = Query("", max_length=100),
    owner: str = Query("", max_length=100),
    after: After = "",
) -> HTMLResponse:
    """The list; `state` is one of the five, `open` for the unfinished ones, or empty."""
    where = IncidentFilter(
        state=None if state in ("", "open") else one_of(state, words.INCIDENT, "状态"),
        open=True if state == "open" else None,
        jurisdiction=jurisdiction or None,
        owner=owner or None,
    )
    with view.desk.store.read() as conn:
        page = find_incidents(conn, where, limit=PAGE, after=after or None)
        return view.render(
            conn,
            "incidents.html",
            here="incidents",
            rows=[(row, next_clock(row)) for row in page.items],
            next=page.next,
            first=not after,
            params={"state": state, "jurisdiction": jurisdiction, "owner": owner},
            counts={slug: count_incidents(conn, IncidentFilter(state=slug)) for slug in words.INCIDENT},
            jurisdictions=jurisdictions(source_health(conn, now=view.desk.now())),
        )


def next_clock(incident: Incident) -> ClockRow | None:
    """The unmet clock that is due first; None when all are met or the incident is over."""
    if incident.state in ("closed", "false_alarm"):
        return None
    return min((c for c in incident.clocks if c.met_at is None), key=lambda c: c.due_at, default=None)

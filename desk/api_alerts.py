"""GET /api/alerts and /api/alerts/{id}."""

from fastapi import APIRouter
from fastapi.responses import Response

from desk.api import Limit, Short, as_json, as_page
from desk.choices import After
from desk.errors import BadRequest, NotFound
from desk.view import ViewDep
from store.alerts import LEVELS, AlertFilter, find_alerts, get_alert

router = APIRouter()


@router.get("/api/alerts")
def api_alerts(
    view: ViewDep,
    state: Short = "",
    level: Short = "",
    jurisdiction: Short = "",
    event: Short = "",
    limit: Limit = 50,
    after: After = "",
) -> Response:
    """Alerts, newest first. state: open or cleared; level: this one and above."""
    if state not in ("", "open", "cleared") or level not in ("", *LEVELS):
        raise BadRequest("state 须为 open 或 cleared，level 须为 blue、yellow、orange 或 red。")
    where = AlertFilter(
        open=None if not state else state == "open",
        min_level=level or None,
        jurisdiction=jurisdiction or None,
        event=event or None,
    )
    with view.desk.store.read() as conn:
        return as_page(find_alerts(conn, where, limit=limit, after=after or None))


@router.get("/api/alerts/{alert_id:path}")
def api_alert(view: ViewDep, alert_id: str) -> Response:
    """One alert."""
    with view.desk.store.read() as conn:
        row = get_alert(conn, alert_id)
    if row is None:
        raise NotFound("没有这条预警。")
    return as_json(row)

"""Say whether an alert was useful or a false alarm; saying nothing takes it back."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from desk.errors import BadRequest, NotFound
from desk.view import FormDep
from store.alerts import set_alert_feedback

router = APIRouter()

VALUES = ("", "useful", "false_alarm")


@router.post("/alert-feedback")
def alert_feedback(
    view: FormDep, alert: Annotated[str, Form(max_length=200)], value: Annotated[str, Form(max_length=20)] = ""
) -> RedirectResponse:
    """Kept with the alert; back-tests read it."""
    if value not in VALUES:
        raise BadRequest("没有这个评价选项。")
    with view.desk.store.write() as conn:
        if not set_alert_feedback(conn, alert, value or None):
            raise NotFound("没有这条预警，可能已按期限清除。")
    return view.go(f"/alerts/{quote(alert)}", done="alert-feedback")

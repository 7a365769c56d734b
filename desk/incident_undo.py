"""Take back an incident's last move; the log keeps both."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from desk.errors import NotFound, Refused
from desk.view import FormDep
from store.incidents import undo_move

router = APIRouter()


@router.post("/incidents/{incident_id}/undo")
def incident_undo(view: FormDep, incident_id: str, entry: Annotated[int, Form()]) -> RedirectResponse:
    """Refuses (409) when `entry` is not the last move that still stands: somebody else was faster."""
    with view.desk.store.write() as conn:
        try:
            undo_move(conn, incident_id, entry, by=view.who.name, now=view.desk.now())
        except LookupError as err:
            raise NotFound("没有这条处置记录。") from err
        except ValueError as err:
            raise Refused("这一步已经不是最后一步，不能撤销。请刷新后查看最新记录。") from err
    return view.go(f"/incidents/{incident_id}", done="undone")

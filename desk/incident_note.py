"""Write a note into an incident's log."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from desk.errors import BadRequest, NotFound
from desk.incident_move import MAX_NOTE_CHARS
from desk.view import FormDep
from store.incidents import add_note

router = APIRouter()


@router.post("/incidents/{incident_id}/note")
def incident_note(
    view: FormDep, incident_id: str, note: Annotated[str, Form(max_length=MAX_NOTE_CHARS)] = ""
) -> RedirectResponse:
    """Notes cannot be changed later, only followed by another one."""
    if not note.strip():
        raise BadRequest("备注是空的。")
    with view.desk.store.write() as conn:
        try:
            add_note(conn, incident_id, note.strip(), by=view.who.name, now=view.desk.now())
        except LookupError as err:
            raise NotFound("没有这条处置记录。") from err
    return view.go(f"/incidents/{incident_id}", done="noted")

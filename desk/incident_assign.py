"""Give an incident an owner."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from desk.errors import NotFound
from desk.view import FormDep
from store.incidents import assign

router = APIRouter()


@router.post("/incidents/{incident_id}/assign")
def incident_assign(
    view: FormDep, incident_id: str, owner: Annotated[str, Form(max_length=50)] = ""
) -> RedirectResponse:
    """Any name, also of somebody without an account; empty takes the owner away."""
    with view.desk.store.write() as conn:
        try:
            assign(conn, incident_id, " ".join(owner.replace("\0", "").split()), by=view.who.name, now=view.desk.now())
        except LookupError as err:
            raise NotFound("没有这条处置记录。") from err
    return view.go(f"/incidents/{incident_id}", done="assigned")

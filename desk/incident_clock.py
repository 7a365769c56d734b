"""Mark one clock of an incident as met, e.g. after the press conference."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from desk.errors import NotFound, Refused
from desk.view import FormDep
from store.incidents import meet_clock

router = APIRouter()

BY_HAND = ("press_conference",)
"""Clocks that no move and no statement meets."""


@router.post("/incidents/{incident_id}/clock")
def incident_clock(view: FormDep, incident_id: str, clock: Annotated[str, Form(max_length=50)]) -> RedirectResponse:
    """Refuses (409) a clock that is met already, or that is met by a move or a statement."""
    with view.desk.store.write() as conn:
        try:
            met = clock in BY_HAND and meet_clock(conn, incident_id, clock, by=view.who.name, now=view.desk.now())
        except LookupError as err:
            raise NotFound("没有这条处置记录。") from err
        if not met:
            raise Refused("这个时限已经完成，或不能手工完成。")
    return view.go(f"/incidents/{incident_id}", done="clock")

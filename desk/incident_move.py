"""Move an incident on (待签收 -> 核查中 -> 已回应 -> 已办结, or 误报)."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from desk import words
from desk.errors import NotFound, Refused
from desk.view import FormDep
from store.errors import ImpossibleMove
from store.incidents import move

router = APIRouter()

MAX_NOTE_CHARS = 2000


@router.post("/incidents/{incident_id}/move")
def incident_move(
    view: FormDep,
    incident_id: str,
    state: Annotated[str, Form(max_length=20)],
    note: Annotated[str, Form(max_length=MAX_NOTE_CHARS)] = "",
) -> RedirectResponse:
    """Refuses (409) a move that is not possible from the present state, naming those that are."""
    with view.desk.store.write() as conn:
        try:
            move(conn, incident_id, state, by=view.who.name, now=view.desk.now(), note=note.strip())
        except LookupError as err:
            raise NotFound("没有这条处置记录。") from err
        except ImpossibleMove as err:
            allowed = "、".join(words.word(words.INCIDENT, s) for s in err.allowed) or "无"
            was, wanted = (words.word(words.INCIDENT, s) for s in (err.current, err.wanted))
            raise Refused(f"现在是“{was}”，不能改为“{wanted}”。可以改为：{allowed}。") from err
    return view.go(f"/incidents/{incident_id}", done="moved")

"""Order that an event or a place is not told about for some hours, and take such an order back."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from config.places import Places, meant
from desk.errors import BadRequest, NotFound
from desk.view import FormDep
from store.silences import LONGEST, MAX_REASON_CHARS, end_silence, silence

router = APIRouter()

SCOPES = ("event", "place")
Ident = Annotated[str, Form(max_length=200)]


def doubt(places: Places | None, place: str) -> str:
    """Why a silence of this place may hold nothing back; empty when alerts name it so, or the list cannot be read."""
    near = meant(places, place) if place and places else None
    if near is None:
        return ""
    return f"地点列表里没有“{place}”，不会有预警写这个地点" + (f"；是否指“{near}”？" if near else "。")


@router.post("/silences")
def silence_order(
    view: FormDep,
    event: Ident,
    hours: Annotated[float, Form(gt=0, le=LONGEST / timedelta(hours=1))],
    scope: Annotated[str, Form(max_length=10)] = "event",
    jurisdiction: Ident = "",
    place: Ident = "",
    reason: Annotated[str, Form(max_length=MAX_REASON_CHARS)] = "",
) -> RedirectResponse:
    """For the event, or for every event of its place; red is told all the same."""
    if scope not in SCOPES or (scope == "place" and not place):
        raise BadRequest("没有这个静默范围。")
    now = view.desk.now()
    about = {"event": event} if scope == "event" else {"jurisdiction": jurisdiction, "place": place}
    with view.desk.store.write() as conn:
        silence(conn, **about, until=now + timedelta(hours=hours), by=view.who.name, reason=reason, now=now)
    nowhere = scope == "place" and doubt(view.desk.places, place)
    return view.go(f"/events/{quote(event)}", done="silenced-nowhere" if nowhere else "silenced")


@router.post("/silences/{ident}/end")
def silence_end(view: FormDep, ident: int) -> RedirectResponse:
    """What it held back is told within seconds, if nothing else holds it back."""
    with view.desk.store.write() as conn:
        if not end_silence(conn, ident, by=view.who.name, now=view.desk.now()):
            raise NotFound("这个静默已经结束。")
    return view.go("/", done="silence-ended")

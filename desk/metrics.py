"""Figures for Prometheus (/metrics): of all processes of this machine, for callers on this machine."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from desk.context import DeskDep
from desk.errors import NotSignedIn
from desk.guard import is_loopback
from desk.sessions import who_is

router = APIRouter()


@router.get("/metrics")
def metrics(request: Request, desk: DeskDep) -> Response:
    """Without sign-in on loopback only; from elsewhere with a session."""
    if request.client is None or not is_loopback(request.client.host):
        try:
            who_is(request, desk)
        except NotSignedIn as err:
            raise HTTPException(403, "指标只向本机开放。") from err
    from bus.metrics import exposition

    body, content_type = exposition()
    return Response(body, media_type=content_type)

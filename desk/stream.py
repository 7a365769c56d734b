"""Server-sent events (/live): tells every open page that something changed."""

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from desk.errors import NotSignedIn
from desk.sessions import who_is
from desk.view import ViewDep

router = APIRouter()


@router.get("/live")
def live(view: ViewDep) -> StreamingResponse:
    """The stream; it ends when the session does."""

    def still_welcome() -> bool:
        try:
            who_is(view.request, view.desk)
        except NotSignedIn:
            return False
        return True

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(view.desk.live.stream(still_welcome), media_type="text/event-stream", headers=headers)

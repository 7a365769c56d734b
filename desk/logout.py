"""Sign out."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from desk.sessions import COOKIE
from desk.view import FormDep
from store.people import end_session

router = APIRouter()


@router.post("/logout")
def logout(view: FormDep) -> RedirectResponse:
    """Ends the session on the server too, not only in the browser."""
    with view.desk.store.write() as conn:
        end_session(conn, view.who.token)
    response = view.go("/login")
    response.delete_cookie(COOKIE, path="/")
    return response

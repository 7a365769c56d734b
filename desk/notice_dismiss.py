"""Take a notice of the system off the desk."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from desk.errors import NotFound
from desk.view import FormDep
from store.notices import dismiss_notice

router = APIRouter()


@router.post("/notice-dismiss")
def notice_dismiss(view: FormDep, key: Annotated[str, Form(max_length=200)]) -> RedirectResponse:
    """It stays listed on the health page, with who closed it."""
    with view.desk.store.write() as conn:
        if not dismiss_notice(conn, key, by=view.who.name, now=view.desk.now()):
            raise NotFound("这条提示已经关闭。")
    return view.go("/health", done="dismissed")

"""What a signed-in page gets: the desk, who looks, and how to render; forms are checked before they act."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.exceptions import HTTPException

from desk import tokens
from desk.context import Desk, DeskDep
from desk.flashes import flash_of
from desk.frame import frame_of
from desk.links import query
from desk.sessions import Who, who_is
from store.engine import Connection
from store.people import MAY_ACT

OWN = frozenset(("/logout", "/password"))
"""Forms about nothing but one's own account: for every role."""


@dataclass(frozen=True)
class View:
    """One request of a signed-in person."""

    request: Request
    desk: Desk
    who: Who

    def render(self, conn: Connection, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """The page, with the frame around it read in the same transaction."""
        frame = frame_of(conn, self.desk.now())
        flash = flash_of(self.request.query_params)
        page = self.desk.templates.get_template(template).render(
            who=self.who, frame=frame, now=frame.now, flash=flash, **values
        )
        return HTMLResponse(page, status)

    def go(self, path: str, **values: object) -> RedirectResponse:
        """After an action: to a page that can be reloaded without repeating it."""
        return RedirectResponse(query(path, values), 303)


def view_of(request: Request, desk: DeskDep) -> View:
    """The view of this request. Raises NotSignedIn without a valid session."""
    return View(request, desk, who_is(request, desk))


async def form_view_of(request: Request, view: Annotated[View, Depends(view_of)]) -> View:
    """The view of a form that was sent from one of this session's own pages; refuses any other with 403."""
    refuse_foreign_origin(request)
    if view.who.role not in MAY_ACT and request.url.path not in OWN:
        raise HTTPException(403, "您的账号只能查看，不能修改。需要处置权限请联系系统管理员。")
    given = request.headers.get(tokens.HEADER)
    if given is None:
        given = str((await request.form(max_fields=100, max_files=0)).get(tokens.FIELD, ""))
    if not tokens.same(given, view.who.csrf):
        raise HTTPException(403, "表单已过期或不是从本系统页面提交的，请回到原页面刷新后重试。")
    return view


def refuse_foreign_origin(request: Request) -> None:
    """Refuse a form that a browser says comes from another site."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    foreign = origin not in (None, "null") and str(origin).partition("://")[2] != request.headers.get("host", "")
    if foreign or site not in ("same-origin", "none"):
        raise HTTPException(403, "不接受来自其他网站的提交。")


ViewDep = Annotated[View, Depends(view_of)]
FormDep = Annotated[View, Depends(form_view_of)]

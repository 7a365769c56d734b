"""Sign in (/login)."""

import logging
import secrets
import threading
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from desk.context import Desk, DeskDep
from desk.errors import NotSignedIn
from desk.links import local_path
from desk.sessions import LASTS, give_session, who_is
from desk.throttle import WINDOW, too_many
from desk.tokens import same, sign_in_csrf
from desk.view import refuse_foreign_origin
from store.people import check_password, clear_failures, open_session, record_failure

log = logging.getLogger(__name__)
router = APIRouter()

FORM_COOKIE = "minyi_form"
_one_at_a_time = threading.Lock()  # counting and checking belong together; also bounds what hashing costs

WRONG = "用户名或密码不正确。"
STALE = "登录页面已过期，请再试一次。"
SLOW = f"登录失败次数过多，已暂停登录。请 {int(WINDOW.total_seconds() // 60)} 分钟后再试，或联系系统管理员。"


@router.get("/login", response_class=HTMLResponse)
def login_page(request: Request, desk: DeskDep, next: Annotated[str, Query(max_length=2000)] = "") -> Response:
    """The form; somebody who is signed in goes straight on."""
    try:
        who_is(request, desk)
    except NotSignedIn:
        return _form(request, desk, next=local_path(next))
    return RedirectResponse(local_path(next), 303)


@router.post("/login", response_class=HTMLResponse)
def login(
    request: Request,
    desk: DeskDep,
    name: Annotated[str, Form(max_length=100)] = "",
    password: Annotated[str, Form(max_length=200)] = "",
    csrf: Annotated[str, Form(max_length=100)] = "",
    next: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Opens a session, or shows the form again and says why."""
    refuse_foreign_origin(request)
    goal, name = local_path(next), name.strip()
    nonce = request.cookies.get(FORM_COOKIE, "")
    if not nonce or not same(csrf, sign_in_csrf(desk.secret, nonce)):
        return _form(request, desk, next=goal, name=name, problem=STALE, status=400)
    address = request.client.host if request.client else ""
    with _one_at_a_time:
        now = desk.now()
        with desk.store.read() as conn:
            slow = too_many(conn, name=name, address=address, now=now)
            person = None if slow else check_password(conn, name, password)
        if slow:
            log.warning("sign-in refused: too many failures", extra={"address": address})
            return _form(request, desk, next=goal, name=name, problem=SLOW, status=429)
        with desk.store.write() as conn:
            if person is None:
                record_failure(conn, name=name, origin=address, now=now)
                token = ""
            else:
                clear_failures(conn, person.name)
                token = open_session(conn, person.name, now=now, lasts=LASTS)
    if person is None:
        log.warning("sign-in failed", extra={"address": address})
        return _form(request, desk, next=goal, name=name, problem=WRONG, status=401)
    response = RedirectResponse(goal, 303)
    response.delete_cookie(FORM_COOKIE, path="/login")
    give_session(request, response, token)
    return response


def _form(request: Request, desk: Desk, *, next: str, name: str = "", problem: str = "", status: int = 200) -> Response:
    nonce = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    page = desk.templates.get_template("login.html").render(
        csrf=sign_in_csrf(desk.secret, nonce), next=next, name=name, problem=problem
    )
    response = HTMLResponse(page, status)
    secure = request.url.scheme == "https"
    response.set_cookie(FORM_COOKIE, nonce, httponly=True, samesite="lax", secure=secure, path="/login")
    return response

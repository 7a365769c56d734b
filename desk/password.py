"""Change one's own password (/password)."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from desk.accounts import FIRST_NAME, MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, drop_password_file, weakness
from desk.sessions import LASTS, give_session
from desk.throttle import too_many
from desk.view import FormDep, View, ViewDep
from store.people import check_password, open_session, record_failure, set_password

router = APIRouter()

WEAK = {
    "": "",
    "short": f"新密码至少需要 {MIN_PASSWORD_CHARS} 个字符。",
    "long": f"新密码最多 {MAX_PASSWORD_CHARS} 个字符。",
    "simple": "新密码过于简单，或与当前密码、用户名相同。",
}


@router.get("/password", response_class=HTMLResponse)
def password_page(view: ViewDep) -> HTMLResponse:
    """The form."""
    return _form(view)


@router.post("/password", response_class=HTMLResponse)
def change_password(
    view: FormDep,
    current: Annotated[str, Form(max_length=200)],
    wanted: Annotated[str, Form(max_length=200)],
    repeated: Annotated[str, Form(max_length=200)],
) -> Response:
    """Ends all sessions of the person and opens a new one here."""
    now, name = view.desk.now(), view.who.name
    address = view.request.client.host if view.request.client else ""
    with view.desk.store.read() as conn:
        if too_many(conn, name=name, address=address, now=now):
            return _form(view, "密码输错次数过多，请 15 分钟后再试。", 429)
        right = check_password(conn, name, current) is not None
    if not right:
        with view.desk.store.write() as conn:
            record_failure(conn, name=name, origin=address, now=now)
        return _form(view, "当前密码不正确。", 400)
    problem = _objection(name, current, wanted, repeated)
    if problem:
        return _form(view, problem, 400)
    with view.desk.store.write() as conn:
        set_password(conn, name, wanted, now=now)
        token = open_session(conn, name, now=now, lasts=LASTS)
    if name == FIRST_NAME:
        drop_password_file(view.desk.home)
    response = view.go("/", done="password")
    give_session(view.request, response, token)
    return response


def _objection(name: str, current: str, wanted: str, repeated: str) -> str:
    if wanted != repeated:
        return "两次输入的新密码不一致。"
    return WEAK[weakness(name, wanted, current=current)]


def _form(view: View, problem: str = "", status: int = 200) -> HTMLResponse:
    with view.desk.store.read() as conn:
        return view.render(conn, "password.html", status=status, here="", problem=problem, min_chars=MIN_PASSWORD_CHARS)

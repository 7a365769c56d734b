"""Errors as people and programs see them: a Chinese page, or {"error": {"code", "message"}} below /api."""

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from desk.context import desk_of
from desk.guard import HEADERS
from desk.links import query
from store.errors import KeptElsewhere, StoreUnavailable

log = logging.getLogger(__name__)

CODES = {
    400: ("bad_request", "请求不正确"),
    401: ("not_signed_in", "请先登录"),
    403: ("forbidden", "不允许这样做"),
    404: ("not_found", "没有找到"),
    405: ("method_not_allowed", "不支持这种访问方式"),
    409: ("conflict", "现在不能这样做"),
    422: ("bad_request", "参数不正确"),
    429: ("too_many_attempts", "尝试次数过多"),
    500: ("internal", "系统出错"),
    503: ("store_unavailable", "数据库暂时不可用"),
}
MESSAGES = {
    400: "请检查地址或表单内容后重试。",
    403: "请回到原页面刷新后重试。",
    404: "地址有误，或内容已按期限清除。",
    405: "请从页面上的按钮操作。",
    500: "错误已写入日志，请联系系统管理员。",
    503: "数据库忙、磁盘已满或连接中断。数据不会丢失，请稍后刷新；持续出现请联系系统管理员。",
}


class NotFound(HTTPException):
    """The thing asked for does not exist; `message` says what, in Chinese."""

    def __init__(self, message: str) -> None:
        super().__init__(404, message)


class BadRequest(HTTPException):
    """A value that cannot be used; `message` says which, in Chinese."""

    def __init__(self, message: str) -> None:
        super().__init__(400, message)


class Refused(HTTPException):
    """Something that cannot be done in the present state; `message` says why, in Chinese."""

    def __init__(self, message: str) -> None:
        super().__init__(409, message)


class NotSignedIn(Exception):
    """No valid session: pages go to the sign-in form, programs get 401."""


def wants_json(request: Request) -> bool:
    """True for the addresses that programs use."""
    return request.url.path.startswith("/api/") or request.url.path in ("/live", "/healthz")


def answer(request: Request, status: int, message: str = "") -> Response:
    """The error in the shape the caller reads."""
    code, heading = CODES.get(status, (f"http_{status}", "请求没有完成"))
    message = message or MESSAGES.get(status, "请稍后重试。")
    if wants_json(request):
        return JSONResponse({"error": {"code": code, "message": message}}, status)
    page = desk_of(request).templates.get_template("error.html").render(heading=heading, message=message)
    return Response(page, status, media_type="text/html")


def install(app: FastAPI) -> None:
    """Give every error one shape."""

    @app.exception_handler(HTTPException)
    def http(request: Request, err: HTTPException) -> Response:
        ours = isinstance(err, NotFound | BadRequest | Refused) or err.status_code in (403, 429)
        return answer(request, err.status_code, str(err.detail) if ours else "")

    @app.exception_handler(RequestValidationError)
    def wrong_parameters(request: Request, err: RequestValidationError) -> Response:
        names = "、".join(sorted({str(item["loc"][-1]) for item in err.errors()}))
        return answer(request, 400, f"这些参数的值不能使用：{names[:200]}")

    @app.exception_handler(NotSignedIn)
    def not_signed_in(request: Request, _err: NotSignedIn) -> Response:
        if wants_json(request):
            return answer(request, 401, "请先登录。")
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        wanted = here if request.method == "GET" and here != "/" else None
        return RedirectResponse(query("/login", {"next": wanted}), 303)

    @app.exception_handler(KeptElsewhere)
    def kept_elsewhere(request: Request, _err: KeptElsewhere) -> Response:
        return answer(request, 409, "事件已合并，这条处置记录已并入另一条，请在那里处置。")

    @app.exception_handler(StoreUnavailable)
    def store_unavailable(request: Request, err: StoreUnavailable) -> Response:
        log.warning("the store is unavailable", extra={"path": request.url.path, "why": str(err)})
        return answer(request, 503)

    @app.exception_handler(Exception)
    def bug(request: Request, _err: Exception) -> Response:
        found = answer(request, 500)  # made outside the guard, so it brings the headers along
        found.headers.update(HEADERS)
        return found

"""What stands before every page: known host names only, small bodies only, strict headers on every answer."""

import ipaddress
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 256 * 1024  # the longest form is one official statement; nothing is uploaded
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def host_name(header: str) -> str:
    """The name in a Host header, lower case, without port and brackets."""
    header = header.strip().lower()
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0] if header.count(":") <= 1 else header


def is_loopback(host: str) -> bool:
    """True for localhost and the loopback addresses."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def may_call_us(name: str, *, loopback_only: bool, names: frozenset[str]) -> bool:
    """Whether a browser may use `name` for this desk.

    A page of another site can point its own name at our address (DNS rebinding), but it cannot make the browser
    send an address or one of our names as Host: so addresses and the configured names pass, other names do not.
    """
    if is_loopback(name) or name in names:
        return True
    if loopback_only:
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Guard:
    """ASGI middleware: refuses unknown hosts (421), large bodies (413), NUL in addresses (400); adds the headers."""

    def __init__(self, app: ASGIApp, *, host: str, names: Iterable[str] = ()) -> None:
        self.app = app
        self.loopback_only = is_loopback(host)
        self.names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    out.setdefault(name, value)
                out.setdefault("Cache-Control", "no-store")
            await send(message)

        if not may_call_us(host_name(headers.get("host", "")), loopback_only=self.loopback_only, names=self.names):
            answer = PlainTextResponse("本系统不使用这个主机名。请改用启动时打印的地址访问。\n", status_code=421)
            await answer(scope, receive, send_guarded)
            return
        if b"%00" in scope.get("query_string", b"") or "\0" in scope["path"]:  # PostgreSQL has no such text
            answer = PlainTextResponse("地址不正确。\n", status_code=400)
            await answer(scope, receive, send_guarded)
            return
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES or "transfer-encoding" in headers:
            answer = PlainTextResponse("提交的内容过大。\n", status_code=413)
            await answer(scope, receive, send_guarded)
            return
        await self.app(scope, receive, send_guarded)

"""The city on HTTP: threaded, standard library only."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from example import feeds, pages
from example.items import Item, items, said

ROBOTS = "User-agent: *\nAllow: /\n"


class City(ThreadingHTTPServer):
    """Serves one city; `address` is where it can be reached."""

    daemon_threads = True

    def __init__(self, host: str, port: int, started: datetime, clock: Callable[[], datetime]) -> None:
        """Binds at once; port 0 takes a free one. Raises OSError when the port is taken."""
        super().__init__((host, port), Handler)
        self.started, self.clock = started, clock

    @property
    def address(self) -> str:
        """`http://127.0.0.1:8610`."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD."""

    server: City
    protocol_version = "HTTP/1.1"
    server_version = "example"
    timeout = 30  # seconds an idle connection is kept

    def do_GET(self) -> None:
        """One of the paths of the package's docstring; 404 for any other."""
        path = urlsplit(self.path).path
        now = self.server.clock()
        if path in feeds.CHANNELS:
            self._feed(path, now)
        elif path == "/":
            self._answer(200, pages.index(), "text/html")
        elif path == "/robots.txt":
            self._answer(200, ROBOTS, "text/plain")
        else:
            self._page(path, now)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet: the supervisor's log is for the pipeline."""

    def _feed(self, path: str, now: datetime) -> None:
        readable = items(now, self.server.started)
        body = feeds.feed(path, readable, self.server.address)
        etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:24]}"'
        modified = _last_change(path, now, self.server.started)
        headers = {"ETag": etag, "Last-Modified": format_datetime(modified, usegmt=True), "Cache-Control": "no-cache"}
        if self._has(etag, modified):
            self._answer(304, "", "", headers)
        else:
            self._answer(200, body, "application/rss+xml", headers)

    def _has(self, etag: str, modified: datetime) -> bool:
        """True when the client says it holds this version. An ETag, when given, decides alone."""
        if known := self.headers.get("If-None-Match"):
            return known.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in known.split(",")]
        try:
            return modified <= parsedate_to_datetime(self.headers.get("If-Modified-Since", ""))
        except (ValueError, TypeError):
            return False

    def _page(self, path: str, now: datetime) -> None:
        everything = said(now, self.server.started)
        item = next((i for i in everything if i.path == path), None)
        if item is None:
            self._answer(404, "没有这个页面\n", "text/plain")
        elif item.gone_at is not None and item.gone_at <= now:
            self._answer(410, "内容已被作者删除\n", "text/plain")
        else:
            self._answer(200, pages.page(item, _beside(item, everything)), "text/html")

    def _answer(self, status: int, body: str, kind: str, headers: dict[str, str] | None = None) -> None:
        data = body.encode()
        self.send_response(status)
        if status != 304:
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" and status != 304:
            self.wfile.write(data)


def _beside(item: Item, everything: list[Item]) -> list[Item]:
    return [i for i in everything if i.platform == "news" and i.path != item.path][:5]


def _last_change(path: str, now: datetime, started: datetime) -> datetime:
    """When the feed last gained or lost an item, to the second; the start of the city when it has none."""
    platform = feeds.CHANNELS[path].platform
    mine = [i for i in said(now, started) if i.platform == platform]
    moments = [i.published_at for i in mine] + [i.gone_at for i in mine if i.gone_at is not None and i.gone_at <= now]
    return max(moments, default=started).astimezone(UTC).replace(microsecond=0)

"""A store, alerts, and a web hook that counts, for the tests of this folder."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bus.messages import AlertCounts, AlertRaised, PostScored, Reason, Window
from config.audiences import Audience, Audiences, Channel

START = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
CITY = "澜汀市"


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


class Hook(ThreadingHTTPServer):
    """A web hook on the loopback; answers `status`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.told: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class _Answer(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.status == 200:
            self.server.told.append(body)
            self.server.keys.append(self.headers["Idempotency-Key"])
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def web_hook() -> Iterator[Hook]:
    server = Hook()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def audiences(**more: Any) -> Audiences:
    """One audience on the terminal and on a web hook."""
    channels = [Channel(kind="terminal"), Channel(kind="webhook", url_env="HOOK")]
    return Audiences(audiences=[Audience(**{"name": "值班室", "channels": channels, **more})])


def alert(n: int = 1, level: str = "orange", **more: Any) -> AlertRaised:
    fields: dict[str, Any] = {
        "id": f"alert-{n}",
        "event": "e1",
        "jurisdiction": CITY,
        "level": level,
        "headline": "望汐派出所民警打人",
        "reasons": [Reason(rule="event-burst", measured=21, threshold=20, unit="nats", words="突发强度21，线20")],
        "counts": AlertCounts(posts=61, relevant=60, negative=55, authors=50, platforms={"weibo": 50, "forum": 11}),
        "first_post": "p1",
        "posts": ["p1", "p2"],
        "place": "望汐派出所",
        "category": "conduct",
        "window": Window(start=at(-10), end=at(0)),
        "raised_at": at(0),
    }
    return AlertRaised(**{**fields, **more})


def scored(n: int, **more: Any) -> PostScored:
    fields: dict[str, Any] = {
        "id": f"p{n}",
        "platform": "weibo",
        "jurisdiction": CITY,
        "url": f"http://127.0.0.1/{n}",
        "text": f"望汐派出所的民警打人了, 我的电话是13912345678, 第{n}次",
        "published_at": at(n),
        "collected_at": at(n),
        "relevant": True,
        "relevance": 0.9,
        "sentiment": -1,
        "attitude": -1,
        "category": "conduct",
    }
    return PostScored(**{**fields, **more})

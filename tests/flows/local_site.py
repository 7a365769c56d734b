"""A small web site on loopback that answers what a test tells it to, however badly."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

from bus.api import Bus, Delivery
from bus.messages import PostCollected, decode
from config.sources import Manners, SourceEntry
from flows.collecting import RoundResult

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KEY = bytes(range(32))
QUICK = Manners(host_delay_seconds=0, retries=0)
"""No waiting, and all the time a busy machine may need."""
HASTY = msgspec.structs.replace(QUICK, read_seconds=2, total_seconds=4, connect_seconds=2)
"""For sites that never answer in time."""


class Still(random.Random):
    """Chance that never adds anything."""

    def random(self) -> float:
        return 0.0


STILL = Still()
Collect = Callable[..., list[RoundResult]]


@dataclass
class Reply:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hang_s: float = 0.0
    """Wait before the first byte."""
    drip_s: float = 0.0
    """Wait after each byte of the body."""
    length: int | None = None
    """Content-Length to state instead of the true one."""


@dataclass
class Request:
    path: str
    headers: dict[str, str]


Answer = Reply | Callable[[Request], Reply]


class Site:
    """Routes by path; everything else is 404. `requests` is the server's log."""

    def __init__(self) -> None:
        self.routes: dict[str, Answer] = {}
        self.requests: list[Request] = []
        self.stopping = threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def asked(self, path: str) -> list[Request]:
        return [r for r in self.requests if r.path == path]

    def close(self) -> None:
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        request = Request(handler.path, {k.lower(): v for k, v in handler.headers.items()})
        self.requests.append(request)
        route = self.routes.get(request.path, Reply(b"not here", 404))
        reply = route if isinstance(route, Reply) else route(request)
        self.stopping.wait(reply.hang_s)
        try:
            handler.send_response(reply.status)
            for name, value in reply.headers.items():
                handler.send_header(name, value)
            handler.send_header("content-length", str(len(reply.body) if reply.length is None else reply.length))
            handler.send_header("connection", "close")
            handler.end_headers()
            if reply.drip_s:
                for i in range(len(reply.body)):
                    if self.stopping.is_set():
                        return
                    handler.wfile.write(reply.body[i : i + 1])
                    handler.wfile.flush()
                    time.sleep(reply.drip_s)
            elif reply.status != 304:
                handler.wfile.write(reply.body)
        except OSError:  # the client has gone: that is what many of these tests are about
            pass
        handler.close_connection = True


def rss(*items: str, title: str = "澜汀论坛", encoding: str = "utf-8", declared: str | None = None) -> bytes:
    """An RSS 2.0 feed with these <item>s."""
    head = f'<?xml version="1.0" encoding="{declared or encoding}"?>'
    body = f"<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>{title}</title>"
    return f"{head}{body}{''.join(items)}</channel></rss>".encode(encoding)


def item(
    n: int | str,
    text: str = "灯市口路口的信号灯又坏了，交警来得很快。",
    *,
    title: str = "路口信号灯",
    author: str = "",
    when: str = "Sat, 21 Nov 2026 18:00:00 +0800",
    link: str = "",
) -> str:
    """One <item> with guid `post-n`."""
    author_tag = f"<dc:creator>{author}</dc:creator>" if author else ""
    when_tag = f"<pubDate>{when}</pubDate>" if when else ""
    link_tag = f"<link>{link}</link>" if link else ""
    return (
        f"<item><title>{title}</title><guid isPermaLink='false'>post-{n}</guid>{link_tag}{author_tag}{when_tag}"
        f"<description><![CDATA[{text}]]></description></item>"
    )


def entry(name: str, url: str, **fields: object) -> SourceEntry:
    return msgspec.convert(
        {"name": name, "kind": "feed", "url": url, "platform": "forum", "jurisdiction": "澜汀市", **fields}, SourceEntry
    )


def deliveries(bus: Bus, topic: str) -> list[Delivery]:
    return [d for p in range(bus.partitions(topic)) for d in bus.read(topic, p, *bus.bounds(topic, p))]


def posts(bus: Bus) -> list[PostCollected]:
    found = [decode(d.value) for d in deliveries(bus, "posts.collected")]
    assert all(isinstance(p, PostCollected) for p in found)
    return [p for p in found if isinstance(p, PostCollected)]

"""Collection: 500 sources on a local server, at a ten-minute interval.

How long a round takes when all is new and when nothing has changed, processor time, memory, requests per source.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

SOURCES, HOSTS, ITEMS, ROUNDS = 500, 50, 30, 3
INTERVAL = timedelta(minutes=10)
STARTED = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WORDS = "澜汀市云溯区灯市口路口的信号灯又坏了，等了二十分钟才有交警过来疏导，希望早点修好。"


def feed(source: int, version: int) -> bytes:
    entries = "".join(
        f"<item><title>路口信号灯 {source}-{i}</title><guid isPermaLink='false'>p{source}-{i}</guid>"
        f"<pubDate>Sat, 21 Nov 2026 {10 + i % 9}:{i % 60:02}:00 +0800</pubDate>"
        f"<description><![CDATA[<p>{WORDS}（{source}-{i}）</p>{'<p>' + WORDS * 4 + '</p>'}]]></description></item>"
        for i in range(version, ITEMS + version)
    )
    return f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel>{entries}</channel></rss>".encode()


class Site(BaseHTTPRequestHandler):
    """/N.xml; /news?K makes every K-th feed say something new. Counts what it is asked."""

    protocol_version = "HTTP/1.1"
    asked = 0
    changed: dict[int, int] = {}  # noqa: RUF012  # one site a process

    def do_GET(self) -> None:
        name = self.path.strip("/")
        if name == "count":
            self.reply(200, json.dumps(Site.asked).encode())
            Site.asked = 0
        elif name.startswith("news"):
            for n in range(0, SOURCES, int(name.partition("?")[2])):
                Site.changed[n] = Site.changed.get(n, 0) + 1
            self.reply(200, b"")
        elif name == "robots.txt":
            Site.asked += 1
            self.reply(200, b"User-agent: *\nDisallow: /private\n")
        else:
            Site.asked += 1
            source = int(name.partition(".")[0])
            version = Site.changed.get(source, 0)
            etag = f'"{version}"'
            if self.headers.get("if-none-match") == etag:
                self.reply(304, b"", etag)
            else:
                self.reply(200, feed(source, version), etag)

    def reply(self, status: int, body: bytes, etag: str = "") -> None:
        self.send_response(status)
        if etag:
            self.send_header("etag", etag)
        if status != 304:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def serve(ready: Connection) -> None:
    """The site on HOSTS ports: to the collector each is a host of its own."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Site) for _ in range(HOSTS)]
    for server in servers:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
    ready.send([server.server_address[1] for server in servers])
    threading.Event().wait()


def control(port: int, path: str) -> bytes:
    from http.client import HTTPConnection

    link = HTTPConnection("127.0.0.1", port, timeout=60)
    link.request("GET", path)
    body = link.getresponse().read()
    link.close()
    return body


def cpu_seconds() -> float:
    """Processor time of this process and of the parsing children it has waited for."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def peak_mb() -> float:
    """The most memory of this process plus the most of one child."""
    own, child = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round((own + child) / 1024, 1)


def measure_rounds(ready: Connection, ports: list[int], sources: int) -> None:
    """In a process of its own, so that memory and processor time are the collector's."""
    import msgspec

    from bus.embedded import EmbeddedBus
    from config.sources import Manners, SourceEntry
    from flows.collecting import collect_round
    from store.engine import open_store

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        store, bus = open_store(f"sqlite:///{home / 'minyi.db'}"), EmbeddedBus(home / "bus.db")
        entries = [
            msgspec.convert(
                {
                    "name": f"s{n}", "kind": "feed", "platform": "forum", "jurisdiction": "澜汀市",
                    "url": f"http://127.0.0.1:{ports[n % HOSTS]}/{n}.xml",
                },
                SourceEntry,
            )
            for n in range(sources)
        ]  # fmt: skip
        rounds = []
        for number in range(ROUNDS + 1):
            name = ("all new", "unchanged", "unchanged", "a tenth changed")[min(number, 3)]
            if number == ROUNDS:
                control(ports[0], "/news?10")
            control(ports[0], "/count")
            began, cpu = time.monotonic(), cpu_seconds()
            results = asyncio.run(
                collect_round(
                    entries, store=store, bus=bus, key=b"k" * 32, manners=Manners(), now=STARTED + INTERVAL * number,
                    home=home,
                )
            )  # fmt: skip
            rounds.append(
                {
                    "round": name,
                    "seconds": round(time.monotonic() - began, 2),
                    "cpu_seconds": round(cpu_seconds() - cpu, 2),
                    "requests_per_source": round(json.loads(control(ports[0], "/count")) / sources, 3),
                    "new": sum(r.new for r in results),
                    "changed": sum(r.changed for r in results),
                    "not_ok": sum(r.state != "ok" for r in results),
                }
            )
        bus.close()
        store.close()
        ready.send({"rounds": rounds, "peak_mb": peak_mb()})


def measure(sources: int = SOURCES) -> dict[str, Any]:
    """Figures of a first round, two rounds without news, and one in which a tenth of the sources has news."""
    methods = multiprocessing.get_context("spawn")
    there, here = methods.Pipe()
    site = methods.Process(target=serve, args=(there,), daemon=True)
    site.start()
    try:
        ports: list[int] = here.recv()
        answer, result = methods.Pipe(duplex=False)
        rounds = methods.Process(target=measure_rounds, args=(result, ports, sources))
        rounds.start()
        found: dict[str, Any] = answer.recv()
        rounds.join()
    finally:
        site.terminate()
        site.join()
    quiet = [r for r in found["rounds"] if r["round"] == "unchanged"][-1]
    return {
        "sources": sources,
        "items_per_source": ITEMS,
        "cores": os.cpu_count(),
        **found,
        "share_of_interval": round(quiet["seconds"] / INTERVAL.total_seconds(), 4),
    }


def main() -> None:
    """`python -m bench.collect`"""
    parser = argparse.ArgumentParser(prog="python -m bench.collect", description=__doc__)
    parser.add_argument("--sources", type=int, default=SOURCES)
    print(json.dumps(measure(parser.parse_args().sources), ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()

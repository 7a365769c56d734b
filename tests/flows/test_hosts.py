"""Pauses, Retry-After and the number of connections: for all sources of a host, in all processes."""

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from local_site import KEY, NOW, Collect, Reply, Request, Site, entry, item, rss

from bus.memory import MemoryBus
from config.sources import Manners
from flows.collecting import collect_round
from flows.fetching import retry_after
from flows.hosts import Hosts
from store.engine import Store

PLAIN = Manners(retries=0, robots=False)


def test_a_pause_counts_from_the_last_request_and_is_shared_through_the_folder(tmp_path: Path) -> None:
    now = 1000.0
    one, other = (Hosts(1, tmp_path / "hosts", clock=lambda: now) for _ in range(2))
    assert one.reserve("a", 2.0) == (0.0, "")
    wait, closed = other.reserve("a", 2.0)
    assert (round(wait, 2), closed) == (2.04, "")
    assert one.reserve("b", 2.0) == (0.0, "")
    one.close("a", 30, "http-429")
    assert other.reserve("a", 2.0) == (30.0, "http-429")
    now += 31
    assert other.reserve("a", 0.0)[1] == ""


def test_a_file_cut_short_and_a_clock_set_back_stop_nobody(tmp_path: Path) -> None:
    now = 1e9
    hosts = Hosts(1, tmp_path, clock=lambda: now)
    hosts.reserve("a", 1.0)
    for file in tmp_path.iterdir():
        file.write_bytes(file.read_bytes()[:5])
    assert hosts.reserve("a", 1.0) == (0.0, "")
    now -= 1e8
    assert hosts.reserve("a", 1.0)[0] < 602


def test_sources_of_one_host_take_turns(site: Site, store: Store, bus: MemoryBus) -> None:
    at_work, most, times = 0, 0, []
    lock = threading.Lock()

    def answer(_: Request) -> Reply:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
            times.append(time.time())
        time.sleep(0.05)
        with lock:
            at_work -= 1
        return Reply(rss(item(1)))

    for n in range(6):
        site.routes[f"/{n}"] = answer
    entries = [entry(str(n), f"{site.url}/{n}") for n in range(6)]
    manners = Manners(host_delay_seconds=0.15, robots=False)
    results = asyncio.run(collect_round(entries, store=store, bus=bus, key=KEY, manners=manners, now=NOW))
    assert [r.state for r in results] == ["ok"] * 6
    assert most == 1
    assert min(b - a for a, b in pairwise(times)) >= 0.15


def test_a_crawl_delay_holds_on_this_machine_too(site: Site, collect: Collect) -> None:
    times: list[float] = []

    def answer(_: Request) -> Reply:
        times.append(time.time())
        return Reply(rss(item(1)))

    site.routes |= {"/robots.txt": Reply(b"User-agent: *\nCrawl-delay: 0.4"), "/a": answer, "/b": answer}
    collect(entry("a", f"{site.url}/a"), entry("b", f"{site.url}/b"), manners=Manners(retries=0))
    assert times[1] - times[0] >= 0.4


def test_a_short_retry_after_is_waited_for_by_every_source_of_the_host(site: Site, collect: Collect) -> None:
    asked: list[tuple[str, float]] = []
    refused = 0.0

    def answer(request: Request) -> Reply:
        nonlocal refused
        asked.append((request.path, time.time()))
        if not refused:
            refused = time.time()
            return Reply(b"", 429, {"retry-after": "1"})
        return Reply(rss(item(request.path)))

    site.routes |= dict.fromkeys(("/a", "/b", "/c"), answer)
    results = collect(*(entry(p, f"{site.url}/{p}") for p in "abc"), manners=PLAIN)
    assert [(r.state, r.new) for r in results] == [("ok", 1)] * 3
    assert len(asked) == 4
    assert all(at - refused >= 1.0 for _, at in asked[1:])


def test_a_long_retry_after_closes_the_host_for_all_its_sources_and_the_next_round(
    site: Site, store: Store, bus: MemoryBus, tmp_path: Path
) -> None:
    site.routes |= {"/a": Reply(b"", 503, {"retry-after": "3600"}), "/b": Reply(rss(item(1)))}

    def round_(*names: str) -> list[Any]:
        entries = [entry(n, f"{site.url}/{n}") for n in names]
        return asyncio.run(collect_round(entries, store=store, bus=bus, key=KEY, manners=PLAIN, now=NOW, home=tmp_path))

    a, b = round_("a", "b")
    assert [(r.state, r.reason) for r in (a, b)] == [("blocked", "http-503")] * 2
    assert timedelta(minutes=59) < b.next_try - NOW <= timedelta(hours=1, minutes=10)
    [again] = round_("b")
    assert (again.state, again.requests) == ("blocked", 0)
    assert [r.path for r in site.requests] == ["/a"]


def test_retry_after_in_both_forms() -> None:
    now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    assert retry_after("90", now) == timedelta(seconds=90)
    assert retry_after(format_datetime(now + timedelta(minutes=5), usegmt=True), now) == timedelta(minutes=5)
    assert retry_after(format_datetime(now - timedelta(minutes=5), usegmt=True), now) == timedelta()
    assert retry_after("999999999", now) == timedelta(hours=6)
    assert retry_after("soon", now) is None


def test_too_many_requests_without_a_wait_is_blocked_at_once(site: Site, collect: Collect) -> None:
    site.routes["/a"] = Reply(b"", 429)
    [result] = collect(entry("a", f"{site.url}/a"), manners=PLAIN)
    assert (result.state, result.reason, result.requests) == ("blocked", "http-429", 1)


def test_after_a_refusal_the_host_is_asked_more_slowly_for_a_while() -> None:
    hosts = Hosts(1)
    hosts.close("a", 0, "http-429")
    hosts.close("a", 0, "http-429")
    assert hosts.of("a").extra_s == 0.2
    for _ in range(20):
        hosts.answered("a")
    assert hosts.of("a").extra_s == 0

"""Rounds of collection against real HTTP servers that behave badly in every way we know."""

import asyncio
import gzip
import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from local_site import HASTY, KEY, NOW, QUICK, Collect, Reply, Request, Site, deliveries, entry, item, posts, rss

from bus.errors import PublishError
from bus.memory import MemoryBus
from config.sources import Manners
from flows.collecting import collect_round, due
from store import sources
from store.engine import Store

FEED = {"content-type": "application/rss+xml; charset=utf-8"}
HTML = {"content-type": "text/html; charset=utf-8"}
PASSWORD = "<form><input name=p type='password'></form>"


def health(store: Store, name: str) -> sources.SourceHealth:
    with store.read() as conn:
        return next(h for h in sources.source_health(conn, now=NOW) if h.name == name)


def test_a_feed_becomes_posts_and_the_second_round_only_duplicates(
    site: Site, bus: MemoryBus, collect: Collect
) -> None:
    site.routes["/feed.xml"] = Reply(rss(item(1), item(2)), headers=FEED)
    [first] = collect(entry("a", f"{site.url}/feed.xml"))
    [second] = collect(entry("a", f"{site.url}/feed.xml"), now=NOW + timedelta(minutes=10))
    assert (first.state, first.new, first.duplicates) == ("ok", 2, 0)
    assert (second.state, second.new, second.duplicates) == ("ok", 0, 2)
    found = posts(bus)
    assert len(found) == 2
    assert found[0].published_at == datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    assert found[0].jurisdiction == "澜汀市"
    assert not found[0].published_inferred


def test_an_unchanged_feed_costs_one_conditional_request(site: Site, collect: Collect) -> None:
    def answer(request: Request) -> Reply:
        if request.headers.get("if-none-match") == '"v1"':
            return Reply(status=304, headers={"etag": '"v1"'})
        return Reply(rss(item(1)), headers={**FEED, "etag": '"v1"', "last-modified": "Sat, 21 Nov 2026 10:00:00 GMT"})

    site.routes["/feed.xml"] = answer
    collect(entry("a", f"{site.url}/feed.xml"))
    site.requests.clear()
    for minute in (10, 20):
        [again] = collect(entry("a", f"{site.url}/feed.xml"), now=NOW + timedelta(minutes=minute))
        assert (again.state, again.new, again.duplicates) == ("ok", 0, 0)
    assert [r.path for r in site.requests] == ["/feed.xml", "/feed.xml"]  # robots.txt is remembered too
    assert site.requests[1].headers["if-modified-since"] == "Sat, 21 Nov 2026 10:00:00 GMT"


def test_an_edited_entry_keeps_its_id_and_gains_a_revision(site: Site, bus: MemoryBus, collect: Collect) -> None:
    site.routes["/f"] = Reply(rss(item(1, "警方正在调查此事，请等待通报。")), headers=FEED)
    collect(entry("a", f"{site.url}/f"))
    site.routes["/f"] = Reply(rss(item(1, "警方已经通报此事，驾驶员被行政拘留。")), headers=FEED)
    [result] = collect(entry("a", f"{site.url}/f"))
    assert (result.new, result.changed) == (0, 1)
    first, second = sorted(posts(bus), key=lambda p: p.revision)
    assert first.id == second.id
    assert (first.revision, second.revision) == (0, 1)


def test_one_broken_source_never_stops_another(site: Site, bus: MemoryBus, collect: Collect, store: Store) -> None:
    site.routes |= {
        "/good": Reply(rss(item(1)), headers=FEED),
        "/hang": Reply(rss(item(2)), hang_s=30),
        "/drip": Reply(rss(item(3)), headers=FEED, drip_s=0.05),
        "/500": Reply(b"oops", 500),
        "/404": Reply(b"gone", 404),
        "/403": Reply(b"no", 403),
        "/418": Reply(b"no", 418),
        "/432": Reply(b"no", 432),
        "/captcha": Reply(
            "<html><title>安全验证</title>请完成验证码</html>".encode(), headers={"content-type": "text/html"}
        ),
        "/captcha-gbk": Reply(
            "<html><meta charset=gbk>滑动验证</html>".encode("gbk"), headers={"content-type": "text/html"}
        ),
        "/members": Reply(f"<html><title>用户登录</title>{PASSWORD}</html>".encode(), headers=HTML),
        "/front": Reply(f"<html><title>首页</title>欢迎 {PASSWORD} 登录</html>".encode(), headers=HTML),
        "/empty": Reply(b""),
        "/noentries": Reply(rss(), headers=FEED),
        "/badzip": Reply(b"\x1f\x8bnot gzip", headers={**FEED, "content-encoding": "gzip"}),
        "/cut": Reply(rss(item(4)), headers=FEED, length=1_000_000),
        "/loop": Reply(status=302, headers={"location": "/loop"}),
    }
    began = time.monotonic()
    results = collect(
        *(entry(p[1:], f"{site.url}{p}") for p in site.routes),
        entry("nobody", "http://127.0.0.1:9/feed"),
        entry("board", site.url, kind="forum"),
        manners=HASTY,
    )
    assert time.monotonic() - began < 20
    states = {r.source: (r.state, r.reason) for r in results}
    assert states == {
        "good": ("ok", ""),
        "hang": ("broken", "timeout"),
        "drip": ("broken", "timeout"),
        "500": ("broken", "http-500"),
        "404": ("broken", "http-404"),
        "403": ("blocked", "http-403"),
        "418": ("blocked", "http-418"),
        "432": ("blocked", "http-432"),
        "captcha": ("blocked", "captcha"),
        "captcha-gbk": ("blocked", "captcha"),
        "members": ("blocked", "login-required"),
        "front": ("broken", "not-a-feed"),
        "empty": ("broken", "empty"),
        "noentries": ("ok", ""),
        "badzip": ("broken", "bad-compression"),
        "cut": ("broken", "connection-lost"),
        "loop": ("broken", "too-many-redirects"),
        "nobody": ("broken", "no-connection"),
        "board": ("broken", "http-404"),
    }
    assert len(posts(bus)) == 1
    assert health(store, "hang").state == "broken"
    assert health(store, "good").last_success == NOW


def test_too_many_requests_blocks_until_the_time_the_site_asks_for(site: Site, collect: Collect, store: Store) -> None:
    site.routes["/f"] = Reply(b"slow down", 429, {"retry-after": "7200"})
    source = entry("a", f"{site.url}/f", every="1m")
    [result] = collect(source)
    assert (result.state, result.reason) == ("blocked", "http-429")
    assert result.next_try == NOW + timedelta(hours=2)
    assert len(site.asked("/f")) == 1
    assert due([source], store, NOW + timedelta(hours=1)) == []
    assert due([source], store, NOW + timedelta(hours=2)) == [source]


def test_a_source_is_due_when_its_own_interval_has_passed(site: Site, collect: Collect, store: Store) -> None:
    site.routes["/f"] = Reply(rss(item(1)), headers=FEED)
    fast, slow = entry("fast", f"{site.url}/f", every="1m"), entry("slow", f"{site.url}/f", every="1h")
    assert due([fast, slow], store, NOW) == [fast, slow]
    collect(fast, slow)
    assert due([fast, slow], store, NOW + timedelta(seconds=50)) == [fast]  # a tick a little early counts
    assert due([fast, slow], store, NOW + timedelta(hours=1)) == [fast, slow]
    moved = entry("slow", f"{site.url}/elsewhere", every="1h")
    assert due([moved], store, NOW) == [moved]


def test_failures_in_a_row_move_the_next_try_away_and_success_brings_it_back(site: Site, collect: Collect) -> None:
    source, at, waits = entry("a", f"{site.url}/f", every="1m"), NOW, []
    for _ in range(7):
        [result] = collect(source, now=at)
        assert result.next_try is not None
        waits.append((result.next_try - at) / timedelta(minutes=1))
        at = result.next_try
    assert waits == [1, 2, 4, 8, 15, 15, 15]
    site.routes["/f"] = Reply(rss(item(1)), headers=FEED)
    [result] = collect(source, now=at)
    assert result.next_try == at + timedelta(minutes=1)


def test_sources_that_fail_together_do_not_come_back_together(site: Site, collect: Collect) -> None:
    entries = [entry(str(n), f"{site.url}/f", every="1h") for n in range(60)]
    waits = [r.next_try - NOW for r in collect(*entries, chance=random.Random(7)) if r.next_try is not None]
    assert len({int(wait.total_seconds() // 5) for wait in waits}) > 30  # of 120 spans of five seconds
    assert min(waits) >= timedelta(hours=1)
    assert max(waits) <= timedelta(hours=1, minutes=10)


def test_a_spread_wait_is_never_shorter_than_what_the_site_asked_for(site: Site, collect: Collect) -> None:
    site.routes["/f"] = Reply(b"slow down", 429, {"retry-after": "7200"})
    [result] = collect(entry("a", f"{site.url}/f", every="1m"), chance=random.Random(7))
    assert result.next_try is not None
    assert timedelta(hours=2) < result.next_try - NOW <= timedelta(hours=2, minutes=10)


def test_a_lost_connection_is_tried_again_in_the_same_round(site: Site, collect: Collect) -> None:
    answers = [Reply(rss(item(1)), length=9_999_999), Reply(b"", 502), Reply(rss(item(1)), headers=FEED)]
    site.routes["/f"] = lambda _: answers.pop(0)
    [result] = collect(entry("a", f"{site.url}/f"), manners=Manners(host_delay_seconds=0, retries=2, robots=False))
    assert (result.state, result.new) == ("ok", 1)


def test_robots_txt_is_obeyed_and_failing_to_say_closes_the_site(site: Site, collect: Collect) -> None:
    site.routes |= {
        "/robots.txt": Reply(b"User-agent: minyi\nDisallow: /private/\n", headers={"content-type": "text/plain"}),
        "/private/f": Reply(rss(item(1)), headers=FEED),
        "/open/f": Reply(rss(item(2)), headers=FEED),
    }
    closed, opened = collect(entry("closed", f"{site.url}/private/f"), entry("open", f"{site.url}/open/f"))
    assert (closed.state, closed.reason) == ("blocked", "robots")
    assert opened.state == "ok"
    assert len(site.asked("/robots.txt")) == 1
    assert site.asked("/private/f") == []
    assert site.asked("/open/f")[0].headers["user-agent"].startswith("minyi/")


def test_a_failing_robots_txt_is_blocked_not_ignored(site: Site, collect: Collect) -> None:
    site.routes |= {"/robots.txt": Reply(b"", 500), "/f": Reply(rss(item(1)), headers=FEED)}
    [result] = collect(entry("a", f"{site.url}/f"))
    assert (result.state, result.reason) == ("blocked", "robots-unavailable")


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_huge_feed_is_refused_before_it_fills_the_memory(site: Site, collect: Collect, coding: str) -> None:
    body = rss(item(1, "长" * 7_000_000), item(2))  # 21 MB
    headers = dict(FEED)
    if coding == "gzip":
        body, headers["content-encoding"] = gzip.compress(body, 1), "gzip"
    site.routes |= {"/huge": Reply(body, headers=headers), "/good": Reply(rss(item(3)), headers=FEED)}
    roomy = Manners(host_delay_seconds=0, retries=0)
    huge, good = collect(entry("huge", f"{site.url}/huge"), entry("good", f"{site.url}/good"), manners=roomy)
    assert (huge.state, huge.reason) == ("broken", "too-large")
    assert (good.state, good.new) == ("ok", 1)


def test_a_huge_entry_is_a_dead_letter_and_its_neighbours_go_on(site: Site, bus: MemoryBus, collect: Collect) -> None:
    site.routes["/f"] = Reply(
        rss(item(1, "长" * 2_500_000, author="某网友甲"), item(2), item(3, "", title="")), headers=FEED
    )
    roomy = Manners(host_delay_seconds=0, retries=0)
    [first] = collect(entry("a", f"{site.url}/f"), manners=roomy)
    [second] = collect(entry("a", f"{site.url}/f"), manners=roomy)
    assert (first.new, first.rejected, first.duplicates) == (1, 2, 0)
    assert (second.new, second.rejected, second.duplicates) == (0, 0, 3)  # buried once, not every round
    letters = deliveries(bus, "dead-letters")
    assert {d.headers["reason"] for d in letters} == {"too-large", "no-text"}
    assert all(len(d.value) < 100_000 and "某网友甲".encode() not in d.value for d in letters)
    assert letters[0].headers["consumer"] == "collect"


def test_nothing_is_remembered_before_the_bus_has_it(
    site: Site, store: Store, bus: MemoryBus, monkeypatch: Any
) -> None:
    site.routes["/f"] = Reply(rss(item(1)), headers={**FEED, "etag": '"v1"'})
    source = entry("a", f"{site.url}/f")
    flush = bus.flush

    def refuse() -> None:
        raise PublishError("the disk is full")

    monkeypatch.setattr(bus, "flush", refuse)
    with pytest.raises(PublishError):
        asyncio.run(collect_round([source], store=store, bus=bus, key=KEY, manners=QUICK, now=NOW))
    with store.read() as conn:
        assert sources.cursor(conn, "a") == {}
    monkeypatch.setattr(bus, "flush", flush)
    [result] = asyncio.run(collect_round([source], store=store, bus=bus, key=KEY, manners=QUICK, now=NOW))
    assert result.new == 1
    assert len({p.id for p in posts(bus)}) == 1


def test_a_crash_between_publishing_and_remembering_repeats_the_same_ids(
    site: Site, store: Store, bus: MemoryBus, collect: Collect, monkeypatch: Any
) -> None:
    site.routes["/f"] = Reply(rss(item(1), item(2)), headers=FEED)

    class Crash(BaseException):
        pass

    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patched, pytest.raises(Crash):
        patched.setattr("store.seen.remember", crash)
        collect(entry("a", f"{site.url}/f"))
    [result] = collect(entry("a", f"{site.url}/f"))
    assert result.new == 2
    assert len(posts(bus)) == 4
    assert len({(p.id, p.revision, p.text) for p in posts(bus)}) == 2


def test_a_source_silent_against_its_own_rhythm_is_quiet(site: Site, collect: Collect, store: Store) -> None:
    hourly = [item(n, when=f"Sat, 21 Nov 2026 {n:02}:00:00 +0800") for n in range(10, 18)]
    site.routes["/f"] = Reply(rss(*hourly), headers=FEED)
    source = entry("a", f"{site.url}/f")
    [fresh] = collect(source)
    [later] = collect(source, now=NOW + timedelta(hours=3))
    [silent] = collect(source, now=NOW + timedelta(hours=9))
    assert [fresh.state, later.state, silent.state] == ["ok", "ok", "quiet"]
    assert silent.reason == "silent"
    with store.read() as conn:
        assert sources.blind_hours(conn, "a", NOW, NOW + timedelta(minutes=5)) == 0


def test_a_bug_with_one_source_stays_with_it(site: Site, collect: Collect, monkeypatch: Any, caplog: Any) -> None:
    site.routes |= {"/a": Reply(rss(item(1, "甲")), headers=FEED), "/b": Reply(rss(item(2, "乙")), headers=FEED)}
    real = __import__("flows.visit", fromlist=["to_post"]).to_post

    def sometimes(found: Any, **kwargs: Any) -> Any:
        if found.text == "甲":
            raise KeyError("甲")
        return real(found, **kwargs)

    monkeypatch.setattr("flows.visit.to_post", sometimes)
    a, b = collect(entry("a", f"{site.url}/a"), entry("b", f"{site.url}/b"))
    assert (a.state, a.reason) == ("broken", "collector-bug")
    assert (b.state, b.new) == ("ok", 1)
    assert "甲" not in caplog.text

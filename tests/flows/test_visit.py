"""What an adapter may rely on: checkpoints, conditions, budget, secrets, withdrawals, and what the operator is told."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from local_site import KEY, NOW, QUICK, Collect, Reply, Request, Site, deliveries, entry, item, posts, rss

from bus.embedded import EmbeddedBus
from bus.memory import MemoryBus
from bus.messages import PostWithdrawn, decode
from config.sources import Manners
from flows.collecting import collect_round, due
from flows.fetching import FetchProblem
from flows.found import Found
from flows.visit import Visit
from store import sources
from store.engine import Store, open_store
from store.notices import find_notices
from store.retain import purge

Adapter = Callable[[Visit], Any]


@pytest.fixture
def visiting(monkeypatch: pytest.MonkeyPatch) -> Callable[[Adapter], None]:
    """Put an adapter of the test's own in the place of all others."""
    return lambda adapter: monkeypatch.setattr("flows.collecting.adapter", lambda _: adapter)


def found(n: int | str, text: str = "灯市口路口的信号灯又坏了。", **fields: Any) -> Found:
    return Found(id=f"id-{n}", title="", text=f"{text}（{n}）", **fields)


def notices(store: Store) -> list[str]:
    with store.read() as conn:
        return [n.words for n in reversed(find_notices(conn))]


def test_what_was_kept_before_a_failure_stays_and_the_cursor_with_it(
    collect: Collect, bus: MemoryBus, visiting: Callable[[Adapter], None]
) -> None:
    seen_cursors = []

    async def adapter(visit: Visit) -> None:
        seen_cursors.append(dict(visit.cursor))
        if not visit.cursor:
            await visit.keep([found(1), found(2)], cursor={"page": "1", "@next_try": "never"})
            assert visit.cursor == {"page": "1"}
            raise FetchProblem("blocked", "login")
        await visit.keep([found(2), found(3)], cursor={"page": "2"})

    visiting(adapter)
    source = entry("a", "http://127.0.0.1:9/")
    [first] = collect(source)
    [second] = collect(source, now=NOW + timedelta(hours=1))
    assert (first.state, first.reason, first.new) == ("blocked", "login", 2)
    assert (second.state, second.new, second.duplicates) == ("ok", 1, 1)
    assert seen_cursors == [{}, {"page": "1"}]
    assert len(posts(bus)) == 3


def test_what_stays_listed_is_not_new_again_when_retention_has_passed(
    collect: Collect, store: Store, visiting: Callable[[Adapter], None]
) -> None:
    async def adapter(visit: Visit) -> None:
        listed = [found(1)] if visit.now == NOW + timedelta(days=150) else [found(1), found(2)]
        await visit.keep(listed, cursor={"page": "1"})

    visiting(adapter)
    source = entry("a", "http://127.0.0.1:9/")
    for days in (0, 50, 150):
        collect(source, now=NOW + timedelta(days=days))
    with store.write() as conn:
        purge(conn, older_than=timedelta(days=140), now=NOW + timedelta(days=200))
    [result] = collect(source, now=NOW + timedelta(days=200))
    assert (result.new, result.duplicates) == (1, 1), "1 was looked at all the time, 2 not for 150 days"


def test_an_address_is_unchanged_only_since_a_visit_that_ended_well(
    site: Site, collect: Collect, visiting: Callable[[Adapter], None]
) -> None:
    def page(request: Request) -> Reply:
        if request.headers.get("if-none-match") == '"v1"':
            return Reply(status=304)
        return Reply(b"page", headers={"etag": '"v1"'})

    site.routes["/"] = page
    unchanged = []

    async def adapter(visit: Visit) -> None:
        answer = await visit.get(visit.entry.url, conditional=True)
        unchanged.append(answer.unchanged)
        await visit.keep([found(len(unchanged))], cursor={"x": "y"})
        if len(unchanged) == 1:
            raise FetchProblem("broken", "http-500")

    visiting(adapter)
    for minute in range(3):
        collect(entry("a", f"{site.url}/"), now=NOW + timedelta(minutes=minute))
    assert unchanged == [False, False, True]


def test_a_post_gone_at_its_source_is_withdrawn_once(
    collect: Collect, bus: MemoryBus, visiting: Callable[[Adapter], None]
) -> None:
    async def adapter(visit: Visit) -> None:
        if visit.now == NOW:
            await visit.keep([found(1), found(2)])
        else:
            await visit.keep([found(2)], withdrawn=["id-1", "id-2", "never-seen"])

    visiting(adapter)
    results = [collect(entry("a", "http://127.0.0.1:9/"), now=NOW + timedelta(hours=n))[0] for n in range(3)]
    assert [r.withdrawn for r in results] == [0, 1, 0]
    assert [r.duplicates for r in results] == [0, 1, 1]
    gone = [m for d in deliveries(bus, "posts.collected") if isinstance(m := decode(d.value), PostWithdrawn)]
    assert [(g.id, g.source, g.jurisdiction, g.seen_gone_at) for g in gone] == [
        ("id-1", "a", "澜汀市", NOW + timedelta(hours=1))
    ]


def test_a_source_rests_when_its_requests_of_the_day_are_spent(site: Site, collect: Collect, store: Store) -> None:
    site.routes["/f"] = Reply(rss(item(1)))
    source = entry("a", f"{site.url}/f", daily_requests=2)
    states = [collect(source, now=NOW + timedelta(minutes=10 * n))[0] for n in range(3)]
    assert [(r.state, r.reason) for r in states] == [("ok", ""), ("ok", ""), ("blocked", "daily-budget")]
    assert states[-1].next_try == datetime(2026, 11, 22, tzinfo=UTC)
    assert due([source], store, NOW + timedelta(hours=11)) == []
    assert len(site.asked("/f")) == 2
    [tomorrow] = collect(source, now=NOW + timedelta(hours=12))
    assert tomorrow.state == "ok"


def test_the_secret_goes_to_its_own_site_only_and_into_no_log(
    site: Site, collect: Collect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: Any, store: Store
) -> None:
    caplog.set_level(logging.DEBUG)
    elsewhere = Site()
    try:
        site.routes |= {
            "/f": Reply(rss(item(1)), headers={"set-cookie": "track=1"}),
            "/away": Reply(status=302, headers={"location": f"{elsewhere.url}/f"}),
        }
        elsewhere.routes["/f"] = Reply(rss(item(2)))
        (tmp_path / "cookie").write_text("sid=geheim-2\n")
        monkeypatch.setenv("BBS_COOKIE", "sid=geheim-1")
        collect(entry("a", f"{site.url}/f", auth="env:BBS_COOKIE"))
        collect(entry("b", f"{site.url}/f", auth=f"file:{tmp_path / 'cookie'}"))
        collect(entry("c", f"{site.url}/away", auth="env:BBS_COOKIE"))
        collect(entry("d", f"{site.url}/f"))
        sent = [r.headers.get("cookie") for r in site.requests if r.path != "/robots.txt"]
        assert sent == ["sid=geheim-1", "sid=geheim-2", "sid=geheim-1", None]
        assert [r.headers.get("cookie") for r in elsewhere.requests] == [None, None]
        with store.read() as conn:
            assert all("geheim" not in repr(sources.cursor(conn, n)) for n in "abcd")
        assert "geheim" not in caplog.text
    finally:
        elsewhere.close()


def test_a_secret_that_is_not_there_is_said_and_nobody_is_asked(site: Site, collect: Collect) -> None:
    results = collect(
        entry("a", f"{site.url}/f", auth="env:MINYI_TEST_NO_SUCH"), entry("b", f"{site.url}/f", auth="file:/no/such")
    )
    assert [(r.state, r.reason) for r in results] == [("broken", "no-secret")] * 2
    assert site.requests == []


def test_one_notice_when_a_source_is_blocked_and_one_when_it_is_back(
    site: Site, collect: Collect, store: Store
) -> None:
    source = entry("论坛", f"{site.url}/f")
    site.routes["/f"] = Reply(b"", 403)
    for hour in range(3):
        collect(source, now=NOW + timedelta(hours=hour))
    assert len(notices(store)) == 1
    assert "论坛" in notices(store)[0]
    assert "网站拒绝访问" in notices(store)[0]
    site.routes["/f"] = Reply(rss(item(1)))
    collect(source, now=NOW + timedelta(hours=3))
    collect(source, now=NOW + timedelta(hours=4))
    assert len(notices(store)) == 2
    assert "已恢复" in notices(store)[1]
    assert "3.0 小时" in notices(store)[1]
    site.routes["/f"] = Reply(b"", 403)
    collect(source, now=NOW + timedelta(hours=5))
    assert len(notices(store)) == 3


def test_a_connection_lost_once_is_no_notice_three_times_are(site: Site, collect: Collect, store: Store) -> None:
    source = entry("a", f"{site.url}/f")
    site.routes["/f"] = Reply(b"", 500)
    counts = []
    for hour in range(4):
        collect(source, now=NOW + timedelta(hours=hour))
        counts.append(len(notices(store)))
    assert counts == [0, 0, 1, 1]


def test_a_visit_that_takes_too_long_ends_at_its_last_checkpoint(
    collect: Collect, visiting: Callable[[Adapter], None]
) -> None:
    async def adapter(visit: Visit) -> None:
        at = int(visit.cursor.get("at", "0"))
        while at < 5:
            at += 1
            await visit.keep([found(at)], cursor={"at": str(at)})
            if at == 3 and visit.now == NOW:
                await asyncio.sleep(60)

    visiting(adapter)
    quick = Manners(visit_seconds=0.5)
    [first] = collect(entry("a", "http://127.0.0.1:9/"), manners=quick)
    [second] = collect(entry("a", "http://127.0.0.1:9/"), manners=quick, now=NOW + timedelta(hours=1))
    assert (first.state, first.reason, first.new) == ("ok", "unfinished", 3)
    assert (second.state, second.reason, second.new) == ("ok", "", 2)

    async def slow(_: Visit) -> None:
        await asyncio.sleep(60)

    visiting(slow)
    [stuck] = collect(entry("b", "http://127.0.0.1:9/"), manners=quick)
    assert (stuck.state, stuck.reason) == ("broken", "visit-timeout")


def test_the_same_address_from_two_sources_is_one_post(site: Site, collect: Collect, bus: MemoryBus) -> None:
    def feed(link: str) -> bytes:
        return rss(
            f"<item><title>通报</title><link>{link}</link><description>警方通报，详情见正文全文内容。</description></item>"
        )

    site.routes |= {
        "/a": Reply(feed("https://news.example.org/2026/1.html?utm_source=rss&amp;id=3#top")),
        "/b": Reply(feed("https://NEWS.example.org:443/2026/1.html?id=3&amp;spm=a.b")),
    }
    a, b = collect(*(entry(n, f"{site.url}/{n}", platform="news", full_text="never") for n in "ab"))
    assert (a.new + b.new, a.duplicates + b.duplicates) == (1, 1)
    assert len(posts(bus)) == 1


def test_counters_of_a_feed_and_what_an_adapter_knows_of_an_author(
    site: Site, collect: Collect, bus: MemoryBus, visiting: Callable[[Adapter], None]
) -> None:
    counted = "<slash:comments xmlns:slash='http://purl.org/rss/1.0/modules/slash/'>12</slash:comments>"
    counted += "<reposts_count>1.2万</reposts_count><attitudes_count>7</attitudes_count>"
    site.routes["/f"] = Reply(rss(item(1).replace("</item>", f"{counted}</item>"), item(2)))
    collect(entry("a", f"{site.url}/f", platform="weibo"))
    one, two = sorted(posts(bus), key=lambda p: -p.reposts)
    assert (one.reposts, one.comments, one.likes) == (12_000, 12, 7)
    assert (two.reposts, two.comments, two.likes) == (0, 0, 0)

    async def adapter(visit: Visit) -> None:
        who = {"author": "某人", "author_id": "1002003004", "author_kind": "media", "followers": 123_456}
        await visit.keep(
            [found(1, **who, region="澜汀", platform="news"), found(2, author="改名了", author_id="1002003004")]
        )

    visiting(adapter)
    collect(entry("b", "http://127.0.0.1:9/", platform="weibo"))
    three, four = sorted((p for p in posts(bus) if p.source == "b"), key=lambda p: p.id)
    assert (three.author_kind, three.followers, three.region, three.platform) == ("media", 100_000, "澜汀", "news")
    assert "1002003004" not in repr(three) + repr(four)


def test_health_shows_the_state_of_each_source(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from commands.health import _show, gather
    from config.settings import Settings

    site.routes |= {"/ok": Reply(rss(item(1))), "/no": Reply(b"", 418)}
    where = Settings(
        home=tmp_path, config=tmp_path, bus="embedded", store=f"sqlite:///{tmp_path / 'minyi.db'}",
        desk_host="127.0.0.1", desk_port=8600,
    )  # fmt: skip
    store, bus = open_store(where.store), EmbeddedBus(tmp_path / "bus.db")
    entries = [entry("ok", f"{site.url}/ok"), entry("no", f"{site.url}/no")]
    with store.write() as conn:
        sources.register_sources(conn, entries)
    asyncio.run(collect_round(entries, store=store, bus=bus, key=KEY, manners=QUICK, now=NOW, home=tmp_path))
    bus.close()
    store.close()
    rows = {r["name"]: r for r in gather(where, NOW) if r["what"] == "source"}
    assert (rows["ok"]["state"], rows["ok"]["ok"]) == ("ok", True)
    assert (rows["no"]["state"], rows["no"]["detail"], rows["no"]["since"]) == ("blocked", "http-418", NOW)
    assert rows["no"]["next_try"] > NOW
    _show(list(rows.values()))
    told = {line.split()[1]: line for line in capsys.readouterr().out.splitlines()}
    assert "last read 11-21 20:00, next try" in told["ok"]
    assert "http-418; since 11-21 20:00, last read never, next try" in told["no"]


@pytest.mark.parametrize("url", ["http://[", "http://[::1", "ftp://127.0.0.1/x", "mailto:a@b.example", ""])
def test_an_address_nobody_can_ask_is_broken_not_a_bug(
    collect: Collect, visiting: Callable[[Adapter], None], url: str
) -> None:
    async def adapter(visit: Visit) -> None:
        await visit.get(url)

    visiting(adapter)
    [result] = collect(entry("a", "http://127.0.0.1:9/"))
    assert (result.state, result.reason) == ("broken", "bad-address")

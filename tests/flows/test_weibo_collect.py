"""Rounds of Weibo against a site on loopback: no gaps, no doubles, walls named, deletions and edits followed."""

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from local_site import KEY, NOW, Collect, Reply, Request, Site, deliveries, entry, item, posts, rss
from weibo_answers import HOME, LOGIN, NAME, NOTHING, UID, dumped, mid, page, series, status

from bus.memory import MemoryBus
from bus.messages import PostWithdrawn, decode
from config.settings import PROJECT
from config.sources import SourceEntry
from flows.sources import weibo, weibo_ids, weibo_places
from models.privacy import pseudonym

Statuses = list[dict[str, Any]]
SIZE = 10


class Weibo:
    """An m.weibo.cn of a test: searches, timelines, whole texts and single posts, with counted requests."""

    def __init__(self, site: Site) -> None:
        self.url = site.url
        self.searches: dict[str, Statuses] = {}
        self.timelines: dict[str, Statuses] = {}
        self.wholes: dict[str, str] = {}
        self.shown: dict[str, Any] = {}
        self.asked: list[str] = []
        self.walls: dict[str, Reply] = {}
        self.wall_after = 10**9
        self.last_page = 10**9
        self.keeps_to_spans = True
        site.routes = _Every(self.answer)

    def answer(self, request: Request) -> Reply:
        parts = urlsplit(request.path)
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        if parts.path == "/robots.txt":
            return Reply(b"", 404)
        self.asked.append(unquote(request.path))
        if len(self.asked) > self.wall_after:
            return Reply(b"", 418)
        if parts.path == "/statuses/extend":
            text = self.wholes.get(query["id"])
            return Reply(
                dumped({"ok": 1, "data": {"longTextContent": text}} if text else {"ok": 0, "msg": "没有找到该微博"})
            )
        if parts.path == "/statuses/show":
            return Reply(dumped(self.shown[query["id"]])) if query["id"] in self.shown else Reply(b"", 404)
        return self.listing(query)

    def listing(self, query: dict[str, str]) -> Reply:
        container = query["containerid"]
        words = container.partition("q=")[2].partition("&")[0]
        if words in self.walls:
            return self.walls[words]
        listed = self.searches.get(words, []) if words else self.timelines.get(container.removeprefix("107603"), [])
        if "timescope=custom:" in container and self.keeps_to_spans:
            start, _, end = container.partition("timescope=custom:")[2].partition(":")
            listed = [s for s in listed if hours(start) <= hour(s) <= hours(end)]
        number = int(query.get("page", "1"))
        part = listed[(number - 1) * SIZE : number * SIZE] if number <= self.last_page else []
        return Reply(page(*part)) if part else Reply(NOTHING)


def hours(words: str) -> list[int]:
    return [int(part) for part in words.split("-")]


def hour(raw: dict[str, Any]) -> list[int]:
    made = weibo_ids.moment(raw["mid"])
    assert made is not None
    return hours(f"{made.astimezone(HOME):%Y-%m-%d-%H}")


class _Every(dict[str, Any]):
    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        super().__init__()
        self._answer = answer

    def get(self, key: str, default: Any = None) -> Any:
        return self._answer


@pytest.fixture
def site_of_weibo(site: Site) -> Weibo:
    return Weibo(site)


def source(at: Weibo, **more: Any) -> SourceEntry:
    return entry("weibo", f"{at.url}/", kind="weibo", platform="", **({"keywords": ["交警"]} | more))


def withdrawn(bus: MemoryBus) -> list[str]:
    sent = [decode(d.value) for d in deliveries(bus, "posts.collected")]
    return [m.id for m in sent if isinstance(m, PostWithdrawn)]


def texts(bus: MemoryBus) -> list[str]:
    sent = [decode(d.value) for d in deliveries(bus, "posts.collected")]
    return [m.text for m in sent if not isinstance(m, PostWithdrawn)]  # type: ignore[union-attr]


def test_a_search_is_read_to_its_end_once_and_then_only_its_top(
    collect: Collect, bus: MemoryBus, site_of_weibo: Weibo
) -> None:
    site_of_weibo.searches["交警"] = series(NOW, 95)
    [first] = collect(source(site_of_weibo))
    assert (first.state, first.new, len(site_of_weibo.asked)) == ("ok", 95, 11)
    site_of_weibo.asked.clear()
    [second] = collect(source(site_of_weibo), now=NOW + timedelta(minutes=10))
    assert (second.new, second.changed, len(site_of_weibo.asked)) == (0, 0, 2)
    site_of_weibo.searches["交警"] = series(NOW + timedelta(minutes=70), 105)
    site_of_weibo.asked.clear()
    [third] = collect(source(site_of_weibo), now=NOW + timedelta(minutes=80))
    assert (third.new, len(site_of_weibo.asked)) == (10, 3)
    assert len({p.id for p in posts(bus)}) == len(posts(bus)) == 105


def test_posts_another_search_found_do_not_stop_this_one(
    collect: Collect, bus: MemoryBus, site_of_weibo: Weibo
) -> None:
    everything = series(NOW, 80)
    site_of_weibo.searches |= {"交警": everything[:50], "派出所": everything}
    collect(source(site_of_weibo, keywords=["交警", "派出所"]))
    assert len(posts(bus)) == 80


@pytest.mark.parametrize("allowed", [1, 2, 3, 5, 8, 11, 12])
def test_a_walk_cut_anywhere_goes_on_without_a_gap(
    collect: Collect, bus: MemoryBus, site_of_weibo: Weibo, allowed: int
) -> None:
    site_of_weibo.searches["交警"] = series(NOW, 95)
    site_of_weibo.wall_after = allowed
    [first] = collect(source(site_of_weibo))
    assert (first.state, first.reason) == (("blocked", "http-418") if allowed < 11 else ("ok", ""))
    site_of_weibo.searches["交警"] = series(NOW + timedelta(minutes=7 * 33), 95 + 33)  # 33 newer ones on top
    later = NOW + timedelta(hours=8)
    site_of_weibo.wall_after = len(site_of_weibo.asked) + allowed // 2 + 1
    collect(source(site_of_weibo), now=later)
    site_of_weibo.wall_after = 10**9
    [last] = collect(source(site_of_weibo), now=later + timedelta(hours=8))
    assert last.state in ("ok", "quiet")
    assert len({p.id for p in posts(bus)}) == len(posts(bus)) == 128


def test_a_word_behind_a_wall_does_not_stop_the_others(collect: Collect, bus: MemoryBus, site_of_weibo: Weibo) -> None:
    site_of_weibo.searches |= {"交警": series(NOW, 5), "派出所": series(NOW - timedelta(days=1), 5)}
    site_of_weibo.walls["敏感"] = Reply(LOGIN)
    [result] = collect(source(site_of_weibo, keywords=["交警", "敏感", "派出所"]))
    assert (result.state, result.reason, len(posts(bus))) == ("blocked", "login", 10)
    assert result.next_try is not None
    assert result.next_try >= NOW + timedelta(minutes=50)


def test_two_walls_in_a_row_are_the_site_and_no_word_starves(
    collect: Collect, bus: MemoryBus, site_of_weibo: Weibo
) -> None:
    words = ["一号", "二号", "三号", "四号"]
    site_of_weibo.walls |= {word: Reply(LOGIN) for word in words[:2]}
    site_of_weibo.searches |= {word: series(NOW - timedelta(days=n), 3) for n, word in enumerate(words[2:])}
    [first] = collect(source(site_of_weibo, keywords=words))
    assert (first.state, first.new, len(site_of_weibo.asked)) == ("blocked", 0, 2)
    collect(source(site_of_weibo, keywords=words), now=NOW + timedelta(days=1))
    assert len(posts(bus)) == 6


@pytest.mark.parametrize("status_code", [403, 418, 432])
def test_a_refusal_is_blocked_and_stops_at_once(collect: Collect, site_of_weibo: Weibo, status_code: int) -> None:
    site_of_weibo.walls["交警"] = Reply(b"", status_code)
    [result] = collect(source(site_of_weibo, keywords=["交警", "派出所", "民警"]))
    assert (result.state, result.reason) == ("blocked", f"http-{status_code}")
    assert len(site_of_weibo.asked) == 1


def test_a_search_without_posts_is_ok_and_empty(collect: Collect, site_of_weibo: Weibo) -> None:
    [result] = collect(source(site_of_weibo))
    assert (result.state in ("ok", "quiet"), result.new) == (True, 0)


def test_a_long_text_is_asked_for_once(collect: Collect, bus: MemoryBus, site_of_weibo: Weibo) -> None:
    raw = status(NOW, '事情是这样的...<a href="/status/1">全文</a>', isLongText=True)
    site_of_weibo.searches["交警"] = [raw]
    site_of_weibo.wholes[raw["mid"]] = "事情是这样的，昨晚在望汐桥边，民警来得很快"
    for minutes in (0, 10, 20):
        collect(source(site_of_weibo), now=NOW + timedelta(minutes=minutes))
    assert texts(bus) == ["事情是这样的，昨晚在望汐桥边，民警来得很快"]
    assert len([a for a in site_of_weibo.asked if "extend" in a]) == 1


def test_a_whole_text_that_comes_later_is_a_revision(collect: Collect, bus: MemoryBus, site_of_weibo: Weibo) -> None:
    raw = status(NOW, '事情是这样的...<a href="/status/1">全文</a>', isLongText=True)
    site_of_weibo.searches["交警"] = [raw]
    site_of_weibo.wall_after = 1
    [first] = collect(source(site_of_weibo))
    assert (first.state, first.new) == ("blocked", 1)
    site_of_weibo.wall_after = 10**9
    site_of_weibo.wholes[raw["mid"]] = "事情是这样的，昨晚在望汐桥边"
    collect(source(site_of_weibo), now=NOW + timedelta(hours=6))
    assert [(p.text, p.revision) for p in posts(bus)] == [("事情是这样的", 0), ("事情是这样的，昨晚在望汐桥边", 1)]


def test_an_edited_post_keeps_its_id_and_gains_a_revision(
    collect: Collect, bus: MemoryBus, site_of_weibo: Weibo
) -> None:
    site_of_weibo.searches["交警"] = [status(NOW, "望汐桥堵了")]
    collect(source(site_of_weibo))
    site_of_weibo.searches["交警"] = [status(NOW, "望汐桥堵了，已疏通", edit_count=1)]
    [second] = collect(source(site_of_weibo), now=NOW + timedelta(minutes=10))
    assert second.changed == 1
    first, later = posts(bus)
    assert (first.id, first.revision, later.revision) == (later.id, 0, 1)


@pytest.mark.parametrize(
    ("answer", "gone"),
    [({"ok": 0, "msg": "该微博不存在"}, True), ({"ok": 0, "msg": "系统出错"}, False), (None, False)],
)
def test_a_vanished_post_is_withdrawn_only_on_a_plain_word(
    collect: Collect, bus: MemoryBus, site_of_weibo: Weibo, answer: dict[str, Any] | None, gone: bool
) -> None:
    listed = series(NOW, 15)
    site_of_weibo.searches["交警"] = listed
    collect(source(site_of_weibo))
    site_of_weibo.searches["交警"] = listed[:4] + listed[5:]
    if answer is not None:
        site_of_weibo.shown[listed[4]["mid"]] = answer
    for minutes in (10, 20):
        collect(source(site_of_weibo), now=NOW + timedelta(minutes=minutes))
    assert len(withdrawn(bus)) == gone
    assert len([a for a in site_of_weibo.asked if "/statuses/show" in a]) == 1


def test_a_deleted_original_we_know_is_withdrawn(collect: Collect, bus: MemoryBus, site_of_weibo: Weibo) -> None:
    original = status(NOW, "桥头打起来了")
    site_of_weibo.searches["交警"] = [status(NOW, "转发微博", serial=2, retweeted_status=original)]
    collect(source(site_of_weibo))
    assert len(posts(bus)) == 2
    gone = {"mid": original["mid"], "text": "抱歉，此微博已被作者删除。", "user": None, "deleted": "1"}
    site_of_weibo.searches["交警"] = [status(NOW, "转发微博", serial=2, retweeted_status=gone)]
    collect(source(site_of_weibo), now=NOW + timedelta(minutes=10))
    assert withdrawn(bus) == [next(p.id for p in posts_of(bus) if p.text == "桥头打起来了")]


def posts_of(bus: MemoryBus) -> list[Any]:
    return [m for d in deliveries(bus, "posts.collected") if not isinstance(m := decode(d.value), PostWithdrawn)]


def test_a_pinned_old_post_does_not_stop_a_timeline(collect: Collect, bus: MemoryBus, site_of_weibo: Weibo) -> None:
    old = [status(NOW - timedelta(days=300 + n), f"欢迎关注{n}", serial=50 + n, mblogtype=2) for n in range(2)]
    site_of_weibo.timelines["5861034208"] = old + series(NOW, 20)
    entry_ = source(site_of_weibo, keywords=[], users=["https://weibo.com/u/5861034208"])
    collect(entry_)
    site_of_weibo.timelines["5861034208"] = old + series(NOW + timedelta(minutes=70), 30)
    collect(entry_, now=NOW + timedelta(minutes=80))
    assert len(posts(bus)) == 32


def test_an_account_given_by_name_is_said_and_the_rest_is_read(
    collect: Collect, bus: MemoryBus, site_of_weibo: Weibo
) -> None:
    site_of_weibo.searches["交警"] = series(NOW, 3)
    [result] = collect(source(site_of_weibo, users=["平安望汐"]))
    assert (result.state, result.reason, len(posts(bus))) == ("ok", "partly: account-not-a-number (users[0])", 3)


def test_what_lies_behind_the_page_cap_is_read_by_spans_of_time(
    collect: Collect, bus: MemoryBus, site_of_weibo: Weibo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weibo, "MAX_PAGES", 4)
    monkeypatch.setattr(weibo, "CAP_PAGES", 4)
    site_of_weibo.last_page = 4
    site_of_weibo.searches["交警"] = series(NOW, 120, minutes=11)
    collect(source(site_of_weibo))
    assert len({p.id for p in posts(bus)}) == len(posts(bus)) == 120


def test_a_site_that_ignores_spans_is_noted_as_capped(
    collect: Collect, bus: MemoryBus, site_of_weibo: Weibo, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    caplog.set_level(logging.WARNING)
    monkeypatch.setattr(weibo, "MAX_PAGES", 4)
    site_of_weibo.keeps_to_spans = False
    site_of_weibo.searches["交警"] = series(NOW, 120, minutes=11)
    collect(source(site_of_weibo))
    assert len(posts(bus)) == 40
    assert len(site_of_weibo.asked) == 5
    assert "capped" in caplog.text


def test_the_open_api_gets_its_token_in_a_header_and_the_same_ids(
    collect: Collect, bus: MemoryBus, site: Site, site_of_weibo: Weibo, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    site_of_weibo.searches["交警"] = series(NOW, 3)
    collect(source(site_of_weibo))
    one, *_ = series(NOW, 3)
    home = {"statuses": [one]}
    site.routes = {
        "/2/statuses/friends_timeline.json?count=20&page=1": Reply(dumped(home)),
        "/2/statuses/friends_timeline.json?count=20&page=2": Reply(dumped({"statuses": []})),
    }
    monkeypatch.setenv("MINYI_TEST_TOKEN", "2.00secret")
    open_source = entry("open", f"{site.url}/", kind="weibo", platform="", api="open", auth="env:MINYI_TEST_TOKEN")
    [result] = collect(open_source, now=NOW + timedelta(minutes=1))
    assert (result.state, result.new, result.changed, len(posts(bus))) == ("ok", 0, 0, 3)
    sent = [r.headers.get("authorization") for r in site.requests if "friends_timeline" in r.path]
    assert sent == ["OAuth2 2.00secret"] * 2
    assert "2.00secret" not in caplog.text
    assert not [r for r in site.requests if "secret" in r.path]


def test_a_refused_token_is_blocked(collect: Collect, site: Site) -> None:
    body = dumped({"error": "expired_token", "error_code": 21327})
    site.routes["/2/statuses/friends_timeline.json?count=20&page=1"] = Reply(body)
    [result] = collect(entry("open", f"{site.url}/2/", kind="weibo", platform="", api="open"))
    assert (result.state, result.reason) == ("blocked", "token-expired")


def test_the_open_api_may_be_given_as_one_resource(collect: Collect, site: Site) -> None:
    site.routes["/2/statuses/limited.json"] = Reply(dumped({"error_code": 10023}), 403)
    [result] = collect(entry("open", f"{site.url}/2/statuses/limited.json", kind="weibo", platform="", api="open"))
    assert (result.state, result.reason) == ("blocked", "rate-limit")


def test_rsshub_feeds_are_made_of_words_and_accounts_and_share_ids(
    collect: Collect, bus: MemoryBus, site: Site
) -> None:
    bid = weibo_ids.bid_of(mid(NOW))
    link = f"https://weibo.com/{UID}/{bid}"
    one = item("x", "望汐桥又堵了", title="望汐桥又堵了", author=NAME, link=link).replace("post-x", link)
    site.routes |= {"/weibo/keyword/%E4%BA%A4%E8%AD%A6": Reply(rss(one)), f"/weibo/user/{UID}": Reply(rss(one))}
    hub = entry("hub", site.url, kind="weibo", platform="", api="rsshub", keywords=["交警"], users=[str(UID)])
    [result] = collect(hub)
    assert (result.state, result.new, result.duplicates) == ("ok", 1, 1)
    [post] = posts(bus)
    at = Weibo(site)
    at.searches["交警"] = [status(NOW, "望汐桥又堵了")]
    [again] = collect(source(at), now=NOW + timedelta(minutes=1))
    assert (again.new, again.changed) == (0, 0)
    assert post.author == pseudonym(KEY, "weibo", str(UID))


def test_no_account_number_stands_in_the_cursor(collect: Collect, store: Any, site_of_weibo: Weibo) -> None:
    from store import sources

    site_of_weibo.timelines["5861034208"] = series(NOW, 3)
    collect(source(site_of_weibo, keywords=[], users=["5861034208"]))
    with store.read() as conn:
        kept = repr(sources.cursor(conn, "weibo"))
    assert "walk " in kept
    assert "5861034208" not in kept
    assert str(UID) not in kept


def test_the_dictionary_gives_searches_of_the_place(tmp_path: Path) -> None:
    words = weibo_places.lexicon(PROJECT / "config" / "lexicon", "澜汀市")
    assert words[0] == "澜汀市 公安"
    assert "澜汀市 派出所" in words
    assert "澜汀市 公安局" not in words  # 公安 finds it
    assert len(words) == weibo_places.LEXICON_WORDS
    assert weibo_places.lexicon(tmp_path, "") == []

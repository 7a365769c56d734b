"""One word or account of a Weibo entry that fails is named, the rest is read; and what the Open API's refusals mean."""

from datetime import timedelta
from typing import Any

import pytest
from local_site import HASTY, NOW, Collect, Reply, Request, Site, entry, item, posts, rss
from weibo_answers import NOTHING, dumped, mid, page, series

from bus.memory import MemoryBus
from flows.collecting import in_part
from flows.sources import weibo_ids

HOME = "/2/statuses/friends_timeline.json?count=20&page=1"


def answering(site: Site, answers: dict[str, Reply]) -> None:
    """First pages of searches and timelines by a part of their address; anything else is an empty page."""

    def answer(request: Request) -> Reply:
        if "page=1" not in request.path and "page" in request.path:
            return Reply(dumped({"statuses": []}) if "/2/" in request.path else NOTHING)
        return next((reply for part, reply in answers.items() if part in request.path), Reply(NOTHING))

    class Every(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            return Reply(b"", 404) if key == "/robots.txt" else answer

    site.routes = Every()


def weibo(site: Site, **more: Any) -> Any:
    return entry("weibo", f"{site.url}/", kind="weibo", platform="", **more)


@pytest.mark.parametrize("status", [404, 500])
def test_a_word_that_fails_is_named_and_the_others_are_read(
    collect: Collect, bus: MemoryBus, site: Site, status: int
) -> None:
    answering(site, {"q%3Dy": Reply(b"", status), "q%3Dx": Reply(page(*series(NOW, 5))), "q=y": Reply(b"", status)})
    [result] = collect(weibo(site, keywords=["x", "y", "z"]))
    assert (result.state, result.reason) == ("ok", f"partly: http-{status} (y)")
    [later] = collect(weibo(site, keywords=["x", "y", "z"]), now=NOW + timedelta(days=9))
    assert (later.state, later.reason) == ("quiet", f"silent; partly: http-{status} (y)")


def test_an_account_that_is_gone_is_named_by_its_place_not_its_number(collect: Collect, site: Site) -> None:
    answering(site, {"1076035861034208": Reply(b"", 404), "1076032031234567": Reply(page(*series(NOW, 3)))})
    [result] = collect(weibo(site, users=["2031234567", "5861034208"]))
    assert (result.state, result.new, result.reason) == ("ok", 3, "partly: http-404 (users[1])")


def test_an_entry_of_which_nothing_can_be_read_is_broken(collect: Collect, site: Site) -> None:
    answering(site, {"getIndex": Reply(b"", 404)})
    [result] = collect(weibo(site, keywords=["x", "y", "z"], users=["平安望汐"]))
    assert (result.state, result.reason) == ("broken", "account-not-a-number")


def test_an_unknown_account_of_the_open_api_does_not_stop_the_others(collect: Collect, site: Site) -> None:
    gone = Reply(dumped({"error": "User does not exists!", "error_code": 20003}), 400)
    answering(site, {"uid=1000000": gone, "uid=2031234567": Reply(dumped({"statuses": series(NOW, 3)}))})
    [result] = collect(weibo(site, api="open", users=["1000000001", "1000000002", "2031234567"]))
    assert (result.new, result.state, result.reason) == (3, "ok", "partly: no-account (users[0], users[1])")


def test_a_feed_of_rsshub_that_fails_is_named_and_asked_anew(collect: Collect, bus: MemoryBus, site: Site) -> None:
    one = item("x", link=f"https://weibo.com/2031234567/{weibo_ids.bid_of(mid(NOW))}")
    wrong = Reply(b"<html>busy", headers={"etag": '"1"'})
    site.routes |= {"/weibo/keyword/x": Reply(rss(one)), "/weibo/keyword/y": wrong}
    hub = entry("hub", site.url, kind="weibo", platform="", api="rsshub", keywords=["x", "y"], users=["2031234567"])
    [result] = collect(hub)
    assert (result.state, result.new) == ("ok", 1)
    assert result.reason == "partly: not-a-feed (y), http-404 (users[0])"
    site.routes["/weibo/keyword/y"] = Reply(rss(item("y", link="https://weibo.com/2031234567/AAAAAAAA1")))
    [again] = collect(hub, now=NOW + timedelta(minutes=10))
    assert (again.new, "if-none-match" in site.asked("/weibo/keyword/y")[-1].headers) == (1, False)
    assert len(posts(bus)) == 2


@pytest.mark.parametrize(
    ("status", "code", "state", "reason", "minutes"),
    [
        (403, 10023, "blocked", "rate-limit", 30),
        (403, 10022, "blocked", "rate-limit", 30),
        (400, 21327, "blocked", "token-expired", 60),
        (401, 21332, "blocked", "token-expired", 60),
        (403, 10006, "blocked", "login", 60),
        (403, 10014, "blocked", "no-permission", 360),
        (400, 10008, "broken", "api-10008", 10),
        (400, 10016, "broken", "api-10016", 10),
        (500, 10001, "broken", "http-500", 10),
    ],
)
@pytest.mark.parametrize("kind", ["application/json;charset=UTF-8", ""])
def test_the_words_of_a_refusal_of_the_open_api_are_understood(
    collect: Collect, site: Site, status: int, code: int, state: str, reason: str, minutes: int, kind: str
) -> None:
    words = dumped({"error": "said in words", "error_code": code, "request": "/2/statuses/x.json"})
    site.routes[HOME] = Reply(words, status, {"content-type": kind} if kind else {})
    [result] = collect(entry("open", f"{site.url}/2/", kind="weibo", platform="", api="open"))
    assert (result.state, result.reason) == (state, reason)
    assert result.next_try is not None
    assert result.next_try >= NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize("body", [b"", b"no json", b"<html>", b"[]", b'{"error_code": {}}', b"{" * 100_000])
def test_a_refusal_without_a_code_keeps_its_status(collect: Collect, site: Site, body: bytes) -> None:
    site.routes[HOME] = Reply(body, 400)
    [result] = collect(entry("open", f"{site.url}/2/", kind="weibo", platform="", api="open"))
    assert (result.state, result.reason) == ("broken", "http-400")


def test_a_refusal_that_drips_is_still_a_refusal(collect: Collect, site: Site) -> None:
    site.routes[HOME] = Reply(b"x" * 60_000, 403, drip_s=0.2)
    [result] = collect(entry("open", f"{site.url}/2/", kind="weibo", platform="", api="open"), manners=HASTY)
    assert (result.state, result.reason) == ("blocked", "http-403")


def test_a_long_list_of_failed_parts_stays_a_line() -> None:
    told = in_part({f"词{n}": "http-404" for n in range(40)} | {"长" * 100: "not-json"})
    assert told == f"partly: http-404 (词0, 词1, 词2, 词3, 词4 ...), not-json ({'长' * 20})"
    assert in_part({}) == ""

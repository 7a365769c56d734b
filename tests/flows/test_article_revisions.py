"""An article keeps its id: edited it gains a revision, deleted it is withdrawn, from two feeds it is one post."""

import time
from datetime import timedelta

import pytest
from local_site import NOW, QUICK, Collect, Reply, Site, deliveries, entry, item, posts, rss
from test_captured import MISSING, WEB, served, truth

from bus.memory import MemoryBus
from bus.messages import PostCollected, decode
from flows import ids

TEASER = "昨天上午，澜汀市公安局交警支队在灯市口路口启用了新的信号灯…"
HTML = {"content-type": "text/html; charset=utf-8"}
HOUR = timedelta(hours=1)


def page(text: str, head: str = "", foot: str = "") -> bytes:
    return (
        f"<html><head><title>灯市口路口启用新信号灯_澜汀新闻网</title>{head}</head><body><h1>灯市口路口启用新信号灯</h1>"
        f"<div class='article'><p>{text}</p></div>{foot}</body></html>"
    ).encode()


def story(more: str = "") -> str:
    return f"昨天上午，澜汀市公安局交警支队在灯市口路口启用了新的信号灯，过往车辆等候一次就能通过。{more}"


def when(number: int) -> str:
    return (NOW - number * HOUR).strftime("%a, %d %b %Y %H:%M:%S +0000")


def listing(site: Site, *numbers: int) -> Reply:
    return Reply(rss(*(item(n, TEASER, link=f"{site.url}/{n}.html", when=when(n)) for n in numbers)))


def withdrawn(bus: MemoryBus) -> list[bytes]:
    return [d.value for d in deliveries(bus, "posts.collected") if b"post.withdrawn.v1" in d.value]


def collected(bus: MemoryBus) -> list[PostCollected]:
    found = [decode(d.value) for d in deliveries(bus, "posts.collected")]
    return [p for p in found if isinstance(p, PostCollected)]


@pytest.mark.skipif(not (WEB / "serve.py").exists(), reason=MISSING)
def test_wordpress_later_one_article_changed_and_one_gone(collect: Collect, bus: MemoryBus) -> None:
    before, after = truth("news_wordpress/expected.jsonl"), truth("news_wordpress/expected_state2.jsonl")
    [gone] = {str(a["url"]) for a in before} - {str(a["url"]) for a in after}
    feeds = ["/feed", *(f"/category/cat{n}/feed/" for n in range(1, 6))]  # the older ones are in the categories alone
    with served("news_wordpress", "--switch-after-s", "14") as (url, now):
        sources = [entry(f, f"{url}{f}", platform="news") for f in feeds]
        began = time.monotonic()
        first = collect(*sources, now=now)
        time.sleep(max(0.0, 14.5 - (time.monotonic() - began)))
        later = [r for n in (1, 2, 3) for r in collect(*sources, now=now + n * HOUR)]
    assert sum(r.new for r in first) == len(before)
    assert sum(r.new for r in later) == 0
    assert sum(r.changed for r in later) == 1
    assert sum(r.withdrawn for r in later) == len(withdrawn(bus)) == 1
    left = next(p for p in collected(bus) if p.url.rpartition("/")[2] == gone.rpartition("/")[2])
    assert left.id.encode() in withdrawn(bus)[0]


def test_an_edit_of_the_page_alone_becomes_a_revision(site: Site, collect: Collect, bus: MemoryBus) -> None:
    site.routes |= {"/f": listing(site, 1), "/1.html": Reply(page(story()), headers=HTML)}
    source = entry("news", f"{site.url}/f", platform="news")
    collect(source)
    site.routes["/1.html"] = Reply(page(story("支队随后更正：启用时间为本周六。")), headers=HTML)
    results = [collect(source, now=NOW + n * HOUR)[0] for n in (1, 2, 3, 4)]
    assert [(r.new, r.changed) for r in results if r.changed] == [(0, 1)]
    first, second = posts(bus)
    assert (first.id, first.revision, second.revision) == (second.id, 0, 1)
    assert "更正" in second.text
    assert first.author == second.author


def test_a_page_is_looked_at_ever_less_often(site: Site, collect: Collect) -> None:
    site.routes |= {"/f": listing(site, 1), "/1.html": Reply(page(story()), headers={**HTML, "etag": '"1"'})}
    source = entry("news", f"{site.url}/f", platform="news")
    for minutes in range(0, 24 * 60, 60):
        collect(source, now=NOW + timedelta(minutes=minutes), manners=QUICK)
    assert 3 <= len(site.asked("/1.html")) <= 8


@pytest.mark.parametrize(("status", "rounds"), [(410, 1), (404, 2)])
def test_a_page_that_is_gone_is_withdrawn_once(
    site: Site, collect: Collect, bus: MemoryBus, status: int, rounds: int
) -> None:
    site.routes |= {"/f": listing(site, 1, 2), "/1.html": Reply(page(story()), headers=HTML)}
    site.routes["/2.html"] = Reply(page(story("另一条。")), headers=HTML)
    source = entry("news", f"{site.url}/f", platform="news")
    collect(source)
    site.routes["/1.html"] = Reply(b"gone", status)
    counts = [collect(source, now=NOW + n * 3 * HOUR)[0].withdrawn for n in range(1, 6)]
    assert counts.index(1) == rounds - 1
    assert sum(counts) == len(withdrawn(bus)) == 1


def test_a_site_in_trouble_withdraws_nothing(site: Site, collect: Collect, bus: MemoryBus) -> None:
    site.routes |= {"/f": listing(site, 1), "/1.html": Reply(page(story()), headers=HTML)}
    source = entry("news", f"{site.url}/f", platform="news")
    collect(source)
    for n, status in enumerate((404, 200, 404, 503, 200, 403), 1):
        site.routes["/1.html"] = Reply(page(story()), status, headers=HTML)
        collect(source, now=NOW + n * 24 * HOUR, manners=QUICK)
    assert withdrawn(bus) == []


def test_what_vanishes_from_the_middle_of_a_feed_and_is_not_found_is_gone(
    site: Site, collect: Collect, bus: MemoryBus
) -> None:
    site.routes |= {f"/{n}.html": Reply(page(story(f"第{n}条。")), headers=HTML) for n in (1, 2, 3)}
    site.routes["/f"] = listing(site, 1, 2, 3)
    source = entry("news", f"{site.url}/f", platform="news")
    collect(source)
    site.routes |= {"/f": listing(site, 1, 3), "/2.html": Reply(b"not found", 404)}
    [result] = collect(source, now=NOW + timedelta(minutes=10))
    assert (result.withdrawn, result.changed) == (1, 0)
    site.routes |= {"/f": listing(site, 0, 1), "/3.html": Reply(b"not found", 404)}  # pushed out by a new one
    [result] = collect(source, now=NOW + timedelta(minutes=20))
    assert result.withdrawn == 0


def test_one_article_from_two_feeds_is_one_post_and_nobody_changes_it(
    site: Site, collect: Collect, bus: MemoryBus
) -> None:
    site.routes |= {
        "/a": Reply(rss(item(1, TEASER, link=f"{site.url}/1.html?utm_source=rss&from=timeline", when=""))),
        "/b": Reply(rss(item(9, "另一种导语，写得不一样…", link=f"{site.url}/1.html", when=""))),
        "/1.html": Reply(page(story()), headers=HTML),
    }
    sources = [entry(name, f"{site.url}/{name}", platform="news") for name in "ab"]
    rounds = [collect(*sources, now=NOW + n * timedelta(minutes=10)) for n in range(4)]
    assert sum(r.new for results in rounds for r in results) == 1
    assert sum(r.changed for results in rounds for r in results) == 0
    assert len(collected(bus)) == 1


def test_the_address_a_page_calls_its_own_joins_its_doubles(site: Site, collect: Collect, bus: MemoryBus) -> None:
    own = f"<link rel='canonical' href='{site.url}/2026/1.html'>"
    site.routes |= {
        "/a": Reply(rss(item(1, TEASER, link=f"{site.url}/go?id=7", when=""))),
        "/b": Reply(rss(item(2, TEASER, link=f"{site.url}/2026/1.html", when=""))),
        "/go?id=7": Reply(page(story(), own), headers=HTML),
        "/2026/1.html": Reply(page(story(), own), headers=HTML),
    }
    for n in range(3):
        for name in "ab":
            collect(entry(name, f"{site.url}/{name}", platform="news"), now=NOW + n * timedelta(minutes=10))
    assert len(collected(bus)) == 1
    assert [p.url for p in posts(bus)] == [f"{site.url}/2026/1.html"]


def test_the_pages_of_one_article_are_one_text(site: Site, collect: Collect, bus: MemoryBus) -> None:
    site.routes |= {
        "/f": listing(site, 1),
        "/1.html": Reply(page(story(), foot="<div class='pager'><a href='/1_2.html'>下一页</a></div>"), headers=HTML),
        "/1_2.html": Reply(
            page("第二页接着写道，" + story("全文完结。"), foot="<a href='/2.html'>下一页</a>"), headers=HTML
        ),
    }
    collect(entry("news", f"{site.url}/f", platform="news"))
    [post] = posts(bus)
    assert post.text.count("交警支队") == 2
    assert post.text.endswith("全文完结。")
    assert site.asked("/2.html") == []


TWINS = [
    ("http://news.example.org/a/1.html", "https://www.news.example.org/a/1.html"),
    ("https://m.news.example.org/a/1.html?from=timeline", "https://www.news.example.org/a/1.html#top"),
    ("https://wap.example.com/a/1?share_token=x&id=2", "https://www.example.com/a/1?id=2&utm_medium=social"),
    ("https://www.example.com/a/1/amp", "https://www.example.com/a/1/"),
    ("https://www.example.com/a/1.amp.html", "https://www.example.com/a/1.html"),
    ("https://www.example.com/", "http://example.com/index.html"),
]


@pytest.mark.parametrize(("one", "other"), TWINS)
def test_twins_of_an_address_are_one_page(one: str, other: str) -> None:
    assert ids.identity(one) == ids.identity(other)
    assert ids.post_id("news", "", one) == ids.post_id("news", "", other)


def test_different_pages_stay_different() -> None:
    different = [
        "http://a.example.org/1",
        "http://a.example.org/2",
        "http://b.example.org/1",
        "http://a.example.org/1?p=2",
    ]
    different += ["http://a.example.org:8080/1", "http://a.example.org/1#comment-5", "http://a.example.org/1#comment-6"]
    assert len({ids.post_id("news", "", url) for url in different}) == len(different)

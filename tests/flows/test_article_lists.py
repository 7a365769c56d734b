"""Watched pages: lists of articles without a feed, and single pages."""

from datetime import UTC, datetime, timedelta

import pytest
from local_site import NOW, Collect, Reply, Site, entry, posts
from test_article_revisions import HOUR, HTML, page, story
from test_captured import MISSING, WEB, served, truth

from bus.memory import MemoryBus
from flows.found import Unreadable
from flows.sources.page import parse_listing

ROW = "<li><a href='/2026/11/{n}.html'>望汐区第{n}号通告：路口改造期间请绕行</a><span>2026-11-2{n} 10:05</span></li>"
NAV = (
    "<div class='nav'><a href='/'>首页</a><a href='/about.html'>关于我们的网站介绍</a><a href='/video/'>视频</a></div>"
)


def notices(*numbers: int) -> bytes:
    rows = "".join(ROW.format(n=n) for n in numbers)
    return f"<html><head><title>通告_澜汀市公安局</title></head><body>{NAV}<ul>{rows}</ul></body></html>".encode()


def test_a_list_page_gives_its_articles_and_not_its_menu() -> None:
    url = "http://gov.example.org/tg/"
    listing = parse_listing(notices(1, 0, 2, 3), "text/html", url, NOW, "Asia/Shanghai")
    assert [link.url.rpartition("/")[2] for link in listing.links] == ["1.html", "0.html", "2.html", "3.html"]
    assert listing.links[1].published_at == datetime(2026, 11, 20, 2, 5, tzinfo=UTC)


def test_an_empty_page_is_no_list() -> None:
    with pytest.raises(Unreadable, match="not-a-list"):
        parse_listing(b"<html><body><p>hello</p></body></html>", "text/html", "http://a.example.org/", NOW, "UTC")


def test_a_watched_list_collects_new_articles_once(site: Site, collect: Collect, bus: MemoryBus) -> None:
    site.routes |= {f"/2026/11/{n}.html": Reply(page(story(f"第{n}号。")), headers=HTML) for n in range(5)}
    site.routes["/tg/"] = Reply(notices(0, 1, 2), headers=HTML)
    source = entry("tg", f"{site.url}/tg/", kind="page")
    [first] = collect(source)
    site.routes["/tg/"] = Reply(notices(3, 0, 1, 2), headers=HTML)
    [second] = collect(source, now=NOW + timedelta(minutes=10))
    [third] = collect(source, now=NOW + timedelta(minutes=20))
    assert [(r.state, r.new, r.changed) for r in (first, second, third)] == [("ok", 3, 0), ("ok", 1, 0), ("ok", 0, 0)]
    assert {p.title for p in posts(bus)} == {"灯市口路口启用新信号灯"}
    assert len(site.asked("/2026/11/1.html")) == 1


def test_a_watched_article_is_followed(site: Site, collect: Collect, bus: MemoryBus) -> None:
    site.routes["/1.html"] = Reply(page(story() * 4), headers=HTML)
    source = entry("one", f"{site.url}/1.html", kind="page")
    collect(source)
    site.routes["/1.html"] = Reply(page(story("更正。") * 4), headers=HTML)
    [again] = collect(source, now=NOW + HOUR)
    assert (again.new, again.changed) == (0, 1)
    assert [p.revision for p in posts(bus)] == [0, 1]


@pytest.mark.skipif(not (WEB / "serve.py").exists(), reason=MISSING)
def test_a_wordpress_front_page_is_a_list(collect: Collect, bus: MemoryBus) -> None:
    titles = {str(a["title"]) for a in truth("news_wordpress/expected.jsonl")}
    with served("news_wordpress") as (url, now):
        [result] = collect(entry("wp", f"{url}/", kind="page"), now=now)
    assert result.state == "ok"
    assert result.new >= 8
    assert {p.title for p in posts(bus)} <= titles

# ruff: noqa: E501  markup stands as servers write it
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


def test_a_story_beside_sixty_headlines_of_other_sections_is_one_article() -> None:
    story_ = "".join(
        f"<p>云溯区公安分局今日通报第{n}件夜市纠纷的处置经过，双方已经达成谅解，现场秩序恢复正常。</p>"
        for n in range(12)
    )
    aside = "".join(
        f"<li><a href='/news/2026/{n}/detail.shtml'>砚池区第{n}届邻里节开幕，居民带来自家拿手小菜</a></li>"
        for n in range(60)
    )
    markup = (
        "<html><head><title>夜市纠纷已处置</title><meta property='article:published_time' content='2026-11-20T10:05:00+08:00'></head>"
        f"<body><article><h1>夜市纠纷已处置</h1>{story_}</article><aside><ul>{aside}</ul></aside></body></html>"
    )
    listing = parse_listing(markup.encode(), "text/html", "http://gov.example.org/a/07.html", NOW, "Asia/Shanghai")
    assert listing.links == []
    assert listing.article is not None
    assert "第11件" in listing.article.text
    assert "邻里节" not in listing.article.text


def listed(inner: str, url: str = "http://gov.example.org/jq/") -> list[str]:
    markup = f"<html><head><title>警情通报</title></head><body>{NAV}{inner}</body></html>"
    return [link.url.removeprefix("http://gov.example.org") for link in
            parse_listing(markup.encode(), "text/html", url, NOW, "Asia/Shanghai").links]  # fmt: skip


ROWS = {
    "relative addresses with the day in them": (
        "<ul>"
        + "".join(
            f"<li><a href='./202611/t202611{d}_{d}87.html' title='警情通报（2026年第{d}号）：夜市纠纷处置情况'>警情通报（2026…</a>"
            f"<span>2026-11-{d}</span></li>"
            for d in (12, 11, 10)
        )
        + "</ul>",
        [f"/jq/202611/t202611{d}_{d}87.html" for d in (12, 11, 10)],
    ),
    "one row from another section": (
        "<ul>"
        + "".join(f"<li><a href='/jq/2026/{d}.html'>澜汀市第{d}号警情通报</a></li>" for d in (12, 11, 10))
        + "<li><a href='/yw/2026/99.html'>望汐区召开警民恳谈会听取意见</a></li></ul>",
        ["/jq/2026/12.html", "/jq/2026/11.html", "/jq/2026/10.html", "/yw/2026/99.html"],
    ),
    "rows kept for a script": (
        "<div id='list'><script type='text/xml'><datastore><nextgroup></nextgroup><recordset>"
        + "".join(
            f"<record><![CDATA[<li><a href='/art/2026/11/{d}/art_12_{d}.html'>云溯区公安分局第{d}号通告</a><b>2026-11-{d}</b></li>]]></record>"
            for d in (12, 11, 10)
        )
        + "</recordset></datastore></script></div>",
        [f"/art/2026/11/{d}/art_12_{d}.html" for d in (12, 11, 10)],
    ),
    "a table with numbers and dates": (
        "<table>"
        + "".join(
            f"<tr><td>{d}</td><td><a href='show.asp?id={d}'>关于灯市口路段交通管制的通告</a></td><td>11/{d}</td></tr>"
            for d in (12, 11, 10)
        )
        + "</table><div><a href='list.asp?page=2'>下一页</a><a href='list.asp?page=9'>尾页</a></div>",
        [f"/jq/show.asp?id={d}" for d in (12, 11, 10)],
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_the_lists_of_government_sites_are_read(name: str) -> None:
    inner, expected = ROWS[name]
    assert listed(inner) == expected


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


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Reply(b"", 403), ("blocked", "http-403")),
        (Reply(b"<html><body>-</body></html>", headers=HTML), ("broken", "no-articles")),
    ],
)
def test_a_list_of_which_no_article_can_be_read_is_not_taken_for_quiet(
    site: Site, collect: Collect, answer: Reply, told: tuple[str, str]
) -> None:
    site.routes["/tg/"] = Reply(notices(1, 0), headers=HTML)
    site.routes |= {"/2026/11/1.html": answer, "/2026/11/0.html": answer}
    source = entry("a", f"{site.url}/tg/", kind="page", platform="news")
    [first] = collect(source)
    [second] = collect(source, now=NOW + timedelta(minutes=20))
    assert (first.state, first.reason) == told
    assert second.state == "broken"
    site.routes["/2026/11/1.html"] = Reply(page(story()), headers=HTML)
    [third] = collect(source, now=NOW + HOUR * 60)
    assert (third.state, third.new) == ("ok", 1)


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

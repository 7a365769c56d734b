# ruff: noqa: E501  markup stands as servers write it
"""Articles that vanish behind "200 OK" are withdrawn when that is confirmed, never on one hiccup."""

from datetime import timedelta

import pytest
from local_site import NOW, QUICK, Collect, Reply, Site, entry, posts
from test_article_lists import notices
from test_article_revisions import HOUR, HTML, listing, page, story, withdrawn

from bus.memory import MemoryBus
from flows.sources.article_gone import leads_away, parse_gone, says_gone

FRAME = "<html><head><title>{title}</title></head><body><div class='nav'><a href='/'>首页</a><a href='/x/'>警务公开</a></div>{body}</body></html>"
NOTICES = [
    "页面不存在",
    "抱歉，您访问的页面不存在或已删除！",
    "对不起，您要查看的文章已被删除",
    "该内容已被发布者删除",
    "此内容因违规无法查看",
    "404 Not Found",
    "很抱歉，您访问的内容已下线",
    "找不到您要访问的页面",
    "提示信息：该信息不存在或者已经被管理员删除",
    "很抱歉，該文章已經刪除",
    "您访问的网页走丢了",
    "The page you requested could not be found.",
]
TOLD = [
    "网友称，自己投诉的帖子已被删除，澜汀市公安局回应：未要求删帖。",
    "云溯区政府网站部分页面无法打开，市民反映办事指南找不到了，工作人员称正在抢修。",
    "民警提醒：收到快递丢失理赔短信不要点开链接，该链接已被关停。",
    "灯市口路口启用新信号灯",
    "关于删除过期信息的通知",
]


def gone(words: str, status: int = 200) -> Reply:
    return Reply(FRAME.format(title="提示信息", body=f"<div class='tip'>{words}</div>").encode(), status, headers=HTML)


@pytest.mark.parametrize("words", NOTICES)
def test_a_notice_that_a_page_is_gone_is_understood(words: str) -> None:
    body = gone(words).body
    assert parse_gone(body, "text/html", "http://a.example.org/1.html", NOW, "Asia/Shanghai")


@pytest.mark.parametrize("words", TOLD)
def test_news_about_what_was_deleted_is_news(words: str) -> None:
    assert not says_gone([words, story(), story("此事仍在调查中。")])


def test_an_article_that_quotes_a_notice_is_an_article() -> None:
    assert not says_gone(["页面不存在", *(story(f"第{n}段。") for n in range(6))])


@pytest.mark.parametrize(
    ("there", "away"),
    [("/", True), ("/index.html", True), ("/404.html", True), ("/error/notfound.html", True), ("/a/2.html", False)],
)
def test_a_redirect_home_leads_away(there: str, away: bool) -> None:
    assert leads_away("http://a.example.org/a/1.html", f"http://a.example.org{there}") is away
    assert not leads_away("http://a.example.org/a/1.html", "https://www.a.example.org/a/1.html")


def test_a_page_that_says_it_is_gone_is_withdrawn_when_confirmed(site: Site, collect: Collect, bus: MemoryBus) -> None:
    site.routes |= {"/f": listing(site, 1, 2), "/1.html": Reply(page(story()), headers=HTML)}
    site.routes["/2.html"] = Reply(page(story("另一条。")), headers=HTML)
    source = entry("news", f"{site.url}/f", platform="news")
    collect(source)
    site.routes["/1.html"] = Reply(gone(NOTICES[1]).body, headers={**HTML, "etag": '"gone"'})
    results = [collect(source, now=NOW + n * 3 * HOUR)[0] for n in range(1, 6)]
    assert [r.withdrawn for r in results] == [0, 1, 0, 0, 0]
    assert sum(r.changed for r in results) == 0
    assert len(withdrawn(bus)) == 1


def test_one_hiccup_withdraws_and_changes_nothing(site: Site, collect: Collect, bus: MemoryBus) -> None:
    site.routes |= {"/f": listing(site, 1), "/1.html": Reply(page(story()), headers=HTML)}
    source = entry("news", f"{site.url}/f", platform="news")
    collect(source)
    good = Reply(page(story()), headers=HTML)
    results = []
    for n, reply in enumerate((gone("页面不存在"), good, gone("404"), good, good), 1):
        site.routes["/1.html"] = reply
        results += collect(source, now=NOW + n * 24 * HOUR, manners=QUICK)
    assert [(r.withdrawn, r.changed) for r in results] == [(0, 0)] * 5


def test_a_redirect_home_counts_only_for_what_its_list_no_longer_shows(
    site: Site, collect: Collect, bus: MemoryBus
) -> None:
    for n in (1, 2, 3):
        site.routes[f"/{n}.html"] = Reply(page(story(f"第{n}条。")), headers=HTML)
    site.routes |= {"/f": listing(site, 1, 2, 3), "/": Reply(page(story("首页要闻。")), headers=HTML)}
    source = entry("news", f"{site.url}/f", platform="news")
    collect(source)
    home = Reply(b"", 302, headers={"location": "/"})
    site.routes["/2.html"] = home
    results = [collect(source, now=NOW + n * 3 * HOUR)[0] for n in (1, 2)]
    site.routes["/f"] = listing(site, 1, 3)
    results += [collect(source, now=NOW + n * 3 * HOUR)[0] for n in (3, 4)]
    assert [r.withdrawn for r in results] == [0, 0, 1, 0]
    assert sum(r.changed for r in results) == 0


def test_all_pages_gone_at_once_is_trouble_of_the_site(site: Site, collect: Collect, bus: MemoryBus) -> None:
    numbers = (1, 2, 3)
    site.routes |= {f"/{n}.html": Reply(page(story(f"第{n}条。")), headers=HTML) for n in numbers}
    site.routes["/f"] = listing(site, *numbers)
    source = entry("news", f"{site.url}/f", platform="news")
    collect(source)
    site.routes |= {f"/{n}.html": gone("您访问的页面不存在") for n in numbers}
    for n in range(1, 4):
        collect(source, now=NOW + n * 24 * HOUR, manners=QUICK)
    assert withdrawn(bus) == []


def test_a_new_entry_whose_page_is_gone_keeps_the_feeds_own_text(site: Site, collect: Collect, bus: MemoryBus) -> None:
    site.routes |= {"/f": listing(site, 1), "/1.html": gone("抱歉，您访问的页面不存在或已删除！" * 4)}
    [result] = collect(entry("news", f"{site.url}/f", platform="news"))
    assert result.new == 1
    assert "不存在" not in posts(bus)[0].text


@pytest.mark.parametrize("vanished", [gone("文章不存在"), Reply(b"gone", 404), Reply(b"", 302, {"location": "/"})])
def test_a_watched_article_that_is_gone_is_withdrawn_in_the_second_round(
    site: Site, collect: Collect, bus: MemoryBus, vanished: Reply
) -> None:
    site.routes |= {"/a/1.html": Reply(page(story() * 4), headers=HTML), "/": Reply(notices(1, 2, 3), headers=HTML)}
    source = entry("one", f"{site.url}/a/1.html", kind="page")
    collect(source)
    site.routes["/a/1.html"] = vanished
    results = [collect(source, now=NOW + timedelta(hours=n), manners=QUICK)[0] for n in (1, 2, 3)]
    assert [(r.state, r.withdrawn) for r in results] == [("broken", 0), ("broken", 1), ("broken", 0)]
    assert len(withdrawn(bus)) == 1

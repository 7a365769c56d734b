"""The child process that reads foreign bytes: bombs cost their own source a moment, nobody else."""

import asyncio

import pytest
from local_site import NOW, item, rss

from flows.parsing import ParseProblem, Parser
from flows.sources import article
from flows.sources.article import Article
from flows.sources.feed import Feed

HERE = "http://127.0.0.1/f"
PAGE = """<!DOCTYPE html><html><head><meta charset="gbk"><title>灯市口路口新增信号灯 - 澜汀网</title>
<meta property="article:published_time" content="2026-11-20T09:30:00+08:00"></head><body>
<nav><a href="/">首页</a><a href="/1">要闻</a><a href="/2">社会</a></nav>
<article><h1>灯市口路口新增信号灯</h1><div class="meta">2026-11-20 09:30 来源：澜汀都市报</div>
<p>昨天上午，澜汀市公安局交警支队在灯市口路口启用了新的信号灯，早高峰的通行时间缩短了三分之一。</p>
<p>家住附近的市民告诉记者，过去每天早上都要在这里等上三个红灯，如今一个红灯就能通过。</p></article>
<aside><a href="/3">热门推荐：海鲜节开幕</a></aside><footer>版权所有</footer></body></html>"""


async def page(parser: Parser, body: bytes) -> Article | None:
    found: Article | None = await parser.parse("article", body, "text/html", HERE, now=NOW, zone="Asia/Shanghai")
    return found


async def feed(parser: Parser, body: bytes) -> Feed:
    found = await parser.parse("feed", body, "text/xml", HERE, now=NOW, zone="Asia/Shanghai", platform="news")
    assert isinstance(found, Feed)
    return found


def test_a_page_gives_its_text_title_and_time_without_menus_and_bylines() -> None:
    page = article.read(PAGE.encode("gbk"), "text/html", url="http://x.example/1", zone="Asia/Shanghai", now=NOW)
    assert page is not None
    assert page.text.startswith("昨天上午")
    assert page.text.endswith("就能通过。")
    assert page.title.startswith("灯市口路口新增信号灯")
    assert page.published_at is not None
    assert page.published_at.isoformat() == "2026-11-20T01:30:00+00:00"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>" + b"<div>" * 50_000 + b"hello",
        b"<html><body><p " + b"a" * 2_900_000 + b"=1>hello</p>",
        b"<html><body>" + b"<p>x</p>" * 40_000,
        b"\x89PNG\x00\x00\x00",
        b"<html><body><p>short</p></body></html>",
    ],
)
def test_bombs_and_empty_pages_are_no_articles(body: bytes) -> None:
    page = article.read(body, "text/html", url="http://x.example/1", zone="Asia/Shanghai", now=NOW)
    assert page is None


def test_a_document_that_takes_too_long_is_given_up_and_the_next_one_is_read() -> None:
    async def go() -> tuple[str, int, str]:
        attributes = b" ".join(b"a%d=1" % i for i in range(250_000))  # quadratic in the HTML parser
        async with Parser(seconds={"article": 1.0}) as parser:
            with pytest.raises(ParseProblem) as slow:
                await page(parser, b"<html><body><p " + attributes + b">hello")
            read = await feed(parser, rss(item(1)))
            with pytest.raises(ParseProblem) as wrong:
                await feed(parser, b"<html>")
        return slow.value.reason, len(read.found), wrong.value.reason

    assert asyncio.run(go()) == ("parse-timeout", 1, "not-a-feed")


def test_a_child_that_dies_is_a_problem_of_its_document_only() -> None:
    async def go() -> tuple[str, int]:
        reason = ""
        async with Parser() as parser:
            await feed(parser, rss(item(1)))
            assert parser._child is not None
            parser._child.kill()
            try:
                await feed(parser, rss(item(1)))
            except ParseProblem as problem:
                reason = problem.reason
            return reason, len((await feed(parser, rss(item(1)))).found)

    reason, found = asyncio.run(go())
    assert reason in ("", "parser-died")
    assert found == 1

"""The child process that reads foreign bytes: bombs cost their own source a moment, nobody else."""

import asyncio
import os
import signal
import time

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


def bomb() -> bytes:
    attributes = b" ".join(b"a%d=1" % i for i in range(250_000))  # quadratic in the HTML parser
    return b"<html><body><p " + attributes + b">hello"


def test_a_document_that_takes_too_long_is_given_up_and_the_next_one_is_read() -> None:
    async def go() -> tuple[str, int, str]:
        async with Parser(seconds={"article": 1.0}) as parser:
            with pytest.raises(ParseProblem) as slow:
                await page(parser, bomb())
            read = await feed(parser, rss(item(1)))
            with pytest.raises(ParseProblem) as wrong:
                await feed(parser, b"<html>")
        return slow.value.reason, len(read.found), wrong.value.reason

    assert asyncio.run(go()) == ("parse-timeout", 1, "not-a-feed")


@pytest.mark.slow
def test_neighbours_of_bombs_wait_a_few_seconds_at_most() -> None:
    bombs = 3  # more than there are children

    async def timed(parser: Parser, number: int) -> float:
        await asyncio.sleep(0.5)  # the bombs come first
        began = time.monotonic()
        assert len((await feed(parser, rss(item(number)))).found) == 1
        return time.monotonic() - began

    async def go() -> tuple[list[float], list[str], float]:
        began = time.monotonic()
        async with Parser(seconds={"article": 4.0}, prompt_s=1.5) as parser:
            await asyncio.gather(*(feed(parser, rss(item(n))) for n in range(2)))  # both children are up
            exploding = [asyncio.create_task(page(parser, bomb())) for _ in range(bombs)]
            waits = await asyncio.gather(*(timed(parser, n) for n in range(10)))
            ends = await asyncio.gather(*exploding, return_exceptions=True)
        return waits, [e.reason for e in ends if isinstance(e, ParseProblem)], time.monotonic() - began

    waits, reasons, whole = asyncio.run(go())
    print(f"{bombs} bombs: neighbours waited {max(waits):.1f} s at most, all over after {whole:.1f} s")
    assert reasons == ["parse-timeout"] * bombs
    assert whole > 4 * bombs  # each had all of its time, where only others like it waited
    assert max(waits) < 6


def test_a_slow_document_is_read_all_the_same_in_the_child_for_slow_ones() -> None:
    async def go() -> tuple[int, int]:
        async with Parser(prompt_s=0.001) as parser:
            return len((await feed(parser, rss(item(1)))).found), len(parser.children)

    assert asyncio.run(go()) == (1, 1)


def test_a_child_that_dies_is_a_problem_of_its_document_only() -> None:
    async def go() -> tuple[str, int]:
        reason = ""
        async with Parser() as parser:
            await feed(parser, rss(item(1)))
            [child] = parser.children
            os.kill(child, signal.SIGKILL)
            try:
                await feed(parser, rss(item(1)))
            except ParseProblem as problem:
                reason = problem.reason
            return reason, len((await feed(parser, rss(item(1)))).found)

    reason, found = asyncio.run(go())
    assert reason in ("", "parser-died")
    assert found == 1


def test_no_child_is_left_when_the_round_is_over_or_given_up() -> None:
    async def go() -> list[int]:
        async with Parser() as parser:
            await feed(parser, rss(item(1)))
            given_up = asyncio.create_task(page(parser, bomb()))
            await asyncio.sleep(0.5)
            born = parser.children
            given_up.cancel()
            await asyncio.gather(given_up, return_exceptions=True)
            await feed(parser, rss(item(2)))
            return [*born, *parser.children]

    for child in asyncio.run(go()):
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)

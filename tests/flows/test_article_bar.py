"""How well articles are read: the bar on captured pages of many sites (MINYI_DATA), and the rules on invented ones."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from test_captured import MISSING, WEB, served, truth

from flows.sources.article import Article, read

NOW = datetime(2026, 12, 1, tzinfo=UTC)
BAR = {"title": 0.97, "time": 0.95, "body": 0.95}
"""Title exact, time right to its precision, mean character F1 of the body. In one truth the time is a comment's."""
TOLERANCE = {"second": 1, "minute": 60, "day": 86_400}
STORY = "昨天上午，澜汀市公安局交警支队在灯市口路口启用了新的信号灯，过往车辆等候一次就能通过。"


def squeezed(text: str) -> str:
    return "".join(text.split())


def f1(got: str, want: str) -> float:
    one, other = Counter(squeezed(got)), Counter(squeezed(want))
    return 2 * sum((one & other).values()) / max(1, one.total() + other.total())


def captured() -> Iterator[tuple[dict[str, object], bytes, str]]:
    """(truth, body, content type) of every captured article that stands on one page."""
    for folder in ("fetched_articles", "news_wordpress"):
        index = json.loads((WEB / folder / "index.json").read_text("utf-8"))
        for row in truth(f"{folder}/expected.jsonl"):
            answer = index["pages"][str(row["url"]).removeprefix(index.get("origin") or " ")]
            if row.get("pages", 1) == 1:
                yield row, (WEB / folder / answer["file"]).read_bytes(), answer["headers"].get("Content-Type", "")


@pytest.mark.skipif(not (WEB / "serve.py").exists(), reason=MISSING)
def test_the_bar_on_captured_pages(capsys: pytest.CaptureFixture[str]) -> None:
    titles, times, bodies, kept, foreign = [], [], [], [], []
    for row, body, content_type in captured():
        article = read(body, content_type, url=f"http://x.example.org{row['url']}", zone="Asia/Shanghai", now=NOW)
        article = article or Article("", "", None, "")
        titles.append(squeezed(article.title) == squeezed(str(row["title"])))
        apart = abs((article.published_at or NOW).timestamp() - float(str(row["published_at"])))
        times.append(apart <= TOLERANCE[str(row.get("precision", "minute"))])
        bodies.append(f1(article.text, str(row["body"])))
        said = squeezed(article.text)
        kept += [squeezed(s) in said for s in row.get("body_must", [])]  # type: ignore[attr-defined]
        foreign += [squeezed(s) in said for s in row.get("body_must_not", [])]  # type: ignore[attr-defined]
    share = {name: sum(v) / len(v) for name, v in (("title", titles), ("time", times), ("body", bodies))}
    with capsys.disabled():
        print(f"\n{len(titles)} articles: {share}, kept {sum(kept)}/{len(kept)}, foreign lines {sum(foreign)}")
    assert all(share[name] >= least for name, least in BAR.items())
    assert sum(kept) == len(kept)
    assert sum(foreign) == 0


@pytest.mark.skipif(not (WEB / "serve.py").exists(), reason=MISSING)
def test_an_article_on_two_pages_is_read_whole(collect, bus) -> None:  # type: ignore[no-untyped-def]
    from local_site import entry, posts

    [row] = [a for a in truth("news_wordpress/expected.jsonl") if a["pages"] == 2]
    with served("news_wordpress") as (url, now):
        collect(entry("wp", f"{url}/feed", platform="news", full_text="always"), now=now)
    [post] = [p for p in posts(bus) if p.title == row["title"]]
    assert f1(post.text, str(row["body"])) >= 0.97


def page(
    meta: str = "", line: str = "", title: str = "灯市口路口启用新信号灯", foot: str = "", script: str = ""
) -> Article:
    markup = (
        f"<html><head><title>{title}_澜汀新闻网</title>{meta}</head><body><div class='nav'><a href='/'>首页</a></div>"
        f"<h1>{title}</h1><div class='info'>{line}</div><div class='box'>"
        f"<p>{STORY}</p><p>{STORY}市民表示满意。</p></div>"
        f"{foot}<script>{script}</script></body></html>"
    )
    found = read(markup.encode(), "text/html", url="http://a.example.org/1.html", zone="Asia/Shanghai", now=NOW)
    assert found is not None
    return found


SHOWN = [
    "2026年11月21日 10:05",
    "发布时间：2026-11-21 10:05:00 来源：澜汀日报",
    "2026/11/21 10:05",
    "<span>2026.11.21 10:05</span>",
    "时间：2026-11-21&nbsp;10:05 字号：大 中 小",
    "11月21日 10:05",
]


@pytest.mark.parametrize("line", SHOWN)
def test_a_visible_time_is_read(line: str) -> None:
    found = page(line=line)
    assert found.published_at == datetime(2026, 11, 21, 2, 5, tzinfo=UTC)
    assert found.text.startswith("昨天上午")


def test_stated_times_come_first_and_confused_zones_lose() -> None:
    meta = "<meta property='article:published_time' content='{}'>"
    assert page(meta.format("2026-11-21T10:05:30+08:00"), "2026-11-21 10:05").published_at.second == 30  # type: ignore[union-attr]
    shown = page(meta.format("2026-11-21T10:05:00Z"), "2026-11-21 10:05").published_at
    assert shown == datetime(2026, 11, 21, 2, 5, tzinfo=UTC)
    data = '{"@type":"NewsArticle","datePublished":"2026-11-21T10:05:00+08:00"}'
    linked = f'<script type="application/ld+json">{data}</script>'
    assert page(linked).published_at == datetime(2026, 11, 21, 2, 5, tzinfo=UTC)
    assert page(script="var ptime = '2026-11-21 10:05:00';").published_at == datetime(2026, 11, 21, 2, 5, tzinfo=UTC)


def test_a_day_alone_is_said_to_be_a_day() -> None:
    found = page(foot="<div>发布日期：2026-11-20 责任编辑：编者</div>")
    assert (found.published_at, found.hour_known) == (datetime(2026, 11, 19, 16, tzinfo=UTC), False)


def test_the_time_of_an_update_or_a_comment_is_not_the_articles() -> None:
    foot = "<div class='x'>更新时间：2026-11-25 08:00</div><div class='comments'>2026-11-26 09:00 说得好</div>"
    assert page(line="2026-11-21 10:05", foot=foot).published_at == datetime(2026, 11, 21, 2, 5, tzinfo=UTC)


def test_outlet_and_author_are_read() -> None:
    found = page(line="2026-11-21 10:05 来源：澜汀日报 作者：某记者")
    assert (found.outlet, found.author) == ("澜汀日报", "某记者")


TAILS = [
    "<div>责任编辑：编者</div>",
    "<div>相关阅读</div><ul><li><a href='/2.html'>另一条新闻的标题很长很长</a></li></ul>",
    "<p>版权声明：凡本网注明来源的作品，未经授权不得转载，违者必究。</p>",
    "<div><a href='/0.html'>上一篇：旧闻一则</a></div>",
    "<div>扫一扫在手机打开当前页</div>",
    "<div class='share'>分享到：微信 微博</div>",
    "<p>【打印】【关闭窗口】</p>",
]


@pytest.mark.parametrize("tail", TAILS)
def test_what_the_template_adds_below_is_no_part_of_the_story(tail: str) -> None:
    assert page(foot=tail).text.endswith("市民表示满意。")


@pytest.mark.parametrize("charset", ["gbk", "gb18030", "utf-8"])
@pytest.mark.parametrize("declared", ["utf-8", "gb2312", "big5", "iso-8859-1", ""])
def test_a_wrong_charset_declaration_does_not_matter(charset: str, declared: str) -> None:
    meta = f"<meta charset='{declared}'>" if declared else ""
    head = f"<head>{meta}<title>路口启用新信号灯</title></head>"
    markup = f"<html>{head}<body><h1>路口启用新信号灯</h1><p>{STORY * 3}</p></body></html>"
    found = read(
        markup.encode(charset),
        f"text/html; charset={declared}" if declared else "",
        url="",
        zone="Asia/Shanghai",
        now=NOW,
    )
    assert found is not None
    assert found.text == STORY * 3


def test_traditional_pages_in_big5_are_read_whatever_they_declare() -> None:
    text = "昨天上午，瀾汀市警察局交通大隊在燈市口路口啟用了新的信號燈，過往車輛等候一次就能通過。" * 2
    markup = (
        f"<html><head><meta charset='gb2312'><title>路口啟用新信號燈</title></head><body><p>{text}</p></body></html>"
    )
    found = read(markup.encode("big5"), "", url="", zone="Asia/Taipei", now=NOW)
    assert found is not None
    assert found.text == text


@pytest.mark.parametrize(
    "body", [b"", b"   ", b"\x00\x01\x02", b"<div>" * 100_000, b"<html><body>", "<p>请先登录后查看</p>".encode()]
)
def test_no_article_is_none_and_never_an_error(body: bytes) -> None:
    assert read(body, "text/html", url="http://a.example.org/", zone="Asia/Shanghai", now=NOW) is None


def test_links_full_of_blanks_cost_no_time() -> None:
    markup = f"<html><body><p>{STORY * 3}</p><a href='/2.html'>{' ' * 200_000}x</a></body></html>".encode()
    began = time.monotonic()
    assert read(markup, "text/html", url="http://a.example.org/1.html", zone="Asia/Shanghai", now=NOW) is not None
    assert time.monotonic() - began < 2

"""Every captured feed against its test's own expectation and feedparser's result; JSON Feed; feeds that say nothing."""

import json
from datetime import UTC, datetime

import pytest
from local_site import NOW, Collect, Reply, Site, entry, item, posts, rss
from test_captured import MISSING, WEB, truth

from bus.memory import MemoryBus
from flows.sources.feed import Context, Feed, NotAFeed, parse

URL = "http://feeds.example.org/feed.xml"
BETTER = {
    "aaa_illformed.xml": "no entries in it",
    "bozo_linenoise.xml": "feedparser guesses ISO-8859-2; these bytes are nobody's text",
    "gb2312.xml": "feedparser without chardet reads Windows-1252; it is GB 2312",
    "shiftjis.xml": "feedparser without chardet reads ISO-8859-2; Japanese is not one of our languages",
    "http_high_bit_date.xml": "no entries in it",
}
"""Cases where our reading is not feedparser's, and why."""


def read(body: bytes, content_type: str = "", platform: str = "news") -> Feed:
    return parse(body, content_type, Context(URL, platform, "Asia/Shanghai", NOW))  # type: ignore[arg-type]


def rows() -> list[dict[str, object]]:
    return truth("fetched_feeds/expected.jsonl") if (WEB / "serve.py").exists() else []


@pytest.mark.skipif(not (WEB / "serve.py").exists(), reason=MISSING)
@pytest.mark.parametrize("row", rows(), ids=lambda r: str(r["url"]).rpartition("/")[2])
def test_a_captured_feed_is_read_as_feedparser_reads_it(row: dict[str, object]) -> None:
    index = json.loads((WEB / "fetched_feeds" / "index.json").read_text("utf-8"))
    answer = index["pages"][str(row["url"])]
    feed = read((WEB / "fetched_feeds" / answer["file"]).read_bytes(), answer["headers"].get("Content-Type", ""))
    theirs: dict[str, object] = row["feedparser_6_0_14"]  # type: ignore[assignment]
    assert len(feed.found) + len(feed.refused) == theirs["entries"]
    first = theirs["first"] or {}
    if not isinstance(first, dict) or str(row["url"]).rpartition("/")[2] in BETTER or not feed.found:
        return
    ours = feed.found[0]
    assert ours.url == first.get("link", "")
    if "published" in first:
        assert ours.published_at == datetime(2004, 1, 1, 19, 48, 21, tzinfo=UTC)
    if "title" in first:
        assert ours.title.split() == str(first["title"]).replace("<", " <").split() or "<" in str(first["title"])


EXPECTED = {
    "bozo_double-encoded-html.xml": "…",
    "demoronize-1.xml": "don’t",
    "euc-kr-item.xml": "\ub144",
    "http_text_xml_charset_2.xml": "This is a £“test.”",
    "item_content_encoded.xml": "Example content",
    "rdf_item_description.xml": "Example description",
    "gb2312.xml": "不归移民",
}
"""What the cases that carry text say, from their own expectation."""


@pytest.mark.skipif(not (WEB / "serve.py").exists(), reason=MISSING)
@pytest.mark.parametrize("name", EXPECTED)
def test_the_texts_of_captured_feeds_are_what_their_tests_expect(name: str) -> None:
    [url] = [str(r["url"]) for r in rows() if str(r["url"]).endswith(f"/{name}")]
    answer = json.loads((WEB / "fetched_feeds" / "index.json").read_text("utf-8"))["pages"][url]
    feed = read((WEB / "fetched_feeds" / answer["file"]).read_bytes(), answer["headers"].get("Content-Type", ""))
    [found] = feed.found
    assert EXPECTED[name] in f"{found.title} {found.text}"


def json_feed(*items: object, version: str = "1.1", **top: object) -> bytes:
    feed = {"version": f"https://jsonfeed.org/version/{version}", "title": "澜汀论坛", "items": list(items), **top}
    return json.dumps(feed, ensure_ascii=False).encode()


def test_json_feeds_of_both_versions_are_read() -> None:
    old = {"id": 7, "url": "http://a.example.org/7", "content_text": "3 < 5，民警来了", "author": {"name": "某人"}}
    new = {
        "id": "http://a.example.org/8", "url": "/8", "title": "标题", "content_html": "<p>第一段</p><p>第二段</p>",
        "date_published": "2026-11-21T18:00:00+08:00", "authors": [{"name": "甲"}, {"name": "乙"}],
    }  # fmt: skip
    feed = read(json_feed(old, new, "junk", home_page_url="http://a.example.org/"), "application/feed+json")
    first, second = feed.found
    assert (first.text, first.author, first.published_at) == ("3 < 5，民警来了", "某人", None)
    assert (second.text, second.author, second.url) == ("第一段\n第二段", "甲", "http://a.example.org/8")
    assert second.published_at == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert read(json_feed(old, version="1"), "").found[0].id == first.id


@pytest.mark.parametrize("body", [b"{}", b'{"error": "no such route"}', b"{broken", b'{"items": 3}', b"[" * 9000])
def test_json_that_is_no_feed_is_refused(body: bytes) -> None:
    with pytest.raises(NotAFeed, match="not-a-feed"):
        read(body, "application/json")


@pytest.mark.parametrize("text", ["RSS Disabled", "RSS is disabled.", "本站 RSS 功能已关闭"])
def test_a_feed_that_is_switched_off_says_so(text: str) -> None:
    with pytest.raises(NotAFeed, match="feed-disabled"):
        read(text.encode())


def test_a_switched_off_feed_is_broken_with_its_reason(site: Site, collect: Collect) -> None:
    site.routes["/f"] = Reply(b"RSS Disabled", headers={"content-type": "text/html"})
    [result] = collect(entry("bbs", f"{site.url}/f"))
    assert (result.state, result.reason) == ("broken", "feed-disabled")


def test_an_expired_discuz_feed_that_answers_empty_is_asked_once_more(
    site: Site, collect: Collect, bus: MemoryBus
) -> None:
    site.routes["/forum.php?mod=rss&fid=2"] = Reply(rss())
    source = entry("bbs", f"{site.url}/forum.php?mod=rss&fid=2")
    [empty] = collect(source)
    assert (empty.state, empty.new, len(site.asked("/forum.php?mod=rss&fid=2"))) == ("ok", 0, 2)
    site.routes["/forum.php?mod=rss&fid=2"] = Reply(rss(item(1)))
    [full] = collect(source, now=NOW)
    assert (full.new, len(site.asked("/forum.php?mod=rss&fid=2"))) == (1, 3)


def test_an_rsshub_item_without_a_time_is_marked_as_inferred(site: Site, collect: Collect, bus: MemoryBus) -> None:
    site.routes["/f"] = Reply(rss(item(1, when="")))
    collect(entry("hub", f"{site.url}/f", platform="weibo"))
    [post] = posts(bus)
    assert (post.published_inferred, post.published_at) == (True, NOW)

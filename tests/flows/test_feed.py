"""Feeds as bytes: charsets, broken XML, times, ids, bombs."""

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_site import NOW, item, rss

from flows.found import Found
from flows.sources.feed import Context, Feed, NotAFeed, parse, rhythm

FORUM = Context("http://bbs.example.org/feed.xml", "forum", "Asia/Shanghai", NOW)
NEWS = Context("http://news.example.org/feed.xml", "news", "Asia/Shanghai", NOW)
TEXT = "望汐派出所民警处置得当，给他们点赞。"
TRADITIONAL = "我們這個社區的派出所員警說話很和氣，辦證時間也短。"


def only(feed: Feed) -> Found:
    [found] = feed.found
    return found


@pytest.mark.parametrize(
    ("encoding", "declared", "header"),
    [
        ("utf-8", None, "application/rss+xml"),
        ("utf-8", None, "text/xml; charset=iso-8859-1"),
        ("utf-8", "gb2312", "text/xml; charset=gbk"),
        ("gb18030", "gb2312", "application/xml"),
        ("gb18030", "gbk", "text/xml; charset=utf-8"),
        ("gb18030", "utf-8", "text/xml"),
        ("gb18030", "utf-8", "text/xml; charset=GB2312"),
        ("utf-16", "utf-16", "application/xml"),
    ],
)
def test_chinese_text_survives_whatever_the_charset_labels_say(
    encoding: str, declared: str | None, header: str
) -> None:
    body = rss(item(1, TEXT, title="值得表扬"), encoding=encoding, declared=declared)
    found = only(parse(body, header, FORUM))
    assert (found.title, found.text) == ("值得表扬", TEXT)


@pytest.mark.parametrize(
    ("declared", "header"), [("big5", "text/xml"), ("utf-8", "text/xml"), ("utf-8", "a/b; charset=big5")]
)
def test_big5_is_read_and_traditional_text_is_kept(declared: str, header: str) -> None:
    body = rss(item(1, TRADITIONAL, title="感謝員警"), title="論壇", encoding="big5", declared=declared)
    assert only(parse(body, header, FORUM)).text == TRADITIONAL


def test_a_byte_cut_off_in_the_middle_of_a_character_costs_that_character_only() -> None:
    body = rss(item(1, TEXT), item(2, TEXT * 20), encoding="gb18030", declared="gbk")
    feed = parse(body[: len(body) - 100], "text/xml", FORUM)
    assert feed.damaged
    assert feed.found[0].text == TEXT


@pytest.mark.parametrize(
    "damage",
    [
        lambda b: b.replace(b"</channel></rss>", b""),
        lambda b: b.replace(b"</title>", b" & <b>", 1),
        lambda b: b"\n\n" + b,
        lambda b: b.replace(b"<channel>", b"<channel><undeclared:x/>"),
        lambda b: b.replace(b"<channel>", b"<channel>\x00\x01\x0b"),
    ],
)
def test_broken_xml_still_gives_its_entries(damage: object) -> None:
    feed = parse(damage(rss(item(1, TEXT), item(2, TEXT))), "text/xml", FORUM)  # type: ignore[operator]
    assert TEXT in {f.text for f in feed.found}


def test_atom_and_rdf_are_read() -> None:
    atom = f"""<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title><entry><id>tag:a,1</id><title>标题</title>
        <link href='http://bbs.example.org/1'/><published>2026-11-21T09:00:00+08:00</published>
        <author><name>小满</name></author><content type='html'>&lt;p&gt;{TEXT}&lt;/p&gt;</content></entry></feed>"""
    rdf = f"""<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>
        <channel rdf:about='http://x'><title>t</title></channel>
        <item rdf:about='http://bbs.example.org/2'><title>标题</title><link>http://bbs.example.org/2</link>
        <description>{TEXT}</description></item></rdf:RDF>"""
    one, two = only(parse(atom.encode(), "", FORUM)), only(parse(rdf.encode(), "", FORUM))
    assert one.text == two.text == TEXT
    assert one.author == "小满"
    assert one.published_at == datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
    assert two.published_at is None


@pytest.mark.parametrize(
    ("stated", "hour"),
    [
        ("Sat, 21 Nov 2026 18:00:00 +0800", 10),
        ("Sat, 21 Nov 2026 10:00:00 GMT", 10),
        ("Sat, 21 Nov 2026 18:00:00", 10),
        ("2026-11-21 18:00:00", 10),
        ("2026-11-21T18:00:00+08:00", 10),
        ("2026年11月21日 18:00", 10),
        ("2026/11/21 18:00", 10),
        ("Sat, 21 Nov 2026 19:59:00 +0900", 10),
    ],
)
def test_a_stated_time_is_kept_and_one_without_zone_is_beijing_time(stated: str, hour: int) -> None:
    when = only(parse(rss(item(1, when=stated)), "", FORUM)).published_at
    assert when is not None
    assert (when.hour, when.utcoffset()) == (hour, timedelta(0))


@pytest.mark.parametrize(
    "stated", ["", "yesterday", "0000-00-00", "Thu, 01 Jan 1970 00:00:00 GMT", "2126-01-01", "9" * 50]
)
def test_an_unusable_time_is_none_so_that_it_is_marked_as_inferred(stated: str) -> None:
    assert only(parse(rss(item(1, when=stated)), "", FORUM)).published_at is None


def test_a_time_a_little_ahead_is_now() -> None:
    assert only(parse(rss(item(1, when="Sat, 21 Nov 2026 21:00:00 +0800")), "", FORUM)).published_at == NOW


def test_html_becomes_plain_text_with_a_line_a_block() -> None:
    pictures = "<img alt='[怒]' src='x'><img alt='图片说明'>"
    markup = f"<p>第一段<b>重点</b></p><script>alert(1)</script><div>第二段<br>第三行 {pictures}</div>"
    assert only(parse(rss(item(1, markup)), "", FORUM)).text == "第一段重点\n第二段\n第三行 [怒]"


def test_control_characters_and_lone_surrogates_never_reach_the_wire() -> None:
    found = only(parse(rss(item(1, "前&#xD800;后\u200b\ufeff&#1;&#0;完", title="题\u202e目\u2067")), "", FORUM))
    (found.title + found.text).encode()
    assert found.title == "题目"
    assert "前" in found.text
    assert not any(c in found.text for c in "\x00\x01\u200b\ufeff\ud800")


def test_long_texts_are_cut_at_the_limit_of_the_wire() -> None:
    assert len(only(parse(rss(item(1, "长" * 90_000)), "", FORUM)).text) == 20_000


def test_entries_that_share_a_guid_are_told_apart_by_their_links_or_their_words() -> None:
    a, b = item(1, "甲", title="甲", link="http://x/1"), item(1, "乙", title="乙", link="http://x/2")
    c, d = item(2, "丙", title="丙"), item(2, "丁", title="丁")
    assert len({f.id for f in parse(rss(a, b, c, d), "", FORUM).found}) == 4
    assert len(parse(rss(a, a), "", FORUM).found) == 1  # the same entry twice is one
    assert parse(rss(a, a), "", FORUM).found[0].id == parse(rss(a), "", FORUM).found[0].id


def test_ids_are_the_same_whatever_the_order_text_or_tracking_parameters() -> None:
    one = "<item><title>甲</title><link>http://X.example.org:80/a?b=1&amp;utm_source=rss#top</link></item>"
    two = "<item><title>改</title><link>http://x.example.org/a?b=1</link></item>"
    assert only(parse(rss(one), "", NEWS)).id == only(parse(rss(two), "", NEWS)).id


def test_a_weibo_repost_names_its_original_and_its_address_hides_the_account() -> None:
    weibo = Context("http://127.0.0.1:1200/weibo/keyword/x", "weibo", "Asia/Shanghai", NOW)
    original = """<item><title>原文</title><guid isPermaLink='false'>weibo.com/1234567890/AbCdEf123</guid>
        <link>https://weibo.com/1234567890/AbCdEf123</link><description>灯市口有人吵架</description></item>"""
    repost = """<item><title>x</title><guid isPermaLink='false'>weibo.com/2234567890/ZbCdEf123</guid><description>
        同问&lt;br&gt;- 转发 @阿彬: 灯市口有人吵架&lt;br&gt;原博：https://weibo.com/1234567890/AbCdEf123</description></item>"""
    first, second = parse(rss(original, repost), "", weibo).found
    assert (second.kind, second.repost_of) == ("repost", first.id)
    assert "weibo.com" not in second.text


def test_a_micro_blog_whose_title_repeats_its_text_has_no_title() -> None:
    weibo = Context("http://127.0.0.1/x", "weibo", "Asia/Shanghai", NOW)
    assert only(parse(rss(item(1, TEXT, title=TEXT[:12] + "...")), "", weibo)).title == ""


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"   \n", "empty"),
        (b"<!DOCTYPE html><html><body>hello</body></html>", "not-a-feed"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not-a-feed"),
        (b'{"version": "https://jsonfeed.org/version/1"}', "not-a-feed"),
        (rss(*[item(1)] * 5_001), "too-many-entries"),
        (b"<rss><channel><item>" + b"<a>" * 700_000, "too-complex"),
    ],
)
def test_what_is_no_feed_is_named(body: bytes, reason: str) -> None:
    with pytest.raises(NotAFeed) as caught:
        parse(body, "text/xml", FORUM)
    assert caught.value.reason == reason


def test_entity_bombs_do_not_expand() -> None:
    laughs = "".join(f"<!ENTITY l{i + 1} '{f'&l{i};' * 10}'>" for i in range(9))
    body = (
        f"<?xml version='1.0'?><!DOCTYPE r [<!ENTITY l0 'ha'>{laughs}]>".encode()
        + rss(item(1, "&l9;", title="&l9;"))[38:]
    )
    found = parse(body, "text/xml", FORUM).found
    assert all(len(f.text) + len(f.title) < 30_000 for f in found)


@given(st.binary(max_size=400))
def test_no_bytes_make_the_parser_raise_anything_else(body: bytes) -> None:
    with contextlib.suppress(NotAFeed):
        parse(b"<?xml version='1.0'?><rss version='2.0'><channel><item>" + body, "text/xml", FORUM)


def test_the_rhythm_is_the_usual_longest_gap_and_unknown_for_few_entries() -> None:
    hours = [NOW - timedelta(hours=h) for h in range(24)]
    assert rhythm(hours) == timedelta(hours=1)
    assert rhythm(hours[:4]) is None


def excerpt(text: str) -> str:
    """A WordPress excerpt: cut, with a link that says the title again."""
    return (
        f'{text}&#8230; <a class="more-link" href="/1">Continue reading <span class="hidden">灯会分时段管控</span></a>'
    )


def with_content(text: str, markup: str) -> bytes:
    """A feed of one entry that has content beside its description."""
    content = f"<c:encoded xmlns:c='http://purl.org/rss/1.0/modules/content/'><![CDATA[{markup}]]></c:encoded>"
    return rss(item(1, text).replace("</item>", f"{content}</item>"))


def test_a_short_article_is_not_taken_for_less_than_the_excerpt_with_its_link_to_the_rest() -> None:
    whole = f"<p>{TEXT}</p><p>此后各区轮流值守。</p>"
    assert only(parse(with_content(excerpt(TEXT), whole), "text/xml", FORUM)).text == f"{TEXT}\n此后各区轮流值守。"


def test_an_excerpt_alone_keeps_its_words_and_asks_for_the_page() -> None:
    found = only(parse(rss(item(1, excerpt(TEXT * 20))), "text/xml", NEWS))
    assert found.text == f"{TEXT * 20}…"
    assert not found.complete


def test_what_news_call_content_is_looked_up_when_it_is_as_short_as_a_teaser() -> None:
    assert not only(parse(with_content("", f"<p>{TEXT}</p>"), "text/xml", NEWS)).complete

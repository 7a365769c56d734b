"""Generated names and numbers in the shapes of pages and APIs: no post holds them."""
# ruff: noqa: E501

import json
import string
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from xml.sax.saxutils import escape

import weibo_answers
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bus.messages import PostCollected, encode
from flows.found import Found, Refused, to_post
from flows.sources import article, discuz, feed, weibo_mobile, weibo_rsshub, weibo_status
from flows.sources.anyforum import parse_page

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEY = bytes(range(32))
ZONE = "Asia/Shanghai"
HAN = "岬渔豆腐阿彬琪瑶峻铭"  # in no text below
names = st.text(alphabet=HAN, min_size=2, max_size=8) | st.text(
    alphabet=HAN + string.ascii_uppercase + string.digits + "_-", min_size=4, max_size=12
).filter(lambda n: n[0] not in "-_" and not n.isdigit() and not n.isascii())
people = st.text(alphabet=HAN, min_size=2, max_size=3)
numbers = st.integers(1_000_000_000, 9_999_999_999).map(str)
quick = settings(max_examples=60, deadline=None)


def made(found: Iterable[Found], platform: str) -> list[PostCollected]:
    posts = [
        to_post(f, source="s", platform=platform, jurisdiction="澜汀市", key=KEY, now=NOW)  # type: ignore[arg-type]
        for f in found
    ]
    assert posts
    assert all(len(p.author) == 16 for p in posts)
    return posts


def absent(posts: list[PostCollected], *secrets: str) -> None:
    for post in posts:
        wire = encode(post).decode()
        assert not [s for s in secrets if s in wire], wire


@quick
@given(names, names, numbers, numbers)
def test_in_the_json_of_weibo(name: str, other: str, uid: str, second: str) -> None:
    text = (
        f"大家看<a href='/n/{other}'>@{other}</a> 路灯又坏了，@{name} 说的对 https://weibo.com/u/{uid} "
        f"//@{other}:同问 //<a href='/n/{name}'>@{name}</a>:回复@{other}:顶 "
        + weibo_answers.CARD.format(kind="video", words=f"{name}的微博视频")
    )
    user = weibo_answers.account(int(uid), name, profile_url=f"https://m.weibo.cn/u/{uid}", avatar_hd=f"x/{uid}.jpg")
    inner = weibo_answers.status(
        NOW - timedelta(hours=1), f"@{name} 路灯", 2, user=weibo_answers.account(int(second), other)
    )
    body = weibo_answers.page(weibo_answers.status(NOW, text, user=user, retweeted_status=inner))
    page = weibo_mobile.parse_page(body, "application/json", "https://m.weibo.cn/", NOW, ZONE)
    posts = made([s.found for s in page.statuses], "weibo")
    assert len(posts) == 2
    absent(posts, name, other, uid, second)
    assert any("路灯又坏了" in p.text for p in posts)
    assert weibo_status.post_id(page.statuses[0].mid)


@quick
@given(names, names, numbers)
def test_in_a_feed_of_weibo_posts(name: str, other: str, uid: str) -> None:
    address = f"https://weibo.com/{uid}/Zz1234567"
    body = (
        f"<rss version='2.0'><channel><title>{name}的微博</title><item><title>{name}：路灯又坏了</title><link>{address}</link>"
        f"<guid isPermaLink='false'>{address}</guid><author>{name}</author><description>"
        + escape(
            f"{name}：路灯又坏了 <a href='https://weibo.com/n/{other}'>@{other}</a><br>- 转发 <a href='x'>@{other}</a>: 是"
        )
        + f"</description></item><item><title></title><link>{address}</link><author>{name}</author></item></channel></rss>"
    )
    read = feed.parse_feed(body.encode(), "text/xml", "https://hub.example.org/", NOW, ZONE, platform="weibo")
    posts = made(read.found, "weibo") + made([weibo_rsshub._as_status(f) for f in read.found], "weibo")
    absent(posts, name, other, uid)
    nobody(read.refused, name, other, uid)


def nobody(refused: Iterable[Refused], *secrets: str) -> None:
    for letter in refused:
        assert not [s for s in secrets if s in letter.raw.decode()], letter.raw.decode()


@quick
@given(names, names, numbers)
def test_in_what_a_feed_has_refused(name: str, other: str, uid: str) -> None:
    long = f"@{other} 看<br>回复 {other}：看 https://weibo.com/u/{uid} <img alt='{name}'>" + "路灯。" * 2_000
    body = (
        f"<rss version='2.0'><channel><title>x</title><item><title>{name}：路灯</title><author>{name}</author>"
        f"<guid isPermaLink='false'>weibo.com/{uid}/Zz1234567</guid><description>{escape(long)}</description></item>"
        f"<item><author>{name}</author><link>https://weibo.com/{uid}/Zz1234568</link></item></channel></rss>"
    )
    with patch.object(feed, "MAX_ENTRY_CHARS", 5_000):
        read = feed.parse_feed(body.encode(), "text/xml", "https://hub.example.org/", NOW, ZONE, platform="weibo")
    assert {r.reason for r in read.refused} == {"too-large", "no-text"}
    nobody(read.refused, name, other, uid)


@quick
@given(names, names, st.integers(10_000, 9_999_999).map(str))
def test_on_the_page_of_a_forum(name: str, other: str, uid: str) -> None:
    def floor(pid: int, who: str, words: str) -> str:
        return (
            f'<div id="post_{pid}"><table id="pid{pid}"><tr><td class="pls"><div class="authi"><a href="space-uid-{uid}.html" '
            f'class="xw1">{who}</a></div><div class="avatar"><img src="uc/avatar.php?uid={uid}"></div></td><td class="plc">'
            f'<strong><a id="postnum{pid}"><em>{pid}</em></a></strong><em id="authorposton{pid}">发表于 2026-11-21 10:00:00</em>'
            f'<table><tr><td class="t_f" id="postmessage_{pid}">{words}</td></tr></table>'
            f'<div class="sign">{who}的签名</div></td></tr></table></div>'
        )

    words = (
        f'<i class="pstatus"> 本帖最后由 {name} 于 2026-11-21 10:20 编辑 </i><div class="quote"><blockquote>{other} 发表于 '
        f"2026-11-21 09:00<br>路灯坏了</blockquote></div>回复 {other}：同问，@{other} 快看 http://b.example.org/space-uid-{uid}.html"
    )
    body = (
        '<html><head><meta name="generator" content="Discuz! X3.4"><title>路灯 - 论坛</title></head><body>'
        '<div id="postlist"><span id="thread_subject">路灯</span>'
        f"{floor(1, other, '路灯坏了')}{floor(2, name, words)}</div></body></html>"
    )
    page = parse_page(body.encode(), "text/html; charset=utf-8", "http://b.example.org/thread-5-1-1.html", NOW, ZONE)
    assert len(page.floors) == 2
    found = [
        Found(
            f.pid,
            "",
            f.text,
            "http://b.example.org/thread-5-1-1.html",
            f.author,
            author_id=f"b.example.org/{f.author_id}",
        )
        for f in page.floors
    ]
    posts = made(found, "forum")
    absent(posts, name, other, uid)
    assert "同问" in posts[1].text
    assert discuz.board_id("http://b.example.org/forum-7-1.html") == "7"


@quick
@given(people, people)
def test_on_the_page_of_an_article(name: str, other: str) -> None:
    story = "<p>昨天上午，交警支队在灯市口启用了新的信号灯，过往车辆等候一次就能通过，市民说快了很多。</p>" * 3
    body = (
        f"<html><head><title>新信号灯启用</title><meta name='author' content='{name}'>"
        f"<script type='application/ld+json'>{json.dumps({'@type': 'NewsArticle', 'author': {'name': name}})}</script></head>"
        f"<body><h1>新信号灯启用</h1><p>2026-11-21 10:00 作者：{name} 编辑：{other}</p><div>{story}"
        f"<p>本报记者 {name} 通讯员 {other}</p><p>（责任编辑：{other}）</p></div></body></html>"
    )
    read = article.parse_article(body.encode(), "text/html", "https://n.example.org/2026/1.html", NOW, ZONE)
    assert read is not None
    found = Found("i", read.title, read.text, "https://n.example.org/2026/1.html", read.outlet or read.author or name)
    posts = made([found], "news")
    absent(posts, name, other)
    assert "信号灯" in posts[0].text


@quick
@given(names)
def test_a_name_that_is_also_a_word_stays_a_word(name: str) -> None:
    assume(not name[-1].isascii())
    posts = made([Found("i", "", f"听说{name}。@{name} 在吗", author=name)], "forum")
    assert posts[0].text == f"听说{name}。@用户 在吗"

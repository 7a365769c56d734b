"""Forum software nobody named: threads, boards and posts found by the shape of the page. Markup and texts invented."""

from datetime import UTC, datetime

import pytest

from flows.sources import forum_links
from flows.sources.anyforum import parse_page
from flows.sources.forum_floors import placed
from flows.sources.forum_page import Page

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SITE = "http://talk.example"
CARD = """<article id="js-post-{pid}"><div class="card"><a href="/members/lt.{uid}/"><img></a>
<a href="/members/lt.{uid}/" class="nick">{name}</a><dl><dt>注册</dt><dd>2019-05-01</dd></dl></div>
<a href="/threads/lt.88/post-{pid}">
<time datetime="2026-11-20T0{place}:00:00+0800">{place} 小时前</time></a> <a>#{place}</a>
<div class="message-content"><div class="bbWrapper">{quote}{text}</div>
<div class="lastEdit">最后编辑: <time datetime="2026-11-21T10:00:00+0800">2 小时前</time></div></div>
<aside class="signature"><div class="bbWrapper">云溯老住户，谢绝私信</div></aside></article>"""
QUOTE = """<blockquote data-source="post: 400">
<div><a href="/goto/post?id=400">住户甲 说：</a></div>水深半米</blockquote>"""
REPLY = """<div id="r_{pid}" class="cell"><table><tr><td><img></td><td><span class="no">{place}</span>
<strong><a href="/member/{name}">{name}</a></strong>
<span class="ago" title="2026-11-21 1{place}:00:00 +08:00">昨天</span>
<div class="reply_content">{text}</div></td></tr></table></div>"""
APART = """<div class="box"><h1>桥下的积水</h1><small><a href="/member/住户甲">住户甲</a> ·
<span title="2026-11-21 09:00:00 +08:00">3 小时前</span> · 80 次点击</small>
<div class="topic_content">水深半米。</div></div>"""
FLAT = """<div class="creator">#{place} By: <a href="/u/{name}">{name}</a>, 2026-11-20 0{place}:00</div>
<div class="post">{text}</div>"""


def read(body: str, path: str, title: str = "桥下的积水") -> Page:
    markup = (
        f"<html><head><title>{title} - 澜汀夜话</title></head><body><nav><a href='/'>首页</a></nav>{body}</body></html>"
    )
    return parse_page(markup.encode(), "text/html; charset=utf-8", SITE + path, NOW, "Asia/Shanghai")


def cards(*texts: str) -> str:
    return "".join(
        CARD.format(
            pid=400 + i, uid=7 + i, name=f"住户{'甲乙丙'[i]}", place=i + 1, text=t, quote=QUOTE if i == 2 else ""
        )
        for i, t in enumerate(texts)
    )


def test_words_author_time_and_number_come_from_the_block_not_from_what_surrounds_them() -> None:
    page = read(f"<h1>桥下的积水</h1>{cards('水深半米，车过不去。', '顶', '抽水车来了。')}", "/threads/lt.88/")
    assert (page.kind, page.tid, page.title) == ("thread", "88", "桥下的积水")
    assert [(f.pid, f.author, f.author_id, f.floor, f.text) for f in page.floors] == [
        ("400", "住户甲", "7", 1, "水深半米，车过不去。"),
        ("401", "住户乙", "8", 2, "顶"),
        ("402", "住户丙", "9", 3, "抽水车来了。"),
    ]
    assert page.floors[1].published_at == datetime(2026, 11, 19, 18, 0, tzinfo=UTC)
    assert page.floors[2].parent == "400"


def test_a_thread_of_one_post_is_read_with_the_same_number_it_has_among_others() -> None:
    alone, among = (read(f"<h1>桥下的积水</h1>{cards(*t)}", "/threads/lt.88/") for t in (["水深"], ["水深", "退了"]))
    assert [f.pid for f in alone.floors] == ["400"]
    assert among.floors[0] == alone.floors[0]


@pytest.mark.parametrize("replies", [0, 1, 2])
def test_an_opening_post_built_otherwise_than_the_replies_is_the_first(replies: int) -> None:
    said = "".join(REPLY.format(pid=50 + i, place=i + 1, name=f"住户{'乙丙'[i]}", text="退了") for i in range(replies))
    page = read(f"{APART}<div class='box'>{said}</div>", "/t/88")
    assert [(f.pid, f.author, f.text) for f in page.floors] == [
        ("0", "住户甲", "水深半米。"),
        *((str(50 + i), f"住户{'乙丙'[i]}", "退了") for i in range(replies)),
    ]
    assert page.floors[0].published_at == datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def test_posts_without_a_box_of_their_own_take_what_stands_before_their_words() -> None:
    said = "".join(FLAT.format(place=i + 1, name=f"住户{'甲乙丙'[i]}", text=f"第{i}句话") for i in range(3))
    page = read(f"<h2>桥下的积水</h2>{said}", "/t/flood/88")
    assert [(f.author, f.floor, f.text) for f in placed(page.floors, [], from_zero=False)] == [
        ("住户甲", 1, "第0句话"),
        ("住户乙", 2, "第1句话"),
        ("住户丙", 3, "第2句话"),
    ]
    assert len({f.pid for f in page.floors}) == 3
    longer = read(f"<h2>桥下的积水</h2>{said}{FLAT.format(place=4, name='住户丁', text='又说')}", "/t/flood/88")
    assert [f.pid for f in longer.floors[:3]] == [f.pid for f in page.floors]


def test_a_home_page_that_shows_last_posts_is_no_thread() -> None:
    board = """<div class="node"><h3><a href="/forums/lt.{n}/">{name}</a></h3><a href="/threads/lt.{n}/post-9">桥</a>
    <a href="/members/lt.5/">住户甲</a> <time datetime="2026-11-20T08:00:00+0800">昨天</time>
    <div class="content">说事</div></div>"""
    page = read(board.format(n=1, name="云溯区") + board.format(n=2, name="望汐区"), "/")
    assert (page.kind, [b.id for b in page.boards], page.rows) == ("home", ["1", "2"], [])


def test_rows_tell_replies_and_their_newest_time_and_lists_beside_them_are_left_out() -> None:
    row = """<li><a href="/topic/{n}/lt-{n}">第{n}件事</a> <a href="/user/a">甲</a> <a href="/topic/{n}/lt-{n}/12">
    <span title="2026-11-21T1{n}:00:00+0800">1 小时前</span></a> 回复: {n}</li>"""
    rows = "".join(row.format(n=n) for n in (1, 2, 3))
    page = read(f"<h1>云溯区</h1><ul>{rows}</ul><div><a href='/topic/9/hot'>热门的事</a></div>", "/category/4/yunsu")
    assert [(r.tid, r.title, r.replies) for r in page.rows] == [
        ("1", "第1件事", 1),
        ("2", "第2件事", 2),
        ("3", "第3件事", 3),
    ]
    assert page.rows[2].last_at == datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
    assert page.rows[0].url == f"{SITE}/topic/1/lt-1"


def test_a_board_with_one_thread_is_still_a_board() -> None:
    row = "<div class='content'><a href='/topic/1/lt'>一件事</a> <a href='/user/a'>甲</a> 2026-11-21 10:00</div>"
    assert read(row, "/category/4/yunsu").kind == "board"


@pytest.mark.parametrize(
    ("pager", "path", "here", "last"),
    [
        ("<a href='?topic=3.0'>1</a> <b>2</b> <a href='?topic=3.20'>3</a>", "/index.php?topic=3.10", 2, 3),
        ("<a href='/t/3?p=1'>1</a> <a href='/t/3?p=2'>2</a> <a href='/t/3?p=5'>5</a>", "/t/3?p=2", 2, 5),
        ("<a href='/t/3?page=2'>下一页</a>", "/t/3", 1, 2),
        (
            "<a href='/t/3?page=0' rel='prev'>上一页</a> <a href='/t/3?page=2' rel='next'>下一页</a>",
            "/t/3?page=1",
            2,
            3,
        ),
    ],
)
def test_pages_are_known_by_their_links_however_software_counts(pager: str, path: str, here: int, last: int) -> None:
    page = read(f"<p>{pager}</p><h1>桥下的积水</h1>{cards('水深', '退了')}", path)
    assert (page.page, page.pages) == (here, last)


@pytest.mark.parametrize(
    ("address", "thread", "board"),
    [
        ("/threads/flood.88/page-2", "88", ""),
        ("/topic/88/flood-2026", "88", ""),
        ("/t/flood-2026/88/5", "88", ""),
        ("/d/88-flood", "88", ""),
        ("/viewtopic.php?id=88&p=2", "88", ""),
        ("/index.php?topic=88.20", "88", ""),
        ("/thread-88-2.htm", "88", ""),
        ("/forums/yunsu.4/", "", "4"),
        ("/forumdisplay.php?f=4", "", "4"),
        ("/index.php?board=4.0", "", "4"),
        ("/go/yunsu", "", "yunsu"),
        ("/members/lt.5/", "", ""),
        ("/misc.php?do=whoposted&t=88", "", ""),
    ],
)
def test_addresses_say_what_they_lead_to(address: str, thread: str, board: str) -> None:
    assert (forum_links.thread_id(SITE + address), forum_links.board_id(SITE + address)) == (thread, board)


def test_a_guest_a_quote_box_and_an_edit_within_the_words_are_known_without_their_names_in_a_list() -> None:
    post = """<div id="p{pid}" class="blockpost"><h2><span>#{place}
    <a href="viewtopic.php?pid={pid}#p{pid}">Today 0{place}:10:00</a>
    </span></h2><div class="postleft"><dl><dt><strong>{name}</strong></dt><dd>Registered: 2014-05-14</dd></dl></div>
    <div class="postright"><h3>桥下的积水</h3><div class="postmsg">{said}</div></div></div>"""
    edited = '<p>退了</p><p class="postedit"><em>Last edited by 游客乙 (Today 09:59:00)</em></p>'
    quote = "<div class='quotebox'><cite>游客甲 wrote:</cite><blockquote><p>水深半米</p></blockquote></div><p>真的</p>"
    page = read(
        post.format(pid=31, place=1, name="游客甲", said="<p>水深半米</p>")
        + post.format(pid=32, place=2, name="游客乙", said=edited)
        + post.format(pid=33, place=3, name="游客丙", said=quote),
        "/viewtopic.php?id=88",
    )
    assert [(f.pid, f.author, f.floor, f.text) for f in page.floors] == [
        ("31", "游客甲", 1, "水深半米"),
        ("32", "游客乙", 2, "退了"),
        ("33", "游客丙", 3, "真的"),
    ]
    assert page.floors[1].published_at == datetime(2026, 11, 20, 18, 10, tzinfo=UTC)
    assert (page.floors[2].quoted, page.floors[2].quotation) == ("游客甲", "水深半米")


def test_a_table_tells_its_replies_by_its_head() -> None:
    row = """<tr><td><a href="viewtopic.php?id={n}">第{n}件事</a></td><td>{n}1</td>
    <td><a href="viewtopic.php?pid=9{n}#p9{n}">Today 0{n}:10:00</a> by 甲</td></tr>"""
    head = "<tr><th>Topic</th><th>Replies</th><th>Last post</th></tr>"
    page = read(f"<table>{head}{row.format(n=1)}{row.format(n=2)}</table>", "/viewforum.php?id=4")
    assert [(r.tid, r.replies) for r in page.rows] == [("1", 11), ("2", 21)]
    assert page.rows[0].last_at == datetime(2026, 11, 20, 17, 10, tzinfo=UTC)


PLATE = """<div class="post_wrapper"><div class="poster"><h4>
{name}
</h4><ul><li class="membergroup">客人</li><li class="poster_ip">Logged</li></ul></div>
<span class="page_number">#{place}</span><a class="smalltext" href="/index.php?msg={pid}">{said}</a>
<div class="post"><div class="inner" data-msgid="{pid}" id="msg_{pid}">{text}</div></div></div>"""


def plates(*said: str) -> str:
    return "".join(
        PLATE.format(name=f"过客{i}", place=i + 1, pid=70 + i, said=t, text=f"第{i}句话") for i, t in enumerate(said)
    )


def test_a_guest_is_named_by_the_heading_of_his_plate_and_not_by_his_group() -> None:
    page = read(plates("2026-11-20, 10:00:00", "2026-11-20, 11:00:00"), "/index.php?topic=8.0")
    assert [(f.author, f.author_id) for f in page.floors] == [("过客0", ""), ("过客1", "")]


@pytest.mark.parametrize("said", ["18 November 2026, 18:27", "18 Nov 2026 06:27 PM", "November 18, 2026, 06:27:00 PM"])
def test_dates_with_the_month_as_a_word_are_seen_wherever_the_day_stands(said: str) -> None:
    page = read(plates(said, "21 November 2026, 09:00"), "/index.php?topic=8.0")
    assert [f.published_at for f in page.floors][:1] == [datetime(2026, 11, 18, 10, 27, tzinfo=UTC)]


def test_page_numbers_before_the_word_replies_are_no_replies() -> None:
    row = """<div class="windowbg"><span><a href="/index.php?topic={n}.0">第{n}件事</a></span>
    <span>Pages <a href="/index.php?topic={n}.0">1</a> <a href="/index.php?topic={n}.20">3</a></span>
    <div><p>Replies: 2{n}<br>Views: 7</p></div><p><a href="/index.php?topic={n}.msg9">2026-11-20, 10:00</a></p></div>"""
    page = read(row.format(n=4) + row.format(n=5), "/index.php?board=2.0")
    assert [(r.tid, r.replies) for r in page.rows] == [("4", 24), ("5", 25)]


def test_the_box_that_says_a_thread_is_gone_is_found_on_a_long_page() -> None:
    long = (
        "<div class='login'><p class='information'>您查看的主题不存在或已被删除。</p>"
        + "<p>请先登录，忘记密码？</p>" * 60
    )
    assert read(f"{long}</div>", "/index.php?topic=8.0").notice == "gone"
    assert read("<p>说明文字。</p>" * 200, "/index.php?topic=8.0").notice == ""


CARD_OF_THREAD = """<div class="card"><div class="head"><a href="?user-3.htm"><img></a><h4>路灯</h4>
<span class="username"><a href="?user-3.htm">住户甲</a></span> <span class="date">2026-11-20 10:00</span></div>
<div class="message break-all">灯又灭了。</div></div>"""
CARD_OF_REPLY = """<li class="media post" data-pid="{pid}"><span class="username">
<a href="?user-{uid}.htm">住户{name}</a></span>
<span class="date">2026-11-20 1{pid}:00</span> <span class="floor-parent"><span>{place}</span>楼</span>
<div class="message mt-1 break-all">{text}</div></li>"""


@pytest.mark.parametrize("replies", [1, 2])
def test_a_single_reply_keeps_its_own_author_and_number(replies: int) -> None:
    said = "".join(
        CARD_OF_REPLY.format(pid=i + 1, uid=4 + i, name="乙丙"[i], place=i + 2, text=f"第{i}句话")
        for i in range(replies)
    )
    page = read(f"{CARD_OF_THREAD}<div class='card'><ul>{said}</ul></div>", "/?thread-21.htm", title="路灯")
    found = [(f.pid, f.author, f.floor, f.text) for f in page.floors]
    assert found[:2] == [("0", "住户甲", None, "灯又灭了。"), ("1", "住户乙", 2, "第0句话")]


def test_a_quote_that_begins_with_its_authors_link_names_him_and_keeps_the_words_apart() -> None:
    quote = "<blockquote><a href='?user-3.htm'><img>住户甲</a>灯又灭了。</blockquote>同感"
    said = CARD_OF_REPLY.format(pid=1, uid=4, name="乙", place=2, text=quote)
    floor = read(f"{CARD_OF_THREAD}<ul>{said}</ul>", "/?thread-21.htm", title="路灯").floors[1]
    assert (floor.text, floor.quoted, floor.quotation) == ("同感", "住户甲", "灯又灭了。")


def test_an_icon_stands_for_the_word_replies() -> None:
    row = """<li data-tid="{n}"><a href="?thread-{n}.htm">第{n}件事</a> <span class="date">8小时前</span>
    <span><i class="icon-eye"></i> 11</span> <span><i class="icon-comment-o"></i> 4{n}</span></li>"""
    page = read(f"<ul>{row.format(n=4)}{row.format(n=5)}</ul>", "/?forum-2.htm")
    assert [(r.tid, r.replies) for r in page.rows] == [("4", 44), ("5", 45)]


def test_a_page_that_only_its_title_calls_a_captcha_is_one() -> None:
    page = read("<div class='geetest'></div><p>完成后继续访问</p>", "/", title="安全验证")
    assert (page.kind, page.notice) == ("notice", "captcha")

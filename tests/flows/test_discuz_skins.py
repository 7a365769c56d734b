"""Discuz! beyond its newest default skin: comments under floors, older and other skins, special threads, archivers."""

from datetime import UTC, datetime

import pytest

from flows.sources import discuz
from flows.sources.anyforum import parse_page
from flows.sources.forum_page import Page

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HEAD = '<html><head><title>{title} - 澜汀论坛</title><meta name="generator" content="Discuz! X3.4"></head><body>'
POST = """<div id="post_{pid}"><div class="authi"><a href="home.php?mod=space&uid={uid}">{name}</a>
<em id="authorposton{pid}">发表于 2026-11-20 08:1{uid}:00</em></div>
<strong><a id="postnum{pid}">{uid}<sup>#</sup></a></strong><div class="pcb">{body}
<div id="comment_{pid}" class="cm">{comments}</div></div></div>"""
BESIDE = """<h3 class="psth">点评</h3><div class="pstl"><div class="psta"><a href="home.php?mod=space&uid=7"><img></a>
<a href="home.php?mod=space&uid=7" class="xi2 xw1">渡口老丁</a></div>
<div class="psti">说得在理&nbsp;
<span class="xg1">发表于 <span title="2026-11-21 09:30">3&nbsp;小时前</span></span></div></div>"""
WITHIN = """<div class="pstl"><div class="psta"><a href="home.php?mod=space&uid=7"><img></a></div>
<div class="psti"><a href="home.php?mod=space&uid=7" class="xi2 xw1">渡口老丁</a>&nbsp;说得在理&nbsp;
<span class="xg1">发表于 2026-11-21 09:30</span></div></div>"""
MOBILE = """<div id="commentdetail_31"><ul class="authi">
<li class="mtit"><a href="home.php?mod=space&uid=7&mobile=2">渡口老丁</a></li>
<li class="mtime">发表于 2026-11-21 09:30</li><li class="mtxt">说得在理</li></ul></div>"""
NEXT = """<div class="pg"><a href="javascript:;" class="nxt"
onclick="ajaxget('forum.php?mod=misc&action=commentmore&tid=5&pid=51&page=2', 'comment_51')">下一页</a></div>"""
THREAD = "http://bbs.example/forum.php?mod=viewthread&tid=5"


def read(markup: str, url: str = THREAD, engine: str = "auto") -> Page:
    return parse_page(markup.encode(), "text/html; charset=utf-8", url, NOW, "Asia/Shanghai", engine=engine)


def thread(body: str = '<td class="t_f" id="postmessage_51">路灯又灭了。</td>', comments: str = "") -> Page:
    title = HEAD.format(title="路灯")
    return read(title + POST.format(pid=51, uid=1, name="望汐的风", body=body, comments=comments) + "</body></html>")


@pytest.mark.parametrize("markup", [BESIDE, WITHIN, MOBILE])
def test_a_comment_under_a_floor_is_a_post_with_one_id_on_every_skin(markup: str) -> None:
    floor, comment = thread(comments=markup).floors
    assert not floor.comment
    assert floor.text == "路灯又灭了。"
    assert (comment.text, comment.author, comment.author_id, comment.parent, comment.comment) == (
        "说得在理",
        "渡口老丁",
        "7",
        "51",
        True,
    )
    assert comment.published_at == datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
    assert comment.pid == thread(comments=BESIDE).floors[1].pid


def test_further_comments_are_named_and_read_from_the_piece_a_script_would_fetch() -> None:
    (more,) = thread(comments=BESIDE + NEXT).more
    assert more == "http://bbs.example/forum.php?mod=misc&action=commentmore&tid=5&pid=51&page=2&inajax=1"
    piece = f'<?xml version="1.0" encoding="utf-8"?>\n<root><![CDATA[{WITHIN.replace("说得在理", "同意")}]]></root>'
    page = read(piece, more, engine="discuz")
    assert page.whole
    assert [(f.text, f.parent, f.comment) for f in page.floors] == [("同意", "51", True)]
    assert page.more == []


def test_a_skin_that_wraps_the_words_of_a_debate_in_its_own_box_adds_nothing_to_them() -> None:
    page = thread(
        '<div class="t_f" id="postmessage_51"><table><tr><td class="t_f" id="postmessage_51">该不该装减速带？</td></tr>'
        "</table><p>结束时间: 2027/2/19</p><p>正方观点 (0)</p></div>"
    )
    assert page.floors[0].text == "该不该装减速带？"


def test_an_author_named_beside_the_floor_only_is_found() -> None:
    post = POST.format(pid=51, uid=9, name="", body='<div id="postmessage_51">灯亮了</div>', comments="")
    card = '<strong><a href="home.php?mod=space&uid=9">砚池小周</a></strong>'
    card += '<a href="home.php?mod=space&uid=9&do=thread">12</a>'
    floor = read(HEAD.format(title="灯") + post.replace('<div class="pcb">', card + '<div class="pcb">')).floors[0]
    assert (floor.author, floor.author_id) == ("砚池小周", "9")


@pytest.mark.parametrize(("title", "shown"), [("[投诉] 灯坏了", "[投诉] 灯坏了"), ("灯坏了", "灯坏了")])
def test_a_bracket_of_the_title_itself_stays_and_a_category_goes(title: str, shown: str) -> None:
    floor = '<div class="plc" id="pid51"><ul class="authi"><li class="mtit">望汐的风</li></ul>'
    floor += '<div class="message">黑</div></div>'
    markup = f'{HEAD.format(title=title)}<div class="postlist"><h2>[投诉] 灯坏了</h2>{floor}</div></body></html>'
    assert read(markup).title == shown


@pytest.mark.parametrize(
    ("address", "full"),
    [
        ("http://bbs.example/archiver/", "http://bbs.example/forum.php"),
        ("http://bbs.example/archiver/?fid-31.html", "http://bbs.example/forum.php?mod=forumdisplay&fid=31"),
        ("http://bbs.example/bbs/archiver/tid-5.html", "http://bbs.example/bbs/forum.php?mod=viewthread&tid=5"),
        (THREAD, THREAD),
    ],
)
def test_an_archiver_is_left_for_the_pages_it_stands_for(address: str, full: str) -> None:
    assert discuz.full_version(address) == full

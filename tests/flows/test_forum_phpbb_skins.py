"""phpBB behind the skins of its releases: no time elements, no links in quotes, tables in place of lists."""
# ruff: noqa: E501

from datetime import UTC, datetime

import pytest

from flows.sources.anyforum import parse_page
from flows.sources.forum_floors import quoted
from flows.sources.forum_memory import Memory, Thread, pack_pids
from flows.sources.forum_page import Floor, Page, Row, parse_time

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)  # 20:00 in Beijing
ZONE = "Asia/Shanghai"

PROSILVER = """<html><body id="phpbb" class="section-viewtopic ltr"><h2><a href="./viewtopic.php?f=4&amp;t=31">渡口停航</a></h2>
<div class="pagination">23 篇帖子 &bull; <a href="#">分页：<strong>2</strong> / <strong>3</strong></a> &bull;
<span><a href="./viewtopic.php?f=4&amp;t=31">1</a>, <strong>2</strong>, <a href="./viewtopic.php?f=4&amp;t=31&amp;start=20">3</a></span></div>
{posts}<a href="http://www.phpbb.com/">phpBB</a></body></html>"""
POST = """<div id="p{pid}" class="post bg2"><div class="inner"><div class="postbody"><h3><a href="#p{pid}">Re: 渡口停航</a></h3>
<p class="author"><a href="./viewtopic.php?p={pid}#p{pid}"><img alt="帖子"></a>由 <strong>{author}</strong> &raquo; {time} </p>
<div class="content">{content}</div></div></div></div>"""
MEMBER = '<a href="./memberlist.php?mode=viewprofile&amp;u={number}" class="username">{name}</a>'
GUEST = '<span class="username">{name}</span>'

TABLES = """<html><body><a class="titles" href="./viewtopic.php?f=4&amp;t=31">渡口停航</a>
<table><tr><td class="nav">&nbsp;分页：<strong>1</strong> / <strong>3</strong></td><td class="gensmall"><b><a href="#">前往页数</a> <strong>1</strong>,
<a href="./viewtopic.php?f=4&amp;t=31&amp;start=10">2</a>, <a href="./viewtopic.php?f=4&amp;t=31&amp;start=20">3</a></b></td>
<td class="nav"><a href="./viewtopic.php?f=4&amp;t=31&amp;view=previous">上一个主题</a></td></tr></table>{posts}Powered by phpBB</body></html>"""
TABLE_POST = """<table class="tablebg"><tr class="row1"><td><a name="p{pid}"></a><b class="postauthor">{name}</b></td><td><table><tr>
<td class="gensmall"><div>&nbsp;<b>帖子标题 :</b> <a href="#p{pid}">Re: 昨天 8:00 渡口停航</a></div>
<div><a href="./viewtopic.php?p={pid}#p{pid}"><img></a><b>发表于 :</b> {time}&nbsp;</div></td></tr></table></td></tr>
<tr class="row1"><td class="profile"></td><td><table><tr><td><div class="postbody">{content}</div>
<span class="gensmall">最后由 <a href="./memberlist.php?mode=viewprofile&amp;u=9">管事的</a> 编辑于 昨天, 9:00，总共编辑了 1 次。</span></td></tr></table></td></tr>
<tr class="row1"><td class="profile"><a href="#top">页首</a></td><td><div class="gensmall">{profile}</div></td></tr></table>"""


def read(source: str, url: str) -> Page:
    return parse_page(source.encode(), "text/html; charset=utf-8", url, NOW, ZONE)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("周三 11月 18, 2026 6:20 pm", "2026-11-18T10:20"),
        ("周三 12月 24, 2025 1:32 am", "2025-12-23T17:32"),
        ("18 11月 2026, 18:20", "2026-11-18T10:20"),
        ("11月 18th, '26, 18:20", "2026-11-18T10:20"),
        ("11月 18th, 2026, 6:20 pm", "2026-11-18T10:20"),
        ("2026 11月 18, 周三, 18:20", "2026-11-18T10:20"),
        ("星期三, 18 11月 2026 18:20", "2026-11-18T10:20"),
        ("2026年11月18日 18:20", "2026-11-18T10:20"),
        ("Nov 18th, '26, 18:20", "2026-11-18T10:20"),
        ("Wed Nov 18, 2026 6:20 pm", "2026-11-18T10:20"),
        ("2026 Nov 18, Wed, 18:20", "2026-11-18T10:20"),
        ("Wednesday, 18 November 2026 18:20", "2026-11-18T10:20"),
        ("18:20 18.11.2026", "2026-11-18T10:20"),
        ("6.5.2026 18:20", "2026-05-06T10:20"),
        ("4 分钟前", "2026-11-21T11:56"),
        ("今天, 18:20", "2026-11-21T10:20"),
        ("昨天, 6:20 pm", "2026-11-20T10:20"),
        ("Yesterday, 18:20", "2026-11-20T10:20"),
        ("18:20", "2026-11-21T10:20"),
    ],
)
def test_the_dates_a_board_can_be_set_to_are_read(said: str, meant: str) -> None:
    known = parse_time(said, NOW, ZONE)
    assert known is not None
    assert known[0] == datetime.fromisoformat(meant).replace(tzinfo=UTC)


def test_a_clock_beside_a_date_nobody_knows_is_no_time_of_today() -> None:
    assert parse_time("三九天 2025 Brumaire 8:30", NOW, ZONE) is None


def test_a_thread_without_time_elements_is_read_with_its_places_and_years() -> None:
    posts = POST.format(
        pid=810,
        author=MEMBER.format(number=48, name="昨天 8:30 的风"),
        time="周三 12月 24, 2025 1:32 pm",
        content="停了一个月。",
    ) + POST.format(
        pid=811,
        author=GUEST.format(name="游客"),
        time="今天, 18:20",
        content='<dl class="codebox"><dt>代码: <a href="#">选择全部</a></dt><dd><code>船 = 0</code></dd></dl>看公告。',
    )
    page = read(PROSILVER.format(posts=posts), "http://club.example/viewtopic.php?f=4&t=31&start=10")
    assert (page.tid, page.page, page.pages) == ("31", 2, 3)
    assert [(f.pid, f.floor, f.author, f.author_id) for f in page.floors] == [
        ("810", 11, "昨天 8:30 的风", "48"),
        ("811", 12, "", ""),
    ]
    assert [f.published_at for f in page.floors] == [
        datetime(2025, 12, 24, 5, 32, tzinfo=UTC),
        datetime(2026, 11, 21, 10, 20, tzinfo=UTC),
    ]
    assert page.floors[1].text.split() == ["船", "=", "0", "看公告。"]


def test_tables_tell_pages_authors_and_times_without_the_words_around_them() -> None:
    profile = '<a href="./memberlist.php?mode=viewprofile&amp;u=48"><img></a>'
    content = '<div class="codetitle"><b>代码:</b></div><div class="codecontent">船 = 0</div>看公告。'
    posts = TABLE_POST.format(
        pid=1, name="渡口老丁", time="周三 12月 24, 2025 1:32 pm", content=content, profile=profile
    )
    posts += TABLE_POST.format(
        pid=2,
        name="路过的",
        time="昨天, 18:20",
        profile="",
        content='<div class="attachtitle">附件:</div><div class="attachcontent">图.png [ 3 KiB ]</div>见图 '
        '<a href="./viewtopic.php?f=4&amp;t=31&amp;start=7">这里</a>',
    )
    page = read(TABLES.format(posts=posts), "http://club.example/viewtopic.php?f=4&t=31")
    assert (page.page, page.pages, sorted(page.links)) == (1, 3, [1, 2, 3])
    assert [(f.author, f.author_id, f.text.split()) for f in page.floors] == [
        ("渡口老丁", "48", ["船", "=", "0", "看公告。"]),
        ("路过的", "", ["见图", "这里"]),
    ]
    assert [f.published_at for f in page.floors] == [
        datetime(2025, 12, 24, 5, 32, tzinfo=UTC),
        datetime(2026, 11, 20, 10, 20, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    "quote",
    [
        "<blockquote><div><cite>[版主]老韩 写道:</cite><blockquote><div><cite>别人 写道:</cite>早先的</div></blockquote>下周试航</div></blockquote>",
        '<div class="quotetitle">[版主]老韩 写道:</div><div class="quotecontent">下周试航</div>',
    ],
)
def test_a_quote_without_a_link_answers_the_post_that_has_its_words(quote: str) -> None:
    source = PROSILVER.format(posts=POST.format(pid=9, author="某人", time="今天, 18:20", content=f"{quote}好。"))
    floor = read(source, "http://club.example/viewtopic.php?t=31").floors[0]
    assert (floor.quoted, floor.quotation, floor.text) == ("[版主]老韩", "下周试航", "好。")
    earlier = [
        Floor(pid="5", author="[版主]老韩", text="听说 下周试航 了"),
        Floor(pid="6", author="别人", text="下周试航"),
        Floor(pid="7", author="[版主]老韩", text="不清楚"),
    ]
    assert quoted(floor, [*earlier, floor]) == "5"
    assert quoted(floor, [*earlier[1:], floor]) == "6"  # the name may be no author's any more
    assert quoted(floor, [earlier[2], floor]) == "7"
    assert quoted(floor, [floor]) == ""


def test_a_thread_that_lost_one_post_and_gained_another_in_a_minute_has_changed() -> None:
    row = """<html><body id="phpbb"><ul><li class="row"><dl class="topic_read"><dt><a href="./viewtopic.php?t=31" class="topictitle">渡口</a></dt>
<dd class="posts">2</dd><dd class="lastpost"><span>由 某人 <a href="./viewtopic.php?f=4&amp;p=9&amp;sid=a#p9"></a><br>今天, 18:20</span></dd></dl></li></ul></body></html>"""
    listed = read(row, "http://club.example/viewforum.php?f=4").rows[0]
    assert listed.newest == "9"
    last = int(datetime(2026, 11, 21, 10, 20, tzinfo=UTC).timestamp())
    known = {
        pids: Memory(threads={"31": Thread(replies=2, last=last, pids=pack_pids(pids))})
        for pids in (("7", "8"), ("7", "9"))
    }
    assert {p: m.changed(listed) for p, m in known.items()} == {("7", "8"): True, ("7", "9"): False}
    assert not known["7", "9"].changed(Row(tid="31", url="", replies=2, last_at=listed.last_at))


LOGIN = '<form action="./ucp.php?mode=login" method="post"><input name="username"><input type="password"></form>'


@pytest.mark.parametrize(
    ("url", "inside", "kind", "notice"),
    [
        ("viewforum.php?f=12", f"<h2>会员专区</h2><div class='panel'><strong>您没有权限</strong></div>{LOGIN}", "notice", "denied"),
        ("viewforum.php?f=15", f"<div id='page-header'>{LOGIN}</div><h2>空版面</h2>", "board", ""),
        ("index.php", f"<p>这个论坛还没有版面</p>{LOGIN}", "notice", "denied"),
        ("index.php", '<div id="message"><div class="content">Sorry but this board is currently unavailable.</div></div>', "notice", "closed"),
        ("viewtopic.php?t=9", '<div id="message"><p>The requested topic does not exist.</p></div>', "notice", "gone"),
    ],
)  # fmt: skip
def test_what_guests_may_not_see_is_never_an_empty_board(url: str, inside: str, kind: str, notice: str) -> None:
    page = read(f'<html><body id="phpbb">{inside}</body></html>', f"http://club.example/{url}")
    assert (page.engine, page.kind, page.notice) == ("phpbb", kind, notice)


def test_a_style_with_names_of_its_own_is_read_by_what_its_links_mean() -> None:
    board = """<article class="x-card"><a class="x-main" href="./viewforum.php?f={f}"><strong class="forumtitle">{name}</strong></a>
    <div><strong>{n}</strong> 帖子</div><div class="x-lastpost"><a href="./viewtopic.php?p=9#p9">新帖</a>
    <time datetime="2026-11-21T10:20:00+00:00">x</time></div></article>"""
    boards = board.format(f=4, name="水上", n=7) + board.format(f=5, name="岸上", n=8)
    foot = '<a href="https://www.phpbb.com/">phpBB</a></body></html>'
    home = read(f'<html><body id="phpbb"><div>{boards}</div>{foot}', "http://club.example/")
    assert [(b.id, bool(b.mark)) for b in home.boards] == [("4", True), ("5", True)]
    assert home.boards[0].mark != home.boards[1].mark
    topic = """<article class="x-topic {kind}"><div><a href="./viewtopic.php?t={t}" class="topictitle">{title}</a></div>
    <div class="x-replies"><strong>{n}</strong></div><div class="x-lastpost"><a href="./viewtopic.php?p={p}#p{p}">到末尾</a>
    <time datetime="2026-11-21T10:{n}:00+00:00">x</time></div></article>"""
    topics = topic.format(kind="sticky_read", t=31, title="渡口", n=12, p=90) + topic.format(
        kind="topic_moved", t=32, title="旧船", n=15, p=91
    )
    page = read(f'<html><body id="phpbb"><section>{topics}</section>{foot}', "http://club.example/viewforum.php?f=4")
    assert [(r.tid, r.replies, r.newest, r.sticky, r.moved) for r in page.rows] == [
        ("31", 12, "90", True, False),
        ("32", 15, "91", False, True),
    ]
    assert page.rows[0].last_at == datetime(2026, 11, 21, 10, 12, tzinfo=UTC)
    poll = "<h1><a href='./viewtopic.php?t=31'>渡口</a></h1><h2 class='poll-title'>你怎么看？</h2>"
    post = POST.format(pid=1, author="某人", time="今天, 18:20", content="好。")
    assert read(f'<html><body id="phpbb">{poll}{post}{foot}', "http://club.example/viewtopic.php?t=31").title == "渡口"

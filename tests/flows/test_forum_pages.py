"""Pages of forum software, hand-made: what each parser makes of the shapes its engine has."""

from datetime import UTC, datetime

import pytest
from forum_markup import (
    DISCUZ_BOARD,
    DISCUZ_GBK,
    DISCUZ_OLD_MOBILE,
    MYBB_ENGLISH,
    PHPBB_BOARD,
    PHPBB_THREAD,
    SUBSILVER,
    TIEBA_BOARD,
    TIEBA_THREAD,
    UNKNOWN,
    UNKNOWN_POST,
)

from flows.sources import discuz, mybb, phpbb, tieba
from flows.sources.anyforum import parse_page
from flows.sources.forum_page import Page, parse_time

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)  # 20:00 in Shanghai
HTML = "text/html; charset=utf-8"


def read(markup: str, url: str, *, encoding: str = "utf-8", content_type: str = HTML, engine: str = "auto") -> Page:
    return parse_page(markup.encode(encoding), content_type, url, NOW, "Asia/Shanghai", engine=engine)


def test_the_times_forum_software_writes_are_read() -> None:
    at = {
        "Sat Nov 21, 2026 7:39 pm": datetime(2026, 11, 21, 11, 39, tzinfo=UTC),
        "by 老澜汀 » Sat Nov 21, 2026 7:39 pm": datetime(2026, 11, 21, 11, 39, tzinfo=UTC),
        "21 Nov 2026, 19:39": datetime(2026, 11, 21, 11, 39, tzinfo=UTC),
        "Yesterday, 7:39 pm": datetime(2026, 11, 20, 11, 39, tzinfo=UTC),
        "5 minutes ago": datetime(2026, 11, 21, 11, 55, tzinfo=UTC),
        "less than a minute ago": datetime(2026, 11, 21, 11, 59, tzinfo=UTC),
        "2026年 11月 21日 星期六 19:39": datetime(2026, 11, 21, 11, 39, tzinfo=UTC),
        "发表于 2026-11-8 00:58:27": datetime(2026, 11, 7, 16, 58, 27, tzinfo=UTC),
        "昨天\xa018:20": datetime(2026, 11, 20, 10, 20, tzinfo=UTC),
        "3 分钟 前": datetime(2026, 11, 21, 11, 57, tzinfo=UTC),
        "不到 1 分钟 前": datetime(2026, 11, 21, 11, 59, tzinfo=UTC),
        "11-20-2026, 07:39 PM": datetime(2026, 11, 20, 11, 39, tzinfo=UTC),
        "20-11-2026, 07:39 PM": datetime(2026, 11, 20, 11, 39, tzinfo=UTC),
        "Posted by 3天打鱼 on 2026-11-20 19:39": datetime(2026, 11, 20, 11, 39, tzinfo=UTC),
        "半小时前": datetime(2026, 11, 21, 11, 30, tzinfo=UTC),
    }
    assert {said: (parse_time(said, NOW, "Asia/Shanghai") or [None])[0] for said in at} == at


def test_a_mybb_thread_of_a_board_with_many_pages_knows_its_own_page() -> None:
    crumbs = """<div class="navigation"><a href="forum-2.html">市井</a><div class="pagination pagination_breadcrumb">
    <span class="pagination_current">1</span><a href="forum-2-page-2.html">2</a></div>"""
    page = read(MYBB_ENGLISH.replace('<div class="navigation">', crumbs), "http://bbs.example/thread-9-page-2.html")
    assert (page.page, page.pages, sorted(page.links)) == (2, 3, [1, 3])


@pytest.mark.parametrize(
    ("other", "day"),
    [("21-11-2026, 08:00 PM", 2), ("11-21-2026, 08:00 PM", 11), ("12-01-2026, 08:00 PM", 2), ("", 11)],
)
def test_another_date_of_the_page_tells_whether_the_day_stands_first(other: str, day: int) -> None:
    said = "02-11-2026, 07:45 PM"
    markup = MYBB_ENGLISH.replace('<span title="11-20-2026">Yesterday</span>, 07:45 PM', said)
    markup = markup.replace("11-21-2026, 05:39 PM", "2026-11-21 17:39").replace("11-21-2026, 05:50 PM", other)
    page = read(markup, "http://bbs.example/thread-9-page-2.html")
    when = page.floors[1].published_at
    assert when is not None
    assert (when.month, when.day) == ((11, 2) if day == 2 else (2, 11))


def test_a_gbk_discuz_page_with_rewritten_addresses_is_read() -> None:
    page = read(DISCUZ_GBK, "http://bbs.example/thread-512-1-1.html", encoding="gbk", content_type="text/html")
    assert (page.engine, page.kind, page.tid, page.title, page.page, page.pages) == (
        "discuz",
        "thread",
        "512",
        "巷口路灯坏了",
        1,
        3,
    )
    first, second, third, fourth = page.floors
    assert first.text == "巷口的灯黑了三天，老人摔了一跤。\n希望有人来修。"
    assert (first.author, first.author_id, first.floor) == ("青岬渔夫", "31", 1)
    assert first.published_at == datetime(2026, 11, 21, 0, 5, 9, tzinfo=UTC)
    assert (second.author, second.author_id, second.floor, second.parent, second.text) == (
        "",
        "",
        2,
        "9001",
        "已经报修了。",
    )
    assert second.published_at == datetime(2026, 11, 20, 10, 20, tzinfo=UTC)
    assert third.shielded
    assert not third.text
    assert (fourth.parent, fourth.text, fourth.floor) == ("9002", "收到，谢谢。", 4)
    assert discuz.at_page("http://bbs.example/thread-512-1-1.html", 3) == "http://bbs.example/thread-512-3-1.html"


def test_twin_addresses_of_a_discuz_thread_name_one_thread() -> None:
    twins = (
        "http://bbs.example/thread-512-2-1.html",
        "http://bbs.example/forum.php?mod=viewthread&tid=512&page=2",
        "http://bbs.example/forum.php?mod=viewthread&tid=512&mobile=2&page=2",
        "http://m.bbs.example/forum.php?tid=512&mod=viewthread",
    )
    assert {discuz.thread_id(t) for t in twins} == {"512"}
    assert discuz.thread_id("http://bbs.example/forum.php?mod=redirect&tid=512&goto=lastpost") == ""


def test_a_discuz_board_tells_sticky_moved_and_counters() -> None:
    page = read(DISCUZ_BOARD, "http://bbs.example/forum-7-1.html")
    rows = {r.tid: r for r in page.rows}
    assert page.kind == "board"
    assert page.pages == 2
    assert rows["700"].sticky
    assert (rows["701"].replies, rows["701"].last_at) == (58779, datetime(2026, 11, 21, 1, 30, tzinfo=UTC))
    assert rows["650"].moved


@pytest.mark.parametrize(
    ("message", "notice"),
    [
        ("抱歉，指定的主题不存在或已被删除或正在被审核", "gone"),
        ("抱歉，本帖要求阅读权限高于 20 才能浏览", "denied"),
        ("抱歉，您没有权限访问该版块", "denied"),
        ("抱歉，本站点已经关闭维护", "closed"),
    ],
)
def test_a_notice_in_place_of_a_page_is_judged(message: str, notice: str) -> None:
    markup = (
        f'<html><body><div id="messagetext" class="alert_error"><p>{message}</p></div>Powered by Discuz!</body></html>'
    )
    page = read(markup, "http://bbs.example/forum.php?mod=viewthread&tid=5")
    assert (page.kind, page.notice) == ("notice", notice)


def test_a_phpbb_thread_is_read() -> None:
    page = read(PHPBB_THREAD, "http://club.example/viewtopic.php?f=2&t=31")
    assert (page.engine, page.kind, page.tid, page.title, page.pages) == (
        "phpbb",
        "thread",
        "31",
        "渡口什么时候恢复",
        2,
    )
    first, second = page.floors
    assert (first.text, first.author, first.author_id, first.floor) == (
        "停了一个月，绕路要四十分钟。",
        "渡口老丁",
        "48",
        1,
    )
    assert first.published_at == datetime(2026, 11, 20, 10, 15, tzinfo=UTC)
    assert (second.text, second.author, second.parent, second.floor) == ("听说下周试航。", "路人甲", "210", 2)
    assert second.published_at == datetime(2026, 11, 21, 11, 39, tzinfo=UTC)
    assert page.links[2].endswith("viewtopic.php?f=2&t=31&start=10")


def test_a_phpbb_board_is_read() -> None:
    page = read(PHPBB_BOARD, "http://club.example/viewforum.php?f=2")
    rows = {r.tid: r for r in page.rows}
    assert page.kind == "board"
    assert [(b.id, bool(b.mark)) for b in page.boards] == [("9", True)]
    assert page.pages == 2
    assert rows["5"].sticky
    assert rows["12"].moved
    assert (rows["31"].replies, rows["31"].last_at) == (1211, datetime(2026, 11, 21, 11, 39, tzinfo=UTC))
    assert phpbb.board_id("http://club.example/viewforum.php?f=2&start=25") == "2"


def test_tieba_lists_hide_in_comments_and_are_found() -> None:
    page = read(TIEBA_BOARD, "http://tieba.example/f?kw=%E6%BE%9C%E6%B1%80")
    assert (page.engine, page.kind) == ("tieba", "board")
    rows = {r.tid: r for r in page.rows}
    assert (rows["8123"].title, rows["8123"].replies) == ("澜汀三中门口堵车", 12)
    assert rows["8123"].last_at == datetime(2026, 11, 21, 11, 30, tzinfo=UTC)
    assert rows["8001"].sticky


def test_a_tieba_thread_and_its_nested_replies_are_read() -> None:
    page = read(TIEBA_THREAD, "http://tieba.example/p/8123")
    assert (page.engine, page.kind, page.tid, page.pages) == ("tieba", "thread", "8123", 2)
    first, nested = page.floors
    assert (first.pid, first.text, first.author_id, first.floor) == ("9901", "每天五点半都堵死。", "501", 1)
    assert first.published_at == datetime(2026, 11, 20, 10, 2, tzinfo=UTC)
    assert (nested.pid, nested.parent, nested.text) == ("9950", "9901", "绕后门走")
    assert tieba.at_page("http://tieba.example/p/8123", 2) == "http://tieba.example/p/8123?pn=2"


def test_tieba_asking_for_a_captcha_is_not_an_empty_board() -> None:
    page = read(
        "<html><head><title>百度安全验证</title></head><body>wappass.baidu.com</body></html>",
        "http://tieba.example/f?kw=a",
    )
    assert page.notice == "captcha"


def test_software_nobody_knows_is_read_by_its_repeated_blocks() -> None:
    said = ["桥下的水有半米深，车过不去。", "我的电动车也熄火了。", "已经打了热线，说马上来抽水。"]
    posts = "".join(
        UNKNOWN_POST.format(pid=400 + i, name=f"住户{i}", day=i, floor=i + 1, text=text) for i, text in enumerate(said)
    )
    page = read(UNKNOWN.format(posts=posts), "http://other.example/t/88")
    assert (page.engine, page.kind, page.tid, page.title, page.pages) == ("any", "thread", "88", "桥下的积水", 2)
    assert [(f.pid, f.author, f.floor, f.text) for f in page.floors] == [
        (str(400 + i), f"住户{i}", i + 1, text) for i, text in enumerate(said)
    ]
    assert page.floors[1].published_at == datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


def test_addresses_of_pages_are_made_as_the_engine_names_them() -> None:
    assert (
        mybb.at_page("http://club.example/showthread.php?tid=9", 2) == "http://club.example/showthread.php?tid=9&page=2"
    )
    assert mybb.at_page("http://club.example/thread-9.html", 2) == "http://club.example/thread-9-page-2.html"
    assert discuz.at_page("http://b.example/forum.php?mod=viewthread&tid=9&page=4", 1).endswith("tid=9")
    assert phpbb.at_start("http://club.example/viewtopic.php?t=9", 20).endswith("t=9&start=20")


@pytest.mark.parametrize("body", [b"", b"\x00\xff\xfe", b"<html>", "<div id='post_1'>".encode("gbk"), b"<" * 5000])
@pytest.mark.parametrize("engine", ["auto", "discuz", "mybb", "phpbb", "tieba"])
def test_rubbish_is_a_page_that_holds_nothing(body: bytes, engine: str) -> None:
    page = parse_page(
        body, "text/html", "http://bbs.example/forum.php?mod=viewthread&tid=1", NOW, "Asia/Shanghai", engine=engine
    )
    assert not page.floors


def test_the_older_mobile_template_of_discuz_is_read() -> None:
    page = read(DISCUZ_OLD_MOBILE, "http://bbs.example/forum.php?mod=viewthread&tid=77&mobile=2")
    assert (page.kind, page.tid, page.title, page.pages) == ("thread", "77", "渡口的船几点停", 2)
    first, second, third = page.floors
    assert (first.author, first.author_id, first.floor, first.text) == ("一天一个苹果", "8", 1, "末班船改成六点了吗？")
    assert first.published_at == datetime(2026, 11, 20, 13, 3, tzinfo=UTC)
    assert (second.author, second.author_id, second.floor) == ("", "", 2)
    assert second.published_at == datetime(2026, 11, 21, 11, 57, tzinfo=UTC)
    assert (third.author, third.floor, third.shielded) == ("2046号", 5, True)


def test_the_table_skin_of_phpbb_is_read() -> None:
    page = read(SUBSILVER, "http://club.example/viewtopic.php?f=2&t=31")
    assert (page.engine, page.tid, page.title) == ("phpbb", "31", "渡口什么时候恢复")
    first, second = page.floors
    assert (first.pid, first.author, first.text) == ("210", "渡口老丁", "停了一个月。")
    assert first.published_at == datetime(2026, 11, 21, 11, 39, tzinfo=UTC)
    assert (second.text, second.quoted, second.floor) == ("快了。", "渡口老丁", 2)


def test_an_english_mybb_page_is_read() -> None:
    page = read(MYBB_ENGLISH, "http://club.example/thread-9-page-2.html")
    assert (page.engine, page.kind, page.tid, page.title, page.page, page.pages) == (
        "mybb",
        "thread",
        "9",
        "菜市场搬迁",
        2,
        3,
    )
    first, second = page.floors
    assert (first.author, first.author_id, first.floor, first.text) == ("鱼档阿强", "7", 11, "搬到哪里去？")
    assert first.published_at == datetime(2026, 11, 21, 9, 39, tzinfo=UTC)
    assert (second.author, second.author_id, second.parent, second.text) == ("Guest12", "", "301", "听说搬到河东。")
    assert second.published_at == datetime(2026, 11, 20, 11, 45, tzinfo=UTC)

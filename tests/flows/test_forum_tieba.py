"""Tieba over rounds: lists in comments, replies under floors that are folded away, and its blocks."""
# ruff: noqa: E501

import json
import re
from datetime import UTC, datetime

import pytest
from local_site import NOW, Collect, Reply, Request, Site, deliveries, entry

from bus.memory import MemoryBus
from bus.messages import PostCollected, decode
from flows.sources.anyforum import parse_page
from flows.sources.forum_page import Page

HEAD = '<html><head><script src="//tieba.baidu.com/x.js"></script></head><body>'
CHECK = "<html><head><title>百度安全验证</title></head><body><a>wappass.baidu.com</a></body></html>"
FLOOR = """<div class="l_post j_l_post" data-field='{data}'><div class="d_post_content" id="post_content_{pid}">第{number}楼说了些话</div>
<div class="j_lzl_r p_reply" data-field='{{"pid":{pid},"total_num":{under}}}'><ul>{nested}</ul></div>
<span class="tail-info">{number}楼</span><span class="tail-info">2026-11-21 10:{number:02}</span></div>"""
NESTED = """<li class="lzl_single_post j_lzl_s_p" data-field="{{'spid':'{pid}','showname':'住户','user_name':'zh','portrait':'tb.1.z'}}">
<div class="lzl_cnt"><span class="lzl_content_main">回复 <a class="at">房东</a> :楼里第{pid}条</span><span class="lzl_time">2026-11-21 11:{minute:02}</span></div></li>"""


def read(source: str, url: str) -> Page:
    return parse_page(source.encode(), "text/html; charset=utf-8", url, NOW, "Asia/Shanghai")


def replies(count: int, start: int = 0) -> str:
    return "".join(NESTED.format(pid=8000 + n, minute=n) for n in range(start, count))


class Tieba:
    """One board, one thread of three floors; replies stand under the first one, four of them on its page."""

    def __init__(self, under: int) -> None:
        self.under = under
        self.blocked = False

    def answer(self, request: Request) -> Reply:
        path = request.path
        if path == "/robots.txt":
            return Reply(b"", 404)
        page = self._comments(path) if "/p/comment" in path else self._thread() if "/p/" in path else self._board()
        return Reply(page.encode(), headers={"content-type": "text/html; charset=utf-8"})

    def _board(self) -> str:
        data = json.dumps({"id": 71, "reply_num": 2 + self.under, "is_top": None})
        row = f'<li class="j_thread_list" data-field=\'{data}\'><a href="/p/71" class="j_th_tit">楼道的灯</a></li>'
        hidden = (
            f'<code class="pagelet_html" id="pagelet_html_frs-list/pagelet/thread_list"><!--<ul>{row}</ul>--></code>'
        )
        return f"{HEAD}{hidden}</body></html>"

    def _thread(self) -> str:
        floors = ""
        for number in (1, 2, 3):
            author = {"user_id": number, "user_name": f"u{number}", "portrait": f"tb.1.p{number}?t=15"}
            content = {"post_id": 900 + number, "post_no": number, "comment_num": self.under if number == 1 else 0}
            floors += FLOOR.format(
                data=json.dumps({"author": author, "content": content}),
                pid=900 + number,
                number=number,
                under=self.under if number == 1 else "null",
                nested=replies(min(self.under, 4)) if number == 1 else "",
            )
        return f'{HEAD}<h3 class="core_title_txt">楼道的灯</h3>{floors}</body></html>'

    def _comments(self, path: str) -> str:
        if self.blocked:
            return CHECK
        match = re.search(r"pn=(\d+)", path)
        start = (int(match[1]) - 1) * 10 if match else 0
        return replies(min(self.under, start + 10), start) + '<li class="lzl_li_pager"><a href="#3">尾页</a></li>'


class _Routes(dict[str, object]):
    def __init__(self, forum: Tieba) -> None:
        super().__init__()
        self.forum = forum

    def get(self, _path: str, _default: object = None) -> object:
        return self.forum.answer


@pytest.fixture
def forum(site: Site) -> Tieba:
    made = Tieba(under=25)
    site.routes = _Routes(made)  # type: ignore[assignment]
    return made


def posts(bus: MemoryBus) -> list[PostCollected]:
    found = [decode(d.value) for d in deliveries(bus, "posts.collected")]
    return [m for m in found if isinstance(m, PostCollected)]


def comment_pages(site: Site) -> list[str]:
    asked = [r.path.rpartition("&pn=")[2] for r in site.requests if "/p/comment" in r.path]
    site.requests.clear()
    return asked


@pytest.mark.usefixtures("forum")
def test_replies_folded_away_under_a_floor_are_comments_on_it(site: Site, collect: Collect, bus: MemoryBus) -> None:
    result = collect(entry("吧", site.url + "/f?kw=a", kind="forum"))[0]
    assert (result.state, result.new) == ("ok", 28)
    floors = [p for p in posts(bus) if p.kind != "comment"]
    assert [(p.floor, p.kind) for p in sorted(floors, key=lambda p: p.floor)] == [
        (1, "post"),
        (2, "reply"),
        (3, "reply"),
    ]
    opener = next(p for p in floors if p.floor == 1)
    under = [p for p in posts(bus) if p.kind == "comment"]
    assert {(p.parent, p.floor) for p in under} == {(opener.id, 0)}
    assert {p.text for p in under} == {f"楼里第{n}条" for n in range(8000, 8025)}
    assert len({p.author for p in under}) == 1


def test_a_new_reply_under_a_floor_costs_one_page_of_them(
    site: Site, forum: Tieba, collect: Collect, bus: MemoryBus
) -> None:
    source = entry("吧", site.url + "/f?kw=a", kind="forum")
    collect(source)
    assert comment_pages(site) == ["3", "2", "1"]
    assert collect(source, now=NOW.replace(minute=10))[0].new == 0
    assert comment_pages(site) == []
    forum.under = 26
    result = collect(source, now=NOW.replace(minute=20))[0]
    assert (result.state, result.new, result.withdrawn) == ("ok", 1, 0)
    assert comment_pages(site) == ["3", "2"]  # the second one held nothing new
    assert len(posts(bus)) == len({p.id for p in posts(bus)}) == 29


def test_a_check_in_place_of_folded_replies_is_blocked(site: Site, forum: Tieba, collect: Collect) -> None:
    forum.blocked = True
    result = collect(entry("吧", site.url + "/f?kw=a", kind="forum"))[0]
    assert (result.state, result.reason) == ("blocked", "captcha")


def test_an_author_is_the_same_on_a_floor_and_under_one() -> None:
    author = '{"author":{"user_id":5,"user_name":"zh","portrait":"tb.1.z?t=1"},"content":{"post_id":9,"post_no":2}}'
    source = FLOOR.format(data=author, pid=9, number=2, under=1, nested=replies(1))
    page = read(f"{HEAD}{source}</body></html>", "http://tieba.example/p/71")
    assert [f.author_id for f in page.floors] == ["tb.1.z", "tb.1.z"]
    assert page.more == []


def test_cards_of_the_newer_board_page_are_threads() -> None:
    card = """<div class="thread-card"><a href="/p/71?from=list"><div class="thread-title">楼道的灯</div></a>
    <span class="threadlist_rep_num">1.2万</span></div><div class="thread-card"><a href="/ad">广告</a></div>"""
    page = read(f"{HEAD}{card}</body></html>", "http://tieba.example/f?kw=a")
    assert [(r.tid, r.title, r.replies, r.url) for r in page.rows] == [
        ("71", "楼道的灯", 12000, "http://tieba.example/p/71")
    ]


@pytest.mark.parametrize("path", ["/f?kw=a", "/p/71", "/p/comment?tid=71&pid=9&pn=2"])
@pytest.mark.parametrize("body", [CHECK, "blocked"])
def test_a_block_is_never_an_empty_page(path: str, body: str) -> None:
    page = parse_page(
        body.encode(), "text/html; charset=utf-8", f"http://tieba.example{path}", NOW, "Asia/Shanghai", "tieba"
    )
    assert (page.kind, page.notice) == ("notice", "captcha")


def test_a_page_of_folded_replies_leads_to_the_one_before_it() -> None:
    page = read(replies(13, 10), "http://tieba.example/p/comment?tid=71&pid=901&pn=2")
    assert [(f.pid, f.parent, f.comment, f.text) for f in page.floors] == [
        (str(n), "901", True, f"楼里第{n}条") for n in (8010, 8011, 8012)
    ]
    assert page.floors[0].published_at == datetime(2026, 11, 21, 3, 10, tzinfo=UTC)
    assert page.more == ["http://tieba.example/p/comment?tid=71&pid=901&pn=1"]

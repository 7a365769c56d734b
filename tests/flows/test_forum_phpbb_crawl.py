"""A phpBB forum over rounds: its pages are named by how many posts come before them."""

import re
from pathlib import Path

from local_site import NOW, Collect, Reply, Request, Site, entry

FOOT = '<a href="https://www.phpbb.com/">phpBB</a></body></html>'
ROW = """<li class="row"><dl><dt><a href="./{link}" class="{kind}">{title}</a></dt><dd class="posts">{count}</dd>
<dd class="lastpost"><span><time datetime="2026-11-21T10:{minute:02}:00+00:00">x</time></span></dd></dl></li>"""
POST = """<div id="p{pid}" class="post"><p class="author">由 <strong><span class="username">渔人</span></strong> »
<time datetime="2026-11-21T10:{minute:02}:00+00:00">x</time></p><div class="content">第{pid}条说了些话</div></div>"""


class Phpbb:
    """One board, one thread, ten posts a page."""

    def __init__(self, posts: int) -> None:
        self.posts = posts
        self.failing: set[str] = set()
        """Ends of addresses that answer 500."""
        self.members_only = False
        self.strange = False

    def answer(self, request: Request) -> Reply:
        path = request.path
        minute = self.posts
        if path == "/robots.txt":
            return Reply(b"", 404)
        if any(path.endswith(end) for end in self.failing):
            return Reply(b"", 500)
        if "viewtopic" in path and self.strange:
            body = "<div>这一楼长得不像一楼</div>"
        elif "viewtopic" in path:
            match = re.search(r"start=(\d+)", path)
            start = int(match[1]) if match else 0
            posts = "".join(POST.format(pid=100 + n, minute=n) for n in range(start, min(start + 10, self.posts)))
            links = "".join(
                f'<li><a href="./viewtopic.php?f=2&amp;t=7{f"&amp;start={s}" if s else ""}">{s // 10 + 1}</a></li>'
                for s in range(0, self.posts, 10)
                if s != start
            )
            title = '<h2 class="topic-title"><a href="./viewtopic.php?f=2&amp;t=7">潮汛</a></h2>'
            body = f'{title}<div class="pagination">{links}</div>{posts}'
        elif "viewforum" in path and self.members_only:
            body = '<form><input type="password"></form>'
        elif "viewforum" in path:
            link = "viewtopic.php?f=2&amp;t=7"
            body = ROW.format(link=link, kind="topictitle", title="潮汛", count=self.posts - 1, minute=minute)
        else:
            body = ROW.format(
                link="viewforum.php?f=2", kind="forumtitle", title="水上", count=self.posts, minute=minute
            )
        page = f'<html><body id="phpbb"><ul>{body}</ul>{FOOT}'
        return Reply(page.encode(), headers={"content-type": "text/html; charset=utf-8"})


class _Routes(dict[str, object]):
    def __init__(self, forum: Phpbb) -> None:
        super().__init__()
        self.forum = forum

    def get(self, _path: str, _default: object = None) -> object:
        return self.forum.answer


def test_a_growing_phpbb_thread_is_followed(site: Site, collect: Collect, tmp_path: Path) -> None:
    forum = Phpbb(25)
    site.routes = _Routes(forum)  # type: ignore[assignment]
    source = entry("论坛", site.url + "/", kind="forum")
    assert collect(source)[0].new == 25
    assert collect(source, now=NOW.replace(minute=10))[0].new == 0
    forum.posts = 42
    site.requests.clear()
    result = collect(source, now=NOW.replace(minute=20))[0]
    assert (result.state, result.new, result.changed, result.withdrawn) == ("ok", 17, 0, 0)
    read = [r.path for r in site.requests if "viewtopic" in r.path]
    assert [re.sub(r".*start=", "", path) for path in read] == ["20", "30", "40"]


def test_a_thread_whose_reading_broke_off_goes_on_where_it_stopped(
    site: Site, collect: Collect, tmp_path: Path
) -> None:
    forum = Phpbb(45)
    forum.failing = {"start=20"}
    site.routes = _Routes(forum)  # type: ignore[assignment]
    source = entry("论坛", site.url + "/", kind="forum")
    assert collect(source)[0].new == 20
    forum.failing = {"viewtopic.php?f=2&t=7"}  # its first page
    result = collect(source, now=NOW.replace(minute=10))[0]
    assert (result.state, result.new, result.withdrawn) == ("ok", 25, 0)


def test_a_board_for_members_is_blocked_as_a_source_and_asked_for_once_as_a_board(site: Site, collect: Collect) -> None:
    forum = Phpbb(3)
    forum.members_only = True
    site.routes = _Routes(forum)  # type: ignore[assignment]
    result = collect(entry("版面", site.url + "/viewforum.php?f=2", kind="forum"))[0]
    assert (result.state, result.reason) == ("blocked", "login-required")
    source = entry("论坛", site.url + "/", kind="forum")
    assert [collect(source, now=NOW.replace(minute=m))[0].state for m in (20, 30)] == ["ok", "ok"]
    assert len([r for r in site.requests if "viewforum" in r.path]) == 2
    forum.members_only = False
    assert collect(source, now=NOW.replace(hour=NOW.hour + 2))[0].new == 3


def test_threads_that_nobody_can_read_are_broken_not_quiet(site: Site, collect: Collect) -> None:
    forum = Phpbb(3)
    forum.strange = True
    site.routes = _Routes(forum)  # type: ignore[assignment]
    source = entry("论坛", site.url + "/", kind="forum")
    result = collect(source)[0]
    assert (result.state, result.reason, result.new) == ("broken", "not-a-forum", 0)
    forum.strange = False
    assert collect(source, now=NOW.replace(minute=10))[0].new == 3

"""A small Discuz!-like forum a test can write in: threads grow, posts go, boards close. Texts are invented."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from local_site import Reply, Request, Site

PER_PAGE = 3
ROWS_PER_PAGE = 4
SHANGHAI = timedelta(hours=8)


@dataclass
class Post:
    pid: int
    text: str
    author: str = "望汐的风"
    at: datetime = datetime(2026, 11, 20, 1, 0)
    shielded: bool = False
    comments: tuple[str, ...] = ()


@dataclass
class Thread:
    tid: int
    title: str
    posts: list[Post] = field(default_factory=list)
    sticky: bool = False
    gone: bool = False
    denied: bool = False

    @property
    def last(self) -> datetime:
        return max(p.at for p in self.posts)


class Forum:
    """Boards of threads behind a Site's routes. Every page is made when it is asked for."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.boards: dict[int, list[Thread]] = {}
        self.denied: set[int] = set()
        self.fails: dict[str, int] = {}
        """Path -> how many more times it answers 500."""
        self.counts = True
        """Whether the home page shows counters and last posts."""
        self.vague = ""
        """`always` or `mobile`: times are told as days ago, also or not to those who ask for the full version."""
        site.routes = _Routes(self)  # type: ignore[assignment]

    def thread(self, tid: int, board: int = 2, *, replies: int = 0, title: str = "", days: float = 1) -> Thread:
        start = datetime(2026, 11, 21, 10, 0) - timedelta(days=days)
        posts = [
            Post(tid * 100 + i, f"第{tid}帖的第{i + 1}层说了些事", at=start + timedelta(minutes=i))
            for i in range(replies + 1)
        ]
        made = Thread(tid, title or f"第{tid}帖的标题", posts)
        self.boards.setdefault(board, []).append(made)
        return made

    def answer(self, request: Request) -> Reply:
        path = request.path
        if path == "/robots.txt":
            return Reply(b"", 404)
        if self.fails.get(path, 0) > 0:
            self.fails[path] -= 1
            return Reply(b"oops", 500)
        if match := re.search(r"fid=(\d+)", path):
            return self._html(self._board(int(match[1]), self._page_of(path)))
        if match := re.search(r"tid=(\d+)", path):
            vague = self.vague == "always" or (self.vague == "mobile" and "mobile=no" not in path)
            return self._thread(int(match[1]), self._page_of(path), vague=vague)
        return self._html(self._home())

    def _page_of(self, path: str) -> int:
        match = re.search(r"page=(\d+)", path)
        return int(match[1]) if match else 1

    def _html(self, body: str, status: int = 200) -> Reply:
        page = f'<html><head><meta name="generator" content="Discuz! X3.5"></head><body>{body}</body></html>'
        return Reply(page.encode(), status, {"content-type": "text/html; charset=utf-8"})

    def _home(self) -> str:
        rows = []
        for fid, threads in self.boards.items():
            there = [t for t in threads if not t.gone]
            count = sum(len(t.posts) for t in there)
            last = max((t for t in there), key=lambda t: t.last, default=None)
            told = ""
            if last and self.counts:
                told = f"<td>{len(there)} / {count}</td><td>{last.last + SHANGHAI:%Y-%m-%d %H:%M}</td>"
            rows.append(
                f'<tr><td><h2><a href="forum.php?mod=forumdisplay&fid={fid}">版块{fid}</a></h2></td>{told}</tr>'
            )
        return f"<table>{''.join(rows)}</table>"

    def _message(self, words: str, status: int = 200) -> Reply:
        return self._html(f'<div id="messagetext" class="alert_error"><p>{words}</p></div>', status)

    def _board(self, fid: int, page: int) -> str:
        if fid in self.denied:
            return '<div id="messagetext"><p>抱歉，您没有权限访问该版块</p></div>'
        threads = sorted(
            (t for t in self.boards.get(fid, []) if not t.gone), key=lambda t: (not t.sticky, -t.last.timestamp())
        )
        normal = [t for t in threads if not t.sticky]
        shown = [t for t in threads if t.sticky] + normal[(page - 1) * ROWS_PER_PAGE : page * ROWS_PER_PAGE]
        rows = "".join(self._row(t) for t in shown)
        return f'<div id="threadlist"><table>{rows}</table></div>' + self._pager(
            f"forumdisplay&fid={fid}", page, len(normal), ROWS_PER_PAGE
        )

    def _row(self, t: Thread) -> str:
        kind = "stick" if t.sticky else "normal"
        link = f'<a class="s xst" href="forum.php?mod=viewthread&tid={t.tid}&extra=page%3D1">{t.title}</a>'
        counts = f'<td class="num"><a>{len(t.posts) - 1}</a><em>9</em></td>'
        last = f'<td class="by"><cite>b</cite><em>{t.last + SHANGHAI:%Y-%m-%d %H:%M}</em></td>'
        first = '<td class="by"><cite>a</cite><em>x</em></td>'
        return f'<tbody id="{kind}thread_{t.tid}"><tr><th>{link}</th>{first}{counts}{last}</tr></tbody>'

    def _pager(self, mod: str, page: int, count: int, size: int) -> str:
        pages = range(1, (max(count, 1) - 1) // size + 2)
        links = "".join(
            f"<strong>{n}</strong>" if n == page else f'<a href="forum.php?mod={mod}&page={n}">{n}</a>' for n in pages
        )
        return f'<div class="pg">{links}</div>' if len(pages) > 1 else ""

    def _thread(self, tid: int, page: int, *, vague: bool = False) -> Reply:
        thread = next((t for threads in self.boards.values() for t in threads if t.tid == tid and not t.gone), None)
        if thread is None:
            return self._message("抱歉，指定的主题不存在或已被删除或正在被审核", 404)
        if thread.denied:
            return self._message("抱歉，本帖要求阅读权限高于 20 才能浏览")
        last_page = (len(thread.posts) - 1) // PER_PAGE + 1
        page = min(page, last_page)
        first = (page - 1) * PER_PAGE
        floors = "".join(self._floor(p, first + i + 1) for i, p in enumerate(thread.posts[first : first + PER_PAGE]))
        if vague:
            floors = re.sub(r"发表于 [\d: -]+", "发表于 1 天前", floors)
        pager = self._pager(f"viewthread&tid={tid}", page, len(thread.posts), PER_PAGE)
        return self._html(
            f'<h1><span id="thread_subject">{thread.title}</span></h1><div id="postlist">{floors}</div>{pager}'
        )

    def _floor(self, post: Post, number: int) -> str:
        words = f'<td class="t_f" id="postmessage_{post.pid}">{post.text}</td>'
        body = '<td><div class="locked">提示: <em>该帖被管理员或版主屏蔽</em></div></td>' if post.shielded else words
        notes = "".join(
            f'<div class="pstl"><div class="psta"><a href="home.php?mod=space&uid=9">路人</a></div>'
            f'<div class="psti">{said}<span class="xg1">发表于 2026-11-20 12:00</span></div></div>'
            for said in post.comments
        )
        who = f'<a href="home.php?mod=space&uid={len(post.author)}">{post.author}</a>'
        return (
            f'<div id="post_{post.pid}"><table><tr><td><div class="authi">{who}</div></td><td><strong>'
            f'<a id="postnum{post.pid}">{number}#</a></strong><em id="authorposton{post.pid}">发表于 '
            f"{post.at + SHANGHAI:%Y-%m-%d %H:%M:%S}</em></td></tr><tr>{body}</tr></table>"
            f'<div id="comment_{post.pid}" class="cm">{notes}</div></div>'
        )


class _Routes(dict[str, object]):
    def __init__(self, forum: Forum) -> None:
        super().__init__()
        self.forum = forum

    def get(self, _path: str, _default: object = None) -> object:  # type: ignore[override]
        return self.forum.answer

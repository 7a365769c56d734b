"""A forum, crawled: boards, their changed threads newest first, every floor of every page as a post.

Kept in small steps (`visit.keep`), so a process killed anywhere reads a few pages again and loses nothing. A page that
cannot be read costs its thread one visit; only a forum that refuses or fails as a whole ends the visit.
"""

import time
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

from flows import ids
from flows.fetching import FetchProblem
from flows.found import Found
from flows.sources import anyforum, discuz, forum_floors, mybb, phpbb, tieba
from flows.sources.forum_memory import COMMENTS_KEPT, BoardState, Owed, Thread, epoch, pack_pids, unpack, unpack_pids
from flows.sources.forum_page import Board, Floor, Page, Row
from flows.visit import Visit

JOB = "flows.sources.anyforum:parse_page"
BATCH = 60  # posts kept at once: the most a crash makes us read again
BOARD_AGE = 3600  # seconds after which a board is looked at even when the home page shows nothing new there
FRESH = 48 * 3600  # threads with a reply this recent are read again for edits ...
REREAD_AFTER = 6 * 3600  # ... this long after they were read last,
REREAD_MOST = 3  # so many in one visit
PROBES_MOST = 5  # threads missing from their board that are asked for in one visit
FAILURES_MOST = 4  # in a row: then it is the forum, not the page
LOST_SHARE = 5  # a visit that lost more than one in so many threads was not well
TRIES_MOST = 6  # visits after which a thread that never answers is given up until it changes
VISIT_SHARE = 0.8  # of the time a visit may take; a longer first reading goes on in the next visits
CUT_OFF_TRIES = 2
REFUSED = ("http-401", "http-403", "robots")  # this page is not for us; the next may be
ABSENT = ("http-404", "http-410")
PAGES_MOST = 1_000  # of one thread or board
NESTED_PAGES = 20  # a longer thread is not read whole for replies under its earlier floors
COMMENTS_MOST = 30  # floors of one page whose comments are read to their end
COMMENT_PAGES_MOST = 30  # of the comments under one floor
SETTLED = timedelta(hours=1)

AT_PAGE = {"discuz": discuz.at_page, "mybb": mybb.at_page, "tieba": tieba.at_page, "any": anyforum.at_page}


async def collect(visit: Visit) -> None:
    """Read what is new in a forum. Raises FetchProblem; what was kept before stays kept."""
    await _Crawl(visit).run()


class _Crawl:
    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.memory = unpack(visit.cursor)
        self.now = int(visit.now.timestamp())
        self.began = time.monotonic()
        self.host = scope_of(visit.entry.url)
        self.found: list[Found] = []
        self.withdrawn: list[str] = []
        self.failures = 0
        """Pages in a row that could not be had."""
        self.lost: set[str] = set()
        """Boards and threads that could not be read in this visit."""
        self.read = 0
        self.problem: FetchProblem | None = None
        self.unfinished: set[str] = set()
        self.listed: set[str] = set()
        self.probes: dict[str, Thread] = {}
        self.again: set[tuple[str, int]] = set()
        self.marks: dict[str, str] = {}
        self.links: dict[str, dict[int, str]] = {}

    async def run(self) -> None:
        try:
            await self._run()
        finally:
            if self.found or self.withdrawn:
                await self._flush()
        await self._flush(always=True)
        if self.problem is not None and len(self.lost) * LOST_SHARE > self.read + len(self.lost):
            raise self.problem

    async def _run(self) -> None:
        url = discuz.full_version(self.visit.entry.url)
        home = await self._page(url)
        if home.engine == "discuz" and home.kind != "thread" and not home.boards and not discuz.board_id(url):
            home = await self._page(urljoin(url, "forum.php"))  # the root is a portal
        _refuse(home)
        self.memory.engine = home.engine
        if home.kind == "thread":
            await self._thread(Row(tid=home.tid, url=url), "", opened=home)
            return
        queue = self._queue(home, url)
        owed = [(o.fid, o.row(t)) for t, o in self.memory.pending.items()]
        opened = {queue[0][0]: home} if home.kind == "board" else {}
        while queue or owed:
            queue = await self._depth(queue, owed, opened)
            owed, opened = [], {}
            if self._late():
                return
        for tid, owed_now in [(t, o) for t, o in self.memory.pending.items() if t in self.lost]:
            await self._thread(owed_now.row(tid), owed_now.fid)
        await self._look_for_missing()
        await self._read_again()

    def _late(self) -> bool:
        """Whether this visit has had its time: what is new must not wait for the end of a long first reading."""
        return time.monotonic() - self.began > VISIT_SHARE * self.visit.manners.visit_seconds

    def _queue(self, home: Page, url: str) -> list[tuple[str, int]]:
        """(board, page) to begin with: the board asked for, or those of the home page that show something new."""
        if home.kind == "board":
            fid = _board_of(home.engine, url)
            self._note_board(Board(id=fid, url=url), child=False)
            self._note_boards(home.boards, child=True)
            return [(fid, 1), *((f, 1) for f, s in self.memory.boards.items() if s.child and f != fid)]
        self._note_boards(home.boards, child=False)
        # hashed: what a board shows of its last post names its author
        marks = {b.id: ids.hashed(b.mark) if b.mark else "" for b in home.boards}
        known = [b.id for b in home.boards] + [f for f, s in self.memory.boards.items() if s.child and f not in marks]
        return [(fid, 1) for fid in known if self._worth_it(fid, marks.get(fid, ""))]

    def _worth_it(self, fid: str, mark: str) -> bool:
        state = self.memory.boards[fid]
        same = (bool(mark) or state.denied) and mark == state.mark and state.complete
        if not same or self.now - state.checked >= BOARD_AGE:
            state.mark = ""  # written again when the board has been read through
            self.unfinished.discard(fid)
            self.marks[fid] = mark
            return True
        return False

    def _note_boards(self, boards: Sequence[Board], *, child: bool) -> None:
        for board in boards:
            self._note_board(board, child=child)

    def _note_board(self, board: Board, *, child: bool) -> None:
        state = self.memory.boards.get(board.id)
        if state is None:
            self.memory.boards[board.id] = BoardState(url=board.url, child=child)
        else:
            state.url, state.child = board.url, state.child and child

    async def _depth(
        self, queue: list[tuple[str, int]], owed: list[tuple[str, Row]], opened: dict[str, Page]
    ) -> list[tuple[str, int]]:
        """One page of each queued board, then their changed threads, newest first. Returns what comes next."""
        work: dict[str, tuple[str, Row]] = {r.tid: (f, r) for f, r in owed}
        read: list[tuple[str, int, Page]] = []
        following: list[tuple[str, int]] = []
        for fid, number in queue:
            page = opened.get(fid) or await self._board_page(fid, number)
            if page is not None and fid in opened:
                self._learn_links(fid, number, page)
            if page is None:
                if fid in self.lost and (fid, number) not in self.again:
                    self.again.add((fid, number))
                    following.append((fid, number))
                continue
            self.lost.discard(fid)
            for board in page.boards:
                if board.id not in self.memory.boards:
                    self._note_board(board, child=True)
                    following.append((board.id, 1))
            self.listed.update(r.tid for r in page.rows)
            self._suspect(fid, page)
            for row in page.rows:
                if not row.moved and self.memory.changed(row):
                    work.setdefault(row.tid, (fid, row))
            read.append((fid, number, page))
        fresh = {tid for tid, (f, r) in work.items()}
        for fid, row in sorted(work.values(), key=lambda w: -epoch(w[1].last_at)):
            if self._late():
                return []  # the boards stay unfinished: the next visit goes on, after what is new by then
            await self._thread(row, fid)
        for fid, number, page in read:
            if following_page := self._after(fid, number, page, fresh):
                following.append((fid, following_page))
        return following

    def _after(self, fid: str, number: int, page: Page, fresh: set[str]) -> int:
        """The page of a board to read next, 0 when it has been read through."""
        state = self.memory.boards[fid]
        rows = [r for r in page.rows if not r.sticky and not r.moved]
        times = [epoch(r.last_at) for r in rows if r.last_at is not None]
        first_time = not state.until
        if number == 1 and first_time:
            state.until = self.now
        pages = page.pages + (number - page.page if page.engine == "any" else 0)
        last = number >= min(pages, PAGES_MOST) or not page.rows
        news = any(r.tid in fresh for r in rows)
        newer = bool(times) and not first_time and min(times) >= state.until - SETTLED.total_seconds()
        if not state.complete and (first_time or number >= state.depth):
            state.depth = max(state.depth, number)
            if not last:
                return number + 1
            state.complete = True
        if not last and (news or newer):
            return number + 1
        state.until = self.now if state.complete or not first_time else state.until
        if not state.complete:
            return max(number + 1, state.depth)
        state.checked = self.now
        state.mark = "" if fid in self.unfinished else self.marks.get(fid, "")
        return 0

    async def _board_page(self, fid: str, number: int) -> Page | None:
        state = self.memory.boards[fid]
        address = _address(self.memory.engine, state.url, number, self.links.get(fid, {}))
        if not address:
            return None
        try:
            page = await self._page(address)
        except FetchProblem as problem:
            state.denied = problem.reason in REFUSED
            if problem.reason not in REFUSED:
                self._survive(problem, fid, fid)
            return None
        state.denied = page.notice == "denied"
        if state.denied:  # until it shows something new, or for the time that any board may stay unseen
            state.complete, state.checked, state.mark = True, self.now, self.marks.get(fid, "")
        if page.notice in ("captcha", "closed"):
            _refuse(page)
        self._learn_links(fid, number, page)
        return page if page.kind in ("board", "home") else None

    def _learn_links(self, fid: str, number: int, page: Page) -> None:
        """Addresses of a board's further pages. Unknown software may count from zero: what was asked for counts."""
        shift = number - page.page if page.engine == "any" else 0
        self.links.setdefault(fid, {}).update({n + shift: address for n, address in page.links.items()})

    async def _thread(self, row: Row, fid: str, *, opened: Page | None = None, whole: bool = False) -> None:
        """Every floor of a thread from its last known page on. What cannot be read is owed to the next visit."""
        known = self.memory.threads.get(row.tid)
        shrunk = known is not None and row.replies is not None and row.replies < known.replies
        start = 1 if known is None or shrunk or whole else known.pages
        floors, pages, page, problem = await self._floors(row, start, opened)
        if start > 1 and problem is None and self._hidden_growth(row, known, floors):
            start = 1
            floors, pages, page, problem = await self._floors(row, start, None)
        if page.notice in ("captcha", "closed"):
            _refuse(page)
        if not floors:
            if page.notice == "gone" or (problem is not None and problem.reason in ABSENT):
                self._gone(row.tid)
            elif problem is not None and problem.reason not in REFUSED:
                self._owe(row, fid, problem)
            elif page.kind == "unknown":  # not what a thread looks like here: never take that for silence
                self._owe(row, fid, FetchProblem("broken", "not-a-forum"))
            else:  # no right to read it, or nothing readable in it: not again until it changes
                self._settle(row, fid, known, unpack_pids(known.pids) if known else [], known.pages if known else 1)
            return
        self.read += 1
        self.lost.discard(row.tid)
        before = unpack_pids(known.pids) if known else []
        if page.engine == "any":
            if start == 1:
                self.memory.from_zero = forum_floors.counts_from_zero(floors)
            seen_till_now = before if start > 1 else []
            floors = forum_floors.placed(floors, seen_till_now, from_zero=self.memory.from_zero)
        opener = before[0] if before and start > 1 else floors[0].pid
        title = page.title
        self.found += [f for floor in floors if (f := self._post(floor, row, opener, title, floors)) is not None]
        seen = {f.pid for f in floors if not f.comment}
        if problem is None:
            self._withdraw_missing(page.engine, row.tid, before, floors, whole=start == 1)
        if start > 1:
            first = next((i for i, p in enumerate(before) if p in seen), len(before))
            seen_before = before[:first]
        else:
            seen_before = []
        kept = [] if problem is None else [p for p in before if p not in seen]
        pids = [*seen_before, *(f.pid for f in floors if not f.comment), *kept]
        comments = [f.pid for f in floors if f.comment]
        self._settle(row, fid, known, pids if page.engine == "any" else sorted(pids, key=_numeric), pages, comments)
        if problem is not None:  # what came before the page that failed is kept; the rest is owed
            self._owe(row, fid, problem)
        if len(self.found) >= BATCH:
            await self._flush()

    def _owe(self, row: Row, fid: str, problem: FetchProblem) -> None:
        """Try this thread again, now and in the next visits. Raises the problem when it is the whole forum's."""
        owed = Owed(row.url, fid, -1 if row.replies is None else row.replies, epoch(row.last_at))
        if row.tid not in self.lost:  # once a visit
            self.memory.owe(row.tid, owed)
        if self.memory.pending[row.tid].tries > TRIES_MOST:
            self._settle(row, fid, self.memory.threads.get(row.tid), [], 1)
        self._survive(problem, fid, row.tid)

    async def _floors(
        self, row: Row, start: int, opened: Page | None
    ) -> tuple[list[Floor], int, Page, FetchProblem | None]:
        """(floors, the last page read, the first page read, why it ends early) of a thread from page `start` on."""
        floors: dict[str, Floor] = {}
        links: dict[int, str] = {}
        number, head = start, opened
        page, problem, last = opened, None, start
        while True:
            if page is None:
                address = _address(self.memory.engine, row.url, number, links, self.memory.step)
                if not address and not floors:  # how its pages are named is not known yet
                    address = row.url
                try:
                    page = await self._page(address) if address else None
                except FetchProblem as failed:
                    problem = failed
                    break
            if page is None or page.kind != "thread":
                break
            page = await self._exact(page, _address(self.memory.engine, row.url, number, links, self.memory.step))
            head, last = head or page, page.page
            links.update(page.links)
            self.memory.step = phpbb.step_of(page.links) or self.memory.step
            new = [f for f in page.floors if f.pid not in floors]
            floors.update((f.pid, f) for f in [*new, *await self._comments(row.tid, page.more)])
            if not new or page.page >= min(page.pages, PAGES_MOST):
                break
            number, page = page.page + 1, None
        return list(floors.values()), last, head or page or Page(engine=self.memory.engine), problem

    async def _exact(self, page: Page, address: str) -> Page:
        """The full page in place of a mobile one that tells its times as `6 小时前` only, where the forum has both."""
        vague = page.engine == "discuz" and any(f.published_at and not f.exact for f in page.floors if not f.comment)
        if not vague or self.memory.desktop or not address:
            return page
        self.memory.desktop = "no"
        try:
            full = await self._page(discuz.as_desktop(address))
        except FetchProblem:
            return page
        if not {f.pid for f in page.floors} <= {f.pid for f in full.floors} or not all(f.exact for f in full.floors):
            return page
        self.memory.desktop = "yes"
        return full

    async def _comments(self, tid: str, more: Sequence[str]) -> list[Floor]:
        """Comments under floors beyond those on the thread's page, newest first until they are known.

        What cannot be had of them costs nobody else.
        """
        found: list[Floor] = []
        for address in more[:COMMENTS_MOST]:
            following, left = [address], COMMENT_PAGES_MOST
            while following and left and not self._late():
                try:
                    page = await self._page(following[0])
                except FetchProblem as problem:
                    if problem.state == "blocked" and problem.reason not in REFUSED:
                        raise
                    return found  # most sites close these pages to robots: then they stay unread
                if page.notice in ("captcha", "closed"):
                    _refuse(page)
                found += page.floors
                following, left = page.more if self._unknown(tid, page.floors) else [], left - 1
        return found

    def _unknown(self, tid: str, floors: Sequence[Floor]) -> int:
        """How many of these were never published."""
        ids_ = {self._id(tid, f.pid) for f in floors}
        return len(ids_ - self.visit.recall(sorted(ids_)).keys())

    def _hidden_growth(self, row: Row, known: Thread | None, floors: Sequence[Floor]) -> bool:
        """Whether a thread grew by more than its last pages show: by replies under earlier floors (Tieba)."""
        if self.memory.engine != "tieba" or known is None or row.replies is None or known.pages > NESTED_PAGES:
            return False
        return row.replies - known.replies > self._unknown(row.tid, floors)

    def _settle(
        self,
        row: Row,
        fid: str,
        known: Thread | None,
        pids: Sequence[str],
        pages: int,
        comments: Sequence[str] = (),
    ) -> None:
        replies = row.replies if row.replies is not None else known.replies if known else -1
        last = epoch(row.last_at) or (known.last if known else 0)
        noted = dict.fromkeys([*(known.under(pids) if known else ()), *comments])
        said = " ".join(list(noted)[-COMMENTS_KEPT:])
        self.memory.learn(row.tid, Thread(fid, replies, last, pages, self.now, pack_pids(pids), row.url, said))

    def _post(self, floor: Floor, row: Row, opener: str, title: str, floors: Sequence[Floor]) -> Found | None:
        """A floor as an entry; None for one that says nothing (shielded, deleted, a picture alone)."""
        if floor.shielded or not (floor.text or (floor.pid == opener and title)):
            return None
        is_first = floor.pid == opener
        parent = "" if is_first else floor.parent or forum_floors.quoted(floor, floors) or opener
        who = floor.author_id or floor.author
        return Found(
            id=self._id(row.tid, floor.pid),
            title=title or row.title if is_first else "",
            text=floor.text,
            url=f"{row.url}#pid{floor.parent if floor.comment else floor.pid}",
            author=floor.author,
            author_id=f"{self.host}/{who}" if who else "",
            published_at=floor.published_at,
            kind="comment" if floor.comment else "post" if is_first else "reply",
            parent=self._id(row.tid, parent) if parent else None,
            floor=floor.floor or 0,
        )

    def _id(self, tid: str, pid: str) -> str:
        return ids.post_id("forum", f"{self.memory.engine}:{tid}:{pid}", "", scope=self.host)

    def _gone(self, tid: str) -> None:
        """The thread does not exist (any more)."""
        known = self.memory.threads.pop(tid, None)
        self.memory.pending.pop(tid, None)
        if known is not None:
            self.withdrawn += [self._id(tid, p) for p in (*unpack_pids(known.pids), *known.comments.split())]

    def _withdraw_missing(
        self, engine: str, tid: str, before: Sequence[str], floors: Sequence[Floor], *, whole: bool
    ) -> None:
        """Floors we know that are no longer where they were, and those emptied by a moderator."""
        shielded = [f.pid for f in floors if f.shielded and f.pid in before]
        missing = forum_floors.missing(engine, before, floors, whole=whole)
        gone = [*shielded, *missing]
        known = self.memory.threads.get(tid)
        self.withdrawn += [self._id(tid, p) for p in (*gone, *(known.under(gone) if known else ()))]

    def _suspect(self, fid: str, page: Page) -> None:
        """Note remembered threads that should stand between this page's rows and do not."""
        times = [epoch(r.last_at) for r in page.rows if r.last_at is not None and not r.sticky and not r.moved]
        telling = len(times) > 1 and len(times) * 2 >= len(page.rows)
        alone = page.page == 1 and page.pages == 1 and bool(page.rows) and (telling or not times)
        for tid, known in self.memory.threads.items():
            between = telling and min(times) < known.last < max(times)
            if known.fid == fid and (between or (alone and (known.last or not times))):
                self.probes[tid] = known

    async def _look_for_missing(self) -> None:
        """Ask for threads that vanished from their board: deleted ones are withdrawn."""
        for tid, known in [p for p in self.probes.items() if p[0] not in self.listed][:PROBES_MOST]:
            if tid in self.memory.threads:
                row = known.row(tid)
                await self._thread(row, "")

    async def _read_again(self) -> None:
        """Lively threads once more, for what was edited or removed in them."""
        stale = [
            (k.read, tid)
            for tid, k in self.memory.threads.items()
            if self.now - k.last < FRESH and self.now - k.read >= REREAD_AFTER and k.pids
        ]
        for _, tid in sorted(stale)[:REREAD_MOST]:
            known = self.memory.threads[tid]
            row = known.row(tid)
            await self._thread(row, known.fid, whole=True)

    async def _page(self, url: str) -> Page:
        """A page, whole. Raises FetchProblem; `truncated` when it never arrives to its end."""
        size = -1
        if self.memory.desktop == "yes":
            url = discuz.as_desktop(url)
        for attempt in range(CUT_OFF_TRIES + 1):
            answer = await self.visit.get(url)
            self.failures = 0
            page: Page = await self.visit.parse(
                JOB,
                answer.body,
                answer.content_type,
                answer.url,
                now=answer.date,
                engine=self.memory.engine or self.visit.entry.engine,
            )
            if page.whole or self.memory.openended:
                return page
            if attempt and len(answer.body) == size:
                self.memory.openended = True
                return page
            size = len(answer.body)
        raise FetchProblem("broken", "truncated")

    def _survive(self, problem: FetchProblem, fid: str, lost: str) -> None:
        """Go on after a page that could not be had. Raises the problem when it is the whole forum's."""
        if problem.state == "blocked" and problem.reason not in REFUSED:
            raise problem
        self.failures += 1
        self.problem = problem
        self.unfinished.add(fid)
        self.lost.add(lost)
        if self.failures >= FAILURES_MOST:
            raise problem

    async def _flush(self, *, always: bool = False) -> None:
        if self.found or self.withdrawn or always:
            found, withdrawn, self.found, self.withdrawn = self.found, self.withdrawn, [], []
            await self.visit.keep(found, withdrawn=withdrawn, cursor=self.memory.pack())


def scope_of(url: str) -> str:
    """The site's host, alike for its mobile and desktop twins."""
    host = urlsplit(url).netloc.rpartition("@")[2].lower()
    for twin in ("www.", "m.", "wap.", "3g.", "mobile."):
        host = host.removeprefix(twin) if host.count(".") > 1 else host
    return host


def _refuse(page: Page) -> None:
    """Raise what a notice in place of the forum means."""
    match page.notice:
        case "captcha":
            raise FetchProblem("blocked", "captcha")
        case "denied":
            raise FetchProblem("blocked", "login-required")
        case "closed":
            raise FetchProblem("broken", "site-closed")
    if page.kind in ("notice", "unknown"):
        raise FetchProblem("broken", "not-a-forum")


def _board_of(engine: str, url: str) -> str:
    module = anyforum.ENGINES.get(engine)
    named: str = module.board_id(url) if module is not None else anyforum.native(url)
    return named or url


def _address(engine: str, url: str, number: int, links: dict[int, str], step: int = 0) -> str:
    """Address of a page of a board or thread: as it was linked, else as the engine names pages; empty when unknown.

    step: posts a page of this forum's threads, as far as known; phpBB counts posts, not pages.
    """
    if number == 1:
        return url
    if number in links:
        return links[number]
    if engine == "phpbb":
        step = phpbb.step_of(links) or step
        return phpbb.at_start(url, step * (number - 1)) if step else ""
    return AT_PAGE[engine](url, number)


def _numeric(pid: str) -> tuple[int, str]:
    return (int(pid), "") if pid.isdigit() else (1 << 62, pid)

"""A forum, crawled: boards, their changed threads newest first, every floor of every page as a post.

Kept in small steps (`visit.keep`), so a process killed anywhere reads a few pages again and loses nothing. A page that
cannot be read costs its thread one visit; only a forum that refuses or fails as a whole ends the visit.
"""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urljoin

from flows import ids
from flows.fetching import FetchProblem
from flows.sources import discuz
from flows.sources.forum_asking import PAGES_MOST, REFUSED, address_of, board_of, refuse
from flows.sources.forum_memory import BoardState, epoch
from flows.sources.forum_page import Board, Page, Row
from flows.sources.forum_threads import Threads
from flows.visit import Visit

BOARD_AGE = 3600  # seconds after which a board is looked at even when the home page shows nothing new there
FRESH = 48 * 3600  # threads with a reply this recent are read again for edits ...
REREAD_AFTER = 6 * 3600  # ... this long after they were read last,
REREAD_MOST = 3  # so many in one visit
PROBES_MOST = 5  # threads missing from their board that are asked for in one visit
LOST_SHARE = 5  # a visit that lost more than one in so many threads was not well
SETTLED = timedelta(hours=1)


async def collect(visit: Visit) -> None:
    """Read what is new in a forum. Raises FetchProblem; what was kept before stays kept."""
    await _Crawl(visit).run()


class _Crawl(Threads):
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
        refuse(home)
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

    def _queue(self, home: Page, url: str) -> list[tuple[str, int]]:
        """(board, page) to begin with: the board asked for, or those of the home page that show something new."""
        if home.kind == "board":
            fid = board_of(home.engine, url)
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
        address = address_of(self.memory.engine, state.url, number, self.links.get(fid, {}))
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
            refuse(page)
        self._learn_links(fid, number, page)
        return page if page.kind in ("board", "home") else None

    def _learn_links(self, fid: str, number: int, page: Page) -> None:
        """Addresses of a board's further pages. Unknown software may count from zero: what was asked for counts."""
        shift = number - page.page if page.engine == "any" else 0
        self.links.setdefault(fid, {}).update({n + shift: address for n, address in page.links.items()})

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

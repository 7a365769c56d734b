"""Threads of a forum, read from their last known page on: floors as posts, comments, and what is gone."""

from collections.abc import Sequence

from flows.fetching import FetchProblem
from flows.found import Found
from flows.sources import forum_floors, phpbb
from flows.sources.forum_asking import PAGES_MOST, REFUSED, Asking, address_of, refuse
from flows.sources.forum_memory import COMMENTS_KEPT, Owed, Thread, epoch, pack_pids, unpack_pids
from flows.sources.forum_page import Floor, Page, Row

BATCH = 60  # posts kept at once: the most a crash makes us read again
TRIES_MOST = 6  # visits after which a thread that never answers is given up until it changes
ABSENT = ("http-404", "http-410")
NESTED_PAGES = 20  # a longer thread is not read whole for replies under its earlier floors
COMMENTS_MOST = 30  # floors of one page whose comments are read to their end
COMMENT_PAGES_MOST = 30  # of the comments under one floor


class Threads(Asking):
    """The threads of a crawl."""

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
            refuse(page)
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
                address = address_of(self.memory.engine, row.url, number, links, self.memory.step)
                if not address and not floors:  # how its pages are named is not known yet
                    address = row.url
                try:
                    page = await self._page(address) if address else None
                except FetchProblem as failed:
                    problem = failed
                    break
            if page is None or page.kind != "thread":
                break
            page = await self._exact(page, address_of(self.memory.engine, row.url, number, links, self.memory.step))
            head, last = head or page, page.page
            links.update(page.links)
            self.memory.step = phpbb.step_of(page.links) or self.memory.step
            new = [f for f in page.floors if f.pid not in floors]
            floors.update((f.pid, f) for f in [*new, *await self._comments(row.tid, page.more)])
            if not new or page.page >= min(page.pages, PAGES_MOST):
                break
            number, page = page.page + 1, None
        return list(floors.values()), last, head or page or Page(engine=self.memory.engine), problem

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
                    refuse(page)
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


def _numeric(pid: str) -> tuple[int, str]:
    return (int(pid), "") if pid.isdigit() else (1 << 62, pid)

"""Asking a forum for its pages: addresses, pages cut off, full versions, failures; and keeping what was read."""

import time
from urllib.parse import urlsplit

from flows import ids
from flows.fetching import FetchProblem
from flows.found import Found
from flows.sources import anyforum, discuz, mybb, phpbb, tieba
from flows.sources.forum_memory import Thread, unpack
from flows.sources.forum_page import Page
from flows.visit import Visit

JOB = "flows.sources.anyforum:parse_page"
FAILURES_MOST = 4  # in a row: then it is the forum, not the page
VISIT_SHARE = 0.8  # of the time a visit may take; a longer first reading goes on in the next visits
CUT_OFF_TRIES = 2
REFUSED = ("http-401", "http-403", "robots")  # this page is not for us; the next may be
AT_PAGE = {"discuz": discuz.at_page, "mybb": mybb.at_page, "tieba": tieba.at_page, "any": anyforum.at_page}
PAGES_MOST = 1_000  # of one thread or board


class Asking:
    """What a crawl of one forum knows in one visit, and how it asks."""

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

    def _late(self) -> bool:
        """Whether this visit has had its time: what is new must not wait for the end of a long first reading."""
        return time.monotonic() - self.began > VISIT_SHARE * self.visit.manners.visit_seconds

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

    def _id(self, tid: str, pid: str) -> str:
        return ids.post_id("forum", f"{self.memory.engine}:{tid}:{pid}", "", scope=self.host)


def scope_of(url: str) -> str:
    """The site's host, alike for its mobile and desktop twins."""
    host = urlsplit(url).netloc.rpartition("@")[2].lower()
    for twin in ("www.", "m.", "wap.", "3g.", "mobile."):
        host = host.removeprefix(twin) if host.count(".") > 1 else host
    return host


def refuse(page: Page) -> None:
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


def board_of(engine: str, url: str) -> str:
    """Native id of the board an address names, else the address."""
    module = anyforum.ENGINES.get(engine)
    named: str = module.board_id(url) if module is not None else anyforum.native(url)
    return named or url


def address_of(engine: str, url: str, number: int, links: dict[int, str], step: int = 0) -> str:
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

"""Weibo: keyword searches and account timelines of m.weibo.cn, the Open API, or RSSHub feeds. See docs/weibo.md."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from flows.fetching import FetchProblem
from flows.found import Found
from flows.sources import weibo_ids, weibo_places, weibo_rsshub, weibo_spans, weibo_status, weibo_walk
from flows.sources.weibo_ask import Api, Leaf, Missing, Mobile, Open, Place
from flows.sources.weibo_status import Status
from flows.sources.weibo_walk import Walk

if TYPE_CHECKING:
    from flows.visit import Visit

log = logging.getLogger(__name__)

MAX_PAGES = 50  # no search answers more
CAP_PAGES = 40  # one that ends here or later was cut by the site: it often ends at page 46 to 49
REQUESTS_A_VISIT = 300  # then the next visit goes on where this one stopped
WHOLE_A_VISIT = 80  # full texts asked for
CHECKS_A_VISIT = 3  # vanished posts asked for
FOLLOWED = timedelta(hours=24)  # posts this young are missed when they are no longer listed
WALLS = 2  # walks in a row that meet a wall: then it is the site, not the word
OF_THE_SITE = ("http-", "daily-budget", "robots")  # reasons that hold for every address of the site


async def collect(visit: "Visit") -> None:
    """One round: every search and timeline from the top down to what is known. Raises FetchProblem.

    One word behind a wall does not stop the others; the round is reported as blocked all the same. One that is not
    there or answers nonsense is named in `visit.partly`; it makes the source broken only when all are so.
    """
    if visit.entry.api == "rsshub":
        await weibo_rsshub.collect(visit)
        return
    api: Api = Open(visit) if visit.entry.api == "open" else Mobile(visit)
    await _Round(visit, api).run(weibo_places.places(visit.entry))


@dataclass
class _Round:
    visit: "Visit"
    api: Api
    cursor: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    wholes: int = 0
    checks: int = 0

    async def run(self, places: Sequence[Place]) -> None:
        named = [p for p in places if p.kind == "user" and not p.words.isdigit() and self.visit.entry.api == "mobile"]
        problems = [(p, FetchProblem("broken", "account-not-a-number")) for p in named]
        asked, places = len(places), [p for p in places if p not in named]
        if not places:
            raise FetchProblem("broken", "nothing-to-search" if not problems else problems[0][1].reason)
        names = {weibo_walk.key(p.name) for p in places}
        self.cursor = {k: v for k, v in self.visit.cursor.items() if k in names or not k.startswith("walk ")}
        turn = self.cursor.get("turn", "0")
        first = int(turn) % len(places) if turn.isdigit() else 0
        in_a_row = 0
        for step in range(len(places)):
            number = (first + step) % len(places)
            if self.visit.tally.requests >= REQUESTS_A_VISIT:
                await self.keep([], turn=str(number))
                break
            try:
                await self.walk(places[number])
                in_a_row = 0
            except FetchProblem as problem:
                problems.append((places[number], problem))
                in_a_row += not isinstance(problem, Missing)
                if in_a_row >= WALLS or (problem.state == "blocked" and problem.reason.startswith(OF_THE_SITE)):
                    await self.keep([], turn=str((number + 1) % len(places)))  # no word starves behind another
                    raise
        else:
            await self.keep([], turn="0")
        told = max((p for _, p in problems), key=lambda p: p.state == "blocked", default=None)
        if told is not None and (told.state == "blocked" or len(problems) == asked):
            raise told
        self.visit.partly |= {place.label: problem.reason for place, problem in problems}

    async def walk(self, place: Place) -> None:
        """One search or timeline. What was read is kept page by page."""
        key = weibo_walk.key(place.name)
        walk = Walk(place.name, weibo_walk.load(self.cursor.get(key, "")))
        more, capped = "", False
        while not walk.over:
            if walk.page > MAX_PAGES or self.visit.tally.requests >= REQUESTS_A_VISIT:
                capped = walk.page > MAX_PAGES
                break
            asked = walk.page
            leaf = await self.api.page(place, asked, more)
            if leaf.end and not leaf.statuses:
                capped = asked >= CAP_PAGES and not walk.stale
                walk.ended()
                break
            more = leaf.more if leaf.more != more else ""
            await self.settle(leaf, walk, key)
        if not walk.over and not capped:
            return
        if capped and place.kind == "keyword" and not place.span and not walk.stale:
            await self.narrow(place, walk)
        checked = await self.miss(walk)
        self.cursor[key] = weibo_walk.dump(walk.finished(checked))
        await self.keep([])

    async def settle(self, leaf: Leaf, walk: Walk, key: str) -> None:
        """Keep a page, full texts first, and with it how far the walk came."""
        mids = [s.mid for s in leaf.statuses]
        self.seen.update(mids)
        found, wall = await self.whole_texts(leaf.statuses)
        walk.read([s.mid for s in leaf.statuses if not s.pinned and not s.original])
        self.cursor[key] = weibo_walk.dump(walk.so_far())
        gone = [weibo_status.post_id(mid) for mid in leaf.gone]
        await self.keep(found, withdrawn=gone)
        if wall is not None:
            raise wall

    async def whole_texts(self, statuses: Sequence[Status]) -> tuple[list[Found], FetchProblem | None]:
        """What to keep of a page; long posts are completed once. A wall on the way is given back, not raised."""
        known = self.visit.recall([s.found.id for s in statuses if s.long])
        found: list[Found] = []
        wall: FetchProblem | None = None
        for status in statuses:
            whole = status.found.digest.removeprefix("cut ")
            old = known.get(status.found.id)
            if not status.long:
                found.append(status.found)
            elif old is not None and old.digest == whole:
                found.append(replace(status.found, digest=whole))  # published in full: the list shows no change
            elif wall is not None or self.wholes >= WHOLE_A_VISIT:
                found.append(status.found)
            else:
                self.wholes += 1
                try:
                    markup = await self.api.whole(status)
                except FetchProblem as problem:
                    if problem.state == "blocked":
                        wall = problem
                    markup = None
                found.append(_completed(status, markup))
        return found, wall

    async def miss(self, walk: Walk) -> list[str]:
        """Ask for young posts that should have been listed and were not: gone, or only out of the list?"""
        if not walk.listed:
            return []
        depth = min(walk.listed, key=int)
        missed = [m for m in walk.memory.done if m not in self.seen and int(m) > int(depth) and self._is_young(m)]
        checked: list[str] = []
        for mid in missed:
            if self.checks >= CHECKS_A_VISIT:
                break
            self.checks += 1
            checked.append(mid)
            try:
                state, statuses = await self.api.shown(mid)
            except FetchProblem as problem:
                log.info("not-checked", extra={"source": self.visit.entry.name, "reason": problem.reason})
                continue
            found, _ = await self.whole_texts([s for s in statuses if s.mid == mid])
            await self.keep(found, withdrawn=[weibo_status.post_id(mid)] if state == "gone" else [])
        return checked

    async def narrow(self, place: Place, walk: Walk) -> None:
        """Read what lies behind the page cap by asking for spans of time."""
        spans = weibo_spans.Spans.behind(walk, self.visit.now, self.visit.entry.timezone)
        while (span := spans.next()) is not None and self.visit.tally.requests < REQUESTS_A_VISIT:
            narrower = replace(place, span=span.words)
            inner = Walk(narrower.name, weibo_walk.Memory())
            while not inner.over and inner.page <= MAX_PAGES and self.visit.tally.requests < REQUESTS_A_VISIT:
                asked = inner.page
                leaf = await self.api.page(narrower, asked, "")
                if leaf.end and not leaf.statuses:
                    if asked >= CAP_PAGES:
                        spans.split(span)
                    inner.ended()
                    break
                if asked == 1 and not span.obeyed([s.mid for s in leaf.statuses if not s.original]):
                    spans.give_up()
                    break
                self.seen.update(s.mid for s in leaf.statuses)
                found, wall = await self.whole_texts(leaf.statuses)
                inner.read([s.mid for s in leaf.statuses if not s.original])
                await self.keep(found, withdrawn=[weibo_status.post_id(mid) for mid in leaf.gone])
                if wall is not None:
                    raise wall
            if not inner.over and inner.page > MAX_PAGES:
                spans.split(span)
        if not spans.complete:
            log.warning("capped", extra={"source": self.visit.entry.name, "walk": weibo_walk.key(place.name)})

    async def keep(self, found: Sequence[Found], *, withdrawn: Sequence[str] = (), turn: str | None = None) -> None:
        if turn is not None:
            self.cursor["turn"] = turn
        await self.visit.keep(found, withdrawn=withdrawn, cursor=self.cursor)

    def _is_young(self, mid: str) -> bool:
        made = weibo_ids.moment(mid)
        return made is not None and made >= self.visit.now - FOLLOWED


def _completed(status: Status, markup: str | None) -> Found:
    if markup is None:
        return status.found  # its digest says `cut`: tried again when it is listed again
    if markup:
        return weibo_status.completed(status, markup).found
    return replace(status.found, digest=status.found.digest.removeprefix("cut "), complete=True)

"""One round of collection: plain async functions, no Prefect. Each source ends in one honest RoundResult.

A source is fetched, parsed, compared with what is remembered, published and settled on its own; whatever goes
wrong with it stays with it. Only the failure of our own bus or store ends the round (BusError, StoreUnavailable).
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from bus.api import Bus
from bus.dead_letters import place
from bus.errors import BusError
from config.sources import Manners, SourceEntry
from flows import ids, robots, settling
from flows.fetching import Fetched, Fetcher, FetchProblem, looks_like_captcha, make_client
from flows.found import to_post
from flows.pages import completed
from flows.parsing import ParseProblem, Parser
from flows.robots import Robots
from flows.sources.feed import Context, Feed, rhythm
from store import seen, sources
from store.engine import Store
from store.errors import StoreUnavailable

log = logging.getLogger(__name__)

State = Literal["ok", "quiet", "blocked", "broken"]
QUIET_FACTOR = 3  # times its own usual longest gap
QUIET_LEAST = timedelta(hours=6)
QUIET_UNKNOWN = timedelta(days=7)  # for a source whose rhythm is not known
BROKEN_MOST = timedelta(minutes=15)
BLOCKED_MOST = timedelta(hours=6)
EARLY = timedelta(seconds=30)  # a schedule that ticks a little early must not cost a source a whole turn


@dataclass(frozen=True)
class RoundResult:
    """How one source fared in one round. Every entry of it is counted exactly once."""

    source: str
    kind: str
    state: State
    reason: str = ""
    """A slug (docs/collection.md); empty when all is well."""
    new: int = 0
    changed: int = 0
    duplicates: int = 0
    rejected: int = 0
    seconds: float = 0.0
    next_try: datetime | None = None


@dataclass(frozen=True)
class _Outcome:
    """What a source's round leaves behind, beside its numbers."""

    result: RoundResult
    marks: list[settling.Mark] = field(default_factory=list)
    cursor: dict[str, str] = field(default_factory=dict)


async def collect_round(
    entries: Sequence[SourceEntry],
    *,
    store: Store,
    bus: Bus,
    key: bytes,
    manners: Manners,
    now: datetime,
    progress: Callable[[RoundResult], None] | None = None,
) -> list[RoundResult]:
    """Collect every entry once, due or not; results in the order of `entries`.

    key: of the pseudonyms. progress: called as each source is settled.
    Raises BusError or StoreUnavailable after the other sources have ended.
    """
    with store.read() as conn:
        cursors = {e.name: sources.cursor(conn, e.name) for e in entries}
    async with make_client(manners) as client, Parser() as parser:
        fetcher = Fetcher(client, manners)
        known: dict[str, robots.Rules] = {}
        for cursor in cursors.values():
            known.update(robots.unpack(cursor.get("robots", "")))
        desk = _Round(store, bus, key, now, fetcher, Robots(fetcher, now, known), parser)
        ended = await asyncio.gather(*(desk.one(e, cursors[e.name], progress) for e in entries), return_exceptions=True)
    results: list[RoundResult] = []
    for item in ended:
        if isinstance(item, BaseException):
            raise item
        results.append(item)
    return results


def due(entries: Sequence[SourceEntry], store: Store, now: datetime) -> list[SourceEntry]:
    """The entries whose own `every` (or back-off) has passed."""
    with store.read() as conn:
        cursors = {e.name: sources.cursor(conn, e.name) for e in entries}
    return [e for e in entries if _is_due(e, cursors[e.name], now)]


def _is_due(entry: SourceEntry, cursor: Mapping[str, str], now: datetime) -> bool:
    stated = cursor.get("next_try", "")
    if not stated or cursor.get("url", entry.url) != entry.url:
        return True
    return now + min(EARLY, entry.interval / 4) >= datetime.fromisoformat(stated)


@dataclass
class _Round:
    store: Store
    bus: Bus
    key: bytes
    now: datetime
    fetcher: Fetcher
    robots: Robots
    parser: Parser

    async def one(
        self, entry: SourceEntry, cursor: dict[str, str], progress: Callable[[RoundResult], None] | None
    ) -> RoundResult:
        """Collect one source and settle it. Raises only BusError and StoreUnavailable."""
        began = time.monotonic()
        if cursor.get("url", entry.url) != entry.url:  # another address: what we knew of the old one is void
            cursor = {}
        try:
            outcome = await self._collect(entry, cursor)
        except FetchProblem as problem:
            outcome = self._failed(entry, cursor, problem)
        except ParseProblem as problem:
            outcome = self._failed(entry, cursor, FetchProblem("broken", problem.reason))
        except (BusError, StoreUnavailable):
            raise
        except Exception as err:  # one source's oddity must not cost the others their round
            log.error("collector bug", extra={"source": entry.name, "error": type(err).__name__, "at": place(err)})
            outcome = self._failed(entry, cursor, FetchProblem("broken", "collector-bug"))
        result = replace(outcome.result, seconds=round(time.monotonic() - began, 3))
        self._settle(entry, replace(outcome, result=result))
        if progress is not None:
            progress(result)
        return result

    async def _collect(self, entry: SourceEntry, cursor: dict[str, str]) -> _Outcome:
        if entry.kind != "feed":
            raise FetchProblem("broken", "kind-not-supported")
        context = Context(entry.url, entry.carries, entry.timezone, self.now)
        answer = await self._fetch(entry, cursor)
        feed = Feed() if answer.unchanged else await self._parsed(answer, context)
        known = settling.recall(self.store, [*(f.id for f in feed.found), *(r.id for r in feed.refused)])
        sorting = settling.Sorting(known)
        fresh = [(f, m) for f in feed.found if (m := sorting.place(f.id, ids.digest(f.title, f.text)))]
        new, changed = sorting.new, sorting.changed
        buried = [(r, m) for r in feed.refused if (m := sorting.place(r.id, ids.hashed(r.reason)))]
        whole = await completed([f for f, _ in fresh], entry, context, self.fetcher, self.robots, self.parser)
        posts = [
            to_post(
                found, source=entry.name, platform=entry.carries, jurisdiction=entry.jurisdiction, key=self.key,
                now=self.now, revision=mark.revision,
            )
            for found, (_, mark) in zip(whole, fresh, strict=True)
        ]  # fmt: skip
        failed = settling.publish(self.bus, posts, [r for r, _ in buried], self.now)
        result = RoundResult(
            entry.name, entry.kind, "ok", new=new, changed=changed, duplicates=sorting.duplicates,
            rejected=len(buried) + failed, next_try=self.now + entry.interval,
        )  # fmt: skip
        keep = self._cursor(entry, cursor, answer, feed)
        if self._is_quiet(keep, new):
            result = replace(result, state="quiet", reason="silent")
        return _Outcome(result, [m for _, m in (*fresh, *buried)], keep)

    async def _fetch(self, entry: SourceEntry, cursor: Mapping[str, str]) -> Fetched:
        delay = await self.robots.delay_for(entry.url) if self.fetcher.manners.robots else 0.0
        conditions = {"if-none-match": cursor.get("etag", ""), "if-modified-since": cursor.get("last_modified", "")}
        headers = {name: value for name, value in conditions.items() if value}
        return await self.fetcher.get(entry.url, limit=self.fetcher.manners.feed_bytes, headers=headers, delay=delay)

    async def _parsed(self, answer: Fetched, context: Context) -> Feed:
        try:
            return await self.parser.feed(answer.body, answer.content_type, context)
        except ParseProblem as problem:
            if problem.reason == "not-a-feed" and looks_like_captcha(answer.body):
                raise FetchProblem("blocked", "captcha") from problem
            raise

    def _cursor(self, entry: SourceEntry, cursor: Mapping[str, str], answer: Fetched, feed: Feed) -> dict[str, str]:
        stamps = [f.published_at for f in feed.found if f.published_at is not None]
        usual = rhythm(stamps)
        newest = max(stamps).isoformat() if stamps else cursor.get("newest", "")
        return {
            "url": entry.url,
            "etag": answer.etag or (cursor.get("etag", "") if answer.unchanged else ""),
            "last_modified": answer.last_modified or (cursor.get("last_modified", "") if answer.unchanged else ""),
            "newest": newest,
            "rhythm_s": str(int(usual.total_seconds())) if usual is not None else cursor.get("rhythm_s", ""),
            "first_round": cursor.get("first_round", "") or self.now.isoformat(),
            "last_new": cursor.get("last_new", ""),
            "robots": robots.pack(self.robots.learned([entry.url, *(f.url for f in feed.found)])),
        }

    def _is_quiet(self, cursor: dict[str, str], new: int) -> bool:
        """Silent for much longer than its own rhythm. Notes the time of the newest post in `cursor`."""
        if new:
            cursor["last_new"] = self.now.isoformat()
        newest = cursor["newest"] or cursor["last_new"] or cursor["first_round"]
        silent = self.now - datetime.fromisoformat(newest)
        if not cursor["rhythm_s"]:
            return silent > QUIET_UNKNOWN
        return silent > max(QUIET_FACTOR * timedelta(seconds=int(cursor["rhythm_s"])), QUIET_LEAST)

    def _failed(self, entry: SourceEntry, cursor: Mapping[str, str], problem: FetchProblem) -> _Outcome:
        """Blocked or broken: the cursor stays, the next try moves away with every failure in a row."""
        failures = int(cursor.get("failures") or 0) + 1
        most = BLOCKED_MOST if problem.state == "blocked" else BROKEN_MOST
        grown = entry.interval * 2 ** min(failures - (problem.state == "broken"), 10)
        wait = max(min(grown, max(most, entry.interval)), problem.wait or timedelta())
        result = RoundResult(entry.name, entry.kind, problem.state, problem.reason, next_try=self.now + wait)
        rules = robots.pack(self.robots.learned([entry.url]))  # kept: a failing site is not asked for them each time
        return _Outcome(result, [], {**cursor, "url": entry.url, "failures": str(failures), "robots": rules})

    def _settle(self, entry: SourceEntry, outcome: _Outcome) -> None:
        """Marks, cursor and the source's health in one transaction."""
        result = outcome.result
        next_try = result.next_try or self.now + entry.interval
        with self.store.write() as conn:
            seen.remember(conn, settling.rows(outcome.marks, entry.name, self.now))
            sources.save_cursor(conn, entry.name, {**outcome.cursor, "next_try": next_try.isoformat()})
            sources.save_round(
                conn,
                sources.Round(
                    source=entry.name, started_at=self.now, seconds=result.seconds, state=result.state,
                    reason=result.reason, new=result.new, changed=result.changed, duplicates=result.duplicates,
                    rejected=result.rejected, next_try=next_try,
                ),
            )  # fmt: skip

"""One round of collection: plain async functions, no Prefect. Each source ends in one honest RoundResult.

A source is visited by the adapter of its kind (flows/visit.py); whatever goes wrong with it stays with it. Only the
failure of our own bus or store ends the round (BusError, StoreUnavailable).
"""

import asyncio
import json
import logging
import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain, zip_longest
from pathlib import Path
from typing import Literal

from bus.api import Bus
from bus.dead_letters import place
from bus.errors import BusError
from config.sources import Manners, SourceEntry
from flows import robots
from flows.fetching import Fetcher, FetchProblem, host_of, make_client
from flows.names import PLAIN, Naming
from flows.parsing import Parser
from flows.robots import Robots
from flows.source_notices import announce
from flows.sources.feed import rhythm
from flows.visit import CONDITIONS_KEPT, Desk, Tally, Visit, adapter
from flows.wiring import in_turn
from store import sources
from store.engine import Store
from store.errors import StoreUnavailable

log = logging.getLogger(__name__)

State = Literal["ok", "quiet", "blocked", "broken"]
QUIET_FACTOR = 3  # times its own usual longest gap
QUIET_LEAST = timedelta(hours=6)
QUIET_UNKNOWN = timedelta(days=7)  # for a source whose rhythm is not known
BROKEN_MOST = timedelta(minutes=15)
BLOCKED_MOST = timedelta(hours=6)
SPREAD_MOST = timedelta(minutes=10)
EARLY = timedelta(seconds=30)  # a schedule that ticks a little early must not cost a source a whole turn
UNFINISHED = "unfinished"
PARTS_NAMED, PART_CHARS = 5, 20  # of the parts that failed, in a round's line


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
    withdrawn: int = 0
    requests: int = 0
    """Sent for this source, robots.txt aside."""
    seconds: float = 0.0
    next_try: datetime | None = None


async def collect_round(
    entries: Sequence[SourceEntry],
    *,
    store: Store,
    bus: Bus,
    key: bytes,
    manners: Manners,
    now: datetime,
    progress: Callable[[RoundResult], None] | None = None,
    home: Path | None = None,
    naming: Naming = PLAIN,
    chance: random.Random | None = None,
) -> list[RoundResult]:
    """Collect every entry once, due or not; results in the order of `entries`.

    key: of the pseudonyms. progress: called as each source is settled. home: where what hosts ask for (pauses,
    Retry-After) is shared with other processes and later rounds; None: within this round only.
    naming: how the accounts that posts call with @ are replaced; without one by their kind only.
    chance: spreads the next tries of what failed.
    Raises BusError or StoreUnavailable after the other sources have ended.
    """
    chance = chance or random.Random()
    with store.read() as conn:
        cursors = {e.name: sources.cursor(conn, e.name) for e in entries}
    async with make_client(manners) as client, Parser() as parser:
        fetcher = Fetcher(client, manners, folder=home / "hosts" if home else None)
        known: dict[str, robots.Rules] = {}
        for cursor in cursors.values():
            known.update(robots.unpack(cursor.get("@robots", "")))
        desk = Desk(store, bus, key, now, manners, fetcher, Robots(fetcher, now, known), parser, naming)
        gate = asyncio.Semaphore(manners.visits)
        ended: dict[str, RoundResult | BaseException] = {}

        async def one(entry: SourceEntry) -> None:
            async with gate, in_turn(home, entry.name) as waited:
                try:
                    if waited:  # another process has just been there: go on from where it ended
                        with store.read() as conn:
                            cursors[entry.name] = sources.cursor(conn, entry.name)
                    ended[entry.name] = await _one(entry, desk, cursors[entry.name], chance)
                except (BusError, StoreUnavailable) as err:
                    ended[entry.name] = err
                    return
            if progress is not None:
                progress(ended[entry.name])  # type: ignore[arg-type]

        for failure in await asyncio.gather(*(one(e) for e in _mixed(entries)), return_exceptions=True):
            if failure is not None:
                raise failure
    results: list[RoundResult] = []
    for entry in entries:
        item = ended[entry.name]
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
    stated = cursor.get("@next_try", "")
    if not stated or cursor.get("@url", entry.url) != entry.url:
        return True
    return now + min(EARLY, entry.interval / 4) >= datetime.fromisoformat(stated)


def _mixed(entries: Sequence[SourceEntry]) -> list[SourceEntry]:
    """Hosts in turn: many sources of one slow host must not keep the others waiting."""
    hosts: dict[str, list[SourceEntry]] = defaultdict(list)
    for entry in entries:
        hosts[host_of(entry.url)].append(entry)
    return [e for e in chain.from_iterable(zip_longest(*hosts.values())) if e is not None]


async def _one(entry: SourceEntry, desk: Desk, cursor: dict[str, str], chance: random.Random) -> RoundResult:
    """Visit one source and settle it. Raises only BusError and StoreUnavailable."""
    began = time.monotonic()
    if cursor.get("@url", entry.url) != entry.url:  # another address: what we knew of the old one is void
        cursor = {}
    visit: Visit | None = None
    problem: FetchProblem | None = None
    reason = ""
    try:
        visit = Visit(entry, desk, cursor)
        async with asyncio.timeout(desk.manners.visit_seconds):
            await adapter(entry)(visit)
    except FetchProblem as err:
        problem = err
    except (BusError, StoreUnavailable):
        raise
    except TimeoutError:
        if visit is not None and visit.tally.kept:  # the next visit goes on from the last checkpoint
            reason = UNFINISHED
        else:
            problem = FetchProblem("broken", "visit-timeout")
    except Exception as err:  # one source's oddity must not cost the others their round
        log.error("collector bug", extra={"source": entry.name, "error": type(err).__name__, "at": place(err)})
        problem = FetchProblem("broken", "collector-bug")
    if problem is not None and problem.at:
        log.error("parser bug", extra={"source": entry.name, "at": problem.at})
    tally = visit.tally if visit is not None else Tally()
    counts = {
        name: getattr(tally, name) for name in ("new", "changed", "duplicates", "rejected", "withdrawn", "requests")
    }
    left = visit.remembered if visit is not None else dict(cursor)
    left |= {
        "@url": entry.url,
        "@robots": robots.pack(desk.robots.learned(sorted(visit.origins if visit is not None else {entry.url}))),
    }
    if visit is not None:
        _note_posts(left, visit, desk.now)
    if problem is None:
        assert visit is not None
        _note_success(left, visit, finished=not reason)
        silent = not reason and _is_quiet(left, desk.now)
        state: State = "quiet" if silent else "ok"
        said = "; ".join(filter(None, ("silent" if silent else reason, in_part(visit.partly))))
        result = RoundResult(entry.name, entry.kind, state, said, **counts)
        wait = entry.interval
    else:
        wait = _spread(_note_failure(left, entry, problem), chance)
        result = RoundResult(entry.name, entry.kind, problem.state, problem.reason, **counts)
    result = replace(result, seconds=round(time.monotonic() - began, 3), next_try=desk.now + wait)
    _settle(result, left, desk)
    return result


def in_part(partly: Mapping[str, str]) -> str:
    """Which parts of a source failed while the rest was read, and why: `partly: http-404 (交警, users[1])`."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for part, reason in partly.items():
        reasons[reason].append(part[:PART_CHARS])
    told = [
        f"{reason} ({', '.join(parts[:PARTS_NAMED])}{' ...' if len(parts) > PARTS_NAMED else ''})"
        for reason, parts in reasons.items()
    ]
    return f"partly: {', '.join(told)}" if told else ""


def _note_posts(left: dict[str, str], visit: Visit, now: datetime) -> None:
    """What the posts say of the source's rhythm: kept also when the visit failed in its middle."""
    usual = rhythm([datetime.fromtimestamp(s, UTC) for s in visit.stamps])
    if usual is not None:
        left["@rhythm_s"] = str(int(usual.total_seconds()))
    left["@stamps"] = json.dumps(sorted(visit.stamps))
    left["@first_round"] = left.get("@first_round") or now.isoformat()
    if visit.tally.new:
        left["@last_new"] = now.isoformat()


def _note_success(left: dict[str, str], visit: Visit, *, finished: bool) -> None:
    left.pop("@failures", None)
    if finished:  # an address is "unchanged since" only when all it led to was kept
        left["@conditions"] = json.dumps(dict(list(visit.conditions.items())[-CONDITIONS_KEPT:]))


def _spread(wait: timedelta, chance: random.Random) -> timedelta:
    """A little longer, each time another little: what failed together must not come back together."""
    return wait + min(wait / 4, SPREAD_MOST) * chance.random()


def _note_failure(left: dict[str, str], entry: SourceEntry, problem: FetchProblem) -> timedelta:
    """Blocked or broken: how long to stay away. It grows with every failure in a row."""
    failures = int(left.get("@failures") or 0) + 1
    left["@failures"] = str(failures)
    if problem.wait is not None and not problem.fresh:  # known beforehand: nobody was asked, the wait is exact
        return max(problem.wait, entry.interval)
    most = BLOCKED_MOST if problem.state == "blocked" else BROKEN_MOST
    grown: timedelta = entry.interval * 2 ** min(failures - (problem.state == "broken"), 10)
    return max(min(grown, max(most, entry.interval)), problem.wait or timedelta())


def _is_quiet(left: Mapping[str, str], now: datetime) -> bool:
    """Silent for much longer than its own rhythm, and that under our eyes: since something new was found here."""
    stamps = json.loads(left.get("@stamps") or "[]")
    newest = datetime.fromisoformat(left.get("@last_new") or left["@first_round"])
    if stamps:
        newest = max(newest, datetime.fromtimestamp(stamps[-1], UTC))
    silent = now - newest
    if not left.get("@rhythm_s"):
        return silent > QUIET_UNKNOWN
    return silent > max(QUIET_FACTOR * timedelta(seconds=int(left["@rhythm_s"])), QUIET_LEAST)


def _settle(result: RoundResult, left: dict[str, str], desk: Desk) -> None:
    """Cursor, health and notices in one transaction."""
    next_try = result.next_try or desk.now
    with desk.store.write() as conn:
        announce(conn, result.source, result.state, result.reason, left, desk.now, next_try)
        sources.save_cursor(conn, result.source, {**left, "@next_try": next_try.isoformat()})
        sources.save_round(
            conn,
            sources.Round(
                source=result.source, started_at=desk.now, seconds=result.seconds, state=result.state,
                reason=result.reason, new=result.new, changed=result.changed, duplicates=result.duplicates,
                rejected=result.rejected, next_try=next_try,
            ),
        )  # fmt: skip

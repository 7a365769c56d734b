"""One source in one round: what an adapter may do with the world. It asks, reads, keeps; the manners are here.

An adapter is a module of flows/sources with `async def collect(visit: Visit) -> None`. It may raise FetchProblem at any
time: what was kept before stays kept. It never sees the bus, the store, the key or another source.
"""

import importlib
import json
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bus.api import Bus
from config.sources import Manners, SourceEntry
from flows import ids, settling
from flows.fetching import Fetched, Fetcher, FetchProblem
from flows.found import Found, Refused, to_post
from flows.names import PLAIN, Naming
from flows.parsing import ParseProblem, Parser
from flows.robots import Robots, origin_of
from flows.settling import Known
from flows.walls import wall
from store import seen, sources
from store.engine import Store

ADAPTERS = {"feed": "feed", "forum": "forum", "weibo": "weibo", "page": "page"}
"""Kind of a source -> module in flows/sources; an engine may have its own, see `adapter`."""
OURS = "@"  # cursor keys of the frame begin with it; all others are the adapter's
CONDITIONS_KEPT = 300  # addresses of one source whose ETag or Last-Modified is remembered
STAMPS_KEPT = 60
SPENT_EVERY = 50  # requests after which the budget is written down even when nothing was kept

Adapter = Callable[["Visit"], Awaitable[None]]


@dataclass(frozen=True)
class Desk:
    """What all visits of a round share."""

    store: Store
    bus: Bus
    key: bytes = field(repr=False)
    now: datetime
    manners: Manners
    fetcher: Fetcher
    robots: Robots
    parser: Parser
    naming: Naming = PLAIN
    """How accounts are called in texts."""


@dataclass
class Tally:
    """What came of a visit so far; every found entry is counted exactly once."""

    new: int = 0
    changed: int = 0
    duplicates: int = 0
    rejected: int = 0
    withdrawn: int = 0
    requests: int = 0
    kept: int = 0
    """Checkpoints written."""


class Visit:
    """One source in one round. `cursor` is what this source's adapter remembered last time; keys without `@`."""

    def __init__(self, entry: SourceEntry, desk: Desk, remembered: Mapping[str, str]) -> None:
        self.entry = entry
        self.now = desk.now
        self.tally = Tally()
        self.conditions: dict[str, list[str]] = json.loads(remembered.get("@conditions") or "{}")
        """Address -> [ETag, Last-Modified], as learned up to now; written down only when the visit ends well."""
        self.stamps: set[int] = set(json.loads(remembered.get("@stamps") or "[]"))
        """Epoch seconds of the newest posts: the rhythm of the source."""
        self.origins: set[str] = {origin_of(entry.url)}
        self.partly: dict[str, str] = {}
        """Part of the source that could not be read though the rest was (a keyword, `users[0]`) -> reason."""
        self._desk = desk
        self._remembered = dict(remembered)
        day, _, spent = remembered.get("@spent", "").partition(" ")
        self._spent = int(spent) if day == f"{desk.now:%Y-%m-%d}" and spent.isdigit() else 0
        self._secret = _secret_of(entry)

    def __repr__(self) -> str:
        return f"Visit({self.entry.name})"

    @property
    def cursor(self) -> Mapping[str, str]:
        """The adapter's own part of what is remembered: of the last visit, or of the last `keep` in this one."""
        return {k: v for k, v in self._remembered.items() if not k.startswith(OURS)}

    @property
    def remembered(self) -> dict[str, str]:
        """All that is remembered, the frame's part included."""
        return {**self._remembered, "@spent": f"{self.now:%Y-%m-%d} {self._spent}"}

    @property
    def manners(self) -> Manners:
        """Limits the adapter may want to know."""
        return self._desk.manners

    @property
    def secret(self) -> str:
        """The secret named by `auth`, "" without one. `get` sends it as Cookie by itself (Weibo's Open API: as token).

        Never put it into an address, a cursor or a log line.
        """
        return self._secret

    @property
    def requests_left(self) -> int:
        """Requests of today's budget."""
        return (self.entry.daily_requests or self.manners.daily_requests) - self._spent

    async def get(
        self,
        url: str,
        *,
        limit: int | None = None,
        headers: Mapping[str, str] | None = None,
        conditional: bool = False,
        retries: int | None = None,
    ) -> Fetched:
        """The answer to GET `url`, within all manners. Raises FetchProblem (blocked or broken, a slug, a wait).

        limit: bytes after decompression (manners.page_bytes unless given). conditional: send the ETag and Last-Modified
        of the last visit that ended well; the answer may be `unchanged`, then it has no body.
        """
        asked = {**(headers or {}), **(self._conditions_of(url) if conditional else {})}
        answer = await self._desk.fetcher.get(
            url,
            limit=self.manners.page_bytes if limit is None else limit,
            headers=asked,
            secret=self._auth(url),
            permit=self._permit if self.manners.robots else None,
            spend=self._spend,
            retries=retries,
        )
        if conditional and not answer.unchanged:
            self.conditions.pop(url, None)
            if answer.etag or answer.last_modified:
                self.conditions[url] = [answer.etag, answer.last_modified]
        elif conditional and url in self.conditions:  # to the end of the list: asked for lately
            self.conditions[url] = self.conditions.pop(url)
        return answer

    async def parse(
        self, job: str, body: bytes, content_type: str, url: str, *, now: datetime | None = None, **extra: str
    ) -> Any:
        """What a pure parser makes of the bytes, in the child process. `job`: see flows/parsing.JOBS.

        now: what relative times are meant against; the time of the visit unless given (better: `Fetched.date`).
        Raises FetchProblem: broken with the parser's reason, blocked when the page is a wall (flows/walls.py).
        """
        try:
            return await self._desk.parser.parse(
                job, body, content_type, url, now=now or self.now, zone=self.entry.timezone, **extra
            )
        except ParseProblem as problem:
            asked = problem.reason not in ("parse-timeout", "parser-died", "empty") and wall(body, content_type)
            if asked:
                raise FetchProblem("blocked", asked) from problem
            raise FetchProblem("broken", problem.reason, at=problem.at) from problem

    def recall(self, post_ids: Iterable[str]) -> Mapping[str, Known]:
        """What is known of these post ids: digest and revision of what was published last."""
        return settling.recall(self._desk.store, post_ids)

    async def keep(
        self,
        found: Sequence[Found] = (),
        *,
        refused: Sequence[Refused] = (),
        withdrawn: Sequence[str] = (),
        cursor: Mapping[str, str] | None = None,
    ) -> None:
        """Publish what is new or changed, wait for the bus, then remember it and the cursor in one transaction.

        A checkpoint: what happens later, kill -9 included, does not undo it. May be called many times.
        withdrawn: ids of posts gone at their source; the ones we published become PostWithdrawn, once.
        cursor: replaces the adapter's part of what is remembered; None leaves it.
        Raises BusError and StoreUnavailable: let them pass.
        """
        # No await from here to the end: two sources with the same post must not both find it new
        desk, entry = self._desk, self.entry
        found = list({f.id: f for f in reversed(found)}.values())[::-1]
        known = self.recall([*(f.id for f in found), *(r.id for r in refused), *withdrawn])
        sorting = settling.Sorting(known)
        marks: list[settling.Mark] = []
        posts = []
        for f in found:
            mark = sorting.place(f.id, f.digest or ids.digest(f.title, f.text))
            if mark is not None:
                marks.append(mark)
                posts.append(
                    to_post(
                        f, source=entry.name, platform=entry.carries, jurisdiction=entry.jurisdiction, key=desk.key,
                        now=self.now, revision=mark.revision, naming=desk.naming,
                    )
                )  # fmt: skip
        new, changed = sorting.new, sorting.changed
        buried = [(r, m) for r in refused if (m := sorting.place(r.id, ids.hashed(r.reason)))]
        gone = settling.gone([i for i in withdrawn if i not in {f.id for f in found}], known)
        failed = 0
        if posts or buried or gone:
            failed = settling.publish(
                desk.bus, posts, [r for r, _ in buried], self.now,
                withdrawn=[(m.id, entry.name, entry.jurisdiction) for m in gone],
            )  # fmt: skip
        self._note_stamps(found)
        if cursor is not None:
            ours = {k: v for k, v in self._remembered.items() if k.startswith(OURS)}
            self._remembered = {**ours, **{k: v for k, v in cursor.items() if not k.startswith(OURS)}}
        rows = settling.rows([*marks, *(m for _, m in buried), *gone], entry.name, self.now)
        if rows or cursor is not None:
            with desk.store.write() as conn:
                seen.look(conn, known, self.now)
                seen.remember(conn, rows)
                sources.save_cursor(conn, entry.name, self.remembered)
            self.tally.kept += 1
        self.tally.new += new
        self.tally.changed += changed
        self.tally.duplicates += sorting.duplicates
        self.tally.rejected += len(buried) + failed
        self.tally.withdrawn += len(gone)

    def _conditions_of(self, url: str) -> dict[str, str]:
        etag, modified = self.conditions.get(url, ["", ""])
        return {k: v for k, v in (("if-none-match", etag), ("if-modified-since", modified)) if v}

    def _auth(self, url: str) -> dict[str, str]:
        """The secret goes to the source's own site, over the scheme it names, and nowhere else."""
        if not self._secret or origin_of(url) != origin_of(self.entry.url):
            return {}
        if self.entry.kind == "weibo" and self.entry.api == "open":
            return {"authorization": f"OAuth2 {self._secret}"}
        return {"cookie": self._secret}

    async def _permit(self, url: str) -> float:
        self.origins.add(origin_of(url))
        return await self._desk.robots.delay_for(url)

    def _spend(self) -> None:
        if self.requests_left <= 0:
            tomorrow = self.now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
            raise FetchProblem("blocked", "daily-budget", tomorrow - self.now, fresh=False)
        self._spent += 1
        self.tally.requests += 1
        if self.tally.requests % SPENT_EVERY == 0:
            with self._desk.store.write() as conn:
                sources.save_cursor(conn, self.entry.name, self.remembered)

    def _note_stamps(self, found: Iterable[Found]) -> None:
        stated = {int(f.published_at.timestamp()) for f in found if f.published_at is not None}
        self.stamps = set(sorted(self.stamps | stated)[-STAMPS_KEPT:])


def adapter(entry: SourceEntry) -> Adapter:
    """The adapter of an entry, imported when it is needed. Raises FetchProblem for a kind nobody reads."""
    name = ADAPTERS.get(entry.kind, "")
    module = f"flows.sources.{name}"
    try:
        found: Adapter = importlib.import_module(module).collect
    except ModuleNotFoundError as err:
        if err.name != module:
            raise
        raise FetchProblem("broken", "kind-not-supported") from err
    return found


def _secret_of(entry: SourceEntry) -> str:
    """What `auth` names, on one line. Raises FetchProblem when it is not there."""
    how, _, where = entry.auth.partition(":")
    try:
        value = os.environ.get(where, "") if how == "env" else Path(where).read_text("utf-8") if how == "file" else ""
    except (OSError, UnicodeDecodeError):
        value = ""
    value = " ".join(value.split())
    if how and (not value or not value.isascii() or not value.isprintable()):
        raise FetchProblem("broken", "no-secret")
    return value

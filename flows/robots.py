"""robots.txt, asked once a day and host: may minyi read this address, and how slowly."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from flows import charsets, robots_rules
from flows.fetching import Fetcher, FetchProblem
from flows.robots_rules import RobotsRules

AGENT = "minyi"
KEPT = timedelta(days=1)
MAX_BYTES = 500_000  # RFC 9309 asks for at least this much
MAX_KEPT_CHARS = 20_000  # of the text remembered between rounds
MAX_DELAY_S = 30.0  # a longer Crawl-delay would mean: never


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What a site's robots.txt said, and when."""

    at: datetime
    text: str = ""
    closed: str = ""
    """Reason slug when the file could not be had because of the server: the whole site is off limits till then."""


@dataclass
class Robots:
    """The rules of every site met in a round. `known` is what earlier rounds learned."""

    fetcher: Fetcher
    now: datetime
    known: dict[str, Rules] = field(default_factory=dict)
    _asking: dict[str, asyncio.Lock] = field(default_factory=dict)
    _parsed: dict[str, RobotsRules] = field(default_factory=dict)

    async def delay_for(self, url: str) -> float:
        """Seconds the site wants between requests (0 = no wish).

        Raises FetchProblem: blocked `robots` when the address is off limits, blocked `robots-unavailable` when the
        server fails to say (RFC 9309: then everything is), broken when nobody is there.
        """
        origin = origin_of(url)
        async with self._asking.setdefault(origin, asyncio.Lock()):
            rules = self.known.get(origin)
            if rules is None or self.now - rules.at > KEPT:
                rules = self.known[origin] = await self._ask(origin)
        if rules.closed:
            raise FetchProblem("blocked", rules.closed)
        read = self._read(origin, rules)
        if not read.allows(url):
            raise FetchProblem("blocked", "robots")
        return min(read.crawl_delay, MAX_DELAY_S)

    def learned(self, urls: list[str]) -> dict[str, Rules]:
        """The rules of these addresses' sites, to be kept; refusals of a failing server are not."""
        origins = {origin_of(url) for url in urls}
        return {o: r for o, r in self.known.items() if o in origins and not r.closed}

    async def _ask(self, origin: str) -> Rules:
        try:
            answer = await self.fetcher.get(f"{origin}/robots.txt", limit=MAX_BYTES)
        except FetchProblem as problem:
            if problem.reason.startswith("http-4") and problem.reason != "http-429":
                return Rules(at=self.now)
            if problem.reason.startswith("http-"):
                return Rules(at=self.now, closed="robots-unavailable")
            if problem.reason in ("too-large", "bad-compression", "unknown-content-encoding", "too-many-redirects"):
                return Rules(at=self.now)
            raise
        text, _ = charsets.decode(answer.body, charsets.of_header(answer.content_type))
        return Rules(at=self.now, text=text[:MAX_KEPT_CHARS])

    def _read(self, origin: str, rules: Rules) -> RobotsRules:
        if origin not in self._parsed:
            self._parsed[origin] = robots_rules.parse(rules.text, AGENT)
        return self._parsed[origin]


def origin_of(url: str) -> str:
    """scheme://host:port of an address; empty for what is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def pack(rules: dict[str, Rules]) -> str:
    """Rules as the text that is kept in a source's cursor."""
    return msgspec.json.encode(rules).decode()


def unpack(text: str) -> dict[str, Rules]:
    """What `pack` wrote; empty for anything else."""
    try:
        return msgspec.json.decode(text, type=dict[str, Rules]) if text else {}
    except msgspec.DecodeError:
        return {}

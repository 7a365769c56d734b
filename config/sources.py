"""sources.yaml: where posts come from, how often, and with which manners."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from config.loader import ConfigError, line_of, load, read

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
Every = Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{0,4}[smhd]$", description="30s, 10m, 2h or 1d")]
Positive = Annotated[float, msgspec.Meta(gt=0)]


def duration(text: str) -> timedelta:
    """`30s`, `10m`, `2h`, `1d` as a timedelta. Raises ValueError for anything else."""
    match = re.fullmatch(r"([1-9][0-9]{0,4})([smhd])", text)
    if match is None:
        raise ValueError(f"expected a number and s, m, h or d (10m), not {text}")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


class SourceEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One place to collect from."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    """Unique; shown on the desk and on the command line."""
    kind: Literal["feed", "forum", "weibo", "page"]
    url: Annotated[str, msgspec.Meta(min_length=1)]
    """Feed address, forum home or board, API base. No user or password in it: see `auth`."""
    jurisdiction: str = ""
    every: Every = "10m"
    engine: Literal["auto", "discuz", "mybb", "phpbb", "tieba"] = "auto"
    keywords: list[str] = []
    search_from: Literal["", "lexicon"] = ""
    api: Literal["mobile", "open", "rsshub"] = "mobile"
    users: list[str] = []
    enabled: bool = True
    auth: Annotated[str, msgspec.Meta(pattern=r"^$|^(env|file):.+$", description="env:NAME or file:PATH")] = ""
    """`env:NAME` or `file:PATH`: secrets never stand in this file."""
    platform: Literal["", "news", "weibo", "forum", "other"] = ""
    """What a feed carries; without it: news for a feed or page, else the kind."""
    full_text: Literal["auto", "always", "never"] = "auto"
    """Read the article page behind an entry: auto = news entries that carry no full text."""
    daily_requests: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Requests a day for this source; 0: as `manners` say."""
    timezone: str = "Asia/Shanghai"
    """Zone of the times that state none."""

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            port = parts.port
        except ValueError as err:
            raise ValueError(f"url: {self.name}: {str(err)[:1].lower()}{str(err)[1:]}") from None
        if port == 0:
            raise ValueError(f"url: {self.name}: no server listens on port 0")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"url: {self.name}: expected http://... or https://...")
        if parts.username or parts.password:
            raise ValueError(f"url: {self.name}: holds a password; use auth: env:NAME or file:PATH")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"timezone: {self.name}: no such zone: {self.timezone}") from None

    @property
    def interval(self) -> timedelta:
        """`every` as a timedelta."""
        return duration(self.every)

    @property
    def carries(self) -> Literal["news", "weibo", "forum", "other"]:
        """Platform of the posts."""
        if self.platform:
            return self.platform
        return self.kind if self.kind in ("forum", "weibo") else "news"


class Manners(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How minyi behaves towards the sites it reads. Sizes and times bound what one site can cost."""

    contact: str = ""
    """A page or mail address site owners can write to; sent in the user agent."""
    host_delay_seconds: Annotated[float, msgspec.Meta(ge=0)] | None = None
    """Between two requests to one host; unless given 1 second, and none for this machine. A longer Crawl-delay wins."""
    host_connections: Annotated[int, msgspec.Meta(ge=1)] = 1
    """Requests at one host at the same time, over all its sources."""
    connections: Annotated[int, msgspec.Meta(ge=1)] = 16
    connect_seconds: Positive = 10.0
    read_seconds: Positive = 20.0
    total_seconds: Positive = 60.0
    """One request from the first byte sent to the last byte read."""
    retries: Annotated[int, msgspec.Meta(ge=0, le=10)] = 2
    patience_seconds: Annotated[float, msgspec.Meta(ge=0)] = 60.0
    """A Retry-After up to this is waited for within the round; a longer one moves the next try."""
    visit_seconds: Positive = 600.0
    """One source in one round; what is left goes on in the next."""
    visits: Annotated[int, msgspec.Meta(ge=1)] = 64
    """Sources at work at the same time."""
    daily_requests: Annotated[int, msgspec.Meta(ge=1)] = 10_000
    """Requests a source may cost in one day (UTC), robots.txt aside; then it rests as blocked `daily-budget`."""
    feed_bytes: Annotated[int, msgspec.Meta(ge=1000)] = 10_000_000
    """A larger feed (after decompression) is refused as too-large."""
    page_bytes: Annotated[int, msgspec.Meta(ge=1000)] = 3_000_000
    pages_per_round: Annotated[int, msgspec.Meta(ge=0)] = 60
    """Article pages read for one source in one round; entries beyond it keep the feed's own text."""
    pages_seconds: Positive = 120.0
    robots: bool = True
    """Obey robots.txt (kept a day)."""


class Sources(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    sources: list[SourceEntry] = []
    manners: Manners = msgspec.field(default_factory=Manners)

    def enabled(self) -> list[SourceEntry]:
        """The entries that are switched on, in file order."""
        return [s for s in self.sources if s.enabled]


def load_sources(path: Path) -> Sources:
    """The checked file. Raises ConfigError naming file, line and key; two entries of one name are an error."""
    loaded = load(path, Sources)
    seen: set[str] = set()
    for index, entry in enumerate(loaded.sources):
        if entry.name in seen:
            node, _ = read(path)
            line = line_of(node, ["sources", index, "name"])
            raise ConfigError(path, line, f"sources.{index}.name", f"a second source is called {entry.name}")
        seen.add(entry.name)
    return loaded

"""Spans of time for a search that has more posts than pages: halves of halves, down to an hour. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flows.sources import weibo_ids
from flows.sources.weibo_walk import Walk

BACK = timedelta(days=1)  # how far behind the cap a first walk reads
SMALLEST = timedelta(hours=1)
MAX_SPANS = 32


@dataclass(frozen=True)
class Span:
    """From the hour `start` up to and with the hour `end`, in the site's zone."""

    start: datetime
    end: datetime

    @property
    def words(self) -> str:
        """As the search wants it: 2026-11-20-8:2026-11-20-20."""
        return f"{self.start:%Y-%m-%d}-{self.start.hour}:{self.end:%Y-%m-%d}-{self.end.hour}"

    def obeyed(self, mids: list[str]) -> bool:
        """Whether an answer kept to the span (within an hour for most of its posts)."""
        times = [when for mid in mids if (when := weibo_ids.moment(mid)) is not None]
        inside = [when for when in times if self.start - SMALLEST <= when <= self.end + 2 * SMALLEST]
        return len(inside) * 2 >= len(times)


@dataclass
class Spans:
    """The spans still to read."""

    waiting: list[Span]
    complete: bool = True
    """False when something behind the cap stays unread."""
    _given: int = field(default=0)

    @classmethod
    def behind(cls, walk: Walk, now: datetime, zone: str) -> "Spans":
        """From where the last finished walk began (a day back for a first one) to where this one was cut."""
        listed = [when for mid in walk.listed if (when := weibo_ids.moment(mid)) is not None]
        before = [when for mid in walk.memory.done if (when := weibo_ids.moment(mid)) is not None]
        start, end = (max(before) if before else now - BACK), (min(listed) if listed else now)
        if start >= end:
            return cls([])
        home = ZoneInfo(zone)
        return cls([Span(start.astimezone(home), end.astimezone(home))])

    def next(self) -> Span | None:
        """The next span to ask for; None when there is no more."""
        if not self.waiting:
            return None
        self._given += 1
        if self._given > MAX_SPANS:
            self.complete = False
            return None
        return self.waiting.pop(0)

    def split(self, span: Span) -> None:
        """The span itself was cut: ask for its halves."""
        if span.end - span.start <= SMALLEST:
            self.complete = False
            return
        middle = span.start + (span.end - span.start) / 2
        self.waiting[:0] = [Span(middle, span.end), Span(span.start, middle)]

    def give_up(self) -> None:
        """The site does not keep to spans."""
        self.waiting.clear()
        self.complete = False

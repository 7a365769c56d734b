"""The slow rise: a place, or a kind of complaint at it, above what is usual there at this hour of the week.

Each counted post counts for its place and category, for the place, for the category in the whole jurisdiction and
for the jurisdiction. Windows of a few hours to a few days of event time are held against what the four weeks before
made usual (models/seasons.py). Empty hours are true zeros while the stream is alive; hours in which the whole stream
was silent although many posts were to be expected are an outage and left out.

A source that is added is no swell: where at least half of the posts of a window come from sources that were first heard
of later, the history of the series begins with them. Imported history counts for what is usual and raises nothing.

One swell is told once: posts of an event that was alerted by itself, or of a rise that was told, say nothing new.
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from models.seasons import HOUR_S, KEPT_HOURS, WEEK, Hours, Usual, hour_of, learn, slot_of

Key = tuple[str, str]
"""(place, category); "" stands for all of them."""
WHOLE: Key = ("", "")

KEYS = 1000  # series watched per jurisdiction; the longest unseen leaves first
NEWEST = 50  # posts a series remembers by id
PLACES = 4  # of one post that count
RELEARN_HOURS = 12
DAY = 24  # hours; less history knows no daily rhythm
OUTAGE_POSTS = 7.0  # none where so many were expected: one in a thousand by chance
OUTAGE_HOURS = 12  # the same before anything is known
SOURCES = 10_000  # remembered by their beginning; others are taken to have been there always
LOOK_BACK_HOURS = 2 * WEEK  # before a silence, to judge it; a source that is silent for longer is a new one afterwards
PATIENCE = 32  # a series is judged again when it has grown by this part: a flood costs no more than a trickle
OVER = 0.5  # of the bar; below it on every scale a rise has ended
ALIKE = 0.9  # of the strongest surprise: the narrower series tells more,
MOST = 0.5  # when so much of the excess is in it
TOLD = 9  # rank of a post that belongs to an event with an alert of its own


@dataclass(frozen=True)
class RiseScale:
    """One window."""

    hours: int
    z: float
    """Fires at this many standard deviations above the expected count."""


@dataclass(frozen=True)
class RiseRule:
    """When a series has risen."""

    scales: tuple[RiseScale, ...] = (RiseScale(6, 5.0), RiseScale(24, 5.0), RiseScale(72, 4.5))
    min_count: float = 10.0
    """Fewer posts in the window never fire."""
    min_times: float = 2.0
    """Nor do fewer than so many times the expected count, however sure the excess."""
    quiet_minutes: float = 1080.0
    warm_up_minutes: float = 3750.0


@dataclass(frozen=True, slots=True)
class Rise:
    """A swell of one series."""

    key: Key
    at: float
    """Event time of the post that showed it."""
    rank: int
    """1 at the bar, 2 at twice the bar."""
    strength: float
    """Surprise over the bar of its scale."""
    count: float
    """Posts of the window that are not told yet."""
    hours: int
    expected: float
    weeks: float
    """Of history behind the expectation."""
    posts: tuple[tuple[float, str], ...]
    """(time, id) of the newest counted posts, oldest first."""
    authors: tuple[tuple[str, str], ...] = ()
    """(pseudonym, kind) of each of these posts; no pseudonym where it is not known."""


@dataclass(slots=True)
class _Seen:
    at: float
    post: str
    rank: int
    author: tuple[str, str] = ("", "unknown")
    source: str = ""


@dataclass(slots=True)
class _Series:
    hours: Hours
    since: int
    """First hour of which it is known what was counted."""
    newest: deque[_Seen] = field(default_factory=lambda: deque(maxlen=NEWEST))
    learned: int = -1
    usual: tuple[Usual | None, ...] = ()
    judged: int = -1
    """The hour in which it was last looked at."""
    patience: float = 0
    """Posts that must come within that hour before there is anything new to be found."""
    expected_for: int = -1
    expected: tuple[tuple[float, float], ...] = ()
    """Per scale: posts expected in the closed hours of its window, and in the whole running hour."""
    open: int = 0
    """Rank of the rise that was told and is not over; 0 without one."""
    shown_in: int = 0
    """The window that showed it."""
    raised_at: float = float("-inf")


class RiseWatch:
    """All series of one jurisdiction."""

    def __init__(self, rule: RiseRule) -> None:
        self._rule = rule
        self._series: OrderedDict[Key, _Series] = OrderedDict()
        self._open: set[Key] = set()  # those told and not over
        self._all: Hours | None = None
        self._lost = bytearray(KEPT_HOURS)
        self._first = 0
        self._live = False
        """Whether anything came in while it was new: history may come in any order, its gaps are no outages."""
        self._sources: dict[str, tuple[int, int]] = {}
        """The first hour of which each is known, and the last."""
        self._forgotten = 0
        self._newest = 0.0
        self._longest = max(scale.hours for scale in rule.scales)
        self._told: dict[Key, tuple[int, float]] = {}
        """What was told lately: rank and when."""

    def push(
        self,
        at: float,
        post: str,
        keys: tuple[Key, ...],
        told: Callable[[str], bool],
        *,
        author: tuple[str, str] = ("", "unknown"),
        source: str = "",
    ) -> Rise | None:
        """Take in one post of the stream; the swell it shows, when one is to be told.

        keys: the series it counts for; none for a post that only shows that the stream is alive. told: whether a
        post, by its id, belongs to an event that has been alerted by itself. author: pseudonym ("": not known), kind.
        source: where it was collected.
        """
        self._live = True
        self._pass_time(at)
        hour = hour_of(at)
        if hour <= hour_of(self._newest) - KEPT_HOURS:
            return None
        self._hear(source, hour)
        if not keys:
            return None
        touched = [self._touch(key) for key in keys]
        covered = max((s.open for s in touched if self._quiet(s)), default=0)
        row = _Seen(at, post, covered, author, source)
        for series in touched:
            series.hours.add(hour)
            series.newest.append(row)
        found = [r for key, s in zip(keys, touched, strict=True) if (r := self._judge(key, s, told))]
        self._forget()
        strongest = max(found, key=lambda r: r.strength, default=None)
        if strongest is None or strongest.strength < strongest.rank:
            return None
        narrowest = max(
            (r for r in found if r.rank == strongest.rank and all(_tells(r, other) for other in found)),
            key=lambda r: (sum(map(bool, r.key)), r.strength, r.key),
            default=strongest,
        )
        if narrowest.strength < narrowest.rank:
            return None  # the next posts will tell whether it is this place and kind, or more than that
        self._tell(narrowest)
        return narrowest

    def remember(self, at: float, post: str, keys: tuple[Key, ...], *, source: str = "") -> None:
        """Take in a post of the past that became known late: it counts for what is usual and raises nothing."""
        hour = hour_of(at)
        if self._all is not None and hour <= hour_of(self._newest) - KEPT_HOURS:
            return
        self._pass_time(at)
        self._first = min(self._first, hour)
        self._hear(source, hour)
        for series in map(self._touch, keys):
            series.hours.add(hour)
            if hour < series.since:
                series.since, series.learned = hour, -1
            if at > self._newest - self._longest * HOUR_S:
                rows = sorted((*series.newest, _Seen(at, post, TOLD, source=source)), key=lambda row: row.at)
                series.newest = deque(rows[-NEWEST:], maxlen=NEWEST)
        self._forget()

    def over(self, now: float) -> list[Key]:
        """The told rises that have ended by `now`; each is named once.

        now: time of the stream, or of the clock when nothing comes in any more. A silence that is none where posts
        were to be expected ends nothing: nobody knows what was said in it.
        """
        silent = range(hour_of(self._newest) + 1, hour_of(now) + 1)
        if not self._open or (silent and self._is_outage(silent)):
            return []
        ended = {key for key in self._open if self._has_ended(self._series[key], max(now, self._newest))}
        if not ended:
            return []
        self._open -= ended
        for key in ended:
            self._series[key].open = 0
        return [key for key in self._series if key in ended]

    def _pass_time(self, at: float) -> None:
        hour = hour_of(at)
        if self._all is None:
            self._all, self._first = Hours(hour), hour
        if hour != self._all.newest:
            gap = range(self._all.newest + 1, hour)
            lost = bool(gap) and self._live and self._is_outage(gap)
            for passed in gap[-KEPT_HOURS:]:
                self._lost[passed % KEPT_HOURS] = lost
            self._lost[hour % KEPT_HOURS] = 0
        self._all.add(hour)
        self._newest = max(self._newest, at)

    def _hear(self, source: str, hour: int) -> None:
        first, last = self._sources.get(source, (hour, hour))
        if hour - last > LOOK_BACK_HOURS:
            first = hour
        if source in self._sources or len(self._sources) < SOURCES:
            self._sources[source] = (min(first, hour), max(last, hour))

    def _is_outage(self, gap: range) -> bool:
        assert self._all is not None
        usual = self._learn(self._all, max(self._first, gap[0] - LOOK_BACK_HOURS), gap[0], DAY, None, whole=True)
        if usual is None:
            return len(gap) > OUTAGE_HOURS
        return sum(float(usual.rates[slot_of(h)]) for h in gap[:WEEK]) >= OUTAGE_POSTS

    def _touch(self, key: Key) -> _Series:
        now = hour_of(self._newest)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = _Series(Hours(now), max(self._first, self._forgotten))
        self._series.move_to_end(key)
        series.hours.roll(now)
        return series

    def _forget(self) -> None:
        while len(self._series) > KEYS:
            key, gone = self._series.popitem(last=False)
            self._open.discard(key)
            self._forgotten = max(self._forgotten, gone.hours.newest + 1)  # whatever comes back was silent since then

    def _judge(self, key: Key, series: _Series, told: Callable[[str], bool]) -> Rise | None:
        rule, hour = self._rule, hour_of(self._newest)
        if series.open == 2 or self._is_young(series):
            return None
        series.patience -= 1
        if series.judged == hour and series.patience > 0:
            return None
        total = series.hours.total(hour - self._longest + 1, hour)
        series.judged, series.patience = hour, max(rule.min_count - total, 1 + total // PATIENCE)
        if total < rule.min_count:
            return None
        found = [r for i in range(len(rule.scales)) if (r := self._measure(key, series, i, told))]
        return max(found, key=lambda r: r.strength) if found else None

    def _measure(self, key: Key, series: _Series, i: int, told: Callable[[str], bool]) -> Rise | None:
        rule, scale, hour = self._rule, self._rule.scales[i], hour_of(self._newest)
        if self._is_young(series):
            return None
        usual, expected = self._usual(series, i)
        first = hour - scale.hours + 1
        count = float(series.hours.total(first, hour))
        if usual is None or count < max(rule.min_count, rule.min_times * expected):
            return None
        if usual.surprise(count, expected) < ALIKE * scale.z:
            return None
        posts = [row for row in series.newest if row.at >= first * HOUR_S]
        if self._begins_later(series, posts):
            return self._measure(key, series, i, told)
        for row in posts:
            if row.rank < TOLD and told(row.post):
                row.rank = TOLD
        for rank in (2, 1) if usual.hours >= WEEK else (1,):  # less than a whole week cannot be so sure
            start = max(first, self._told_until(key, rank))
            rows = [row for row in posts if row.at >= start * HOUR_S]
            new = series.hours.total(start, hour) * sum(row.rank < rank for row in rows) / max(1, len(rows))
            strength = usual.surprise(new, expected) / scale.z
            enough = new >= max(rule.min_count, rule.min_times * expected)
            if enough and strength >= ALIKE * rank and self._is_news(key, series, rank):
                posts.sort(key=lambda row: (row.at, row.post))
                ids, authors = tuple((r.at, r.post) for r in posts), tuple(r.author for r in posts)
                weeks = usual.hours / WEEK
                return Rise(key, self._newest, rank, strength, new, scale.hours, expected, weeks, ids, authors)
        return None

    def _is_young(self, series: _Series) -> bool:
        return self._newest - series.since * HOUR_S < self._rule.warm_up_minutes * 60

    def _begins_later(self, series: _Series, posts: list[_Seen]) -> bool:
        """Whether half of these posts are of sources that were not there when the history of the series began.

        It then begins when they were.
        """
        began = sorted(self._sources.get(row.source, (self._first, 0))[0] for row in posts)
        if not began or began[len(began) // 2] <= series.since:
            return False
        series.since, series.learned = began[len(began) // 2], -1
        return True

    def _is_news(self, key: Key, series: _Series, rank: int) -> bool:
        """False when this was told: as this series or a part of it while a window holds it, or just now as more."""
        if rank <= series.open:
            return False
        for other, (said, at) in self._told.items():
            wider = other != key and _within(key, other)
            apart = any("" not in (o, mine) and o != mine for o, mine in zip(other, key, strict=True))
            lasts = self._rule.quiet_minutes * 60 if wider else self._longest * HOUR_S
            if said >= rank and not apart and self._newest - at < lasts:
                return False
        return True

    def _told_until(self, key: Key, rank: int) -> int:
        """The first hour whose posts are no part of a told rise of this rank, in this series or a wider one."""
        quiet = self._rule.quiet_minutes * 60
        ends = (
            hour_of(at + quiet) + 1 for other, (said, at) in self._told.items() if said >= rank and _within(key, other)
        )
        return max(ends, default=0)

    def _quiet(self, series: _Series) -> bool:
        return self._newest - series.raised_at < self._rule.quiet_minutes * 60

    def _tell(self, rise: Rise) -> None:
        series = self._series[rise.key]
        series.open, series.shown_in, series.raised_at = rise.rank, rise.hours, self._newest
        self._told = {k: v for k, v in self._told.items() if self._newest - v[1] < self._longest * HOUR_S}
        self._told[rise.key] = (rise.rank, self._newest)
        self._open.add(rise.key)
        for row in series.newest:
            row.rank = max(row.rank, rise.rank)

    def _has_ended(self, series: _Series, now: float) -> bool:
        hour, newest = hour_of(now), hour_of(self._newest)
        series.hours.roll(newest)
        if now - series.raised_at < self._rule.quiet_minutes * 60:
            return False
        for i, scale in enumerate(self._rule.scales):
            usual, expected = self._usual(series, i)
            if usual and hour > newest:
                expected = self._expect(usual, hour, scale.hours)[0]
            count = series.hours.total(hour - scale.hours + 1, hour)
            if usual and scale.hours <= series.shown_in and usual.surprise(count, expected) >= OVER * scale.z:
                return False
        return True

    def _usual(self, series: _Series, i: int) -> tuple[Usual | None, float]:
        """What is usual for the i-th scale, and the count expected in its window up to now."""
        hour = hour_of(self._newest)
        self._refresh(series, hour)
        if series.expected_for != hour:
            series.expected_for = hour
            series.expected = tuple(
                self._expect(usual, hour, scale.hours) if usual else (0.0, 0.0)
                for usual, scale in zip(series.usual, self._rule.scales, strict=True)
            )
        closed, running = series.expected[i]
        return series.usual[i], closed + running * (self._newest / HOUR_S - hour)

    def _refresh(self, series: _Series, hour: int) -> None:
        """Learn anew what is usual, twice a day."""
        turn = hour // RELEARN_HOURS
        if series.learned == turn:
            return
        series.learned, series.expected_for = turn, -1
        series.hours.roll(hour)
        parents: tuple[Usual | None, ...] = (None,) * len(self._rule.scales)
        whole = self._series.get(WHOLE)
        if whole is not None and whole is not series:
            self._refresh(whole, hour)
            parents = whole.usual
        series.usual = tuple(
            self._learn(series.hours, series.since, turn * RELEARN_HOURS - scale.hours, scale.hours, parent)
            for scale, parent in zip(self._rule.scales, parents, strict=True)
        )

    def _expect(self, usual: Usual, hour: int, window: int) -> tuple[float, float]:
        newest = hour_of(self._newest)
        closed = [h for h in range(hour - window + 1, hour) if h > newest or not self._lost[h % KEPT_HOURS]]
        rates: list[float] = usual.rates.tolist()  # quicker one by one than an array
        return sum([rates[slot_of(h)] for h in closed]), rates[slot_of(hour)]

    def _learn(
        self, hours: Hours, since: int, end: int, window: int, parent: Usual | None, *, whole: bool = False
    ) -> Usual | None:
        """What is usual, from the hours before `end`; None when too few of them were observed.

        whole: silent hours count as well, so that what was once taken for an outage may prove to be every night.
        """
        first = max(since, hours.newest - KEPT_HOURS + 1)
        if end - first < max(DAY, window):
            return None
        span = np.arange(first, end)
        seen = np.frombuffer(self._lost, dtype=np.uint8)[span % KEPT_HOURS] == 0
        if whole:
            seen[:] = True
        if seen.sum() < max(DAY, window):
            return None
        shape = np.ones(WEEK) if parent is None else parent.shape
        return learn(hours.between(first, end), seen, slot_of(span), window=window, shape=shape)


def _within(key: Key, other: Key) -> bool:
    """Whether all posts of a series count for the other one as well."""
    return all(o in ("", mine) for o, mine in zip(other, key, strict=True))


def _tells(rise: Rise, other: Rise) -> bool:
    """Whether a rise is as clear as another one, and most of it where that one is wider."""
    excess, wider = rise.count - rise.expected, other.count - other.expected
    return rise.strength >= ALIKE * other.strength and (rise.hours != other.hours or excess >= MOST * wider)


def keys_of(places: tuple[str, ...], category: str | None, jurisdiction: str) -> tuple[Key, ...]:
    """The series a post counts for."""
    named = [p for p in places if p and p != jurisdiction][:PLACES]
    kinds = ("", category) if category else ("",)
    return tuple(dict.fromkeys((place, kind) for place in ("", *named) for kind in kinds))

"""How unusual is a count: the two-scale detector for series, the running evidence of one event for posts.

Both stream, cost O(1) a step, and never look ahead. Nothing here knows a clock: time comes with the data.
"""

import math
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import msgspec

LN2 = math.log(2)
FIRES = 0.5
"""A score at or above this is a firing; below it the score is a hint for charts."""
KEPT_TIMES = 2048  # times kept per event: far above every level's bar; a larger flood is at the top level anyway
MOST = 1e6  # nats of evidence
DAY_S = 86_400.0
HALF_LIFE_10_S, HALF_LIFE_60_S = 600.0, 3600.0


@dataclass(frozen=True)
class ScaleRule:
    """One sliding window of the two-scale detector."""

    minutes: float
    z: float
    """Fires at this many standard deviations above the running mean of the window's own count."""


@dataclass(frozen=True)
class SeriesRule:
    """Settings of the two-scale detector.

    The shipped values are the phase-free two-scale row measured on public five-minute series; see
    docs/decisions/0006-events-and-levels.md.
    """

    scales: tuple[ScaleRule, ...] = (ScaleRule(75, 4.0), ScaleRule(360, 3.5))
    half_life_minutes: float = 5000
    """Of the running mean and variance: 3.5 days."""
    quiet_minutes: float = 1080
    """After a firing the same burst is not announced again: 18 h."""
    warm_up_minutes: float = 1440
    """Of data before the first firing."""
    variance_floor: float = 4.0
    min_count: float = 0.0
    """Fewer in the window than this never fire."""


@dataclass(frozen=True)
class Reading:
    """What the detector says about one bin."""

    score: float
    """0..1; FIRES or more exactly when a burst is announced."""
    z: float
    """The larger of the scales' z over its own bar, i.e. 1.0 at the bar; 0 when below the mean."""
    count: float
    """Count in the window of that scale."""
    minutes: float
    """Length of that window."""
    expected: float
    """Running mean of that window's count, before this bin."""


class _Scale:
    """Running count of one sliding window and its exponentially weighted mean and variance."""

    def __init__(self, rule: ScaleRule, settings: SeriesRule, bin_minutes: float) -> None:
        self.rule = rule
        self.size = max(1, round(rule.minutes / bin_minutes))
        self.window: deque[float] = deque()
        self.total = 0.0
        self.mean = 0.0
        self.variance = 0.0
        self.seen = 0
        self.floor = settings.variance_floor
        self.rate = 1 - 0.5 ** (bin_minutes / settings.half_life_minutes)

    def push(self, count: float) -> tuple[float, float, float]:
        """(z / bar, count in the window, expected) judged before the bin enters mean and variance."""
        self.window.append(count)
        self.total += count
        if len(self.window) > self.size:
            self.total -= self.window.popleft()
        total = max(0.0, self.total)
        expected = self.mean
        gap = total - expected
        strength = gap / math.sqrt(self.variance + self.floor) / self.rule.z if self.seen else 0.0
        self.seen += 1
        if self.seen >= self.size:  # a window still filling up would teach a mean that is too low
            weight = max(self.rate, 1 / (self.seen - self.size + 1))
            self.mean += weight * gap
            self.variance = (1 - weight) * (self.variance + weight * gap * gap)
            return max(0.0, strength), total, expected
        return 0.0, total, expected


class SeriesDetector:
    """Phase-free detector on counts of equal bins: z of sliding linear counts at two scales, one announcement a burst.

    A bin that is missing (an outage) is simply not pushed: mean and variance freeze.
    """

    def __init__(self, rule: SeriesRule | None = None, *, bin_minutes: float = 5.0) -> None:
        if not bin_minutes > 0:
            raise ValueError("bin_minutes must be positive")
        self.rule = rule or SeriesRule()
        self.bin_minutes = bin_minutes
        self._scales = [_Scale(s, self.rule, bin_minutes) for s in self.rule.scales]
        self._bins = 0
        self._quiet_until = 0.0

    def push(self, count: float) -> Reading:
        """Judge the next bin. Raises ValueError for a count that is negative or not finite."""
        if not (math.isfinite(count) and count >= 0):
            raise ValueError(f"a count must be finite and not negative: {count}")
        best = max(((*s.push(count), s.rule.minutes) for s in self._scales), key=lambda r: r[0])
        strength, total, expected, minutes = best
        at = self._bins * self.bin_minutes
        self._bins += 1
        fires = (
            strength >= 1
            and total >= self.rule.min_count
            and at >= self.rule.warm_up_minutes
            and at >= self._quiet_until
        )
        if fires:
            self._quiet_until = at + self.rule.quiet_minutes
        score = min(1.0, FIRES + 0.25 * strength) if fires else 0.49 * min(1.0, strength)
        return Reading(score=score, z=strength, count=total, minutes=minutes, expected=expected)


def score_series(counts: Iterable[float], rule: SeriesRule | None = None, *, bin_minutes: float = 5.0) -> list[float]:
    """The detector's score of every bin, oldest first; scores of a truncated series equal the prefix."""
    detector = SeriesDetector(rule, bin_minutes=bin_minutes)
    return [detector.push(count).score for count in counts]


def bin_minutes_of(times: Iterable[datetime]) -> float:
    """Minutes between the first two rows of a series; 5 when there are fewer. Raises ValueError unless positive."""
    first_two = [t for t, _ in zip(times, range(2), strict=False)]
    if len(first_two) < 2:
        return 5.0
    minutes = (first_two[1] - first_two[0]).total_seconds() / 60
    if minutes <= 0:
        raise ValueError("the second row is not later than the first")
    return minutes


@dataclass(frozen=True)
class Pace:
    """A Poisson CUSUM: does this event run at `high` posts an hour rather than at `low`?"""

    high: float
    low: float

    @cached_property
    def gain(self) -> float:
        """Nats that one more post is worth."""
        return math.log(self.high / self.low)

    @cached_property
    def loss(self) -> float:
        """Nats that an hour of silence costs. The evidence is never negative and always finite."""
        return self.high - self.low


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """The running numbers of one event right after one post."""

    at: float
    """Epoch seconds of that post."""
    cusum: tuple[float, ...]
    """One per pace."""
    recent10: float
    """Posts decayed with a half-life of 10 minutes."""
    recent60: float
    """Posts decayed with a half-life of 60 minutes."""
    day: int
    """Posts of the 24 h up to that post."""

    @property
    def momentum(self) -> float:
        """F = posts of 24 h + 4 x recent10 + recent60: size and speed in one number."""
        return self.day + 4 * self.recent10 + self.recent60


@dataclass(slots=True)
class EventPulse:
    """The counted posts of one event in event time.

    A post in order costs O(1). A late one is put where it belongs and the numbers after it are run again, so that
    the outcome depends on which posts are known, not on the order in which they came.
    """

    paces: tuple[Pace, ...]
    times: list[float] = field(default_factory=list)
    states: list[Evidence] = field(default_factory=list)

    @property
    def now(self) -> Evidence | None:
        """The evidence after the newest post; None when there is none."""
        return self.states[-1] if self.states else None

    def add(self, at: float) -> list[Evidence]:
        """Count one post at epoch seconds `at`; the evidence of this and every later post, oldest first.

        Empty when the post is older than everything an overlong event still keeps.
        """
        if len(self.times) >= KEPT_TIMES:
            if at < self.times[0]:
                return []
            del self.times[: KEPT_TIMES // 4]
            del self.states[: KEPT_TIMES // 4]
        i = bisect_right(self.times, at)
        self.times.insert(i, at)
        self._run(i)
        return self.states[i:]

    def take_in(self, times: Sequence[float]) -> None:
        """Count many posts; an overlong event keeps the newest."""
        if not times:
            return
        first = bisect_right(self.times, min(times))
        self.times[first:] = sorted((*self.times[first:], *times))
        over = max(0, len(self.times) - KEPT_TIMES)
        del self.times[:over]
        del self.states[:over]
        self._run(max(0, first - over))

    def remove(self, at: float) -> None:
        """Take back one post (withdrawn at its source); nothing happens when it is no longer kept."""
        i = bisect_left(self.times, at)
        if i < len(self.times) and self.times[i] == at:
            del self.times[i]
            self._run(i)

    def since(self, at: float) -> list[Evidence]:
        """The evidence at every kept post from epoch seconds `at` on, oldest first."""
        if not self.times or at > self.times[-1]:
            return []
        return self.states[bisect_left(self.times, at) :]

    def last_hour(self) -> int:
        """Posts of the hour up to the newest one."""
        return len(self.times) - bisect_right(self.times, self.times[-1] - 3600) if self.times else 0

    def _run(self, start: int) -> None:
        """The numbers from one post on; the first starts from silence."""
        del self.states[start:]
        times, paces = self.times, [(p.gain, p.loss) for p in self.paces]
        last, cusum, recent10, recent60 = times[0] if times else 0.0, (0.0,) * len(paces), 0.0, 0.0
        if start:
            before = self.states[-1]
            last, cusum, recent10, recent60 = before.at, before.cusum, before.recent10, before.recent60
        for i in range(start, len(times)):
            at = times[i]
            gap = at - last
            hours = gap / 3600
            cusum = tuple(
                [min(MOST, max(0.0, n + gain - loss * hours)) for n, (gain, loss) in zip(cusum, paces, strict=True)]
            )
            recent10 = recent10 * math.exp(-LN2 * gap / HALF_LIFE_10_S) + 1
            recent60 = recent60 * math.exp(-LN2 * gap / HALF_LIFE_60_S) + 1
            day = i + 1 - bisect_right(times, at - DAY_S)
            self.states.append(Evidence(at, cusum, recent10, recent60, day))
            last = at

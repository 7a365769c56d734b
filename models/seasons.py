"""What is usual at this hour of the week: counts by the hour, the rate they suggest, how far a count stands above it.

The rate of an hour is the level of the series times the shape of the week. Both are gamma-Poisson estimates: a factor
of the shape (hour of day, then day of week, then hour of week) begins at the shape above it and leaves it only as
far as counts demand, so that a short or thin history has the shape of its city and a long, rich one its own. A count
is judged by the predictive negative binomial, whose variance holds both how well the level is known and how much
counts scattered so far (the Bayes detector of Hoehle 2007, "surveillance"; past outbreaks weigh less as in Noufaily
et al. 2013), on the scale of a normal deviate by the signed root of the deviance (Pierce & Schafer 1986), which holds
for few counts too.
"""

import math
from array import array
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
HourT = TypeVar("HourT", int, NDArray[np.int64])

HOUR_S = 3600.0
KEPT_HOURS = 29 * 24
"""Hours a series remembers, judged window included: a little less than the log keeps."""
WEEK = 168
FACTOR_COUNTS = 8.0  # a factor of the shape is believed half when so many counts were expected
USUAL_TIMES, USUAL_MORE = 3.0, 3.0  # a past day above 3 x the median + 3 was no usual day and counts as that much
SPREAD, SPREAD_WINDOWS = 2.0, 10.0  # variance over mean of counts before any is seen, believed like so many windows
LEAST_MEAN = 1e-6

_SLOTS = np.arange(WEEK)
_GROUPS = (_SLOTS % 24, _SLOTS // 24, _SLOTS)


def hour_of(at: float) -> int:
    """The hour epoch seconds `at` lie in."""
    return int(at // HOUR_S)


def slot_of(hour: HourT) -> HourT:
    """0..167: hour of the week in Beijing time, Monday 00:00 first; for one hour or an array of them."""
    return (hour + 8 + 72) % WEEK  # the epoch began on a Thursday


class Hours:
    """Posts of each of the last KEPT_HOURS hours."""

    __slots__ = ("_ring", "newest")

    def __init__(self, hour: int) -> None:
        self._ring = array("L", bytes(array("L").itemsize * KEPT_HOURS))
        self.newest = hour

    def roll(self, hour: int) -> None:
        """Let hours pass up to `hour`: empty ones."""
        if hour <= self.newest:
            return
        for passed in range(max(self.newest + 1, hour - KEPT_HOURS + 1), hour + 1):
            self._ring[passed % KEPT_HOURS] = 0
        self.newest = hour

    def add(self, hour: int) -> None:
        """Count one post; one of an hour no longer kept is left out."""
        self.roll(hour)
        if hour > self.newest - KEPT_HOURS:
            self._ring[hour % KEPT_HOURS] += 1

    def total(self, first: int, last: int) -> int:
        """Posts of the hours first..last, both included."""
        start, end = max(first, self.newest - KEPT_HOURS + 1), min(last, self.newest)
        if start > end:
            return 0
        a, b = start % KEPT_HOURS, end % KEPT_HOURS
        return sum(self._ring[a : b + 1]) if a <= b else sum(self._ring[a:]) + sum(self._ring[: b + 1])

    def between(self, first: int, end: int) -> Floats:
        """Posts of each hour from first, `end` excluded; all of them kept ones."""
        ring = np.frombuffer(self._ring, dtype=f"u{self._ring.itemsize}")
        return ring[np.arange(first, end) % KEPT_HOURS].astype(np.float64)


@dataclass(frozen=True, slots=True)
class Usual:
    """What a series usually counts."""

    rates: Floats
    """Shape (168,): expected posts of each hour of the week, all above zero."""
    posts: float
    """How many the rates were learned from."""
    spread: float
    """Variance over mean of a window's count, at least 1: posts about one matter come together."""
    hours: int
    """Observed hours it was learned from."""

    def surprise(self, count: float, mean: float) -> float:
        """How far `count` stands above the expected `mean`, in standard normal units; 0 at or below it."""
        mean = max(mean, LEAST_MEAN)
        return surprise(count, mean, 1 / (1 / self.posts + (self.spread - 1) / mean))

    @property
    def shape(self) -> Floats:
        """The rates over their mean."""
        return self.rates / float(self.rates.mean())


def learn(counts: Floats, seen: NDArray[np.bool_], slots: NDArray[np.int64], *, window: int, shape: Floats) -> Usual:
    """The usual counts behind a history.

    counts, seen, slots: shape (hours,), oldest first; posts, whether the stream was alive, hour of the week. window:
    hours of the window that will be judged: the scatter is that of such windows. shape: (168,), mean 1, of the week as
    known before. Raises ValueError for a history without an observed hour.
    """
    observed = seen.astype(np.float64)
    hours = int(observed.sum())
    if not hours:
        raise ValueError("no observed hour")
    counts = _usual_days(counts * observed)
    total = float(counts.sum()) + 0.5
    found, lived = np.bincount(slots, counts, WEEK), np.bincount(slots, observed, WEEK)
    rates = shape * (total / float(shape @ lived))
    for group in _GROUPS:
        expected = np.bincount(group, rates * lived)
        factor = (np.bincount(group, found) + FACTOR_COUNTS) / (expected + FACTOR_COUNTS)
        rates = rates * factor[group]
    rates = np.maximum(rates * (total / float(rates @ lived)), LEAST_MEAN)
    return Usual(rates, total, _spread(counts, rates[slots] * observed, window), hours)


def surprise(count: float, mean: float, size: float) -> float:
    """How far `count` stands above `mean` in standard normal units; 0 at or below it.

    The signed root of the deviance of a negative binomial with this mean and size.
    """
    if count <= mean:
        return 0.0
    deviance = count * math.log(count / mean) - (count + size) * math.log((count + size) / (mean + size))
    return math.sqrt(2 * max(0.0, deviance))


def _usual_days(counts: Floats) -> Floats:
    """Counts with every day (of 24 hours, back from the end) brought down to what a usual day may have."""
    lead = -len(counts) % 24
    days = np.concatenate([np.zeros(lead), counts]).reshape(-1, 24)
    sums = days.sum(axis=1)
    limit = USUAL_TIMES * float(np.median(sums)) + USUAL_MORE
    kept: Floats = (days * np.minimum(1.0, limit / np.maximum(sums, LEAST_MEAN))[:, None]).reshape(-1)[lead:]
    return kept


def _spread(counts: Floats, means: Floats, window: int) -> float:
    """Variance over mean of the counts of windows of so many hours; near SPREAD when they say little."""
    whole = len(counts) // window * window
    n = counts[len(counts) - whole :].reshape(-1, window).sum(axis=1)
    mean = means[len(means) - whole :].reshape(-1, window).sum(axis=1)
    guess = SPREAD_WINDOWS * max(1.0, float(mean.mean())) if whole else 1.0
    return max(1.0, (float(((n - mean) ** 2).sum()) + SPREAD * guess) / (float(mean.sum()) + guess))

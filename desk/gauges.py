"""Small drawings as numbers: the bar behind a measured value, the columns of a curve (SVG needs no style attribute)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

GAUGE_WIDTH = 96.0
STEPS_MINUTES = (1, 5, 10, 30, 60, 180, 360, 1440)
MAX_COLUMNS = 48
BEIJING_OFFSET_S = 8 * 3600  # columns of a day begin at midnight there


@dataclass(frozen=True)
class Gauge:
    """A bar of `width` with the measured part filled and a tick where the threshold is."""

    width: float
    filled: float
    tick: float


def gauge(measured: float, threshold: float) -> Gauge:
    """The bar of one reason; its full width is the larger of both values and a little more."""
    top = max(abs(measured), abs(threshold)) * 1.08 or 1.0
    return Gauge(GAUGE_WIDTH, round(abs(measured) / top * GAUGE_WIDTH, 1), round(abs(threshold) / top * GAUGE_WIDTH, 1))


@dataclass(frozen=True)
class Column:
    """The posts of one step of time."""

    start: datetime
    end: datetime
    posts: int
    negative: int


def columns(points: Sequence[tuple[datetime, bool]], *, until: datetime) -> tuple[Column, ...]:
    """Posts over time as at most MAX_COLUMNS columns from the first post to `until`.

    points: (published_at, is negative). The step is the smallest of STEPS_MINUTES that fits; steps start on
    whole multiples of their length. Empty without posts.
    """
    if not points:
        return ()
    first, last = min(at for at, _ in points), max(until, max(at for at, _ in points))
    fitting = (s for s in STEPS_MINUTES if (last - first) / timedelta(minutes=s) <= MAX_COLUMNS - 1)
    step = timedelta(minutes=next(fitting, STEPS_MINUTES[-1]))
    start = first - timedelta(seconds=(first.timestamp() + BEIJING_OFFSET_S) % step.total_seconds())
    everything: Counter[int] = Counter()
    negative: Counter[int] = Counter()
    for at, bad in points:
        index = (at - start) // step
        everything[index] += 1
        negative[index] += bad
    count = min((last - start) // step + 1, 400)
    return tuple(
        Column(start + i * step, start + (i + 1) * step, everything[i], negative[i]) for i in range(int(count))
    )

"""The slow rise: many small events at one place, above that place's own past.

Posts are counted in bins of event time per key (a place, or "" for the whole jurisdiction). A key's empty bins are
true zeros while the stream as a whole is alive; a gap of the whole stream is an outage and is left out.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from models.bursts import FIRES, Reading, SeriesDetector, SeriesRule

BIN_S = 300.0
OUTAGE_S = 6 * 3600.0  # a whole stream silent for longer is taken for an outage, not for peace
KEYS = 500  # places watched per jurisdiction; the longest unseen leaves first
LONGEST_CATCH_UP = 3000  # bins (10 days): after that a key starts anew
NEWEST = 50


@dataclass(slots=True)
class _Key:
    detector: SeriesDetector
    bin: int
    count: int = 0
    newest: deque[tuple[float, str]] = field(default_factory=lambda: deque(maxlen=NEWEST))


@dataclass(frozen=True, slots=True)
class Rise:
    """A swell announced for one key."""

    key: str
    at: float
    """Event time of the post that closed the bin."""
    reading: Reading
    posts: tuple[tuple[float, str], ...]
    """(time, id) of the newest counted posts, oldest first."""


class RiseWatch:
    """All keys of one jurisdiction."""

    def __init__(self, rule: SeriesRule) -> None:
        self._rule = rule
        self._keys: OrderedDict[str, _Key] = OrderedDict()
        self._newest = 0.0
        self._skipped = 0.0

    def push(self, at: float, post: str, keys: tuple[str, ...]) -> list[Rise]:
        """Count one post for each key. A post of a bin that is closed already is left out."""
        if at > self._newest:
            if self._newest and at - self._newest > OUTAGE_S:
                self._skipped += (at - self._newest) // BIN_S * BIN_S
            self._newest = at
        now = int((at - self._skipped) // BIN_S)
        found = [rise for key in dict.fromkeys(("", *keys)) if (rise := self._one(key, now, at, post))]
        while len(self._keys) > KEYS:
            self._keys.popitem(last=False)
        return found

    def _one(self, key: str, now: int, at: float, post: str) -> Rise | None:
        state = self._keys.get(key)
        if state is None or now - state.bin > LONGEST_CATCH_UP:
            state = _Key(SeriesDetector(self._rule, bin_minutes=BIN_S / 60), now)
            self._keys[key] = state
        self._keys.move_to_end(key)
        if now < state.bin:
            return None
        fired: Reading | None = None
        while state.bin < now:
            reading = state.detector.push(state.count)
            fired = reading if reading.score >= FIRES else fired
            state.bin, state.count = state.bin + 1, 0
        state.count += 1
        state.newest.append((at, post))
        return Rise(key, at, fired, tuple(sorted(state.newest))) if fired else None

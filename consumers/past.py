"""posts.scored, read again -> what a fresh detector says of it, in memory; nothing is published, nothing committed.

For `minyi why` and `minyi backtest`. The messages are those the detect consumer was fed: in log order, without those
it gave up on. All-clears by the clock on the wall are in no post; they are repeated where the log of the alerts shows
them. Where retention has cut the log, the archive can stand for what is gone, in the order of collection: nearly the
order of the log, and without withdrawn posts.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain

from bus import dead_letters
from bus.api import Bus
from bus.errors import Rejected
from bus.groups import key_bytes, partition_of
from bus.messages import AlertCleared, AlertRaised, Message, decode
from bus.topics import ALERTS_RAISED, POSTS_SCORED
from consumers.detect import IDLE_S, Detector
from models.drill import is_drill

BATCH = 256
CONSUMER = "detect"
FIRST = datetime.min.replace(tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Step:
    """A message of the past and when it came onto the log (from the archive: when it was collected)."""

    message: Message
    at: datetime


@dataclass(frozen=True, slots=True)
class Clear:
    """An all-clear as it stands on the log."""

    id: str
    jurisdiction: str
    cleared_at: datetime
    appended_at: datetime


@dataclass(frozen=True, slots=True)
class Played:
    """Some messages, and the alerts each detector raised at them."""

    steps: Sequence[Step]
    alerts: Sequence[Sequence[AlertRaised]]


class PastLog:
    """posts.scored as it stands now; of one jurisdiction, or of all but drills."""

    def __init__(self, bus: Bus, *, jurisdiction: str | None = None) -> None:
        self._bus = bus
        self._jurisdiction = jurisdiction
        count = bus.partitions(POSTS_SCORED.name)
        only = None if jurisdiction is None else partition_of(key_bytes(jurisdiction), count)
        self._bounds = {p: bus.bounds(POSTS_SCORED.name, p) for p in range(count) if only in (None, p)}
        self._given_up = dead_letters.settled_by(bus, CONSUMER)
        self._clears: list[Clear] | None = None

    @property
    def partitions(self) -> list[int]:
        """Those to be read, one after the other: what happens in one does not touch another."""
        return list(self._bounds)

    def here(self, partition: int, jurisdiction: str) -> bool:
        """Whether a place lives in this partition, and is to be read."""
        count = self._bus.partitions(POSTS_SCORED.name)
        return self._wanted(jurisdiction) and partition_of(key_bytes(jurisdiction), count) == partition

    @property
    def messages(self) -> int:
        """How many there are to read."""
        return sum(end - start for start, end in self._bounds.values())

    def kept_from(self, partition: int) -> datetime | None:
        """Since when this partition is whole: None when retention never took anything, NEVER when it took all."""
        start, end = self._bounds[partition]
        if start == 0:
            return None
        oldest = next(iter(self._bus.read(POSTS_SCORED.name, partition, start, min(start + 1, end))), None)
        return oldest.appended_at if oldest else NEVER

    def steps(self, partition: int, *, tick: Callable[[], None] = lambda: None) -> Iterator[Step]:
        """The messages of a partition, oldest first; `tick` is called at each, ours or not."""
        name = POSTS_SCORED.name
        for d in self._bus.read(name, partition, *self._bounds[partition]):
            tick()
            if (name, partition, d.offset) in self._given_up:
                continue
            try:
                message = decode(d.value)
            except Rejected:
                continue
            if self._wanted(message.jurisdiction):
                yield Step(message, d.appended_at or FIRST)

    def _wanted(self, jurisdiction: str) -> bool:
        return not is_drill(jurisdiction) if self._jurisdiction is None else jurisdiction == self._jurisdiction

    def clears(self, partition: int) -> list[Clear]:
        """The all-clears of the places that live in a partition, in the order of the log."""
        if self._clears is None:
            self._clears = sorted(self._read_clears(), key=lambda c: (c.appended_at, c.id))
        return [c for c in self._clears if self.here(partition, c.jurisdiction)]

    def _read_clears(self) -> Iterator[Clear]:
        name = ALERTS_RAISED.name
        for partition in range(self._bus.partitions(name)):
            for d in self._bus.read(name, partition, *self._bus.bounds(name, partition)):
                try:
                    message = decode(d.value)
                except Rejected:
                    continue
                if isinstance(message, AlertCleared):
                    yield Clear(
                        message.id, message.jurisdiction, message.cleared_at, d.appended_at or message.cleared_at
                    )


def played(steps: Iterable[Step], detectors: Sequence[Detector], clears: Iterable[Clear] = ()) -> Iterator[Played]:
    """Feed all detectors the same past. The first one tells which all-clears came from the clock on the wall: those
    it does not give by itself by the time the next message came."""
    due = deque(clears)
    done: set[str] = set()
    batch: list[Step] = []
    for step in steps:
        if due and due[0].appended_at < step.at:
            yield _handled(batch, detectors, done)
            batch = []
            while due and due[0].appended_at < step.at:
                clear = due.popleft()
                if clear.id not in done:
                    _strike(detectors, clear.cleared_at, done)
        batch.append(step)
        if len(batch) >= BATCH:
            yield _handled(batch, detectors, done)
            batch = []
    yield _handled(batch, detectors, done)


def _handled(batch: Sequence[Step], detectors: Sequence[Detector], done: set[str]) -> Played:
    messages: list[Message] = [step.message for step in batch]
    alerts: list[list[AlertRaised]] = []
    for n, detector in enumerate(detectors):
        said = list(chain.from_iterable(detector.handle(messages)))
        alerts.append([m for m in said if isinstance(m, AlertRaised)])
        if n == 0:
            done.update(m.id for m in said if isinstance(m, AlertCleared))
    return Played(batch, alerts)


def _strike(detectors: Sequence[Detector], at: datetime, done: set[str]) -> None:
    """The clock on the wall, after a while without messages."""
    for n, detector in enumerate(detectors):
        said = [*detector.tick(at - timedelta(seconds=IDLE_S)), *detector.tick(at)]
        if n == 0:
            done.update(m.id for m in said if isinstance(m, AlertCleared))

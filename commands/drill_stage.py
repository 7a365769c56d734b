"""Where a drill is played: the bus and store of this installation, and its consumers, or own ones when none run."""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bus.groups import key_bytes, partition_of
from bus.messages import Message, encode
from bus.topics import POSTS_COLLECTED, route
from commands.common import err, fail, open_bus, open_store
from commands.consume import GROUPS, RUNS, Workplace, notify_run, run_together
from config.settings import Settings
from models.drill import DRILL

if TYPE_CHECKING:
    from bus.api import Bus
    from store.engine import Store

FRESH = timedelta(seconds=20)  # four heartbeats of the supervisor
STEP_S = 0.1
BARRIER_S = 120.0


class DrillBroken(Exception):
    """The drill cannot go on; `str()` says why."""


class Stage:
    """Bus and store, with something that consumes."""

    def __init__(self, where: Settings, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.where, self.now = where, now
        self.store: Store = open_store(where)
        self.bus: Bus = open_bus(where)
        self.own = not runs_elsewhere(where, self.store, now())
        self._stop = threading.Event()
        self._outcomes: dict[str, Any] = {}
        self._thread: threading.Thread | None = None
        self._work = Workplace(where, now=now)

    def open(self) -> None:
        """Start own consumers when nothing else consumes; returns when they are ready to."""
        if not self.own or self._thread is not None:
            return
        runs = {name: make(self._work) for name, make in RUNS.items() if name != "notify"}
        runs["notify"] = partial(notify_run, say=_say_beside)(self._work)
        self._thread = threading.Thread(target=self._consume, args=(runs,), name="drill", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop own consumers; close bus and store."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(30)
        self._work.close()
        self.bus.close()
        self.store.close()

    def publish(self, messages: Sequence[Message]) -> None:
        """Put messages on the bus, durably."""
        for message in messages:
            topic, key = route(message)
            self.bus.publish(topic.name, key, encode(message))
        self.bus.flush()

    def settle(self, *, seconds: float = BARRIER_S) -> None:
        """Wait until every consumer has handled what lies on the bus now. Raises DrillBroken when it takes too long."""
        end = time.monotonic() + seconds
        for name, (group, topics) in GROUPS.items():
            for topic in topics:
                mine = partition_of(key_bytes(DRILL), topic.partitions)
                for partition in range(topic.partitions) if topic is POSTS_COLLECTED else (mine,):
                    self._wait_for(name, group, topic.name, partition, end)

    def check(self) -> None:
        """Raises DrillBroken when an own consumer broke."""
        for name, found in self._outcomes.items():
            if isinstance(found, BaseException):
                raise DrillBroken(f"consumer {name} broke: {type(found).__name__}: {found}")

    def _wait_for(self, name: str, group: str, topic: str, partition: int, end: float) -> None:
        start, last = self.bus.bounds(topic, partition)
        while start < last and self.bus.group_offset(group, topic, partition) < last:
            self.check()
            if time.monotonic() > end:
                raise DrillBroken(f"consumer {name} does not get through {topic}: does it run? See `minyi health`")
            time.sleep(STEP_S / 2)

    def _consume(self, runs: Mapping[str, Any]) -> None:
        self._outcomes.update(run_together(self.where, dict(runs), until_idle=False, stop=self._stop))


def runs_elsewhere(where: Settings, store: "Store", now: datetime) -> bool:
    """Whether `minyi run` runs on this home, or the four consumers have given a sign of life to this store."""
    from store.processes import processes

    lock = where.home / "run.lock"
    if lock.exists():
        with lock.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return True
    with store.read() as conn:
        alive = {p.name for p in processes(conn) if now - p.beat_at < FRESH and p.state == "running"}
    return alive >= set(RUNS)


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the home's drill lock; a second drill ends with the first one's pid."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "drill.lock").open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            fail(f"a drill already runs on {home} (pid {lock.read().strip() or 'unknown'}): wait for it or stop it")
        lock.seek(0)
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _say_beside(text: str, colour: str) -> None:
    """Notices of own consumers go to standard error, for standard output may be JSON."""
    head, _, rest = text.partition("\n")
    err.print(head, style=colour, markup=False, soft_wrap=True)
    if rest:
        err.print(rest, markup=False, soft_wrap=True)

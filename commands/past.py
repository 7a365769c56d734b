"""The past, opened for reading, for `minyi why` and `minyi backtest`."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bus.topics import POSTS_SCORED
from commands.common import err, fail, open_bus, open_store
from commands.lists import _clock

if TYPE_CHECKING:
    from bus.api import Bus
    from config.settings import Settings
    from consumers.detect import Detector
    from consumers.past import PastLog, Played, Step
    from store.engine import Connection

PROGRESS_S = 5.0


@dataclass
class Reading:
    """What was read, for the report."""

    messages: int = 0
    archived: int = 0
    from_archive: bool = False
    """The archive stood for what retention took from the log."""
    log_from: datetime | None = None
    """The log is whole from here on; None when nothing was taken, or all."""
    first: datetime | None = None
    """Earliest collection of a post that was read."""
    last: datetime | None = None

    def words(self) -> str:
        """Where the posts came from, for a person."""
        told = f"{self.messages} messages of the log ({POSTS_SCORED.name})"
        if not self.from_archive:
            return told
        since = f", which begins at {_clock(self.log_from)}" if self.log_from else ""
        return f"{self.archived} posts of the archive, then {told}{since}"

    def row(self) -> dict[str, Any]:
        """The same for `--json`."""
        return {"source": "archive and log" if self.from_archive else "log", **vars(self)}


class Past:
    """The log and the archive of one installation."""

    def __init__(self, bus: "Bus", conn: "Connection") -> None:
        self.conn = conn
        self._bus = bus
        self._said = time.monotonic()
        self._read = 0

    def played(
        self,
        detectors: "Sequence[Detector]",
        *,
        since: datetime | None,
        reading: Reading,
        jurisdiction: str | None = None,
    ) -> "Iterator[Played]":
        """Everything (of one jurisdiction), one partition after the other; `reading` tells what was read.

        since: how far back; where the log no longer reaches so far, the archive stands for what is gone. None: as
        far as the log goes.
        """
        from bus.messages import PostScored
        from consumers.past import PastLog, played

        log = PastLog(self._bus, jurisdiction=jurisdiction)
        for partition in log.partitions:
            steps = self._steps(log, partition, since, reading)
            for part in played(steps, detectors, log.clears(partition)):
                for step in part.steps:
                    if isinstance(step.message, PostScored):
                        at = step.message.collected_at
                        reading.first = min(reading.first or at, at)
                        reading.last = max(reading.last or at, at)
                yield part
            for detector in detectors:
                detector.forget((POSTS_SCORED.name, partition))

    def _steps(self, log: "PastLog", partition: int, since: datetime | None, reading: Reading) -> "Iterator[Step]":
        from consumers.past import NEVER, Step
        from store.past import archived_posts, jurisdictions

        def tick() -> None:
            reading.messages += 1
            self._progress(log)

        whole = log.steps(partition, tick=tick)
        kept_from = log.kept_from(partition)
        if since is None or kept_from is None or since >= kept_from:
            yield from whole
            return
        reading.from_archive = True
        if kept_from != NEVER:
            reading.log_from = max(reading.log_from or kept_from, kept_from)
        places = [place for place in jurisdictions(self.conn) if log.here(partition, place)]
        for post in archived_posts(self.conn, before=kept_from, places=places):  # those on the log too count once
            reading.archived += 1
            self._progress(log)
            yield Step(post, post.collected_at)
        yield from whole

    def _progress(self, log: "PastLog") -> None:
        self._read += 1
        if self._read % 256 == 0 and time.monotonic() - self._said >= PROGRESS_S:
            self._said = time.monotonic()
            err.print(f"{self._read} read; {log.messages} messages on the log", markup=False)


@contextmanager
def opened(where: "Settings") -> "Iterator[Past]":
    """Bus and store in one view, to be read only. Ends the command when there is nothing to read."""
    from store.errors import StoreUnavailable

    _must_exist(where)
    try:
        bus = open_bus(where)
        try:
            store = open_store(where)
            try:
                with store.read() as conn:
                    yield Past(bus, conn)
            finally:
                store.close()
        finally:
            bus.close()
    except StoreUnavailable as problem:
        fail(f"the store cannot be read: {problem}")


def _must_exist(where: "Settings") -> None:
    """Looking makes no files: an installation that never ran has no past."""
    files: list[Path] = [where.home / "bus.db"] if where.bus_kind == "embedded" else []
    if where.store == f"sqlite:///{where.home / 'minyi.db'}":
        files.append(where.home / "minyi.db")
    for file in files:
        if not file.is_file():
            fail(f"{file}: no such file; --home names the folder of the installation, or of a replay", 2)

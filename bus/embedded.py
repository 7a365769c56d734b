"""The embedded log: topics, partitions and consumer groups in one SQLite file, for several processes of one machine.

One integer key (partition id << 40 | offset) keeps appends and reads sequential. Appends are synced to the disk
before flush returns; offsets and heartbeats are not (losing them costs a repetition, never a message).
Decision and figures: docs/decisions/0002-three-buses.md.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from bus.api import Delivery, OnAssigned
from bus.embedded_file import (
    OFFSET_BITS,
    clear_words,
    delivery,
    identity,
    microseconds,
    open_log,
    still_there,
    writing,
)
from bus.embedded_group import EmbeddedSubscription
from bus.embedded_wake import wake_members
from bus.errors import BusUnavailable, PublishError
from bus.groups import key_bytes, partition_of
from bus.memory import utc_now
from bus.topics import ALL_TOPICS, Topic

QUEUE_MESSAGES = 1000  # one transaction; more gained nothing (decision 0002)
QUEUE_BYTES = 8 << 20
READ_ROWS = 500
RETAIN_EVERY_S = 600.0
RETAIN_ROWS = 2000  # deleted per transaction, so that a writer never waits long

log = logging.getLogger(__name__)

_Queued = tuple[int, bytes, bytes, str | None]


class EmbeddedBus:
    """The log in one file. Each thread and each process opens its own."""

    def __init__(
        self,
        path: Path,
        topics: Sequence[Topic] = ALL_TOPICS,
        *,
        now: Callable[[], datetime] = utc_now,
        lease_s: float = 4.0,
    ) -> None:
        """Open the log, making file and folder when missing.

        lease_s: a member not heard of for so long loses its partitions to the others.
        Raises BusUnavailable when the file cannot be used.
        """
        self.path = path
        self.lease_s = lease_s
        self._now = now
        self._days = {t.name: t.retention_days for t in topics}
        self._queue: list[_Queued] = []
        self._queued_bytes = 0
        self._retained_at = float("-inf")
        self._subscriptions: list[EmbeddedSubscription] = []
        self._db = open_log(path, topics)
        self._file = identity(path)
        self._pids: dict[str, list[int]] = {}
        with clear_words(path):
            for pid, topic in self._db.execute("SELECT pid, topic FROM partitions ORDER BY topic, partition"):
                self._pids.setdefault(topic, []).append(pid)

    def publish(self, topic: str, key: str, value: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Queue one message; a long queue is written out at once."""
        raw = key_bytes(key)
        pid = self._pid(topic, partition_of(raw, self.partitions(topic)))
        self._queue.append((pid, raw, value, json.dumps(dict(headers)) if headers else None))
        self._queued_bytes += len(value)
        if len(self._queue) >= QUEUE_MESSAGES or self._queued_bytes >= QUEUE_BYTES:
            self.flush()

    def flush(self) -> None:
        """Append the queue in one synced transaction, then wake the readers."""
        queue, self._queue, self._queued_bytes = self._queue, [], 0
        if not queue:
            return
        try:
            still_there(self.path, self._file)
            with clear_words(self.path), writing(self._db):
                touched = self._append(queue)
                listeners = self._db.execute("SELECT member, topics FROM members").fetchall()
        except BusUnavailable as err:
            raise PublishError(str(err)) from err
        names = {topic for topic, pids in self._pids.items() if touched.intersection(pids)}
        wake_members(self.path, [member for member, topics in listeners if names.intersection(json.loads(topics))])
        if time.monotonic() - self._retained_at > RETAIN_EVERY_S:
            try:
                self.retain()
            except BusUnavailable as err:  # the messages are safe; old ones go next time
                log.warning("retention put off", extra={"error": str(err)})

    def subscribe(
        self, topics: Sequence[str], group: str, *, on_assigned: OnAssigned | None = None
    ) -> EmbeddedSubscription:
        """Join a consumer group, across all processes that have this file open."""
        for topic in topics:
            self.partitions(topic)
        subscription = EmbeddedSubscription(self.path, tuple(topics), group, on_assigned, lease_s=self.lease_s)
        self._subscriptions.append(subscription)
        return subscription

    def read(self, topic: str, partition: int, start: int, end: int) -> Iterator[Delivery]:
        """Messages with start <= offset < end, fetched as they are needed."""
        base = self._pid(topic, partition) << OFFSET_BITS
        at, last = base + max(0, start), base + min(end, (1 << OFFSET_BITS) - 1)
        while at < last:
            with clear_words(self.path):
                rows = self._db.execute(
                    "SELECT id, at, key, value, headers FROM log WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
                    (at, last, READ_ROWS),
                ).fetchall()
            if not rows:
                return
            for row in rows:
                yield delivery(topic, partition, row)
            at = rows[-1][0] + 1

    def partitions(self, topic: str) -> int:
        """How many partitions the topic has. Raises ValueError for a topic that does not exist."""
        if topic not in self._pids:
            raise ValueError(f"no topic named {topic}")
        return len(self._pids[topic])

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """(oldest kept offset, next offset to be written)."""
        with clear_words(self.path):
            first, following = self._db.execute(
                "SELECT first, next FROM partitions WHERE pid = ?", (self._pid(topic, partition),)
            ).fetchone()
        return int(first), int(following)

    def offset_at(self, topic: str, partition: int, when: datetime) -> int:
        """Offset of the first message appended at or after `when`; times never run backwards in a partition."""
        low, high = self.bounds(topic, partition)
        base, wanted = self._pid(topic, partition) << OFFSET_BITS, microseconds(when)
        while low < high:
            middle = (low + high) // 2
            with clear_words(self.path):
                row = self._db.execute("SELECT at FROM log WHERE id = ?", (base + middle,)).fetchone()
            if row is None or row[0] < wanted:  # None: dropped by retention meanwhile
                low = middle + 1
            else:
                high = middle
        return low

    def group_lag(self, group: str, topics: Sequence[str]) -> int:
        """Messages of `topics` the group has not committed, over all partitions."""
        with clear_words(self.path):
            rows = self._db.execute(
                "SELECT p.topic, p.next - max(p.first, coalesce(o.next, 0)) FROM partitions p"
                " LEFT JOIN offsets o ON o.pid = p.pid AND o.grp = ?",
                (group,),
            ).fetchall()
        return sum(behind for topic, behind in rows if topic in topics)

    def group_offset(self, group: str, topic: str, partition: int) -> int:
        """Next offset of a group; 0 when it has committed nothing."""
        with clear_words(self.path):
            row = self._db.execute(
                "SELECT next FROM offsets WHERE grp = ? AND pid = ?", (group, self._pids[topic][partition])
            ).fetchone()
        return row[0] if row else 0

    def retain(self) -> int:
        """Drop what is older than its topic's retention; returns how many. Also done on the way by flush."""
        self._retained_at = time.monotonic()
        dropped = 0
        for topic, days in self._days.items():
            for partition, pid in enumerate(self._pids[topic]):
                keep_from = self.offset_at(topic, partition, self._now() - timedelta(days=days))
                while dropped_now := self._drop(pid, keep_from):
                    dropped += dropped_now
        return dropped

    def close(self) -> None:
        """Leave all groups and close the file; what was not flushed is dropped."""
        for subscription in self._subscriptions:
            subscription.close()
        self._queue.clear()
        self._db.close()

    def _append(self, queue: list[_Queued]) -> set[int]:
        now = microseconds(self._now())
        counts: dict[int, int] = {}
        for pid, *_ in queue:
            counts[pid] = counts.get(pid, 0) + 1
        place: dict[int, tuple[int, int]] = {}
        for pid, count in counts.items():
            following, at = self._db.execute(
                "UPDATE partitions SET next = next + ?, last_at = max(last_at, ?) WHERE pid = ?"
                " RETURNING next, last_at",
                (count, now, pid),
            ).fetchone()
            place[pid] = ((pid << OFFSET_BITS) + following - count, at)
        rows = []
        for pid, key, value, headers in queue:
            row_id, at = place[pid]
            rows.append((row_id, at, key, value, headers))
            place[pid] = (row_id + 1, at)
        self._db.executemany("INSERT INTO log (id, at, key, value, headers) VALUES (?, ?, ?, ?, ?)", rows)
        return set(counts)

    def _drop(self, pid: int, keep_from: int) -> int:
        with clear_words(self.path), writing(self._db):
            (first,) = self._db.execute("SELECT first FROM partitions WHERE pid = ?", (pid,)).fetchone()
            until = min(keep_from, first + RETAIN_ROWS)
            if until <= first:
                return 0
            base = pid << OFFSET_BITS
            self._db.execute("DELETE FROM log WHERE id >= ? AND id < ?", (base + first, base + until))
            self._db.execute("UPDATE partitions SET first = ? WHERE pid = ?", (until, pid))
            return int(until - first)

    def _pid(self, topic: str, partition: int) -> int:
        if not 0 <= partition < self.partitions(topic):
            raise ValueError(f"no partition {partition} of {topic}")
        return self._pids[topic][partition]

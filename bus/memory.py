"""A bus in memory: for tests and one-process runs. Same rules as the durable ones, nothing survives the process."""

import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bus.api import Delivery, OnAssigned
from bus.errors import BusUnavailable, PartitionsLost
from bus.groups import Pair, fair, key_bytes, partition_of
from bus.topics import ALL_TOPICS, Topic


def utc_now() -> datetime:
    """The wall clock, aware, in UTC."""
    return datetime.now(UTC)


class MemoryBus:
    """All partitions as lists; safe to share between threads."""

    def __init__(self, topics: Sequence[Topic] = ALL_TOPICS, *, now: Callable[[], datetime] = utc_now) -> None:
        self._now = now
        self._logs: dict[Pair, list[Delivery]] = {(t.name, p): [] for t in topics for p in range(t.partitions)}
        self._counts = {t.name: t.partitions for t in topics}
        self._queue: list[Delivery] = []
        self._offsets: dict[tuple[str, Pair], int] = {}
        self._owners: dict[str, dict[Pair, str]] = {}
        self._members: dict[str, dict[str, MemorySubscription]] = {}
        self._changed = threading.Condition(threading.RLock())
        self._joined = 0
        self._closed = False

    def publish(self, topic: str, key: str, value: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Queue one message. Raises ValueError for a topic that does not exist."""
        partition = partition_of(key_bytes(key), self.partitions(topic))
        with self._changed:
            self._queue.append(Delivery(topic, partition, 0, key, bytes(value), dict(headers or {})))

    def flush(self) -> None:
        """Append all queued messages to their partitions."""
        with self._changed:
            self._check_open()
            queue, self._queue = self._queue, []
            for message in queue:
                log = self._logs[message.topic, message.partition]
                at = max(self._now(), log[-1].appended_at or self._now()) if log else self._now()
                log.append(replace(message, offset=len(log), appended_at=at))
            self._changed.notify_all()

    def subscribe(
        self, topics: Sequence[str], group: str, *, on_assigned: OnAssigned | None = None
    ) -> "MemorySubscription":
        """Join a group; partitions change hands when their owner polls."""
        for topic in topics:
            self.partitions(topic)
        with self._changed:
            self._check_open()
            self._joined += 1
            member = MemorySubscription(self, f"member-{self._joined}", tuple(topics), group, on_assigned)
            self._members.setdefault(group, {})[member.name] = member
            return member

    def read(self, topic: str, partition: int, start: int, end: int) -> Iterator[Delivery]:
        """Messages with start <= offset < end."""
        yield from self._log(topic, partition)[max(0, start) : max(0, end)]

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """(0, next offset): nothing is ever dropped."""
        return 0, len(self._log(topic, partition))

    def partitions(self, topic: str) -> int:
        """How many partitions the topic has. Raises ValueError for a topic that does not exist."""
        if topic not in self._counts:
            raise ValueError(f"no topic named {topic}")
        return self._counts[topic]

    def offset_at(self, topic: str, partition: int, when: datetime) -> int:
        """Offset of the first message appended at or after `when`; the next offset when there is none."""
        return bisect_left(self._log(topic, partition), when, key=lambda d: d.appended_at or when)

    def group_lag(self, group: str, topics: Sequence[str]) -> int:
        """Messages of `topics` the group has not committed."""
        pairs = [pair for pair in self._logs if pair[0] in topics]
        return sum(len(self._logs[pair]) - self._offsets.get((group, pair), 0) for pair in pairs)

    def group_offset(self, group: str, topic: str, partition: int) -> int:
        """Next offset of a group; 0 when it has committed nothing."""
        return self._offsets.get((group, (topic, partition)), 0)

    def close(self) -> None:
        """Drop what was not flushed; the object is dead afterwards."""
        self._queue.clear()
        self._closed = True

    def all(self, topic: str) -> list[Delivery]:
        """Everything on a topic, partition by partition (for tests)."""
        return [d for p in range(self.partitions(topic)) for d in self._log(topic, p)]

    def expire(self, subscription: "MemorySubscription") -> None:
        """What a broker does to a member gone silent: its partitions are free for the others (for tests)."""
        with self._changed:
            self._members[subscription.group].pop(subscription.name, None)
            owners = self._owners.get(subscription.group, {})
            for pair in [p for p, owner in owners.items() if owner == subscription.name]:
                del owners[pair]
            subscription._positions.clear()
            self._changed.notify_all()

    def _log(self, topic: str, partition: int) -> list[Delivery]:
        if (topic, partition) not in self._logs:
            raise ValueError(f"no partition {partition} of a topic named {topic}")
        return self._logs[topic, partition]

    def _check_open(self) -> None:
        if self._closed:
            raise BusUnavailable("this bus was closed")


class MemorySubscription:
    """A member of a group on a MemoryBus."""

    def __init__(
        self, bus: MemoryBus, name: str, topics: tuple[str, ...], group: str, on_assigned: OnAssigned | None
    ) -> None:
        self.name, self.topics, self.group = name, topics, group
        self._bus = bus
        self._on_assigned = on_assigned
        self._positions: dict[Pair, int] = {}

    def poll(self, max_messages: int, timeout_s: float) -> Sequence[Delivery]:
        """Up to `max_messages`; waits up to `timeout_s` seconds for the first."""
        end = time.monotonic() + timeout_s
        with self._bus._changed:
            while True:
                self._bus._check_open()
                self._settle_ownership()
                if found := self._fetch(max_messages):
                    return found
                left = end - time.monotonic()
                if left <= 0:
                    return []
                self._bus._changed.wait(left)

    def commit(self, deliveries: Sequence[Delivery]) -> None:
        """Mark these settled. Raises PartitionsLost, and goes back to the committed offsets, when one is not ours."""
        with self._bus._changed:
            self._bus._check_open()
            owners = self._bus._owners.get(self.group, {})
            lost = {(d.topic, d.partition) for d in deliveries if owners.get((d.topic, d.partition)) != self.name}
            if lost:
                self._positions = {p: self.committed(*p) for p in self._positions if owners.get(p) == self.name}
                raise PartitionsLost(f"group {self.group}: {sorted(lost)}")
            for d in deliveries:
                at = (self.group, (d.topic, d.partition))
                self._bus._offsets[at] = max(self._bus._offsets.get(at, 0), d.offset + 1)

    def heartbeat(self) -> None:
        """Nothing to do: a member in memory cannot go silent."""

    def assignment(self) -> set[Pair]:
        """(topic, partition) pairs owned now."""
        return set(self._positions)

    def committed(self, topic: str, partition: int) -> int:
        """Next offset of the group."""
        return self._bus._offsets.get((self.group, (topic, partition)), 0)

    def lag(self) -> int:
        """Messages of the owned partitions not yet committed."""
        return sum(self._bus.bounds(*pair)[1] - self.committed(*pair) for pair in self._positions)

    def close(self) -> None:
        """Leave the group."""
        self._bus.expire(self)

    def _settle_ownership(self) -> None:
        members = self._bus._members[self.group]
        members.setdefault(self.name, self)
        owners = self._bus._owners.setdefault(self.group, {})
        wanted = fair({name: m.topics for name, m in members.items()}, self._bus._logs.keys(), owners)
        for pair in [p for p, owner in owners.items() if owner == self.name and wanted.get(p) != self.name]:
            del owners[pair]
            self._bus._changed.notify_all()
        owners.update({p: m for p, m in wanted.items() if m == self.name and p not in owners})
        mine = {p for p, owner in owners.items() if owner == self.name}
        fresh = mine - self._positions.keys()
        self._positions = {p: self._positions[p] if p not in fresh else self.committed(*p) for p in mine}
        if fresh and self._on_assigned:
            self._on_assigned(fresh)

    def _fetch(self, max_messages: int) -> list[Delivery]:
        found: list[Delivery] = []
        for pair, start in list(self._positions.items()):
            part = self._bus._logs[pair][start : start + max_messages - len(found)]
            found += part
            self._positions.pop(pair)
            self._positions[pair] = start + len(part)  # to the end of the row: the next poll begins elsewhere
            if len(found) == max_messages:
                break
        return found

"""The small interface behind which the three brokers stand: memory, embedded, Kafka.

A bus is opened with `bus.connect(address)`; one `Bus` object belongs to one thread. Offsets are of the
*next* message (offset + 1), as in Kafka.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Delivery:
    """One message as it lies in the log."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    appended_at: datetime | None = None


class Subscription(Protocol):
    """A member of a consumer group. A group is the unit of scaling: each partition has one owner at a time."""

    def poll(self, max_messages: int, timeout_s: float) -> Sequence[Delivery]:
        """Up to `max_messages`, in offset order per partition; empty after `timeout_s` seconds without any.

        Raises BusUnavailable. Partitions change hands inside poll only, as long as the member is alive: commit what
        is settled before polling again. `on_assigned` is called there with the newly owned partitions.
        """

    def commit(self, deliveries: Sequence[Delivery]) -> None:
        """Mark these settled: the group goes on after the highest offset of each partition.

        Raises PartitionsLost when another member owns one of the partitions by now: nothing is committed, and
        the subscription goes back to the committed offsets of the partitions it still owns.
        """

    def heartbeat(self) -> None:
        """A sign of life without fetching: call it every few seconds while one batch takes long.

        Raises PartitionsLost when partitions changed hands; everything not committed comes again.
        """

    def assignment(self) -> set[tuple[str, int]]:
        """(topic, partition) pairs owned now."""

    def committed(self, topic: str, partition: int) -> int:
        """Next offset of the group; 0 when the group has not committed (or the log's start if that is later)."""

    def lag(self) -> int:
        """Messages of the owned partitions not yet committed."""

    def close(self) -> None:
        """Leave the group; its partitions go to the others at once."""


OnAssigned = Callable[[set[tuple[str, int]]], None]


class Bus(Protocol):
    """A durable, partitioned log. At-least-once; ids are deterministic and sinks idempotent."""

    def publish(self, topic: str, key: str, value: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Queue one message; the partition follows from the key (crc32 of its UTF-8 modulo partitions).

        A long queue is written out early, so publish may raise what flush raises.
        """

    def flush(self) -> None:
        """Wait until all queued messages are durable. Raises PublishError unless every one was acknowledged.

        The queue is empty afterwards, also after an error: what is not known to be durable is published again.
        """

    def subscribe(self, topics: Sequence[str], group: str, *, on_assigned: OnAssigned | None = None) -> Subscription:
        """Join a consumer group; a new group starts at the oldest message."""

    def read(self, topic: str, partition: int, start: int, end: int) -> Iterator[Delivery]:
        """Messages with start <= offset < end, without a group (for rebuilding state, dead letters, `minyi why`)."""

    def partitions(self, topic: str) -> int:
        """How many partitions the topic has. Raises ValueError for a topic that does not exist."""

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """(oldest kept offset, next offset to be written)."""

    def offset_at(self, topic: str, partition: int, when: datetime) -> int:
        """Offset of the first message appended at or after `when`; the next offset when there is none."""

    def group_lag(self, group: str, topics: Sequence[str]) -> int:
        """Messages of `topics` the group has not committed, over all partitions, members or not."""

    def group_offset(self, group: str, topic: str, partition: int) -> int:
        """Next offset of a group, member of it or not; 0 when it has committed nothing there."""

    def close(self) -> None:
        """Release everything; queued but unflushed messages are dropped."""

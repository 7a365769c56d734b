"""State of a consumer per partition: a function of the log, kept in step with who owns what.

State is valid when it has seen exactly the messages up to the group's committed offset. When a partition arrives,
or when a bug may have left its state half changed, it is forgotten and fed again from the log, without output.
"""

from collections.abc import Callable, Collection, Iterator, Set
from datetime import datetime
from typing import Protocol

from bus import dead_letters, metrics
from bus.api import Bus, Delivery, Subscription
from bus.errors import Rejected
from bus.groups import Pair
from bus.messages import Message, decode

HEARTBEAT_MESSAGES = 1000  # fed between two signs of life
Place = tuple[str, int, int]
"""(topic, partition, offset)."""


class Settled:
    """The messages of one partition that are settled, oldest first; they can be read as often as it takes."""

    def __init__(self, bus: Bus, subscription: Subscription, pair: Pair, until: int, given_up: Set[Place]) -> None:
        """until: the offset of the first message that is not settled. given_up: what is left out."""
        self._bus, self._subscription, self._pair = bus, subscription, pair
        self._until, self._given_up = until, given_up

    def __iter__(self) -> Iterator[Message]:
        """From the oldest message the log still holds."""
        return self._from(self._bus.bounds(*self._pair)[0])

    def since(self, when: datetime) -> Iterator[Message]:
        """Those appended at or after `when`."""
        return self._from(self._bus.offset_at(*self._pair, when))

    def reach_before(self, when: datetime) -> bool:
        """Whether the log still holds messages appended before `when`."""
        return self._bus.bounds(*self._pair)[0] < min(self._bus.offset_at(*self._pair, when), self._until)

    def _from(self, start: int) -> Iterator[Message]:
        for count, d in enumerate(self._bus.read(*self._pair, start, self._until), start=1):
            if count % HEARTBEAT_MESSAGES == 0:
                self._subscription.heartbeat()
            if (d.topic, d.partition, d.offset) in self._given_up:
                continue
            try:
                message = decode(d.value)
            except Rejected:
                continue
            yield message


class Rebuild(Protocol):
    """How a consumer with state gets it back when it is given a partition."""

    def __call__(self, partition: Pair, settled: Settled, /) -> None:
        """Take in the messages already settled, without any output."""


class PartitionState:
    """Calls `rebuild` and `forget` at the right moments; does nothing for a consumer without state."""

    def __init__(
        self,
        bus: Bus,
        subscription: Subscription,
        group: str,
        fresh: set[Pair],
        rebuild: Rebuild | None,
        forget: Callable[[Pair], None] | None,
    ) -> None:
        """`fresh`: where the subscription puts newly assigned partitions."""
        self._bus, self._subscription, self._group, self._fresh = bus, subscription, group, fresh
        self._rebuild, self._forget = rebuild, forget
        self._positions: dict[Pair, int] = {}
        self._guilty: set[Place] = set()

    def settle(self) -> None:
        """Forget what is no longer ours, rebuild what is new. Raises PartitionsLost when that changes meanwhile."""
        if self._fresh:
            metrics.REBALANCES.labels(self._group).inc()
        if self._rebuild is None and self._forget is None:
            self._fresh.clear()
            return
        owned = self._subscription.assignment()
        for pair in self._positions.keys() - owned:
            self._drop(pair)
        self._fresh &= owned
        behind: dict[Pair, int] = {}
        for pair in sorted(self._fresh):
            committed = self._subscription.committed(*pair)
            if self._positions.get(pair) != committed:
                behind[pair] = committed
        given_up = self._given_up() if behind and self._rebuild is not None else set()
        for pair, committed in behind.items():
            self._feed(pair, committed, given_up)
        self._fresh.clear()

    def fed(self, d: Delivery) -> None:
        """The state has seen this message, and it is committed."""
        self._positions[d.topic, d.partition] = d.offset + 1

    def lost(self, pairs: Collection[Pair]) -> None:
        """These may have seen messages that were not committed: next time they start anew."""
        for pair in pairs:
            self._drop(pair)
            self._fresh.add(pair)

    def doubt(self, d: Delivery) -> None:
        """The handler broke somewhere from this message on: back to the state before it."""
        if self._rebuild is not None:
            self._feed((d.topic, d.partition), d.offset, self._given_up())

    def guilty(self, d: Delivery) -> None:
        """This message broke the handler: back to the state before it, and never feed it again."""
        self._guilty.add((d.topic, d.partition, d.offset))
        self.doubt(d)

    def _drop(self, pair: Pair) -> None:
        self._positions.pop(pair, None)
        if self._forget is not None:
            self._forget(pair)

    def _feed(self, pair: Pair, until: int, given_up: Set[Place]) -> None:
        self._drop(pair)
        if self._rebuild is not None:
            self._rebuild(pair, Settled(self._bus, self._subscription, pair, until, given_up))
        self._positions[pair] = until

    def _given_up(self) -> set[Place]:
        """What is never fed. The dead letters of everybody are read for it: once for all partitions that came."""
        return self._guilty | dead_letters.settled_by(self._bus, self._group)

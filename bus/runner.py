"""The loop every consumer runs in: poll, handle, publish, flush, commit. Nothing lost, one outcome per message.

published / skipped   the handler answered with messages / with none
rejected              Rejected, or bytes that are no message      -> dead letter with the reason
bug                   any other exception of a pure handler       -> dead letter `bug`; too many in a row stop
Transient             the same messages again after a pause; the group membership is kept meanwhile
PartitionsLost        another member owns them now: what was done is dropped, it does it again
any other BusError, and any exception of a handler that is not pure: stop without commit
"""

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, repeat
from typing import Literal, Protocol

from bus import dead_letters, metrics
from bus.api import Bus, Delivery, Subscription
from bus.errors import BusError, DeadLetterBudgetExceeded, PartitionsLost, Rejected, Transient
from bus.groups import Pair
from bus.messages import Message, decode, encode
from bus.state import PartitionState, Rebuild
from bus.topics import Topic, route

log = logging.getLogger(__name__)

Outcome = Literal["published", "skipped", "rejected", "bug"]
Outcomes = Counter[Outcome]
Result = Sequence[Message] | Rejected
OnTick = Callable[[datetime], Sequence[Message] | None]

POLL_S = 0.5  # stop and tick are looked at between polls
IDLE_S = 0.02
PAUSES_S = (0.1, 0.3, 1.0, 3.0, 10.0)  # after transient failures, with jitter; the last one repeats
HEARTBEAT_S = 1.0
LAG_S = 5.0  # between two measurements of the lag


class Handler(Protocol):
    """What a consumer does with messages of one partition, in their order."""

    def __call__(self, messages: Sequence[Message], /) -> Sequence[Result]:
        """One result per message, same order: the messages to publish ([] = skipped) or a Rejected.

        May raise Transient (the whole batch comes again) or Rejected for a batch of one. When any other exception
        is raised, and the handler is pure, the batch is handled again one by one, and the guilty message is a bug.
        """


def each(fn: Callable[[Message], Sequence[Message]]) -> Handler:
    """A Handler from a function of one message, which may raise Rejected."""

    def handle(messages: Sequence[Message], /) -> list[Result]:
        results: list[Result] = []
        for message in messages:
            try:
                results.append(fn(message))
            except Rejected as err:
                results.append(err)
        return results

    return handle


def run(
    bus: Bus,
    *,
    group: str,
    sources: Sequence[Topic],
    handle: Handler,
    stop: threading.Event,
    now: Callable[[], datetime],
    sink: Topic | None = None,
    rebuild: Rebuild | None = None,
    forget: Callable[[Pair], None] | None = None,
    on_tick: OnTick | None = None,
    tick_s: float = 1.0,
    max_batch: int = 256,
    until_idle: bool = False,
    pure: bool = True,
    max_bugs_in_a_row: int = 5,
) -> Outcomes:
    """Run one consumer until `stop` is set, or, with until_idle, until the whole group has nothing left to read.

    sink: where a PostWithdrawn goes (bus.topics.route). rebuild, forget: called per partition when it is given and
    taken away. on_tick: about every tick_s seconds between batches; messages it returns are published. Returns the
    outcomes counted here.
    """
    fresh: set[Pair] = set()
    names = [topic.name for topic in sources]
    subscription = bus.subscribe(names, group, on_assigned=fresh.update)
    state = PartitionState(bus, subscription, group, fresh, rebuild, forget)
    loop = _Loop(bus, subscription, state, group, handle, stop, now, sink, pure, max_bugs_in_a_row)
    pulse = _Pulse(bus, group, names, on_tick, tick_s, now, sink)
    try:
        while not stop.is_set():
            batch = subscription.poll(max_batch, 0 if until_idle else min(POLL_S, tick_s))
            loop.take(batch)
            pulse.beat()
            if until_idle and not batch:
                if bus.group_lag(group, names) == 0:
                    pulse.beat(last=True)
                    break
                stop.wait(IDLE_S)  # another member has them, or they are on their way
    except _Stopped:
        log.info("stopped while waiting to try again", extra={"consumer": group})
    finally:
        subscription.close()
    return loop.outcomes


class _Stopped(Exception):
    """`stop` was set during a pause; everything pending is settled, the batch in hand is not."""


@dataclass(frozen=True)
class _Bug:
    error: Exception


_Ready = list[tuple[Topic, str, bytes]] | Rejected | _Bug


class _Loop:
    """Takes batches; keeps what is handled but not yet committed."""

    def __init__(
        self,
        bus: Bus,
        subscription: Subscription,
        state: PartitionState,
        group: str,
        handle: Handler,
        stop: threading.Event,
        now: Callable[[], datetime],
        sink: Topic | None,
        pure: bool,
        max_bugs: int,
    ) -> None:
        self.outcomes: Outcomes = Counter()
        self._bus, self._subscription, self._state, self._group = bus, subscription, state, group
        self._handle, self._stop, self._now, self._sink = handle, stop, now, sink
        self._pure, self._max_bugs = pure, max_bugs
        self._bugs = 0
        self._pending: list[tuple[Delivery, Outcome]] = []

    def take(self, batch: Sequence[Delivery]) -> None:
        """Everything from a polled batch to its commit."""
        started = time.perf_counter()
        parts: dict[Pair, list[Delivery]] = {}
        for d in batch:
            parts.setdefault((d.topic, d.partition), []).append(d)
        try:
            self._state.settle()
            for part in parts.values():
                self._work(part)
            self._settle()
        except PartitionsLost as err:
            log.warning("partitions lost, going on with the others", extra={"consumer": self._group, "why": str(err)})
            self._state.lost(parts)
            self._pending.clear()
        if batch:
            metrics.BATCH_SECONDS.labels(self._group).observe(time.perf_counter() - started)

    def _work(self, part: Sequence[Delivery]) -> None:
        """Handle messages of one partition, as one batch if it can be."""
        slots = [_decoded(d) for d in part]
        messages = [m for m in slots if not isinstance(m, Rejected)]
        ready: list[_Ready] = []
        try:
            ready += self._patiently(messages) if messages else []
        except (BusError, _Stopped):
            raise
        except Exception as err:
            if not (self._pure or isinstance(err, Rejected)):
                raise
            if len(messages) > 1:  # one of them is guilty: find it
                self._state.doubt(part[0])
                for d in part:
                    self._work([d])
                return
            ready.append(err if isinstance(err, Rejected) else _Bug(err))
        results = iter(ready)
        for d, slot in zip(part, slots, strict=True):
            self._emit(d, slot if isinstance(slot, Rejected) else next(results))

    def _patiently(self, messages: Sequence[Message]) -> list[_Ready]:
        """The handler's answer; waits as long as it is Transient."""
        for pause in chain(PAUSES_S, repeat(PAUSES_S[-1])):
            try:
                results = self._handle(messages)
                if len(results) != len(messages):
                    raise ValueError(f"{len(results)} results for {len(messages)} messages")
                return [self._encoded(result) for result in results]
            except Transient as err:
                log.warning(
                    "trying again",
                    extra={"consumer": self._group, "messages": len(messages), "pause_s": pause, "why": str(err)[:200]},
                )
            metrics.RETRIES.labels(self._group).inc()
            self._settle()  # what came before does not wait with us
            self._pause(pause * random.uniform(0.8, 1.2))
        raise AssertionError("unreachable")

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self._stop.wait(min(left, HEARTBEAT_S)):
                raise _Stopped
            self._subscription.heartbeat()

    def _encoded(self, result: Result) -> _Ready:
        if isinstance(result, Rejected):
            return result
        try:
            return [(*route(message, sink=self._sink), encode(message)) for message in result]
        except Rejected as err:
            return err

    def _emit(self, d: Delivery, result: _Ready) -> None:
        """Queue what follows from one message, or its dead letter."""
        outcome: Outcome
        if isinstance(result, Rejected):
            outcome = "rejected"
            self._bury(d, result.reason, result)
        elif isinstance(result, _Bug):
            outcome = "bug"
            self._count_bug(d, result.error)
            self._bury(d, "bug", result.error)
            self._state.guilty(d)
        else:
            outcome = "published" if result else "skipped"
            for topic, key, value in result:
                self._bus.publish(topic.name, key, value)
        self._bugs = self._bugs if outcome == "bug" else 0
        self._pending.append((d, outcome))

    def _bury(self, d: Delivery, reason: str, error: Exception) -> None:
        where = {"consumer": self._group, "reason": reason, "at": dead_letters.place(error)}
        log.warning("dead letter", extra={**where, **_ids(d)})
        dead_letters.write(self._bus, d, reason=reason, error=error, consumer=self._group, now=self._now())

    def _count_bug(self, d: Delivery, error: Exception) -> None:
        self._bugs += 1
        if self._bugs > self._max_bugs:
            self._settle()
            raise DeadLetterBudgetExceeded(
                f"{self._group}: {self._bugs} handler bugs in a row; the last, {type(error).__name__} at "
                f"{dead_letters.place(error) or 'unknown'}, for {d.topic}/{d.partition}@{d.offset}"
            ) from error

    def _settle(self) -> None:
        """Acknowledged first, then committed, then counted."""
        if not self._pending:
            return
        self._bus.flush()
        self._subscription.commit([d for d, _ in self._pending])
        pending, self._pending = self._pending, []
        for d, outcome in pending:
            log.debug("settled", extra={"consumer": self._group, "outcome": outcome, **_ids(d)})
            self._state.fed(d)
        counted: Outcomes = Counter(outcome for _, outcome in pending)
        self.outcomes += counted
        for outcome, count in counted.items():
            metrics.MESSAGES.labels(self._group, outcome).inc(count)


class _Pulse:
    """What happens by the clock, between batches."""

    def __init__(
        self,
        bus: Bus,
        group: str,
        names: Sequence[str],
        on_tick: OnTick | None,
        tick_s: float,
        now: Callable[[], datetime],
        sink: Topic | None,
    ) -> None:
        self._bus, self._group, self._names = bus, group, names
        self._on_tick, self._tick_s, self._now, self._sink = on_tick, tick_s, now, sink
        self._ticked = time.monotonic()
        self._measured = float("-inf")

    def beat(self, *, last: bool = False) -> None:
        """Tick and measure what is due; `last`: tick in any case."""
        at = time.monotonic()
        if self._on_tick and (last or at - self._ticked >= self._tick_s):
            self._ticked = at
            try:
                messages = self._on_tick(self._now()) or []
            except Transient as err:
                log.warning("tick put off", extra={"consumer": self._group, "why": str(err)[:200]})
                messages = []
            for message in messages:
                topic, key = route(message, sink=self._sink)
                self._bus.publish(topic.name, key, encode(message))
            if messages:
                self._bus.flush()
        if at - self._measured >= LAG_S:
            self._measured = at
            metrics.LAG.labels(self._group).set(self._bus.group_lag(self._group, self._names))


def _decoded(d: Delivery) -> Message | Rejected:
    try:
        return decode(d.value)
    except Rejected as err:
        return err


def _ids(d: Delivery) -> dict[str, str | int]:
    return {"topic": d.topic, "partition": d.partition, "offset": d.offset}

"""Dead letters: what could never work, kept with its original bytes until somebody replays or drops it.

A letter is a message on `dead-letters` whose value is untouched and whose headers say what happened. It is settled
by a second message on the same topic, with a `settles` header and no value: the log itself is the record, on every
broker, and retention clears both.
"""

import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from bus.api import Bus, Delivery
from bus.errors import Rejected
from bus.topics import DEAD_LETTERS

ERROR_CHARS = 100
_PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Letter:
    """One unsettled dead letter."""

    id: str
    """`partition-offset` on the dead-letters topic."""
    reason: str
    error: str
    at: str
    """file:line of the innermost frame; empty for what the collector refused."""
    consumer: str
    time: str
    topic: str
    partition: int
    offset: int
    key: str
    value: bytes


def write(
    bus: Bus, source: Delivery, *, reason: str, error: BaseException | None, consumer: str, now: datetime
) -> None:
    """Queue a dead letter for `source`; it is safe after the next flush."""
    headers = {
        "reason": reason,
        "error": repr(error)[:ERROR_CHARS] if error else "",
        "at": place(error),
        "consumer": consumer,
        "time": now.isoformat(),
        "topic": source.topic,
        "partition": str(source.partition),
        "offset": str(source.offset),
        "key": source.key,
    }
    bus.publish(DEAD_LETTERS.name, source.key, source.value, headers)


def place(error: BaseException | None) -> str:
    """`file:line` where the error was raised (a Rejected: or made), relative to the project; empty when nowhere."""
    frames = traceback.extract_tb(error.__traceback__) if error else []
    if frames:
        file, line = frames[-1].filename, frames[-1].lineno
    elif isinstance(error, Rejected):
        file, line = error.made_at
    else:
        return ""
    path = Path(file)
    short = path.relative_to(_PROJECT) if path.is_relative_to(_PROJECT) else Path(*path.parts[-2:])
    return f"{short.as_posix()}:{line}"


def letters(bus: Bus, *, since: datetime | None = None) -> list[Letter]:
    """All unsettled letters, oldest first; `since`: only those written from then on."""
    found: dict[str, Letter] = {}
    for d in _log(bus, since):
        if settled := d.headers.get("settles"):
            found.pop(settled, None)
        elif "topic" in d.headers:
            found[f"{d.partition}-{d.offset}"] = _letter(d)
    return list(found.values())


def settled_by(bus: Bus, consumer: str) -> set[tuple[str, int, int]]:
    """(topic, partition, offset) of every message this consumer gave up on, replayed ones included."""
    return {
        (d.headers["topic"], int(d.headers["partition"]), int(d.headers["offset"]))
        for d in _log(bus, None)
        if d.headers.get("consumer") == consumer and "topic" in d.headers
    }


def replay(bus: Bus, chosen: Sequence[Letter], *, now: datetime) -> int:
    """Put the original bytes back on their topics, then mark the letters settled. Returns how many."""
    for letter in chosen:
        bus.publish(letter.topic, letter.key, letter.value, {"replayed": letter.id})
    bus.flush()  # first the messages: a crash between the two repeats them, and repeats are harmless
    return _settle(bus, chosen, "replayed", now)


def drop(bus: Bus, chosen: Sequence[Letter], *, now: datetime) -> int:
    """Mark the letters settled without sending them again. Returns how many."""
    return _settle(bus, chosen, "dropped", now)


def _settle(bus: Bus, chosen: Sequence[Letter], how: Literal["replayed", "dropped"], now: datetime) -> int:
    for letter in chosen:
        headers = {"settles": letter.id, "how": how, "time": now.isoformat()}
        bus.publish(DEAD_LETTERS.name, letter.key, b"", headers)
    bus.flush()
    return len(chosen)


def _log(bus: Bus, since: datetime | None) -> Iterator[Delivery]:
    for partition in range(bus.partitions(DEAD_LETTERS.name)):
        start, end = bus.bounds(DEAD_LETTERS.name, partition)
        if since is not None:
            start = bus.offset_at(DEAD_LETTERS.name, partition, since)
        yield from bus.read(DEAD_LETTERS.name, partition, start, end)


def _letter(d: Delivery) -> Letter:
    h = d.headers
    return Letter(
        id=f"{d.partition}-{d.offset}",
        reason=h.get("reason", ""),
        error=h.get("error", ""),
        at=h.get("at", ""),
        consumer=h.get("consumer", ""),
        time=h.get("time", ""),
        topic=h["topic"],
        partition=int(h["partition"]),
        offset=int(h["offset"]),
        key=h.get("key", ""),
        value=d.value,
    )

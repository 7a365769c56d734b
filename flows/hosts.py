"""When a host may be asked again: one request after the other, not before the pause or its Retry-After is over.

What is known of a host is shared by all sources of a round; with a folder also by all processes and later rounds.
"""

import asyncio
import fcntl
import os
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from flows.ids import hashed

FIRST_EXTRA_S, MOST_EXTRA_S = 0.1, 2.0  # how much slower we go after "too many requests" ...
EASING = 0.8  # ... and how fast that wears off, a good answer at a time
MARGIN = 1.02  # clocks and networks jitter: a pause measured by the site must not come out shorter than it asked


class _Kept(msgspec.Struct):
    """What is written down of a host. Epoch seconds."""

    last_at: float = 0.0
    closed_until: float = 0.0
    reason: str = ""


@dataclass
class Host:
    """One host in this process."""

    gate: asyncio.Semaphore
    kept: _Kept = field(default_factory=_Kept)
    extra_s: float = 0.0


@dataclass
class Hosts:
    """All hosts. folder: where what must outlive the process is kept; None: in memory only."""

    connections: int
    folder: Path | None = None
    clock: Callable[[], float] = time.time
    _hosts: dict[str, Host] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)

    def of(self, name: str) -> Host:
        """The host called `name` (host:port)."""
        if name not in self._hosts:
            self._hosts[name] = Host(asyncio.Semaphore(self.connections))
        return self._hosts[name]

    @asynccontextmanager
    async def connection(self, name: str) -> AsyncIterator[None]:
        """One of the host's connections, over all processes that share the folder. Dies with its process."""
        async with self.of(name).gate:
            if self.folder is None:
                yield
                return
            slots = [self.folder / f"{hashed(name)}.{i}" for i in range(self.connections)]
            handle = _free(slots)
            while handle is None:
                await asyncio.sleep(0.02 + 0.03 * random.random())
                handle = _free(slots)
            try:
                yield
            finally:
                os.close(handle)

    def reserve(self, name: str, pause_s: float) -> tuple[float, str]:
        """(seconds to wait, why the host is closed for them).

        Pauses count from the end of the last request. With an empty reason the turn is reserved: wait, then
        ask. With a reason nothing is reserved.
        """
        host = self.of(name)
        pause = max(pause_s, host.extra_s) * MARGIN

        def turn(kept: _Kept) -> tuple[float, str]:
            now = self.clock()
            if kept.closed_until > now:
                return kept.closed_until - now, kept.reason
            kept.last_at = max(now, min(kept.last_at, now + 600) + pause)  # a clock set back must not stop us
            return kept.last_at - now, ""

        return self._change(name, host, turn)

    def touched(self, name: str) -> None:
        """A request is over: the next pause counts from here."""

        def note(kept: _Kept) -> tuple[float, str]:
            kept.last_at = max(kept.last_at, self.clock())
            return 0.0, ""

        self._change(name, self.of(name), note)

    def closed(self, name: str) -> bool:
        """Whether the host has been closed, also while somebody was waiting for his turn."""
        return self.of(name).kept.closed_until > self.clock()

    def close(self, name: str, seconds: float, reason: str) -> None:
        """Nobody asks this host for so long; afterwards a little slower for a while."""
        host = self.of(name)
        host.extra_s = min(max(FIRST_EXTRA_S, host.extra_s * 2), MOST_EXTRA_S)

        def shut(kept: _Kept) -> tuple[float, str]:
            kept.closed_until = max(kept.closed_until, self.clock() + seconds)
            kept.reason = reason
            return 0.0, ""

        self._change(name, host, shut)

    def answered(self, name: str) -> None:
        """A good answer: back towards the usual pace."""
        host = self.of(name)
        host.extra_s = host.extra_s * EASING if host.extra_s > 0.02 else 0.0

    def _change(self, name: str, host: Host, change: Callable[[_Kept], tuple[float, str]]) -> tuple[float, str]:
        if self.folder is None:
            return change(host.kept)
        handle = os.open(self.folder / hashed(name), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            try:
                host.kept = msgspec.msgpack.decode(os.read(handle, 1000), type=_Kept)
            except msgspec.DecodeError:  # new, or cut short by a crash
                host.kept = _Kept()
            outcome = change(host.kept)
            os.ftruncate(handle, 0)
            os.pwrite(handle, msgspec.msgpack.encode(host.kept), 0)
            return outcome
        finally:
            os.close(handle)


def _free(slots: list[Path]) -> int | None:
    """The first of these lock files nobody holds, held; None when all are taken."""
    for slot in slots:
        handle = os.open(slot, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            continue
        return handle
    return None

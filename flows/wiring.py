"""What a scheduled job needs, opened from the environment and closed again."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from bus import connect
from bus.api import Bus
from config.settings import Settings
from flows.ids import hashed
from store.engine import Store, open_store

KAFKA_PREFIX = "MINYI_KAFKA_"


@contextmanager
def opened_store(where: Settings) -> Iterator[Store]:
    """The store of this installation."""
    store = open_store(where.store)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def opened_bus(where: Settings) -> Iterator[Bus]:
    """The bus of this installation; MINYI_KAFKA_* variables go to the Kafka client."""
    options = {k.removeprefix(KAFKA_PREFIX).lower(): v for k, v in os.environ.items() if k.startswith(KAFKA_PREFIX)}
    bus = connect(where.bus, home=where.home, options=options)
    try:
        yield bus
    finally:
        bus.close()


@contextmanager
def only_one(home: Path, job: str) -> Iterator[bool]:
    """Whether this process is the only one doing `job` here. The lock dies with its process: nothing stays stuck."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / f"{job}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


@asynccontextmanager
async def in_turn(home: Path | None, job: str) -> AsyncIterator[bool]:
    """Wait until no other process does `job`; gives whether that took waiting. None: nobody else is there."""
    if home is None:
        yield False
        return
    folder = home / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / hashed(job), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        waited = False
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waited = True
                await asyncio.sleep(0.2)
        yield waited
    finally:
        os.close(handle)

"""What a scheduled job needs, opened from the environment and closed again."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bus import connect
from bus.api import Bus
from config.settings import Settings
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

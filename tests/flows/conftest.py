"""A site, a store, a bus and a key for the collection tests."""

import asyncio
import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from local_site import KEY, NOW, QUICK, STILL, Collect, Site

from bus.memory import MemoryBus
from config.sources import Manners, SourceEntry
from flows.collecting import RoundResult, collect_round
from store.engine import Store, open_store


@pytest.fixture
def site() -> Iterator[Site]:
    opened = Site()
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'minyi.db'}")
    yield opened
    opened.close()


@pytest.fixture
def bus() -> Iterator[MemoryBus]:
    opened = MemoryBus()
    yield opened
    opened.close()


@pytest.fixture
def collect(store: Store, bus: MemoryBus) -> Collect:
    """One round over the given entries; chance adds nothing to the next try unless it is passed in."""

    def run(
        *entries: SourceEntry, now: datetime = NOW, manners: Manners = QUICK, chance: random.Random = STILL
    ) -> list[RoundResult]:
        return asyncio.run(
            collect_round(entries, store=store, bus=bus, key=KEY, manners=manners, now=now, chance=chance)
        )

    return run

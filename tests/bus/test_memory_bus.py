"""The bus in memory keeps the contract."""

from collections.abc import Iterator

import pytest
from bus_contract import Contract, OpenBus

from bus.memory import MemoryBus
from bus.topics import DEAD_LETTERS, POSTS_SCORED, Topic


class TestMemory(Contract):
    @pytest.fixture
    def open_bus(self, topic: Topic) -> Iterator[OpenBus]:
        bus = MemoryBus([topic, POSTS_SCORED, DEAD_LETTERS])
        yield lambda: bus
        bus.close()

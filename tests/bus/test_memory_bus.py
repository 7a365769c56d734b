"""The bus in memory keeps the contract."""

from collections.abc import Iterator

import pytest
from bus_contract import Contract, OpenBus

from bus.memory import MemoryBus
from bus.topics import Topic


class TestMemory(Contract):
    @pytest.fixture
    def open_bus(self, topic: Topic) -> Iterator[OpenBus]:
        bus = MemoryBus([topic])
        yield lambda: bus
        bus.close()

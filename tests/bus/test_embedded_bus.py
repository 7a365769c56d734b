"""The embedded log keeps the contract, also between processes, and says clearly what is wrong with its file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bus_contract import Contract, OpenBus

from bus.embedded import EmbeddedBus
from bus.topics import Topic


class TestEmbedded(Contract):
    @pytest.fixture
    def open_bus(self, topic: Topic, tmp_path: Path) -> Iterator[OpenBus]:
        opened: list[EmbeddedBus] = []

        def open_one() -> EmbeddedBus:
            opened.append(EmbeddedBus(tmp_path / "bus.db", [topic]))
            return opened[-1]

        yield open_one
        for bus in opened:
            bus.close()

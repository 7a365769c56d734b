"""Kafka keeps the contract, on a real broker: `make kafka`, then MINYI_TEST_KAFKA=127.0.0.1:19092."""

import os
from collections.abc import Iterator

import pytest
from bus_contract import Contract, OpenBus

from bus.topics import DEAD_LETTERS, POSTS_SCORED, Topic

BROKER = os.environ.get("MINYI_TEST_KAFKA", "")
needs_broker = [
    pytest.mark.kafka,
    pytest.mark.filterwarnings(
        "ignore:(read|open)_text is deprecated:DeprecationWarning"
    ),  # the client, on Python 3.11
    pytest.mark.skipif(not BROKER, reason="needs a Kafka broker: set MINYI_TEST_KAFKA=host:port (make kafka)"),
]
FAST = {"session_timeout_ms": "3000", "heartbeat_interval_ms": "300"}


class TestKafka(Contract):
    pytestmark = needs_broker

    @pytest.fixture
    def open_bus(self, topic: Topic) -> Iterator[OpenBus]:
        from bus.kafka import KafkaBus

        opened: list[KafkaBus] = []

        def open_one() -> KafkaBus:
            opened.append(KafkaBus([BROKER], [topic, POSTS_SCORED, DEAD_LETTERS], options=FAST))
            return opened[-1]

        yield open_one
        for bus in opened:
            bus.close()

"""What travels between the parts of minyi, and how: messages, topics, errors, the runner and three brokers."""

from collections.abc import Mapping
from pathlib import Path

from bus.api import Bus

__all__ = ["Bus", "connect"]


def connect(address: str, *, home: Path, options: Mapping[str, str] | None = None) -> Bus:
    """The bus at `address`: `memory`, `embedded` (the log is home/bus.db) or `kafka://host:port[,host:port]`.

    options: settings of the Kafka client (security_protocol, sasl_mechanism, ssl_cafile, ...): docs/bus.md.
    Raises BusUnavailable when it cannot be reached, ValueError for an address of another kind or a wrong option.
    """
    if address == "memory":
        from bus.memory import MemoryBus

        return MemoryBus()
    if address == "embedded":
        from bus.embedded import EmbeddedBus

        return EmbeddedBus(home / "bus.db")
    if address.startswith("kafka://"):
        from bus.kafka import KafkaBus

        return KafkaBus(address.removeprefix("kafka://").split(","), options=options)
    raise ValueError(f"bus address {address!r}: expected memory, embedded or kafka://host:port")

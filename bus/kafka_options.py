"""Settings of the Kafka client as text (MINYI_KAFKA_* variables) into the types the client wants."""

from collections.abc import Mapping
from typing import Any

OURS = frozenset(
    {
        "acks", "allow_auto_create_topics", "auto_commit_interval_ms", "auto_offset_reset", "bootstrap_servers",
        "enable_auto_commit", "enable_idempotence", "group_id", "group_instance_id", "isolation_level",
        "partition_assignment_strategy", "transactional_id",
    }
)  # fmt: skip
"""What the delivery guarantee rests on: not open to change."""
_WORDS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


def typed(options: Mapping[str, str], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The options with the types of `defaults` (all settings of all our clients).

    Raises ValueError, naming the option (never its value: it may be a password), for one that is unknown, fixed by
    minyi, or not of its type.
    """
    return {name: _one(name, text, defaults) for name, text in options.items()}


def _one(name: str, text: str, defaults: Mapping[str, Any]) -> Any:
    if name in OURS:
        raise ValueError(f"Kafka option {name}: minyi sets this itself")
    if name not in defaults:
        raise ValueError(f"Kafka option {name}: the client knows no such setting")
    default = defaults[name]
    try:
        if name == "api_version":
            return tuple(int(part) for part in text.split("."))
        if isinstance(default, bool):
            return _WORDS[text.lower()]
        if isinstance(default, int):
            return int(text)
    except (ValueError, KeyError):
        kinds = {bool: "true or false", int: "a whole number"}
        wanted = kinds.get(type(default), "numbers like 2.8")
        raise ValueError(f"Kafka option {name}: expected {wanted}") from None
    if default is None or isinstance(default, str):
        return text
    raise ValueError(f"Kafka option {name}: cannot be given as text")

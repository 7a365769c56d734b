"""Opening a bus by its address, and the settings of the Kafka client."""

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bus import connect
from bus.kafka_options import typed

ROOT = Path(__file__).parents[2]
DEFAULTS: dict[str, Any] = {
    "security_protocol": "PLAINTEXT",
    "sasl_plain_password": None,
    "check_crcs": True,
    "fetch_max_wait_ms": 500,
    "api_version": None,
    "selector": object,
}


def test_the_address_says_which_bus(tmp_path: Path) -> None:
    for address, kind in (("memory", "MemoryBus"), ("embedded", "EmbeddedBus")):
        bus = connect(address, home=tmp_path / "home")
        assert type(bus).__name__ == kind
        bus.close()
    assert (tmp_path / "home" / "bus.db").exists()
    with pytest.raises(ValueError, match="expected memory, embedded or kafka"):
        connect("rabbit://host", home=tmp_path)


def test_kafka_is_imported_only_for_kafka() -> None:
    code = "import sys, bus, bus.runner, bus.embedded, bus.memory; sys.exit('kafka' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_a_broker_that_is_not_there_is_named(tmp_path: Path) -> None:
    options = "{'bootstrap_timeout_ms': '500'}"
    code = f"import sys, bus, pathlib; bus.connect(sys.argv[1], home=pathlib.Path(), options={options})"
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        result = subprocess.run(  # its own process: the client leaves a socket behind
            [sys.executable, "-c", code, f"kafka://{address}"], cwd=ROOT, capture_output=True, text=True, timeout=60
        )
    assert f"bus.errors.BusUnavailable: Kafka at {address}: no answer in time" in result.stderr


def test_options_get_the_types_of_the_client() -> None:
    text = {"security_protocol": "SASL_SSL", "check_crcs": "false", "fetch_max_wait_ms": "5", "api_version": "2.8"}
    assert typed({**text, "sasl_plain_password": "x"}, DEFAULTS) == {
        "security_protocol": "SASL_SSL",
        "check_crcs": False,
        "fetch_max_wait_ms": 5,
        "api_version": (2, 8),
        "sasl_plain_password": "x",
    }


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("group_id", "minyi sets this itself"),
        ("securty_protocol", "knows no such setting"),
        ("check_crcs", "expected true or false"),
        ("fetch_max_wait_ms", "expected a whole number"),
        ("api_version", "expected numbers like 2.8"),
        ("selector", "cannot be given as text"),
    ],
)
def test_a_wrong_option_is_named_without_its_value(name: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        typed({name: "s3cret"}, DEFAULTS)
    assert name in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None

"""Dead letters from the command line: listed, replayed, dropped; settled ones stay settled."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result
from wire import NOW, post

from bus import connect
from bus.api import Bus
from bus.dead_letters import letters, write
from bus.messages import encode
from bus.topics import DEAD_LETTERS, POSTS_COLLECTED
from commands.dead_letters import app

BAD = "云溯区".encode("gbk")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A log with three messages, all of them buried by `score`."""
    bus = connect("embedded", home=tmp_path)
    for n, value in enumerate([encode(post(1)), BAD, encode(post(2))]):
        bus.publish(POSTS_COLLECTED.name, f"钥匙{n}", value)
    bus.flush()
    found = sorted(everything(bus), key=lambda d: d.key)
    for d, reason in zip(found, ("bug", "undecodable", "bug"), strict=True):
        write(bus, d, reason=reason, error=ValueError("[red]?"), consumer="score", now=NOW)
    bus.flush()
    bus.close()
    return tmp_path


def everything(bus: Bus) -> list:  # type: ignore[type-arg]
    name = POSTS_COLLECTED.name
    return [d for p in range(bus.partitions(name)) for d in bus.read(name, p, *bus.bounds(name, p))]


def call(home: Path, *args: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [*args, "--home", str(home)])
    assert result.exit_code == code, result.output
    return result


def listed(home: Path, *args: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in call(home, "list", "--json", *args).stdout.splitlines()]


def test_letters_are_listed_with_what_happened(home: Path) -> None:
    assert [(row["id"], row["reason"], row["key"]) for row in listed(home)] == [
        ("0-0", "bug", "钥匙0"),
        ("0-1", "undecodable", "钥匙1"),
        ("0-2", "bug", "钥匙2"),
    ]
    assert [row["id"] for row in listed(home, "--reason", "bug", "--limit", "1")] == ["0-2"]
    assert listed(home, "--consumer", "detect") == []
    assert listed(home)[1]["value"] == BAD.decode("utf-8", "backslashreplace")
    table = call(home, "list").stdout
    assert "0-1" in table
    assert "undecodable" in table
    assert "[red" in table, "not taken for markup"


def test_a_replayed_letter_is_back_on_its_topic_byte_for_byte_and_no_longer_listed(home: Path) -> None:
    assert call(home, "replay", "--reason", "undecodable").stdout == "1 replayed\n"
    assert [row["id"] for row in listed(home)] == ["0-0", "0-2"]
    bus = connect("embedded", home=home)
    again = [d for d in everything(bus) if "replayed" in d.headers]
    assert [(d.key, d.value, d.headers["replayed"]) for d in again] == [("钥匙1", BAD, "0-1")]
    first = next(d for d in everything(bus) if d.value == BAD and not d.headers)
    assert first.partition == again[0].partition
    bus.close()


def test_letters_are_chosen_by_id_and_by_all(home: Path) -> None:
    assert call(home, "drop", "--id", "0-0", "--id", "0-1").stdout == "2 dropped\n"
    assert call(home, "replay", "--all").stdout == "1 replayed\n"
    assert call(home, "replay", "--all").stdout == "0 replayed\n"
    assert call(home, "list").stdout == "No dead letters.\n"


def test_a_letter_buried_again_is_listed_again(home: Path) -> None:
    call(home, "replay", "--id", "0-1")
    bus = connect("embedded", home=home)
    again = next(d for d in everything(bus) if d.headers)
    write(bus, again, reason="undecodable", error=None, consumer="score", now=NOW)
    bus.flush()
    assert [letter.id for letter in letters(bus)] == ["0-0", "0-2", "0-4"]
    assert bus.bounds(DEAD_LETTERS.name, 0) == (0, 5)
    bus.close()


@pytest.mark.parametrize("args", [["replay"], ["drop"]])
def test_saying_nothing_chooses_nothing(home: Path, args: list[str]) -> None:
    call(home, *args, code=2)
    assert len(listed(home)) == 3


def test_an_unknown_id_changes_nothing(home: Path) -> None:
    call(home, "drop", "--id", "0-0", "--id", "9-9", code=1)
    assert len(listed(home)) == 3


def test_the_group_has_the_three_commands() -> None:
    assert set(typer.main.get_command(app).commands) == {"list", "replay", "drop"}  # type: ignore[attr-defined]

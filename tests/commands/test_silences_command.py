"""`minyi silences`, and what `minyi alerts` says of what is held back."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bus.messages import AlertCounts, AlertRaised, EventChanged, Reason, Window
from cli import app
from store import outbox
from store.alerts import save_alert
from store.engine import open_store
from store.events import save_event
from store.silences import active_silences

AT = datetime(2026, 11, 16, 14, 30, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MINYI_STORE", raising=False)
    return tmp_path


def run(*args: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, args)
    return result.exit_code, result.output


def test_a_silence_is_ordered_listed_and_taken_back(home: Path) -> None:
    code, out = run(
        "silences",
        "add",
        "--place",
        "望汐派出所",
        "--hours",
        "4",
        "--reason",
        "演习",
        "--by",
        "李",
        "--home",
        str(home),
    )
    assert code == 0, out
    code, out = run("silences", "list", "--json", "--home", str(home))
    (line,) = [json.loads(row) for row in out.splitlines()]
    assert (line["place"], line["by"], line["reason"], line["ended_at"]) == ("望汐派出所", "李", "演习", None)
    assert "望汐派出所" in run("silences", "list", "--home", str(home))[1]
    assert run("silences", "end", str(line["id"]), "--home", str(home))[0] == 0
    assert run("silences", "end", str(line["id"]), "--home", str(home))[0] == 1
    assert run("silences", "list", "--home", str(home)) == (0, "no silences\n")
    assert "ended" in run("silences", "list", "--all", "--home", str(home))[1]


@pytest.mark.parametrize(
    "args",
    [
        ["--hours", "1"],
        ["--event", "e"],
        *(["--place", "望汐派出所", "--hours", hours] for hours in ("999", "1e9", "inf", "nan")),
        ["--event", "e", "--until", "x"],
    ],
)
def test_a_silence_without_object_or_end_is_refused(home: Path, args: list[str]) -> None:
    assert run("silences", "add", *args, "--home", str(home))[0] == 2
    store = open_store(f"sqlite:///{home / 'minyi.db'}")
    with store.read() as conn:
        assert active_silences(conn, datetime.now(UTC)) == []
    store.close()


def test_an_event_that_is_silenced_must_be_known(home: Path) -> None:
    code, out = run("silences", "add", "--event", "e-typo", "--hours", "1", "--home", str(home))
    assert (code, out) == (2, "no event e-typo; `minyi events` lists them\n")
    store = open_store(f"sqlite:///{home / 'minyi.db'}")
    changed = EventChanged(
        id="e1", headline="打人", phase="rising", first_at=AT, last_at=AT, first_post="p1", counts=AlertCounts(posts=1),
        added=["p1"],
    )  # fmt: skip
    with store.write() as conn:
        save_event(conn, changed)
    store.close()
    assert run("silences", "add", "--event", "e1", "--hours", "1", "--home", str(home))[0] == 0
    assert "event e1" in run("silences", "list", "--home", str(home))[1]


def test_alerts_say_what_is_held_back_until_when(home: Path) -> None:
    alert = AlertRaised(
        id="a1", event="e1", level="orange", headline="打人", counts=AlertCounts(), first_post="p1", posts=["p1"],
        reasons=[Reason(rule="event-burst", measured=1, threshold=1, words="一")], window=Window(start=AT, end=AT),
        raised_at=AT,
    )  # fmt: skip
    store = open_store(f"sqlite:///{home / 'minyi.db'}")
    with store.write() as conn:
        save_alert(conn, alert)
        assert outbox.enroll(
            conn, audience="值班室", channel="terminal", subject="a1", kind="alert", event="e1", place="",
            level="orange", now=AT,
        )  # fmt: skip
        outbox.hold(conn, outbox.due(conn, AT), until=AT + timedelta(hours=8.5), why="quiet hours")
    store.close()
    _, out = run("alerts", "--home", str(home))
    assert "held until 2026-11-17 07:00 (quiet hours)" in out
    _, out = run("alerts", "--json", "--home", str(home))
    assert json.loads(out)["held_until"] == "2026-11-16T23:00:00Z"


@pytest.mark.parametrize(
    ("place", "hint"),
    [("望夕派出所", "; did you mean 望汐派出所?"), ("望汐所", "; did you mean 望汐派出所?"), ("月球", "")],
)
def test_a_place_nobody_knows_is_silenced_with_a_warning(home: Path, place: str, hint: str) -> None:
    result = CliRunner().invoke(app, ["silences", "add", "--place", place, "--hours", "1", "--home", str(home)])
    assert result.exit_code == 0
    assert result.stderr.rstrip("\n") == (
        f"places.yaml lists no place {place}: no alert will name it, the silence holds nothing back{hint}"
    )
    assert place in run("silences", "list", "--home", str(home))[1]


@pytest.mark.parametrize("about", [["--place", "望汐派出所"], ["--jurisdiction", "澜汀市"]])
def test_a_known_place_or_none_is_silenced_without_a_word(home: Path, about: list[str]) -> None:
    result = CliRunner().invoke(app, ["silences", "add", *about, "--hours", "1", "--home", str(home)])
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_list_of_places_that_cannot_be_read_warns_of_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "places.yaml").write_text("places: 7")
    monkeypatch.setenv("MINYI_CONFIG", str(home))
    result = CliRunner().invoke(app, ["silences", "add", "--place", "月球", "--hours", "1", "--home", str(home)])
    assert (result.exit_code, result.stderr) == (0, "")

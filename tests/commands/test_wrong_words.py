"""Wrong words on the command line: one clear line, exit code 2, no traceback, nothing made on the way."""

import csv
from pathlib import Path

import pytest

from cli import main

POST = '{"text": "望汐派出所民警态度很差", "published_at": "2026-11-20T08:00:00+08:00"}\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MINYI_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Path("posts.jsonl").write_text(POST, encoding="utf-8")
    Path("rules.yaml").write_text("", encoding="utf-8")
    return tmp_path


def leave(*args: str) -> int:
    """Run the command line in this process; its exit code."""
    with pytest.raises(SystemExit) as left:
        main(args)
    return int(left.value.code or 0)


@pytest.mark.parametrize("command", ["alerts", "posts", "events"])
def test_a_time_that_ends_before_it_begins_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert leave(command, "--since", "2026-11-20", "--until", "2026-11-10") == 2
    assert capsys.readouterr() == ("", "--since must be before --until\n")


@pytest.mark.parametrize(
    "args",
    [
        ["alerts"],
        ["posts"],
        ["events"],
        ["silences", "list"],
        ["silences", "add", "--place", "望汐派出所", "--hours", "1"],
        ["why", "a"],
        ["backtest", "--rules", "rules.yaml"],
        ["replay", "posts.jsonl"],
        ["drill", "--clean"],
    ],
)
def test_a_file_is_no_home(home: Path, capsys: pytest.CaptureFixture[str], args: list[str]) -> None:
    assert leave(*args, "--home", "posts.jsonl") == 2
    assert capsys.readouterr().err == f"{home / 'posts.jsonl'}: a file; --home names a folder\n"
    assert (home / "posts.jsonl").read_text(encoding="utf-8") == POST


@pytest.mark.parametrize("number", ["nan", "inf"])
@pytest.mark.parametrize(
    "args",
    [
        ["silences", "add", "--place", "望汐派出所", "--hours"],
        ["drill", "--minutes"],
        ["models", "retrain", "--seconds"],
        ["burst", "posts.jsonl", "--bin-minutes"],
    ],
)
def test_what_is_no_number_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str], args: list[str], number: str
) -> None:
    assert leave(*args, number) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert f"Invalid value for '{args[-1]}'" in told.err


@pytest.mark.parametrize("args", [["alerts"], ["posts"], ["events"], ["silences", "list"]])
def test_a_home_that_is_not_there_is_neither_read_nor_made(
    home: Path, capsys: pytest.CaptureFixture[str], args: list[str]
) -> None:
    assert leave(*args, "--home", "nowhere") == 2
    assert "nowhere: no such folder" in capsys.readouterr().err
    assert not (home / "nowhere").exists()
    assert leave(*args) == 0  # the usual home begins with the first command


@pytest.mark.parametrize(
    "args",
    [
        ["silences", "end", "99999999999999999999999"],
        ["silences", "end", "x"],
        ["silences", "add", "--place", "望汐派出所", "--hours", "1", "--until", "2026-11-30"],
        ["events", "--min-posts", "99999999999999999999999"],
        ["drill", "--keep", "--clean"],
    ],
)
def test_what_no_number_can_be_and_what_contradicts_itself_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str], args: list[str]
) -> None:
    assert leave(*args) == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize("command", ["posts", "events"])
def test_nothing_at_a_place_nobody_knows_names_the_one_that_may_be_meant(
    home: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert leave(command, "--place", "望夕派出所") == 0
    out, err = capsys.readouterr()
    assert out == "nothing found\n"
    assert "no place 望夕派出所" in err
    assert "did you mean 望汐派出所?" in err
    assert leave(command, "--place", "望汐派出所") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("words", [["events"], ["events", "list"]])
def test_events_are_listed_by_the_words_their_help_names(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert leave(*words) == 0
    assert capsys.readouterr().out == "nothing found\n"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("2026-01-01,x", "line 2: not a number: x"),
        ("2026-01-01,", "line 2: not a number: empty"),
        ('"2026-01-01\n",\x001', "line 3: not a number: ?1"),
        ("gestern," + "9" * 99, "line 2: not a time: gestern"),
        ("9" * 99 + ",1", f"line 2: not a time: {'9' * 40}…"),
        ("2026-01-01," + "9" * (csv.field_size_limit() + 1), "not CSV: field larger than field limit"),
    ],
)
def test_a_row_of_a_series_that_cannot_be_read_is_said_in_one_short_line(
    home: Path, capsys: pytest.CaptureFixture[str], row: str, words: str
) -> None:
    Path("series.csv").write_text(f"timestamp,value\n{row}\n2026-01-02,1\n", encoding="utf-8")
    assert leave("burst", "series.csv") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"series.csv: {words}")
    assert len(line) < 120

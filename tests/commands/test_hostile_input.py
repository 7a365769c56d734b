"""Commands meet files that are not what they should be: one clear line, exit code 1 or 2, no traceback."""

import gzip
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

import cli
from bus.messages import AlertCounts, AlertRaised, Message, PostScored, Window
from bus.metrics import ALERT_LATENCY
from cli import main
from commands.consume import timed
from commands.run import exit_words
from config.settings import PROJECT

POST = '{"text": "望汐派出所民警态度很差", "published_at": "2026-11-20T08:00:00+08:00"}\n'


def leave(*args: str) -> int:
    """Run the command line in this process; its exit code."""
    with pytest.raises(SystemExit) as left:
        main(args)
    return int(left.value.code or 0)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MINYI_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_series_with_and_without_zones_is_refused_by_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "mixed.csv").write_text("timestamp,value\n2026-01-01,1\n2026-01-02T00:00:00+08:00,2\n", encoding="utf-8")
    assert leave("burst", "mixed.csv") == 2
    assert "mixed.csv: line 3: times with and without a zone do not mix" in capsys.readouterr().err


def test_a_replay_goes_on_after_rows_that_no_encoding_and_no_number_can_hold(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = POST.replace("态度", "\\ud800态度").replace('{"text"', '{"id": "a\\udfff", "text"')
    rows = ("[" * 100_000 + "\n", POST.replace("}", ', "likes": ' + "9" * 6000 + "}"), broken, POST)
    (home / "odd.jsonl").write_text("".join(rows), encoding="utf-8")
    assert leave("replay", "odd.jsonl", "--home", "played") == 1
    said = capsys.readouterr().err
    for number in (1, 2):
        assert f"odd.jsonl:{number}: not JSON: nested too deep or a number too long" in said
    assert "2 posts in" in said


@pytest.mark.parametrize("command", ["alerts", "posts", "events"])
def test_a_list_of_nothing_says_that_alone(home: Path, capfd: pytest.CaptureFixture[str], command: str) -> None:
    assert leave(command, "--limit", "0") == 0
    assert capfd.readouterr() == ("nothing found\n", "")


@pytest.mark.parametrize("command", ["alerts", "posts", "events"])
def test_more_than_can_be_listed_is_refused(home: Path, command: str) -> None:
    assert leave(command, "--limit", "99999999999999999999") == 2


@pytest.mark.parametrize("command", ["replay", "burst"])
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("gbk.jsonl", POST.encode("gbk"), "gbk.jsonl: not UTF-8"),
        (
            "cut.gz",
            gzip.compress(b"timestamp,value\n" + os.urandom(9999).hex().encode())[:-999],
            "cut.gz: a damaged .gz file",
        ),
    ],
)
def test_bytes_that_cannot_be_read_name_the_file(
    home: Path, capsys: pytest.CaptureFixture[str], command: str, name: str, content: bytes, words: str
) -> None:
    (home / name).write_bytes(content)
    assert leave(command, name) == 2
    assert words in capsys.readouterr().err


def test_score_reads_a_pipe_and_names_a_folder(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    os.mkfifo("pipe")
    writer = threading.Thread(target=(home / "pipe").write_text, args=(POST, "utf-8"))
    writer.start()
    assert leave("score", "pipe", "--fields", "sentiment") == 0
    writer.join()
    assert '"sentiment":' in capfd.readouterr().out
    assert leave("score", ".") == 2
    assert ".: Is a directory" in capfd.readouterr().err


def test_a_replay_with_bad_rows_plays_the_others_and_says_how_many(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "posts.jsonl").write_text(f'{POST}{{"text": "无时间"}}\n\n[]\n{POST}', encoding="utf-8")
    assert leave("replay", "posts.jsonl") == 1
    told = capsys.readouterr().err
    assert "posts.jsonl:2: " in told
    assert "posts.jsonl:4: expected an object" in told
    assert "2 posts in" in told
    assert told.endswith("posts.jsonl: 2 rows could not be read, all others are played\n")


def test_the_time_from_collection_to_alert_is_measured() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    common = {"id": "a", "text": "x", "published_at": now, "collected_at": now - timedelta(seconds=7)}
    post = msgspec.convert(common, PostScored)
    alert = AlertRaised(
        id="a", event="e", level="blue", headline="h", reasons=[], counts=AlertCounts(posts=1), first_post="p",
        posts=["p"], window=Window(start=now, end=now), raised_at=now,
    )  # fmt: skip
    before = _observed()
    results: list[list[Message]] = [[alert], []]
    assert timed(lambda _: results, lambda: now)([post, post]) == results
    assert _observed() == (before[0] + 1, before[1] + 7.0)


def _observed() -> tuple[float, float]:
    found = {s.name: s.value for metric in ALERT_LATENCY.collect() for s in metric.samples}
    return found["minyi_alert_latency_seconds_count"], found["minyi_alert_latency_seconds_sum"]


def test_wrong_words_on_the_command_line_end_with_two(home: Path) -> None:
    for args in (["nothing"], ["score", "--nothing"], ["consume", "nobody"], ["bench", "nothing", "--json"]):
        assert leave(*args) == 2


def test_a_missing_config_folder_is_said_by_all_who_score(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MINYI_CONFIG", str(home / "nowhere"))
    (home / "posts.jsonl").write_text(POST, encoding="utf-8")
    (home / "rows.jsonl").write_text('{"text": "警察打人", "relevant": 1}', encoding="utf-8")
    measured = ["evaluate", "rows.jsonl"]
    others = [[*measured, "--artifacts", str(PROJECT / "models/artifacts")], ["train", "--out", str(home / "out")]]
    for args in (["score", "posts.jsonl"], ["consume", "score", "--until-idle"], ["desk"], measured, *others):
        assert leave(*args) == 2
        assert "nowhere: no such folder; MINYI_CONFIG" in capsys.readouterr().err


def test_check_goes_on_after_a_wrong_store_address(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MINYI_STORE", "mysql://a/b")
    assert leave("check") == 2
    said = capsys.readouterr().out
    assert "wrong store: MINYI_STORE: expected sqlite" in said
    assert "ok    bus: embedded" in said


@pytest.mark.parametrize("address", ["kafka://", "kafka://,", "rabbit", "memory"])
def test_a_bus_that_keeps_nothing_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], address: str
) -> None:
    monkeypatch.setenv("MINYI_BUS", address)
    (home / "posts.jsonl").write_text(POST, encoding="utf-8")
    assert leave("import", "posts.jsonl") == 2
    assert capsys.readouterr().err.startswith("MINYI_BUS")


@pytest.mark.parametrize("args", [("burst", "series.csv"), ("posts", "--json"), ("posts",), ("health", "--json")])
def test_a_full_disk_below_stdout_and_a_reader_who_left_are_no_tracebacks(home: Path, args: tuple[str, ...]) -> None:
    rows = [f"{datetime(2026, 1, 1) + timedelta(minutes=5 * i)},{i % 7}\n" for i in range(5000)]
    (home / "series.csv").write_text("timestamp,value\n" + "".join(rows), encoding="utf-8")
    (home / "posts.jsonl").write_text(POST, encoding="utf-8")
    main_ = [sys.executable, "-m", "cli"]
    where = {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parent)}
    subprocess.run([*main_, "import", "posts.jsonl"], env=where, check=True, capture_output=True)
    subprocess.run([*main_, "consume", "score", "archive", "--until-idle"], env=where, check=True, capture_output=True)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*main_, *args], env=where, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, "No space left" in done.stderr) == (1, True)
    assert len(done.stderr.splitlines()) == 1
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([*main_, *args], env=where, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1, "exit code 1"),
        (-9, "killed by SIGKILL"),
        (-7, "killed by SIGBUS (a full disk?)"),
        (-99, "killed by signal 99"),
    ],
)
def test_a_death_is_said_in_words(code: int, words: str) -> None:
    assert exit_words(code) == words

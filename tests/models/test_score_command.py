import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands import score
from config.settings import PROJECT
from models.analysis import Analyzer


def run(analyzer: Analyzer, data: bytes) -> tuple[list[dict[str, Any]], int]:
    sink = io.BytesIO()
    bad = score.stream(io.BytesIO(data), sink, "x.jsonl", analyzer, score.FIELDS)
    return [json.loads(line) for line in sink.getvalue().splitlines()], bad


def test_lines_come_out_in_order_with_their_own_fields(analyzer: Analyzer) -> None:
    lines = [json.dumps({"id": i, "text": f"望汐派出所{i}", "own": {"x": [i]}}) for i in range(600)]
    out, bad = run(analyzer, "\n".join(lines).encode())
    assert bad == 0
    assert [o["id"] for o in out] == list(range(600))
    assert out[5]["own"] == {"x": [5]}
    assert set(score.FIELDS) <= out[0].keys()


def test_bad_lines_are_named_and_good_ones_still_scored(analyzer: Analyzer, capsys: pytest.CaptureFixture[str]) -> None:
    data = (
        b'\xef\xbb\xbf{"text": "a"}\r\n\nnot json\n{"text": 5}\n{"id": 1}\n[]\n'
        + '{"text": "警察"}\n'.encode("gbk")
        + b'{"text": "\\ud800", "title": 3}\n{"text": "\\u8b66\\u5bdf\\ud800", "big": 123456789012345678901234567890}'
    )
    out, bad = run(analyzer, data)
    assert bad == 6
    assert [o["text"] for o in out] == ["a", "警察\ud800"]
    assert out[1]["big"] == 123456789012345678901234567890
    said = capsys.readouterr().err
    for line, reason in {
        3: "not JSON",
        4: "text: expected a string",
        5: "text: missing",
        6: "not a JSON object",
        7: "not UTF-8",
        8: "title: expected a string",
    }.items():
        assert f"x.jsonl:{line}: {reason}" in said


def test_an_unfit_text_gets_nulls_and_a_reason(analyzer: Analyzer) -> None:
    out, bad = run(analyzer, b'{"text": ""}\n{"text": "plain english text"}\n')
    assert bad == 0
    assert [o["unfit"] for o in out] == ["empty", "not-chinese"]
    assert out[0]["sentiment"] is None
    assert out[0]["model_version"] == analyzer.version
    [asked] = score.analysed([{"text": ""}], analyzer, ["relevance"])
    assert asked == {"text": "", "relevance": None, "unfit": "empty"}


def test_scores_of_an_earlier_run_are_replaced_whole(analyzer: Analyzer) -> None:
    old = {"text": "警察打人", "unfit": "spam", "tokens": None, "relevance": None, "model_version": "old"}
    out, _ = run(analyzer, json.dumps(old).encode())
    assert "unfit" not in out[0]
    assert out[0]["relevance"] > 0.5
    assert out[0]["model_version"] == analyzer.version


def test_a_line_says_where_it_is_wrong_and_no_number_is_lost(
    analyzer: Analyzer, capsys: pytest.CaptureFixture[str]
) -> None:
    out, bad = run(analyzer, b'{"text": "a"\n{"text": "a", "n": 1e999}\n{"text": "a", "n": -1e-999, "m": 1e300}')
    assert bad == 2
    assert out[0]["m"] == 1e300
    said = capsys.readouterr().err
    assert "x.jsonl:1: not JSON: Expecting ',' delimiter at column 13" in said
    assert "x.jsonl:2: not JSON: 1e999 is too large a number" in said


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(
    lines=st.lists(
        st.one_of(st.binary(max_size=30), st.text(max_size=20).map(lambda t: json.dumps({"text": t}).encode()))
    )
)
def test_every_line_is_scored_or_counted(analyzer: Analyzer, lines: list[bytes]) -> None:
    lines = [line.replace(b"\n", b" ") for line in lines]
    out, bad = run(analyzer, b"\n".join(lines))
    assert len(out) + bad == sum(bool(line.strip()) for line in lines)


def command(*args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli", *args], input=stdin, capture_output=True, text=True, cwd=PROJECT, timeout=60
    )


def test_the_command_reads_a_pipe_and_says_by_its_code_how_it_went() -> None:
    good = command("score", "-", "--fields", "relevant, sentiment", stdin='{"text": "警察打人"}\n')
    assert good.returncode == 0, good.stderr
    assert json.loads(good.stdout) == {"text": "警察打人", "relevant": True, "sentiment": -1}
    bad = command("score", stdin='{"text": "警察打人"}\nnope\n')
    assert bad.returncode == 1
    assert len(bad.stdout.splitlines()) == 1
    assert "<stdin>:2: not JSON" in bad.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("score", "nowhere.jsonl"), "nowhere.jsonl: No such file"),
        (("score", "--fields", "mood"), "mood: not one of"),
        (("evaluate", "nowhere.jsonl"), "nowhere.jsonl"),
        (("train", "--data", "nowhere"), "nowhere: no such folder"),
    ],
)
def test_wrong_use_is_one_clear_line(args: tuple[str, ...], said: str) -> None:
    result = command(*args)
    assert result.returncode == 2
    assert said in result.stderr.replace("\n", "")
    assert "Traceback" not in result.stderr


def test_evaluate_prints_figures_per_class(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    rows = [
        {"text": "警察打人", "relevant": 1, "sentiment": -1},
        {"text": "今天的火锅真好吃", "relevant": 0, "sentiment": 1},
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = json.loads(command("evaluate", str(path), "--json").stdout)
    assert found["rows"] == 2
    assert found["relevant"]["n"] == 2
    assert set(found["sentiment"]["per_class"]) == {"-1", "1"}
    assert "macro-F1" in command("evaluate", str(path)).stdout

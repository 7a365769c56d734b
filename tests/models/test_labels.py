"""Labels kept by hash: well formed, consistent, and found again where the texts are at hand."""

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from config.settings import PROJECT
from models import dataset, train
from models.dataset import DataError
from models.heads import QUESTIONS

FOLDER = PROJECT / "models" / "labels"
FILES = sorted(FOLDER.glob("*.jsonl"))
ALL = [*FILES, *sorted((FOLDER / "pending").glob("*.jsonl"))]
FIELDS = {
    "hash", "file", "relevant", "sentiment", "attitude_to_police", "category", "intent", "borderline",
}  # fmt: skip
OPTIONAL = {"stratum", "weight"}


def labels(path: Path) -> list[dict[str, Any]]:
    return [value for _, value in dataset.read_objects(path)]


@pytest.mark.parametrize("path", ALL, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_every_label_has_its_fields_and_no_text(path: Path) -> None:
    for row in labels(path):
        assert FIELDS <= set(row) <= FIELDS | OPTIONAL
        assert re.fullmatch(r"[0-9a-f]{32}", row["hash"])
        assert isinstance(row["borderline"], bool)
        assert not re.search(r"[\u4e00-\u9fff]", json.dumps(row, ensure_ascii=False)), "labels hold no text"


@pytest.mark.parametrize("path", ALL, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_answers_are_possible_and_agree_with_each_other(path: Path) -> None:
    everyday = path.stem == "everyday"  # asked about relevance only, like the second file of titles
    title = path.stem.startswith("hot_titles") or everyday
    unasked = {"category", "attitude"} if everyday or path.stem == "hot_titles_2" else set()
    for row in labels(path):
        assert row["relevant"] in (0, 1)
        for question in ("attitude", "category", "intent"):
            answer = row[dataset.FIELDS[question]]
            if row["relevant"] and not (title and question == "intent") and question not in unasked:
                assert answer in QUESTIONS[question]
            else:
                assert answer is None
        assert row["sentiment"] is None if title else row["sentiment"] in QUESTIONS["sentiment"]
        assert row.get("weight", 1.0) > 0


def test_no_text_is_labelled_twice() -> None:
    counts = Counter(row["hash"] for path in ALL for row in labels(path))
    assert sum(counts.values()) > 2000
    assert not [h for h, n in counts.items() if n > 1]


def test_titles_stand_for_a_feed_at_its_base_rate() -> None:
    rows = labels(FOLDER / "hot_titles.jsonl")
    share = sum(r["weight"] for r in rows if r["relevant"]) / sum(r["weight"] for r in rows)
    assert 0.03 < share < 0.05


def test_labels_find_their_texts(data: Path) -> None:
    found = Counter(row.id for row in dataset.read_hashed(data, FOLDER))
    wanted = {row["hash"] for path in FILES for row in labels(path)}
    assert len(found) >= 0.99 * len(wanted)
    assert max(found.values()) == 1


def folders(tmp_path: Path, row: dict[str, Any]) -> tuple[Path, Path]:
    """Data with a gzipped bench file, and labels with one row."""
    (tmp_path / "bench").mkdir()
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "x.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    lines = [
        {"text": "民警帮老人找回走失的孙子", "source": "weibo_hot"},
        {"text": "带表情[泪]", "text_noemo": "带表情"},
        {"text": "原帖", "reposts": [[5, "转发:派出所太慢了"]]},
    ]
    with gzip.open(tmp_path / "bench" / "some_train.jsonl.gz", "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return tmp_path, tmp_path / "labels"


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("民警帮老人找回走失的孙子", "weibo_hot"),
        ("带表情", "some_train"),
        ("转发:派出所太慢了", "some_train"),
    ],
)
def test_a_label_joins_its_text(tmp_path: Path, text: str, source: str) -> None:
    row = {"file": "some_train", "relevant": 1, "sentiment": -1, "attitude_to_police": 0, "weight": 8.5}
    found = dataset.read_hashed(*folders(tmp_path, row | {"hash": dataset.text_hash(text)}))
    assert [(r.text, r.source, r.weight, r.labels) for r in found] == [
        (text, source, 8.5, {"relevant": 1, "sentiment": -1, "attitude": 0})
    ]


def test_a_bare_title_teaches_relevance_only(tmp_path: Path) -> None:
    row = {"file": "some_train", "relevant": 1, "sentiment": None, "attitude_to_police": 0, "category": "crime"}
    found = dataset.read_hashed(*folders(tmp_path, row | {"hash": dataset.text_hash("带表情")}))
    assert [r.labels for r in found] == [{"relevant": 1}]


def test_labels_without_their_text_are_left_out(tmp_path: Path) -> None:
    gone = {"file": "some_train", "relevant": 1, "hash": dataset.text_hash("不在这里")}
    assert dataset.read_hashed(*folders(tmp_path, gone)) == []
    gone["file"] = "no_such_file"
    (tmp_path / "labels" / "x.jsonl").write_text(json.dumps(gone), encoding="utf-8")
    assert dataset.read_hashed(tmp_path, tmp_path / "labels") == []


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"file": "some_train"}, r"x\.jsonl:1: expected file and hash"),
        ({"file": "some_train", "hash": "0" * 32, "relevant": 7}, r"x\.jsonl:1: relevant: expected one of"),
        ({"file": "some_train", "hash": "0" * 32, "weight": 0}, r"x\.jsonl:1: weight: expected a number above 0"),
    ],
)
def test_a_wrong_label_names_file_line_and_field(tmp_path: Path, row: dict[str, Any], problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        dataset.read_hashed(*folders(tmp_path, row))


def test_training_uses_the_labels(data: Path) -> None:
    corpus = PROJECT / "models" / "corpus"
    learnt = {dataset.text_hash(row.text) for row in train.gather(data, corpus)}
    wanted = {row["hash"] for path in FILES for row in labels(path)}
    assert len(wanted & learnt) >= 0.98 * len(wanted)
    assert not wanted & {dataset.text_hash(row.text) for row in dataset.read_rows(data / dataset.HELD_OUT)}

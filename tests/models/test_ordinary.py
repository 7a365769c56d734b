"""Ordinary posts that pass: the sample is fixed, read texts count as their reader said, unread ones are told apart."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from test_training import LEXICON, OTHERS, invented

from config.settings import PROJECT
from models import card_parts, dataset, ordinary, train
from models.analysis import Analyzer
from models.dataset import Row
from models.ordinary import Passing

LABELS = PROJECT / "models" / "labels"
READINGS = LABELS / ordinary.HELD_BACK / "ordinary.jsonl"
KIND = "waimai_10k_train"


def folders(tmp_path: Path, texts: Sequence[str], read: dict[str, int]) -> tuple[Path, Path]:
    """Data with one bench file, and labels that hold what was read."""
    (tmp_path / "bench").mkdir()
    (tmp_path / "labels" / ordinary.HELD_BACK).mkdir(parents=True)
    lines = [json.dumps({"text": text}, ensure_ascii=False) for text in texts]
    (tmp_path / "bench" / f"{KIND}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    rows = [json.dumps({"hash": dataset.text_hash(t), "file": KIND, "relevant": r}) for t, r in read.items()]
    (tmp_path / "labels" / ordinary.HELD_BACK / "read.jsonl").write_text("\n".join(rows), encoding="utf-8")
    return tmp_path, tmp_path / "labels"


def loud(texts: Sequence[str]) -> list[bool]:
    return [text.endswith("!") for text in texts]


def test_passing_texts_are_told_apart_by_what_a_reader_said(tmp_path: Path) -> None:
    texts = ["送餐太慢!", "外卖员被打,已报警!", "味道不错!", "餐盒漏了", "店主卖的是偷来的肉", "好吃"]
    data, labels = folders(tmp_path, texts, {texts[0]: 0, texts[1]: 1, texts[4]: 1})
    (found,) = ordinary.measure(data, labels, loud)
    assert found == Passing(KIND, texts=6, passing=3, relevant=1, wrong=1, missed=1)
    assert found.unread == 1
    assert found.ordinary == 4
    assert found.share == 0.25
    low, high = found.interval
    assert low < 0.25
    assert high > 0.8, "the upper end takes the unread text for a wrong one"


def test_the_sample_is_the_same_however_the_file_is_ordered(tmp_path: Path) -> None:
    texts = [f"第{i}份外卖" for i in range(40)]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, _ = folders(tmp_path / "a", texts, {})
    two, _ = folders(tmp_path / "b", texts[::-1], {})
    assert ordinary.sample(one, KIND, 10) == ordinary.sample(two, KIND, 10)
    assert len(ordinary.sample(one, KIND, 10)) == 10
    assert ordinary.sample(one, "no_such_file", 10) == []


def test_a_learnt_text_is_judged_by_the_other_folds_and_others_by_the_model(tmp_path: Path) -> None:
    rows = invented()
    rows.append(Row("odd", OTHERS[0], "", KIND, {"relevant": 1}))  # a lie: learnt, and not believed by the others
    out = tmp_path / "out"
    made = train.train(rows, data=None, lexicon_folder=LEXICON, out=out, say=lambda _: None)
    texts = [OTHERS[0], "民警在路口值勤,态度恶劣", "这部电影太无聊"]
    data, labels = folders(tmp_path, texts, {})
    analyzer = Analyzer.load(out, LEXICON, None)
    (found,) = ordinary.of_trained(data, labels, made, analyzer)
    assert (found.texts, found.passing, found.unread) == (3, 1, 1)
    assert ordinary.of_trained(None, labels, made, analyzer) == []


def test_the_card_names_what_is_above_the_bar_and_what_nobody_read() -> None:
    lines = card_parts.ordinary([Passing(KIND, 1000, 30, 5, 20, 0), Passing("x", 1000, 2, 0, 2, 0)], 0.5)
    card = "\n".join(lines)
    assert "| food delivery reviews | 1000 | 30 | 3.00 % | 5 | 20 | 5 | 2.01 % (above the bar) |" in card
    assert "| x | 1000 | 2 | 0.20 % | 0 | 2 | 0 | 0.20 % |" in card
    assert "Unread: 5 passing texts" in card
    assert card_parts.ordinary([], 0.5) == []


@pytest.mark.parametrize("path", sorted(READINGS.parent.glob("*.jsonl")), ids=lambda p: p.stem)
def test_readings_are_well_formed_and_hold_no_text(path: Path) -> None:
    rows = [row for _, row in dataset.read_objects(path)]
    assert len(rows) > 300
    assert len({row["hash"] for row in rows}) == len(rows)
    for row in rows:
        assert re.fullmatch(r"[0-9a-f]{32}", row["hash"])
        assert row["file"] in ordinary.SAMPLES
        assert row["relevant"] in (0, 1)
        assert not re.search(r"[\u4e00-\u9fff]", json.dumps(row, ensure_ascii=False))


def test_readings_are_never_learnt_from(data: Path) -> None:
    """They measure; a text without another label must not teach relevance."""
    read = {row["hash"] for _, row in dataset.read_objects(READINGS)}
    rows = train.gather(data, PROJECT / "models" / "corpus")
    assert not read & {dataset.text_hash(row.text) for row in rows if "relevant" in row.labels}


@pytest.mark.parametrize("kind", ordinary.SAMPLES)
def test_every_kind_is_large_enough_for_half_a_percent(data: Path, kind: str) -> None:
    assert len(ordinary.sample(data, kind, ordinary.SAMPLES[kind])) >= 1900

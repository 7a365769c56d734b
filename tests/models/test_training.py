import gzip
import json
import math
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import PROJECT
from models import cards, dataset, figures, fit, train
from models.analysis import Analyzer
from models.calibration import bins, error
from models.dataset import DataError, Row
from models.evaluate import answers, confusions, evaluate, quality
from models.heads import F64, Manifest, Second

LEXICON = PROJECT / "config" / "lexicon"
MOODS = {-1: "民警态度恶劣,太让人失望了", 0: "民警在路口值勤", 1: "感谢民警热心帮忙,点赞"}
OTHERS = ["今天的火锅真好吃", "这部电影太无聊", "明天去爬山"]


def beside(number: int) -> str:
    """Words without meaning, others for each number: without them posts would be copies of each other."""
    return "".join(Random(number).choices("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉", k=14))


def invented() -> list[Row]:
    """120 small posts whose answers can be learnt."""
    rows = []
    for i in range(20):
        for mood, text in MOODS.items():
            labels = {"relevant": 1, "sentiment": mood, "attitude": mood}
            labels |= {"category": "praise" if mood > 0 else "conduct"}  # type: ignore[dict-item]
            labels |= {"intent": ("complaint", "statement", "praise")[mood + 1]}  # type: ignore[dict-item]
            rows.append(Row(f"r{i}{mood}", f"第{i}天,{text},{beside(i)}", "", "own corpus", labels))
        for k, text in enumerate(OTHERS):
            more = {"relevant": 0, "sentiment": 0}
            rows.append(Row(f"o{i}{k}", f"第{i}天,{text},{beside(i)}", "", "own corpus", more))
    return rows


def test_training_is_deterministic_and_learns(tmp_path: Path) -> None:
    steps: list[str] = []
    for name in "ab":
        train.train(invented(), data=None, lexicon_folder=LEXICON, out=tmp_path / name, say=steps.append)
    for file in ("words.npz", "heads.npz", "model.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    analyzer = Analyzer.load(tmp_path / "a", LEXICON, None)
    found = evaluate(invented(), answers(invented(), analyzer))
    assert found["relevant"].accuracy > 0.95
    assert found["sentiment"].macro_f1 > 0.9
    assert "fold 5 of 5" in steps


def test_labels_of_the_desk_count_their_trust_in_the_second_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    real = fit._second

    def second(scores: F64, labels: Any, question: str, counts: F64, reads: int | None = None) -> Second:
        seen.append(counts)
        return real(scores, labels, question, counts, reads)

    monkeypatch.setattr(fit, "_second", second)
    kinds = [(dataset.OWN, 1.0), ("police_train", 2.0), (dataset.DESK, 3.0), (dataset.CONFIRMED, 0.5)]
    rows = [replace(row, source=kinds[i % 4][0], trust=kinds[i % 4][1]) for i, row in enumerate(invented())]
    made = train.train(rows, data=None, lexicon_folder=LEXICON, out=tmp_path, say=lambda _: None)
    found = {(row.source, counts) for row, counts in zip(made.rows, seen[0], strict=True)}
    assert found == {
        (dataset.OWN, fit.OWN_COUNTS),
        ("police_train", 1.0),
        (dataset.DESK, 3.0),
        (dataset.CONFIRMED, 0.5),
    }


def test_a_training_that_is_broken_off_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "words.npz").write_bytes(b"as it was")

    def stop(step: str) -> None:
        if step.startswith("fold 1"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train.train(invented(), data=None, lexicon_folder=LEXICON, out=tmp_path, say=stop)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"as it was"]


def test_cards_name_counts_licences_and_figures(tmp_path: Path) -> None:
    rows = invented()
    made = train.train(rows, data=None, lexicon_folder=LEXICON, out=tmp_path, say=lambda _: None)
    trial = cards.Trial("held back", rows[:30], answers(rows[:30], Analyzer.load(tmp_path, LEXICON, None)))
    files = cards.write(tmp_path / "cards", made, [trial])
    assert [f.stem for f in files] == ["relevant", "sentiment", "attitude", "category", "intent"]
    card = files[1].read_text(encoding="utf-8")
    assert made.manifest.version in card
    assert "| own corpus | 120 | this project's (invented posts) |" in card
    assert "calibration error" in card
    assert "## Known weaknesses" in card
    assert cards.summary(trial)["relevant"]["f1"] > 0.9
    assert "![stated probability against real share](sentiment.svg)" in card
    assert (tmp_path / "cards" / "sentiment.svg").read_text(encoding="utf-8").startswith("<svg")
    kept = figures.load(tmp_path / "cards")
    assert kept is not None
    assert kept.version == made.manifest.version
    assert {h.question for h in kept.honesty} == {"relevant", "sentiment"}


def test_shipped_cards_belong_to_the_shipped_model_and_its_settings() -> None:
    artifacts = PROJECT / "models" / "artifacts"
    shipped = Manifest.load(artifacts / "model.json")
    assert shipped.version == train.version(artifacts, shipped)
    for question in dataset.FIELDS:
        assert shipped.version in (PROJECT / "models" / "cards" / f"{question}.md").read_text(encoding="utf-8")


def test_a_folder_without_the_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        train.gather(tmp_path / "none", tmp_path)
    (tmp_path / "police_train.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(DataError, match=r"lacks hot_train\.jsonl"):
        train.gather(tmp_path, tmp_path / "corpus")


def test_a_held_back_post_is_known_again_with_its_names_masked(tmp_path: Path) -> None:
    corpus = tmp_path / "models" / "corpus"
    (tmp_path / "bench").mkdir()
    corpus.mkdir(parents=True)
    posts = []
    for i in range(160):
        about = {"attitude_to_police": i % 2, "category": ("crime", "other")[i % 2]}
        more = {"relevant": i % 2, "sentiment": i % 2, "intent": ("praise", "report")[i % 2]}
        posts.append({"text": f"民警在{i}号路口值勤,{beside(i)}", **about, **more})
    for name in (*dataset.LABELLED, "models/corpus/own.jsonl"):
        (tmp_path / name).write_text("\n".join(map(json.dumps, posts)), encoding="utf-8")
    told = [{"text": f"//@某{i}: 汤不错", "label": 1} for i in range(2)] + [{"text": "//@某: 面不错", "label": 1}]
    (tmp_path / "bench" / "weibo_senti_train.jsonl").write_text("\n".join(map(json.dumps, told)), encoding="utf-8")
    held = {"text": "//@用户: 汤不错", "relevant": 0}
    (tmp_path / dataset.HELD_OUT).write_text(json.dumps(held), encoding="utf-8")
    assert [row.text for row in train.gather(tmp_path, corpus) if "cheer" in row.labels] == ["//@某: 面不错"]


def test_too_few_posts_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "警察打人", "relevant": 1}\n', encoding="utf-8")
    with pytest.raises(DataError, match="1 labelled posts, at least 100"):
        train.gather(None, tmp_path)


def test_a_question_with_one_answer_or_none_is_named(tmp_path: Path) -> None:
    answers = {"sentiment": 0, "attitude_to_police": 0, "category": "crime"}
    lines = [{"text": f"{i}号路口,{beside(i)}", "relevant": i % 2, **answers} for i in range(200)]
    write = (tmp_path / "a.jsonl").write_text
    write("\n".join(map(json.dumps, lines)), encoding="utf-8")
    with pytest.raises(DataError, match="sentiment: at least two different answers"):
        train.gather(None, tmp_path)
    lines[0] |= {"sentiment": 1, "attitude_to_police": 1, "category": "other"}
    write("\n".join(map(json.dumps, lines)), encoding="utf-8")
    with pytest.raises(DataError, match="intent: at least two different answers"):
        train.gather(None, tmp_path)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"text": "好", "sentiment": 3}', r"a\.jsonl:2: sentiment: expected one of \[-1, 0, 1\], got 3"),
        ('{"text": "好", "sentiment": 1.0}', r"a\.jsonl:2: sentiment: expected one of \[-1, 0, 1\], got 1\.0"),
        ('{"text": "好", "relevant": [1]}', r"a\.jsonl:2: relevant: expected one of"),
        ('{"text": "好", "weight": Infinity}', r"a\.jsonl:2: weight: expected a number above 0 and finite, got inf"),
        ('{"text": "好", "weight": NaN}', r"a\.jsonl:2: weight: expected a number above 0 and finite, got nan"),
        ('{"text": " "}', r"a\.jsonl:2: text"),
        ('{"text": ', r"a\.jsonl:2: not JSON"),
        ("[1]", r"a\.jsonl:2: not a JSON object"),
        ('{"text": "警察"}'.encode("gbk"), r"a\.jsonl:2: not UTF-8 \(byte 11\)"),
        ("[" * 100_000, r"a\.jsonl:2: not JSON: nested too deep"),
    ],
)
def test_a_wrong_row_names_file_line_and_field(tmp_path: Path, line: str | bytes, problem: str) -> None:
    path = tmp_path / "a.jsonl"
    first = '\ufeff{"text": "好", "relevant": true}\r\n'.encode()
    path.write_bytes(first + (line if isinstance(line, bytes) else line.encode()) + b"\n")
    with pytest.raises(DataError, match=problem):
        dataset.read_rows(path)


def test_a_damaged_archive_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b"")[:10] + b"\xff" * 20)
    with pytest.raises(DataError, match=r"a\.jsonl\.gz: "):
        dataset.read_rows(path)


def test_held_back_posts_are_never_learnt_from() -> None:
    corpus = PROJECT / "models" / "corpus"
    learnt = {dataset.fold_key(row.title + row.text) for row in train.gather(None, corpus)}
    held = train.held_out(None, corpus)["own corpus, held back"]
    assert len(held) > 30
    assert not learnt & {dataset.fold_key(row.title + row.text) for row in held}


def test_figures_are_those_worked_out_by_hand() -> None:
    found = quality([("a", "a"), ("a", "b"), ("b", "b"), ("b", None)])
    assert found.accuracy == 0.5
    assert found.per_class["a"] == {"p": 1.0, "r": 0.5, "f1": 0.6667, "n": 2}
    assert found.per_class["b"] == {"p": 0.5, "r": 0.5, "f1": 0.5, "n": 2}
    assert found.macro_f1 == pytest.approx(0.5833, abs=1e-4)


def test_honest_probabilities_have_no_calibration_error() -> None:
    assert error(bins([0.25] * 4, [1, 0, 0, 0])) == 0
    assert error(bins([0.9] * 10, [0] * 10)) == pytest.approx(0.9)
    assert error(bins([], [])) == 0


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30))
def test_calibration_error_is_a_share(pairs: list[tuple[float, bool]]) -> None:
    share = error(bins([p for p, _ in pairs], [t for _, t in pairs]))
    assert math.isfinite(share)
    assert 0 <= share <= 1


def test_confused_pairs_are_counted_most_frequent_first() -> None:
    pairs = [("a", "a"), ("a", "b"), ("b", "c"), ("b", "c"), ("c", None)]
    assert list(confusions(pairs).items()) == [("b > c", 2), ("a > b", 1), ("c > None", 1)]

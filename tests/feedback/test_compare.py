"""What a comparison warns of, and what it counts."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs
from tiny_feedback import NOON, World, invented

from config.settings import PROJECT
from flows.training import digest
from models import compare, feedback
from models.analysis import Analysis, Analyzer, TextIn, Unfit
from models.cards import Trial
from models.dataset import Row
from models.evaluate import answers
from models.proposal import Comparison, DeskLabels, Measured, Question
from store.feedback import Correction

EQUAL = Question("police_dev", "intent", 200, Measured(0.7, 0.6, {}), Measured(0.7, 0.6, {}), 0, 0, {}, [])


def measured(accuracy: float, macro_f1: float, n: int = 200) -> Question:
    return replace(EQUAL, candidate=Measured(accuracy, macro_f1, {}), n=n)


def warned(question: Question, *desk: DeskLabels) -> list[tuple[str, str]]:
    return [(w.kind, w.measure) for w in compare.warnings([question], desk, [], {})]


def test_what_is_worse_by_no_more_than_the_margin_is_not_warned_of() -> None:
    assert warned(measured(0.691, 0.581)) == []


def test_what_is_worse_by_more_than_the_margin_is() -> None:
    assert warned(measured(0.689, 0.579)) == [("worse", "accuracy"), ("worse", "macro_f1")]


def test_a_few_posts_prove_nothing() -> None:
    assert warned(measured(0.1, 0.1, n=compare.ENOUGH - 1)) == []


def test_a_held_back_desk_label_lost_is_warned_of_and_one_that_was_learnt_is_not() -> None:
    assert warned(EQUAL, DeskLabels("category", 9, 9, 1, 4, 3, 3)) == []
    assert warned(EQUAL, DeskLabels("category", 9, 1, 9, 4, 3, 2)) == [("desk", "right")]


@pytest.fixture(scope="module")
def analyzer(trained: Path) -> Analyzer:
    return Analyzer.load(trained / "models" / "artifacts", PROJECT / "config" / "lexicon", None)


def test_a_floor_holds_for_its_own_set_and_measure(analyzer: Analyzer) -> None:
    rows = invented(3)
    trials = [Trial("police_dev", rows, answers(rows, analyzer))]
    floors: compare.Floors = {
        "police_dev": {"relevant": {"f1": 1.01}, "sentiment": {"accuracy": 0.01}},
        "another": {"intent": {"f1": 9}},
    }
    found = compare.warnings([], [], trials, floors)
    assert [(w.kind, w.question, w.measure) for w in found] == [("floor", "relevant", "f1")]
    assert "below the floor 1.010" in found[0].words()


def test_posts_gained_and_lost_are_counted_and_the_lost_ones_named(analyzer: Analyzer) -> None:
    class Contrary(Analyzer):
        """Calls relevant what the other does not, and the other way round."""

        def __init__(self) -> None:
            pass

        def analyze(self, items: Sequence[TextIn]) -> list[Analysis | Unfit]:
            answers = analyzer.analyze(items)
            return [structs.replace(a, relevant=not a.relevant) for a in answers if isinstance(a, Analysis)]

    rows = [Row("right", "民警在路口值勤,在1号路口", labels={"relevant": 1})]
    rows += [Row("wrong", "民警在路口值勤,在2号路口", labels={"relevant": 0})]
    rows += [Row("unasked", "民警在路口值勤", labels={"category": "conduct"})]
    questions, trials = compare.compare(analyzer, Contrary(), {"x": rows, "empty": []})
    asked = {q.question: q for q in questions}
    relevant = asked["relevant"]
    assert (relevant.n, relevant.gained, relevant.lost, relevant.lost_posts) == (2, 1, 1, ["right"])
    assert relevant.changed == {"1 > 0": 2}
    assert asked["category"].changed == {}
    assert [t.name for t in trials] == ["x"]


def test_desk_labels_are_counted_apart_by_whether_they_were_learnt(analyzer: Analyzer) -> None:
    learnt = [Row("a", "民警在路口值勤,在1号路口", "", feedback.DESK, {"relevant": 0}, trust=3.0)]
    learnt += [Row("c", "感谢民警热心帮忙,点赞,在9号", "", feedback.CONFIRMED, {"relevant": 1}, trust=0.5)]
    held = [Row("b", "感谢民警热心帮忙,点赞", "", feedback.DESK, {"relevant": 1, "sentiment": 1})]
    assert compare.desk_labels(analyzer, analyzer, learnt, held) == [
        DeskLabels("relevant", 1, 0, 0, 1, 1, 1, "corrected", 3.0),
        DeskLabels("sentiment", 0, 0, 0, 1, 1, 1),
        DeskLabels("relevant", 1, 1, 1, 0, 0, 0, "confirmed", 0.5),
    ]


def test_a_lost_confirmation_is_made_good_by_a_correction_learnt_and_one_more_is_not() -> None:
    corrected = DeskLabels("category", 9, 1, 9, 4, 0, 2)
    kept = DeskLabels("category", 9, 9, 9, 9, 9, 7, "confirmed")
    assert warned(EQUAL, corrected, kept) == []
    assert warned(EQUAL, corrected, replace(kept, held_candidate=6)) == [("desk", "right")]


def test_what_got_worse_is_listed_with_the_largest_fall_first() -> None:
    old = Measured(0.7, 0.6, {"praise": {"f1": 0.8, "n": 9}, "report": {"f1": 0.1, "n": 3}})
    new = Measured(0.69, 0.65, {"praise": {"f1": 0.5, "n": 9}, "report": {"f1": 0.9, "n": 3}})
    question = replace(EQUAL, current=old, candidate=new)
    falls = Comparison("a", "b", NOON, "adapted", "", 1, [question, EQUAL], [], []).falls()
    assert [(f.measure, f.answer, f.n) for f in falls] == [("f1", "praise", 9), ("accuracy", "", 200)]


def test_a_new_label_or_another_answer_is_a_reason_to_train_again(world: World) -> None:
    label = Correction("p1", "", "望汐派出所", "relevant", "false", NOON)
    other = replace(label, value="true")
    later, edited, by = (
        replace(label, at=NOON + timedelta(days=1)), replace(label, text="望汐分局"), replace(label, by="乙")
    )  # fmt: skip
    lexicon = world.where.lexicon
    assert digest([label], world.job, lexicon, "a") == digest([replace(label)], world.job, lexicon, "a")
    heaps = ([], [label], [other], [label, other], [later], [edited], [by])
    assert len({digest(said, world.job, lexicon, "a") for said in heaps}) == len(heaps)
    assert digest([label], world.job, lexicon, "a") != digest([label], world.job, lexicon / "signals", "a")


def test_whatever_else_is_learnt_from_is_a_reason_as_well(world: World, tmp_path: Path) -> None:
    """A letter of a file changed for another: names and sizes stay."""
    corpus, data = [
        shutil.copytree(path, tmp_path / path.name) for path in (world.job.corpus, world.job.data or tmp_path)
    ]
    job, lexicon = replace(world.job, corpus=corpus, data=data), world.where.lexicon
    files = (corpus / "own.jsonl", data / "hot_train.jsonl", data / "bench" / "a", tmp_path / "labels" / "b")
    for path in files[2:]:
        path.parent.mkdir()
        path.write_text("before", encoding="utf-8")
    found = [digest([], job, lexicon, "a")]
    for path in files:
        path.write_bytes(path.read_bytes()[:-2] + b"xy")
        found.append(digest([], job, lexicon, "a"))
    assert len({*found}) == 5
    assert digest([], job, lexicon, "b") == found[-1]  # learnt from data alone
    moved = replace(job, data=None)
    assert digest([], moved, lexicon, "a") != digest([], moved, lexicon, "b")

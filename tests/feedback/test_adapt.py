"""A model moved towards the desk's labels: it learns them, and otherwise stays what it was."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from scipy import sparse
from tiny_feedback import SLANG, invented, slang_posts

from config.settings import PROJECT
from models import adapt, feedback
from models.analysis import Analyzer
from models.dataset import Row, is_held_back, read_corpus
from models.evaluate import answer, answers
from models.heads import counted, load_heads

LEXICON = PROJECT / "config" / "lexicon"
FRAMES = [("朋友发来的:", ""), ("转发微博 大家看看:", ",你们怎么说?")]
"""What stands around a repost that has lost its last clause."""


def moved(trained: Path, out: Path, learnt: list[Row]) -> Analyzer:
    adapt.adapt(
        trained / "models" / "artifacts", learnt, invented(), lexicon_folder=LEXICON, out=out, say=lambda _: None
    )
    return Analyzer.load(out, LEXICON, None)


@pytest.fixture(scope="module")
def shipped(trained: Path) -> Analyzer:
    return Analyzer.load(trained / "models" / "artifacts", LEXICON, None)


def test_the_labels_and_what_is_like_them_are_learnt_and_the_own_posts_keep_their_answers(
    trained: Path, tmp_path: Path, shipped: Analyzer
) -> None:
    learnt = [
        Row(p.id, p.text, "", feedback.DESK, {"relevant": 0}, trust=feedback.WEIGHT) for p in slang_posts(6, held=False)
    ]
    alike = [Row(p.id, p.text) for p in slang_posts(3, held=True)]
    assert any(answer(a, "relevant") for a in answers(alike, shipped))
    analyzer = moved(trained, tmp_path, learnt)
    assert [answer(a, "relevant") for a in answers(alike, analyzer)] == [0, 0, 0]
    for question in ("relevant", "sentiment", "category"):
        then = [answer(a, question) for a in answers(invented(), shipped) if a and a.relevant]
        now = [answer(a, question) for a in answers(invented(), analyzer) if a and a.relevant]
        assert now == then


@pytest.mark.parametrize(
    ("question", "either", "other"),
    [
        ("sentiment", -1, 1),
        ("attitude", 1, -1),
        ("intent", "statement", "complaint"),
    ],
)
def test_an_answer_can_be_taught(
    trained: Path, tmp_path: Path, shipped: Analyzer, question: str, either: object, other: object
) -> None:
    texts = [f"{SLANG},{n}号门" for n in range(8)]
    said = answer(answers([Row("", texts[0])], shipped)[0], question)
    taught = other if said == either else either
    learnt = [
        Row(text, text, "", feedback.DESK, {question: taught, "relevant": 1}, trust=feedback.WEIGHT) for text in texts
    ]
    given = answers(learnt, moved(trained, tmp_path, learnt))
    assert [answer(a, question) for a in given] == [taught] * 8


def test_the_same_labels_give_the_same_model(trained: Path, tmp_path: Path) -> None:
    learnt = [Row("a", "保安拦人", "", feedback.DESK, {"relevant": 0, "sentiment": -1})]
    versions = {moved(trained, tmp_path / name, learnt).version for name in "ab"}
    assert len(versions) == 1
    assert (tmp_path / "a" / "heads.npz").read_bytes() == (tmp_path / "b" / "heads.npz").read_bytes()


def test_what_weighs_more_is_learnt_against_what_weighs_less(trained: Path, tmp_path: Path, shipped: Analyzer) -> None:
    texts = [p.text for p in slang_posts(4, held=False)]
    given = {}
    for right, name in ((0, "no"), (1, "yes")):
        heavy = [Row(t, t, "", feedback.DESK, {"relevant": right}, trust=feedback.WEIGHT) for t in texts]
        light = [Row(t, t, "", feedback.CONFIRMED, {"relevant": 1 - right}, trust=0.5) for t in texts]
        given[right] = [answer(a, "relevant") for a in answers(heavy, moved(trained, tmp_path / name, heavy + light))]
    assert given == {0: [0] * 4, 1: [1] * 4}


def test_a_label_is_learnt_against_a_second_reading_as_well(tmp_path: Path) -> None:
    artifacts = PROJECT / "models" / "artifacts"
    doubtful = [
        "怪交通拥堵吧!",
        "小区保安打人了",
        "天天逃课练车,来一中午了,就摸了一下车",
        "身份证找了一上午原来在抽屉里",
    ]
    before = answers([Row(t, t) for t in doubtful], Analyzer.load(artifacts, LEXICON, None))
    passing = [t for t, a in zip(doubtful, before, strict=True) if answer(a, "relevant")]
    assert passing
    learnt = [Row(t, t, "", feedback.DESK, {"relevant": 0}, trust=feedback.WEIGHT) for t in passing]
    made = adapt.adapt(artifacts, learnt, invented(), lexicon_folder=LEXICON, out=tmp_path, say=lambda _: None)
    assert made.rereads
    after = answers(learnt, Analyzer.load(tmp_path, LEXICON, None))
    assert [answer(a, "relevant") for a in after] == [0] * len(passing)


def test_what_was_taught_holds_for_reposts_and_only_weights_of_words_have_moved(tmp_path: Path) -> None:
    artifacts = PROJECT / "models" / "artifacts"
    taught = [
        ("澜汀市云栖路派出所昨晚清点了一批旧警服,准备送去博物馆展出,摊主们围着看了半天,下雨才散。", -1),
        ("澜汀北站的巡特警把警犬带到广场上遛,孩子们排队合影,卖气球的也来了,中午才回营房。", -1),
        ("鹭洲桥头交警把隔离墩挪了两米,公交改从桥下走,菜场的摊位跟着往里让,傍晚恢复。", 1),
        ("反诈民警进槐荫里小区贴告示,门卫搬来梯子,物业端来茶水,贴了三栋楼,剩下的明天再说。", 1),
    ]
    learnt = [Row(t, t, "", feedback.DESK, {"relevant": 1, "attitude": a}, trust=feedback.WEIGHT) for t, a in taught]
    said = [(f"{start}{t.rsplit(',', 1)[0]}{end}", a) for t, a in taught for start, end in FRAMES]
    reposts = [Row(t, t) for t, _ in said]
    before = answers(reposts, Analyzer.load(artifacts, LEXICON, None))
    own = [r for r in read_corpus(PROJECT / "models" / "corpus") if not is_held_back(r)]
    adapt.adapt(artifacts, learnt, own, lexicon_folder=LEXICON, out=tmp_path, say=lambda _: None)
    after = answers(reposts, Analyzer.load(tmp_path, LEXICON, None))
    wrong = [i for i, (_, right) in enumerate(said) if answer(before[i], "attitude") != right]
    assert len(wrong) >= 4
    assert sum(answer(after[i], "attitude") == said[i][1] for i in wrong) > len(wrong) / 2
    then, now = load_heads(artifacts / "heads.npz"), load_heads(tmp_path / "heads.npz")
    assert np.array_equal(then.docs, now.docs)
    assert not np.array_equal(then.table, now.table)


def test_a_word_the_labels_agree_about_moves_furthest_and_a_common_one_least() -> None:
    """Five labels; words: of all, of all but pulled both ways, of one, of one and of half of the own posts."""
    x = sparse.csr_matrix(
        np.array([[1, 1, 1, 1], [1, -1, 0, 0], [1, 1, 0, 0], [1, -1, 0, 0], [1, 0, 0, 0]], dtype=float)
    )
    own = sparse.csr_matrix(np.array([[0, 0, 0, 1], [0, 0, 0, 0]], dtype=float))
    [agreed, split, alone, common] = adapt._reach(x, own, np.full((5, 1), 0.5))[:, 0] ** 2
    assert [agreed, split, alone] == pytest.approx([5, 0, 1])
    assert common == pytest.approx(1 / (1 + 0.5 / adapt.COMMON))


@given(
    hnp.arrays(np.float64, (4, 3), elements=st.floats(-2, 2)),
    hnp.arrays(np.float64, (4, 2), elements=st.floats(-2, 2)),
    st.sampled_from([0.5, 1.0, 8.0]),
)
def test_reach_is_of_the_agreement_and_not_of_the_size(
    x: NDArray[np.float64], gradient: NDArray[np.float64], times: float
) -> None:
    own = sparse.csr_matrix((2, 3))
    squares = adapt._reach(sparse.csr_matrix(x), own, gradient) ** 2
    assert squares.shape == (3, 2)
    assert (squares >= 0).all()
    assert (squares <= 4 + 1e-9).all()
    asks = (x**2).T @ gradient**2 > 1e-6
    again = adapt._reach(sparse.csr_matrix(x), own, times * gradient) ** 2
    assert np.allclose(squares[asks], again[asks])


@given(st.floats(-12, 12), st.sampled_from([0, 1]), st.floats(0.3, 0.7))
def test_first_odds_beyond_what_is_to_be_overcome_give_the_answer_whatever_is_read_again(
    again: float, right: int, threshold: float
) -> None:
    [bound] = adapt._to_overcome(threshold, np.array([right]), np.array([again]))
    odds = np.array([bound + (0.01 if right else -0.01)])
    [drawn] = odds + counted(odds) * (again - odds)
    assert (drawn > np.log(threshold / (1 - threshold))) == (right == 1)

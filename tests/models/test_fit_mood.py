"""The second stage of sentiment: what it learns from which kind of text, and that it is stored whole."""

from pathlib import Path
from typing import Any

import numpy as np

from models import dataset
from models.dataset import Row
from models.fit_mood import fit_mood
from models.heads import F64, QUESTIONS, Heads, Second, columns, load_heads, save_heads

MOOD, CHEER, GOOD, BAD = (columns().index(c) for c in (("mood", 0), ("cheer", 1), ("sentiment", 1), ("sentiment", -1)))


def some(n: int, **answers: Any) -> list[dict[str, Any]]:
    return [dict(answers)] * n


def scored(n: int, column: int, score: float) -> F64:
    """Scores of n texts: nought but in one column, where they are a little apart from one another."""
    scores = np.zeros((n, len(columns())))
    scores[:, column] = score + np.linspace(-0.1, 0.1, n)
    return scores


def test_texts_known_to_be_glad_or_not_do_not_unteach_that_some_are_plain() -> None:
    read = [scored(40, MOOD, 2.0), scored(40, GOOD, 2.0), scored(40, BAD, 2.0)]
    told = [scored(400, CHEER, 2.0), scored(400, CHEER, -2.0)]
    labels = some(40, sentiment=0) + some(40, sentiment=1) + some(40, sentiment=-1)
    labels += some(400, cheer=1) + some(400, cheer=-1)
    scores = np.vstack(read + told)
    second = fit_mood(scores, labels, np.zeros(len(scores)))
    given = second.choose(second.probabilities(scores[:120], np.zeros(120))) - 1
    assert (given[:40] == 0).mean() > 0.9
    p = second.probabilities(np.vstack(told), np.zeros(800))
    assert (p[:400, 2] > p[:400, 0]).all()
    assert (p[400:, 2] < p[400:, 0]).all()


def test_a_score_may_mean_the_opposite_in_a_post_about_the_police() -> None:
    glad, sorry = scored(200, CHEER, 2.0), scored(200, CHEER, -2.0)
    scores, relevance = np.vstack([glad, sorry] * 2), np.repeat([0.0, 1.0], 400)
    right = np.repeat([1, -1, -1, 1], 200)
    second = fit_mood(scores, [{"sentiment": int(r)} for r in right], relevance)
    assert (second.choose(second.probabilities(scores, relevance)) - 1 == right).all()


def test_columns_that_were_never_learnt_say_nothing() -> None:
    scores = scored(60, GOOD, 0.0)
    scores[:, CHEER] = -3.0
    labels = [{"sentiment": 1 if s > 0 else 0} for s in scores[:, GOOD]]
    second = fit_mood(scores, labels, np.full(60, 0.5))
    assert second.about is not None
    assert not second.weights[CHEER].any()
    assert not second.about[CHEER].any()
    assert np.isfinite(second.weights).all()
    assert second.probabilities(scores, np.full(60, 0.5))[:, 0].max() < 0.05, "nobody gave that answer"


def test_models_are_stored_whole_with_and_without_an_own_way(tmp_path: Path) -> None:
    size, dice = len(columns()), np.random.default_rng(0)
    second = {
        q: Second(*(dice.normal(size=shape) for shape in ((size, len(a)), len(a), len(a))))
        for q, a in QUESTIONS.items()
    }
    about = dice.normal(size=(size + 1, 3))
    mood = second["sentiment"]
    second["sentiment"] = Second(mood.weights, mood.bias, mood.tilt, about)
    table, docs, bias = (dice.normal(size=shape).astype(np.float32) for shape in ((8, size), (4, size), size))
    save_heads(tmp_path / "heads.npz", Heads(table, docs, bias, second))
    again = load_heads(tmp_path / "heads.npz")
    assert np.array_equal(again.second["sentiment"].about, about)  # type: ignore[arg-type]
    assert again.second["intent"].about is None
    scores = dice.normal(size=(5, size))
    relevance = again.probabilities(scores)["relevant"][:, 1:]
    z = scores @ mood.weights + mood.bias + relevance * (scores @ about[:-1] + about[-1])
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    assert np.allclose(again.probabilities(scores)["sentiment"], p)


def test_bent_scores_are_stored_read_and_worth_what_they_add(tmp_path: Path) -> None:
    size, dice = len(columns()), np.random.default_rng(1)
    second = {
        q: Second(*(dice.normal(size=shape) for shape in ((2 * size, len(a)), len(a), len(a))))
        for q, a in QUESTIONS.items()
    }
    table, docs, bias = (dice.normal(size=shape).astype(np.float32) for shape in ((8, size), (4, size), size))
    bends = dice.uniform(0.5, 2.0, size)
    save_heads(tmp_path / "heads.npz", Heads(table, docs, bias, second, bends))
    again = load_heads(tmp_path / "heads.npz")
    assert (again.columns, again.phrases) == (size, False)
    scores = dice.normal(size=(6, size)) * 3
    scores[0, 0] = 0.0
    weights = again.second["intent"].weights
    z = scores @ weights[:size] + bends * np.tanh(scores / bends) @ weights[size:]
    p = np.exp(z + again.second["intent"].bias)
    assert np.allclose(again.probabilities(scores)["intent"], p / p.sum(axis=1, keepdims=True))
    for row, of_row in zip(scores, z, strict=True):
        assert np.allclose(row @ again.worth(row, weights), of_row)


def test_copies_of_a_text_keep_what_each_says_of_its_mood() -> None:
    rows = [
        Row("a", "今天真好呀", "", "x", {"cheer": 1}),
        Row("b", "今天真好呀!", "", "y", {"relevant": 1, "sentiment": 1}),
        Row("c", "今天,真好呀", "", "z", {"relevant": 0}),
    ]
    [row] = dataset.distinct(rows)
    assert (row.id, row.source, row.labels) == ("c", "z", {"relevant": 0, "cheer": 1})

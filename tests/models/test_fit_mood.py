"""The second stage of sentiment: what it learns from which kind of text, and that it is stored whole."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import dataset
from models.dataset import Row
from models.fit_mood import KINDS, STARTS, fit_mood
from models.heads import F64, QUESTIONS, Heads, Second, columns, load_heads, save_heads

MOOD, CHEER, GOOD, BAD, KIND = (
    columns().index(c)
    for c in (("mood", 0), ("cheer", 1), ("sentiment", 1), ("sentiment", -1), ("category", "service"))
)


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
    second = fit_mood(scores, labels, np.zeros(len(scores)), np.ones(len(scores)))
    given = second.choose(second.probabilities(scores[:120], np.zeros(120))) - 1
    assert (given[:40] == 0).mean() > 0.9
    p = second.probabilities(np.vstack(told), np.zeros(800))
    assert (p[:400, 2] > p[:400, 0]).all()
    assert (p[400:, 2] < p[400:, 0]).all()


def test_a_score_may_mean_the_opposite_in_a_post_about_the_police() -> None:
    glad, sorry = scored(200, CHEER, 2.0), scored(200, CHEER, -2.0)
    scores, relevance = np.vstack([glad, sorry] * 2), np.repeat([0.0, 1.0], 400)
    right = np.repeat([1, -1, -1, 1], 200)
    second = fit_mood(scores, [{"sentiment": int(r)} for r in right], relevance, np.ones(800))
    assert (second.choose(second.probabilities(scores, relevance)) - 1 == right).all()


def test_a_score_may_mean_the_opposite_in_another_kind_of_text() -> None:
    glad, sorry = scored(200, CHEER, 2.0), scored(200, CHEER, -2.0)
    scores, relevance = np.vstack([glad, sorry] * 2), np.zeros(800)
    scores[:, KIND] = np.repeat([-2.0, 2.0], 400)
    right = np.repeat([1, -1, -1, 1], 200)
    second = fit_mood(scores, [{"sentiment": int(r)} for r in right], relevance, np.ones(800))
    assert (second.choose(second.probabilities(scores, relevance)) - 1 == right).all()
    shares = second.shares(scores, relevance)
    assert shares.shape == (800, 1 + KINDS * STARTS)
    assert ((shares >= 0) & (shares <= 1)).all()


def test_an_answer_counts_as_much_as_its_reader_is_trusted() -> None:
    scores = np.repeat(scored(50, GOOD, 1.0), 4, axis=0)
    labels = (some(3, sentiment=-1) + some(1, sentiment=1)) * 50
    trust = np.tile([0.4, 0.4, 0.4, 2.0], 50)
    second = fit_mood(scores, labels, np.zeros(200), trust)
    p = second.probabilities(scores, np.zeros(200)).mean(axis=0)
    assert p == pytest.approx([150 * 0.4 / 160, 0, 50 * 2 / 160], abs=0.02)


def test_columns_that_were_never_learnt_say_nothing() -> None:
    scores = scored(60, GOOD, 0.0)
    scores[:, CHEER] = -3.0
    labels = [{"sentiment": 1 if s > 0 else 0} for s in scores[:, GOOD]]
    second = fit_mood(scores, labels, np.full(60, 0.5), np.ones(60))
    assert second.ways is not None
    assert second.gates is not None
    assert not second.weights[CHEER].any()
    assert not second.ways[:, CHEER].any()
    assert not second.gates[CHEER].any()
    assert np.isfinite(second.weights).all()
    assert second.probabilities(scores, np.full(60, 0.5))[:, 0].max() < 0.05, "nobody gave that answer"


def some_heads(dice: np.random.Generator, **mood: F64) -> Heads:
    """Heads of random weights, and of these parts of the second stage of sentiment."""
    size = len(columns())
    second = {
        q: Second(*(dice.normal(size=shape) for shape in ((size, len(a)), len(a), len(a))))
        for q, a in QUESTIONS.items()
    }
    second["sentiment"] = replace(second["sentiment"], **mood)
    table, docs, bias = (dice.normal(size=shape).astype(np.float32) for shape in ((8, size), (4, size), size))
    return Heads(table, docs, bias, second)


def test_models_are_stored_whole_with_and_without_kinds(tmp_path: Path) -> None:
    size, dice = len(columns()), np.random.default_rng(0)
    ways, gates = dice.normal(size=(3, size + 1, 3)), dice.normal(size=(size + 1, 2))
    heads = some_heads(dice, ways=ways, gates=gates)
    mood = heads.second["sentiment"]
    save_heads(tmp_path / "heads.npz", heads)
    again = load_heads(tmp_path / "heads.npz")
    assert np.array_equal(again.second["sentiment"].ways, ways)  # type: ignore[arg-type]
    assert again.second["intent"].ways is None
    scores = dice.normal(size=(5, size))
    relevance = again.probabilities(scores)["relevant"][:, 1:]
    kinds = 1 / (1 + np.exp(-(scores @ gates[:-1] + gates[-1])))
    z = scores @ mood.weights + mood.bias
    for share, way in zip(np.hstack([relevance, kinds]).T, ways, strict=True):
        z += share[:, None] * (scores @ way[:-1] + way[-1])
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    assert np.allclose(again.probabilities(scores)["sentiment"], p)


def test_a_model_stored_before_there_were_kinds_answers_as_it_did(tmp_path: Path) -> None:
    size, dice = len(columns()), np.random.default_rng(2)
    about = dice.normal(size=(size + 1, 3))
    heads = some_heads(dice, ways=about[None])
    save_heads(tmp_path / "heads.npz", heads)
    with np.load(tmp_path / "heads.npz") as stored:
        old = {{"sentiment.ways": "sentiment.about"}.get(name, name): stored[name] for name in stored}
    old["sentiment.about"] = old["sentiment.about"][0]
    np.savez(tmp_path / "old.npz", **old)
    scores = dice.normal(size=(5, size))
    now, before = (load_heads(tmp_path / name).probabilities(scores) for name in ("heads.npz", "old.npz"))
    mood = heads.second["sentiment"]
    z = scores @ mood.weights + mood.bias + now["relevant"][:, 1:] * (scores @ about[:-1] + about[-1])
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    assert np.array_equal(now["sentiment"], before["sentiment"])
    assert np.allclose(before["sentiment"], p)


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

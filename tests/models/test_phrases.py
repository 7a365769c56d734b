from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import phrases_apart
from models.phrases import WIDTHS, Phrases, load_phrases, phrase_columns, phrase_scores, save_phrases

WORDS = ["民警", "态度", "很", "差", "不", "好", "谢谢"]
SIZE, DEPTH = 4, 5
texts_of_words = st.lists(st.lists(st.sampled_from([*WORDS, "从未见过"]), max_size=7), min_size=1, max_size=6)


def detectors(seed: int = 0) -> Phrases:
    """SIZE detectors of each width over a few words, all numbers by chance."""
    dice = np.random.default_rng(seed)
    return Phrases(
        words=WORDS,
        vectors=dice.integers(-127, 128, (len(WORDS), DEPTH)).astype(np.int8),
        scale=dice.uniform(0.001, 0.02, DEPTH).astype(np.float32),
        kernels=dice.normal(0, 1, (sum(WIDTHS), DEPTH, SIZE)).astype(np.float32),
        bias=dice.normal(0, 0.3, SIZE * len(WIDTHS)).astype(np.float32),
        weights=dice.normal(0, 1, (SIZE * len(WIDTHS), len(phrase_columns()))).astype(np.float32),
        weights_bias=dice.normal(0, 1, len(phrase_columns())).astype(np.float32),
    )


def one_by_one(phrases: Phrases, words: list[str]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """The same scores, phrase by phrase, in plain floating point."""
    vectors = [
        phrases.vectors[WORDS.index(w)] * phrases.scale if w in WORDS else np.zeros(DEPTH, np.float32) for w in words
    ]
    fired = []
    for number, width in enumerate(WIDTHS):
        kernels = phrases.kernels[sum(WIDTHS[:number]) :][:width]
        bias = phrases.bias[number * SIZE : (number + 1) * SIZE]
        best = np.full(SIZE, -np.inf) if words else np.zeros(SIZE)
        for last in range(len(words)):
            felt = sum(vectors[last - back] @ kernels[back] for back in range(min(width, last + 1)))
            best = np.maximum(best, felt)
        fired.append(np.maximum(best + bias, 0))
    scores = np.concatenate(fired) @ phrases.weights + phrases.weights_bias
    return np.asarray(scores, np.float64)


@settings(deadline=None, max_examples=60)
@given(texts=texts_of_words)
def test_a_batch_has_the_scores_of_its_texts_one_by_one(texts: list[list[str]]) -> None:
    phrases = detectors()
    found = phrase_scores(phrases, texts)
    wanted = np.array([one_by_one(phrases, words) for words in texts])
    assert found == pytest.approx(wanted, abs=0.01)


@settings(deadline=None, max_examples=40)
@given(words=st.lists(st.sampled_from([*WORDS, "从未见过"]), max_size=9))
def test_pushes_of_the_words_add_up_to_the_scores(words: list[str]) -> None:
    phrases = replace(detectors(1), bias=np.zeros(SIZE * len(WIDTHS), np.float32))
    rows = phrases.look_up([words])
    directions = np.random.default_rng(2).normal(0, 1, (len(phrase_columns()), 3))
    pushed = phrases.pushes(rows, directions).sum(axis=0)
    without = phrases.weights_bias.astype(np.float64)
    assert pushed == pytest.approx(
        ((phrases.scores(rows, np.array([0, len(words)]))[0] - without) @ directions), abs=0.05
    )


def test_a_phrase_does_not_reach_over_the_end_of_a_text() -> None:
    phrases = detectors(3)
    together = phrase_scores(phrases, [["民警", "态度"], ["很", "差"]])
    alone = phrase_scores(phrases, [["很", "差"]])
    assert together[1] == pytest.approx(alone[0])


def test_detectors_are_the_same_after_storing(tmp_path: Path) -> None:
    phrases = detectors(4)
    save_phrases(tmp_path / "phrases.npz", phrases)
    again = load_phrases(tmp_path / "phrases.npz")
    tokens = [["民警", "态度", "很", "差"], ["谢谢", "民警"], []]
    assert phrase_scores(again, tokens) == pytest.approx(phrase_scores(phrases, tokens), abs=0.02)


def test_a_file_whose_parts_do_not_fit_is_refused(tmp_path: Path) -> None:
    phrases = detectors(5)
    save_phrases(tmp_path / "phrases.npz", replace(phrases, words=WORDS[:-1]))
    with pytest.raises(ValueError, match="6 words, 7 vectors"):
        load_phrases(tmp_path / "phrases.npz")


def test_scores_kept_apart_take_the_place_of_others(tmp_path: Path) -> None:
    kept = np.array([[1.04, -3.0], [50.0, 0.0]])
    phrases_apart.save(tmp_path / "apart.npz", ["一句话", "另一句"], kept)
    scores, known = phrases_apart.exchanged(
        tmp_path / "apart.npz", ["没见过", "一句话", "另一句"], np.full((3, 2), 9.0)
    )
    assert known.tolist() == [False, True, True]
    assert scores == pytest.approx(np.array([[9.0, 9.0], [1.0, -3.0], [12.7, 0.0]]))


def test_a_word_table_finds_the_rows_of_the_words_it_shares() -> None:
    phrases = detectors(6)
    found = phrases.rows_in({"好": 0, "别的": 1, "民警": 2}, 4)
    assert found.tolist() == [WORDS.index("好"), len(WORDS), WORDS.index("民警"), len(WORDS)]

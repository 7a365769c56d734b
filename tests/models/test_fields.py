"""Fields of words: read with clear errors, counted per text, pairs told, and every push explained."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import PROJECT
from models import fields
from models.features import F32

WORDS = PROJECT / "models" / "labels" / "words.txt"
POLICE, FOREIGN, FILM = (list(fields.FIELDS).index(letter) for letter in "PFE")
CODES = np.array([[POLICE, -1], [FOREIGN, -1], [FILM, len(fields.FIELDS)], [-1, -1]], dtype=np.int8)


def counted(ids: list[int]) -> F32:
    return fields.counts(CODES, np.array(ids, np.int64), np.zeros(len(ids), np.int64), 1)


def vector(ids: list[int]) -> F32:
    found: F32 = fields.vectors(counted(ids))[0] / fields.SCALE
    return found


def test_the_shipped_list_is_sorted_and_names_no_word_twice() -> None:
    words = [line.split()[0] for line in WORDS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert len(words) > 4000
    assert words == sorted(set(words))


def test_the_shipped_list_knows_police_from_film_and_praise_from_abuse() -> None:
    known = fields.read(WORDS)
    letters = list(fields.FIELDS)
    assert letters[known["派出所"][0]] == "P"
    assert letters[known["骗子"][0]] == "C"
    assert letters[known["城管"][0]] == "U"
    assert known["感谢"][1] > known["恶心"][1] > fields.NONE


@pytest.mark.parametrize("line", ["警察", "警察 0", "警察 3 P", "警察 0 Y", "警察 x P", "警察 0 P 多"])
def test_a_wrong_line_is_named_by_file_and_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "words.txt"
    path.write_text(f"# head\n公安 0 P\n{line}\n", encoding="utf-8")
    with pytest.raises(fields.FieldsError, match=r"words\.txt:3: expected `word mood field`"):
        fields.read(path)


def test_two_fields_in_one_text_are_told_as_a_pair() -> None:
    alone, together = vector([0, 0]), vector([0, 1])
    pairs = slice(3 * fields.COUNTS, None)
    assert not alone[pairs].any()
    assert np.count_nonzero(together[pairs]) == 1
    assert alone[fields.COUNTS + POLICE] == 1  # touched twice
    assert together[fields.COUNTS + POLICE] == 0


def test_shares_of_the_fields_add_up_to_one_and_words_without_a_field_count_nothing() -> None:
    share = slice(2 * fields.COUNTS, 3 * fields.COUNTS)
    assert vector([0, 1, 3, 3])[share].sum() == pytest.approx(1)
    assert not vector([3, 3]).any()
    assert not vector([]).any()


@given(st.lists(st.integers(0, 3), max_size=12), st.integers(0, 2**32 - 1))
def test_the_pushes_of_all_words_add_up_to_the_score(ids: list[int], seed: int) -> None:
    weights = np.random.default_rng(seed).normal(size=(fields.SIZE, 2))
    found = fields.pushes(CODES, np.array(ids, np.int64), weights)
    score = fields.vectors(counted(ids))[0] @ weights
    assert found.shape == (len(ids), 2)
    np.testing.assert_allclose(found.sum(axis=0), score, atol=1e-4)


@given(st.lists(st.lists(st.integers(0, 3), max_size=12), max_size=5), st.integers(0, 2**32 - 1))
def test_weighed_fields_score_as_the_vectors_do(texts: list[list[int]], seed: int) -> None:
    weights = np.random.default_rng(seed).normal(size=(fields.SIZE, 3)).astype(np.float32)
    rows = np.repeat(np.arange(len(texts)), [len(ids) for ids in texts])
    counts = fields.counts(CODES, np.array([i for ids in texts for i in ids], np.int64), rows, len(texts))
    assert counts.tolist() == [counted(ids)[0].tolist() for ids in texts]
    found = fields.Weighed(weights).scores(counts)
    np.testing.assert_allclose(found, fields.vectors(counts) @ weights, atol=1e-4)

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.features import Batch
from models.word_index import WordIndex

WORDS = st.text(alphabet="警察打人好的abc😡", min_size=1, max_size=4)


def hashes(words: list[str]) -> np.ndarray:
    batch = Batch.of(words)
    return batch.spans(batch.bounds[:-1] + 1, batch.bounds[1:])


@given(st.sets(WORDS, max_size=40), st.lists(WORDS, min_size=1, max_size=40))
def test_every_word_is_found_and_no_other(known: set[str], asked: list[str]) -> None:
    rows = {word: i for i, word in enumerate(sorted(known))}
    assert WordIndex(rows, -1).find(hashes(asked)).tolist() == [rows.get(word, -1) for word in asked]


def test_words_that_want_one_place_are_told_apart() -> None:
    rows = {chr(0x4E00 + i) + chr(0x4E00 + j): 200 * i + j for i in range(200) for j in range(200)}
    index = WordIndex(rows, -1)
    assert index.find(hashes(list(rows))).tolist() == list(rows.values())
    assert index.find(hashes(["没有这个词", "a"])).tolist() == [-1, -1]

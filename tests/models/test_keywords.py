"""Keywords of a batch: the most telling distinct words, repeats worth more, ties in the order of the text."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.features import Batch
from models.keywords import MOST, Keywords
from models.segment import Words
from models.words import WordTable

KNOWN = ("派出所", "罚款", "车管所", "我们", "的", "辅警", "路口", "电话", "报警", "排队")
SHARES = np.array([1e-4, 1e-5, 1e-5, 1e-5, 1e-2, 1e-6, 1e-4, 1e-4, 1e-5, 1e-6, 1e-7], np.float32)
LISTED = np.array([True, *[False] * 10])
TABLE = WordTable(
    {word: i for i, word in enumerate(KNOWN)},
    np.zeros((11, 2), np.int8),
    np.ones(2, np.float32),
    SHARES,
    np.full((11, 2), -1, np.int8),
    10,
)
KEYWORDS = Keywords(TABLE, LISTED)
WORDS = st.sampled_from([*KNOWN, "望汐", "云溯", "[怒]", " ", "ab", "。"])


def of(texts: list[list[str]]) -> list[list[str]]:
    words = Words.of(texts)
    start, end, _ = words.spans()
    hashes = Batch.of(["".join(text) for text in texts]).spans(start, end)
    return KEYWORDS.of(words, TABLE.look_up(texts), hashes)


def slowly(text: list[str]) -> list[str]:
    worth: dict[str, float] = {}
    for word in text:
        row = TABLE.rows.get(word, 10)
        if word in ("我们", "的", "[怒]", " ", "ab", "。"):
            continue
        telling = -float(np.log(SHARES[row])) * (1.3 if LISTED[row] else 1.0)
        worth[word] = worth[word] + telling / 2 if word in worth else telling
    return sorted(worth, key=lambda word: -round(worth[word], 4))[:MOST]


@given(st.lists(st.lists(WORDS, max_size=14), max_size=6))
def test_keywords_of_many_texts_are_those_a_plain_loop_finds(texts: list[list[str]]) -> None:
    assert of(texts) == [slowly(text) for text in texts]


def test_a_repeated_word_tells_more_and_a_police_word_more_than_an_equally_rare_one() -> None:
    assert of([["罚款", "报警", "报警"], ["路口", "派出所"]]) == [["报警", "罚款"], ["派出所", "路口"]]
    assert of([["的", "我们", " "], []]) == [[], []]

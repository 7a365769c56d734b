"""Words of the lists are counted; praise and blame shortly after a negation count apart."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.signals import REACH, Signals

ROWS = {"不": 0, "好": 1, "坏": 2, "警察": 3, "没好气": 4, "。": 5}
LISTS = {
    "negation": frozenset({"不", "没好气"}),
    "negative": frozenset({"坏", "没好气"}),
    "police": frozenset({"警察"}),
    "positive": frozenset({"好"}),
}
SIGNALS = Signals(LISTS, sorted(LISTS), ROWS)
COLUMNS = [*sorted(LISTS), "negated-positive", "negated-negative"]


def counted(texts: list[list[str]]) -> list[dict[str, int]]:
    ids = np.array([ROWS[word] for text in texts for word in text], np.int64)
    found = SIGNALS.counts(ids, np.append(0, np.cumsum([len(text) for text in texts])))
    return [{name: n for name, n in zip(COLUMNS, row, strict=True) if n} for row in found.tolist()]


def slowly(text: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for i, word in enumerate(text):
        negated = any(before in LISTS["negation"] for before in text[max(i - REACH, 0) : i])
        for name in (n for n, words in LISTS.items() if word in words):
            name = f"negated-{name}" if negated and name in ("positive", "negative") else name
            found[name] = found.get(name, 0) + 1
    return found


@given(st.lists(st.lists(st.sampled_from(sorted(ROWS)), max_size=10), max_size=5))
def test_counts_are_those_a_plain_loop_finds(texts: list[list[str]]) -> None:
    assert counted(texts) == [slowly(text) for text in texts]


def test_a_negation_turns_what_follows_and_not_the_next_text() -> None:
    assert counted([["不", "。", "好"], ["好", "不", "。", "。", "。", "坏"]]) == [
        {"negation": 1, "negated-positive": 1},
        {"positive": 1, "negation": 1, "negative": 1},
    ]

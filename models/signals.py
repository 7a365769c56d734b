"""Signals: which word lists a text touches, and how often; negation turns praise and blame round.

The lists are the files of config/lexicon (police words, slang) and config/lexicon/signals (praise, blame,
negation). A word an operator adds there works at once, because the models weigh the list, not the word.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.features import I64, U64, row_sums

NEGATION, POSITIVE, NEGATIVE = "negation", "positive", "negative"
REACH = 3  # words back that a negation is looked for: 没 有 什么 用
STEPS = (1, 2, 4)  # a text with 3 police words has the marks "at least 1" and "at least 2"


class Signals:
    """The lists with their words; `names` fixes the order and with it the feature numbers."""

    def __init__(self, lists: Mapping[str, frozenset[str]], names: Sequence[str], rows: Mapping[str, int]) -> None:
        """rows: word -> row of the word table, which must know every word of the lists."""
        self.names = tuple(names)
        self._bits = np.zeros(len(rows) + 1, dtype=np.int64)
        for place, name in enumerate(self.names):
            for word in lists.get(name, ()):
                self._bits[rows[word]] |= 1 << place
        self._negation, self._positive, self._negative = (
            self.names.index(n) if n in self.names else None for n in (NEGATION, POSITIVE, NEGATIVE)
        )

    def on(self, *names: str) -> NDArray[np.bool_]:
        """For every row of the word table: is the word on one of these lists?"""
        wanted = sum(1 << place for place, name in enumerate(self.names) if name in names)
        listed: NDArray[np.bool_] = (self._bits & wanted) != 0
        return listed

    def marks(self, ids: I64, indptr: I64) -> tuple[U64, I64]:
        """Feature numbers and the texts that have them, in their order: list x step reached.

        ids: word-table rows of all tokens.
        """
        reached = self.counts(ids, indptr)[:, :, None] >= STEPS
        rows, numbers = np.nonzero(reached.reshape(len(reached), -1))
        return numbers.astype(np.uint64), rows

    def counts(self, ids: I64, indptr: I64) -> NDArray[np.int64]:
        """(texts, lists + 2): words of each list in each text; the last two are negated praise and blame."""
        bits = self._bits.take(ids)
        hits = np.flatnonzero(bits)
        rows = np.searchsorted(indptr, hits, side="right") - 1
        columns = bits.take(hits)[:, None] >> np.arange(len(self.names)) & 1
        columns = np.hstack([columns, self._negated(columns, hits, indptr.take(rows))])
        return row_sums(columns, np.searchsorted(rows, np.arange(len(indptr))))

    def _negated(self, columns: NDArray[np.int64], hits: I64, begin: I64) -> NDArray[np.int64]:
        """Move praise and blame that stands shortly after a negation to columns of its own.

        hits: the places of the listed words; begin: where the text of each begins.
        """
        if self._negation is None or self._positive is None or self._negative is None:
            return np.zeros((len(hits), 2), dtype=np.int64)
        negation = np.maximum.accumulate(np.where(columns[:, self._negation], hits, -1 - REACH))
        last = np.append(-1 - REACH, negation)[:-1]  # before the word itself
        near = (hits - last <= REACH) & (last >= begin)
        moods = [self._positive, self._negative]
        moved: NDArray[np.int64] = columns[:, moods] * near[:, None]
        columns[:, moods] -= moved
        return moved

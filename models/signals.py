"""Signals: which word lists a text touches, and how often; negation turns praise and blame round.

The lists are the files of config/lexicon (police words, slang) and config/lexicon/signals (praise, blame,
negation). A word an operator adds there works at once, because the models weigh the list, not the word.
"""

from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from models.features import I64, U64

NEGATION, POSITIVE, NEGATIVE = "negation", "positive", "negative"
NEGATED_POSITIVE, NEGATED_NEGATIVE = "negated-positive", "negated-negative"
REACH = 3  # words back that a negation is looked for: 没 有 什么 用
STEPS = (1, 2, 4)  # a text with 3 police words has the marks "at least 1" and "at least 2"
MAX_LISTS = 60


class Signals:
    """The lists with their words; `names` fixes the order and with it the feature numbers."""

    def __init__(self, lists: Mapping[str, frozenset[str]], names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._bits: dict[str, int] = {}
        for place, name in enumerate(self.names):
            for word in lists.get(name, ()):
                self._bits[word] = self._bits.get(word, 0) | 1 << place
        self._negation, self._positive, self._negative = (
            self.names.index(n) if n in self.names else None for n in (NEGATION, POSITIVE, NEGATIVE)
        )

    def listed(self, *names: str) -> frozenset[str]:
        """The words of some of the lists."""
        wanted = sum(1 << place for place, name in enumerate(self.names) if name in names)
        return frozenset(word for word, bits in self._bits.items() if bits & wanted)

    def marks(self, tokens: Sequence[Sequence[str]], indptr: I64) -> tuple[U64, I64]:
        """Feature numbers and the texts that have them: list x step reached."""
        counts = self.counts(tokens, indptr)
        found = [np.nonzero(counts >= step) for step in STEPS]
        numbers = [cols * len(STEPS) + i for i, (_, cols) in enumerate(found)]
        return np.concatenate(numbers).astype(np.uint64), np.concatenate([rows for rows, _ in found])

    def counts(self, tokens: Sequence[Sequence[str]], indptr: I64) -> NDArray[np.int64]:
        """(texts, lists + 2): words of each list in each text; the last two are negated praise and blame."""
        get = self._bits.get
        bits = np.array([get(t, 0) for t in chain.from_iterable(tokens)], dtype=np.int64)
        hits = np.flatnonzero(bits)
        texts = len(indptr) - 1
        rows = np.searchsorted(indptr, hits, side="right") - 1
        columns = (bits[hits, None] >> np.arange(len(self.names)) & 1).astype(np.int64)
        columns = np.hstack([columns, self._negated(columns, hits, rows)])
        out = np.zeros((texts, columns.shape[1]), dtype=np.int64)
        np.add.at(out, rows, columns)
        return out

    def _negated(self, columns: NDArray[np.int64], hits: I64, rows: I64) -> NDArray[np.int64]:
        """Move praise and blame that stands shortly after a negation to columns of its own."""
        moved = np.zeros((len(hits), 2), dtype=np.int64)
        if self._negation is None or self._positive is None or self._negative is None or not len(hits):
            return moved
        negation = np.flatnonzero(columns[:, self._negation])
        for i in negation.tolist():
            for j in range(i + 1, min(i + 1 + REACH, len(hits))):
                if rows[j] != rows[i] or hits[j] - hits[i] > REACH:
                    break
                for out, column in enumerate((self._positive, self._negative)):
                    moved[j, out] += columns[j, column]
                    columns[j, column] = 0
        return moved

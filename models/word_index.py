"""From the hashes of words to their rows in the word table, for a whole batch without a Python loop."""

from collections.abc import Mapping

import numpy as np

from models.features import I64, U64, Batch

FREE = np.uint64(0)
SPARE = 3  # bits of slots beyond one a word: a look-up then rarely needs a second step


class WordIndex:
    """An open-addressed table over `Batch.spans`; a word is known by its 64-bit hash."""

    def __init__(self, rows: Mapping[str, int], unknown: int) -> None:
        """unknown: the row of every word that `rows` does not hold."""
        words = [word for word in rows if word and "\0" not in word]
        batch = Batch.of(words)
        hashes = batch.spans(batch.bounds[:-1] + 1, batch.bounds[1:])
        bits = len(words).bit_length() + SPARE
        self._shift, self._last = np.uint64(64 - bits), (1 << bits) - 1
        self._hashes = np.full(1 << bits, FREE)
        self._rows = np.full(1 << bits, unknown, dtype=np.int64)
        numbers = np.array([rows[word] for word in words], dtype=np.int64)
        slots, waiting = self._first_slot(hashes), np.arange(len(words))
        while len(waiting):
            free = waiting[self._hashes[slots[waiting]] == FREE]
            self._hashes[slots[free]] = hashes[free]  # of several for one slot the last is in
            self._rows[slots[free]] = numbers[free]
            waiting = waiting[self._hashes[slots[waiting]] != hashes[waiting]]
            slots[waiting] = (slots[waiting] + 1) & self._last

    def find(self, hashes: U64) -> I64:
        """The row of each word."""
        slots = self._first_slot(hashes)
        there = self._hashes.take(slots)
        found = self._rows.take(slots)
        waiting = np.flatnonzero((there != hashes) & (there != FREE))
        while len(waiting):
            slots[waiting] = (slots[waiting] + 1) & self._last
            there = self._hashes[slots[waiting]]
            found[waiting] = self._rows[slots[waiting]]
            waiting = waiting[(there != hashes[waiting]) & (there != FREE)]
        return found

    def _first_slot(self, hashes: U64) -> I64:
        return (hashes >> self._shift).astype(np.int64)

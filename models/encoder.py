"""Cleaned, segmented texts -> what the linear models read: distinct n-gram buckets and a document vector."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models import features
from models.features import I64, Batch, Grams, Rows
from models.signals import Signals
from models.words import F32, WordTable


@dataclass(frozen=True)
class Encoded:
    """One batch, encoded. `ids` are the word-table rows of all tokens, text r's from indptr[r] to indptr[r + 1]."""

    rows: Rows
    docs: F32
    ids: I64
    indptr: I64
    trigrams: Grams


@dataclass(frozen=True)
class Encoder:
    """The encoding of one model: its word table, its signal lists, its number of buckets."""

    words: WordTable
    signals: Signals
    bits: int
    chars: tuple[int, ...] = (1, 2, 3)

    def encode(self, texts: Sequence[str], tokens: Sequence[Sequence[str]]) -> Encoded:
        """Encode a batch; `tokens[r]` concatenates to `texts[r]`."""
        batch = Batch.of(texts)
        grams = {n: batch.grams(n) for n in {3, *self.chars}}
        parts = [(features.finish(grams[n].hashes, n, self.bits), grams[n].rows) for n in self.chars]
        start, end, rows = features.word_spans(batch, tokens)
        parts.append((features.finish(batch.spans(start, end), features.SALT_WORD, self.bits), rows))
        pair = rows[1:] == rows[:-1]
        spans = batch.spans(start[:-1][pair], end[1:][pair])
        parts.append((features.finish(spans, features.SALT_PAIR, self.bits), rows[1:][pair]))
        indptr = np.concatenate(([0], np.cumsum(np.fromiter(map(len, tokens), np.int64, count=len(tokens)))))
        marks, owners = self.signals.marks(tokens, indptr)
        parts.append((features.finish(marks, features.SALT_SIGNAL, self.bits), owners))
        ids = self.words.look_up(tokens)
        return Encoded(
            features.distinct(parts, len(texts), self.bits),
            self.words.documents(ids, indptr),
            ids,
            indptr,
            grams[3],
        )

"""Cleaned, segmented texts -> what the linear models read: distinct n-gram buckets and a document vector."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models import features, fields
from models.features import F32, I64, Batch, Grams, Rows
from models.signals import Signals
from models.word_index import WordIndex
from models.words import WordTable


@dataclass(frozen=True)
class Encoded:
    """One batch, encoded. `ids` are the word-table rows of all tokens, text r's from indptr[r] to indptr[r + 1]."""

    rows: Rows
    docs: F32
    ids: I64
    indptr: I64
    trigrams: Grams


class Encoder:
    """The encoding of one model: its word table, its signal lists, its number of buckets."""

    def __init__(
        self,
        table: WordTable,
        lists: Mapping[str, frozenset[str]],
        names: Sequence[str],
        bits: int,
        chars: Sequence[int],
    ) -> None:
        """lists: the installation's word lists; names: those the model weighs, in its order."""
        self.words = table.with_words({word for name in names for word in lists.get(name, ())})
        self.signals = Signals(lists, names, self.words.rows)
        self._index = WordIndex(self.words.rows, len(self.words.vectors) - 1)
        self.bits = bits
        self.chars = tuple(chars)

    def encode(self, texts: Sequence[str], tokens: Sequence[Sequence[str]], outers: Sequence[int]) -> Encoded:
        """Encode a batch; `tokens[r]` concatenates to `texts[r]`, its first `outers[r]` characters not forwarded."""
        batch = Batch.of(texts)
        grams = {n: batch.grams(n) for n in {3, *self.chars}}
        parts = [(features.finish(grams[n].hashes, n, self.bits), grams[n].rows) for n in self.chars]
        start, end, rows = features.word_spans(batch, tokens)
        hashes = batch.spans(start, end)
        parts.append((features.finish(hashes, features.SALT_WORD, self.bits), rows))
        pair = rows[1:] == rows[:-1]
        spans = batch.spans(start[:-1][pair], end[1:][pair])
        parts.append((features.finish(spans, features.SALT_PAIR, self.bits), rows[1:][pair]))
        indptr = np.concatenate(([0], np.cumsum(np.fromiter(map(len, tokens), np.int64, count=len(tokens)))))
        ids = self._index.find(hashes)
        marks, owners = self.signals.marks(ids, indptr)
        parts.append((features.finish(marks, features.SALT_SIGNAL, self.bits), owners))
        return Encoded(
            features.distinct(parts, len(texts), self.bits),
            np.hstack(
                [
                    self._documents(ids, indptr, end - batch.bounds[rows] - 1 <= np.array(outers, np.int64)[rows]),
                    fields.vectors(self.words.codes, ids, rows, len(texts)),
                ]
            ),
            ids,
            indptr,
            grams[3],
        )

    def _documents(self, ids: I64, indptr: I64, outer: NDArray[np.bool_]) -> F32:
        """Document vectors in which the outermost comment counts as much as the whole chain."""
        whole = self.words.documents(ids, indptr)
        if outer.all():
            return whole
        own = self.words.documents(np.where(outer, ids, len(self.words.vectors) - 1), indptr)
        return (whole + own) / np.float32(2)

"""The first stage of the models: one score a column, as fast as it can be had.

A score is a sum over a text's distinct buckets, its words and its fields, so everything that can be multiplied
beforehand is: a word's vector by the weights of the document vector, a pair of fields by its weight.
"""

from itertools import pairwise

import numpy as np

from models.encoder import Encoded
from models.features import F32, weighted_row_sums
from models.fields import Weighed
from models.heads import F64, Heads
from models.phrases import Phrases
from models.words import WordTable


class FirstStage:
    """The weights of one model, folded for the words it knows."""

    def __init__(self, heads: Heads, words: WordTable, phrases: Phrases | None) -> None:
        self._phrases = phrases
        self.phrase_rows = phrases.rows_in(words.rows, len(words.vectors)) if phrases else None
        """The row in `phrases` of each row of the word table; None without phrases."""
        self._buckets, self._bias = heads.table, heads.bias
        self._words = words.documents_weighed(heads.docs[: words.size])
        self._fields = Weighed(heads.docs[words.size :])

    def scores(self, encoded: Encoded) -> F64:
        """(texts, columns): buckets over the root of how many there are, the document vector and the bias.

        The columns of the phrases, where the model has any, stand behind.
        """
        scores = self._fields.scores(encoded.fields) + self._bias
        indptr = encoded.words.indptr
        emphasis = encoded.table.emphasis(encoded.ids, indptr, encoded.outer)
        scores += weighted_row_sums(emphasis, self._words.take(encoded.ids, axis=0), indptr)
        sizes = encoded.rows.sizes
        scores += self._bucket_sums(encoded) / np.sqrt(np.maximum(sizes, 1)).astype(np.float32)[:, None]
        linear = scores.astype(np.float64)
        if self._phrases is None or self.phrase_rows is None:
            return linear
        return np.hstack([linear, self._phrases.scores(self.phrase_rows.take(encoded.ids), indptr)])

    def _bucket_sums(self, encoded: Encoded) -> F32:
        """(texts, columns). Text by text: what is summed is then still in the cache it was gathered to."""
        rows, table = encoded.rows, self._buckets
        most = int(rows.sizes.max(initial=0))
        ones, gathered = np.ones(most, np.float32), np.empty((most, table.shape[1]), np.float32)
        out = np.zeros((len(rows.indptr) - 1, table.shape[1]), np.float32)
        for row, (start, end) in enumerate(pairwise(rows.indptr.tolist())):
            weights = gathered[: end - start]
            table.take(rows.indices[start:end], axis=0, out=weights, mode="clip")  # "raise" would copy them once more
            np.dot(ones[: end - start], weights, out=out[row])
        return out

"""Cleaned, segmented texts -> what the linear models read: distinct n-gram buckets and a document vector."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models import features, fields
from models.features import F32, I64, U64, Batch, Grams, Rows
from models.segment import Words
from models.signals import Signals
from models.word_index import WordIndex
from models.words import WordTable


@dataclass(frozen=True)
class Encoded:
    """One batch, encoded: its code points, its words, its distinct buckets and its trigrams."""

    batch: Batch
    words: Words
    start: I64
    """Where each word begins in the batch."""
    hashes: U64
    """Of each word."""
    owners: I64
    """The text of each word."""
    ids: I64
    """The word-table row of each word."""
    outer: NDArray[np.bool_]
    """Is the word of the outermost comment?"""
    rows: Rows
    trigrams: Grams
    table: WordTable

    @property
    def fields(self) -> F32:
        """(texts, fields.COUNTS): words of each field and mood."""
        return fields.counts(self.table.codes, self.ids, self.owners, len(self.words.indptr) - 1)

    @property
    def docs(self) -> F32:
        """(texts, d + fields.SIZE): document vectors; what learns needs them, what scores does without."""
        documents = self.table.documents(self.ids, self.words.indptr, self.outer)
        return np.hstack([documents, fields.vectors(self.fields)])


class Encoder:
    """The encoding of one model: its word table, its signal lists, its number of buckets."""

    def __init__(
        self,
        table: WordTable,
        lists: Mapping[str, frozenset[str]],
        names: Sequence[str],
        bits: int,
        chars: Sequence[int],
        also: Iterable[str] = (),
    ) -> None:
        """lists: the installation's word lists; names: those the model weighs, in its order; also: more words."""
        told_apart = {word for name in names for word in lists.get(name, ())}
        self.words = table.with_words(told_apart.union(word for word in also if word not in table.rows))
        self.signals = Signals(lists, names, self.words.rows)
        self._index = WordIndex(self.words.rows, len(self.words.vectors) - 1)
        self.bits = bits
        self.chars = tuple(chars)

    def encode(self, texts: Sequence[str], tokens: Sequence[Sequence[str]], outers: Sequence[int]) -> Encoded:
        """Encode a batch; `tokens[r]` concatenates to `texts[r]`, its first `outers[r]` characters not forwarded."""
        return self.encode_words(texts, Words.of(tokens), outers)

    def encode_words(self, texts: Sequence[str], words: Words, outers: Sequence[int]) -> Encoded:
        """`encode` for texts that were cut together."""
        batch = Batch.of(texts)
        grams = {n: batch.grams(n) for n in {3, *self.chars}}
        parts = [(features.finish(grams[n].hashes, n, self.bits), grams[n].rows) for n in self.chars]
        start, end, rows = words.spans()
        hashes = batch.spans(start, end)
        parts.append((features.finish(hashes, features.SALT_WORD, self.bits), rows))
        pair = np.flatnonzero(rows[1:] == rows[:-1])
        spans = batch.spans(start.take(pair), end.take(pair + 1))
        parts.append((features.finish(spans, features.SALT_PAIR, self.bits), rows.take(pair)))
        ids = self._index.find(hashes)
        marks, owners = self.signals.marks(ids, words.indptr)
        parts.append((features.finish(marks, features.SALT_SIGNAL, self.bits), owners))
        outer = end <= (batch.bounds[:-1] + 1 + np.array(outers, np.int64)).take(rows)
        distinct = features.distinct(parts, len(texts), self.bits)
        return Encoded(batch, words, start, hashes, rows, ids, outer, distinct, grams[3], self.words)

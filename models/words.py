"""Words the models know: a vector each (what company the word keeps), how common it is, what it is about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models import fields
from models.features import F32, I64, weighted_row_sums
from models.fields import Codes

COMMON = 1e-3  # SIF weight a / (a + p), Arora et al. 2017: words this frequent count half
UNKNOWN_SHARE = 1e-7  # of a word never seen in training


@dataclass(frozen=True)
class WordTable:
    """Vectors of the words; a word's row is `rows[word]`, the last row stands for every word not in the table."""

    rows: Mapping[str, int]
    vectors: NDArray[np.int8]
    """(words + 1, d), unit vectors in steps of `scale`; zero for words never seen in training."""
    scale: F32
    """(d,)"""
    shares: F32
    """(words + 1,): part of all words of the training texts."""
    codes: Codes
    """(words + 1, 2): field and mood of each word, see models.fields."""
    seen: int
    """Rows below this one were seen in training."""

    @property
    def size(self) -> int:
        """d, the length of a vector."""
        return int(self.vectors.shape[1])

    def with_words(self, extra: Iterable[str]) -> "WordTable":
        """The same table with a row for further words, of which it knows nothing."""
        rows = dict(self.rows)
        for word in sorted(extra):
            rows.setdefault(word, len(rows))
        more = len(rows) - len(self.rows)
        vectors = np.vstack([self.vectors, np.zeros((more, self.size), np.int8)])
        shares = np.append(self.shares, np.full(more, UNKNOWN_SHARE, np.float32))
        codes = np.vstack([self.codes, np.full((more, 2), fields.NONE, np.int8)])
        return WordTable(rows, vectors, self.scale, shares, codes, self.seen)

    def look_up(self, tokens: Sequence[Sequence[str]]) -> I64:
        """Row of every token of every text, in order."""
        get, unknown = self.rows.get, len(self.vectors) - 1
        return np.array([get(t, unknown) for t in chain.from_iterable(tokens)], dtype=np.int64)

    def documents(self, ids: I64, indptr: I64, outer: NDArray[np.bool_] | None = None) -> F32:
        """(texts, d): the sum of each text's word vectors, each times how common it is and its emphasis."""
        weights = self.emphasis(ids, indptr, outer) * self.rarity.take(ids)
        sums = weighted_row_sums(weights, self.vectors.take(ids, axis=0).astype(np.float32), indptr)
        docs: F32 = sums * self.scale
        return docs

    def documents_weighed(self, weights: F32) -> F32:
        """(words + 1, k): what one word adds to `documents(...) @ weights`, but for its emphasis."""
        found: F32 = (self.vectors * self.rarity[:, None]) @ (self.scale[:, None] * weights)
        return found

    def emphasis(self, ids: I64, indptr: I64, outer: NDArray[np.bool_] | None = None) -> F32:
        """(tokens,): what each word counts in its text: one over the root of how many words the text knows.

        outer: which words are of the outermost comment, which counts as much as the whole chain; None for all.
        """
        known = ids < self.seen
        sizes = np.diff(indptr)
        whole = np.repeat(_shares(known, indptr), sizes)
        if outer is None or outer.all():
            return whole
        own = np.repeat(_shares(known & outer, indptr), sizes)
        return (whole + own * outer) / np.float32(2)

    @cached_property
    def rarity(self) -> F32:
        """(words + 1,): the commoner, the less."""
        found: F32 = np.float32(COMMON) / (np.float32(COMMON) + self.shares)
        return found


def _shares(counted: NDArray[np.bool_], indptr: I64) -> F32:
    """(texts,): one over the root of how many of each text's words are counted."""
    total = np.concatenate(([0], np.cumsum(counted)))
    found: F32 = (1 / np.sqrt(np.maximum(total[indptr[1:]] - total[indptr[:-1]], 1))).astype(np.float32)
    return found


def save_table(path: Path, words: Sequence[str], vectors: F32, shares: F32, codes: Codes) -> None:
    """Store unit `vectors` (V, d) as 8-bit numbers and the `codes` (V, 2); words hold no line feed."""
    scale = (np.abs(vectors).max(axis=0, initial=1e-9) / 127).astype(np.float32)
    np.savez_compressed(
        path,
        words=np.frombuffer("\n".join(words).encode(), dtype=np.uint8),
        vectors=np.round(vectors / scale).astype(np.int8),
        scale=scale,
        shares=shares.astype(np.float32),
        codes=codes,
    )


def load_table(path: Path) -> WordTable:
    """The table at `path`; no pickle is ever read. Raises OSError or ValueError for a damaged file."""
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        words = stored["words"].tobytes().decode().split("\n")
        vectors, shares, codes = stored["vectors"], stored["shares"], stored["codes"]
        if not len(words) == len(vectors) == len(shares) == len(codes):
            raise ValueError(f"{path.name}: {len(words)} words, {len(vectors)} vectors")
        return WordTable(
            {w: i for i, w in enumerate(words)},
            np.vstack([vectors, np.zeros((1, vectors.shape[1]), np.int8)]),
            stored["scale"],
            np.append(shares, np.float32(UNKNOWN_SHARE)),
            np.vstack([codes, np.full((1, 2), fields.NONE, np.int8)]),
            len(words),
        )

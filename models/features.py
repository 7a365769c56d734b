"""Features of a whole batch at once: every n-gram of characters and words becomes a bucket number.

All n-grams are hashed from one prefix sum over the batch's code points: with P[i] = sum of c[j] * B**j for
j < i, the span [i, k) has the hash (P[k] - P[i]) * B**-i, whatever its length, in wrapping 64-bit arithmetic.
No dictionary, no Python loop over characters; training and scoring share this code, so they cannot differ.
Why not sklearn's vectorizers: docs/decisions/0003-scoring-without-sklearn-at-run-time.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
F32 = NDArray[np.float32]

_B = np.uint64(0x9E3779B97F4A7C15)  # odd, hence invertible
_B_INVERSE = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))
_MIX = np.uint64(0xD6E8FEB86659FD93)
SALT_WORD = 101
SALT_PAIR = 102
SALT_SIGNAL = 200


@dataclass(frozen=True)
class Batch:
    """Code points of several texts with their hashes, NUL before, between and after the texts."""

    points: NDArray[np.uint32]
    bounds: I64
    """Positions of the NULs; text r is points[bounds[r] + 1 : bounds[r + 1]]."""
    prefix: U64
    inverse: U64

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Batch":
        """The batch of `texts`, which hold no NUL and no surrogates."""
        joined = "\0" + "\0".join(texts) + "\0"
        points = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        bounds = np.concatenate(([0], np.cumsum(lengths + 1)))
        powers, inverse = (power[: len(points)] for power in _powers(1 << (len(points) - 1).bit_length()))
        values = points.astype(np.uint64)
        values += np.uint64(7)
        values *= _MIX
        values ^= values >> np.uint64(29)
        values *= powers
        prefix = np.zeros(len(points) + 1, dtype=np.uint64)
        np.cumsum(values, out=prefix[1:])
        return cls(points, bounds, prefix, inverse)

    def spans(self, start: I64, end: I64) -> U64:
        """64-bit hash of each span of code points [start, end): equal for equal strings anywhere."""
        hashes: U64 = self.prefix.take(end)
        hashes -= self.prefix.take(start)
        hashes *= self.inverse.take(start)
        return hashes

    def rows(self, position: I64) -> I64:
        """The text each position lies in; a NUL belongs to the text after it."""
        return np.searchsorted(self.bounds, position, side="right") - 1

    def grams(self, n: int) -> "Grams":
        """Every n-gram within a text; the NUL at either end of a text counts as its edge mark when n > 1."""
        count = max(len(self.points) - n + 1, 0)
        edge = self._is_edge
        outside = edge[:count] & edge[n - 1 : n - 1 + count]
        for inner in range(1, n - 1):
            outside |= edge[inner : inner + count]
        start = np.flatnonzero(~outside)
        hashes = self.prefix[n : n + count] - self.prefix[:count]
        hashes *= self.inverse[:count]
        return Grams(hashes.take(start), self._owners.take(start), start)

    @cached_property
    def _is_edge(self) -> NDArray[np.bool_]:
        edges: NDArray[np.bool_] = self.points == 0
        return edges

    @cached_property
    def _owners(self) -> I64:
        """The text of each position; a NUL belongs to the text after it."""
        return np.cumsum(self._is_edge) - 1


@cache
def _powers(length: int) -> tuple[U64, U64]:
    """B**0, B**1, ... and their inverses; few lengths are ever asked for."""
    powers, inverse = np.full(length, _B), np.full(length, _B_INVERSE)
    powers[0] = inverse[0] = 1
    return np.cumprod(powers), np.cumprod(inverse)


@dataclass(frozen=True)
class Grams:
    """n-grams of a batch, in the order of the texts: hash, text number and position of each."""

    hashes: U64
    rows: I64
    start: I64


def finish(hashes: U64, salt: int, bits: int) -> U64:
    """Bucket numbers below 2**bits; `salt` keeps the kinds of features apart."""
    mixed: U64 = hashes + np.uint64(salt * 0x2545F4914F6CDD1D & 0xFFFFFFFFFFFFFFFF)
    mixed *= _MIX
    mixed ^= mixed >> np.uint64(32)
    mixed *= _B
    mixed >>= np.uint64(64 - bits)
    return mixed


@dataclass(frozen=True)
class Rows:
    """Distinct buckets of each text, ascending: those of text r are indices[indptr[r] : indptr[r + 1]]."""

    indices: I64
    indptr: I64

    @property
    def sizes(self) -> I64:
        """Number of distinct buckets of each text."""
        return np.diff(self.indptr)


def distinct(parts: Sequence[tuple[U64, I64]], texts: int, bits: int) -> Rows:
    """Buckets with their text numbers, each part in the order of the texts -> distinct buckets by text.

    Sorted text by text: a whole batch of them at once takes up to eighteen times as long (decision 0031).
    """
    keys: NDArray[Any] = np.concatenate(
        [ids for ids, _ in parts], dtype=np.uint32 if bits <= 32 else np.uint64, casting="unsafe"
    )
    ahead = np.cumsum([0, *(len(ids) for ids, _ in parts)])
    edges = np.array([np.searchsorted(rows, np.arange(texts + 1)) for _, rows in parts])
    bounds: I64 = edges.sum(axis=0)
    sizes = np.diff(edges).T.ravel()  # of the stretch of each part in each text, in the order they shall have
    begin = (edges + ahead[:-1, None])[:, :-1].T.ravel()
    place = np.repeat(begin - np.cumsum(sizes) + sizes, sizes)
    place += np.arange(len(keys))
    keys = keys.take(place)
    for start, end in pairwise(bounds.tolist()):
        keys[start:end].sort()
    new = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    new[bounds[:-1][np.diff(bounds) > 0]] = True
    kept = np.flatnonzero(new)
    return Rows(keys.take(kept).astype(np.int64), np.searchsorted(kept, bounds))


def row_sums(values: NDArray[Any], indptr: I64) -> NDArray[Any]:
    """Sum of `values` (n, k) over each row's stretch; zeros for a row without any."""
    out = np.zeros((len(indptr) - 1, values.shape[1]), dtype=values.dtype)
    filled = np.flatnonzero(np.diff(indptr))
    if len(filled):
        out[filled] = np.add.reduceat(values, indptr[filled], axis=0)
    return out


def weighted_row_sums(weights: F32, values: F32, indptr: I64) -> F32:
    """(rows, k): each row's `weights` (n,) times its `values` (n, k). Six times as fast as reduceat on 22 columns."""
    out = np.zeros((len(indptr) - 1, values.shape[1]), dtype=np.float32)
    edges = indptr.tolist()
    for row, (start, end) in enumerate(pairwise(edges)):
        if end > start:
            np.dot(weights[start:end], values[start:end], out=out[row])
    return out

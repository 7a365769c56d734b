"""What one to three words in a row say: detectors of short phrases, and a score a column from those that fire.

A bucket knows the words it was learnt from. A detector knows words by their meaning, so that it fires at phrases no
labelled post ever had. Vectors, detectors and weights were learnt from the answers two large models of language gave to
texts of the data folder (decisions 0023, 0025); they are a file beside the other weights, and `minyi train` leaves them
as they are. A score is a sum over detectors, and each detector fires at one phrase, so that it can be explained.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.features import F32, I64
from models.heads import F64, columns

PHRASES = "phrases.npz"
ASKED = ("relevant", "sentiment", "mood", "cheer")
"""Questions that have columns. What detectors say of attitude, category and intent helps nothing: so few posts teach
these that the encoders knew most of them by heart."""
WIDTHS = (1, 2, 3)
REACH = max(WIDTHS) - 1
"""Words before its last one that a phrase can have."""
TOGETHER = 2400  # words whose detectors are summed together
BLOCK = 2000  # words
MOST = 32_767  # what a sum of a phrase's words may come to in 16 bits


def phrase_columns() -> list[tuple[str, Any]]:
    """(question, answer) of every column."""
    return [column for column in columns() if column[0] in ASKED]


@dataclass(frozen=True)
class Phrases:
    """The detectors. Immutable, safe to share between threads."""

    words: Sequence[str]
    vectors: NDArray[np.int8]
    """(words, d), in steps of `scale`"""
    scale: F32
    """(d,)"""
    kernels: F32
    """(sum of WIDTHS, d, detectors of one width): what the last word of a phrase adds, the one before it ..., for each
    width in turn."""
    bias: F32
    """(detectors,): WIDTHS in turn."""
    weights: F32
    """(detectors, columns)"""
    weights_bias: F32
    """(columns,)"""

    def look_up(self, tokens: Sequence[Sequence[str]]) -> I64:
        """The row of every word of every text, in order; the last row is that of any other word."""
        rows = {word: row for row, word in enumerate(self.words)}
        return np.array([rows.get(t, len(rows)) for t in chain.from_iterable(tokens)], dtype=np.int64)

    def rows_in(self, table: Mapping[str, int], size: int) -> I64:
        """(size,): the row here of each of a word table's rows."""
        found = np.full(size, len(self.words), dtype=np.int64)
        for row, word in enumerate(self.words):
            if word in table:
                found[table[word]] = row
        return found

    def scores(self, rows: I64, indptr: I64) -> F64:
        """(texts, phrase_columns): from the row of each word and the words of each text."""
        fired = np.maximum(self._highest(rows, indptr) * self._steps + self.bias, 0)
        scores: F64 = (fired @ self.weights + self.weights_bias).astype(np.float64)
        return scores

    def pushes(self, rows: I64, directions: F64) -> F64:
        """(words, k): what each word of one text adds to its scores @ directions (columns, k).

        A detector's push is shared evenly by the words of the phrase it fires at.
        """
        found = np.zeros((len(rows), directions.shape[1]))
        if not len(rows):
            return found
        padded = self._padded(rows, np.array([0, len(rows)]))
        felt = np.hstack(list(self._felt([padded[REACH - back : len(padded) - back] for back in range(max(WIDTHS))])))
        where = felt.argmax(axis=0)
        fired = np.maximum(felt.max(axis=0) * self._steps + self.bias, 0)
        each = fired[:, None] * (self.weights @ directions)
        size = len(self.bias) // len(WIDTHS)
        for detector, last in enumerate(where.tolist()):
            first = max(last + 1 - WIDTHS[detector // size], 0)
            found[first : last + 1] += each[detector] / (last + 1 - first)
        return found

    def _highest(self, words: I64, indptr: I64) -> NDArray[np.int16]:
        """(texts, detectors): how strongly the phrase that each detector likes best is felt; 0 without words.

        A few texts about as long at a time, so that what they touch stays in the cache; the shorter say their last
        words again.
        """
        rows, sizes = self._padded(words, indptr), np.diff(indptr)
        begin = indptr[:-1] + np.arange(1, len(indptr)) * REACH
        out = np.zeros((len(sizes), len(self.bias)), np.int16)
        left = np.argsort(-sizes, kind="stable")[: np.count_nonzero(sizes)]
        while len(left):
            longest = int(sizes[left[0]])
            few, left = np.split(left, [max(TOGETHER // longest, 1)])
            last = begin.take(few) + np.minimum(np.arange(longest)[:, None], sizes.take(few) - 1)
            felt = self._felt([rows.take(last - back) for back in range(max(WIDTHS))])
            out[few] = np.hstack([of_width.max(axis=0) for of_width in felt])
        return out

    def _padded(self, words: I64, indptr: I64) -> I64:
        """The row of each word, and REACH rows of no word before each text."""
        texts = len(indptr) - 1
        rows = np.full(len(words) + REACH * texts, len(self.words), dtype=np.int64)
        owners = np.repeat(np.arange(1, texts + 1), np.diff(indptr))
        rows[np.arange(len(words)) + REACH * owners] = words
        return rows

    def _felt(self, rows: Sequence[I64]) -> Iterator[NDArray[np.int16]]:
        """(..., detectors of one width) for each width: the phrases that end at the words in `rows[0]`.

        rows: of the words themselves, of those before them, ...; each of shape (...).
        """
        part = 0
        for width in WIDTHS:
            felt = self._table[part].take(rows[0], axis=0)
            for back in range(1, width):
                felt += self._table[part + back].take(rows[back], axis=0)
            part += width
            yield felt

    @cached_property
    def _projected(self) -> tuple[NDArray[np.int16], F32]:
        """(parts, words + 1, detectors of one width): what each word adds to each part of each phrase, in steps of its
        detector; and the size of these steps."""
        parts, depth, size = self.kernels.shape
        kernels = self.scale[:, None] * self.kernels.transpose(1, 0, 2).reshape(depth, parts * size)
        blocks = [slice(i, i + BLOCK) for i in range(0, len(self.words), BLOCK)]  # never all in floating point at once
        widest = np.zeros((parts, size), np.float32)
        for block in blocks:
            widest = np.maximum(widest, np.abs(self.vectors[block] @ kernels).max(axis=0).reshape(parts, size))
        of_width = np.repeat(np.arange(len(WIDTHS)), WIDTHS)
        sums = np.concatenate([widest[of_width == n].sum(axis=0) for n in range(len(WIDTHS))])
        steps: F32 = np.maximum(sums / (MOST - len(WIDTHS)), 1e-9).astype(np.float32)
        kernels /= steps.reshape(-1, size)[of_width].ravel()
        table = np.zeros((parts, len(self.words) + 1, size), np.int16)  # the last row is that of no word
        for block in blocks:
            felt = np.rint(self.vectors[block] @ kernels)
            table[:, :-1][:, block] = felt.reshape(-1, parts, size).transpose(1, 0, 2)
        return table, steps

    @property
    def _table(self) -> NDArray[np.int16]:
        return self._projected[0]

    @property
    def _steps(self) -> F32:
        return self._projected[1]


def phrase_scores(phrases: Phrases, tokens: Sequence[Sequence[str]]) -> F64:
    """(texts, phrase_columns) for texts that were cut one by one."""
    indptr = np.concatenate(([0], np.cumsum([len(row) for row in tokens], dtype=np.int64)))
    return phrases.scores(phrases.look_up(tokens), indptr)


def save_phrases(path: Path, phrases: Phrases) -> None:
    """Store as one .npz of plain arrays; words hold no line feed."""
    np.savez_compressed(
        path,
        words=np.frombuffer("\n".join(phrases.words).encode(), dtype=np.uint8),
        vectors=phrases.vectors,
        scale=phrases.scale,
        kernels=phrases.kernels.astype(np.float16),
        bias=phrases.bias,
        weights=phrases.weights,
        weights_bias=phrases.weights_bias,
    )


def load_phrases(path: Path) -> Phrases:
    """The detectors at `path`; no pickle is ever read. Raises OSError, KeyError or ValueError for a damaged file."""
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        words = stored["words"].tobytes().decode().split("\n")
        bias, weights = stored["bias"], stored["weights"]
        if len(words) != len(stored["vectors"]) or weights.shape != (len(bias), len(phrase_columns())):
            raise ValueError(f"{path.name}: {len(words)} words, {len(stored['vectors'])} vectors, {weights.shape}")
        kernels = stored["kernels"].astype(np.float32)
        return Phrases(words, stored["vectors"], stored["scale"], kernels, bias, weights, stored["weights_bias"])

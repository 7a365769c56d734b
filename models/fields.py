"""What the words of a text are about: each common word's field and mood, and which fields meet in one text.

Police and a foreign country in one headline, police and a film, police and praise: what a single word cannot
tell, two fields together can. The answers were given word by word by a reader (models/labels/words.txt), so
they hold for words that labelled posts seldom use.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.features import F32, I64

FIELDS = {
    "A": "what police do",
    "B": "business and work",
    "C": "crime, violence, victims",
    "D": "demands, doubt, truth",
    "E": "film, games, stars",
    "F": "foreign places and people",
    "G": "government and officials",
    "H": "Hong Kong, Macau, Taiwan",
    "I": "insults",
    "J": "courts and law",
    "K": "technology and shopping",
    "L": "daily life",
    "M": "medicine and health",
    "O": "war, fire, disaster",
    "P": "police: bodies, people, places",
    "Q": "asking",
    "R": "rumour and refutation",
    "S": "police services",
    "T": "traffic",
    "U": "city management and guards",
    "W": "emotion",
    "X": "school",
    "Z": "sport",
}
MOODS = (-2, -1, 1, 2)
COUNTS = len(FIELDS) + len(MOODS)
NONE = -1
_FIRST, _SECOND = np.triu_indices(COUNTS, 1)
SIZE = 3 * COUNTS + len(_FIRST)
"""Length of a text's vector: touched at all, touched twice, share of the text, and both of a pair touched."""
PAIR = np.float32(0.7)  # a pair's weight beside a single field's 1: there are thirteen times as many
SCALE = np.float32(2.5)  # a field's weight beside a bucket's; 1.5 to 4 differed by less than half a point

Codes = NDArray[np.int8]


class FieldsError(Exception):
    """A word list that cannot be used; `str()` is `FILE:LINE: what is wrong`."""


def read(path: Path) -> dict[str, tuple[int, int]]:
    """Word -> (number of its field, number of its mood), NONE where it has none. Lines are `word mood field`.

    Raises FieldsError naming file and line.
    """
    fields = list(FIELDS)
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        entry = line.split("#", 1)[0].split()
        if not entry:
            continue
        try:
            word, mood, field = entry
            found[word] = (
                fields.index(field) if field != "N" else NONE,
                len(FIELDS) + MOODS.index(int(mood)) if mood != "0" else NONE,
            )
        except ValueError as err:
            raise FieldsError(f"{path}:{number}: expected `word mood field`, got: {' '.join(entry)}") from err
    return found


def codes(words: Sequence[str], known: Mapping[str, tuple[int, int]]) -> Codes:
    """(words, 2): numbers of field and mood of each word."""
    return np.array([known.get(word, (NONE, NONE)) for word in words], dtype=np.int8).reshape(-1, 2)


def counts(by_word: Codes, ids: I64, rows: I64, texts: int) -> F32:
    """(texts, COUNTS): words of each field and mood; `ids` are the rows of all words, `rows` the text of each."""
    first = rows * (COUNTS + 1) + 1  # NONE is column 0
    keys = first[:, None] + by_word.take(ids, axis=0)
    found = np.bincount(keys.ravel(), minlength=texts * (COUNTS + 1))
    return found.reshape(texts, COUNTS + 1)[:, 1:].astype(np.float32)


def _alone(counts: F32) -> tuple[F32, F32, F32]:
    """(texts, COUNTS) each: touched at all, touched twice, share of the text."""
    share: F32 = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return (counts > 0).astype(np.float32), (counts > 1).astype(np.float32), share


def vectors(counts: F32) -> F32:
    """(texts, SIZE), from the `counts` of the texts."""
    alone = _alone(counts)
    pairs = alone[0][:, _FIRST] * alone[0][:, _SECOND] * PAIR
    out: F32 = np.hstack([*alone, pairs]) * SCALE
    return out


class Weighed:
    """`vectors(...) @ weights` without the vectors, which would be twenty times as long as the answer."""

    def __init__(self, weights: F32) -> None:
        """weights: (SIZE, k)"""
        self._alone = np.split(weights[: 3 * COUNTS] * SCALE, 3)
        self._answers = weights.shape[1]
        pairs = np.zeros((COUNTS, COUNTS, self._answers), np.float32)
        pairs[_FIRST, _SECOND] = weights[3 * COUNTS :] * (PAIR * SCALE)
        self._pairs = pairs.reshape(COUNTS, -1)

    def scores(self, counts: F32) -> F32:
        """(texts, k), from the `counts` of the texts."""
        alone = _alone(counts)
        met = (alone[0] @ self._pairs).reshape(-1, COUNTS, self._answers)
        out: F32 = (alone[0][:, None] @ met)[:, 0]
        for touched, weights in zip(alone, self._alone, strict=True):
            out += touched @ weights
        return out


def pushes(by_word: Codes, ids: I64, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(tokens, k): what each token of one text adds to the text's vector @ weights, weights (SIZE, k).

    A field's push is shared evenly by the words that touch it, a pair's by its two fields.
    """
    numbers = by_word[ids]
    touched = counts(by_word, ids, np.zeros(len(ids), np.int64), 1)
    each = vectors(touched)[0, :, None] * weights
    of_field = each[:COUNTS] + each[COUNTS : 2 * COUNTS] + each[2 * COUNTS : 3 * COUNTS]
    np.add.at(of_field, _FIRST, each[3 * COUNTS :] / 2)
    np.add.at(of_field, _SECOND, each[3 * COUNTS :] / 2)
    of_field /= np.maximum(touched[0], 1)[:, None]
    padded = np.vstack([of_field, np.zeros((1, weights.shape[1]))])  # NONE is the last row
    out: NDArray[np.float64] = padded[numbers[:, 0]] + padded[numbers[:, 1]]
    return out

"""A second reading of doubtful posts, in the order of their words.

The scores of the first reading are sums over words and short phrases, and hardly tell who did what to whom. Where
they leave it open whether a post concerns the police, a small network reads it once more (two layers of attention, 128
numbers a word) and its answer is mixed in. That takes about a millisecond, and one ordinary post in a hundred needs it.
Like the detectors of phrases it was learnt from what two large models of language said of texts of the data folder,
and `minyi train` leaves it as it is (decision 0030).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.features import F32, I64
from models.heads import F64, Read
from models.phrases import Phrases

REREADER = "rereader.npz"
WIDTH, HEADS, LAYERS = 128, 4, 2
"""Numbers a word has inside, and the parts they are attended to in."""
MOST_WORDS = 80
"""A text is read to here: its end seldom tells what it is about."""
MOST_CHARS = 4
"""Characters of a word that are looked at."""
NO_CHAR = "\0"
"""Fills up a short word; no cleaned text holds it."""
STEADY = np.float32(1e-5)  # as in PyTorch's layer norm
MEAN = np.full(WIDTH, 1 / WIDTH, np.float32)
STEEPEST = np.float32(60)
"""Logits beyond this, on either side, count as this: exponentials neither overflow nor all vanish."""


@dataclass(frozen=True)
class Layer:
    """One layer of attention (Vaswani et al. 2017, norms first as in Xiong et al. 2020)."""

    first_norm: F32
    """(2, WIDTH): scale and shift."""
    attend: F32
    """(WIDTH + 1, 3 WIDTH): queries, keys, values; the last row is the bias, as in all others."""
    merge: F32
    """(WIDTH + 1, WIDTH)"""
    second_norm: F32
    widen: F32
    """(WIDTH + 1, any)"""
    narrow: F32
    """(any + 1, WIDTH)"""

    def __call__(self, x: F32) -> F32:
        """(words, WIDTH), each row with a mean of 0 -> the same, each word knowing of the others."""
        attend, merge, widen, narrow = self._worked_in
        asked = _times(_scaled(x), attend).reshape(len(x), 3, HEADS, WIDTH // HEADS)
        query, key, value = asked.transpose(1, 2, 0, 3)
        heed = _exp(query @ key.transpose(0, 2, 1))
        heard = heed @ value
        heard /= heed @ np.ones((len(x), 1), np.float32)  # a sum, in a quarter of its time
        x = x + _times(heard.transpose(1, 0, 2).reshape(len(x), WIDTH), merge)
        inner = _times(_scaled(x), widen)
        x += _times(np.maximum(inner, 0, out=inner), narrow)
        return x

    @cached_property
    def _worked_in(self) -> tuple[F32, F32, F32, F32]:
        """All four, with the norms and the root of the size in what follows them, and means of 0 in what is added."""
        attend, widen = _after(self.first_norm, self.attend), _after(self.second_norm, self.widen)
        attend[:, :WIDTH] *= np.float32((WIDTH // HEADS) ** -0.5)
        return attend, _centred(self.merge), widen, _centred(self.narrow)


@dataclass(frozen=True)
class Rereader:
    """The network. Immutable, safe to share between threads; one text at a time, so that neighbours change nothing."""

    chars: Mapping[str, int]
    """Row of each character in `char_vectors`."""
    words: NDArray[np.int8]
    """(words + 1, d): vectors of `Phrases.words`, in steps of `scale`; the last is that of any other word."""
    scale: F32
    """(d,)"""
    char_vectors: F32
    """(characters + 1, c); the last is that of any other character and of none, all noughts."""
    from_words: F32
    """(d + 1, WIDTH)"""
    from_chars: F32
    """(c, WIDTH)"""
    places: F32
    """(MOST_WORDS, WIDTH): what the place of a word in the text adds."""
    beside: F32
    """(3 WIDTH + 1, 2 WIDTH): the word before, the word and the one after, gated (Dauphin et al. 2017)."""
    layers: Sequence[Layer]
    norm: F32
    out: F32
    """(2 WIDTH + 1, 1): from the mean of all words and the largest of each number."""

    def odds(self, rows: I64, tokens: Sequence[str]) -> float:
        """Log odds that the text of these words concerns the police; rows: of each word in `words`."""
        if not len(tokens):
            rows, tokens = np.array([len(self.words) - 1]), [""]
        x = self._entered(rows[:MOST_WORDS], tokens[:MOST_WORDS])
        none = np.zeros((1, WIDTH), np.float32)
        near = _times(np.hstack([np.vstack([none, x[:-1]]), x, np.vstack([x[1:], none])]), self.beside)
        x = _centred(x + near[:, :WIDTH] / (1 + _exp(-near[:, WIDTH:])))
        for layer in self.layers:
            x = layer(x)
        x = _scaled(x) * self.norm[0] + self.norm[1]
        return float(_times(np.hstack([x.mean(axis=0), x.max(axis=0)])[None], self.out)[0, 0])

    def pushes(self, rows: I64, tokens: Sequence[str]) -> F64:
        """(words,): what each word adds to the odds; they sum to the odds less those of no words at all.

        What a word adds depends on what is there already, so it is added once in the order of the text and once from
        its end, and the mean counts (Shapley values of two opposite orders, Mitchell et al. 2022).
        """
        pushes = np.zeros(len(tokens))
        read, words = rows[:MOST_WORDS], tokens[:MOST_WORDS]
        ahead = [self.odds(read[:n], words[:n]) for n in range(len(words) + 1)]
        behind = [self.odds(read[n:], words[n:]) for n in range(len(words) + 1)]
        pushes[: len(words)] = (np.diff(ahead) - np.diff(behind)) / 2
        return pushes

    def _entered(self, rows: I64, tokens: Sequence[str]) -> F32:
        """(words, WIDTH): each word by its vector, the mean of its characters' and its place."""
        spelt = "".join([token[:MOST_CHARS].ljust(MOST_CHARS, NO_CHAR) for token in tokens])
        points = np.frombuffer(spelt.encode("utf-32-le"), np.uint32)
        letters = self._char_rows.take(points, mode="clip").reshape(-1, MOST_CHARS)
        often = np.maximum(np.count_nonzero(letters != len(self.chars), axis=1), 1).astype(np.float32)
        by_chars: F32 = self.char_vectors.take(letters, axis=0).sum(axis=1) / often[:, None]
        by_word = _times(self.words.take(rows, axis=0) * self.scale, self.from_words)
        return by_word + by_chars @ self.from_chars + self.places[: len(tokens)]

    @cached_property
    def _char_rows(self) -> I64:
        """The row in `char_vectors` of each code point; the last is that of all further ones."""
        rows = np.full(max(map(ord, self.chars), default=0) + 2, len(self.chars))
        rows[[ord(char) for char in self.chars]] = np.arange(len(self.chars))
        return rows


def read_with(rereader: Rereader, phrases: Phrases, tokens: Sequence[Sequence[str]]) -> Read:
    """What `rereader` says of texts that were cut one by one; phrases: the detectors whose words it knows."""
    rows = np.split(phrases.look_up(tokens), np.cumsum([len(words) for words in tokens])[:-1])
    return lambda texts: np.array([rereader.odds(rows[text], tokens[text]) for text in texts.tolist()])


def _times(x: F32, weights: F32) -> F32:
    """The product with all rows but the last, which is added."""
    product: F32 = x @ weights[:-1]
    product += weights[-1]
    return product


def _exp(logits: F32) -> F32:
    """In place."""
    np.clip(logits, -STEEPEST, STEEPEST, out=logits)
    return np.exp(logits, out=logits)


def _centred(x: F32) -> F32:
    """Each row less its mean."""
    centred: F32 = x - (x @ MEAN)[:, None]
    return centred


def _scaled(x: F32) -> F32:
    """(words, WIDTH): each row, which has a mean of 0, in units of its spread."""
    spread = np.sqrt(np.vecdot(x, x) / np.float32(WIDTH) + STEADY)
    scaled: F32 = x / spread[:, None]
    return scaled


def _after(norm: F32, weights: F32) -> F32:
    """The weights for what is normed but not yet scaled and shifted."""
    worked_in = np.vstack([norm[0][:, None] * weights[:-1], norm[1] @ weights[:-1] + weights[-1]])
    return np.ascontiguousarray(worked_in)


_ALIKE = [f.name for f in fields(Rereader) if f.name not in ("chars", "words", "scale", "layers")]
_LAYER = [f.name for f in fields(Layer)]


def save_rereader(path: Path, rereader: Rereader) -> None:
    """Store as one .npz of plain arrays, most of them in 16 bits."""
    stored = {name: getattr(rereader, name).astype(np.float16) for name in _ALIKE}
    for number, layer in enumerate(rereader.layers):
        stored |= {f"{number}.{name}": getattr(layer, name).astype(np.float16) for name in _LAYER}
    chars = np.frombuffer("".join(rereader.chars).encode(), dtype=np.uint8)
    np.savez_compressed(path, chars=chars, words=rereader.words, scale=rereader.scale, **stored)


def load_rereader(path: Path) -> Rereader:
    """The rereader at `path`; no pickle is ever read. Raises OSError, KeyError or ValueError for a damaged file."""
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        alike = {name: stored[name].astype(np.float32, order="C") for name in _ALIKE}
        layers = [
            Layer(*(stored[f"{n}.{name}"].astype(np.float32, order="C") for name in _LAYER)) for n in range(LAYERS)
        ]
        chars = {char: row for row, char in enumerate(stored["chars"].tobytes().decode())}
        if len(chars) + 1 != len(alike["char_vectors"]) or alike["out"].shape != (2 * WIDTH + 1, 1):
            raise ValueError(f"{path.name}: {len(chars)} characters, {len(alike['char_vectors'])} vectors")
        return Rereader(chars=chars, words=stored["words"], scale=stored["scale"], layers=layers, **alike)

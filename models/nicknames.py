"""Names the models never met -> words they know. Pure.

帽子叔叔 stood in no post the models learnt from, and a word of its list weighs little: only its usual word, 警察叔叔,
says to them what it says to readers. Which name means what is the installation's to say (config/lexicon/nicknames).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from string import ascii_lowercase, ascii_uppercase

import numpy as np

from models.text import Cleaned, Unfit

SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)
CAPITAL = str.maketrans(ascii_lowercase, ascii_uppercase)
BITS = 21  # of a code point
END = "\0"  # behind the last text; cleaned text holds none


class Nicknames:
    """The names of one installation; safe to share between threads."""

    def __init__(self, usual: Mapping[str, str]) -> None:
        """usual: the usual word of each name, which has two characters or more.

        Of two names at one place the longer counts, and one may mean itself.
        """
        self._usual = {name.translate(SMALL): word for name, word in usual.items()}
        longest_first = sorted(self._usual, key=len, reverse=True)
        self._names = re.compile("|".join(map(_whole, longest_first)), re.IGNORECASE | re.ASCII) if usual else None
        pairs = {pair for name in self._usual for pair in _forms(name)}
        firsts = [first for first, _ in pairs]
        self._pairs = np.array([(first << BITS) + second for first, second in pairs], dtype=np.uint64)
        self._firsts = np.zeros(max(firsts, default=0) + 2, dtype=np.bool_)
        """Does a name begin with this character? The last stands for all characters beyond."""
        self._firsts[firsts] = True

    def read(self, cleaned: Cleaned) -> Cleaned:
        """`cleaned` with the usual words; the same object where it holds no name."""
        if self._names is None or not self._names.search(cleaned.text):
            return cleaned
        outer, inner = (
            self._names.sub(lambda name: self._usual[name[0].translate(SMALL)], part)
            for part in (cleaned.text[: cleaned.outer], cleaned.text[cleaned.outer :])
        )
        return Cleaned(outer + inner, len(outer))

    def read_all(self, cleaned: Sequence[Cleaned | Unfit]) -> list[Cleaned | Unfit]:
        """`read` of every text that can be judged: only of those that hold the first two characters of a name."""
        out = list(cleaned)
        fit = [number for number, c in enumerate(cleaned) if isinstance(c, Cleaned)]
        texts = [c.text for c in cleaned if isinstance(c, Cleaned)]
        points = np.frombuffer(("".join(texts) + END).encode("utf-32-le"), dtype=np.uint32)
        at = np.flatnonzero(self._firsts.take(points, mode="clip")[:-1])
        pairs = (points.take(at).astype(np.uint64) << np.uint64(BITS)) + points.take(at + 1)
        found = at[np.isin(pairs, self._pairs)]
        ends = np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))
        for row in np.unique(np.searchsorted(ends, found, side="right")).tolist():
            c = cleaned[fit[row]]
            if isinstance(c, Cleaned):
                out[fit[row]] = self.read(c)
        return out


def _forms(name: str) -> Iterator[tuple[int, int]]:
    """The code points that a name begins with: of both characters the small and, of Latin ones, the capital letter."""
    first, second = ({ord(c), ord(c.translate(CAPITAL))} for c in name[:2])
    yield from product(first, second)


def _whole(name: str) -> str:
    """The pattern of a name: at a Latin end no other letter or digit may follow or stand before."""
    before = "(?<![a-z0-9])" if name[0].isascii() else ""
    return before + re.escape(name) + ("(?![a-z0-9])" if name[-1].isascii() else "")

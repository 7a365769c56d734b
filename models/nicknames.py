"""Names the models never met -> words they know. Pure.

帽子叔叔 stood in no post the models learnt from, and a word of its list weighs little: only its usual word, 警察叔叔,
says to them what it says to readers. Which name means what is the installation's to say (config/lexicon/nicknames).
"""

import re
from collections.abc import Mapping, Sequence
from string import ascii_lowercase, ascii_uppercase

import numpy as np

from models.text import Cleaned, Unfit

SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)


class Nicknames:
    """The names of one installation; safe to share between threads."""

    def __init__(self, usual: Mapping[str, str]) -> None:
        """usual: the usual word of each name; of two names at one place the longer counts, and one may mean itself."""
        self._usual = {name.translate(SMALL): word for name, word in usual.items()}
        longest_first = sorted(self._usual, key=len, reverse=True)
        self._names = re.compile("|".join(map(_whole, longest_first)), re.IGNORECASE | re.ASCII) if usual else None
        firsts = [ord(c) for name in self._usual for c in name[0] + name[0].upper()]
        self._begins = np.zeros(max(firsts, default=0) + 2, dtype=np.bool_)  # the last: all characters beyond
        self._begins[firsts] = True

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
        """`read` of every text that can be judged: only of those that hold the first character of a name."""
        out = list(cleaned)
        fit = [number for number, c in enumerate(cleaned) if isinstance(c, Cleaned)]
        texts = [c.text for c in cleaned if isinstance(c, Cleaned)]
        points = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32)
        found = np.flatnonzero(self._begins.take(points, mode="clip"))
        ends = np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))
        for row in np.unique(np.searchsorted(ends, found, side="right")).tolist():
            c = cleaned[fit[row]]
            if isinstance(c, Cleaned):
                out[fit[row]] = self.read(c)
        return out


def _whole(name: str) -> str:
    """The pattern of a name: at a Latin end no other letter or digit may follow or stand before."""
    before = "(?<![a-z0-9])" if name[0].isascii() else ""
    return before + re.escape(name) + ("(?![a-z0-9])" if name[-1].isascii() else "")

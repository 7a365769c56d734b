"""Copies of one text among many: a model that learnt one of them is not measured by another.

Used when training and measuring only. Two texts are copies when their first letters are the same, or when they share
most pairs of neighbouring letters. @names, emoticons in brackets, marks and spaces do not count.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from models.text import EMOTICON, MENTION

OPENING = 60
"""Letters that copies have in common at the start: one of them may be cut there."""
ALIKE = 0.7
"""Shared pairs of letters, of all pairs of the two (Jaccard), from which texts are copies."""
LEAST_PAIRS = 8
"""A text of fewer pairs has copies of the same letters only: 真相在哪 and 真相在哪里 are two people's questions."""


class Copies:
    """Texts by what their copies share. Of texts that open with the same letters the first stands for all.

    Two sets of n and m members with a Jaccard of `ALIKE` or more share, in whatever order of all members, one of the
    first n - ceil(ALIKE * n) + 1 of the one and as many of the other (Chaudhuri, Ganti & Kaushik 2006): only texts
    that share one of these are compared, and the order is from the rarest on.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._opening: dict[str, int] = {}
        self._pairs: dict[int, frozenset[str]] = {}
        for i, text in enumerate(texts):
            letters = _letters(text)
            if self._opening.setdefault(letters[:OPENING], i) == i:
                pairs = _pairs(letters)
                if len(pairs) >= LEAST_PAIRS:
                    self._pairs[i] = pairs
        self._often = Counter(pair for pairs in self._pairs.values() for pair in pairs)
        self._having: defaultdict[str, list[int]] = defaultdict(list)
        for i, pairs in self._pairs.items():
            for pair in self._rarest(pairs):
                self._having[pair].append(i)

    def of(self, text: str) -> list[int]:
        """Numbers of the texts that are copies of this one, ascending; a text that was put in is its own copy."""
        letters = _letters(text)
        found = {self._opening[letters[:OPENING]]} if letters[:OPENING] in self._opening else set[int]()
        pairs = _pairs(letters)
        if len(pairs) >= LEAST_PAIRS:
            near = {i for pair in self._rarest(pairs) if pair in self._having for i in self._having[pair]}
            found |= {i for i in near if _alike(pairs, self._pairs[i])}
        return sorted(found)

    def _rarest(self, pairs: frozenset[str]) -> list[str]:
        by_rarity = sorted(pairs, key=lambda pair: (self._often[pair], pair))
        return by_rarity[: len(pairs) - math.ceil(ALIKE * len(pairs)) + 1]


def groups(texts: Sequence[str]) -> list[int]:
    """(texts,) number of the first text of each one's group: its copies, their copies, and so on."""
    first = list(range(len(texts)))

    def root(i: int) -> int:
        while first[i] != i:
            first[i] = i = first[first[i]]
        return i

    copies = Copies(texts)
    for i, text in enumerate(texts):
        for j in copies.of(text):
            low, high = sorted((root(i), root(j)))
            first[high] = low
    return [root(i) for i in range(len(texts))]


def _letters(text: str) -> str:
    """Letters and digits in lower case; of a text that is an emoticon and nothing else, all of it."""
    return re.sub(r"\W+", "", EMOTICON.sub("", MENTION.sub("", text))).lower() or text.strip()


def _pairs(letters: str) -> frozenset[str]:
    return frozenset(letters[i : i + 2] for i in range(len(letters) - 1))


def _alike(some: frozenset[str], others: frozenset[str]) -> bool:
    shared = len(some & others)
    return shared >= ALIKE * (len(some) + len(others) - shared)

"""Which running event is a text about: near copies by fingerprint bands, retellings by rare shared words.

Two inverted indexes, both bounded, no comparison of everything with everything. An `Owner` is whatever the caller
groups by (an event); what an owner put in is taken out again with `forget`.
"""

import math
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nsmallest
from typing import Generic, TypeVar

Owner = TypeVar("Owner")

BANDS = 4
BAND_BITS = 16
NEAR_BITS = 3  # four bands find every pair of 64-bit fingerprints up to three bits apart
PER_BAND = 32  # newest entries looked at per band value
PER_WORD = 32  # newest entries looked at per word
RAREST = 10  # words of a text that are looked up, rarest first
CANDIDATES = 8  # entries compared in full
MIN_SHARED = 2  # words; fewer is no likeness
MAX_WORDS = 80  # words of one text that count; long articles are cut
LOGS = tuple(math.log(n + 2) for n in range(1000))
PRIOR_TEXTS = 400  # as if so many texts had been seen: keeps the first weights sane

OPENING_LETTERS = 20

_FORWARDED = re.compile(r"//\s?@|(?:^|\s)-?\s*转发\s?@")
_NAME = re.compile(r"^[^::]{0,30}[::]")
_MENTION = re.compile(r"@[\w\-]+[::]?|https?://\S+|\[[^\[\]]{1,8}\]|#")
_STOCK = re.compile(r"转发微博|轻转发|转发|转|回复|围观|马克|mark|repost|re", re.IGNORECASE)
_LETTER = re.compile(r"[㐀-鿿A-Za-z0-9]")
_HAN = re.compile(r"[㐀-鿿]")


def own_words(text: str) -> str:
    """What the author added: the part before the first `//@` or `转发 @` of a forwarded chain."""
    return _FORWARDED.split(text, maxsplit=1)[0].strip()


def says_nothing(text: str) -> bool:
    """True when the own part is only a stock phrase, emoji, mentions or a letter or two."""
    rest = _STOCK.sub("", _MENTION.sub("", own_words(text)))
    return len(_LETTER.findall(rest)) < 4


def quoted(text: str) -> list[str]:
    """The forwarded parts of a chain, the innermost (the original) first."""
    parts = _FORWARDED.split(text)[1:]
    return [_NAME.sub("", part) for part in reversed(parts)]


def opening(text: str) -> str:
    """The first letters of a text, as quotes repeat them; empty for a text too short or too plain to be told apart."""
    letters = _LETTER.findall(text[:200])[:OPENING_LETTERS]
    return "".join(letters) if len(letters) >= 8 and len(set(letters)) >= 6 else ""


def content_words(tokens: Iterable[str]) -> frozenset[str]:
    """The tokens that can tell one happening from another: two characters or more with a letter in them."""
    words: dict[str, None] = {}
    for token in tokens:
        if len(token) > 1 and _LETTER.search(token) and (len(token) > 2 or _HAN.search(token)):
            words[token] = None
            if len(words) >= MAX_WORDS:
                break
    return frozenset(words)


@dataclass(frozen=True, slots=True, eq=False)
class _Entry(Generic[Owner]):
    owner: Owner
    words: frozenset[str]
    at: float
    number: int


@dataclass(frozen=True, slots=True)
class Match(Generic[Owner]):
    """The best owner for a text."""

    owner: Owner
    likeness: float
    """Weighted share of the shorter text's words found in the other, 0..1."""
    shared: float
    """Summed weight of the shared words, in nats."""
    words: int
    """How many words are shared."""


class WordIndex(Generic[Owner]):
    """Texts by their rare words. The weight of a word is its log rarity among the texts put in so far."""

    def __init__(self) -> None:
        self._by_word: dict[str, deque[_Entry[Owner]]] = {}
        self._seen: dict[str, int] = {}
        self._texts = 0
        self._numbers = 0
        self._base = math.log(PRIOR_TEXTS) - 1.0

    def weight(self, word: str) -> float:
        """Nats of surprise: a word in every text weighs nothing."""
        seen = self._seen.get(word, 0)
        rarity = self._base - (LOGS[seen] if seen < len(LOGS) else math.log(seen + 2))
        return rarity if rarity > 0 else 0.0

    def put(self, owner: Owner, words: frozenset[str], at: float) -> object:
        """Remember a text of `owner`; the returned handle is for `forget`."""
        self._numbers += 1
        entry = _Entry(owner, words, at, self._numbers)
        self._texts += 1
        self._base = math.log(self._texts + PRIOR_TEXTS) - 1.0
        for word in words:
            self._seen[word] = self._seen.get(word, 0) + 1
            self._by_word.setdefault(word, deque(maxlen=PER_WORD)).append(entry)
        if len(self._seen) > 300_000:
            self._halve()
        return entry

    def forget(self, handle: object) -> None:
        """Take a text out; how rare its words are stays learned."""
        assert isinstance(handle, _Entry)
        for word in handle.words:
            row = self._by_word.get(word)
            if row is not None:
                if handle in row:
                    row.remove(handle)
                if not row:
                    del self._by_word[word]

    def matches(self, words: frozenset[str], at: float, *, within_s: float) -> list[Match[Owner]]:
        """The few entries sharing the most weight with `words` among those at most `within_s` away, best first."""
        if len(words) < MIN_SHARED:
            return []
        weight = self.weight
        weights = {w: weight(w) for w in words}
        hits: dict[_Entry[Owner], float] = {}
        known = (w for w in words if w in self._by_word)
        for word in sorted(known, key=lambda w: (-weights[w], w))[:RAREST]:
            gain = weights[word]
            for entry in self._by_word[word]:
                hits[entry] = hits.get(entry, 0.0) + gain
        near = ((-gain, e.number, e) for e, gain in hits.items() if abs(at - e.at) <= within_s)
        own = math.fsum(weights.values())  # exact, so that the order of a set does not matter
        found: list[Match[Owner]] = []
        for _, _, entry in nsmallest(CANDIDATES, near):
            common = words & entry.words
            if len(common) < MIN_SHARED:
                continue
            shared = math.fsum(weights[w] for w in common)
            smaller = min(own, math.fsum(map(weight, entry.words)))
            likeness = min(1.0, shared / smaller) if smaller > 0 else 0.0
            found.append(Match(entry.owner, likeness, shared, len(common)))
        return sorted(found, key=lambda m: -m.likeness * m.shared)

    def _halve(self) -> None:
        self._texts //= 2
        self._seen = {w: n // 2 for w, n in self._seen.items() if n > 1}


class CopyIndex(Generic[Owner]):
    """Near copies: 64-bit fingerprints found through 16-bit bands."""

    def __init__(self) -> None:
        self._bands: dict[tuple[int, int], deque[tuple[int, Owner]]] = {}

    def put(self, fingerprint: int, owner: Owner) -> None:
        """Remember one fingerprint of `owner`."""
        for band in _bands(fingerprint):
            self._bands.setdefault(band, deque(maxlen=PER_BAND)).append((fingerprint, owner))

    def forget(self, fingerprint: int, owner: Owner) -> None:
        """Take it out again."""
        for band in _bands(fingerprint):
            row = self._bands.get(band)
            if row is not None:
                kept = [(f, o) for f, o in row if not (f == fingerprint and o is owner)]
                if kept:
                    self._bands[band] = deque(kept, maxlen=PER_BAND)
                else:
                    del self._bands[band]

    def find(self, fingerprint: int) -> Owner | None:
        """The owner of the nearest fingerprint at most NEAR_BITS away, the newest of equals; None without one."""
        best: tuple[int, Owner] | None = None
        for band in _bands(fingerprint):
            for other, owner in reversed(self._bands.get(band, ())):
                far = (fingerprint ^ other).bit_count()
                if far <= NEAR_BITS and (best is None or far < best[0]):
                    best = (far, owner)
        return best[1] if best else None


def _bands(fingerprint: int) -> list[tuple[int, int]]:
    mask = (1 << BAND_BITS) - 1
    return [(i, (fingerprint >> (i * BAND_BITS)) & mask) for i in range(BANDS)]

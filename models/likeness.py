"""Which running event is a text about: near copies by fingerprint bands, retellings by rare shared words.

Two inverted indexes over numbers, both bounded, no comparison of everything with everything. An `Owner` is whatever
the caller groups by (an event); what an owner put in is taken out again with `forget`.
"""

import math
import re
from array import array
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from heapq import nsmallest
from operator import attrgetter
from typing import Generic, NamedTuple, TypeVar, cast

import msgspec
import numpy as np

from models.whereabouts import NOWHERE, Names, elsewhere

Owner = TypeVar("Owner")

NEAR_BITS = 3  # four bands find every pair of 64-bit fingerprints up to three bits apart
PER_BAND = 32  # newest entries looked at per band value
PER_WORD = 16  # newest entries looked at per word: more find only what shares a word or two by accident
RAREST = 10  # words of a text that are looked up, rarest first
CANDIDATES = 8  # entries compared in full
MIN_SHARED = 2  # of the words looked up; a text that shares fewer is no candidate
MAX_WORDS = 80  # words of one text that count; long articles are cut
TEXT_NUMBER = "L"  # array and numpy know it by the same letter
LOGS = tuple(math.log(n + 2) for n in range(10_000))
PRIOR_TEXTS = 400  # as if so many texts had been seen: keeps the first weights sane
KNOWN_WORDS = 100_000  # looked through for unused ones when there are more
RARITY_S = 7 * 86_400.0  # how long a text counts in how rare its words are,
RARITY_TEXTS = 20_000  # and the newest so many of them
HOUR_TEXTS = 2_500  # of one hour that count: an hour that floods teaches no more than a lively one
HOUR_S = 3600.0

OPENING_LETTERS = 20

_FORWARDED = re.compile(r"//\s?@|(?:^|\s)-?\s*转发\s?@")
_NAME = re.compile(r"^[^::]{0,30}[::]")
_LETTER = re.compile(r"[㐀-鿿A-Za-z0-9]")
_LETTERS = re.compile(rf"[㐀-鿿A-Za-z0-9]{{{OPENING_LETTERS}}}")
_OTHER = re.compile(r"[^㐀-鿿A-Za-z0-9]+")
_HAN = re.compile(r"[㐀-鿿]")
_SAYS = re.compile(
    r"(?:(?:@[\w\-]+[::]?|https?://\S+|\[[^\[\]]{1,8}\]"  # mentions, links, emoji
    r"|转发微博|轻转发|转发|转|回复|围观|马克|mark|repost|re"  # stock phrases
    r"|[^㐀-鿿a-z0-9])*+[㐀-鿿a-z0-9]){4}",
    re.IGNORECASE,
)


def own_words(text: str) -> str:
    """What the author added: the part before the first `//@` or `转发 @` of a forwarded chain."""
    return (_FORWARDED.split(text, maxsplit=1)[0] if "@" in text else text).strip()


@lru_cache(maxsize=8)  # of one post it is asked several times
def says_nothing(text: str) -> bool:
    """True when the own part is only a stock phrase, emoji, mentions or a letter or two."""
    return _SAYS.match(own_words(text)) is None


def quoted(text: str) -> list[str]:
    """The forwarded parts of a chain, the innermost (the original) first."""
    if "@" not in text:
        return []
    parts = _FORWARDED.split(text)[1:]
    return [_NAME.sub("", part) for part in reversed(parts)]


def opening(text: str) -> str:
    """The first letters of a text, as quotes repeat them; empty for a text too short or too plain to be told apart."""
    plain = _LETTERS.match(text)
    letters = plain[0] if plain else _OTHER.sub("", text[: 2 * OPENING_LETTERS])
    if len(letters) < OPENING_LETTERS:
        letters = _OTHER.sub("", text[:200])
    letters = letters[:OPENING_LETTERS]
    if len(letters) < 8:
        return ""
    plenty = len(set(letters[:8])) >= 6 or len(set(letters)) >= 6  # to split a text into letters takes its time
    return letters if plenty else ""


class Word(msgspec.Struct, eq=False, gc=False):
    """A word of an index, known by being the same object."""

    token: str
    """Settles ties."""
    seen: int = 0
    """Owners of texts of the last RARITY_S (of the newest RARITY_TEXTS) that hold it."""
    row: "array[int]" = msgspec.field(default_factory=lambda: array(TEXT_NUMBER))
    """The newest of these texts that are still there, oldest first."""


_SEEN, _RARITY = attrgetter("seen"), attrgetter("seen", "token")


class _Known(dict[str, Word | None]):
    """Tokens met so far, each with its word, or None when it tells nothing; looking a new one up is meeting it."""

    def __missing__(self, token: str) -> Word | None:
        tells = len(token) > 1 and _LETTER.search(token) and (len(token) > 2 or _HAN.search(token))
        word = self[token] = Word(token) if tells else None
        return word


class _Entry(msgspec.Struct, Generic[Owner], eq=False, gc=False):
    owner: Owner
    words: tuple[Word, ...]
    at: float
    names: Names


class Match(NamedTuple, Generic[Owner]):
    """A likely owner for a text."""

    owner: Owner
    likeness: float
    """Weighted share of the shorter text's words found in the other, 0..1."""
    shared: float
    """Summed weight of the shared words, in nats."""
    words: int
    """How many words are shared."""
    names: Names = NOWHERE
    """The places and units the other text names."""


class WordIndex(Generic[Owner]):
    """Texts by their rare words. The weight of a word is its log rarity among the owners of the texts of a week."""

    def __init__(self) -> None:
        self._known = _Known()
        self._many = KNOWN_WORDS
        self._entries: dict[int, _Entry[Owner]] = {}
        self._taught: deque[tuple[float, bool, Collection[Word]]] = deque()
        """Of each text that counts: when it came, whether its owner was new, and the words it was the first to use."""
        self._hour, self._left = 0.0, HOUR_TEXTS
        self._texts = self._numbers = 0
        self._base = math.log(PRIOR_TEXTS) - 1.0

    def __len__(self) -> int:
        return len(self._entries)

    def words(self, tokens: Sequence[str]) -> set[Word]:
        """The tokens that can tell one happening from another: two characters or more with a letter in them."""
        look_up = self._known.__getitem__
        if len(tokens) <= MAX_WORDS:
            found = set(map(look_up, tokens))
            found.discard(None)
            return cast("set[Word]", found)
        some: set[Word] = set()
        for word in map(look_up, tokens):
            if word is not None:
                some.add(word)
                if len(some) >= MAX_WORDS:
                    break
        return some

    def put(
        self,
        owner: Owner,
        words: Collection[Word],
        at: float,
        names: Names = NOWHERE,
        *,
        now: float,
        beside: Sequence[int] = (),
    ) -> int:
        """Remember a text of `owner`; the returned number is for `forget`.

        now: the stream's time, epoch seconds, never less than before.
        beside: the owner's other texts. Their words are not counted again: a word is as rare as the happenings that
        use it are few, however much is said of one of them.
        """
        self._numbers += 1
        number = self._numbers
        words = tuple(words)
        self._entries[number] = _Entry(owner, words, at, names)
        for word in words:
            row = word.row
            row.append(number)
            if len(row) > PER_WORD:
                del row[0]
        self._learn(words, beside, now)
        if len(self._known) > self._many:
            self._tidy()
        return number

    def _learn(self, words: Collection[Word], beside: Sequence[int], now: float) -> None:
        taught = self._taught
        if now - self._hour >= HOUR_S:
            self._hour, self._left = now // HOUR_S * HOUR_S, HOUR_TEXTS
        if self._left > 0:
            self._left -= 1
            if beside:
                words = tuple(set(words).difference(*[self._entries[other].words for other in beside]))
            taught.append((now, not beside, words))
            self._texts += not beside
            for word in words:
                word.seen += 1
        while taught and (len(taught) > RARITY_TEXTS or taught[0][0] < now - RARITY_S):
            _, new, words = taught.popleft()
            self._texts -= new
            for word in words:
                word.seen -= 1
        self._base = math.log(self._texts + PRIOR_TEXTS) - 1.0

    def give(self, number: int, owner: Owner) -> None:
        """From now on this text is of `owner`."""
        self._entries[number].owner = owner

    def forget(self, number: int) -> None:
        """Take a text out; how rare its words are stays learned."""
        entry = self._entries.pop(number, None)
        for word in entry.words if entry is not None else ():
            row = word.row
            if row and row[0] <= number:  # else newer texts have taken its place
                row.remove(number)

    def matches(
        self, words: set[Word], at: float, *, within_s: float, least: Callable[[Owner], tuple[int, float]]
    ) -> list[Match[Owner]]:
        """The few entries sharing the most weight with `words` among those at most `within_s` away, best first.

        least: the words and the nats that a text of this owner must share.
        """
        rare = [word for word in words if word.row]
        if len(rare) < MIN_SHARED:
            return []
        rare.sort(key=_SEEN)
        if len(rare) > RAREST and rare[RAREST - 1].seen == rare[RAREST].seen:
            rare.sort(key=_RARITY)  # three times as long: only where a tie decides
        numbers = self._candidates(rare[:RAREST], at, within_s)
        if not numbers:
            return []
        own: float | None = None
        found: list[Match[Owner]] = []
        for number in numbers:
            entry = self._entries[number]
            common = words.intersection(entry.words)
            few, light = least(entry.owner)
            if len(common) < few or (shared := self._weight(common)) < light:
                continue
            own = self._weight(words) if own is None else own
            smaller = min(own, self._weight(entry.words))
            likeness = min(1.0, shared / smaller) if smaller > 0 else 0.0
            found.append(Match(entry.owner, likeness, shared, len(common), entry.names))
        return sorted(found, key=lambda m: -m.likeness * m.shared)

    def _candidates(self, rare: Sequence[Word], at: float, within_s: float) -> list[int]:
        """The entries in time that hold the most weight of at least MIN_SHARED of these words."""
        # nearly all entries share but one word: sorted as an array in a third of the time that sets take
        numbers = np.frombuffer(bytearray().join([word.row for word in rare]), dtype=TEXT_NUMBER)
        numbers.sort()
        later, entries = numbers[1:], self._entries
        twice = later.compress(later == numbers[:-1]).tolist()
        gains = {n: 0.0 for n in twice if abs(at - entries[n].at) <= within_s}
        if len(gains) <= CANDIDATES:
            return sorted(gains)
        for word in rare:
            gain = self._weight((word,))
            for number in gains.keys() & word.row:
                gains[number] += gain
        return nsmallest(CANDIDATES, gains, key=lambda n: (-gains[n], n))

    def _weight(self, words: Iterable[Word]) -> float:
        """Nats of surprise, summed exactly, so that the order does not matter; a word in every text weighs nothing."""
        base, few = self._base, len(LOGS)
        logs = [LOGS[n] if (n := word.seen) < few else math.log(n + 2) for word in words]
        return math.fsum([base - log for log in logs if log < base])

    def _tidy(self) -> None:
        """Forget words that are in no text and count no longer."""
        self._known = _Known((t, w) for t, w in self._known.items() if w is not None and (w.seen or w.row))
        self._many = max(KNOWN_WORDS, 2 * len(self._known))


class CopyIndex(Generic[Owner]):
    """Near copies: 64-bit fingerprints found through 16-bit bands."""

    def __init__(self) -> None:
        self._owners: dict[int, Owner] = {}
        self._names: dict[int, Names] = {}
        self._bands: dict[int, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self._owners)

    def put(self, fingerprint: int, owner: Owner, names: Names = NOWHERE) -> bool:
        """Remember a fingerprint of `owner`, its text naming `names`; False when it belongs to one already."""
        if fingerprint in self._owners:
            return False
        self._owners[fingerprint] = owner
        if names:
            self._names[fingerprint] = names
        for band in _bands(fingerprint):
            self._bands[band] = (*self._bands.get(band, ()), fingerprint)[-PER_BAND:]
        return True

    def give(self, fingerprint: int, owner: Owner) -> None:
        """From now on this fingerprint is of `owner`."""
        self._owners[fingerprint] = owner

    def forget(self, fingerprint: int) -> None:
        """Take it out again."""
        self._owners.pop(fingerprint, None)
        self._names.pop(fingerprint, None)
        for band in _bands(fingerprint):
            row = self._bands.pop(band, ())
            if row != (fingerprint,) and (rest := tuple(other for other in row if other != fingerprint)):
                self._bands[band] = rest

    def find(self, fingerprint: int, names: Names = NOWHERE) -> Owner | None:
        """The owner of the nearest fingerprint at most NEAR_BITS away, the newest of equals; None without one.

        A text that names another place or unit than this one's `names` is no copy of it.
        """
        same = self._owners.get(fingerprint)
        if same is not None and not self._elsewhere(fingerprint, names):
            return same
        nearest, best = NEAR_BITS + 1, None
        rows = [row for band in _bands(fingerprint) if (row := self._bands.get(band))]
        for row in rows:
            for other in reversed(row):
                far = (fingerprint ^ other).bit_count()
                if far < nearest and not self._elsewhere(other, names):
                    nearest, best = far, other
        return self._owners[best] if best is not None else None

    def _elsewhere(self, fingerprint: int, names: Names) -> bool:
        return elsewhere(names, self._names.get(fingerprint, NOWHERE))


def _bands(fingerprint: int) -> tuple[int, ...]:
    """The four 16-bit parts, each told from the others."""
    f = fingerprint
    return f & 0xFFFF, f >> 16 & 0xFFFF | 0x10000, f >> 32 & 0xFFFF | 0x20000, f >> 48 & 0xFFFF | 0x30000

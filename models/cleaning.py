"""Cleaning of many texts at once: for each what `models.text.clean` says of it, at a third of the cost.

One table look-up over the characters of all texts does the NFKC forms and shows which text needs which step; the
rest skips it. A text with anything rare in it (mojibake, entities, combining marks, tags) goes through `clean` itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from unicodedata import combining, normalize

import numpy as np
from numpy.typing import NDArray

from models.disguises import BEGINNINGS, KEYS, NICKNAMES, undisguised
from models.text import (
    APART,
    CONTROL,
    COPIES,
    EVERYDAY,
    GBK_MISREAD,
    HAN_RUN,
    MAX_CHARS,
    PROMOTION_STARTS,
    PROMOTION_WAYS,
    SEPARATORS,
    SUSPECT,
    UNIT,
    Cleaned,
    Unfit,
    clean,
    outermost,
    repair,
    simplify,
    squeezed,
    unfitness,
    unlinked,
    unnamed,
    unspaced,
    whole,
)

U8 = NDArray[np.uint8]

FEW = 6  # below this many texts the arrays cost more than they save
CHUNK_CHARS = 80_000  # bounds the memory
PLAIN = (
    *((0x00, 0x7F), (0xA0, 0xC0), (0x200B, 0x2070), (0x20A0, 0x20C0), (0x2100, 0x2C00), (0x3000, 0x3097)),
    *((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xFE00, 0xFE10), (0xFEFF, 0xFF66), (0xFFE0, 0xFFE7), (0x1F300, 0x1FB00)),
)
"""Where the table looks for characters that no neighbour combines with."""
LIMIT = PLAIN[-1][1]
ONLY_IN_PHRASES = "覆藉沈瞭"  # simplified characters that OpenCC changes in some words (答覆, 藉口)
DROPPED = 0

RARE, COMMON, TRADITIONAL = 1, 2, 4  # of a character as it was typed
IDEOGRAPH, SPACE, SEPARATOR, START, WAY, BEYOND, HINT, KEY = (1 << bit for bit in range(8))  # of reduced text

J = ord("j") - ord("a")
TRIPLES = [
    32 * (32 * one + two) + three for one, two, three in ((ord(c) - 97 for c in b) for b in BEGINNINGS if b != "j")
]


@dataclass(frozen=True)
class Tables:
    """By code point; the last entry stands for everything beyond."""

    typed: U8
    nfkc: NDArray[np.uint32]
    reduced: U8


def clean_all(items: Sequence[tuple[str, str]]) -> list[Cleaned | Unfit]:
    """`clean(text, title)` of every item, in order."""
    if len(items) < FEW:
        return [clean(text, title) for text, title in items]
    results: list[Cleaned | Unfit] = []
    begin = chars = 0
    for end, (text, _) in enumerate(items, 1):
        chars += min(len(text), 4 * MAX_CHARS)
        if chars > CHUNK_CHARS or end == len(items):
            results += _cleaned(items[begin:end])
            begin, chars = end, 0
    return results


def _cleaned(items: Sequence[tuple[str, str]]) -> list[Cleaned | Unfit]:
    tables = _tables()
    texts = [whole(text, title) for text, title in items]
    points, bounds = _points([text.replace("…", "...") for text in texts])  # the one common form of several characters
    kinds = _any_of(tables.typed.take(points, mode="clip"), bounds)
    mapped = tables.nfkc.take(points, mode="clip")
    kept = mapped != DROPPED
    if not kept.all():
        bounds = np.concatenate(([0], np.cumsum(kept)))[bounds]
        mapped = mapped[kept]
    joined = mapped.tobytes().decode("utf-32-le")
    results: list[Cleaned | Unfit | None] = [None] * len(texts)
    plain, shorter, links = [], [], []
    for i, ((start, end), kind) in enumerate(zip(pairwise(bounds.tolist()), kinds.tolist(), strict=True)):
        if kind & RARE or not (kind & COMMON or repair(texts[i]) == texts[i]):
            results[i] = clean(*items[i])
            continue
        text, count = unlinked(joined[start:end])
        plain.append(i)
        shorter.append(simplify(text) if kind & TRADITIONAL else text)
        links.append(count)
    if plain:
        for i, result in zip(plain, _finished(unnamed(APART.join(shorter)).split(APART), links), strict=True):
            results[i] = result
    return [result for result in results if result is not None]


def _finished(texts: Sequence[str], links: Sequence[int]) -> Iterator[Cleaned | Unfit]:
    """The last steps for texts already reduced."""
    points, bounds = _points(texts)
    kinds = _tables().reduced.take(points, mode="clip")
    wild = {r for r, text in enumerate(texts) if len(text) > MAX_CHARS}
    wild.update(r for r in _where(_spaced(kinds, bounds)) if unspaced(texts[r]) is not texts[r])
    wild.update(r for r in _where(_disguised(points, kinds, bounds)) if undisguised(texts[r]) is not texts[r])
    points, kinds, bounds = _squeezed(points, kinds, bounds)
    wild.update(_where(_chanted(points, bounds)))
    held = _any_of(kinds, bounds)
    han = np.diff(np.concatenate(([0], np.cumsum(kinds & IDEOGRAPH, dtype=np.int64)))[bounds])
    offer = held & (START | WAY) == START | WAY
    strange = held & BEYOND > 0
    doubtful = wild.union(_where(strange | offer | (2 * han < np.diff(bounds)) | (han == 0) | (np.array(links) > 3)))
    joined = points.tobytes().decode("utf-32-le")
    for r, (start, end) in enumerate(pairwise(bounds.tolist())):
        tidy, outer = outermost(squeezed(texts[r]) if r in wild else joined[start:end].rstrip(" "))
        reason = unfitness(tidy, links[r]) if r in doubtful else None
        yield Unfit(reason) if reason else Cleaned(tidy, outer)


def _where(found: NDArray[np.bool_]) -> list[int]:
    numbers: list[int] = np.flatnonzero(found).tolist()
    return numbers


def _squeezed(
    points: NDArray[np.uint32], kinds: U8, bounds: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], U8, NDArray[np.int64]]:
    """The texts with at most three of one character in a row and single spaces, none in front."""
    inside = np.ones(len(points) + 1, dtype=np.bool_)  # is it of the same text as the character before?
    inside[bounds] = False
    space = kinds & SPACE > 0
    dropped = space & ~inside[:-1]
    dropped[1:] |= space[1:] & space[:-1]
    same = (points[1:] == points[:-1]) & inside[1:-1]
    dropped[3:] |= same[2:] & same[1:-1] & same[:-2]
    kept = np.flatnonzero(~dropped)
    points = np.where(space, np.uint32(32), points)
    return points.take(kept), kinds.take(kept), np.searchsorted(kept, bounds)


def _points(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The code points of all texts, one after the other, and where each text begins and ends."""
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    return points, np.concatenate(([0], np.cumsum(lengths)))


def _any_of(kinds: U8, bounds: NDArray[np.int64]) -> U8:
    """All kinds of characters that each text holds."""
    found = np.zeros(len(bounds) - 1, dtype=np.uint8)
    filled = np.flatnonzero(np.diff(bounds))
    if len(filled):
        found[filled] = np.bitwise_or.reduceat(kinds, bounds[filled])
    return found


def _spaced(kinds: U8, bounds: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which texts may hold four ideographs with one or two separators between each and the next."""
    han, apart = (kinds & IDEOGRAPH) > 0, (kinds & SEPARATOR) > 0
    begun = han[:-2] & apart[1:-1]
    gaps = begun & han[2:]
    gaps[:-1] |= begun[:-1] & apart[2:-1] & han[3:]
    return _owners(np.flatnonzero(gaps), bounds) > 2


def _disguised(points: NDArray[np.uint32], kinds: U8, bounds: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which texts may hold a disguised word or a nickname: a key beside a letter, two keys with marks between, Latin
    letters, or what a nickname begins with."""
    at = np.flatnonzero(kinds >= HINT)
    kind = kinds.take(at)
    following, apart = points.take(at + 1, mode="clip"), kinds.take(at + 1, mode="clip") & IDEOGRAPH == 0
    near = kinds.take(at + 2, mode="clip") | kinds.take(at + 3, mode="clip")
    found = (kind >= KEY) & (_latin(following) | _latin(points.take(at - 1, mode="clip")) | apart & (near >= KEY))
    spelt = np.flatnonzero(kind < KEY)
    first = at.take(spelt)
    letters = (points.take(first), following.take(spelt), points.take(first + 2, mode="clip"))
    one, two, three = ((letter | 32) - np.uint32(ord("a")) for letter in letters)
    found[spelt] = (one == J) | ~_latin(letters[0]) | _one_of(32 * (32 * one + two) + three, TRIPLES)
    return _owners(at[found], bounds) > 0


def _one_of(numbers: NDArray[np.uint32], wanted: Iterable[int]) -> NDArray[np.bool_]:
    """`np.isin` for few wanted numbers, a tenth of its time."""
    found = np.zeros(len(numbers), dtype=np.bool_)
    for number in wanted:
        found |= numbers == number
    return found


def _latin(points: NDArray[np.uint32]) -> NDArray[np.bool_]:
    letters: NDArray[np.bool_] = (points | 32) - np.uint32(ord("a")) < 26
    return letters


def _chanted(points: NDArray[np.uint32], bounds: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which texts may hold the same few characters over and over.

    What is said 8 times repeats itself over 7 times its length: every 7th character does, as many in a row as it is
    long, and so does what lies between them. Few others do; `squeezed` tells them apart.
    """
    step = COPIES - 1
    sparse = points[::step]
    found = np.zeros(len(bounds) - 1, dtype=np.bool_)
    for size in UNIT:
        later = points[size::step]
        run = same = sparse[: len(later)] == later
        for more in range(1, size):
            run = run[:-1] & same[more:]
            if not run.any():
                break
        else:
            first = np.flatnonzero(run) * step
            between = first[:, None] + np.arange(step * (size - 1))
            first = first[(points.take(between) == points.take(between + size)).all(axis=1)]
            found |= _owners(first, bounds) > 0
    return found


def _owners(places: NDArray[np.int64], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of the places lie in each text."""
    return np.bincount(np.searchsorted(bounds, places, side="right") - 1, minlength=len(bounds) - 1)


@cache
def _tables() -> Tables:
    typed = np.full(LIMIT + 1, RARE, dtype=np.uint8)
    nfkc = np.full(LIMIT + 1, ord("?"), dtype=np.uint32)
    forms = _forms("".join(_characters(low, high) for low, high in PLAIN))
    everyday = set(EVERYDAY.findall("".join(forms)))
    traditional = _traditional("".join(forms.values()))
    typed[_numbers(forms)] = 0
    nfkc[_numbers(forms)] = _numbers(forms.values())
    typed[_numbers(everyday)] |= COMMON
    typed[_numbers(c for c, form in forms.items() if form in traditional)] |= TRADITIONAL
    characters = _characters(0, 0xD800) + _characters(0xE000, LIMIT)
    nfkc[_numbers(CONTROL.findall(characters))] = DROPPED
    kinds = np.zeros(LIMIT + 1, dtype=np.uint8)
    members = {
        IDEOGRAPH: HAN_RUN.findall(characters),
        SPACE: [c for c in characters[:0x3001] if c.isspace()],
        SEPARATOR: SEPARATORS,
        START: PROMOTION_STARTS,
        WAY: PROMOTION_WAYS,
        HINT: "".join(c + c.upper() for c in {b[0] for b in BEGINNINGS}) + "".join(n[0] for n in NICKNAMES),
        KEY: KEYS,
    }
    for kind, chosen in members.items():
        kinds[_numbers(chosen)] |= kind
    kinds[LIMIT] = BEYOND
    return Tables(typed, nfkc, kinds)


def _characters(first: int, end: int) -> str:
    return np.arange(first, end, dtype=np.uint32).tobytes().decode("utf-32-le")


def _numbers(characters: Iterable[str]) -> NDArray[np.uint32]:
    return np.frombuffer("".join(characters).encode("utf-32-le"), dtype=np.uint32)


def _forms(characters: str) -> dict[str, str]:
    """The NFKC form of each character, of those where it is one that looks at no neighbour."""
    rare = {*"<&烫屯锟", *SUSPECT.findall(characters), *GBK_MISREAD.findall(characters)}
    forms = {c: normalize("NFKC", c) for c in characters if c not in rare}
    return {c: form for c, form in forms.items() if len(form) == 1 and not combining(form)}


def _traditional(characters: str) -> set[str]:
    """The ideographs that may change when a text with them is simplified."""
    han = "".join(HAN_RUN.findall(characters))
    changed = {c for c, s in zip(han, simplify("\n".join(han)).split("\n"), strict=True) if c != s}
    common = bytes(byte for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF) for byte in (row, cell))
    return changed | (set(han) - set(common.decode("gb2312", "ignore"))) | set(ONLY_IN_PHRASES)

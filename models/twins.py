"""Which other events may be the same happening: by shared words, place and time. For a person to choose from. Pure.

Nothing is joined by this: it ranks what detection left apart, so it may be generous where `models/events.py` must not.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from models.whereabouts import WIDE

WORDS_SHARE = 0.6  # of the score; the rest is the place
WIDE_PLACE = 0.3  # what a shared district or city-wide unit is worth beside a shared street or station
FADE_HOURS = 24.0  # a silence of so long between the two makes them e times less alike
MIN_SCORE = 0.1  # below, two events have no more in common than any two of a city

_PIECE = re.compile(r"[㐀-鿿]+|[a-z0-9]{2,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is compared of an event."""

    id: str
    text: str
    """Headline and keywords."""
    places: frozenset[str]
    """Every place and unit its posts name."""
    first_at: float
    """Epoch seconds."""
    last_at: float


@dataclass(frozen=True, slots=True)
class Twin:
    """A likely twin and what speaks for it."""

    id: str
    score: float
    """0..1."""
    places: tuple[str, ...]
    """What both name: streets and stations, or if there are none, districts and city-wide units."""
    gap_s: float
    """Between the last post of the one and the first of the other; 0 when they overlap."""


def rank(event: Sketch, others: Iterable[Sketch], *, limit: int, least: float = MIN_SCORE) -> list[Twin]:
    """The others most like `event`, most alike first, at most `limit`; those with a lower score than `least` not.

    A word weighs the more, the fewer of these events use it.
    """
    rest = [other for other in others if other.id != event.id]
    words = {sketch.id: _grams(sketch.text) for sketch in (event, *rest)}
    seen = Counter(gram for grams in words.values() for gram in grams)
    weight = {gram: math.log((len(words) + 1) / n) ** 2 for gram, n in seen.items()}
    found = [_compare(event, other, _cosine(words[event.id], words[other.id], weight)) for other in rest]
    likely = [twin for twin in found if twin.score >= least]
    return sorted(likely, key=lambda twin: (-twin.score, twin.id))[:limit]


def _compare(event: Sketch, other: Sketch, likeness: float) -> Twin:
    common = sorted(event.places & other.places)
    narrow = [place for place in common if not place.endswith(WIDE)]
    place = 1.0 if narrow else WIDE_PLACE if common else 0.0
    gap_s = max(0.0, event.first_at - other.last_at, other.first_at - event.last_at)
    alike = WORDS_SHARE * likeness + (1 - WORDS_SHARE) * place
    return Twin(other.id, alike * math.exp(-gap_s / 3600 / FADE_HOURS), tuple(narrow or common), gap_s)


def _cosine(one: frozenset[str], other: frozenset[str], weight: dict[str, float]) -> float:
    """0..1; weight: the squared log rarity of each word."""

    def size(grams: Iterable[str]) -> float:
        return math.fsum(weight[gram] for gram in grams)

    both = size(one) * size(other)
    return size(one & other) / math.sqrt(both) if both > 0 else 0.0


def _grams(text: str) -> frozenset[str]:
    """Pairs of neighbouring Han characters, and whole words of other letters: needs no dictionary."""
    found: set[str] = set()
    for piece in _PIECE.findall(text.lower()):
        found.update([piece] if piece.isascii() else (piece[i : i + 2] for i in range(len(piece) - 1)))
    return frozenset(found)

"""Who speaks, by kind of author: a few small numbers of an event, never a person.

Counts are plain tuples in the order of KINDS, so that the many events of one post share theirs.
"""

from collections.abc import Iterable, Mapping

from models.vocabulary import AUTHOR_KIND

KINDS = ("media", "government", "organisation", "person", "unknown")
"""bus.messages.AuthorKind, the more telling before the less: who was seen as two of them is the first."""
MANY = ("person", "unknown")
"""Kinds that speak for themselves: they come in floods, and speak of what they saw."""
COUNTED_AS = {"person": "人", "unknown": "个"}
"""How authors of a kind are counted in words; others as 家."""

Kinds = tuple[int, ...]
NOBODY: Kinds = (0,) * len(KINDS)
_ONE = {kind: tuple(int(kind == other) for other in KINDS) for kind in KINDS}


def more(counts: Kinds, kind: str, n: int = 1) -> Kinds:
    """`counts` with n more of `kind`. Raises ValueError for no kind."""
    if n == 1 and counts is NOBODY:
        return _ONE[kind]
    place = KINDS.index(kind)
    return (*counts[:place], counts[place] + n, *counts[place + 1 :])


def both(one: Kinds, other: Kinds) -> Kinds:
    """The sum of two."""
    if other is NOBODY:
        return one
    return tuple(a + b for a, b in zip(one, other, strict=True))


def tallied(kinds: Iterable[str]) -> Kinds:
    """How many there are of each kind."""
    found = list(kinds)
    return tuple(map(found.count, KINDS))  # a Counter of the few authors of most events takes ten times as long


def shown(counts: Kinds) -> dict[str, int]:
    """By name, without those there are none of."""
    return {kind: n for kind, n in zip(KINDS, counts, strict=True) if n}


def note_author(authors: dict[str, str], author: str, kind: str, *, room: int, spare: int) -> None:
    """Note that `author`, a pseudonym, spoke as `kind`; the same in whatever order while there is room.

    room: distinct authors that are kept; spare: so many more, of kinds that do not come in floods.
    """
    known = authors.get(author)
    if known is None:
        if len(authors) < (room if kind in MANY else room + spare):
            authors[author] = kind
    elif known != kind:
        authors[author] = min(known, kind, key=KINDS.index)


def spread_words(posts: Mapping[str, int], authors: Mapping[str, int]) -> str:
    """Who spreads an event: `个人41人（52帖）、媒体3家`, posts where they are more; empty when nothing is known."""
    found = []
    for kind, word in AUTHOR_KIND.items():
        n, m = authors.get(kind, 0), posts.get(kind, 0)
        if n:
            found.append(f"{word}{n}{COUNTED_AS.get(kind, '家')}" + (f"（{m}帖）" if m > n else ""))
    return "、".join(found)

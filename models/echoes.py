"""One voice, many copies: what of an event its authors have said before, and how much of it is one text.

Streaming, a few comparisons a post, bounded. A post repeats when its author has already said nearly the same in this
event, or has said POSTS_PER_AUTHOR things there: it is shown, but says nothing new about how many people are moved.
Many authors passing on one text are a cascade and no repetition: each of them counts.
"""

from dataclasses import dataclass

NEAR_TEXT_BITS = 12  # within it lie re-worded copies (models/fingerprint.py)
POSTS_PER_AUTHOR = 3
"""Different posts of one author in one event that count."""
AUTHORS = 2000  # remembered of one event; later ones are taken for new every time
TEXTS = 16  # of one event that copies are counted of; the rarest makes room
COPIERS = 500


@dataclass(frozen=True)
class ChorusRule:
    """When copies are called coordinated."""

    min_copies: int = 10
    """Posts with nearly the same text."""
    copies_per_author: float = 3.0
    """At least so many of them an author."""
    min_share: float = 0.3
    """At least this part of the event's posts."""


@dataclass(frozen=True, slots=True)
class Chorus:
    """Nearly the same text, many times, by few."""

    copies: int
    authors: int
    share: float
    """Of the event's posts."""


class _Text:
    __slots__ = ("authors", "copies", "unnamed", "value")

    def __init__(self, value: int) -> None:
        self.value, self.copies, self.unnamed = value, 0, 0
        self.authors: set[str] = set()

    def add(self, author: str) -> None:
        self.copies += 1
        if not author:
            self.unnamed += 1
        elif len(self.authors) < COPIERS:
            self.authors.add(author)


class Echo:
    """The texts of one event by author."""

    __slots__ = ("_by_author", "_texts")

    def __init__(self) -> None:
        self._by_author: dict[str, tuple[int, ...]] = {}
        self._texts: list[_Text] = []

    def repeats(self, author: str, fingerprint: str, *, own_text: bool) -> bool:
        """Take in one post of the event; whether its author, when known, had said it before.

        fingerprint: 16 hex digits, empty for a text too short for one. own_text: False for what forwards, quotes or
        says nothing of its own; such posts are no copies of a text.
        """
        value = int(fingerprint, 16) if fingerprint and own_text else 0
        if own_text and fingerprint:
            self._text(value).add(author)
        if not author:
            return False
        said = self._by_author.get(author, ())
        if len(said) >= POSTS_PER_AUTHOR or any(_near(value, other) for other in said):
            return True
        if said or len(self._by_author) < AUTHORS:
            self._by_author[author] = (*said, value)
        return False

    def chorus(self, posts: int, rule: ChorusRule) -> Chorus | None:
        """The commonest text, when it is many copies by few authors; posts: of the event, all told."""
        top = max(self._texts, key=lambda t: t.copies, default=None)
        if top is None or top.copies < rule.min_copies or top.copies < rule.min_share * posts:
            return None
        authors = len(top.authors) + top.unnamed
        if top.copies < rule.copies_per_author * authors:
            return None
        return Chorus(top.copies, authors, top.copies / max(posts, top.copies))

    def _text(self, value: int) -> _Text:
        for text in self._texts:
            if _near(text.value, value):
                return text
        text = _Text(value)
        if len(self._texts) >= TEXTS:
            self._texts.remove(min(self._texts, key=lambda t: t.copies))
        self._texts.append(text)
        return text


def _near(one: int, other: int) -> bool:
    return (one ^ other).bit_count() <= NEAR_TEXT_BITS

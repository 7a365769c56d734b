"""What the text of a post says, for finding the event it belongs to."""

import re

from models.events import Event, EventPost, polarity
from models.likeness import Word, WordIndex, opening, quoted, says_nothing
from models.whereabouts import Names, names_of

COPY_MIN_WORDS = 4  # shorter texts have equal fingerprints by accident
_OTHER = re.compile(r"\W+")


class Told:
    """Each part is worked out when it is first asked for."""

    __slots__ = ("_fingerprint", "_index", "_names", "_post", "_quoted", "_silent", "_words")

    def __init__(self, post: EventPost, index: WordIndex[Event]) -> None:
        self._post, self._index = post, index
        self._quoted: list[str] | None = None
        self._silent: bool | None = None
        self._words: set[Word] | None = None
        self._fingerprint: int | None = None
        self._names: Names | None = None

    @property
    def quoted(self) -> list[str]:
        """The forwarded parts, the original first."""
        if self._quoted is None:
            self._quoted = quoted(self._post.text)
        return self._quoted

    @property
    def retells(self) -> bool:
        """True when it quotes enough of its original to stand for it."""
        return bool(self.quoted) and bool(opening(self.quoted[0]))

    @property
    def silent(self) -> bool:
        """True when its author adds nothing."""
        if self._silent is None:
            self._silent = says_nothing(self._post.text)
        return self._silent

    @property
    def words(self) -> set[Word]:
        """Those that can tell one happening from another."""
        if self._words is None:
            self._words = self._index.words((*self._post.tokens, *self._post.places))
        return self._words

    @property
    def names(self) -> Names:
        """The places and units it names."""
        if self._names is None:
            self._names = names_of(self._post.title + self._post.text, self._post.places)
        return self._names

    @property
    def fingerprint(self) -> int | None:
        """None when the text is too short to be told from others by it."""
        if self._fingerprint is None and self._post.fingerprint and len(self.words) >= COPY_MIN_WORDS:
            self._fingerprint = int(self._post.fingerprint, 16)
        return self._fingerprint

    @property
    def cry(self) -> str:
        """How a text of too few words for a fingerprint begins that speaks against the police; empty for any other."""
        if self.fingerprint is not None or not self.words or self.silent:
            return ""
        if not self._post.relevant or polarity(self._post) != -1:
            return ""
        return opening(self._post.text) or "!" + _OTHER.sub("", self._post.text[:200])

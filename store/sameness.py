"""When two posts say exactly the same: the keys of a text, and which post of a text is the one that is shown.

Pure: a function of the posts alone, so that any order of arrival ends alike. Why so: docs/decisions/0010.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from bus.messages import PostFields
from store.types import DAY_US

WINDOW_US = 7 * DAY_US  # a text that comes back later is news again, and a weekly notice is one a week
MIN_LETTERS = 30  # of one's own; on 42,000 real posts equal shorter ones were cheers, quizzes and proverbs
MIN_ANSWER_LETTERS = 100  # of replies and comments: the same words under two questions are two answers
MIN_DIFFERENT = 12  # different letters: "顶顶顶顶..." is nobody's in particular
GLANCE_CHARS = 64  # mostly enough: so many different letters are so many letters
READ_CHARS = 600  # enough to see whether a text is long enough

_FULL_WIDTH = re.compile("[\uff01-\uff5e]")
AS_PICTURE = "\ufe0f"  # printable, and told apart by nobody

# Not those of models/text.py: the keys are stored, and must not change when scoring learns another sign.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_LINK = re.compile(r"(?:https?://|www\.)[^\s\u2e80-\uffff]+")
_STOCK = (
    ("//", _LINK),
    ("www.", _LINK),
    ("#", re.compile(r"#[^#\n]{1,60}#")),
    ("[", re.compile(r"\[[^\[\]\s]{1,8}\]")),
    ("@", re.compile(r"@[\w\-·]{1,30}")),
)


@dataclass(frozen=True, slots=True)
class Keys:
    """What a post is compared by; equal `text` is the first condition."""

    text: str | None
    """24 hex digits of the folded text; None for a post that is never joined."""
    title: str = ""
    """The same of the title; empty when there is none, or when the text begins with it."""


@dataclass(frozen=True, slots=True)
class Member:
    """One post of a text."""

    id: str
    at: int
    """published_at in microseconds."""
    title: str = ""


@dataclass(slots=True)
class _Group:
    first: str
    until: int
    title: str


def keys(post: PostFields) -> Keys:
    """The keys of a post. Reposts have an original already; short texts and stock phrases are everybody's."""
    if post.kind == "repost" or post.repost_of is not None:
        return Keys(None)
    if not _is_telling(post.text, MIN_LETTERS if post.kind == "post" else MIN_ANSWER_LETTERS):
        return Keys(None)
    text = fold(post.text)
    title = fold(post.title).rstrip(".…") if post.title else ""  # feeds cut the text for a title
    return Keys(_hash(text), "" if not title or text.startswith(title) else _hash(title))


def fold(text: str) -> str:
    """Full-width letters, digits and signs as half-width; without white space and invisible characters."""
    folded = "".join(text.split()).replace(AS_PICTURE, "")
    for full in set(_FULL_WIDTH.findall(folded)):  # a few different ones; a table or NFKC looks at every character
        folded = folded.replace(full, chr(ord(full) - 0xFF01 + 0x21))
    return folded if folded.isprintable() else _INVISIBLE.sub("", folded)


def originals(members: Iterable[Member]) -> dict[str, str | None]:
    """For each post of one text the id of the post it is a copy of, None for one that is shown itself.

    In the order of (published_at, id): the first opens a group for WINDOW_US, what comes within it is its copy, what
    comes later opens the next. Other titles make other groups; a post without a title goes with the newest group, and
    a group without a title takes the first it meets.
    """
    found: dict[str, str | None] = {}
    titled: dict[str, _Group] = {}
    newest: _Group | None = None
    for post in sorted(members, key=lambda m: (m.at, m.id)):
        group = titled.get(post.title) if post.title else newest
        if post.title and (group is None or post.at > group.until):
            group = newest if newest is not None and not newest.title else None
        if group is None or post.at > group.until:
            group = newest = _Group(post.id, post.at + WINDOW_US, post.title)
        if post.title:
            group.title = post.title
            titled[post.title] = group
        found[post.id] = None if group.first == post.id else group.first
    return found


def _is_telling(text: str, letters: int) -> bool:
    """Long enough, without topics, links, names and emoticons, that two people do not write it by chance."""
    own = text[:READ_CHARS]
    for sign, stock in _STOCK:
        if sign in own:
            own = stock.sub(" ", own)
    if _different(own[:GLANCE_CHARS]) >= letters:
        return True
    return sum(map(str.isalnum, own)) >= letters and _different(own) >= MIN_DIFFERENT


def _different(text: str) -> int:
    return sum(map(str.isalnum, set(text)))


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()

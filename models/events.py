"""What an event counts: its posts, and what they say together of who speaks, where and about what.

Pure; which event a post belongs to is found in models/clusters.py. An event is named after its earliest post (a
forward stands for its original), whichever came first, until people have been told of it; from then on it keeps its
name.
"""

import hashlib
import re
from bisect import bisect_right, insort
from collections.abc import Mapping
from operator import itemgetter
from sys import intern

import msgspec

from models.bursts import EventPulse, Pace
from models.echoes import Echo
from models.kinds import NOBODY, Kinds, both, more, note_author, tallied
from models.likeness import own_words, quoted, says_nothing
from models.whereabouts import WIDE

NEWEST_POSTS = 50  # ids an alert names
KEPT_AUTHORS = 1000  # distinct authors are counted up to here; every guard is far below
SPARE_AUTHORS = 200  # more, of media and public bodies: in a crowd they still show
KEPT_WORDS = 64
HEADLINE_CHARS = 40
_NO_WORDS = re.compile(r"https?://[!-~]+|网页链接|[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""What a headline leaves out: addresses, and marks that cannot be seen but turn a line round."""


class EventPost(msgspec.Struct, frozen=True, gc=False):
    """What clustering and the levels need of a scored post."""

    id: str
    at: float
    """published_at, epoch seconds."""
    text: str
    title: str = ""
    original: str | None = None
    """The post it forwards or answers."""
    kind: str = "post"
    author: str = ""
    author_kind: str = "unknown"
    platform: str = "other"
    source: str = ""
    followers: int = 0
    reposts: int = 0
    comments: int = 0
    sentiment: int = 0
    attitude: int | None = None
    relevance: float = 0.0
    relevant: bool = False
    category: str | None = None
    places: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    fingerprint: str = ""
    revision: int = 0


class Member(msgspec.Struct, eq=False, gc=False):
    """One post inside its event."""

    event: "Event"
    at: float
    relevant: bool
    negative: bool
    own_polarity: int
    repost: bool
    revision: int
    original: str | None
    kind: str = "unknown"
    """Of its author."""
    counted: bool = False
    stirs: bool = False
    """About the police and no repetition, whatever its tone."""


class Event(msgspec.Struct, eq=False, gc=False):
    """The posts about one happening so far."""

    id: str
    first_post: str
    first_at: float
    headline: str
    root: tuple[float, str] = (float("inf"), "")
    """(time, id) of the earliest post, or of the original it forwards: `id` follows from it until `told`."""
    told: bool = False
    """People know it by its id, which therefore stays."""
    was: tuple[str, ...] = ()
    """Ids it had in earlier EventChanged messages, since the last one."""
    last_at: float = 0.0
    touched: float = 0.0
    """The stream's newest time when the last post joined."""
    begun: float = 0.0
    """The stream's newest time when its first post came, however old that post was."""
    posts: int = 0
    relevant: int = 0
    negative: int = 0
    reposts: int = 0
    stated_reposts: int = 0
    authors: dict[str, str] = msgspec.field(default_factory=dict)
    """Pseudonym -> kind."""
    unnamed: Kinds = NOBODY
    """Posts whose author is not known."""
    kinds: Kinds = NOBODY
    """Posts."""
    media_at: float = float("inf")
    """When the first post of a media account was published."""
    platforms: dict[str, int] = msgspec.field(default_factory=dict)
    newest: list[tuple[float, str]] = msgspec.field(default_factory=list)
    words: dict[str, int] = msgspec.field(default_factory=dict)
    places: dict[str, int] = msgspec.field(default_factory=dict)
    categories: dict[str, int] = msgspec.field(default_factory=dict)
    pulse: EventPulse | None = None
    stir: EventPulse | None = None
    """Of the members that stir, from the second relevant post on; None again when one was withdrawn."""
    peak60: float = 0.0
    echo: Echo | None = None
    """What its authors said so far; from the second post on."""
    members: list[str] = msgspec.field(default_factory=list)
    added: list[str] = msgspec.field(default_factory=list)
    """Joined since the last EventChanged."""
    missing: tuple[str, ...] = ()
    """Originals that are forwarded or answered here while they are unknown."""
    handles: tuple[int, ...] = ()
    prints: tuple[int, ...] = ()
    openings: tuple[str, ...] = ()

    @property
    def voices(self) -> int:
        """Distinct authors; a post without a known author counts as one."""
        return len(self.authors) + sum(self.unnamed)

    @property
    def voices_by_kind(self) -> Kinds:
        """`voices` by kind."""
        return both(tallied(self.authors.values()), self.unnamed)

    @property
    def place(self) -> str:
        """The place named most, a street or station before a district or city; empty when none is."""
        return _most({p: n for p, n in self.places.items() if not p.endswith(WIDE)}) or _most(self.places)

    @property
    def category(self) -> str | None:
        """The category of most of its relevant posts."""
        return _most(self.categories) or None

    @property
    def keywords(self) -> list[str]:
        """Up to eight words, most frequent first."""
        least = min(sorted(self.words.values())[-8:], default=0)
        top = sorted([word for word, n in self.words.items() if n >= least])  # numbers are quicker to sort than words
        return sorted(top, key=self.words.__getitem__, reverse=True)[:8]

    @property
    def last_hour(self) -> int:
        """Posts of the hour up to the newest."""
        recent = len(self.newest) - bisect_right(self.newest, self.last_at - 3600, key=itemgetter(0))
        return max(recent, self.pulse.last_hour() if self.pulse else 0)


def event_id(root: str) -> str:
    """The id of the event that began with post `root`: the same under every replay."""
    return hashlib.blake2b(root.encode("utf-8", "surrogatepass"), digest_size=16, person=b"minyi.event").hexdigest()


def polarity(post: EventPost) -> int:
    """-1, 0, 1: the attitude towards the police where it takes sides, else the mood of the text."""
    return post.attitude or post.sentiment


def root_of(post: EventPost) -> str:
    """The post an event that begins with this one is named after."""
    return post.original or post.id


def headline_of(title: str, text: str) -> str:
    """The title of a post, or how its own words begin; of what it forwards, when it adds nothing."""
    passed_on = quoted(text)
    said = passed_on[0] if passed_on and says_nothing(text) else own_words(text)
    said = title or said
    if "http" in said or "网页" in said or not said.isprintable():
        said = _NO_WORDS.sub("", said)
    line = " ".join(said.split()) or " ".join(text.split())
    return line if len(line) <= HEADLINE_CHARS else line[: HEADLINE_CHARS - 1] + "…"


def include(event: Event, post: EventPost, member: Member) -> None:
    """Count a post that has joined in everything but the event's pulse."""
    event.posts += 1
    event.relevant += member.relevant
    event.negative += member.negative
    event.reposts += member.repost
    if post.reposts > event.stated_reposts:
        event.stated_reposts = post.reposts
    if post.at > event.last_at:
        event.last_at = post.at
    event.kinds = more(event.kinds, member.kind)
    if member.kind == "media" and post.at < event.media_at:
        event.media_at = post.at
    if post.author:
        note_author(event.authors, post.author, member.kind, room=KEPT_AUTHORS, spare=SPARE_AUTHORS)
    else:
        event.unnamed = more(event.unnamed, member.kind)
    platform = intern(post.platform)
    event.platforms[platform] = event.platforms.get(platform, 0) + 1
    insort(event.newest, (post.at, post.id))
    if len(event.newest) > NEWEST_POSTS:
        del event.newest[0]
    for place in post.places:
        event.places[place] = event.places.get(place, 0) + 1
    if post.relevant and post.category:
        event.categories[post.category] = event.categories.get(post.category, 0) + 1
    for word in post.keywords:
        if word in event.words or len(event.words) < KEPT_WORDS:
            word = intern(word)  # many events name the same
            event.words[word] = event.words.get(word, 0) + 1


def take_in(event: Event, other: Event) -> None:
    """Count what `other` holds in `event`, with everything but the ids."""
    if other.posts > len(other.added):
        event.was = (*event.was, other.id)
    event.was = (*event.was, *other.was)
    if other.first_at < event.first_at:
        event.first_post, event.first_at, event.headline = other.first_post, other.first_at, other.headline
    event.last_at, event.touched = max(event.last_at, other.last_at), max(event.touched, other.touched)
    event.begun = min(event.begun, other.begun)
    event.posts += other.posts
    event.relevant += other.relevant
    event.negative += other.negative
    event.reposts += other.reposts
    event.stated_reposts = max(event.stated_reposts, other.stated_reposts)
    event.kinds, event.unnamed = both(event.kinds, other.kinds), both(event.unnamed, other.unnamed)
    event.media_at = min(event.media_at, other.media_at)
    for author in sorted(other.authors):
        note_author(event.authors, author, other.authors[author], room=KEPT_AUTHORS, spare=SPARE_AUTHORS)
    for mine, its in (
        (event.platforms, other.platforms),
        (event.places, other.places),
        (event.categories, other.categories),
        (event.words, other.words),
    ):
        for name, n in its.items():
            mine[name] = mine.get(name, 0) + n
    event.newest = sorted((*event.newest, *other.newest))[-NEWEST_POSTS:]
    event.peak60 = max(event.peak60, other.peak60)
    event.members += other.members
    event.added += other.added
    event.echo = event.echo or other.echo
    event.missing += other.missing
    event.handles += other.handles
    event.prints += other.prints
    event.openings += other.openings
    if other.pulse is not None:
        paced(event, event.pulse.paces if event.pulse else other.pulse.paces).take_in(other.pulse.times)


def paced(event: Event, paces: tuple[Pace, ...]) -> EventPulse:
    """The event's pulse at these paces; run again over its kept times when the rules for it have changed."""
    if event.pulse is None:
        event.pulse = EventPulse(paces)
    elif event.pulse.paces != paces:
        old, event.pulse = event.pulse, EventPulse(paces)
        event.pulse.take_in(old.times)
    return event.pulse


def take_from(member: Member, parent: Member) -> None:
    """A forward or answer is about what its parent is about; it is negative when it says so itself, or passes its
    parent's negativity on without speaking up for the other side."""
    member.relevant = member.relevant or parent.relevant
    if member.relevant and (member.own_polarity == -1 or (parent.negative and member.own_polarity == 0)):
        member.negative = True


def inherit(member: Member, parent: Member) -> None:
    """`take_from`, for a member that its event has counted."""
    before = (member.relevant, member.negative)
    take_from(member, parent)
    member.event.relevant += member.relevant - before[0]
    member.event.negative += member.negative - before[1]


def _most(counts: Mapping[str, int]) -> str:
    """The most frequent, the alphabetically first of equals; empty when there is none."""
    if len(counts) < 2:
        return next(iter(counts), "")
    return min(counts, key=lambda name: (-counts[name], name))

"""Posts about one happening become one event: by link, by near copy, by shared words.

Pure and deterministic: the same posts in the same order give the same events, and a post delivered twice counts
once. Memory is bounded: events leave when the stream's newest time is `keep_hours` past their last touch.
How a post finds its event, first match wins:
    1. it names its original or parent         -> that event, or the one waiting under the unknown id
    2. it quotes the opening of a known post   -> that event
    3. its fingerprint is near a known one     -> that event (near copy)
    4. it shares enough rare words in time     -> that event (retelling)
    5. otherwise                               -> its own new event
"""

import hashlib
from bisect import insort
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from models.bursts import EventPulse, Pace
from models.likeness import CopyIndex, Match, WordIndex, content_words, opening, own_words, quoted, says_nothing

NEWEST_POSTS = 50  # ids an alert names
KEPT_AUTHORS = 1000  # distinct authors are counted up to here; every guard is far below
KEPT_MEMBERS = 50_000  # ids one event remembers against double counting; beyond, the oldest are forgotten
KEPT_WORDS = 64
OPENINGS = 32  # of one event that quotes are looked up by
LEADERS = 8  # texts of one event that others are compared with
COPY_MIN_WORDS = 4  # shorter texts have equal fingerprints by accident
HEADLINE_CHARS = 40
WIDE = ("省", "市", "区", "县", "州", "公安局", "分局", "支队", "交警", "警方")
"""Places and agencies with such names are too wide to tell one happening from another."""


@dataclass(frozen=True, slots=True)
class EventPost:
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


@dataclass(slots=True, eq=False)
class Member:
    """One post inside its event."""

    event: "Event"
    at: float
    relevant: bool
    negative: bool
    own_polarity: int
    repost: bool
    revision: int
    linked: bool
    counted: bool = False


@dataclass(slots=True, eq=False)
class Event:
    """The posts about one happening so far."""

    id: str
    first_post: str
    first_at: float
    headline: str
    last_at: float = 0.0
    touched: float = 0.0
    """The stream's newest time when the last post joined."""
    posts: int = 0
    relevant: int = 0
    negative: int = 0
    reposts: int = 0
    stated_reposts: int = 0
    authors: set[str] = field(default_factory=set)
    unnamed: int = 0
    platforms: dict[str, int] = field(default_factory=dict)
    newest: list[tuple[float, str]] = field(default_factory=list)
    words: dict[str, int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    categories: dict[str, int] = field(default_factory=dict)
    pulse: EventPulse | None = None
    peak60: float = 0.0
    members: deque[str] = field(default_factory=deque)
    added: list[str] = field(default_factory=list)
    """Joined since the last EventChanged."""
    missing_root: str = ""
    """The original everybody forwards, while it is unknown."""
    handles: list[object] = field(default_factory=list)
    prints: list[int] = field(default_factory=list)
    openings: list[str] = field(default_factory=list)

    @property
    def voices(self) -> int:
        """Distinct authors; a post without a known author counts as one."""
        return len(self.authors) + self.unnamed

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
        return sorted(self.words, key=lambda w: (-self.words[w], w))[:8]

    @property
    def last_hour(self) -> int:
        """Posts of the hour up to the newest."""
        since = self.last_at - 3600
        recent = sum(1 for at, _ in self.newest if at > since)
        return max(recent, self.pulse.last_hour() if self.pulse else 0)


@dataclass(frozen=True, slots=True)
class Joined:
    """What became of one post."""

    event: Event
    member: Member
    new: bool
    """False for a post seen before (redelivered or revised)."""
    revised: bool = False
    awakened: tuple[Member, ...] = ()
    """Earlier forwards of this very post that now inherit from it."""


@dataclass(frozen=True)
class ClusterRule:
    """Settings of the clustering; measured on a replay of real cascades, see docs/decisions/0006."""

    keep_hours: float = 72.0
    max_events: int = 150_000
    join_hours: float = 48.0
    """A retelling joins an event whose text is at most this old."""
    min_likeness: float = 0.5
    min_shared: float = 14.0
    """Nats: about three rare words."""
    min_words: int = 3
    other_place_cost: float = 0.15
    """More likeness is asked of texts that name different places."""
    place_hours: float = 12.0
    """Texts that name the same street, station or building join more easily, within so long of the last post."""
    place_likeness: float = 0.12
    place_shared: float = 8.0


def event_id(root: str) -> str:
    """The id of the event that began with post `root`: the same under every replay."""
    return hashlib.blake2b(root.encode("utf-8", "surrogatepass"), digest_size=16, person=b"minyi.event").hexdigest()


def polarity(post: EventPost) -> int:
    """-1, 0, 1: the attitude towards the police where it takes sides, else the mood of the text."""
    return post.attitude or post.sentiment


class Clusterer:
    """The running events of one jurisdiction."""

    def __init__(self, rule: ClusterRule | None = None) -> None:
        self.rule = rule or ClusterRule()
        self.events: OrderedDict[str, Event] = OrderedDict()
        self.newest = 0.0
        self._members: dict[str, Member] = {}
        self._waiting: dict[str, Event] = {}
        self._words: WordIndex[Event] = WordIndex()
        self._copies: CopyIndex[Event] = CopyIndex()
        self._openings: dict[str, Event] = {}

    def __len__(self) -> int:
        return len(self._members)

    def member(self, post: str) -> Member | None:
        """The membership of a post still remembered."""
        return self._members.get(post)

    def add(self, post: EventPost, *, known_at: float | None = None) -> Joined:
        """Put a post into its event. `known_at` caps how far a wrong clock may push the stream's newest time."""
        seen = self._members.get(post.id)
        if seen is not None:
            revised = post.revision > seen.revision
            seen.revision = max(seen.revision, post.revision)
            return Joined(seen.event, seen, new=False, revised=revised)
        at = post.at if known_at is None else min(post.at, known_at)
        self.newest = max(self.newest, at)
        self._prune()
        words = content_words(post.tokens)
        event, awakened = self._find(post, words)
        if event is None:
            event = self._start(post.original or post.id, post)
        member = self._join(event, post, words)
        for other in awakened:
            _inherit(other, member)
        return Joined(event, member, new=True, awakened=awakened)

    def withdraw(self, post: str) -> Event | None:
        """Take a post out; its event, or None when the post is not known (any more)."""
        member = self._members.pop(post, None)
        if member is None:
            return None
        event = member.event
        event.posts -= 1
        event.relevant -= member.relevant
        event.negative -= member.negative
        event.reposts -= member.repost
        event.newest = [row for row in event.newest if row[1] != post]
        event.added = [i for i in event.added if i != post]
        if member.counted and event.pulse:
            event.pulse.remove(member.at)
        if event.posts <= 0:
            self._drop(event)
        elif event.first_post == post and event.newest:
            event.first_at, event.first_post = event.newest[0]
        return event

    def _find(self, post: EventPost, words: frozenset[str]) -> tuple[Event | None, tuple[Member, ...]]:
        waiting = self._waiting.pop(post.id, None)
        if waiting is not None:
            waiting.missing_root = ""
            return waiting, tuple(m for i in waiting.members if (m := self._members.get(i)) and m.linked)
        if post.original:
            linked = self._members.get(post.original)
            return (linked.event if linked else self._waiting.get(post.original)), ()
        for part in quoted(post.text):
            told = self._openings.get(opening(part))
            if told is not None:
                return told, ()
        if says_nothing(post.text) and not post.title:
            return None, ()
        if len(words) >= COPY_MIN_WORDS and post.fingerprint:
            copy = self._copies.find(int(post.fingerprint, 16))
            if copy is not None:
                return copy, ()
        return self._by_words(post, words), ()

    def _by_words(self, post: EventPost, words: frozenset[str]) -> Event | None:
        matches = self._words.matches(words, post.at, within_s=self.rule.join_hours * 3600)
        return next((m.owner for m in matches if self._enough(post, m)), None)

    def _enough(self, post: EventPost, match: Match[Event]) -> bool:
        rule, event = self.rule, match.owner
        near = any(p in event.places and not p.endswith(WIDE) for p in post.places)
        soon = post.at - event.last_at < rule.place_hours * 3600
        if near and soon and (post.relevant or event.relevant):
            return match.likeness >= rule.place_likeness and match.shared >= rule.place_shared
        apart = post.places and event.places and not any(p in event.places for p in post.places)
        bar = rule.min_likeness + (rule.other_place_cost if apart else 0.0)
        return match.likeness >= bar and match.shared >= rule.min_shared and match.words >= rule.min_words

    def _start(self, root: str, post: EventPost) -> Event:
        event = Event(id=event_id(root), first_post=post.id, first_at=post.at, headline=_headline(post))
        if root != post.id:
            event.missing_root = root
            self._waiting[root] = event
        self.events[event.id] = event
        return event

    def _join(self, event: Event, post: EventPost, words: frozenset[str]) -> Member:
        member = self._member_for(event, post)
        self._members[post.id] = member
        event.members.append(post.id)
        if len(event.members) > KEPT_MEMBERS:
            self._members.pop(event.members.popleft(), None)
        event.added.append(post.id)
        event.touched = self.newest
        self.events.move_to_end(event.id)
        if post.at < event.first_at or event_id(post.id) == event.id:
            event.first_post, event.first_at, event.headline = post.id, post.at, _headline(post)
        include(event, post, member)
        self._index(event, post, words)
        return member

    def _member_for(self, event: Event, post: EventPost) -> Member:
        own = 0 if says_nothing(post.text) else polarity(post)
        member = Member(
            event=event,
            at=post.at,
            relevant=post.relevant,
            negative=post.relevant and polarity(post) == -1,
            own_polarity=own,
            repost=post.kind == "repost",
            revision=post.revision,
            linked=post.original is not None,
        )
        parent = self._members.get(post.original or event.first_post)
        if post.original is None and not quoted(post.text):
            parent = None
        if parent is not None and parent.event is event:
            _take_from(member, parent)
        return member

    def _index(self, event: Event, post: EventPost, words: frozenset[str]) -> None:
        if post.original and (not event.missing_root or event.handles):
            return
        for part in (post.text, *quoted(post.text)):
            start = opening(part)
            if start and len(event.openings) < OPENINGS and start not in self._openings:
                self._openings[start] = event
                event.openings.append(start)
        if says_nothing(post.text) or len(event.handles) >= LEADERS:
            return
        if len(words) >= COPY_MIN_WORDS and post.fingerprint:
            value = int(post.fingerprint, 16)
            if value not in event.prints:
                event.prints.append(value)
                self._copies.put(value, event)
        if words:
            event.handles.append(self._words.put(event, words, post.at))

    def _prune(self) -> None:
        limit = self.newest - self.rule.keep_hours * 3600
        while self.events:
            oldest = next(iter(self.events.values()))
            if oldest.touched >= limit and len(self.events) <= self.rule.max_events:
                return
            self._drop(oldest)

    def _drop(self, event: Event) -> None:
        self.events.pop(event.id, None)
        for post in event.members:
            self._members.pop(post, None)
        for handle in event.handles:
            self._words.forget(handle)
        for value in event.prints:
            self._copies.forget(value, event)
        for start in event.openings:
            self._openings.pop(start, None)
        self._waiting.pop(event.missing_root, None)


def _take_from(member: Member, parent: Member) -> None:
    """A forward or answer is about what its parent is about; it is negative when it says so itself, or passes its
    parent's negativity on without speaking up for the other side."""
    member.relevant = member.relevant or parent.relevant
    if member.relevant and (member.own_polarity == -1 or (parent.negative and member.own_polarity == 0)):
        member.negative = True


def _inherit(member: Member, parent: Member) -> None:
    before = (member.relevant, member.negative)
    _take_from(member, parent)
    member.event.relevant += member.relevant - before[0]
    member.event.negative += member.negative - before[1]


def include(event: Event, post: EventPost, member: Member) -> None:
    """Count a post that has joined in everything but the event's pulse."""
    event.posts += 1
    event.relevant += member.relevant
    event.negative += member.negative
    event.reposts += member.repost
    event.stated_reposts = max(event.stated_reposts, post.reposts)
    event.last_at = max(event.last_at, post.at)
    if not post.author:
        event.unnamed += 1
    elif len(event.authors) < KEPT_AUTHORS:
        event.authors.add(post.author)
    event.platforms[post.platform] = event.platforms.get(post.platform, 0) + 1
    insort(event.newest, (post.at, post.id))
    if len(event.newest) > NEWEST_POSTS:
        del event.newest[0]
    for place in post.places:
        event.places[place] = event.places.get(place, 0) + 1
    if post.relevant and post.category:
        event.categories[post.category] = event.categories.get(post.category, 0) + 1
    for word in post.keywords:
        if word in event.words or len(event.words) < KEPT_WORDS:
            event.words[word] = event.words.get(word, 0) + 1


def paced(event: Event, paces: tuple[Pace, ...]) -> EventPulse:
    """The event's pulse at these paces; run again over its kept times when the rules for it have changed."""
    if event.pulse is None:
        event.pulse = EventPulse(paces)
    elif event.pulse.paces != paces:
        old, event.pulse = event.pulse, EventPulse(paces)
        for at in old.times:
            event.pulse.add(at)
    return event.pulse


def _headline(post: EventPost) -> str:
    line = " ".join((post.title or own_words(post.text) or post.text).split())
    return line if len(line) <= HEADLINE_CHARS else line[: HEADLINE_CHARS - 1] + "…"


def _most(counts: dict[str, int]) -> str:
    return max(sorted(counts), key=lambda k: counts[k]) if counts else ""

"""Posts about one happening become one event: by link, by near copy, by shared words.

Pure and deterministic: the same posts in the same order give the same events, and a post delivered twice counts
once. Memory is bounded: events leave when the stream's newest time is `keep_hours` past their last touch, and before
that when there are too many; events of one post go first. An hour that floods pushes out its own small events, not
what was there before it.
How a post finds its event, first match wins:
    1. it names its original or parent         -> that event, or the one waiting under the unknown id; when nothing is
                                                  known of the original, by 2 to 4 with what it quotes of it
    2. it quotes the opening of a known post   -> that event
    3. its fingerprint is near a known one     -> that event (near copy)
    4. it shares enough rare words in time     -> that event (retelling)
    5. otherwise                               -> its own new event
By 3 and 4 a text never joins one that names another station, street or district (models/whereabouts.py).
An event is named after its earliest post (a forward stands for its original), whichever came first, until people
have been told of it; from then on it keeps its name.
"""

import hashlib
from bisect import bisect_right, insort
from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from sys import intern
from typing import NamedTuple

import msgspec

from models.bursts import EventPulse, Pace
from models.echoes import Echo
from models.kinds import NOBODY, Kinds, both, more, note_author, tallied
from models.likeness import CopyIndex, Match, Word, WordIndex, opening, own_words, quoted, says_nothing
from models.whereabouts import WIDE, Names, elsewhere, names_of

NEWEST_POSTS = 50  # ids an alert names
KEPT_AUTHORS = 1000  # distinct authors are counted up to here; every guard is far below
SPARE_AUTHORS = 200  # more, of media and public bodies: in a crowd they still show
KEPT_MEMBERS = 20_000  # ids one event remembers against double counting; beyond, the oldest are forgotten
FEW_MEMBERS = 1000  # an event never forgets more than that when others need the room
SMALL_POSTS = 5  # an event of fewer says little: it may be forgotten in the hour it began
KEPT_WORDS = 64
OPENINGS = 32  # of one event that quotes are looked up by
MISSING = 32  # unknown originals one event waits for
LEADERS = 8  # texts of one event that others are compared with
COPY_MIN_WORDS = 4  # shorter texts have equal fingerprints by accident
HEADLINE_CHARS = 40
HOUR_S = 3600.0


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
    """Of the members that stir; made anew from them when they changed otherwise than by one more."""
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


class Joined(NamedTuple):
    """What became of one post."""

    event: Event
    member: Member
    new: bool
    """False for a post seen before (redelivered or revised)."""
    revised: bool = False
    awakened: tuple[Member, ...] = ()
    """Earlier forwards of this very post that now inherit from it."""
    merged: bool = False
    """True when the post showed that two events are one."""


@dataclass(frozen=True)
class ClusterRule:
    """Settings of the clustering; measured on a replay of real cascades, see docs/decisions/0006."""

    keep_hours: float = 72.0
    max_single: int = 80_000
    """Events of one post; a flood of them pushes out only its like."""
    max_hour: int = 2_500
    """Small events that begin within one hour, with a relevant post and without: noise pushes out only noise. A lively
    city begins a thousand in all; a flood costs no more than this."""
    max_events: int = 20_000
    """Events of more posts."""
    max_posts: int = 250_000
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
        self.events: dict[str, Event] = {}
        self.newest = 0.0
        # by whether the first post was relevant: in this hour, oldest first; some have grown or gone since
        self._begun: dict[bool, deque[Event]] = {True: deque(), False: deque()}
        self._hour = 0.0
        self._singles: OrderedDict[Event, None] = OrderedDict()  # oldest first
        self._grown: OrderedDict[Event, None] = OrderedDict()  # longest untouched first
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
        if at > self.newest:
            self.newest = at
        self._prune()
        told = _Told(post, self._words)
        found = self._find(post, told)
        event = found[0] if found else self._start(post)
        merged = False
        for other in found[1:]:
            if not (event.told and other.told):
                event, merged = self._merge(event, other), True
        awakened = self._awake(post, event)
        member = self._join(event, post, told)
        for waiting in awakened:
            _inherit(waiting, member)
        return Joined(event, member, new=True, awakened=awakened, merged=merged)

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
        event.kinds = more(event.kinds, member.kind, -1)
        if member.kind == "media":
            event.media_at = min((m.at for m in self._of(event) if m.kind == "media"), default=float("inf"))
        event.newest = [row for row in event.newest if row[1] != post]
        event.added = [i for i in event.added if i != post]
        if member.counted and event.pulse:
            event.pulse.remove(member.at)
        event.stir = None
        if event.posts <= 0:
            self._drop(event)
        elif event.first_post == post and event.newest:
            event.first_at, event.first_post = event.newest[0]
        return event

    def _of(self, event: Event) -> Iterator[Member]:
        return (m for i in event.members if (m := self._members.get(i)))

    def _find(self, post: EventPost, told: "_Told") -> list[Event]:
        """The events this post belongs to, the likeliest first; of two or more it shows that they are one."""
        waiting = self._waiting.get(post.id)
        found = [waiting] if waiting is not None else []
        if post.original:
            linked = self._members.get(post.original)
            other = linked.event if linked else self._waiting.get(post.original)
            if other is not None and other is not waiting:
                return [*found, other]
            if found or not told.retells:
                return found
        return list(dict.fromkeys((*found, *self._alike(post, told))))

    def _alike(self, post: EventPost, told: "_Told") -> list[Event]:
        for part in told.quoted:
            known = self._openings.get(opening(part))
            if known is not None:
                return [known]
        if told.silent and not post.title and not told.retells:
            return []
        if told.fingerprint is not None:
            copy = self._copies.find(told.fingerprint, told.names)
            if copy is not None:
                return [copy]
        within = self.rule.join_hours * 3600
        matches = self._words.matches(told.words, post.at, within_s=within, least=lambda e: self._asked(post, e))
        return [m.owner for m in matches if self._enough(post, told, m)]

    def _awake(self, post: EventPost, event: Event) -> tuple[Member, ...]:
        """The forwards and answers that came before this post."""
        if self._waiting.pop(post.id, None) is None:
            return ()
        event.missing = tuple(i for i in event.missing if i != post.id)
        below: dict[str, list[str]] = {}
        for ident in event.members:
            member = self._members.get(ident)
            if member is not None and member.original is not None:
                below.setdefault(member.original, []).append(ident)
        found = below.pop(post.id, [])
        for ident in found:  # grows while it is walked: the answers to answers
            found += below.pop(ident, ())
        return tuple(self._members[ident] for ident in found)

    def _asked(self, post: EventPost, event: Event) -> tuple[int, float]:
        """The words and nats a post must share with a text of this event."""
        rule = self.rule
        return (0, rule.place_shared) if self._is_there(post, event) else (rule.min_words, rule.min_shared)

    def _enough(self, post: EventPost, told: "_Told", match: Match[Event]) -> bool:
        rule, event = self.rule, match.owner
        if elsewhere(told.names, match.names):
            return False
        if self._is_there(post, event):
            return match.likeness >= rule.place_likeness
        apart = post.places and event.places and not any(p in event.places for p in post.places)
        return match.likeness >= rule.min_likeness + (rule.other_place_cost if apart else 0.0)

    def _is_there(self, post: EventPost, event: Event) -> bool:
        """Whether a post names the very place of an event, soon after it."""
        soon = post.at - event.last_at < self.rule.place_hours * 3600
        known = soon and (post.relevant or event.relevant) and post.places
        return bool(known) and any(p in event.places and not p.endswith(WIDE) for p in post.places)

    def _start(self, post: EventPost) -> Event:
        root = (post.at, _root(post))
        event = Event(id=event_id(root[1]), first_post=post.id, first_at=post.at, headline=_headline(post), root=root)
        self.events[event.id] = event
        self._singles[event] = None
        if self.newest - post.at < HOUR_S:  # what is older comes of a back-fill
            self._begun[post.relevant].append(event)
        return event

    def _join(self, event: Event, post: EventPost, told: "_Told") -> Member:
        member = self._member_for(event, post, told)
        self._members[post.id] = member
        event.members.append(post.id)
        event.added.append(post.id)
        event.touched = self.newest
        self._queue(event)
        self._name(event, post)
        include(event, post, member)
        self._index(event, post, told)
        return member

    def _queue(self, event: Event) -> None:
        """Keep the order in which events leave; an event that floods forgets its own oldest posts first."""
        if event.posts:
            self._singles.pop(event, None)
            self._grown[event] = None
            self._grown.move_to_end(event)
        crowded = len(self._members) > self.rule.max_posts and len(event.members) > FEW_MEMBERS
        if crowded or len(event.members) > KEPT_MEMBERS:
            old = event.members[: len(event.members) // 8]
            del event.members[: len(old)]
            for ident in old:
                self._members.pop(ident, None)

    def _name(self, event: Event, post: EventPost) -> None:
        """Name the event after its earliest post; wait for the original when that is unknown."""
        unknown = post.original if post.original not in self._members else None
        if unknown and unknown not in self._waiting and len(event.missing) < MISSING:
            self._waiting[unknown] = event
            event.missing = (*event.missing, unknown)
        root = (post.at, _root(post))
        if root < event.root:
            event.root = root
            self._rename(event, event_id(root[1]))
        if post.at < event.first_at or (event.posts and post.id == event.root[1]):
            event.first_post, event.first_at, event.headline = post.id, post.at, _headline(post)

    def _rename(self, event: Event, ident: str) -> None:
        if event.told or ident in self.events:
            return
        del self.events[event.id]
        if event.posts > len(event.added) - 1:  # it has been in an EventChanged
            event.was = tuple(i for i in dict.fromkeys((*event.was, event.id)) if i != ident)
        event.id = ident
        self.events[ident] = event

    def _member_for(self, event: Event, post: EventPost, told: "_Told") -> Member:
        own = polarity(post)
        if own and told.silent:
            own = 0
        member = Member(
            event=event,
            at=post.at,
            relevant=post.relevant,
            negative=post.relevant and polarity(post) == -1,
            own_polarity=own,
            repost=post.kind == "repost",
            revision=post.revision,
            original=post.original,
            kind=post.author_kind,
        )
        if post.original or told.quoted:
            parent = self._members.get(post.original or event.first_post)
            if parent is not None and parent.event is event:
                _take_from(member, parent)
        return member

    def _index(self, event: Event, post: EventPost, told: "_Told") -> None:
        if post.original and (not event.missing or event.handles):
            return
        for part in (post.text, *told.quoted):
            if len(event.openings) >= OPENINGS:
                break
            start = opening(part)
            if start and start not in self._openings:
                self._openings[start] = event
                event.openings = (*event.openings, start)
        if told.silent:
            return
        if (
            len(event.prints) < LEADERS
            and told.fingerprint is not None
            and self._copies.put(told.fingerprint, event, told.names)
        ):
            event.prints = (*event.prints, told.fingerprint)
        if told.words:
            number = self._words.put(event, told.words, post.at, told.names, beside=event.handles)
            event.handles = (*event.handles, number)
            if len(event.handles) > LEADERS:
                self._words.forget(event.handles[LEADERS // 2])
                event.handles = event.handles[: LEADERS // 2] + event.handles[LEADERS // 2 + 1 :]

    def _merge(self, one: Event, other: Event) -> Event:
        """Make two events one: the one people know, else the one that began first, takes the other in."""
        if (other.told, one.root) > (one.told, other.root):
            one, other = other, one
        for post in other.members:
            if post in self._members:
                self._members[post].event = one
        for number in other.handles:
            self._words.give(number, one)
        for value in other.prints:
            self._copies.give(value, one)
        for start in other.openings:
            self._openings[start] = one
        for post in other.missing:
            self._waiting[post] = one
        self.events.pop(other.id)
        for event in (one, other):
            self._singles.pop(event, None)
        self._grown.pop(other, None)
        self._grown[one] = None
        _take_in(one, other)
        if other.root < one.root:
            one.root = other.root
            self._rename(one, event_id(one.root[1]))
        other.posts = 0
        return one

    def _prune(self) -> None:
        rule, limit = self.rule, self.newest - self.rule.keep_hours * 3600
        if self.newest - self._hour >= HOUR_S:
            self._hour = self.newest // HOUR_S * HOUR_S
            for begun in self._begun.values():
                begun.clear()
        for begun in self._begun.values():
            while len(begun) > rule.max_hour:
                oldest = begun.popleft()
                if 0 < oldest.posts < SMALL_POSTS and not oldest.told:
                    self._drop(oldest)
        while self._singles:
            oldest = next(iter(self._singles))
            if oldest.touched >= limit and len(self._singles) <= rule.max_single:
                break
            self._drop(oldest)
        while self._grown:
            oldest = next(iter(self._grown))
            crowded = len(self._grown) > rule.max_events or len(self._members) > rule.max_posts + FEW_MEMBERS
            if oldest.touched >= limit and not crowded:
                break
            self._drop(oldest)

    def _drop(self, event: Event) -> None:
        self._singles.pop(event, None)
        self._grown.pop(event, None)
        event.posts = 0
        self.events.pop(event.id, None)
        for post in event.members:
            self._members.pop(post, None)
        for handle in event.handles:
            self._words.forget(handle)
        for value in event.prints:
            self._copies.forget(value)
        for start in event.openings:
            self._openings.pop(start, None)
        for post in event.missing:
            self._waiting.pop(post, None)


class _Told:
    """What the text of a post says; each part is worked out when it is first asked for."""

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
        if self._quoted is None:
            self._quoted = quoted(self._post.text)
        return self._quoted

    @property
    def retells(self) -> bool:
        """True when it quotes enough of its original to stand for it."""
        return bool(self.quoted) and bool(opening(self.quoted[0]))

    @property
    def silent(self) -> bool:
        if self._silent is None:
            self._silent = says_nothing(self._post.text)
        return self._silent

    @property
    def words(self) -> set[Word]:
        if self._words is None:
            self._words = self._index.words(self._post.tokens)
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


def _take_in(event: Event, other: Event) -> None:
    """Count what `other` holds in `event`, with everything but the ids."""
    if other.posts > len(other.added):
        event.was = (*event.was, other.id)
    event.was = (*event.was, *other.was)
    if other.first_at < event.first_at:
        event.first_post, event.first_at, event.headline = other.first_post, other.first_at, other.headline
    event.last_at, event.touched = max(event.last_at, other.last_at), max(event.touched, other.touched)
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
    event.stir = None
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


def _root(post: EventPost) -> str:
    return post.original or post.id


def _headline(post: EventPost) -> str:
    line = " ".join((post.title or own_words(post.text) or post.text).split())
    return line if len(line) <= HEADLINE_CHARS else line[: HEADLINE_CHARS - 1] + "…"


def _most(counts: Mapping[str, int]) -> str:
    """The most frequent, the alphabetically first of equals; empty when there is none."""
    if len(counts) < 2:
        return next(iter(counts), "")
    return min(counts, key=lambda name: (-counts[name], name))

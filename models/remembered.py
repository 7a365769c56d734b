"""The events one jurisdiction remembers, and the order in which they are forgotten.

Memory is bounded: events leave when the stream's newest time is `keep_hours` past their last touch, and before that
when there are too many; events of one post go first. An hour that floods pushes out its own small events, not what
was there before it (docs/decisions/0022).
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from models.events import Event, Member
from models.likeness import CopyIndex, WordIndex

KEPT_MEMBERS = 20_000  # ids one event remembers against double counting; beyond, the oldest are forgotten
FEW_MEMBERS = 1000  # an event never forgets more than that when others need the room
SMALL_POSTS = 5  # an event of fewer says little: it may be forgotten in the hour it began
HOUR_S = 3600.0


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
    """The same is asked of who spoke in the event before: a witness who tells on repeats few words."""


class Remembered:
    """Events, their posts, and the indexes by which posts find them."""

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

    def begun(self) -> float:
        """The stream's newest time when the oldest event began that is remembered; infinity when none is."""
        return min((event.begun for event in self.events.values()), default=inf)

    def _of(self, event: Event) -> Iterator[Member]:
        return (m for i in event.members if (m := self._members.get(i)))

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

"""Posts about one happening become one event: by link, by near copy, by shared words.

Pure and deterministic: the same posts in the same order give the same events, and a post delivered twice counts
once.
How a post finds its event, first match wins:
    1. it names its original or parent         -> that event, or the one waiting under the unknown id; when nothing is
                                                  known of the original, by 2 to 4 with what it quotes of it
    2. it quotes the opening of a known post   -> that event
    3. its fingerprint is near a known one     -> that event (near copy); of a text of two or three words against the
                                                  police, the same letters
    4. it shares enough rare words in time     -> that event (retelling); fewer do when it names the very place of an
                                                  event, or when its author spoke there before
    5. otherwise                               -> its own new event
By 3 and 4 a text never joins one that names another station, street or district (models/whereabouts.py).
"""

import msgspec

from models.events import (
    Event,
    EventPost,
    Member,
    event_id,
    headline_of,
    include,
    inherit,
    polarity,
    root_of,
    take_from,
    take_in,
)
from models.kinds import MANY, more
from models.likeness import Match, opening
from models.remembered import HOUR_S, Remembered
from models.told import Told
from models.whereabouts import WIDE, elsewhere

OPENINGS = 32  # of one event that quotes are looked up by
MISSING = 32  # unknown originals one event waits for
LEADERS = 8  # texts of one event that others are compared with


class Joined(msgspec.Struct, frozen=True, gc=False):
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


class Clusterer(Remembered):
    """The running events of one jurisdiction."""

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
        told = Told(post, self._words)
        found = self._find(post, told)
        event = found[0] if found else self._start(post)
        merged = False
        for other in found[1:]:
            if not (event.told and other.told):
                event, merged = self._merge(event, other), True
        awakened = self._awake(post, event)
        member = self._join(event, post, told)
        for waiting in awakened:
            inherit(waiting, member)
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

    def _find(self, post: EventPost, told: Told) -> list[Event]:
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

    def _alike(self, post: EventPost, told: Told) -> list[Event]:
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
        elif (same := self._openings.get(told.cry)) is not None:
            return [same]
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
        if self._is_there(post, event):
            return 0, rule.place_shared
        return rule.min_words, rule.place_shared if self._tells_on(post, event) else rule.min_shared

    def _enough(self, post: EventPost, told: Told, match: Match[Event]) -> bool:
        rule, event = self.rule, match.owner
        if elsewhere(told.names, match.names):
            return False
        if self._is_there(post, event):
            return match.likeness >= rule.place_likeness
        if self._tells_on(post, event):
            return match.likeness >= rule.place_likeness
        apart = post.places and event.places and not any(p in event.places for p in post.places)
        return match.likeness >= rule.min_likeness + (rule.other_place_cost if apart else 0.0)

    def _tells_on(self, post: EventPost, event: Event) -> bool:
        """Whether a person who spoke in an event speaks again; media and public bodies speak of everything."""
        return event.authors.get(post.author) in MANY and post.author_kind in MANY

    def _is_there(self, post: EventPost, event: Event) -> bool:
        """Whether a post names the very place of an event, soon after it."""
        soon = post.at - event.last_at < self.rule.place_hours * 3600
        known = soon and (post.relevant or event.relevant) and post.places
        return bool(known) and any(p in event.places and not p.endswith(WIDE) for p in post.places)

    def _start(self, post: EventPost) -> Event:
        root = (post.at, root_of(post))
        headline = headline_of(post.title, post.text)
        event = Event(event_id(root[1]), post.id, post.at, headline, root, begun=self.newest)
        self.events[event.id] = event
        self._singles[event] = None
        if self.newest - post.at < HOUR_S:  # what is older comes of a back-fill
            self._begun[post.relevant].append(event)
        return event

    def _join(self, event: Event, post: EventPost, told: Told) -> Member:
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

    def _name(self, event: Event, post: EventPost) -> None:
        """Name the event after its earliest post; wait for the original when that is unknown."""
        unknown = post.original if post.original not in self._members else None
        if unknown and unknown not in self._waiting and len(event.missing) < MISSING:
            self._waiting[unknown] = event
            event.missing = (*event.missing, unknown)
        root = (post.at, root_of(post))
        if root < event.root:
            event.root = root
            self._rename(event, event_id(root[1]))
        if post.at < event.first_at or (event.posts and post.id == event.root[1]):
            event.first_post, event.first_at = post.id, post.at
            event.headline = headline_of(post.title, post.text)

    def _rename(self, event: Event, ident: str) -> None:
        if event.told or ident in self.events:
            return
        del self.events[event.id]
        if event.posts > len(event.added) - 1:  # it has been in an EventChanged
            event.was = tuple(i for i in dict.fromkeys((*event.was, event.id)) if i != ident)
        event.id = ident
        self.events[ident] = event

    def _member_for(self, event: Event, post: EventPost, told: Told) -> Member:
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
                take_from(member, parent)
        return member

    def _index(self, event: Event, post: EventPost, told: Told) -> None:
        if post.original and (not event.missing or event.handles):
            return
        for start in (told.cry, *map(opening, (post.text, *told.quoted))):
            if len(event.openings) >= OPENINGS:
                break
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
            number = self._words.put(event, told.words, post.at, told.names, now=self.newest, beside=event.handles)
            began = post.id == event.root[1]  # what others are compared with first, whenever it came
            event.handles = (number, *event.handles) if began else (*event.handles, number)
            if len(event.handles) > LEADERS:
                self._words.forget(event.handles[LEADERS // 2])
                event.handles = event.handles[: LEADERS // 2] + event.handles[LEADERS // 2 + 1 :]

    def _merge(self, one: Event, other: Event) -> Event:
        """Make two events one: the one people know, else the one that began first, takes the other in."""
        if (other.told, one.root) > (one.told, other.root):
            one, other = other, one
        for member in self._of(other):
            member.event = one
        if one.stir is not None:
            one.stir.take_in([member.at for member in self._of(other) if member.stirs])
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
        take_in(one, other)
        if other.root < one.root:
            one.root = other.root
            self._rename(one, event_id(one.root[1]))
        other.posts = 0
        return one

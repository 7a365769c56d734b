"""The events as people laid them out, for detection: built from what was found, kept beside it. Pure.

What clustering found stays as it is; an event that a standing decision names is also kept as a view, and the view is
what levels are judged on. An undo drops the views and everything is as it was found.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import inf

from models.bursts import EventPulse, Pace
from models.clusters import Clusterer, Joined
from models.edits import Edit, Layout
from models.events import (
    KEPT_AUTHORS,
    NEWEST_POSTS,
    SPARE_AUTHORS,
    Event,
    EventPost,
    Member,
    include,
    paced,
)
from models.kinds import both, note_author, tallied


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a split knows of its posts."""

    headline: str = ""
    place: str = ""
    category: str | None = None
    authors: tuple[str, ...] = ()
    platforms: dict[str, int] = field(default_factory=dict)


class Views:
    """The views of one jurisdiction."""

    def __init__(self) -> None:
        self.layout = Layout()
        self._edits: list[Edit] = []
        self._chosen: dict[str, Chosen] = {}
        self._views: dict[str, Event] = {}
        self._bases: dict[str, Event] = {}

    def decide(self, clusters: Clusterer, edit: Edit, chosen: Chosen) -> None:
        """Take in a decision; one taken in before changes nothing."""
        if any(edit.id == known.id for known in self._edits):
            return
        self._edits.append(edit)
        self._chosen[edit.target] = chosen
        self.layout = Layout(self._edits)
        self.lay(clusters)

    def lay(self, clusters: Clusterer) -> None:
        """Build all views anew from what clustering remembers."""
        self._bases = {i: e for i in self.layout.touched if (e := clusters.events.get(i) or self._bases.get(i))}
        standing = {i for i in self.layout.touched if self.layout.into(i) == i}
        built = {i: self._build(clusters, i) for i in standing}
        self._views = {i: view for i, view in built.items() if view.posts > 0}

    def touches(self, event: str) -> bool:
        """Whether a standing decision names this event that was found."""
        return event in self.layout.touched

    def take(self, clusters: Clusterer, post: EventPost, joined: Joined, paces: tuple[Pace, ...]) -> Event:
        """The view a post belongs to, with the post in it; `joined`: how clustering took it."""
        ident = self.layout.place(post.id, joined.event.id)
        view = self._views.get(ident)
        if view is None or joined.awakened or joined.merged or not joined.new:
            self.lay(clusters)
            return self._views[ident]
        include(view, post, joined.member)
        if joined.member.counted:
            paced(view, paces).add(joined.member.at)
        return view

    def parts(self, event: str) -> list[str]:
        """The events that were merged into this one."""
        return sorted(i for i in self.layout.touched if i != event and self.layout.into(i) == event)

    def of(self, clusters: Clusterer, event: str) -> Event | None:
        """An event with this id while it, or what it was merged into, is remembered."""
        found = self._views.get(event)
        if found is None and self.layout.into(event) in self._views:
            found = self._bases.get(event)
        return found or clusters.events.get(event)

    def begun(self) -> float:
        """The stream's newest time when the oldest event began that a view is built from: minus infinity when one of
        them is not known, infinity without views."""
        made = {edit.target for edit in self.layout.standing if edit.kind == "split"}
        found = (i for i in self.layout.touched - made if self.layout.into(i) in self._views)
        return min((self._bases[i].begun if i in self._bases else -inf for i in found), default=inf)

    def prune(self, clusters: Clusterer) -> None:
        """Drop the views nothing found stands behind any more."""
        if not self._views:
            return
        alive = {i for i in self.layout.touched if i in clusters.events}
        for edit in self.layout.standing:
            if edit.event in alive:
                alive.add(edit.target)
        self._views = {i: view for i, view in self._views.items() if i in alive}

    def _build(self, clusters: Clusterer, ident: str) -> Event:
        base = self._bases.get(ident)
        made = self._chosen.get(ident, Chosen())
        view = Event(
            id=ident,
            first_post=base.first_post if base else "",
            first_at=base.first_at if base else float("inf"),
            headline=base.headline if base else made.headline,
        )
        inside: list[tuple[str, Member]] = []
        for found in self._bases.values():
            members = ((post, clusters.member(post)) for post in found.members)
            inside += [(p, m) for p, m in members if m and self.layout.place(p, found.id) == ident]
            if self.layout.into(found.id) == ident:
                _add_whole(view, found)
        for edit in self.layout.standing:
            if edit.kind == "split" and self.layout.into(edit.target) == ident:
                _add_chosen(view, self._chosen[edit.target], self._bases.values())
        _add_members(view, inside, next((b.pulse.paces for b in self._bases.values() if b.pulse), ()))
        return view


def _add_whole(view: Event, found: Event) -> None:
    """What an event that leads here brings besides its posts; posts split out of it still show in these."""
    _meet(view, found.authors)
    view.unnamed = both(view.unnamed, found.unnamed)
    view.stated_reposts = max(view.stated_reposts, found.stated_reposts)
    for mine, its in ((view.platforms, found.platforms), (view.places, found.places)):
        _sum(mine, its)
    for mine, its in ((view.categories, found.categories), (view.words, found.words)):
        _sum(mine, its)


def _add_chosen(view: Event, made: Chosen, bases: Iterable[Event]) -> None:
    known = {author: kind for base in bases for author, kind in base.authors.items()}
    _meet(view, {author: known.get(author, "unknown") for author in made.authors})
    _sum(view.platforms, made.platforms)
    if made.place:
        _sum(view.places, {made.place: 1})
    if made.category:
        _sum(view.categories, {made.category: 1})


def _add_members(view: Event, inside: Sequence[tuple[str, Member]], paces: tuple[Pace, ...]) -> None:
    view.posts = len(inside)
    view.relevant = sum(m.relevant for _, m in inside)
    view.negative = sum(m.negative for _, m in inside)
    view.reposts = sum(m.repost for _, m in inside)
    order = sorted((m.at, post) for post, m in inside)
    view.newest = order[-NEWEST_POSTS:]
    view.kinds = tallied(m.kind for _, m in inside)
    view.media_at = min((m.at for _, m in inside if m.kind == "media"), default=float("inf"))
    if order:
        view.last_at = order[-1][0]
        if order[0][0] < view.first_at or not view.first_post:
            view.first_at, view.first_post = order[0]
    view.pulse = EventPulse(paces)
    for at in sorted(m.at for _, m in inside if m.counted):
        view.pulse.add(at)
    view.peak60 = max((state.recent60 for state in view.pulse.states), default=0.0)


def _meet(view: Event, authors: dict[str, str]) -> None:
    for author in sorted(authors):
        note_author(view.authors, author, authors[author], room=KEPT_AUTHORS, spare=SPARE_AUTHORS)


def _sum(mine: dict[str, int], its: dict[str, int]) -> None:
    for name, n in its.items():
        mine[name] = mine.get(name, 0) + n

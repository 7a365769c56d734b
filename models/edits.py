"""What people changed about events: merges, splits and their undoing, as one fold over the standing decisions. Pure.

Detection finds an event for every post; decisions are laid over what it found and never change it. Where a post is:
begin at the event it was found in, then follow every standing decision in the order it was made. So each post is in
exactly one event, posts found later follow too, and taking the last decision back restores the former state exactly.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

EditKind = Literal["merge", "split", "undo"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One decision of a person."""

    id: str
    kind: EditKind
    event: str
    """merge: the event that goes into `target`; split: the event the posts leave; undo: as in what it undoes."""
    target: str
    """merge: the event that stays; split: the new event."""
    posts: tuple[str, ...] = ()
    """split: the chosen posts."""
    undoes: str = ""
    """undo: the id of the decision taken back."""


class NotPossible(ValueError):
    """A decision that cannot be taken in the present state; `reason` is a slug, `other` what is in the way."""

    def __init__(self, reason: str, other: str = "") -> None:
        super().__init__(f"{reason} {other}".strip())
        self.reason = reason
        self.other = other


class Layout:
    """How the standing decisions lay posts over the events that were found."""

    def __init__(self, edits: Iterable[Edit] = ()) -> None:
        """`edits`: every decision in the order it was made, undone ones and undoings included."""
        every = tuple(edits)
        undone = {edit.undoes for edit in every if edit.kind == "undo"}
        self.standing: tuple[Edit, ...] = tuple(e for e in every if e.kind != "undo" and e.id not in undone)
        self._chosen = {edit.id: frozenset(edit.posts) for edit in self.standing}
        self.touched: frozenset[str] = frozenset(i for edit in self.standing for i in (edit.event, edit.target))

    def place(self, post: str, found: str) -> str:
        """The event a post is in that detection found in event `found`."""
        now = found
        for edit in self.standing:
            if now == edit.event and (edit.kind == "merge" or post in self._chosen[edit.id]):
                now = edit.target
        return now

    def into(self, event: str) -> str:
        """The event that stands for `event` now: itself, or the one it was merged into."""
        return self.place("", event)

    def last(self, event: str) -> Edit:
        """The decision `undo` of this event takes back: the last that names it.

        Raises NotPossible: "nothing-to-undo", or "undo-first" when a later decision about the other event builds on it.
        """
        mine = [edit for edit in self.standing if event in (edit.event, edit.target)]
        if not mine:
            raise NotPossible("nothing-to-undo", event)
        edit = mine[-1]
        for later in reversed(self.standing):
            if later is edit:
                return edit
            if {later.event, later.target} & {edit.event, edit.target}:
                raise NotPossible("undo-first", later.target if later.target != event else later.event)
        return edit

    def check_merge(self, event: str, target: str) -> None:
        """Raises NotPossible: "same-event", or "merged" when one of the two is part of another already."""
        for one in (event, target):
            if self.into(one) != one:
                raise NotPossible("merged", self.into(one))
        if event == target:
            raise NotPossible("same-event", event)


def edit_id(kind: EditKind, event: str, target: str, posts: Sequence[str], stamp: str) -> str:
    """The id of a decision; `stamp` says who and when, so that the same one can be made again later."""
    name = "\n".join((kind, event, target, *sorted(posts), stamp))
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16, person=b"minyi.edit").hexdigest()


def split_id(event: str, posts: Sequence[str], stamp: str) -> str:
    """The id of the event that a split makes."""
    return edit_id("split", event, "", posts, stamp)

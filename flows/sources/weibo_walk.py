"""Page after page of one search or timeline, newest first, without gaps: what a walk remembers and when it may stop.

A walk stops when pages hold only posts it saw in earlier visits (of its own: what another search found says nothing
about this one's depth). Where a walk was cut (block, crash, budget) the next one reads on below that place as well.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from flows import ids

OVERLAP = 2  # pages in a row with nothing new before a walk stops: late posts, edits, unsteady order
HEAD = 80  # numbers remembered of the top of a walk
MAX_CUTS = 6
EDGE = 5


class Cut(msgspec.Struct, frozen=True, array_like=True):
    """A place below which a walk did not come."""

    page: int
    """Its page then; newer posts have moved it down since, so it is at this page or deeper."""
    edge: list[str]
    """The last numbers read there: when they are listed again, the place is found."""


class Memory(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What one walk remembers between visits; kept as JSON in the source's cursor."""

    done: list[str] = []
    """Numbers at the top of the last walk that came to its end, in its order."""
    head: list[str] = []
    """Numbers at the top of walks cut since then."""
    cuts: list[Cut] = []


@dataclass
class Walk:
    """One walk in one visit. Ask for `page`, say what it held, until `over`."""

    name: str
    memory: Memory
    page: int = 1
    over: bool = False
    listed: list[str] = field(default_factory=list)
    """Numbers seen in this visit, in order."""
    stale: bool = False
    """The page read last held nothing new."""
    _run: int = 0
    _last: Cut | None = None
    _cuts: list[Cut] = field(default_factory=list)
    _target: Cut | None = None
    _known: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._cuts = sorted(self.memory.cuts, key=lambda cut: -max(map(int, cut.edge), default=0))  # shallow ones first
        self._known = frozenset(self.memory.done) | frozenset(self.memory.head)

    def read(self, mids: Sequence[str]) -> None:
        """The page held these posts (pinned and forwarded ones left out). Sets what to do next."""
        old = self._known | frozenset(self.listed)
        self.stale = all(mid in old for mid in mids)
        self.listed += [mid for mid in dict.fromkeys(mids) if mid not in self.listed]
        passed = [cut for cut in self._cuts if not frozenset(cut.edge).isdisjoint(mids)]
        self._cuts = [cut for cut in self._cuts if cut not in passed]
        if self._target in passed:
            self._target = None
        if self._target is None:
            self._last = Cut(self.page, list(mids[-EDGE:])) if mids else self._last
        if passed or self._target is not None or not self.stale:
            self._run = 0
        elif mids:
            self._run += 1
        if self._run < OVERLAP:
            self.page += 1
        elif self._cuts:
            self._target = self._cuts[0]
            self.page, self._run = max(self._target.page - 1, self.page + 1), 0
        else:
            self.over = True

    def ended(self) -> None:
        """There are no more pages."""
        self.over = True

    def so_far(self) -> Memory:
        """What to remember when the visit ends here, before the walk is over."""
        here = [self._last] if self._last is not None and self._target is None else []
        cuts = [*here, *(cut for cut in self._cuts if cut not in here)]
        if len(cuts) > MAX_CUTS:  # lost count: read it all again
            return Memory()
        head = list(dict.fromkeys([*self.listed[:HEAD], *self.memory.head]))[: 2 * HEAD]
        return Memory(done=self.memory.done, head=head, cuts=cuts)

    def finished(self, checked: Iterable[str] = ()) -> Memory:
        """What to remember of a walk that is over. checked: posts that need not be missed again."""
        left = set(checked)
        older = [mid for mid in self.memory.done if mid not in left]
        return Memory(done=list(dict.fromkeys([*self.listed[:HEAD], *older]))[:HEAD])


def key(name: str) -> str:
    """Cursor key of a walk: an account's number must not stand there."""
    return f"walk {ids.hashed('walk', name)[:12]}"


def load(cursor: str) -> Memory:
    """The memory in a cursor value; empty for none or a damaged one."""
    try:
        return msgspec.json.decode(cursor, type=Memory) if cursor else Memory()
    except msgspec.DecodeError:
        return Memory()


def dump(memory: Memory) -> str:
    """The cursor value of a memory."""
    return msgspec.json.encode(memory).decode()

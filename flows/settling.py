"""New, changed or seen before: the accounting every way into minyi shares, and the order in which it is written.

Publish, wait for the acknowledgement, only then remember: a crash in between publishes the same ids again, and
ids are what the store goes by. The reverse order would lose posts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bus import dead_letters
from bus.api import Bus, Delivery
from bus.errors import Rejected
from bus.messages import PostCollected, PostWithdrawn, encode
from bus.topics import POSTS_COLLECTED, route
from flows.found import Refused
from store import seen
from store.engine import Store

GONE = "withdrawn"  # stands for the digest of a post that is gone at its source
CONSUMER = "collect"  # the name in the headers of the collector's dead letters


class Known(Protocol):
    """What is remembered of a post."""

    @property
    def digest(self) -> str:
        """Of title and text at the newest revision."""

    @property
    def revision(self) -> int:
        """The newest revision published."""


@dataclass(frozen=True)
class Mark:
    """One row to remember."""

    id: str
    digest: str
    revision: int


@dataclass
class Sorting:
    """Tells new, changed and known apart, also among the items of one batch."""

    known: Mapping[str, Known]
    new: int = 0
    changed: int = 0
    duplicates: int = 0
    _here: dict[str, Mark] = field(default_factory=dict)

    def place(self, id_: str, digest: str, *, revision: int = 0) -> Mark | None:
        """The mark under which this item is to be published; None for one that is known as it is.

        revision: what the item says of itself; a changed item gets at least the next one.
        """
        before = self._here.get(id_) or self.known.get(id_)
        if before is not None and before.digest == digest and revision <= before.revision:
            self.duplicates += 1
            return None
        if before is None:
            self.new += 1
            mark = Mark(id_, digest, revision)
        else:
            self.changed += 1
            mark = Mark(id_, digest, max(revision, before.revision + 1))
        self._here[id_] = mark
        return mark


def recall(store: Store, ids: Iterable[str]) -> Mapping[str, Known]:
    """What is remembered of these ids."""
    with store.read() as conn:
        return seen.known(conn, ids)


def gone(ids: Iterable[str], known: Mapping[str, Known]) -> list[Mark]:
    """The marks of those posts that were published and are not marked as gone yet."""
    there = {i: known[i] for i in ids if i in known and known[i].digest != GONE}
    return [Mark(i, GONE, k.revision + 1) for i, k in there.items()]


def rows(marks: Sequence[Mark], source: str, now: datetime) -> list[seen.SeenRow]:
    """The marks as store.seen remembers them."""
    return [(m.id, m.digest, m.revision, source, now) for m in marks]


def publish(
    bus: Bus,
    posts: Sequence[PostCollected],
    refused: Sequence[Refused],
    now: datetime,
    *,
    withdrawn: Sequence[tuple[str, str, str]] = (),
) -> int:
    """Put posts on posts.collected and refusals into the dead letters, and wait until all are safe.

    withdrawn: (id, source, jurisdiction) of posts gone at their source.
    Returns how many posts could not be encoded (they are dead letters too). Raises BusError.
    """
    failed = 0
    for post in posts:
        topic, key = route(post)
        try:
            value = encode(post)
        except Rejected as err:
            failed += 1
            _bury(bus, Refused(post.id, err.reason, b"{}"), now)
            continue
        bus.publish(topic.name, key, value)
    for id_, source, jurisdiction in withdrawn:
        gone_ = PostWithdrawn(id=id_, source=source, seen_gone_at=now, jurisdiction=jurisdiction)
        topic, key = route(gone_)
        bus.publish(topic.name, key, encode(gone_))
    for item in refused:
        _bury(bus, item, now)
    bus.flush()
    return failed


def _bury(bus: Bus, item: Refused, now: datetime) -> None:
    place = Delivery(POSTS_COLLECTED.name, 0, -1, item.id, item.raw)  # -1: it never lay on a topic
    dead_letters.write(bus, place, reason=item.reason, error=None, consumer=CONSUMER, now=now)

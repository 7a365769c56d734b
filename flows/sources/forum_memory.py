"""What a forum source remembers between visits: its boards, its lately changed threads, what it still owes. Pure.

It lives in the source's cursor as short JSON. Forgetting a thread costs requests, never posts: a thread that is not
remembered is read from its first page.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from flows.sources.forum_page import Row

THREADS_KEPT = 1_500
PIDS_KEPT = 600  # of one thread: its first and its newest
COMMENTS_KEPT = 300  # of one thread
PENDING_KEPT = 200


class BoardState(msgspec.Struct, array_like=True):
    """How far a board has been read."""

    url: str
    mark: str = ""
    until: int = 0
    """Epoch: whatever happened before was read (except below `depth`)."""
    depth: int = 0
    """Pages of its list read down to, while it is read for the first time."""
    complete: bool = False
    checked: int = 0
    child: bool = False
    """Found on another board's page, not on the home page."""
    denied: bool = False


class Thread(msgspec.Struct, array_like=True):
    """How a thread was when it was read last."""

    fid: str = ""
    replies: int = -1
    last: int = 0
    """Epoch of its newest reply as its board listed it; 0 when the list did not tell."""
    pages: int = 1
    read: int = 0
    pids: str = ""
    """Native ids of its floors, see pack_pids."""
    url: str = ""
    comments: str = ""
    """Native ids of the comments under its floors, the newest `COMMENTS_KEPT`; each begins with its floor's."""

    def row(self, tid: str) -> Row:
        """As its board listed it then."""
        return Row(
            tid=tid, url=self.url, replies=self.replies if self.replies >= 0 else None, last_at=moment(self.last)
        )

    def under(self, pids: Iterable[str]) -> list[str]:
        """Native ids of the known comments under these floors."""
        floors = set(pids)
        return [c for c in self.comments.split() if c.partition("c")[0] in floors]


class Owed(msgspec.Struct, array_like=True):
    """A thread that could not be read; it is tried again."""

    url: str
    fid: str = ""
    replies: int = -1
    last: int = 0
    tries: int = 0

    def row(self, tid: str) -> Row:
        """As its board listed it then."""
        return Row(
            tid=tid, url=self.url, replies=self.replies if self.replies >= 0 else None, last_at=moment(self.last)
        )


class Memory(msgspec.Struct):
    """All of it."""

    boards: dict[str, BoardState] = {}
    threads: dict[str, Thread] = {}
    pending: dict[str, Owed] = {}
    older: int = 0
    """Epoch: threads whose last reply is older were read and forgotten."""
    engine: str = ""
    step: int = 0
    """Posts a page of its threads (phpBB, whose addresses count posts); 0 while unknown."""
    from_zero: bool = False
    """Its threads number their replies only (unknown software)."""
    desktop: str = ""
    """Whether a forum that answers with mobile pages has the full ones too: `yes`, `no`, empty while unknown."""
    openended: bool = False
    """Its pages carry no closing tag, so a missing one says nothing."""

    def changed(self, row: Row) -> bool:
        """Whether a listed thread may hold something that was not read."""
        known, last = self.threads.get(row.tid), epoch(row.last_at)
        if known is None:
            return not (last and last <= self.older)
        if row.replies is None and not last:
            return True
        if row.newest and known.pids and row.newest not in unpack_pids(known.pids):
            return True  # one came and one went: as many replies, in the same minute
        return (row.replies is not None and row.replies != known.replies) or bool(last and abs(last - known.last) >= 60)

    def learn(self, tid: str, thread: Thread) -> None:
        """Remember a thread; the ones longest without a reply are forgotten when there are too many."""
        self.threads[tid] = thread
        self.pending.pop(tid, None)
        if len(self.threads) > THREADS_KEPT * 1.1:
            order = sorted(self.threads, key=lambda t: self.threads[t].last or self.threads[t].read)
            for old in order[: len(self.threads) - THREADS_KEPT]:
                self.older = max(self.older, self.threads.pop(old).last)

    def owe(self, tid: str, owed: Owed) -> None:
        """Remember to try a thread again."""
        before = self.pending.get(tid)
        self.pending[tid] = Owed(owed.url, owed.fid, owed.replies, owed.last, (before.tries if before else 0) + 1)
        while len(self.pending) > PENDING_KEPT:
            self.pending.pop(next(iter(self.pending)))

    def pack(self) -> dict[str, str]:
        """The cursor."""
        text = msgspec.json.encode(self).decode()
        return {"forum": text}


def unpack(cursor: Mapping[str, str]) -> Memory:
    """What the cursor holds; an empty memory when it cannot be read."""
    try:
        return msgspec.json.decode(cursor.get("forum", "") or "{}", type=Memory)
    except (msgspec.DecodeError, json.JSONDecodeError):
        return Memory()


def epoch(when: datetime | None) -> int:
    """Epoch seconds, 0 for None."""
    return int(when.timestamp()) if when is not None else 0


def moment(seconds: int) -> datetime | None:
    """The reverse of `epoch`."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def pack_pids(pids: Iterable[str]) -> str:
    """Native ids as short text: the first, then the distances, base 36; ids that are no numbers as they are."""
    listed = list(dict.fromkeys(pids))
    if len(listed) > PIDS_KEPT:
        listed = [listed[0], *listed[-PIDS_KEPT + 1 :]]
    if not all(p.isdigit() for p in listed):
        return "=" + "\t".join(listed)
    numbers = [int(p) for p in listed]
    return " ".join(_base36(b - a) for a, b in zip([0, *numbers], numbers, strict=False))


def unpack_pids(text: str) -> list[str]:
    """The ids `pack_pids` was given."""
    if text.startswith("="):
        return text[1:].split("\t") if len(text) > 1 else []
    total, out = 0, []
    for part in text.split():
        total += int(part, 36)
        out.append(str(total))
    return out


def _base36(number: int) -> str:
    digits, rest = "", abs(number)
    while rest:
        rest, digit = divmod(rest, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return ("-" if number < 0 else "") + (digits or "0")

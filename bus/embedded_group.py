"""Consumer groups on the embedded log: partitions shared between processes by leases.

A member says every third of a lease that it lives. Whoever polls removes members that have not, and computes the
fair share of every member (bus.groups.fair); each gives up what is no longer its own, then others take it. Partitions
of a living member change hands inside its own poll only, so a batch between poll and commit is never torn apart.
"""

import json
import logging
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from bus.api import Delivery, OnAssigned
from bus.embedded_file import OFFSET_BITS, clear_words, connect, delivery, identity, still_there, writing
from bus.embedded_wake import Wake, wake_members
from bus.errors import BusError, PartitionsLost
from bus.groups import Pair, fair

log = logging.getLogger(__name__)

MAX_SILENCE_S = 300.0  # a member whose thread does not poll for so long is taken for stuck, as in Kafka


class EmbeddedSubscription:
    """A member of a consumer group on the embedded log."""

    def __init__(
        self, path: Path, topics: tuple[str, ...], group: str, on_assigned: OnAssigned | None, *, lease_s: float
    ) -> None:
        self.member = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._path, self._topics, self._group = path, topics, group
        self._on_assigned = on_assigned
        self._lease_s = lease_s
        self._positions: dict[Pair, int] = {}
        self._generation = -1
        self._looked_at = 0.0
        self._file = identity(path)
        with clear_words(path):
            self._db = connect(path, synchronous="NORMAL")
            rows = self._db.execute("SELECT topic, partition, pid FROM partitions").fetchall()
        self._pids: dict[Pair, int] = {(topic, part): pid for topic, part, pid in rows if topic in topics}
        self._wake = Wake(path, self.member)
        self._pulse = _Pulse(path, self.member, lease_s)
        self._settle_ownership()
        self._pulse.start()

    def poll(self, max_messages: int, timeout_s: float) -> Sequence[Delivery]:
        """Up to `max_messages`; a hint from the writer ends the waiting at once."""
        self._pulse.touch()
        still_there(self._path, self._file)
        end = time.monotonic() + timeout_s
        with clear_words(self._path):
            while True:
                if self._ownership_may_change():
                    self._settle_ownership()
                if found := self._fetch(max_messages):
                    return found
                left = end - time.monotonic()
                if left <= 0:
                    return []
                self._wake.wait(left)

    def commit(self, deliveries: Sequence[Delivery]) -> None:
        """Mark these settled, all or none. Raises PartitionsLost."""
        self._pulse.touch()
        following: dict[Pair, int] = {}
        for d in deliveries:
            pair = (d.topic, d.partition)
            following[pair] = max(following.get(pair, 0), d.offset + 1)
        with clear_words(self._path):
            with writing(self._db):
                lost = following.keys() - self._owned()
                if not lost:
                    self._db.executemany(
                        "INSERT INTO offsets (grp, pid, next) VALUES (?, ?, ?)"
                        " ON CONFLICT (grp, pid) DO UPDATE SET next = max(next, excluded.next)",
                        [(self._group, self._pids[pair], offset) for pair, offset in following.items()],
                    )
            if lost:
                self._positions = {pair: self.committed(*pair) for pair in self._positions}
                self._generation = -1
                raise PartitionsLost(f"group {self._group}: {sorted(lost)} went to another member")

    def heartbeat(self) -> None:
        """A sign of life while one batch takes long."""
        self._pulse.touch()

    def assignment(self) -> set[Pair]:
        """(topic, partition) pairs owned now."""
        return set(self._positions)

    def committed(self, topic: str, partition: int) -> int:
        """Next offset of the group; the log's start when that is later."""
        with clear_words(self._path):
            (offset,) = self._db.execute(
                "SELECT max(p.first, coalesce(o.next, 0)) FROM partitions p"
                " LEFT JOIN offsets o ON o.pid = p.pid AND o.grp = ? WHERE p.pid = ?",
                (self._group, self._pids[topic, partition]),
            ).fetchone()
        return int(offset)

    def lag(self) -> int:
        """Messages of the owned partitions not yet committed."""
        with clear_words(self._path):
            following = dict(self._db.execute("SELECT pid, next FROM partitions"))
        return sum(following[self._pids[pair]] - self.committed(*pair) for pair in self._positions)

    def close(self) -> None:
        """Leave the group and wake the others. When the file cannot be written the lease runs out instead."""
        if self._pulse.stop():
            try:
                with clear_words(self._path), writing(self._db):
                    self._db.execute("DELETE FROM members WHERE member = ?", (self.member,))
                    self._db.execute("DELETE FROM owners WHERE grp = ? AND member = ?", (self._group, self.member))
                    peers = self._bump()
                wake_members(self._path, peers)
            except BusError as err:
                log.warning("left a group without saying so", extra={"group": self._group, "error": str(err)})
            self._wake.close()
            self._db.close()
            self._positions.clear()

    def _fetch(self, max_messages: int) -> list[Delivery]:
        heads = self._db.execute("SELECT pid, first, next FROM partitions")
        ends = {pid: (first, following) for pid, first, following in heads}
        found: list[Delivery] = []
        for pair, start in list(self._positions.items()):
            pid = self._pids[pair]
            first, following = ends[pid]
            if start < first:
                skipped = {"group": self._group, "topic": pair[0], "partition": pair[1], "count": first - start}
                log.warning("messages dropped by retention before they were read", extra=skipped)
                start = first
            if start < following:
                rows = self._db.execute(
                    "SELECT id, at, key, value, headers FROM log WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
                    ((pid << OFFSET_BITS) + start, (pid << OFFSET_BITS) + following, max_messages - len(found)),
                ).fetchall()
                found += [delivery(*pair, row) for row in rows]
                start = found[-1].offset + 1 if rows else following
            del self._positions[pair]
            self._positions[pair] = start  # to the end of the row: the next poll begins with another partition
            if len(found) == max_messages:
                break
        return found

    def _ownership_may_change(self) -> bool:
        row = self._db.execute("SELECT generation FROM generations WHERE grp = ?", (self._group,)).fetchone()
        if row is None or row[0] != self._generation:
            return True
        now = time.monotonic()
        if now - self._looked_at < self._lease_s / 2:
            return False
        self._looked_at = now
        dead = f"SELECT 1 FROM members WHERE grp = ? AND {_DEAD} LIMIT 1"
        return self._db.execute(dead, (self._group, now - self._lease_s, now)).fetchone() is not None

    def _settle_ownership(self) -> None:
        with clear_words(self._path):
            with writing(self._db):
                before = self._owned()
                peers = self._take_fair_share()
                row = self._db.execute("SELECT generation FROM generations WHERE grp = ?", (self._group,)).fetchone()
                mine = self._owned()
            self._generation = row[0] if row else 0
            wake_members(self._path, peers)
            fresh = mine - (self._positions.keys() & before)
            self._positions = {p: self.committed(*p) if p in fresh else self._positions[p] for p in sorted(mine)}
        if fresh and self._on_assigned:
            self._on_assigned(fresh)

    def _take_fair_share(self) -> list[str]:
        """Inside a transaction: bury the dead, join when not in, give up, take. Returns whom to wake."""
        now, grp = time.monotonic(), self._group
        buried = self._db.execute(
            f"DELETE FROM members WHERE grp = ? AND member != ? AND {_DEAD}",
            (grp, self.member, now - self._lease_s, now),
        ).rowcount
        self._db.execute(
            "DELETE FROM owners WHERE grp = ? AND member NOT IN (SELECT member FROM members WHERE grp = ?)", (grp, grp)
        )
        joined = self._db.execute(
            "INSERT OR IGNORE INTO members (grp, member, topics, seen) VALUES (?, ?, ?, ?)",
            (grp, self.member, json.dumps(self._topics), now),
        ).rowcount
        rows = self._db.execute("SELECT member, topics FROM members WHERE grp = ? ORDER BY seq", (grp,))
        members = {member: json.loads(topics) for member, topics in rows}
        pairs = {
            pid: (topic, part) for pid, topic, part in self._db.execute("SELECT pid, topic, partition FROM partitions")
        }
        owners = {pairs[pid]: m for pid, m in self._db.execute("SELECT pid, member FROM owners WHERE grp = ?", (grp,))}
        share = fair(members, pairs.values(), owners)
        give = [p for p, owner in owners.items() if owner == self.member and share.get(p) != self.member]
        take = [p for p, member in share.items() if member == self.member and p not in owners]
        self._db.executemany("DELETE FROM owners WHERE grp = ? AND pid = ?", [(grp, self._pids[p]) for p in give])
        self._db.executemany("INSERT INTO owners VALUES (?, ?, ?)", [(grp, self._pids[p], self.member) for p in take])
        return self._bump() if buried or joined or give or take else []

    def _bump(self) -> list[str]:
        """Tell the group, inside a transaction, that something changed; returns the other members."""
        self._db.execute(
            "INSERT INTO generations VALUES (?, 1) ON CONFLICT (grp) DO UPDATE SET generation = generation + 1",
            (self._group,),
        )
        rows = self._db.execute("SELECT member FROM members WHERE grp = ? AND member != ?", (self._group, self.member))
        return [member for (member,) in rows]

    def _owned(self) -> set[Pair]:
        rows = self._db.execute("SELECT pid FROM owners WHERE grp = ? AND member = ?", (self._group, self.member))
        pids = {pid for (pid,) in rows}
        return {pair for pair, pid in self._pids.items() if pid in pids}


_DEAD = "(seen < ? OR seen > ? + 60)"  # the clock is the machine's since boot: a time to come is from before a reboot


class _Pulse(threading.Thread):
    """Renews the lease while the member's own thread shows signs of life; ends with the process."""

    def __init__(self, path: Path, member: str, lease_s: float) -> None:
        super().__init__(name=f"pulse-{member}", daemon=True)
        self._path, self._member, self._every_s = path, member, lease_s / 3
        self._stop_it = threading.Event()
        self._alive_at = time.monotonic()

    def touch(self) -> None:
        """The member's thread is alive."""
        self._alive_at = time.monotonic()

    def stop(self) -> bool:
        """True at the first call."""
        if self._stop_it.is_set():
            return False
        self._stop_it.set()
        self.join()
        return True

    def run(self) -> None:
        """Until stopped. A file that cannot be written now is tried again; else the lease runs out."""
        db: sqlite3.Connection | None = None
        while not self._stop_it.wait(self._every_s):
            now = time.monotonic()
            if now - self._alive_at > MAX_SILENCE_S:
                continue
            try:
                db = db or connect(self._path, synchronous="NORMAL")
                db.execute("UPDATE members SET seen = ? WHERE member = ?", (now, self._member))
            except sqlite3.Error as err:
                log.warning("lease not renewed", extra={"member": self._member, "error": str(err)})
        if db is not None:
            db.close()

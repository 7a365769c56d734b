"""The embedded log keeps the contract, also between processes, and says clearly what is wrong with its file."""

import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from bus_contract import Contract, OpenBus

from bus.api import Delivery
from bus.embedded import EmbeddedBus
from bus.errors import BusUnavailable, PartitionsLost, PublishError
from bus.topics import DEAD_LETTERS, POSTS_SCORED, Topic


class TestEmbedded(Contract):
    @pytest.fixture
    def open_bus(self, topic: Topic, tmp_path: Path) -> Iterator[OpenBus]:
        opened: list[EmbeddedBus] = []

        def open_one() -> EmbeddedBus:
            opened.append(EmbeddedBus(tmp_path / "bus.db", [topic, POSTS_SCORED, DEAD_LETTERS]))
            return opened[-1]

        yield open_one
        for bus in opened:
            bus.close()


ONE = Topic("one", 1, 7)
FOUR = Topic("four", 4, 7)
POSTS = [ONE, FOUR]
NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "bus.db"


def test_the_file_is_for_its_owner_only(path: Path) -> None:
    EmbeddedBus(path, POSTS).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_full_disk_is_a_publish_error_in_clear_words_and_nothing_is_half_written(path: Path) -> None:
    with closing(EmbeddedBus(path, POSTS)) as bus:
        bus._db.execute("PRAGMA max_page_count = 40")
        bus.publish("one", "k", b"small")
        bus.flush()
        for _ in range(50):
            bus.publish("one", "k", b"x" * 10_000)
        with pytest.raises(PublishError, match="no space left on the disk"):
            bus.flush()
        assert bus.bounds("one", 0) == (0, 1)
        bus._db.execute("PRAGMA max_page_count = 4000")
        bus.flush()
        assert bus.bounds("one", 0) == (0, 1), "the queue is empty after an error: what failed is published again"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda p: p.write_text("this is a letter, not a log" * 50), "not a database"),
        (lambda p: p.mkdir(), "Is a directory"),
        (lambda p: p.parent.rmdir() or p.parent.write_text(""), "File exists"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(path: Path, spoil: Callable[[Path], object], words: str) -> None:
    path.parent.mkdir()
    spoil(path)
    with pytest.raises(BusUnavailable, match=f"bus log {path}: .*{words}"):
        EmbeddedBus(path, POSTS)


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_removed_while_in_use_is_an_error_not_a_place_to_write_to(path: Path, replaced: bool) -> None:
    with closing(EmbeddedBus(path, POSTS)) as bus, closing(bus.subscribe(["one"], "g")) as reader:
        bus.publish("one", "k", b"1")
        bus.flush()
        assert len(reader.poll(10, 0)) == 1
        for part in path.parent.iterdir():
            part.unlink()
        if replaced:
            EmbeddedBus(path, POSTS).close()
        bus.publish("one", "k", b"2")
        with pytest.raises(PublishError, match="replaced" if replaced else "No such file"):
            bus.flush()
        with pytest.raises(BusUnavailable, match=r"bus\.db"):
            reader.poll(10, 0)


def test_a_log_of_a_newer_minyi_is_left_alone(path: Path) -> None:
    EmbeddedBus(path, POSTS).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(BusUnavailable, match="written by a newer minyi"):
        EmbeddedBus(path, POSTS)


def test_a_topic_keeps_its_partitions_and_may_gain_some(path: Path) -> None:
    EmbeddedBus(path, [Topic("t", 2, 7)]).close()
    for asked, kept in ((1, 2), (3, 3), (2, 3)):
        with closing(EmbeddedBus(path, [Topic("t", asked, 7)])) as bus:
            assert bus.partitions("t") == kept


def test_old_messages_go_after_their_topics_days_and_new_ones_stay(path: Path) -> None:
    clock = [NOW - timedelta(days=8)]
    with closing(EmbeddedBus(path, [ONE, Topic("long", 1, 30)], now=lambda: clock[0])) as bus:
        for topic in ("one", "long"):
            for n in range(5000):
                bus.publish(topic, "k", str(n).encode())
        bus.flush()
        clock[0] = NOW
        bus.publish("one", "k", b"new")
        bus.flush()
        assert bus.retain() == 5000
        assert (bus.bounds("one", 0), bus.bounds("long", 0)) == ((5000, 5001), (0, 5000))
        assert [d.value for d in bus.read("one", 0, 0, 9999)] == [b"new"]
        assert bus.group_lag("never", ["one"]) == 1
        assert bus.offset_at("one", 0, NOW - timedelta(days=99)) == 5000
        subscription = bus.subscribe(["one"], "late")
        assert [d.value for d in subscription.poll(10, 0)] == [b"new"]
        clock[0] = NOW + timedelta(days=8)
        bus.retain()
        assert bus.bounds("one", 0) == (5001, 5001)
        bus.publish("one", "k", b"newer")
        bus.flush()
        assert bus.bounds("one", 0) == (5001, 5002), "offsets are never used again"


def test_a_clock_that_runs_backwards_does_not_break_the_search_by_time(path: Path) -> None:
    clock = [NOW]
    with closing(EmbeddedBus(path, POSTS, now=lambda: clock[0])) as bus:
        for minutes in (0, -30, 10):
            clock[0] = NOW + timedelta(minutes=minutes)
            bus.publish("one", "k", b"v")
            bus.flush()
        assert [d.appended_at for d in bus.read("one", 0, 0, 9)] == [NOW, NOW, NOW + timedelta(minutes=10)]
        assert bus.offset_at("one", 0, NOW + timedelta(minutes=1)) == 2


def test_a_member_that_fell_silent_loses_its_partitions_and_cannot_commit(path: Path) -> None:
    with closing(EmbeddedBus(path, POSTS, lease_s=0.3)) as a, closing(EmbeddedBus(path, POSTS, lease_s=0.3)) as b:
        for n in range(20):
            a.publish("four", f"k{n}", b"v")
        a.flush()
        silent = a.subscribe(["four"], "g")
        held = silent.poll(99, 1)
        silent._pulse.stop()
        heir = b.subscribe(["four"], "g")
        found: list[Delivery] = []
        end = time.monotonic() + 10
        while len(found) < 20 and time.monotonic() < end:
            found += heir.poll(99, 0.1)
        assert len(found) == len(held) == 20
        with pytest.raises(PartitionsLost):
            silent.commit(held)
        heir.commit(found)
        assert a.group_lag("g", ["four"]) == 0
        silent._pulse = type(silent._pulse)(path, silent.member, 0.3)  # it wakes up again: a member like any other
        silent._pulse.start()
        while len(silent.assignment()) != 2 and time.monotonic() < end:
            assert not silent.poll(1, 0.02)
            assert not heir.poll(1, 0.02)
        assert len(silent.assignment()) == len(heir.assignment()) == 2


def test_a_member_from_before_a_reboot_is_dead(path: Path) -> None:
    with closing(EmbeddedBus(path, POSTS)) as bus:
        bus._db.execute(
            "INSERT INTO members (grp, member, topics, seen) VALUES ('g', 'old', '[\"four\"]', ?)",
            (time.monotonic() + 1e6,),
        )
        bus._db.execute("INSERT INTO owners SELECT 'g', pid, 'old' FROM partitions")
        subscription = bus.subscribe(["four"], "g")
        subscription.poll(1, 0)
        assert len(subscription.assignment()) == 4


def test_a_waiting_reader_hears_of_a_message_in_milliseconds_and_sleeps_otherwise(path: Path) -> None:
    waited: list[float] = []

    def listen() -> None:
        with closing(EmbeddedBus(path, POSTS)) as bus:
            subscription = bus.subscribe(["one"], "g")
            ready.set()
            while len(waited) < 20:
                for d in subscription.poll(10, 5):
                    waited.append(time.monotonic() - float(d.value))
                    subscription.commit([d])

    ready = threading.Event()
    thread = threading.Thread(target=listen)
    with closing(EmbeddedBus(path, POSTS)) as bus:
        thread.start()
        ready.wait(5)
        used = time.process_time()
        time.sleep(1)
        assert time.process_time() - used < 0.2, "an idle reader does not spin"
        for _ in range(20):
            bus.publish("one", "k", repr(time.monotonic()).encode())
            bus.flush()
            time.sleep(0.02)
        thread.join(10)
    assert sorted(waited)[10] < 0.04, f"median {sorted(waited)[10]:.4f} s: the hint is faster than the poll"


def test_many_may_open_a_new_log_at_once(path: Path) -> None:
    failed: list[BaseException] = []

    def open_and_write(n: int) -> None:
        try:
            with closing(EmbeddedBus(path, POSTS)) as bus:
                bus.publish("one", f"k{n}", b"v")
                bus.flush()
        except BaseException as err:
            failed.append(err)

    threads = [threading.Thread(target=open_and_write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    with closing(EmbeddedBus(path, POSTS)) as bus:
        assert bus.bounds("one", 0) == (0, 8)


def test_a_long_queue_is_written_out_before_flush(path: Path) -> None:
    with closing(EmbeddedBus(path, POSTS)) as bus:
        for _ in range(1001):
            bus.publish("one", "k", b"v")
        assert bus.bounds("one", 0) == (0, 1000)
        bus.flush()
        assert bus.bounds("one", 0) == (0, 1001)

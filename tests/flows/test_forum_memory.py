"""What a forum source remembers between visits survives its cursor."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from flows.sources.forum_memory import PIDS_KEPT, THREADS_KEPT, Memory, Thread, pack_pids, unpack, unpack_pids
from flows.sources.forum_page import Row

WHEN = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@given(st.lists(st.integers(min_value=0, max_value=10**15).map(str), unique=True, max_size=PIDS_KEPT))
def test_post_numbers_come_back_as_they_were(pids: list[str]) -> None:
    assert unpack_pids(pack_pids(pids)) == pids


@given(st.lists(st.from_regex(r"[a-z0-9.]{1,8}", fullmatch=True), unique=True, max_size=20))
def test_post_names_that_are_no_numbers_come_back_too(pids: list[str]) -> None:
    back = unpack_pids(pack_pids(pids))
    assert [int(p) if p.isdigit() and all(q.isdigit() for q in pids) else p for p in back] == [
        int(p) if p.isdigit() and all(q.isdigit() for q in pids) else p for p in pids
    ]


def test_of_a_very_long_thread_the_first_and_the_newest_are_kept() -> None:
    pids = [str(n) for n in range(1, 5000)]
    back = unpack_pids(pack_pids(pids))
    assert len(back) == PIDS_KEPT
    assert (back[0], back[-1]) == ("1", "4999")


def test_a_thread_has_changed_when_its_replies_or_its_last_reply_have() -> None:
    memory = Memory(threads={"5": Thread(replies=3, last=int(WHEN.timestamp()))})
    assert not memory.changed(Row(tid="5", url="", replies=3, last_at=WHEN))
    assert not memory.changed(Row(tid="5", url="", replies=3))
    assert memory.changed(Row(tid="5", url="", replies=4, last_at=WHEN))
    assert memory.changed(Row(tid="5", url="", replies=2, last_at=WHEN))
    assert memory.changed(Row(tid="5", url="", replies=3, last_at=WHEN.replace(minute=5)))
    assert memory.changed(Row(tid="5", url=""))
    assert memory.changed(Row(tid="6", url="", replies=0))


def test_forgotten_threads_are_the_oldest_and_are_not_taken_for_new() -> None:
    memory = Memory()
    for number in range(THREADS_KEPT * 2):
        memory.learn(str(number), Thread(replies=0, last=1_000_000 + number * 100))
    assert len(memory.threads) <= THREADS_KEPT * 1.1
    assert str(THREADS_KEPT * 2 - 1) in memory.threads
    assert not memory.changed(Row(tid="0", url="", replies=0, last_at=datetime.fromtimestamp(1_000_000, UTC)))
    assert memory.changed(Row(tid="0", url="", replies=1, last_at=WHEN))


def test_a_cursor_that_cannot_be_read_is_an_empty_memory() -> None:
    assert unpack({"forum": '{"threads": 5}'}) == Memory()
    assert unpack({}) == Memory()
    memory = Memory(engine="discuz", threads={"5": Thread(replies=3, pids="1a", url="http://x/")})
    assert unpack(memory.pack()) == memory

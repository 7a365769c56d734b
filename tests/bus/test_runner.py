"""The loop: one outcome per message, nothing lost, and the right way to stop."""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire import NOW, post, wire_values

from bus import dead_letters
from bus.api import Bus, Delivery
from bus.errors import BusUnavailable, DeadLetterBudgetExceeded, PublishError, Rejected, Transient
from bus.memory import MemoryBus
from bus.messages import AlertCleared, Message, PostCollected, PostScored, decode, encode
from bus.runner import Outcomes, Result, each, run
from bus.state import Settled
from bus.topics import DEAD_LETTERS, POSTS_COLLECTED, POSTS_SCORED, Topic

ONE = Topic("posts.collected", 1, 14)
TOPICS = [ONE, POSTS_SCORED, Topic("alerts.raised", 1, 90), DEAD_LETTERS]


def bus_with(raw: Sequence[bytes], topics: Sequence[Topic] = TOPICS) -> MemoryBus:
    bus = MemoryBus(topics)
    for n, value in enumerate(raw):
        bus.publish(POSTS_COLLECTED.name, f"k{n}", value)
    bus.flush()
    return bus


def go(bus: Bus, handle: Callable[[Sequence[Message]], Sequence[Result]], **more: Any) -> Outcomes:
    settings: dict[str, Any] = {"stop": threading.Event(), "until_idle": True, **more}
    return run(bus, group="score", sources=[POSTS_COLLECTED], handle=handle, now=lambda: NOW, **settings)


def scored(message: Message) -> list[Message]:
    """By the post's number: three of five are scored, one is skipped, one is refused; 97 and 98 are bugs."""
    assert isinstance(message, PostCollected)
    n = int(message.id.removeprefix("post-"))
    if n in (97, 98):
        raise KeyError(message.id)
    if n % 5 == 3:
        return []
    if n % 5 == 4:
        raise Rejected("not-chinese")
    return [PostScored(id=message.id, text=message.text, published_at=NOW, collected_at=NOW, jurisdiction="澜汀市")]


@given(st.lists(wire_values, max_size=20), st.integers(1, 9), st.sampled_from([[ONE, *TOPICS[1:]], None]))
def test_every_message_has_exactly_one_outcome(raw: list[bytes], max_batch: int, topics: list[Topic] | None) -> None:
    bus = bus_with(raw, topics or [POSTS_COLLECTED, POSTS_SCORED, DEAD_LETTERS])
    outcomes = go(bus, each(scored), max_batch=max_batch, max_bugs_in_a_row=99)
    dead = dead_letters.letters(bus)
    assert outcomes.total() == len(raw)
    assert bus.group_lag("score", [POSTS_COLLECTED.name]) == 0
    assert len(dead) == outcomes["rejected"] + outcomes["bug"]
    assert len(bus.all(POSTS_SCORED.name)) == outcomes["published"]
    assert {letter.value for letter in dead} <= set(raw)
    assert sorted((x.partition, x.offset) for x in dead) == sorted({(x.partition, x.offset) for x in dead})


@given(st.lists(st.integers(0, 99), max_size=30), st.integers(0, 30), st.integers(1, 9))
def test_a_crash_anywhere_loses_nothing(numbers: list[int], crash_after: int, max_batch: int) -> None:
    """Killed between flush and commit (the worst moment), then started again: repeats are allowed, losses are not."""
    bus = bus_with([encode(post(n)) for n in numbers])
    commits = 0
    real = bus.subscribe

    def subscribe(*args: Any, **more: Any) -> Any:
        member = real(*args, **more)
        commit = member.commit

        def fragile(deliveries: Sequence[Delivery]) -> None:
            nonlocal commits
            commits += 1
            if commits == crash_after:
                raise BusUnavailable("killed")
            commit(deliveries)

        member.commit = fragile  # type: ignore[method-assign]
        return member

    bus.subscribe = subscribe  # type: ignore[method-assign]
    try:
        go(bus, each(scored), max_batch=max_batch, max_bugs_in_a_row=99)
    except BusUnavailable:
        go(bus, each(scored), max_batch=max_batch, max_bugs_in_a_row=99)
    wanted = {f"post-{n}" for n in numbers if n not in (97, 98) and n % 5 < 3}
    assert {decode(d.value).id for d in bus.all(POSTS_SCORED.name)} == wanted
    buried = {letter.offset for letter in dead_letters.letters(bus)}
    assert buried == {i for i, n in enumerate(numbers) if n in (97, 98) or n % 5 == 4}


def test_a_dead_letter_keeps_the_bytes_and_says_what_happened() -> None:
    bus = bus_with([encode(post(1)), encode(post(97)), b"\xff\xfe"])
    go(bus, each(scored))
    bug, undecodable = sorted(dead_letters.letters(bus), key=lambda letter: letter.offset)
    assert (bug.reason, bug.error, bug.value) == ("bug", "KeyError('post-97')", encode(post(97)))
    assert bug.at.startswith("tests/bus/test_runner.py:")
    assert (bug.consumer, bug.time) == ("score", NOW.isoformat())
    assert (bug.topic, bug.partition, bug.offset, bug.key) == ("posts.collected", 0, 1, "k1")
    assert (undecodable.reason, undecodable.value) == ("undecodable", b"\xff\xfe")


def test_a_dead_letter_says_where_also_when_the_handler_returned_it_unraised() -> None:
    bus = bus_with([encode(post(4))])
    go(bus, lambda messages: [Rejected("spam") for _ in messages])
    (letter,) = dead_letters.letters(bus)
    assert letter.reason == "spam"
    assert letter.at.startswith("tests/bus/test_runner.py:")


def test_an_output_that_cannot_be_encoded_rejects_its_input() -> None:
    bus = bus_with([encode(post(1)), encode(post(2))])
    fine, broken = scored(post(1)), scored(post(2, text="\ud800"))

    assert go(bus, lambda _: [fine, [*fine, *broken]]) == Outcomes({"published": 1, "rejected": 1})
    assert [letter.reason for letter in dead_letters.letters(bus)] == ["unencodable"]
    assert len(bus.all(POSTS_SCORED.name)) == 1, "nothing of a refused result is published"


def test_only_the_guilty_message_of_a_batch_is_a_bug() -> None:
    bus = bus_with([encode(post(n)) for n in range(3)])
    batches: list[int] = []

    def handle(messages: Sequence[Message]) -> list[Result]:
        batches.append(len(messages))
        if any(isinstance(m, PostCollected) and m.id == "post-1" for m in messages):
            raise ZeroDivisionError
        return [[] for _ in messages]

    assert go(bus, handle) == Outcomes({"skipped": 2, "bug": 1})
    assert batches == [3, 1, 1, 1]


def test_a_wrong_number_of_results_is_a_bug() -> None:
    bus = bus_with([encode(post(0))])
    assert go(bus, lambda _: []) == Outcomes({"bug": 1})


def test_a_rejected_raised_for_a_batch_finds_its_message() -> None:
    def handle(messages: Sequence[Message]) -> list[Result]:
        return [scored(m) for m in messages]

    assert go(bus_with([encode(post(n)) for n in range(5)]), handle) == Outcomes(
        {"published": 3, "skipped": 1, "rejected": 1}
    )


def test_bugs_in_a_row_stop_the_consumer() -> None:
    bus = bus_with([encode(post(97)) for _ in range(9)])
    with pytest.raises(DeadLetterBudgetExceeded, match=r"4 handler bugs in a row.*KeyError at tests/bus/test_runner"):
        go(bus, each(scored), max_bugs_in_a_row=3)
    assert len(dead_letters.letters(bus)) == 3
    assert bus.group_lag("score", [ONE.name]) == 6, "the fourth and the later ones wait for a repair"


def test_a_good_message_between_bugs_resets_the_budget() -> None:
    bus = bus_with([encode(post(n)) for n in (97, 98, 1, 97, 98, 1)])
    assert go(bus, each(scored), max_bugs_in_a_row=2)["bug"] == 4


def test_an_exception_of_a_handler_that_is_not_pure_stops_without_commit() -> None:
    bus = bus_with([encode(post(97))])
    with pytest.raises(KeyError):
        go(bus, each(scored), pure=False)
    assert bus.group_lag("score", [ONE.name]) == 1


def test_a_dead_letter_that_cannot_be_written_stops_the_consumer() -> None:
    bus = bus_with([encode(post(1)), b"?"])

    def broken() -> None:
        raise PublishError("no space left")

    bus.flush = broken  # type: ignore[method-assign]
    with pytest.raises(PublishError):
        go(bus, each(scored))
    assert bus.group_lag("score", [ONE.name]) == 2


def test_a_bus_error_inside_a_handler_is_not_a_bug() -> None:
    bus = bus_with([encode(post(1))])

    def handle(messages: Sequence[Message]) -> list[Result]:
        raise BusUnavailable("gone")

    with pytest.raises(BusUnavailable):
        go(bus, handle)


def test_a_transient_failure_brings_the_same_messages_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bus.runner.PAUSES_S", (0.01,))
    bus = bus_with([encode(post(n)) for n in range(3)])
    seen: list[list[str]] = []

    def handle(messages: Sequence[Message]) -> list[Result]:
        seen.append([m.id for m in messages])
        if len(seen) < 3:
            raise Transient("database busy")
        return [[] for _ in messages]

    assert go(bus, handle) == Outcomes({"skipped": 3})
    assert seen == [["post-0", "post-1", "post-2"]] * 3


def test_other_partitions_are_settled_before_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bus.runner.PAUSES_S", (0.01,))
    bus = bus_with([encode(post(n)) for n in range(8)], [POSTS_COLLECTED, DEAD_LETTERS])
    lag: list[int] = []

    def handle(messages: Sequence[Message]) -> list[Result]:
        lag.append(bus.group_lag("score", [POSTS_COLLECTED.name]))
        if len(lag) in (2, 3):
            raise Transient("database busy")
        return [[] for _ in messages]

    assert go(bus, handle)["skipped"] == 8
    assert lag[:2] == [8, 8]
    assert lag[2] == lag[3] < 8, "the first partition was committed before the second one waited"


def test_stop_during_a_pause_leaves_the_messages_uncommitted() -> None:
    bus = bus_with([encode(post(1))])
    stop = threading.Event()

    def handle(messages: Sequence[Message]) -> list[Result]:
        stop.set()
        raise Transient("database busy")

    assert go(bus, handle, stop=stop) == Outcomes()
    assert bus.group_lag("score", [ONE.name]) == 1


def test_lost_partitions_are_dropped_and_the_loop_goes_on() -> None:
    bus = bus_with([encode(post(0))])
    calls = 0

    def handle(messages: Sequence[Message]) -> list[Result]:
        nonlocal calls
        calls += 1
        if calls == 1:
            bus.expire(next(iter(bus._members["score"].values())))
        return [[] for _ in messages]

    assert go(bus, handle) == Outcomes({"skipped": 1}), "counted once although handled twice"
    assert calls == 2


class Counting:
    """A consumer with state: how often it saw each post; a bug half way leaves a trace."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, int], list[str]] = {}
        self.rebuilt: list[list[str]] = []

    def handle(self, messages: Sequence[Message]) -> list[Result]:
        for message in messages:
            self.seen.setdefault((ONE.name, 0), []).append(message.id)
            if message.id == "post-97":
                raise KeyError
        return [[] for _ in messages]

    def rebuild(self, partition: tuple[str, int], settled: Iterable[Message]) -> None:
        self.seen[partition] = [m.id for m in settled]
        self.rebuilt.append(list(self.seen[partition]))

    def forget(self, partition: tuple[str, int]) -> None:
        self.seen.pop(partition, None)


def test_state_is_rebuilt_up_to_the_committed_offset_without_what_was_buried() -> None:
    bus = bus_with([encode(post(1)), b"?", encode(post(97)), encode(post(2))])
    go(bus, Counting().handle)
    bus.publish(ONE.name, "k", encode(post(3)))
    bus.flush()
    later = Counting()
    go(bus, later.handle, rebuild=later.rebuild, forget=later.forget)
    assert later.rebuilt == [["post-1", "post-2"]]
    assert later.seen[ONE.name, 0] == ["post-1", "post-2", "post-3"]


def test_the_dead_letters_are_read_once_for_all_partitions_that_are_rebuilt() -> None:
    bus = bus_with([encode(post(n)) for n in (1, 2, 97, 3, 4, 5, 6, 7)], [POSTS_COLLECTED, POSTS_SCORED, DEAD_LETTERS])
    go(bus, each(scored))
    read, looks = bus.read, list[str]()
    bus.read = lambda topic, *where: (looks.append(topic), read(topic, *where))[1]  # type: ignore[method-assign]
    later = Counting()
    go(bus, later.handle, rebuild=later.rebuild)
    assert sorted(ident for part in later.rebuilt for ident in part) == [f"post-{n}" for n in (1, 2, 3, 5, 6, 7)]
    assert looks.count(POSTS_COLLECTED.name) == len(later.rebuilt) > 1
    assert looks.count(DEAD_LETTERS.name) == 1


def test_what_is_settled_can_be_read_again_from_any_append_time() -> None:
    clock = [NOW - timedelta(hours=3)]
    bus = MemoryBus(TOPICS, now=lambda: clock[0])
    for n in range(3):
        bus.publish(ONE.name, "k", encode(post(n)))
        bus.flush()
        clock[0] += timedelta(hours=1)
    go(bus, Counting().handle)
    bus.publish(ONE.name, "k", encode(post(3)))
    bus.flush()
    found: list[object] = []

    def rebuild(partition: tuple[str, int], settled: Settled) -> None:
        found.append([m.id for m in settled.since(NOW - timedelta(hours=2))])
        found.append([m.id for m in settled])
        found.append([settled.reach_before(NOW - timedelta(hours=hours)) for hours in (4, 3, 2, 0, -1)])

    go(bus, Counting().handle, rebuild=rebuild)
    assert found == [["post-1", "post-2"], ["post-0", "post-1", "post-2"], [False, False, True, True, True]]


def test_a_bug_half_way_through_a_batch_leaves_no_trace_in_the_state() -> None:
    bus = bus_with([encode(post(n)) for n in (1, 2, 97, 3)])
    state = Counting()
    assert go(bus, state.handle, rebuild=state.rebuild)["bug"] == 1
    assert state.seen[ONE.name, 0] == ["post-1", "post-2", "post-3"]


def test_a_batch_that_broke_is_not_counted_twice_when_its_messages_are_fine_alone() -> None:
    bus = bus_with([encode(post(n)) for n in (1, 2, 3)])
    state = Counting()

    def handle(messages: Sequence[Message]) -> list[Result]:
        results = state.handle(messages)
        if len(messages) > 1:
            raise MemoryError
        return results

    assert go(bus, handle, rebuild=state.rebuild) == Outcomes({"skipped": 3})
    assert state.seen[ONE.name, 0] == ["post-1", "post-2", "post-3"]


def test_state_that_is_still_right_is_not_rebuilt() -> None:
    bus = bus_with([encode(post(1)), encode(post(2))])
    state = Counting()
    ticks = 0

    def on_tick(now: datetime) -> None:
        nonlocal ticks
        ticks += 1
        if ticks == 1:  # nothing is in hand: the partition leaves and comes back as it was
            bus.expire(next(iter(bus._members["score"].values())))

    go(bus, state.handle, rebuild=state.rebuild, on_tick=on_tick, tick_s=0, max_batch=1)
    assert ticks > 1
    assert state.rebuilt == [[]]
    assert state.seen[ONE.name, 0] == ["post-1", "post-2"]


def test_state_of_a_lost_partition_is_forgotten_and_rebuilt() -> None:
    bus = bus_with([encode(post(1)), encode(post(2))])
    state = Counting()
    thief = [True]

    def handle(messages: Sequence[Message]) -> list[Result]:
        results = state.handle(messages)
        if thief and len(state.seen[ONE.name, 0]) == 2:
            thief.clear()
            bus.expire(next(iter(bus._members["score"].values())))
        return results

    go(bus, handle, rebuild=state.rebuild, forget=state.forget, max_batch=1)
    assert state.rebuilt == [[], ["post-1"]]
    assert state.seen[ONE.name, 0] == ["post-1", "post-2"]


def test_ticks_come_between_batches_and_may_publish() -> None:
    bus = bus_with([encode(post(n)) for n in range(5)])
    ticks: list[datetime] = []
    clear = AlertCleared(
        id="a-clear", event="e", previous_level="red", headline="云溯区路口", words="已平息", cleared_at=NOW
    )

    def on_tick(now: datetime) -> list[Message]:
        ticks.append(now)
        return [clear] if len(ticks) == 1 else []

    go(bus, each(scored), on_tick=on_tick, tick_s=0, max_batch=1)
    assert len(ticks) >= 6
    assert [decode(d.value) for d in bus.all("alerts.raised")] == [clear]


def test_a_transient_tick_is_put_off() -> None:
    ticks: list[datetime] = []

    def on_tick(now: datetime) -> None:
        ticks.append(now)
        if len(ticks) == 1:
            raise Transient("database busy")

    go(bus_with([b"?"]), each(scored), on_tick=on_tick, tick_s=0)
    assert len(ticks) >= 2


def test_a_set_stop_ends_a_consumer_that_has_nothing_to_do() -> None:
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    assert go(bus_with([]), each(scored), stop=stop, until_idle=False) == Outcomes()


def test_no_text_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bus = bus_with([encode(post(n)) for n in (1, 3, 4, 97)] + ["云溯区路口".encode(), b'{"type":"post.collected.v1"}'])
    go(bus, each(lambda m: [] if m.id == "post-1" else [][len(m.text)]))
    lines = [str(vars(record)) for record in caplog.records]
    assert len([r for r in caplog.records if r.message == "settled"]) == 6
    assert not [line for line in lines if "云溯" in line or "红灯" in line]

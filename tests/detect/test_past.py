"""The past read again: what the detector was fed, in its order, no more and no less."""

from datetime import datetime, timedelta
from itertools import chain

import pytest
from detect_make import CITY, at, crisis, scored

from bus import dead_letters
from bus.memory import MemoryBus
from bus.messages import AlertCleared, AlertRaised, Message, PostScored, PostWithdrawn, encode
from bus.topics import POSTS_SCORED, route
from config.alerts import AlertRules, load_alerts
from consumers.detect import Detector
from consumers.past import PastLog, Step, played
from models.drill import DRILL

NAME = POSTS_SCORED.name


@pytest.fixture(scope="module")
def rules() -> AlertRules:
    return load_alerts()


def fill(bus: MemoryBus, *messages: Message) -> None:
    for message in messages:
        topic, key = route(message, sink=POSTS_SCORED)
        bus.publish(topic.name, key, encode(message))
    bus.flush()


def read(log: PastLog) -> list[Message]:
    return [step.message for p in log.partitions for step in log.steps(p)]


def raised(log: PastLog, *detectors: Detector) -> list[list[AlertRaised]]:
    parts = [part for p in log.partitions for part in played(log.steps(p), detectors, log.clears(p))]
    return [list(chain.from_iterable(part.alerts[n] for part in parts)) for n in range(len(detectors))]


def test_it_reads_what_detection_was_fed_and_skips_what_it_gave_up_on() -> None:
    bus = MemoryBus()
    posts = [scored(n, n) for n in range(4)]
    gone = PostWithdrawn(id="p0", source="微博", seen_gone_at=at(9), jurisdiction=CITY)
    fill(bus, *posts, gone)
    bus.publish(NAME, CITY, b"no message")
    bus.flush()
    bad = next(d for d in bus.all(NAME) if b'"p2"' in d.value)
    dead_letters.write(bus, bad, reason="bug", error=ValueError("x"), consumer="detect", now=at(9))
    other = next(d for d in bus.all(NAME) if b'"p3"' in d.value)
    dead_letters.write(bus, other, reason="bug", error=ValueError("x"), consumer="archive", now=at(9))
    bus.flush()
    assert read(PastLog(bus)) == [posts[0], posts[1], posts[3], gone]


def test_one_jurisdiction_is_read_from_its_partition_alone() -> None:
    bus = MemoryBus()
    here, there = scored(1, 0), scored(2, 0, jurisdiction="望汐区")
    fill(bus, here, there)
    log = PastLog(bus, jurisdiction=CITY)
    assert len(log.partitions) == 1
    assert read(log) == [here]
    assert set(map(str, read(PastLog(bus)))) == {str(here), str(there)}


def test_a_drill_is_left_out_unless_it_is_asked_for() -> None:
    bus = MemoryBus()
    drill = scored("drill", 0, jurisdiction=DRILL)
    fill(bus, drill, scored(1, 0))
    assert read(PastLog(bus)) == [scored(1, 0)]
    assert read(PastLog(bus, jurisdiction=DRILL)) == [drill]


def test_all_detectors_see_the_same_past_and_nothing_is_written(rules: AlertRules) -> None:
    bus = MemoryBus()
    posts = crisis(400)  # more than one batch
    fill(bus, *posts)
    alone = [m for result in Detector(rules).handle(posts) for m in result if isinstance(m, AlertRaised)]
    assert len(alone) >= 3
    ends = {p: bus.bounds(NAME, p) for p in range(bus.partitions(NAME))}
    assert raised(PastLog(bus), Detector(rules), Detector(rules)) == [alone, alone]
    assert {p: bus.bounds(NAME, p) for p in range(bus.partitions(NAME))} == ends
    assert bus.all("alerts.raised") == []


def lived(bus: MemoryBus, clock: list[datetime], *parts: list[PostScored]) -> list[AlertRaised]:
    """What a running detector says of the parts as they are collected, and of the hours of silence after each."""
    live = Detector(load_alerts())
    said: list[Message] = []
    for part in parts:
        clock[0] = part[-1].collected_at
        fill(bus, *part)
        said += chain.from_iterable(live.handle(part))
        for hours in (0.1, 0.5, 13.0):
            clock[0] = part[-1].collected_at + timedelta(hours=hours)
            struck = live.tick(clock[0])
            fill(bus, *struck)
            said += struck
    assert any(isinstance(m, AlertCleared) for m in said)
    return [m for m in said if isinstance(m, AlertRaised)]


def forwards(minutes: float, **more: datetime) -> list[PostScored]:
    return [
        scored(f"r{n}", minutes + n * 0.1, text="转发微博", repost_of="root", kind="repost", **more) for n in range(40)
    ]


def unclocked(*parts: list[PostScored]) -> list[AlertRaised]:
    steps = [Step(p, p.collected_at) for p in chain.from_iterable(parts)]
    return list(chain.from_iterable(part.alerts[0] for part in played(steps, [Detector(load_alerts())])))


def test_an_all_clear_of_the_wall_clock_strikes_between_the_messages_it_fell_between(rules: AlertRules) -> None:
    clock = [at(0)]
    bus = MemoryBus(now=lambda: clock[0])
    first, again = crisis(40), forwards(700, collected_at=at(850))  # twelve hours by the wall, not by the posts
    expected = lived(bus, clock, first, again)
    assert raised(PastLog(bus), Detector(rules))[0] == expected
    assert unclocked(first, again) != expected  # the clock plays a part here


def test_a_silence_ends_an_event_also_where_no_clock_strikes_in_it() -> None:
    clock = [at(0)]
    first, again = crisis(40), forwards(1600)
    expected = lived(MemoryBus(now=lambda: clock[0]), clock, first, again)
    assert len(expected) > len(unclocked(first))
    assert unclocked(first, again) == expected


def test_an_untouched_log_is_whole_and_says_how_much_there_is() -> None:
    bus = MemoryBus()
    fill(bus, scored(1, 0), scored(2, 0, jurisdiction="望汐区"))
    log = PastLog(bus)
    assert log.messages == 2
    assert [log.kept_from(p) for p in log.partitions] == [None] * len(log.partitions)
    assert sum(log.here(p, CITY) for p in log.partitions) == 1

"""What a restart brings back: as if the detector had never stopped, however long an event lives."""

import random
import threading
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from detect_make import CITY, at, crisis, scored

from bus.groups import Pair, key_bytes, partition_of
from bus.memory import MemoryBus
from bus.messages import AlertRaised, EventChanged, EventEdited, Message, PostScored, decode, encode
from bus.runner import run
from bus.state import Settled
from bus.topics import ALERTS_RAISED, EVENTS_CHANGED, POSTS_SCORED, route
from config.alerts import load_alerts
from consumers.detect import Detector
from consumers.place import Place
from consumers.recall import recall
from models.clusters import Clusterer
from models.events import event_id

DAY = 1440.0
HERE = (POSTS_SCORED.name, partition_of(key_bytes(CITY), POSTS_SCORED.partitions))
WORDS = [f"{a}{b}" for a in "甲乙丙丁戊己庚辛壬癸" for b in "山水木火土金石玉竹松"]


def forward(name: str, day: float, of: str) -> PostScored:
    return scored(name, day * DAY, text="转发微博", kind="repost", repost_of=of, **_nothing())


def _nothing() -> dict[str, Any]:
    """What the analysis says of a forward without words."""
    said = {"sentiment": 0, "sentiment_score": 0.0, "attitude": None, "relevance": 0.0}
    return {**said, "relevant": False, "category": None}


def long_event(days: int) -> list[PostScored]:
    """An accusation, a forward of it every second day, and on the last day a hundred within ten minutes."""
    kept = [forward(f"kept-{day}", day, "root") for day in range(2, days, 2)]
    return [*crisis(1), *kept, *(forward(f"late-{n}", days + n / 14400, "root") for n in range(100))]


def topics(seed: int, days: int) -> list[PostScored]:
    """Fifty happenings that live from hours to four weeks, told with few words and forwarded."""
    dice, posts = random.Random(seed), []
    for topic in range(50):
        start, words, known = dice.random() * days, dice.sample(WORDS, 8), list[str]()
        day, end = start, min(start + 10 ** dice.uniform(-1, 1.45), days)
        while day < end:
            name = f"{topic}-{len(known)}"
            if known and dice.random() < 0.5:
                posts.append(forward(name, day, dice.choice(known)))
            else:
                said = dice.sample(words, 5)
                posts.append(scored(name, day * DAY, text=",".join(said), tokens=said))
            known.append(posts[-1].id)
            day += dice.expovariate(1) * (0.002 if len(known) % 40 > 25 else 0.35)
    return sorted(posts, key=lambda post: post.collected_at)


def on_the_bus(log: Sequence[Message], stops: Sequence[float]) -> list[Message]:
    """What a detect consumer that is stopped at these days, and started anew, publishes about a log."""
    clock = [at(0)]
    bus = MemoryBus(now=lambda: clock[0])
    for until in (*(at(day * DAY) for day in stops), datetime.max.replace(tzinfo=at(0).tzinfo)):
        detector = Detector(load_alerts())

        def rebuild(pair: Pair, settled: Settled, detector: Detector = detector) -> None:
            recall(detector, pair, settled, clock[0])

        for message in (m for m in log if isinstance(m, PostScored) and clock[0] <= m.collected_at < until):
            clock[0] = message.collected_at
            topic, key = route(message, sink=POSTS_SCORED)
            bus.publish(topic.name, key, encode(message))
            bus.flush()
        clock[0] = min(until, clock[0] + timedelta(minutes=1))
        run(
            bus,
            group="detect",
            sources=(POSTS_SCORED,),
            handle=detector.handle,
            rebuild=rebuild,
            forget=detector.forget,
            stop=threading.Event(),
            now=lambda: clock[0],
            max_batch=1,
            until_idle=True,
        )
    return [decode(d.value) for topic in (ALERTS_RAISED, EVENTS_CHANGED) for d in bus.all(topic.name)]


class Log:
    """Settled messages by the time of their collection; knows how often it was read whole."""

    def __init__(self, messages: Sequence[Any]) -> None:
        self.messages, self.read_whole = messages, 0

    def __iter__(self) -> Any:
        self.read_whole += 1
        return iter(self.messages)

    def since(self, when: datetime) -> Iterable[Message]:
        return (m for m in self.messages if getattr(m, "collected_at", when) >= when)

    def reach_before(self, when: datetime) -> bool:
        return any(m.collected_at < when for m in self.messages if isinstance(m, PostScored))


def recalled(messages: Sequence[Message], day: float) -> tuple[Detector, Log]:
    detector, log = Detector(load_alerts()), Log(messages)
    recall(detector, HERE, log, at(day * DAY))  # type: ignore[arg-type]
    return detector, log


def fed(detector: Detector, messages: Sequence[Message]) -> list[list[bytes]]:
    return [[encode(m) for m in detector.handle([message])[0]] for message in messages]


def alerts(published: Sequence[Sequence[bytes]]) -> list[bytes]:
    return [m for part in published for m in part if isinstance(decode(m), AlertRaised)]


def test_an_event_that_lives_for_weeks_is_told_as_if_nothing_had_stopped() -> None:
    log = long_event(44)
    whole = on_the_bus(log, ())
    assert [m.level for m in whole if isinstance(m, AlertRaised)][-1] in ("orange", "red")
    assert on_the_bus(log, (20, 43)) == whole


def test_forwards_of_a_post_the_log_no_longer_holds_say_nothing() -> None:
    log = long_event(44)
    young = log[1:]  # as if retention had taken the accusation
    told = [m for m in on_the_bus(young, ()) if isinstance(m, AlertRaised)]
    assert not told


@pytest.mark.parametrize("seed", range(3))
def test_what_is_older_than_the_window_leaves_no_trace_in_later_events(seed: int) -> None:
    log = topics(seed, 60)
    whole = fed(Detector(load_alerts()), log)
    for day in range(33, 60, 5):
        done = sum(post.collected_at < at(day * DAY) for post in log)
        again, _ = recalled(log[:done], day)
        assert fed(again, log[done:]) == whole[done:]


def test_the_whole_log_is_read_only_for_an_event_that_may_be_older_than_the_window() -> None:
    brief = [post for day in range(0, 44, 4) for post in crisis(5, start=day * DAY, root=f"root-{day}")]
    assert recalled(brief, 44)[1].read_whole == 0
    assert recalled(long_event(44)[:-100], 44)[1].read_whole == 1
    assert recalled(long_event(44)[:5], 10)[1].read_whole == 0


def test_an_event_that_ended_is_read_again_while_people_have_it_in_one_that_lives() -> None:
    old = [*crisis(80, root="old"), *(forward(f"o{day}", day, "old") for day in range(2, 13, 2))]
    young = [
        scored(0, 11.5 * DAY, id="young", text="青岬区灯会上有人走失", author="other"),
        *(forward(f"y{day}", day, "young") for day in range(12, 45, 2)),
    ]
    log = sorted([*old, *young], key=lambda post: post.collected_at)
    done = sum(post.collected_at <= at(12 * DAY) for post in log)
    names = {"event": event_id("old"), "target": event_id("young")}
    merge = EventEdited(id="m", jurisdiction=CITY, at=at(12 * DAY), by="李", kind="merge", **names)
    messages: list[Message] = [*log[:done], merge, *log[done:]]
    later = [forward(f"z{n}", 44.5 + n / 14400, "young") for n in range(150)]
    lived = Detector(load_alerts())
    fed(lived, messages)
    again, log_read = recalled(messages, 44.5)
    assert log_read.read_whole == 1
    short = Detector(load_alerts())
    short.rebuild(HERE, log_read.since(at(1.5 * DAY)))
    assert (after := fed(lived, later)) == fed(again, later)
    assert alerts(after) != alerts(fed(short, later))


@pytest.mark.parametrize("seed", [202, 203, 205])
def test_slow_rises_know_after_a_restart_which_silences_were_outages(seed: int) -> None:
    log = topics(seed, 75)
    whole = fed(Detector(load_alerts()), log)
    for day in (50, 58, 66):
        done = sum(post.collected_at < at(day * DAY) for post in log)
        again, read = recalled(log[:done], day)
        assert read.read_whole == 0
        assert fed(again, log[done:]) == whole[done:]


def test_undated_posts_of_a_source_that_was_away_for_long_are_taken_for_old_ones_again() -> None:
    place = Place(Clusterer(), None)
    days = [0, 0.2, 0.3, 14, 14.1, 28.2, 28.4]
    assert [place.is_new("论坛", day * 86_400) for day in days] == [True, True, False, False, False, True, True]


def test_all_of_a_partition_is_looked_at_and_nothing_else() -> None:
    detector = Detector(load_alerts(), partitions=1)
    fed(detector, crisis(3))
    assert detector.may_be_cut((POSTS_SCORED.name, 0), at(60))
    assert not detector.may_be_cut((POSTS_SCORED.name, 1), at(60))
    assert not detector.may_be_cut((POSTS_SCORED.name, 0), at(-11 * DAY))
    detector.forget((POSTS_SCORED.name, 0))
    assert not detector.may_be_cut((POSTS_SCORED.name, 0), at(60))


def test_events_that_changed_are_told_alike_after_a_restart() -> None:
    whole = [m for m in on_the_bus(topics(7, 40), ()) if isinstance(m, EventChanged)]
    assert len(whole) > 100
    assert [m for m in on_the_bus(topics(7, 40), (31, 38)) if isinstance(m, EventChanged)] == whole

"""A hand-made month through scoring and detection on a bus: the alerts its author intended, each once, and no other."""

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from month_make import BEIJING, CALENDAR, DAYS, START, month

from bus.memory import MemoryBus
from bus.messages import AlertCleared, AlertRaised, EventChanged, Message, PostScored, decode, encode
from bus.runner import run
from bus.topics import ALERTS_RAISED, EVENTS_CHANGED, POSTS_COLLECTED, POSTS_SCORED, route
from commands.consume import GROUPS
from config.alerts import load_alerts
from config.settings import PROJECT
from consumers.detect import Detector
from consumers.score import scorer
from models.analysis import Analyzer

pytestmark = pytest.mark.slow
END = START + timedelta(days=DAYS)
INTENDED = [
    *(("elder", level) for level in ("blue", "yellow", "orange", "red")),
    ("slow", "blue"),
    *(("mother", level) for level in ("blue", "yellow", "orange")),
    ("flood", "blue"),
    *(("custody", level) for level in ("orange", "red")),
]


def consume(bus: MemoryBus, name: str, **part: Any) -> None:
    group, sources = GROUPS[name]
    run(bus, group=group, sources=sources, stop=threading.Event(), now=lambda: END, until_idle=True, **part)


@pytest.fixture(scope="module")
def lived() -> MemoryBus:
    """The bus after the month: each post is scored and judged before the next one is collected."""
    bus, detector = MemoryBus(), Detector(load_alerts())
    where = PROJECT / "models/artifacts", PROJECT / "config/lexicon", PROJECT / "config/places.yaml"
    score = scorer(Analyzer.load(*where))
    for post in month():
        bus.publish(POSTS_COLLECTED.name, post.id, encode(post))
        bus.flush()
        consume(bus, "score", handle=score, sink=POSTS_SCORED)
        consume(bus, "detect", handle=detector.handle, sink=POSTS_SCORED)
    return bus


def said(bus: MemoryBus, topic: str = ALERTS_RAISED.name) -> list[Message]:
    return [decode(d.value) for d in sorted(bus.all(topic), key=lambda d: (d.partition, d.offset))]


def raised(bus: MemoryBus) -> list[AlertRaised]:
    return [m for m in said(bus) if isinstance(m, AlertRaised)]


def story(alert: AlertRaised) -> str:
    """What most posts of the alert are about, from their ids: month-STORY-number."""
    return Counter(post.split("-")[1] for post in alert.posts).most_common(1)[0][0]


def test_the_month_raises_exactly_the_alerts_its_author_intended(lived: MemoryBus) -> None:
    assert [(story(a), a.level) for a in raised(lived)] == INTENDED
    assert len({a.id for a in raised(lived)}) == len(INTENDED)
    assert len({a.event for a in raised(lived)}) == len({name for name, _ in INTENDED})


def test_each_alert_comes_while_its_story_is_young(lived: MemoryBus) -> None:
    late = {"elder": 0.5, "mother": 2.5, "custody": 1.0, "flood": 0.1, "slow": 60.0}  # hours to the highest level
    for alert in raised(lived):
        waited = (alert.raised_at - CALENDAR[story(alert)]) / timedelta(hours=1)
        assert 0 <= waited <= late[story(alert)], (story(alert), alert.level, waited)


def test_every_alerted_event_gets_one_all_clear(lived: MemoryBus) -> None:
    cleared = [m for m in said(lived) if isinstance(m, AlertCleared)]
    assert sorted(m.event for m in cleared) == sorted({a.event for a in raised(lived)})
    for clear in cleared:
        assert all(a.raised_at < clear.cleared_at for a in raised(lived) if a.event == clear.event)


def test_the_slow_rise_names_the_station_and_how_little_history_it_rests_on(lived: MemoryBus) -> None:
    (rise,) = [a for a in raised(lived) if story(a) == "slow"]
    assert rise.place == "墨香派出所"
    assert [r.rule for r in rise.reasons] == ["slow-rise"]
    assert "周数据，历史较短" in rise.reasons[0].words
    assert {i.split("-")[1] for i in rise.posts} <= {"slow", "bbs", "weibo"}
    assert sum("-slow-" in i for i in rise.posts) >= 10


def test_the_flood_is_shown_as_one_voice_in_many_copies(lived: MemoryBus) -> None:
    (flood,) = {a.event for a in raised(lived) if story(a) == "flood"}
    changes = [m for m in said(lived, EVENTS_CHANGED.name) if isinstance(m, EventChanged) and m.id == flood]
    counts = changes[-1].counts
    assert (counts.posts, counts.authors, counts.copies, counts.copiers) == (200, 5, 200, 5)


def test_what_is_collected_late_is_known_and_raises_nothing(lived: MemoryBus) -> None:
    changes = [m for m in said(lived, EVENTS_CHANGED.name) if isinstance(m, EventChanged)]
    (old,) = {m.id for m in changes if m.first_post == "month-old-0"}
    assert max(m.counts.posts for m in changes if m.id == old) >= 50
    assert old not in {a.event for a in raised(lived)}


class Killed(BaseException):
    """Stands for kill -9."""


def fragile(handle: Any, after: int, messages: Sequence[Message], /, *, calls: list[int]) -> Any:
    calls[0] += 1
    if calls[0] == after:
        raise Killed
    return handle(messages)


@pytest.mark.parametrize("killed_after", [3, 60, 130])
def test_the_same_alerts_come_again_from_the_log_with_a_kill_in_the_middle(lived: MemoryBus, killed_after: int) -> None:
    again = MemoryBus()
    for post in said(lived, POSTS_SCORED.name):
        topic, key = route(post, sink=POSTS_SCORED)
        again.publish(topic.name, key, encode(post))
    again.flush()
    for after in (killed_after, 0):
        detector = Detector(load_alerts())
        handle = partial(fragile, detector.handle, after, calls=[0])
        part = {"handle": handle, "rebuild": detector.rebuild, "forget": detector.forget, "max_batch": 11}
        if after:
            with pytest.raises(Killed):
                consume(again, "detect", **part)
        else:
            consume(again, "detect", **part)
    assert [encode(m) for m in said(again)] == [encode(m) for m in said(lived)]


def test_the_month_is_what_its_author_says(lived: MemoryBus) -> None:
    days = [0] * DAYS
    for post in said(lived, POSTS_SCORED.name):
        assert isinstance(post, PostScored)
        if post.published_at >= START:
            days[(post.published_at.astimezone(BEIJING) - START).days] += 1
    outage = (CALENDAR["outage"] - START).days
    assert days[outage] == 0
    assert min(days[:outage]) > 20
    holiday = (CALENDAR["holiday"] - START).days
    assert sum(days[holiday : holiday + 4]) < 0.4 * sum(days[holiday - 24 : holiday - 20])

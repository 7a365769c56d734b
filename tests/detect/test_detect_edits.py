"""What people decide about events is honoured by detection: one alert per event and level, and none lost."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from detect_make import CITY, at, crisis, scored

from bus.groups import key_bytes, partition_of
from bus.messages import AlertCleared, AlertRaised, EventChanged, EventEdited, Message, PostScored, PostWithdrawn
from bus.topics import POSTS_SCORED
from config.alerts import AlertRules, load_alerts
from consumers.detect import Detector
from models.events import event_id

A, B = event_id("one"), event_id("two")


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> AlertRules:
    path: Path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    path.write_text("negative_share: 1.0\n", encoding="utf-8")
    return load_alerts(None, path)


def edit(kind: str, event: str, target: str, **more: Any) -> EventEdited:
    fields = {"id": f"{kind} {event} {target}", "jurisdiction": CITY, "at": at(0), "by": "李", **more}
    return EventEdited(kind=kind, event=event, target=target, **fields)  # type: ignore[arg-type]


MERGE = edit("merge", A, B)
UNDO = edit("undo", A, B, undoes=MERGE.id)


def story(n: int, root: str, start: float, number: int = 0) -> list[PostScored]:
    """A crisis of its own words, so that only links join its posts."""
    first, *rest = crisis(n, start=start, root=root)
    more = {"text": f"{root}的事情让人很生气", "fingerprint": ""}
    return [PostScored(**{f: getattr(first, f) for f in first.__struct_fields__} | more), *rest]


def feed(detector: Detector, messages: Sequence[Message], batch: int = 1) -> list[Message]:
    out: list[Message] = []
    for i in range(0, len(messages), batch):
        out += [m for result in detector.handle(messages[i : i + batch]) for m in result]
    return out


def told(messages: Sequence[Message]) -> list[tuple[str, str]]:
    return [(m.event, m.level) for m in messages if isinstance(m, AlertRaised)]


def test_two_halves_below_the_bar_alarm_when_they_are_one(rules: AlertRules) -> None:
    halves = [*story(6, "one", 0), *story(6, "two", 0.02)]
    assert told(feed(Detector(rules), [*halves, *story(6, "two", 0.02)])) == []
    more = [scored("x", 1, id="x", text="转发微博", kind="repost", repost_of="one")]
    detector = Detector(rules)
    out = feed(detector, [*halves, MERGE, *more])
    assert told(out) == [(B, "blue")]
    alert = next(m for m in out if isinstance(m, AlertRaised))
    assert alert.counts.posts == 13
    assert alert.counts.authors == 7  # the same people write in both, and one more
    assert set(alert.posts) >= {"one", "two", "x"}


def test_a_level_one_part_has_raised_is_not_raised_again(rules: AlertRules) -> None:
    before = [*story(9, "one", 0), *story(5, "two", 0.02)]
    assert {e for e, _ in told(feed(Detector(rules), before))} == {A}
    detector = Detector(rules)
    first = told(feed(detector, before))
    assert [level for _, level in first] == ["blue"]
    later = [scored(f"y{n}", 2.1 + n / 10, text="转发微博", kind="repost", repost_of="two") for n in range(100)]
    second = told(feed(detector, [MERGE, *later]))
    assert second == [(B, "yellow"), (B, "orange"), (B, "red")]
    assert feed(detector, [MERGE]) == []


def test_an_undo_leaves_detection_as_it_would_be_without_the_merge(rules: AlertRules) -> None:
    before = [*story(20, "one", 0), *story(5, "two", 0.02)]
    later = [*story(60, "two", 3)]
    plain = feed(Detector(rules), [*before, *later])
    undone = feed(Detector(rules), [*before, MERGE, UNDO, *later])
    assert undone == plain
    assert told(plain)


def test_split_posts_no_longer_count_in_their_old_event(rules: AlertRules) -> None:
    seven = story(7, "one", 0)
    chosen = [p.id for p in seven[2:]]
    split = edit("split", A, "new", posts=chosen, headline="另一件事", authors=["a1", "a2", "a3", "a4", "a5"])
    more = [scored(f"z{n}", 1 + n / 10, id=f"z{n}", text="转发微博", kind="repost", repost_of="one") for n in range(3)]
    assert told(feed(Detector(rules), [*seven, *more]))[0] == (A, "blue")
    assert told(feed(Detector(rules), [*seven, split, *more])) == []


def test_a_merged_event_is_cleared_with_the_one_it_went_into(rules: AlertRules) -> None:
    detector = Detector(rules)
    feed(detector, [*story(20, "one", 0), *story(5, "two", 0.02), MERGE])
    hours = [scored(f"h{h}", 60 * h, text="转发微博", kind="repost", repost_of="two") for h in range(1, 20)]
    assert not [m for m in feed(detector, hours) if isinstance(m, AlertCleared)]
    quiet = [scored("q", 60 * 40, text="青岬区灯会人山人海", author="q")]
    assert [m.event for m in feed(detector, quiet) if isinstance(m, AlertCleared)] == [A]


@pytest.mark.parametrize("cut", [0, 12, 26, 40, 70])
@pytest.mark.parametrize("batch", [1, 7])
def test_a_restart_anywhere_gives_the_same_alerts(rules: AlertRules, cut: int, batch: int) -> None:
    later = [scored(f"y{n}", 2.1 + n / 10, text="转发微博", kind="repost", repost_of="two") for n in range(100)]
    gone = PostWithdrawn(id="one-3", source="微博", seen_gone_at=at(3), jurisdiction=CITY)
    split = edit("split", B, "new", posts=["two-1", "one-2"], authors=["a1"])
    log: list[Message] = [*story(20, "one", 0), *story(5, "two", 0.02), MERGE, *later[:30], split, gone, *later[30:]]
    whole = [m for m in feed(Detector(rules), log, batch) if not isinstance(m, EventChanged)]
    first, second = Detector(rules), Detector(rules)
    before = feed(first, log[:cut], batch)
    second.rebuild((POSTS_SCORED.name, partition_of(key_bytes(CITY), POSTS_SCORED.partitions)), iter(log[:cut]))
    after = feed(second, log[cut:], batch)
    assert [m for m in (*before, *after) if not isinstance(m, EventChanged)] == whole
    assert told(whole)

"""The detect consumer: what it raises, when, once, and what a restart does to it."""

import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from detect_make import CITY, at, crisis, scored
from hypothesis import given, settings
from hypothesis import strategies as st

from bus.messages import AlertCleared, AlertRaised, EventChanged, Message, PostScored, PostWithdrawn
from config.alerts import AlertRules, load_alerts
from consumers.detect import Detector


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> AlertRules:
    """The shipped levels at their full size for the test city."""
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    path.write_text("negative_share: 1.0\n", encoding="utf-8")
    return load_alerts(None, path)


def feed(detector: Detector, messages: Iterable[Message], *, batch: int = 100) -> list[Message]:
    stream, out = list(messages), []
    for i in range(0, len(stream), batch):
        part = stream[i : i + batch]
        results = detector.handle(part)
        assert len(results) == len(part)
        out += [m for result in results for m in result]
    return out


def alerts(messages: Sequence[Message]) -> list[AlertRaised]:
    return [m for m in messages if isinstance(m, AlertRaised)]


def levels(messages: Sequence[Message]) -> list[str]:
    return [a.level for a in alerts(messages)]


def test_a_burst_climbs_the_levels_and_says_each_once(rules: AlertRules) -> None:
    out = feed(Detector(rules), crisis(120))
    assert levels(out) == ["blue", "yellow", "orange", "red"]
    assert [a.previous_level for a in alerts(out)] == [None, "blue", "yellow", "orange"]
    assert len({a.event for a in alerts(out)}) == 1
    assert len({a.id for a in alerts(out)}) == 4


def test_an_alert_carries_its_evidence(rules: AlertRules) -> None:
    first = alerts(feed(Detector(rules), crisis(40)))[0]
    assert first.raised_at == at(0.7)
    assert first.window.start == at(0)
    assert first.first_post == "root"
    assert first.posts == ["root", *(f"root-{i}" for i in range(1, 8))]
    assert first.counts.posts == first.counts.negative == first.counts.relevant == 8
    assert first.counts.reposts == 7
    assert first.headline == "望汐派出所民警在灯市口打伤了送餐的小伙子"
    assert all(r.measured >= r.threshold and r.words for r in first.reasons)


def test_the_headline_shows_no_personal_data(rules: AlertRules) -> None:
    first, *rest = crisis(20)
    told = _again(first, text="我的电话13912345678找望汐派出所")
    assert "139" not in alerts(feed(Detector(rules), [told, *rest]))[0].headline


@pytest.mark.parametrize("seed", range(3))
def test_a_crisis_of_the_last_minutes_alarms_in_whatever_order_the_feed_lists_it(rules: AlertRules, seed: int) -> None:
    now = at(30)
    posts = [scored(f"old{n}", -n * 60, collected_at=now) for n in range(1, 168)]
    posts += [_again(p, collected_at=now) for p in crisis(120)]
    random.Random(seed).shuffle(posts)
    top = max(levels(feed(Detector(rules), posts)), key=["blue", "yellow", "orange", "red"].index)
    assert top == "red"


def test_a_crisis_of_last_week_raises_nothing_when_its_feed_is_first_read(rules: AlertRules) -> None:
    posts = [_again(p, collected_at=at(7 * 24 * 60)) for p in crisis(200)]
    severe = scored("s", 0, text="民警打死人了", category="misconduct", relevance=0.99, collected_at=at(7 * 24 * 60))
    out = feed(Detector(rules), [*posts, severe])
    assert alerts(out) == []
    assert [m.counts.posts for m in out if isinstance(m, EventChanged)] == [100, 200]


def test_old_posts_of_a_crisis_that_goes_on_count_as_its_history(rules: AlertRules) -> None:
    now = at(20 * 60)
    history = [_again(p, collected_at=now) for p in crisis(250)]
    fresh = scored("fresh", 20 * 60 - 5, repost_of="root", kind="repost", collected_at=now)
    out = alerts(feed(Detector(rules), [*history, fresh]))
    assert [a.level for a in out] == ["orange"]
    assert out[0].raised_at == fresh.published_at
    assert out[0].counts.posts == 251


def test_undated_posts_of_a_new_source_do_not_alarm_but_later_ones_do(rules: AlertRules) -> None:
    undated = [_again(p, published_inferred=True, published_at=at(0), collected_at=at(0)) for p in crisis(60)]
    detector = Detector(rules)
    assert alerts(feed(detector, undated)) == []
    later = [
        _again(p, published_inferred=True, collected_at=p.published_at) for p in crisis(60, start=7 * 60, root="later")
    ]
    assert "blue" in levels(feed(detector, later))


def test_a_severe_post_fires_at_once(rules: AlertRules) -> None:
    post = scored("s", 0, text="民警在派出所里殴打了一个孩子", category="misconduct", relevance=0.97)
    out = feed(Detector(rules), [post])
    (alert,) = alerts(out)
    assert (alert.level, alert.reasons[0].rule, alert.raised_at) == ("blue", "severe-post", at(0))
    assert [m.added for m in out if isinstance(m, EventChanged)] == [["ps"]]


def test_a_severe_post_stays_among_the_reasons_of_what_its_event_raises_later(rules: AlertRules) -> None:
    posts = crisis(120, category="misconduct", relevance=0.97)
    out = alerts(feed(Detector(rules), posts))
    assert out[0].reasons[0].rule == "severe-post"
    assert {"severe-post", "event-momentum"} <= {r.rule for a in out[1:] for r in a.reasons}


def test_a_yellow_burst_around_a_severe_post_is_orange(rules: AlertRules) -> None:
    plain = alerts(feed(Detector(rules), crisis(12)))
    severe = alerts(feed(Detector(rules), crisis(12, category="misconduct", relevance=0.97)))
    assert [a.level for a in plain] == ["blue", "yellow"]
    assert [a.level for a in severe] == ["blue", "orange"]
    assert {r.rule for r in severe[1].reasons} == {"event-burst", "severe-post"}
    assert "黄色线20" in severe[1].reasons[0].words, "the bar is that of yellow"
    assert severe[1].reasons[0].words.endswith("因围绕严重指控，由黄色提为橙色"), "and the words say why it is orange"


def test_a_revision_that_becomes_severe_fires_and_counts_no_second_time(rules: AlertRules) -> None:
    detector = Detector(rules)
    feed(detector, [scored("s", 0, text="在派出所门口")])
    worse = scored("s", 0, text="在派出所门口被民警殴打", category="misconduct", relevance=0.97, revision=1)
    out = alerts(feed(detector, [worse]))
    assert [(a.level, a.counts.posts) for a in out] == [("blue", 1)]


@pytest.mark.parametrize(("counts", "climbs"), [("all", True), ("relevant", True), ("negative_relevant", False)])
def test_what_counts_is_a_setting(tmp_path: Path, counts: str, climbs: bool) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(f"counts: {counts}\nnegative_share: 1.0\n", encoding="utf-8")
    neutral = {"attitude": 0, "sentiment": 0}
    out = feed(Detector(load_alerts(None, path)), [scored(n, n / 10, parent="x", **neutral) for n in range(40)])
    assert levels(out)[0] == "blue"
    assert (len(levels(out)) > 1) is climbs


def test_praise_raises_blue_at_most(rules: AlertRules) -> None:
    assert levels(feed(Detector(rules), crisis(120, category="praise"))) == ["blue"]


def test_each_jurisdiction_is_on_its_own(rules: AlertRules) -> None:
    halves = [_again(p, jurisdiction="甲" if n % 2 else "乙") for n, p in enumerate(crisis(14))]
    assert alerts(feed(Detector(rules), halves)) == []


def test_redelivery_raises_nothing_new(rules: AlertRules) -> None:
    detector, posts = Detector(rules), crisis(60)
    assert alerts(feed(detector, posts))
    assert alerts(feed(detector, posts)) == []


def test_an_all_clear_follows_a_silence_once_and_the_next_day_may_alarm_again(rules: AlertRules) -> None:
    detector = Detector(rules)
    feed(detector, crisis(60))
    out = feed(detector, [scored("x", 12 * 60), scored("y", 13 * 60), scored("z", 14 * 60)])
    (cleared,) = [m for m in out if isinstance(m, AlertCleared)]
    assert cleared.previous_level == "orange"
    assert "12小时" in cleared.words
    again = [scored(f"late{n}", 26 * 60 + n / 10, kind="repost", repost_of="root", text="转发微博") for n in range(60)]
    out = feed(detector, again)
    assert levels(out) == ["blue", "yellow", "orange"]
    assert [m.phase for m in out if isinstance(m, EventChanged)] == ["reignited"]


def test_who_was_told_that_it_is_over_is_told_when_it_burns_again_and_not_of_a_straggler(rules: AlertRules) -> None:
    detector = Detector(rules)
    first = alerts(feed(detector, crisis(150)))
    assert [a.level for a in first][-1] == "red"
    assert any(isinstance(m, AlertCleared) for m in feed(detector, [scored("x", 13 * 60, relevant=False)]))
    again = [scored(f"late{n}", 14 * 60 + n / 10, kind="repost", repost_of="root", text="转发微博") for n in range(150)]
    assert alerts(feed(detector, again[:5])) == []
    (alert,) = alerts(feed(detector, again[5:]))
    assert (alert.level, alert.previous_level, alert.event) == ("red", None, first[0].event)
    assert alert.id not in {a.id for a in first}
    assert (
        alerts(
            feed(detector, [scored(f"on{n}", 18 * 60 + n / 10, text="转发微博", repost_of="root") for n in range(99)])
        )
        == []
    )


def test_the_clock_on_the_wall_clears_only_an_idle_place(rules: AlertRules) -> None:
    detector = Detector(rules)
    feed(detector, crisis(60))
    assert detector.tick(at(13 * 60)) == []
    assert detector.tick(at(13 * 60 + 5)) == []
    (cleared,) = detector.tick(at(13 * 60 + 11))
    assert isinstance(cleared, AlertCleared)
    assert detector.tick(at(14 * 60)) == []


def test_a_withdrawn_post_no_longer_counts(rules: AlertRules) -> None:
    detector = Detector(rules)
    out = feed(detector, crisis(7))
    gone = [PostWithdrawn(id=f"root-{i}", source="微博", seen_gone_at=at(2), jurisdiction=CITY) for i in range(1, 5)]
    out = feed(detector, gone)
    assert [m.counts.posts for m in out if isinstance(m, EventChanged)] == [3]
    assert alerts(feed(detector, [scored("n", 1, repost_of="root", kind="repost")])) == []


def test_every_post_of_an_event_is_named_once_on_the_log(rules: AlertRules) -> None:
    posts = crisis(30)
    for batch in (1, 7, 100):
        named = [i for m in feed(Detector(rules), posts, batch=batch) if isinstance(m, EventChanged) for i in m.added]
        assert sorted(named) == sorted(p.id for p in posts)


@given(st.integers(0, 90), st.integers(1, 40), st.integers(1, 40))
@settings(deadline=None, max_examples=25)
def test_a_restart_anywhere_goes_on_as_if_nothing_had_happened(
    rules: AlertRules, cut: int, before: int, after: int
) -> None:
    noise = [scored(f"n{i}", i / 4, text=f"第{i}件小事在{i}号路口") for i in range(30)]
    posts: list[Message] = sorted([*crisis(60), *noise], key=lambda p: p.published_at)
    whole = feed(Detector(rules), posts, batch=before)
    half = feed(Detector(rules), posts[:cut], batch=before)
    again = Detector(rules)
    again.rebuild(("posts.scored", 0), iter(posts[:cut]))
    half += feed(again, posts[cut:], batch=after)
    assert [a.id for a in alerts(half)] == [a.id for a in alerts(whole)]
    named = [i for m in half if isinstance(m, EventChanged) for i in m.added]
    assert sorted(named) == sorted(i for m in whole if isinstance(m, EventChanged) for i in m.added)


def test_a_lost_partition_takes_its_jurisdictions_along(rules: AlertRules) -> None:
    from bus.groups import key_bytes, partition_of
    from bus.topics import POSTS_SCORED

    detector = Detector(rules)
    feed(detector, crisis(5))
    mine = partition_of(key_bytes(CITY), POSTS_SCORED.partitions)
    detector.forget(("posts.scored", mine + 1))
    assert CITY in detector._places
    detector.forget(("posts.scored", mine))
    assert detector._places == {}


def test_many_small_events_at_one_place_raise_a_slow_rise_and_its_end(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("severe_post: {enabled: false}\n", encoding="utf-8")
    rng, posts = random.Random(5), []
    for hour in range(24 * 6):
        many = 40 if hour in (100, 101) else 2
        for k in range(many):
            minute = hour * 60 + rng.random() * 60
            posts.append(scored(f"{hour}-{k}", minute, text=f"{hour}点{k}分的小事一件", places=["望汐派出所"]))
    posts.sort(key=lambda p: p.published_at)
    out = feed(Detector(load_alerts(None, path)), posts)
    found = alerts(out)
    assert [(a.place, a.level) for a in found] == [("望汐派出所", "blue"), ("望汐派出所", "yellow")][: len(found)]
    assert found
    assert {a.reasons[0].rule for a in found} == {"slow-rise"}
    assert all(at(100 * 60) <= a.raised_at <= at(102 * 60) for a in found)
    assert all(a.posts and a.first_post == a.posts[0] for a in found)
    ended = [m for m in out if isinstance(m, AlertCleared)]
    assert {m.event for m in ended} == {a.event for a in found}


def _again(post: PostScored, **more: Any) -> PostScored:
    return PostScored(**{**{f: getattr(post, f) for f in post.__struct_fields__}, **more})


def test_a_restart_knows_what_was_usual(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("severe_post: {enabled: false}\n", encoding="utf-8")
    rules, rng = load_alerts(None, path), random.Random(6)
    times = [hour * 60 + rng.random() * 60 for hour in range(24 * 26) for _ in range(2)]
    times += [25 * 1440 + n * 4 for n in range(60)]
    posts: list[Message] = [
        scored(n, t, text=f"第{n}件不同的小事", places=["望汐派出所"]) for n, t in enumerate(sorted(times))
    ]
    cut = sum(t < 25 * 1440 - 60 for t in times)
    whole = alerts(feed(Detector(rules), posts))
    again = Detector(rules)
    again.rebuild(("posts.scored", 0), posts[:cut])
    short = Detector(rules)
    short.rebuild(("posts.scored", 0), iter(p for p in posts[:cut] if p.published_at >= at(11 * 1440)))  # type: ignore[union-attr]
    assert {a.reasons[0].rule for a in whole} == {"slow-rise"}
    assert alerts(feed(again, posts[cut:])) == whole
    assert alerts(feed(short, posts[cut:])) != whole

"""Hysteresis: each level is left by itself, after its own time; numbers around a bar raise it once."""

import itertools
from pathlib import Path

import pytest
from detect_make import at, crisis, scored
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bus.messages import AlertCleared, AlertLowered, AlertRaised, Message, PostScored
from config.alerts import AlertRules, load_alerts
from consumers.detect import Detector
from consumers.rules import level_rules
from models.bursts import EventPulse, Evidence
from models.events import Event
from models.levels import LEVELS, Ladder, StepDown, Verdict, faded, judge_burst, rank

RULES = level_rules(replace(load_alerts().rules(), negative_share=1.0))
HOUR = 3600.0
BAR = {"blue": 100.0, "yellow": 200.0, "orange": 250.0, "red": 400.0}


def numbers(at: float, momentum: float, cusum: float = 0.0) -> Evidence:
    """An event whose momentum is all of the last hour."""
    return Evidence(at, (cusum,) * len(RULES.paces), 0.0, max(0.0, momentum - 10), 10)


def crowd() -> Event:
    event = Event(id="e", first_post="p", first_at=0.0, headline="")
    event.authors = {f"a{n}": "person" for n in range(60)}
    return event


def test_a_red_event_that_calms_down_goes_level_by_level_each_after_its_own_time() -> None:
    ladder = Ladder()
    assert ladder.offer(Verdict("red", 0.0, ()), cool_down_hours=24)
    steps = [(h, ladder.step_down(numbers(h * HOUR, 10), RULES)) for h in range(1, 20)]
    found = [(h, s.was, s.level) for h, s in steps if s]
    assert found == [(4, "red", "orange"), (7, "orange", "yellow"), (9, "yellow", "blue"), (11, "blue", None)]
    assert ladder.armed is None
    assert ladder.announced == "red"  # what the all-clear will speak of


def test_the_time_begins_anew_whenever_the_numbers_come_back_above_half_of_the_bar() -> None:
    ladder = Ladder()
    ladder.offer(Verdict("orange", 0.0, ()), cool_down_hours=24)
    for h in range(1, 30):
        assert ladder.step_down(numbers(h * HOUR, 126 if h % 2 else 10), RULES) is None
    assert ladder.step_down(numbers(32 * HOUR, 124), RULES) == StepDown("orange", "yellow", 32 * HOUR, 3.0)


def test_a_level_that_was_left_is_raised_again_only_after_the_cool_down() -> None:
    ladder = Ladder()
    ladder.offer(Verdict("orange", 0.0, ()), cool_down_hours=24)
    for h in range(1, 7):
        ladder.step_down(numbers(h * HOUR, 10), RULES)
    assert ladder.armed == "blue"
    assert not ladder.offer(Verdict("orange", 9 * HOUR, ()), cool_down_hours=24)
    assert not ladder.offer(Verdict("yellow", 9 * HOUR, ()), cool_down_hours=24)
    assert ladder.offer(Verdict("red", 10 * HOUR, ()), cool_down_hours=24)  # graver than anything told
    assert not ladder.offer(Verdict("orange", 25 * HOUR, ()), cool_down_hours=24)


@given(
    st.lists(st.tuples(st.integers(1, 90), st.floats(0, 2.2)), min_size=1, max_size=120),
    st.sampled_from(["yellow", "orange", "red"]),
)
@example([(1, 1.1), (90, 0.9)] * 60, "orange")
@example([(90, 1.1), (90, 0.1), (90, 0.1), (90, 0.1)] * 30, "orange")
@settings(deadline=None, max_examples=150)
def test_numbers_around_a_bar_raise_each_level_once_in_a_cool_down(series: list[tuple[int, float]], level: str) -> None:
    event, ladder, now = crowd(), Ladder(), 0.0
    raised: dict[str, list[float]] = {}
    stood = None
    for minutes, share in series:
        now += minutes * 60
        evidence = numbers(now, share * BAR[level])
        ladder.heat(evidence, RULES)
        verdict = judge_burst(event, [evidence], RULES)
        if verdict and ladder.offer(verdict, cool_down_hours=RULES.cool_down_hours):
            assert rank(verdict.level) > rank(stood)
            raised.setdefault(verdict.level, []).append(now)
        stood = ladder.armed
        step = ladder.step_down(evidence, RULES)
        if step:
            assert (step.was, rank(step.level)) == (stood, rank(stood) - 1)
            stood = step.level
        assert ladder.armed == stood
    for times in raised.values():
        assert all(b - a >= RULES.cool_down_hours * HOUR for a, b in itertools.pairwise(times))


@given(st.lists(st.floats(0.55, 1.8), min_size=1, max_size=300))
def test_numbers_that_stay_above_half_of_a_bar_raise_it_once_however_long(shares: list[float]) -> None:
    event, ladder, count = crowd(), Ladder(), 0
    for hour, share in enumerate(shares):
        evidence = numbers(hour * HOUR, share * BAR["orange"])
        ladder.heat(evidence, RULES)
        verdict = judge_burst(event, [evidence], RULES)
        if verdict and ladder.offer(verdict, cool_down_hours=24) and verdict.level == "orange":
            count += 1
        ladder.step_down(evidence, RULES)
    assert count <= 1


@given(st.lists(st.floats(0, 5000), min_size=1, max_size=40), st.floats(0, 200_000))
def test_fading_is_what_the_next_post_would_find(gaps: list[float], wait: float) -> None:
    pulse = EventPulse(RULES.paces)
    now = 1e9
    for gap in gaps:
        now += gap
        pulse.add(now)
    later = faded(pulse, now + wait)
    assert later is not None
    found = pulse.add(now + wait)[-1]
    assert later.recent10 == pytest.approx(found.recent10 - 1)
    assert later.recent60 == pytest.approx(found.recent60 - 1)
    assert later.day == found.day - 1
    assert all(a <= b for a, b in zip(later.cusum, found.cusum, strict=True))
    assert faded(EventPulse(RULES.paces), now) is None


# --- through the detector


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> AlertRules:
    path: Path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    path.write_text("negative_share: 1.0\n", encoding="utf-8")
    return load_alerts(None, path)


def feed(detector: Detector, posts: list[PostScored]) -> list[Message]:
    return [m for post in posts for result in detector.handle([post]) for m in result]


def ordinary(start: float, end: float, every: float = 10.0) -> list[PostScored]:
    """What else is said in the city meanwhile."""
    times = range(int((end - start) / every))
    return [scored(f"o{start}-{n}", start + n * every, text=f"第{n}句闲话{start}", relevant=False) for n in times]


def test_a_crisis_that_dies_down_says_so_step_by_step_and_then_ends(rules: AlertRules) -> None:
    out = feed(Detector(rules), [*crisis(70), *ordinary(10, 15 * 60)])
    raised = [m.level for m in out if isinstance(m, AlertRaised)]
    steps = [(m.previous_level, m.level) for m in out if isinstance(m, AlertLowered)]
    ends = [m for m in out if isinstance(m, AlertCleared)]
    assert raised[-1] == "orange"
    assert steps == [("orange", "yellow"), ("yellow", "blue")]
    assert [m.previous_level for m in ends] == ["orange"]
    assert len({m.id for m in out if isinstance(m, AlertLowered)}) == 2
    first = next(m for m in out if isinstance(m, AlertLowered))
    assert at(3 * 60) <= first.lowered_at <= at(5 * 60)
    assert "橙色预警降为黄色" in first.words


def test_step_downs_come_from_the_clock_on_the_wall_where_nothing_is_said_any_more(rules: AlertRules) -> None:
    detector = Detector(rules)
    feed(detector, crisis(70))
    said = [m for minutes in range(0, 14 * 60, 20) for m in detector.tick(at(minutes))]
    assert [m.level for m in said if isinstance(m, AlertLowered)] == ["yellow", "blue"]
    assert [m.previous_level for m in said if isinstance(m, AlertCleared)] == ["orange"]


def test_a_restart_in_between_gives_the_same_steps_with_the_same_ids(rules: AlertRules) -> None:
    posts = [*crisis(70), *ordinary(10, 10 * 60)]
    whole = [m.id for m in feed(Detector(rules), posts) if isinstance(m, AlertLowered)]
    assert len(whole) == 2
    for cut in (60, 75, 90, 100, 115):
        before, after = Detector(rules), Detector(rules)
        found = feed(before, posts[:cut])
        after.rebuild(("posts.scored", 0), iter(posts[:cut]))
        found += feed(after, posts[cut:])
        assert [m.id for m in found if isinstance(m, AlertLowered)] == whole


@given(st.lists(st.tuples(st.integers(2, 40), st.floats(0.05, 3)), min_size=1, max_size=12))
@settings(deadline=None, max_examples=20)
def test_posts_in_waves_raise_each_level_once_a_day(rules: AlertRules, waves: list[tuple[int, float]]) -> None:
    posts, now = crisis(2), 1.0
    for n, (count, apart) in enumerate(waves):
        for i in range(count):
            now += apart
            posts.append(scored(f"w{n}-{i}", now, text="转发微博", kind="repost", repost_of="root"))
        now += 45
    raised = [m for m in feed(Detector(rules), posts) if isinstance(m, AlertRaised) and m.event]
    for level in LEVELS:
        times = [m.raised_at for m in raised if m.level == level and m.posts[0] == "root"]
        assert len(times) <= 1 + int(now / 1440)

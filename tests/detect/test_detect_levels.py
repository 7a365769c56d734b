"""Levels, their memory, deadlines and the rules file."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from detect_make import at, scored
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from config.alerts import CATEGORIES, LEVELS, load_alerts
from config.loader import ConfigError
from consumers.readings import as_event_post
from consumers.rules import level_rules
from models.bursts import EventPulse
from models.deadlines import TITLES, ClockRules, beijing, clocks, left_words
from models.events import Event
from models.levels import Ladder, LevelRule, SevereRule, Verdict, alert_id, highest, judge_burst, judge_severe, rank

RULES = level_rules(replace(load_alerts().rules(), negative_share=1.0))
SEVERE = SevereRule(grave_words=("死亡",), serious_words=("殴打",))


def event_of(posts: int, apart_s: float, *, authors: int | None = None) -> Event:
    event = Event(id="e", first_post="p", first_at=1e9, headline="事情", pulse=EventPulse(RULES.paces))
    event.authors = {str(i): "person" for i in range(posts if authors is None else authors)}
    for i in range(posts):
        assert event.pulse is not None
        event.pulse.add(1e9 + i * apart_s)
    return event


def level_of(event: Event) -> str | None:
    assert event.pulse is not None
    verdict = judge_burst(event, event.pulse.states, RULES)
    return verdict.level if verdict else None


def test_faster_and_larger_events_reach_higher_levels() -> None:
    assert level_of(event_of(7, 5)) is None
    assert level_of(event_of(9, 5)) == "blue"
    assert level_of(event_of(25, 5)) == "yellow"
    assert level_of(event_of(90, 5)) == "red"
    assert level_of(event_of(60, 3600)) is None


def later_on(apart_s: float) -> Event:
    """Ten posts, a day without any, then 320 of them."""
    event = event_of(10, 60, authors=330)
    assert event.pulse is not None
    for i in range(320):
        event.pulse.add(1e9 + 30 * 3600 + i * apart_s)
    return event


def test_the_size_of_the_first_day_makes_red_and_later_only_speed_does() -> None:
    assert level_of(event_of(320, 265)) == "red"
    assert level_of(later_on(265)) == "orange"
    assert level_of(later_on(60)) == "red"


def test_few_authors_reach_no_level_however_much_they_write() -> None:
    assert level_of(event_of(300, 5, authors=3)) is None


def test_a_level_names_what_was_measured_and_the_bar() -> None:
    event = event_of(25, 5)
    assert event.pulse is not None
    verdict = judge_burst(event, event.pulse.states, RULES)
    assert verdict is not None
    for reason in verdict.reasons:
        assert reason.measured >= reason.threshold
        assert f"{reason.threshold:g}" in reason.words
        assert "黄色" in reason.words


def test_a_small_place_is_measured_with_a_smaller_yardstick() -> None:
    rule = LevelRule("yellow", high_per_hour=400, low_per_hour=12, evidence=20, momentum=200, min_authors=10)
    small = rule.scaled(0.1)
    assert (small.high_per_hour, small.momentum, small.min_authors, small.evidence) == (40, 20, 3, 20)
    assert rule.scaled(2).min_authors == 10


@pytest.mark.parametrize(
    ("text", "more", "level"),
    [
        ("派出所里一人死亡", {"relevance": 0.95}, "yellow"),
        ("派出所里一人死亡", {"relevance": 0.7}, None),
        ("派出所里一人死亡", {"relevance": 0.7, "reposts": 80}, "orange"),
        ("民警殴打路人", {"relevance": 0.95}, "blue"),
        ("民警殴打路人", {"relevance": 0.7, "author_kind": "media"}, "yellow"),
        ("民警殴打路人", {"relevance": 0.7, "followers": 10_000}, "yellow"),
        ("民警殴打路人", {"relevance": 0.95, "attitude": 0}, None),
        ("民警殴打路人", {"relevance": 0.95, "category": "service"}, None),
        ("排队太久", {"relevance": 0.95, "reposts": 900}, None),
        ("太可怕了//@某人:民警殴打路人", {"relevance": 0.95, "reposts": 900}, None),
    ],
)
def test_a_severe_post(text: str, more: dict[str, object], level: str | None) -> None:
    post = as_event_post(scored(1, 0, text=text, **{"category": "conduct", **more}))
    verdict = judge_severe(post, relevant=True, rule=SEVERE)
    assert (verdict.level if verdict else None) == level
    if verdict:
        assert all(r.measured >= r.threshold for r in verdict.reasons)


def test_one_level_is_announced_once_in_a_day_and_only_upwards() -> None:
    ladder = Ladder()
    yellow, blue, orange = (Verdict(level, 1e9, ()) for level in ("yellow", "blue", "orange"))  # type: ignore[arg-type]
    assert ladder.offer(yellow, cool_down_hours=24)
    assert not ladder.offer(blue, cool_down_hours=24)
    assert not ladder.offer(yellow, cool_down_hours=24)
    assert ladder.offer(orange, cool_down_hours=24)
    assert ladder.clear(1e9 + 1800) == "orange"
    later = Verdict("yellow", 1e9 + 3600, ())
    assert not ladder.offer(later, cool_down_hours=24)
    assert not ladder.holds(later, cool_down_hours=24, anew=True)
    assert ladder.offer(Verdict("yellow", 1e9 + 86_401, ()), cool_down_hours=24)
    assert ladder.times["yellow"] == 2


def test_the_all_clear_waits_for_the_whole_silence() -> None:
    ladder = Ladder(counted_at=1e9)
    assert not ladder.over(2e9, clear_after_hours=12)
    ladder.offer(Verdict("blue", 1e9, ()), cool_down_hours=24)
    assert not ladder.over(1e9 + 12 * 3600 - 1, clear_after_hours=12)
    assert ladder.over(1e9 + 12 * 3600, clear_after_hours=12)
    ladder.clear(1e9 + 12 * 3600)
    with pytest.raises(ValueError, match="announced"):
        ladder.clear(1e9 + 13 * 3600)


def test_alert_ids_differ_by_event_level_life_and_time_and_by_nothing_else() -> None:
    ids = {
        alert_id("e", "red", first_at=1e9, time=1),
        alert_id("f", "red", first_at=1e9, time=1),
        alert_id("e", "blue", first_at=1e9, time=1),
        alert_id("e", "red", first_at=1e9 + 86_400, time=1),
        alert_id("e", "red", first_at=1e9, time=2),
    }
    assert len(ids) == 5
    assert alert_id("e", "red", first_at=1e9, time=1) == alert_id("e", "red", first_at=1e9 + 1, time=1)


def test_the_highest_verdict_wins_and_keeps_all_its_reasons() -> None:
    assert highest([]) is None
    top = highest([Verdict("blue", 1, ()), Verdict("orange", 3, ()), Verdict("orange", 2, ())])
    assert top is not None
    assert (top.level, top.at) == ("orange", 2)


# --- deadlines


def due(level: str, category: str | None = None) -> dict[str, datetime]:
    return {c.name: c.due_at for c in clocks(level, category, at(0))}


def test_major_matters_have_five_and_twenty_four_hours_others_forty_eight() -> None:
    for level in ("orange", "red"):
        assert due(level) == {
            "acknowledge": at(30),
            "authoritative_information": at(5 * 60),
            "press_conference": at(24 * 60),
        }
    assert due("yellow") == {"acknowledge": at(30), "response": at(48 * 60)}
    assert due("blue") == {}
    assert due("red", "praise") == {}


def test_acknowledging_counts_from_when_the_desk_could_know() -> None:
    found = clocks("yellow", None, at(0), ClockRules(acknowledge_minutes=10), known_at=at(100))
    assert [(c.name, c.due_at) for c in found] == [("acknowledge", at(110)), ("response", at(48 * 60))]


def test_clocks_need_aware_times() -> None:
    with pytest.raises(ValueError, match="aware"):
        clocks("red", None, datetime(2026, 1, 1))


@given(st.datetimes(timezones=st.just(UTC), max_value=datetime(9000, 1, 1)), st.sampled_from(LEVELS))
def test_clocks_are_pure_date_arithmetic(started: datetime, level: str) -> None:
    for clock in clocks(level, None, started):
        assert clock.name in TITLES
        assert clock.due_at > started
    assert [c.due_at for c in clocks(level, None, started)] == sorted(c.due_at for c in clocks(level, None, started))


def test_times_are_said_in_beijing_time() -> None:
    assert beijing(datetime(2026, 11, 20, 16, 5, tzinfo=UTC)) == "11月21日 00:05"
    now = datetime(2027, 1, 2, tzinfo=UTC)
    assert beijing(datetime(2026, 12, 31, 4, tzinfo=UTC), now=now) == "2026年12月31日 12:00"
    assert left_words(at(125), at(0)) == "还有2小时05分"
    assert left_words(at(0), at(12)) == "已超时12分"
    assert left_words(at(5), at(0)) == "还有5分"


# --- the rules file


def file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_rules_count_negative_relevant_posts_and_hold_for_every_category() -> None:
    rules = load_alerts()
    assert rules.rules("某地").counts == "negative_relevant"
    for category in CATEGORIES:
        assert level_rules(rules.rules("澜汀市", category)).levels
    assert rules.rules("某地", "praise").max_level == "blue"


def test_a_rules_file_holds_only_what_it_changes(tmp_path: Path) -> None:
    place = "{scale: 0.5, categories: {traffic: {scale: 2}}}"
    text = f"counts: all\nlevels: {{yellow: {{momentum: 210}}}}\njurisdictions: {{某县: {place}}}\n"
    rules = load_alerts(None, file(tmp_path, text))
    assert rules.rules().counts == "all"
    assert rules.rules().levels.yellow.momentum == 210
    assert rules.rules().levels.yellow.evidence == load_alerts().rules().levels.yellow.evidence
    assert rules.rules("某县").scale == 0.5
    assert rules.rules("某县", "traffic").scale == 2
    assert rules.rules("澜汀市").scale == load_alerts().rules("澜汀市").scale


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("count: all", "rules.yaml:1: count"),
        ("counts: some", "rules.yaml:1: counts"),
        ("levels:\n  yellow:\n    momentum: -3", "rules.yaml:3: levels.yellow.momentum"),
        ("counts: all\nlevels:\n  yellow:\n    momentum: 900", "rules.yaml:2: levels: momentum must not fall"),
        ("levels:\n  orange: {momentum: 100}", "higher one: blue 200, yellow 200, orange 100, red 400"),
        (
            "levels:\n  blue: {high_per_hour: 1}",
            "rules.yaml:2: levels.blue: evidence needs high_per_hour > low_per_hour",
        ),
        (
            "jurisdictions:\n  某县:\n    levels:\n      blue: {high_per_hour: 1}",
            "rules.yaml:4: jurisdictions.某县.levels.blue",
        ),
        ("jurisdictions:\n  某县:\n    scal: 2", "rules.yaml:3: jurisdictions.某县.scal"),
        ("categories:\n  weather: {scale: 2}", "rules.yaml:2: categories.weather: no such category"),
        ("quiet_hours: {start: '25:00', end: '07:00'}", "quiet_hours: start and end"),
        ("severe_post:\n  grave_words: ['']", "rules.yaml:2: severe_post.grave_words: an empty word"),
        ("severe_post: {categories: [weather]}", "rules.yaml:1: severe_post.categories: no such category: weather"),
        ("clocks:\n  no_clocks_for: [weather]", "rules.yaml:2: clocks.no_clocks_for: no such category: weather"),
        ("scale: 0", "rules.yaml:1: scale"),
        ("coordinated: {min_share: 1.5}", "rules.yaml:1: coordinated.min_share"),
        ("coordinated: {copies: 3}", "rules.yaml:1: coordinated.copies"),
        ("slow_rise: {scales: []}", "rules.yaml:1: slow_rise.scales"),
        ("slow_rise:\n  scales:\n    - {hours: 400, z: 5}", "slow_rise.scales"),
        ("slow_rise: {min_times: 0.5}", "rules.yaml:1: slow_rise.min_times"),
        ("categories:\n  traffic: {slow_rise: {enabled: false}}", "rules.yaml:2: categories.traffic.slow_rise"),
        ("[", "not YAML"),
    ],
)
def test_a_wrong_rules_file_is_refused_with_the_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_alerts(None, file(tmp_path, text))
    assert says in str(caught.value)


def test_levels_rank_from_blue_to_red() -> None:
    assert [rank(level) for level in (None, *LEVELS)] == [0, 1, 2, 3, 4]
    assert timedelta(hours=RULES.grace_hours) == timedelta(hours=6)

"""The slow rise: what is usual at an hour of the week, when a series stands above it, and when it says so."""

import random
from collections.abc import Iterable, Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rises import KEYS, Key, Rise, RiseRule, RiseWatch, keys_of
from models.seasons import KEPT_HOURS, WEEK, Hours, hour_of, learn, slot_of, surprise

MONDAY = 1_761_494_400.0  # 2025-10-27 00:00 in Beijing
HOUR, DAY = 3600.0, 86_400.0
HERE: tuple[Key, ...] = keys_of(("望汐派出所",), "service", "澜汀市")
Post = tuple[float, tuple[Key, ...]]


def by_day(hour: int) -> float:
    """Two posts an hour by day, none at night, half of it at the weekend."""
    return (2.0 if 8 <= hour % 24 < 22 else 0.05) * (0.5 if hour % WEEK >= 120 else 1.0)


def ordinary(days: float, *, seed: int = 1, start: float = 0.0, keys: tuple[Key, ...] = HERE) -> list[Post]:
    rng = np.random.default_rng(seed)
    spread = random.Random(seed)
    found: list[Post] = []
    for hour in range(round(start * 24), round((start + days) * 24)):
        found += [(MONDAY + (hour + spread.random()) * HOUR, keys) for _ in range(rng.poisson(by_day(hour)))]
    return sorted(found)


def play(posts: Iterable[Post], watch: RiseWatch | None = None, told: frozenset[str] = frozenset()) -> list[Rise]:
    watch = watch or RiseWatch(RiseRule())
    risen: list[Rise] = []
    for n, (at, keys) in enumerate(posts):
        rise = watch.push(at, f"p{n}", keys, told.__contains__)
        if rise:
            risen.append(rise)
    return risen


def swell(day: float, posts: int, hours: float, keys: tuple[Key, ...] = HERE) -> Iterator[Post]:
    return ((MONDAY + day * DAY + i * hours * HOUR / posts, keys) for i in range(posts))


def test_ordinary_weeks_raise_nothing() -> None:
    assert play(ordinary(35)) == []


def test_a_weekend_that_is_as_busy_as_a_monday_rises_and_a_monday_does_not() -> None:
    quiet_weekends = [p for p in ordinary(28) if (p[0] - MONDAY) % (7 * DAY) < 5 * DAY]
    alive = [(MONDAY + h * HOUR, ()) for h in range(28 * 24)]
    monday = list(swell(28.4, 30, 12))
    saturday = list(swell(33.4, 30, 12))
    assert play(sorted([*quiet_weekends, *alive, *monday])) == []
    found = play(sorted([*quiet_weekends, *alive, *saturday]))
    assert [r.key for r in found[:1]] == [("望汐派出所", "service")]


def test_few_posts_a_day_for_days_rise_where_there_was_almost_nothing() -> None:
    rare = keys_of(("砚池区老街",), "service", "澜汀市")
    thin = [(MONDAY + day * DAY + 0.5 * DAY, rare) for day in range(0, 28, 4)]
    slow = list(swell(28, 16, 72, rare))
    found = play(sorted([*ordinary(32), *thin, *slow]))
    assert [(r.key, r.hours) for r in found] == [(("砚池区老街", "service"), 72)]
    assert found[0].count >= 10
    assert found[0].expected < 3


def test_nine_posts_never_rise_however_unusual() -> None:
    rare = keys_of(("砚池区老街",), "service", "澜汀市")
    assert play(sorted([*ordinary(30), *swell(29, 9, 2, rare)])) == []


def test_a_rise_is_told_once_by_its_narrowest_series_and_again_only_at_twice_the_bar() -> None:
    found = play(sorted([*ordinary(30), *swell(28.3, 90, 6), *swell(28.6, 300, 6)]))
    assert [(r.key, r.rank) for r in found] == [(HERE[-1], 1), (HERE[-1], 2)]
    assert found[1].strength >= 2


def test_a_flood_that_was_told_is_not_told_again_by_kind_when_its_quiet_time_ends() -> None:
    kinds = [keys_of(("望汐派出所",), kind, "澜汀市") for kind in ("service", "conduct", "traffic", "crime", "other")]
    usual = [post for n, keys in enumerate(kinds) for post in ordinary(34, seed=n, keys=keys)]
    flood = [(MONDAY + 29.0 * DAY + n * HOUR / 5000, kinds[n % 5]) for n in range(5000)]
    found = play(sorted([*usual, *flood]))
    assert [r.at for r in found if r.at > MONDAY + 29.1 * DAY] == []
    assert found
    later = play(sorted([*usual, *flood, *swell(30.2, 400, 6, kinds[1])]))
    assert {r.key for r in later if r.at > MONDAY + 29.1 * DAY} == {("望汐派出所", "conduct")}


def test_a_rise_ends_once_and_a_later_one_is_told_anew() -> None:
    watch, ended = RiseWatch(RiseRule()), []
    risen: list[Rise] = []
    for n, (at, keys) in enumerate(sorted([*ordinary(45), *swell(25.4, 80, 6), *swell(40.4, 80, 6)])):
        if rise := watch.push(at, f"p{n}", keys, lambda _: False):
            risen.append(rise)
        ended += [(key, at) for key in watch.over(at)]
    starts = [r.at for r in risen if r.rank == 1]
    assert len(starts) == len(ended) == 2
    assert starts[0] < ended[0][1] < starts[1] < ended[1][1]


def test_posts_of_an_event_that_was_alerted_do_not_make_a_rise_too() -> None:
    posts = sorted([*ordinary(30), *swell(28.3, 60, 6)])
    burst = {f"p{n}" for n, (at, _) in enumerate(posts) if 28.3 * DAY <= at - MONDAY < 28.55 * DAY}
    assert play(posts)
    assert play(posts, told=frozenset(burst)) == []


def test_a_holiday_dip_and_the_return_from_it_raise_nothing() -> None:
    kept = random.Random(2)
    posts = [p for p in ordinary(40) if not 28 * DAY <= p[0] - MONDAY < 35 * DAY or kept.random() < 0.2]
    assert play(posts) == []


def test_hours_of_an_outage_are_not_taken_for_quiet_ones() -> None:
    posts = [p for p in ordinary(24) if not (7 <= (p[0] - MONDAY) / DAY < 13)]
    watch = RiseWatch(RiseRule())
    assert play(posts, watch) == []
    series = watch._series["", ""]
    usual, _ = watch._usual(series, 1)
    assert usual is not None
    assert usual.hours == pytest.approx(17 * 24 - 24, abs=40)
    assert usual.rates.sum() == pytest.approx(sum(map(by_day, range(WEEK))), rel=0.15)


def test_how_many_weeks_a_rise_rests_on_is_said() -> None:
    (young, *_) = play(sorted([*ordinary(6), *swell(5.4, 90, 6)]))
    (old, *_) = play(sorted([*ordinary(30), *swell(29.4, 90, 6)]))
    assert young.weeks < 1
    assert 3.5 < old.weeks <= KEPT_HOURS / WEEK


def test_nothing_rises_before_the_warm_up() -> None:
    assert play(sorted([*ordinary(2.4), *swell(2.2, 90, 4)])) == []


def test_late_posts_count_where_they_belong_and_those_of_long_ago_nowhere() -> None:
    hours = Hours(1000)
    for hour in (1000, 1005, 1002, 1005 - KEPT_HOURS):
        hours.add(hour)
    assert hours.total(1000, 1005) == 3
    assert hours.total(1002, 1002) == 1
    assert hours.total(0, 2000) == 3
    hours.add(1000 + KEPT_HOURS)
    assert hours.total(0, 2000) == 3  # 1000 has left


def test_the_state_is_what_the_last_weeks_of_the_log_say() -> None:
    posts = sorted([*ordinary(70), *swell(65.4, 60, 6)])
    whole = play(posts)
    recent = [p for p in posts if p[0] >= MONDAY + (65.4 - 29) * DAY]
    assert [(r.key, r.at, r.rank) for r in whole] == [(r.key, r.at, r.rank) for r in play(recent)]


def test_memory_is_bounded_however_many_places_are_named() -> None:
    watch = RiseWatch(RiseRule())
    for n in range(KEYS + 500):
        watch.push(MONDAY + n, f"p{n}", keys_of((f"{n}号路口",), "traffic", ""), lambda _: False)
    assert len(watch._series) == KEYS
    back = watch._touch(("0号路口", ""))
    assert back.since > hour_of(MONDAY) - 1


def test_one_post_counts_for_place_category_and_whole() -> None:
    assert set(keys_of(("望汐派出所", "澜汀市"), "service", "澜汀市")) == {
        ("", ""),
        ("", "service"),
        ("望汐派出所", ""),
        ("望汐派出所", "service"),
    }
    assert keys_of((), None, "澜汀市") == (("", ""),)
    assert slot_of(hour_of(MONDAY)) == 0


@given(st.lists(st.integers(0, 60), min_size=24, max_size=KEPT_HOURS), st.integers(0, WEEK - 1))
def test_what_is_usual_is_finite_and_positive_and_keeps_the_number_of_posts(counts: list[int], slot: int) -> None:
    slots = (np.arange(len(counts)) + slot) % WEEK
    seen = np.ones(len(counts), dtype=bool)
    usual = learn(np.array(counts, dtype=float), seen, slots, window=6, shape=np.ones(WEEK))
    assert np.all(np.isfinite(usual.rates))
    assert np.all(usual.rates > 0)
    assert usual.spread >= 1
    assert usual.rates[slots].sum() == pytest.approx(usual.posts, rel=1e-3)
    assert usual.posts <= sum(counts) + 0.5


@pytest.mark.parametrize(("count", "mean", "deviates"), [(10, 0.1, 8.4), (10, 2.0, 4.0), (130, 100, 2.9)])
def test_few_counts_are_judged_as_counts(count: int, mean: float, deviates: float) -> None:
    """Against the exact Poisson tails P(N >= count), as normal deviates."""
    assert surprise(count, mean, 1e12) == pytest.approx(deviates, abs=0.35)
    assert surprise(count, mean, 3.0) < surprise(count, mean, 1e12)
    assert surprise(mean, mean, 3.0) == 0


def test_a_swell_of_many_places_is_told_as_the_citys_and_not_place_by_place() -> None:
    places = [keys_of((f"{n}号街道",), "service", "") for n in range(6)]
    calm = [p for n, keys in enumerate(places) for p in ordinary(30, seed=20 + n, keys=keys)]
    busy = [p for n, keys in enumerate(places) for p in swell(28.35 + n / 1e4, 70, 9, keys)]
    found = play(sorted([*calm, *busy]))
    assert found[0].key in (("", ""), ("", "service"))
    assert [r.key for r in found if r.rank == 1] == [found[0].key]

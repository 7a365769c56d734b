"""A slow rise is a change in what people say, not in where minyi listens."""

from collections.abc import Iterable

from models.rises import Key, Rise, RiseRule, RiseWatch, keys_of
from models.seasons import HOUR_S

MONDAY = 1_761_494_400.0  # 2025-10-27 00:00 in Beijing
DAY = 24 * HOUR_S
HERE = keys_of(("望汐派出所",), "service", "澜汀市")
THERE = keys_of(("砚池派出所",), "traffic", "澜汀市")
Post = tuple[float, str, tuple[Key, ...]]


def evenly(source: str, start: float, days: float, a_day: float, keys: tuple[Key, ...] = HERE) -> list[Post]:
    return [(MONDAY + (start + n / a_day) * DAY, source, keys) for n in range(round(days * a_day))]


def play(posts: Iterable[Post], watch: RiseWatch | None = None) -> list[Rise]:
    watch = watch or RiseWatch(RiseRule())
    pushed = (
        watch.push(at, f"p{n}", keys, lambda _: False, source=source)
        for n, (at, source, keys) in enumerate(sorted(posts))
    )
    return [rise for rise in pushed if rise]


def test_a_source_that_is_added_raises_nothing_however_much_it_says() -> None:
    for a_day in (6, 20, 100):
        assert play([*evenly("论坛", 0, 30, 4), *evenly("微博", 15.3, 14.7, a_day)]) == [], a_day


def test_nor_does_one_that_is_added_where_nothing_was_heard_before() -> None:
    alive = evenly("论坛", 0, 30, 10, THERE)
    assert play([*alive, *evenly("微博", 15.3, 14.7, 20)]) == []


def test_once_its_ordinary_days_are_known_its_swell_is_told_and_on_how_little_it_rests() -> None:
    posts = [*evenly("论坛", 0, 27, 4), *evenly("微博", 15.3, 11.7, 20)]
    found = play([*posts, *evenly("微博", 26.3, 0.25, 400)])
    assert found
    assert {r.at >= MONDAY + 26.3 * DAY for r in found} == {True}
    assert found[0].weeks < 12 / 7


def test_a_swell_in_known_sources_is_told_beside_a_new_one() -> None:
    posts = [*evenly("论坛", 0, 17, 4), *evenly("微博", 15.3, 1.7, 4)]
    assert play([*posts, *evenly("论坛", 16.3, 0.25, 100)])


def test_a_source_that_was_away_for_more_than_two_weeks_is_a_new_one() -> None:
    for away, raised in ((16.0, False), (12.0, True)):
        before = [*evenly("论坛", 0, 34, 1), *evenly("微博", 0, 6, 4)]
        assert bool(play([*before, *evenly("微博", 6 + away, 1, 90)])) == raised, away


def imported(posts: Iterable[Post]) -> RiseWatch:
    watch = RiseWatch(RiseRule())
    for n, (at, source, keys) in enumerate(sorted(posts, reverse=True)):
        watch.remember(at, f"old{n}", keys, source=source)
    return watch


def test_imported_history_is_what_is_usual_from_the_first_day_on() -> None:
    live = [*evenly("论坛", 28, 1, 4), *evenly("论坛", 28.5, 0.25, 100)]
    assert play(live) == []
    (rise, *_) = play(live, imported(evenly("论坛", 0, 28, 4)))
    assert rise.weeks > 3
    assert play(evenly("论坛", 28, 3, 4), imported(evenly("论坛", 0, 28, 4))) == []


def test_the_history_of_one_source_says_nothing_about_another() -> None:
    assert play(evenly("微博", 28, 10, 20), imported(evenly("论坛", 0, 28, 4))) == []


def test_what_was_imported_is_no_swell() -> None:
    watch = imported([*evenly("论坛", 0, 28, 4), *evenly("论坛", 27.5, 0.4, 200)])
    assert play(evenly("论坛", 28, 0.5, 8), watch) == []


def test_history_that_comes_after_the_first_live_posts_counts_as_well() -> None:
    watch = RiseWatch(RiseRule())
    assert play(evenly("论坛", 28, 0.5, 4), watch) == []
    for at, source, keys in evenly("论坛", 0, 28, 4):
        watch.remember(at, f"{at}", keys, source=source)
    assert play(evenly("论坛", 28.5, 0.25, 100), watch)

"""A slow rise is over when time has passed, whoever shows it: another place's post, or the clock where it is quiet."""

from collections.abc import Iterable

from models.rises import HOUR_S, Key, RiseRule, RiseWatch, keys_of

MONDAY = 1_761_494_400.0  # 2025-10-27 00:00 in Beijing
DAY = 24 * HOUR_S
HERE = keys_of(("望汐派出所",), "service", "澜汀市")
THERE = keys_of(("砚池派出所",), "traffic", "澜汀市")
Post = tuple[float, tuple[Key, ...]]


def evenly(start: float, days: float, a_day: float, keys: tuple[Key, ...]) -> list[Post]:
    return [(MONDAY + (start + n / a_day) * DAY, keys) for n in range(round(days * a_day))]


def risen(posts: Iterable[Post]) -> tuple[RiseWatch, float, list[Key]]:
    """A watch that has told of a rise and taken in the rest; the time of its last post; what ended by then."""
    watch, last, told, ended = RiseWatch(RiseRule()), 0.0, 0, list[Key]()
    for n, (at, keys) in enumerate(sorted(posts)):
        told += watch.push(at, f"p{n}", keys, lambda _: False) is not None
        ended += watch.over(at)
        last = at
    assert told
    return watch, last, ended


SWELL = evenly(15.3, 0.25, 80, HERE)


def test_a_post_of_any_place_ends_it_even_one_that_counts_for_nothing() -> None:
    for keys in (THERE, ()):
        watch, last, ended = risen([*evenly(0, 15, 4, HERE), *SWELL, *evenly(15.6, 2, 4, keys)])
        assert ended == [HERE[-1]], keys
        assert watch.over(last + DAY) == []


def test_where_little_comes_in_the_clock_ends_it() -> None:
    watch, last, ended = risen([*evenly(0, 15, 4, HERE), *SWELL])
    assert ended == []
    assert watch.over(last + 12 * HOUR_S) == []
    assert watch.over(last + 30 * HOUR_S) == [HERE[-1]]
    assert watch.over(last + 31 * HOUR_S) == []


def test_a_silence_where_much_comes_in_is_no_calm() -> None:
    watch, last, ended = risen([*evenly(0, 15, 100, THERE), *evenly(0, 15, 4, HERE), *SWELL])
    assert watch.over(last + 30 * HOUR_S) == ended == []
    watch.push(last + 31 * HOUR_S, "after", (), lambda _: False)
    assert watch.over(last + 31 * HOUR_S) == [HERE[-1]]


def test_asking_the_clock_changes_nothing_that_comes_after() -> None:
    def after(asked: int) -> list[tuple[Key, float, int, float]]:
        watch, last, _ = risen([*evenly(0, 15, 4, HERE), *SWELL])
        for n in range(asked):
            watch.over(last + n * HOUR_S)
        found = []
        for n, (at, keys) in enumerate(sorted([*evenly(17, 1.3, 4, HERE), *((at + 3 * DAY, k) for at, k in SWELL)])):
            watch.over(at)
            found.append(watch.push(at, f"q{n}", keys, lambda _: False))
        return [(r.key, r.at, r.count, r.strength) for r in found if r]

    assert after(0)
    assert after(0) == after(45)

"""Quiet hours of the day, in Beijing time."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.deadlines import BEIJING
from models.quiet import DailyHours

NIGHT = DailyHours(time(22, 30), time(7, 0))
NOON = DailyHours(time(12, 0), time(14, 0))


def beijing(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (beijing(16, 22, 29), None),
        (beijing(16, 22, 30), beijing(17, 7)),
        (beijing(17, 0, 0), beijing(17, 7)),
        (beijing(17, 6, 59), beijing(17, 7)),
        (beijing(17, 7, 0), None),
    ],
)
def test_a_night_begins_on_the_minute_and_ends_on_the_next_morning(now: datetime, until: datetime | None) -> None:
    assert NIGHT.until(now) == until


def test_hours_within_a_day_end_the_same_day() -> None:
    assert NOON.until(beijing(16, 13)) == beijing(16, 14)
    assert NOON.until(beijing(16, 14)) is None
    assert NOON.until(beijing(16, 11, 59)) is None


def test_what_counts_is_the_clock_in_beijing_not_the_zone_of_the_argument() -> None:
    assert NIGHT.until(datetime(2026, 11, 16, 14, 30, tzinfo=UTC)) == datetime(2026, 11, 16, 23, 0, tzinfo=UTC)
    assert NIGHT.until(datetime(2026, 11, 16, 14, 29, tzinfo=UTC)) is None
    with pytest.raises(ValueError, match="aware"):
        NIGHT.until(datetime(2026, 11, 16, 23, 0))


@given(
    st.times().filter(lambda t: t.tzinfo is None),
    st.times().filter(lambda t: t.tzinfo is None),
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)),
)
def test_every_moment_is_in_the_hours_or_in_their_complement_and_they_end_within_a_day(
    start: time, end: time, now: datetime
) -> None:
    if start == end:
        return
    one, other = DailyHours(start, end).until(now), DailyHours(end, start).until(now)
    assert (one is None) != (other is None)
    until = one or other
    assert until is not None
    assert timedelta(0) < until - now <= timedelta(days=1)
    assert DailyHours(start, end).until(until) is None or one is None

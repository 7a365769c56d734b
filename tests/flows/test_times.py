"""Times as people and programs write them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_site import NOW

from flows import times

ZONE = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("text", "expected", "hour"),
    [
        ("2026-11-21T18:00:00+08:00", "2026-11-21T10:00", True),
        ("2026-11-21T10:00:00Z", "2026-11-21T10:00", True),
        ("2026-11-21 18:00", "2026-11-21T10:00", True),
        ("2026-11-21", "2026-11-20T16:00", False),
        ("2026年1月2日 星期五 08:05", "2026-01-02T00:05", True),
        ("2026/1/2 8:05:30", "2026-01-02T00:05", True),
        ("发布时间：2026-11-21 18:00 来源：澜汀日报", "2026-11-21T10:00", True),
        ("Sat, 21 Nov 2026 18:00:00 CST", "2026-11-21T10:00", True),
        ("Sat Nov 21 18:00:00 CST 2026", "2026-11-21T10:00", True),
        ("Sat, 21 Nov 2026 10:00:00 -0000", "2026-11-21T10:00", True),
        ("2024-02-29 00:30", "2024-02-28T16:30", True),
    ],
)
def test_written_times(text: str, expected: str, hour: bool) -> None:
    found = times.parse(text, ZONE, NOW)
    assert found is not None
    assert found[0].strftime("%Y-%m-%dT%H:%M") == expected
    assert found[1] is hour


@pytest.mark.parametrize(
    "text", ["", "昨天", "2026-13-45 10:00", "2023-02-29 10:00", "1970-01-01", "2099-01-01", "12345678"]
)
def test_what_is_no_usable_time_is_none(text: str) -> None:
    assert times.parse(text, ZONE, NOW) is None


@given(st.datetimes(datetime(1996, 1, 1), datetime(2026, 11, 1)), st.integers(-12, 14))
def test_an_offset_is_never_relabelled(when: datetime, hours: int) -> None:
    sign = "+" if hours >= 0 else "-"
    found = times.parse(f"{when.replace(microsecond=0).isoformat()}{sign}{abs(hours):02}:00", ZONE, NOW)
    assert found is not None
    assert found[0] == when.replace(microsecond=0, tzinfo=UTC) - timedelta(hours=hours)


@given(st.text(max_size=60))
def test_no_text_makes_it_raise(text: str) -> None:
    found = times.parse(text, ZONE, NOW)
    assert found is None or found[0] <= NOW


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_no_number_makes_an_epoch_raise(value: float) -> None:
    found = times.epoch(value, NOW)
    assert found is None or times.OLDEST <= found <= NOW


def test_epochs_may_be_seconds_or_milliseconds() -> None:
    assert times.epoch(1_740_931_317, NOW) == times.epoch(1_740_931_317_000, NOW)

"""Times and counts as people see them: year roll, leap day, zones, precision, never in the future."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.wordings import parse_count, parse_time

ZONE = "Asia/Shanghai"
HOME = ZoneInfo(ZONE)
NOW = datetime(2026, 11, 21, 11, 45, tzinfo=UTC)  # 19:45 in the zone

moments = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))


def _said(text: str, now: datetime = NOW) -> tuple[str, str] | None:
    read = parse_time(text, now=now, zone=ZONE)
    return (read[0].astimezone(HOME).strftime("%Y-%m-%d %H:%M:%S"), read[1]) if read else None


@pytest.mark.parametrize(
    ("text", "when", "precision"),
    [
        ("刚刚", "2026-11-21 19:45:00", "minute"),
        ("30秒前", "2026-11-21 19:44:30", "second"),
        ("5分钟前", "2026-11-21 19:40:00", "minute"),
        ("5\xa0分钟前", "2026-11-21 19:40:00", "minute"),
        ("半小时前", "2026-11-21 19:15:00", "hour"),
        ("3 小时前", "2026-11-21 16:45:00", "hour"),
        ("3小時前", "2026-11-21 16:45:00", "hour"),
        ("今天 09:05", "2026-11-21 09:05:00", "minute"),
        ("昨天\xa018:20", "2026-11-20 18:20:00", "minute"),
        ("昨天", "2026-11-20 00:00:00", "day"),
        ("前天 8:01", "2026-11-19 08:01:00", "minute"),
        ("5\xa0天前", "2026-11-16 00:00:00", "day"),
        ("3 周前", "2026-10-31 00:00:00", "day"),
        ("11-20 10:00", "2026-11-20 10:00:00", "minute"),
        ("11-21", "2026-11-21 00:00:00", "day"),
        ("11-22", "2025-11-22 00:00:00", "day"),
        ("12-31", "2025-12-31 00:00:00", "day"),
        ("02-29", "2024-02-29 00:00:00", "day"),
        ("1月5日 9:05", "2026-01-05 09:05:00", "minute"),
        ("11月20日 18:30 来自 某客户端", "2026-11-20 18:30:00", "minute"),
        ("2024-02-29", "2024-02-29 00:00:00", "day"),
        ("2026-11", "2026-11-01 00:00:00", "month"),
        ("2026-1-5 9:05", "2026-01-05 09:05:00", "minute"),
        ("2026-1-5 9:05:07", "2026-01-05 09:05:07", "second"),
        ("2023年12月23日 17:12", "2023-12-23 17:12:00", "minute"),
        ("Sat Dec 23 17:12:54 +0800 2023", "2023-12-23 17:12:54", "second"),
        ("Sat Dec 23 09:12:54 +0000 2023", "2023-12-23 17:12:54", "second"),
        ("2026-11-21T10:00:00Z", "2026-11-21 18:00:00", "second"),
        ("Sat, 21 Nov 2026 10:00:00 +0800", "2026-11-21 10:00:00", "second"),
        ("11-21-2026, 06:20 PM", "2026-11-21 18:20:00", "minute"),
        ("下午 6:20", "2026-11-21 18:20:00", "minute"),
        ("18:20", "2026-11-21 18:20:00", "minute"),
        ("23:50", "2026-11-20 23:50:00", "minute"),
        ("发表于 2026-1-5 09:05", "2026-01-05 09:05:00", "minute"),
        ("编辑于 半小时前", "2026-11-21 19:15:00", "hour"),
        ("1795261480", "2026-11-21 19:44:40", "second"),
    ],
)
def test_every_wording_is_read_with_its_precision(text: str, when: str, precision: str) -> None:
    assert _said(text) == (when, precision)


@pytest.mark.parametrize("text", ["", "x", "12345", "13-45", "02-30", "2026-02-29", "5万", "25:61", "2031-01-01"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_time(text, now=NOW, zone=ZONE) is None


def test_a_day_without_year_rolls_back_in_january() -> None:
    january = datetime(2026, 1, 2, 1, 0, tzinfo=UTC)
    assert _said("12-31 23:58", january) == ("2025-12-31 23:58:00", "minute")
    assert _said("01-02 08:30", january) == ("2026-01-02 08:30:00", "minute")


def test_a_clock_that_runs_ahead_over_new_year_is_not_a_year_old() -> None:
    eve = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    read = parse_time("01-01 00:01", now=eve, zone=ZONE)
    assert read == (eve, "minute")


def test_a_page_written_before_midnight_and_fetched_after_it() -> None:
    assert _said("今天 23:59", datetime(2026, 11, 20, 16, 0, 30, tzinfo=UTC)) == ("2026-11-20 23:59:00", "minute")


@given(moments, st.integers(-12, 14), moments)
def test_a_stated_zone_is_converted_and_never_relabelled(when: datetime, hours: int, later: datetime) -> None:
    when = when.replace(microsecond=0)
    local = when.astimezone(ZoneInfo("UTC")) + timedelta(hours=hours)
    days, months = "Mon Tue Wed Thu Fri Sat Sun".split(), "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905
    said = (
        f"{days[local.weekday()]} {months[local.month - 1]} {local.day:02d} {local:%H:%M:%S} "
        f"{'-' if hours < 0 else '+'}{abs(hours):02d}00 {local.year}"
    )
    assert parse_time(said, now=max(when, later), zone=ZONE) == (when, "second")


@given(moments, st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)), st.booleans())
def test_a_day_without_year_is_the_latest_one_that_is_not_to_come(now: datetime, day: datetime, clock: bool) -> None:
    read = parse_time(f"{day.month}-{day.day}" + (f" {day:%H:%M}" if clock else ""), now=now, zone=ZONE)
    assert read is not None
    when = read[0].astimezone(HOME)
    assert read[0] <= now
    if now - read[0] > timedelta(minutes=10):  # else the site's clock may have run ahead
        assert (when.month, when.day) == (day.month, day.day)
        assert not clock or (when.hour, when.minute) == (day.hour, day.minute)
    if (day.month, day.day) != (2, 29):
        assert now - read[0] <= timedelta(days=366, hours=1)


@given(moments, st.integers(0, 59), st.sampled_from(["秒", "分钟", "小时"]), st.sampled_from(["", " ", "\xa0"]))
def test_relative_times_count_back_from_the_fetch(now: datetime, number: int, unit: str, blank: str) -> None:
    read = parse_time(f"{number}{blank}{unit}前", now=now, zone=ZONE)
    seconds = {"秒": 1, "分钟": 60, "小时": 3600}[unit]
    assert read is not None
    assert read[0] == now - timedelta(seconds=number * seconds)


@given(st.text(max_size=60), moments)
def test_no_text_breaks_it_or_leads_into_the_future(text: str, now: datetime) -> None:
    read = parse_time(text, now=now, zone=ZONE)
    assert read is None or (read[0] <= now and read[0].tzinfo is UTC)
    count = parse_count(text)
    assert count is None or count >= 0


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("5万", 50_000),
        ("1.2万", 12_000),
        ("100万+", 1_000_000),
        ("3亿", 300_000_000),
        ("1,234", 1234),
        ("１２", 12),
        ("1.2w", 12_000),
        ("转发", 0),
        ("转发 12", 12),
        ("赞(3)", 3),
        ("", None),
        (" ", None),
        (None, None),
        (True, None),
        ("abc", None),
        ("-1", None),
        (-1, None),
        (7, 7),
    ],
)
def test_counts_as_shown(text: str | int | None, count: int | None) -> None:
    assert parse_count(text) == count


@given(st.integers(0, 9_999_999), st.sampled_from(["", "+"]))
def test_a_count_in_wan_is_ten_thousand_times_its_figure(tenths: int, more: str) -> None:
    assert parse_count(f"{tenths // 10}.{tenths % 10}万{more}") == tenths * 1000
    assert parse_count(f"{tenths:,}") == tenths == parse_count(str(tenths))

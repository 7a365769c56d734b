"""The small parts: times, addresses, drawings, words, static files' addresses."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from desk import times, words
from desk.gauges import MAX_COLUMNS, columns, gauge
from desk.links import query
from desk.rendering import asset, number, quote
from store.incidents import STATES

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 in Beijing


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "刚刚"),
        (59, "刚刚"),
        (60, "1 分钟前"),
        (3600, "1 小时前"),
        (7320, "2 小时 2 分前"),
        (266_400, "3 天 2 小时前"),
        (-300, "5 分钟后"),
    ],
)
def test_how_long_ago_is_said_in_two_units_at_most(seconds: int, said: str) -> None:
    assert times.ago(NOON - timedelta(seconds=seconds), NOON) == said


def test_times_are_said_on_beijing_clocks() -> None:
    assert times.short(NOON, NOON) == "11月20日 12:00"
    assert (
        times.short(datetime(2025, 12, 31, 16, 30, tzinfo=UTC), datetime(2025, 12, 31, 15, tzinfo=UTC))
        == "2026年1月1日 00:30"
    )
    assert times.full(NOON) == "2026-11-20 12:00:00 星期五（北京时间）"
    assert times.midnight(NOON) == datetime(2026, 11, 19, 16, tzinfo=UTC)


def test_a_time_field_is_read_as_it_was_written() -> None:
    for text in ("2026-11-20T12:00", "2026-11-20T12:00:05"):
        at = times.parse_field(text)
        assert at is not None
        assert times.field(at) == text
    assert times.parse_field(" ") is None
    assert times.parse_field("2026-11-20") == datetime(2026, 11, 19, 16, tzinfo=UTC)
    assert times.second_after(NOON.replace(microsecond=5)) > NOON.replace(microsecond=5)


def test_a_query_leaves_out_what_is_not_set_and_escapes_the_rest() -> None:
    assert query("/posts", {"a": None, "b": "", "c": 0, "d": True, "e": "x&y=z #"}) == "/posts?c=0&d=1&e=x%26y%3Dz+%23"
    assert query("/", {}) == "/"


@pytest.mark.parametrize(("value", "said"), [(0, "0"), (12.0, "12"), (12345, "12,345"), (3.44, "3.4"), (0.071, "0.07")])
def test_measured_values_are_printed_without_noise(value: float, said: str) -> None:
    assert number(value) == said


def test_a_gauge_stays_inside_its_width() -> None:
    for measured, threshold in ((7.4, 4.0), (0.0, 0.0), (1.0, 1e9), (-3.0, 2.0)):
        drawn = gauge(measured, threshold)
        assert 0 <= drawn.filled <= drawn.width
        assert 0 <= drawn.tick <= drawn.width


@pytest.mark.parametrize(
    "length", [timedelta(), timedelta(minutes=40), timedelta(hours=9), timedelta(days=3), timedelta(days=40)]
)
def test_a_curve_counts_every_post_once_in_few_columns(length: timedelta) -> None:
    points = [(NOON + length * (n / 99), n % 3 == 0) for n in range(100)]
    found = columns(points, until=NOON)
    assert sum(c.posts for c in found) == 100
    assert sum(c.negative for c in found) == 34
    assert len(found) <= MAX_COLUMNS + 1
    assert all(one.end == next_.start for one, next_ in pairwise(found))
    assert found[0].start <= NOON < found[0].end
    assert columns([], until=NOON) == ()


def test_a_day_column_begins_at_midnight_in_beijing() -> None:
    found = columns([(NOON, False), (NOON + timedelta(days=40), False)], until=NOON)
    assert times.local(found[0].start).hour == 0


def test_a_quote_is_one_masked_line() -> None:
    assert quote("一\n二  三 13912345678", 50) == "一 二 三 ＊＊＊"
    assert quote("长" * 100, 10) == "长" * 9 + "…"


def test_the_words_cover_every_state_of_the_store_and_unknown_slugs_stay_readable() -> None:
    assert dict(STATES) == words.INCIDENT
    assert words.word(words.RULE, "new-rule") == "new-rule"
    assert words.word(words.CATEGORY, None) == "—"


def test_every_rule_the_detector_names_has_a_word() -> None:
    source = (Path(__file__).resolve().parents[2] / "models" / "levels.py").read_text(encoding="utf-8")
    assert set(re.findall(r'"((?:event|severe|slow)-[a-z]+)"', source)) <= set(words.RULE)


def test_static_addresses_change_with_their_file() -> None:
    assert asset("desk.css", b"a").startswith("/static/desk.css?v=")
    assert asset("desk.css", b"a") != asset("desk.css", b"b")

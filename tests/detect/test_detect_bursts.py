"""The count detector and the running evidence of an event."""

import math
import os
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.settings import PROJECT
from models.bursts import (
    FIRES,
    KEPT_TIMES,
    EventPulse,
    Pace,
    SeriesDetector,
    SeriesRule,
    bin_minutes_of,
    score_series,
)

counts = st.lists(st.integers(0, 5000).map(float), max_size=400)
gaps = st.lists(st.floats(0, 20_000), min_size=1, max_size=60)
PACES = (Pace(360, 6), Pace(400, 12))
QUICK = SeriesRule(warm_up_minutes=100, quiet_minutes=100)


@given(counts, st.integers(0, 400))
@settings(deadline=None)
def test_scores_of_a_truncated_series_equal_the_prefix(series: list[float], cut: int) -> None:
    assert score_series(series[:cut], QUICK) == score_series(series, QUICK)[:cut]


@given(counts)
@settings(deadline=None)
def test_every_score_is_finite_and_within_zero_and_one(series: list[float]) -> None:
    assert all(0 <= s <= 1 for s in score_series(series, QUICK))


def test_one_burst_is_announced_once() -> None:
    rng = random.Random(3)
    series = [float(rng.randint(8, 12)) for _ in range(1200)]
    for i in range(1000, 1030):
        series[i] = 200.0
    fired = [i for i, s in enumerate(score_series(series)) if s >= FIRES]
    assert len(fired) == 1
    assert 1000 <= fired[0] <= 1002


def test_ordinary_days_announce_nothing() -> None:
    rng = random.Random(4)
    series = [float(rng.randint(0, 3)) for _ in range(3000)]
    assert max(score_series(series)) < FIRES


def test_nothing_fires_below_the_smallest_count_that_matters() -> None:
    rule = SeriesRule(min_count=10)
    series = [0.0] * 800 + [3.0] + [0.0] * 10
    assert max(score_series(series, rule)) < FIRES
    assert max(score_series([0.0] * 800 + [40.0], rule)) >= FIRES


@pytest.mark.parametrize("count", [-1.0, math.nan, math.inf])
def test_a_count_that_is_no_count_is_refused(count: float) -> None:
    with pytest.raises(ValueError, match="count"):
        SeriesDetector().push(count)


def test_the_first_two_rows_tell_the_bin() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert bin_minutes_of([start, start + timedelta(minutes=15), start]) == 15
    assert bin_minutes_of([start]) == 5
    with pytest.raises(ValueError, match="later"):
        bin_minutes_of([start, start])


@given(gaps)
def test_the_evidence_is_never_negative_and_always_finite(apart: list[float]) -> None:
    pulse, at = EventPulse(PACES), 1e9
    for gap in apart:
        at += gap
        now = pulse.add(at)[-1]
        assert all(0 <= s < math.inf for s in now.cusum)
        assert 1 <= now.recent10 <= len(apart)
        assert now.momentum < math.inf


@given(gaps, st.randoms(use_true_random=False))
def test_an_events_numbers_do_not_depend_on_the_order_of_arrival(apart: list[float], rng: random.Random) -> None:
    times, at = [], 1e9
    for gap in apart:
        at += round(gap, 3)
        times.append(at)
    straight, shuffled = EventPulse(PACES), EventPulse(PACES)
    for t in times:
        straight.add(t)
    rng.shuffle(times)
    for t in times:
        shuffled.add(t)
    assert straight.states == shuffled.states


@given(gaps, st.integers(0, 60))
def test_posts_taken_in_together_count_as_those_that_come_one_by_one(apart: list[float], cut: int) -> None:
    single, together, at = EventPulse(PACES), EventPulse(PACES), 1e9
    for gap in apart:
        at += gap
        single.add(at)
    together.take_in(single.times[cut:])
    together.take_in(single.times[:cut])
    assert (together.times, together.states) == (single.times, single.states)


@given(gaps)
def test_taking_a_post_back_leaves_what_the_others_alone_would_give(apart: list[float]) -> None:
    pulse, others, at = EventPulse(PACES), EventPulse(PACES), 1e9
    for i, gap in enumerate(apart):
        at += round(gap, 3)
        pulse.add(at)
        if i:
            others.add(at)
    pulse.remove(pulse.times[0])
    assert pulse.states == others.states


def test_a_flood_of_any_length_keeps_a_bounded_memory() -> None:
    pulse = EventPulse(PACES)
    for i in range(3 * KEPT_TIMES):
        pulse.add(1e9 + i)
    assert len(pulse.times) == len(pulse.states) <= KEPT_TIMES
    assert pulse.now is not None
    assert pulse.now.day > KEPT_TIMES // 2
    assert pulse.add(1e9) == []


def test_posts_of_the_day_before_do_not_count_today() -> None:
    pulse = EventPulse(PACES)
    for i in range(50):
        pulse.add(1e9 + i)
    assert pulse.add(1e9 + 86_460)[-1].day == 1


@pytest.mark.slow
def test_real_series_score_at_least_eighty(tmp_path: Path) -> None:
    """The public five-minute series, with the detector's own threshold; needs the data folder."""
    data = Path(os.environ.get("MINYI_DATA") or PROJECT.parent / "shared" / "data") / "nab_dev"
    if not data.is_dir():
        pytest.skip("no data: set MINYI_DATA to the folder that holds nab_dev")
    for series in data.glob("*.csv"):
        with (tmp_path / series.name).open("wb") as out:
            subprocess.run([sys.executable, "-m", "cli", "burst", str(series)], stdout=out, check=True)
    command = [sys.executable, str(data / "nab_score.py"), "--data", str(data), "--scores", str(tmp_path)]
    done = subprocess.run([*command, "--threshold", "0.5"], capture_output=True, text=True, check=True)
    assert float(done.stdout.split()[1]) >= 80

"""Phases are read from counts an hour: over when quiet, re-ignited only after it had calmed down."""

from hypothesis import given
from hypothesis import strategies as st

from models.phases import FEW, QUIET_HOURS, hourly, phase

COUNTS = st.lists(st.integers(0, 60), max_size=80)


@given(COUNTS)
def test_an_event_without_posts_for_its_quiet_time_is_over(counts: list[int]) -> None:
    assert phase([3, *counts, *[0] * QUIET_HOURS]) == "over"
    assert phase([3, *counts, 1, *[0] * (QUIET_HOURS - 1)]) != "over"


@given(COUNTS)
def test_only_what_had_calmed_down_is_reignited_and_only_by_a_rise(counts: list[int]) -> None:
    seen = [phase(counts[: n + 1]) for n in range(len(counts))]
    for n in range(1, len(seen)):
        if seen[n] == "reignited" and seen[n - 1] != "reignited":
            assert seen[n - 1] in ("fading", "over")
            assert counts[n] > counts[n - 1]
            assert counts[n] >= FEW


@given(COUNTS)
def test_the_phase_of_every_hour_is_read_without_looking_ahead(counts: list[int]) -> None:
    assert phase([*counts, 0]) in ("emerging", "rising", "peak", "fading", "over", "reignited")
    if max(counts, default=0) < FEW and len(counts) < QUIET_HOURS:
        assert phase(counts) == "emerging"


def test_a_story_goes_through_its_phases() -> None:
    story = [1, 3, 9, 20, 21, 6, 2, *[0] * QUIET_HOURS, 14]
    seen = [phase(story[: n + 1]) for n in range(len(story))]
    assert seen[:7] == ["emerging", "emerging", "rising", "rising", "peak", "fading", "fading"]
    assert seen[-2:] == ["over", "reignited"]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.floats(0, 1e6))
def test_every_known_post_is_in_one_hour(times: list[float], until: float) -> None:
    assert sum(hourly(times, until)) == sum(at <= until for at in times)
    assert not hourly(times, until) or hourly(times, until)[0] > 0

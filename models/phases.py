"""Where an event stands, from its posts an hour alone. Pure, no clock."""

from collections.abc import Iterable, Sequence
from typing import Literal

Phase = Literal["emerging", "rising", "peak", "fading", "over", "reignited"]

QUIET_HOURS = 12  # the all-clear of the shipped rules (clear_after_hours)
FEW = 5  # posts; what never had as many in an hour has no curve to read
FADED = 0.4  # of the busiest hour
RISES = 1.2  # times the hour before
HOUR_S = 3600.0


def phase(counts: Sequence[int]) -> Phase:
    """The phase at the end of `counts`: posts of each hour since the first post, oldest first, the last one running.

    over: no post for QUIET_HOURS. reignited: after such a silence, or after fading, an hour of FEW or more rises
    again to at least FADED of the old peak. emerging: too few so far; also when there is no count at all.
    """
    state: Phase = "emerging"
    peak = silent = before = 0
    for count in counts:
        silent = 0 if count else silent + 1
        state = _next(state, count, before=before, peak=peak, silent=silent)
        peak, before = max(peak, count), count
    return state


def hourly(times: Iterable[float], until: float) -> list[int]:
    """Posts of each hour, counted back from `until` (epoch seconds), oldest first, from the first post on."""
    kept = [at for at in times if at <= until]
    if not kept:
        return []
    counts = [0] * (int((until - min(kept)) // HOUR_S) + 1)
    for at in kept:
        counts[-1 - int((until - at) // HOUR_S)] += 1
    return counts


def _next(state: Phase, count: int, *, before: int, peak: int, silent: int) -> Phase:
    if silent >= QUIET_HOURS:
        return "over"
    high = max(peak, count)
    if state in ("fading", "over", "reignited"):
        if count >= FEW and count >= FADED * peak and count >= RISES * before:
            return "reignited"
        if state == "over":
            return "over" if not count else "fading"
        return state if state == "reignited" and count >= FADED * high else "fading"
    if high < FEW:
        return "emerging"
    if count < FADED * high:
        return "fading"
    if count >= RISES * before and count >= peak:
        return "rising"
    return "peak"

"""quiet_hours, as alerts.yaml (for a jurisdiction) and audiences.yaml (for an audience) write them."""

import re
from datetime import time
from typing import Literal

import msgspec

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class QuietHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours (Beijing time, HH:MM) in which only `breaks` and above are told at once; the rest when they end."""

    start: str
    end: str
    breaks: Literal["blue", "yellow", "orange", "red"] = "red"

    def __post_init__(self) -> None:
        if not (_CLOCK.fullmatch(self.start) and _CLOCK.fullmatch(self.end)):
            raise ValueError('start and end must be written "HH:MM" in quotes, e.g. "22:30"')
        if self.start == self.end:
            raise ValueError("start and end are the same: that would be always, or never")

    @property
    def hours(self) -> tuple[time, time]:
        """Start and end as times of the day."""
        return time.fromisoformat(self.start), time.fromisoformat(self.end)

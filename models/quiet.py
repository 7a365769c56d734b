"""Hours of the day in which only the gravest alerts are told at once. Pure; Beijing time, like the people who sleep."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from models.deadlines import BEIJING


@dataclass(frozen=True, slots=True)
class DailyHours:
    """A stretch of every day, over midnight when it ends before it starts. start: inclusive, end: exclusive."""

    start: time
    end: time

    def until(self, now: datetime) -> datetime | None:
        """When the stretch that `now` lies in ends, in UTC; None outside it. Raises ValueError for a naive time."""
        if now.tzinfo is None:
            raise ValueError("quiet hours need an aware time")
        local = now.astimezone(BEIJING)
        clock, day = local.time(), local.date()
        if self.start < self.end:
            inside = self.start <= clock < self.end
        else:
            inside = clock >= self.start or clock < self.end
        if not inside:
            return None
        if clock >= self.end:
            day += timedelta(days=1)
        return datetime.combine(day, self.end, BEIJING).astimezone(UTC)

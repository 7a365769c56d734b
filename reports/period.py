"""The stretch of time a report covers: whole days of Asia/Shanghai, half-open, kept in UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")

PeriodKind = Literal["day", "week", "month", "event"]

YEARS = range(2000, 2100)  # no log of ours is older, and a typing slip such as 20266-W1 must not pass


@dataclass(frozen=True)
class Period:
    """One reporting period, `since` inclusive, `until` exclusive, both aware UTC."""

    kind: PeriodKind
    slug: str
    """For file names and the command line: 2026-W47, 2026-11-20, 2026-11."""
    since: datetime
    until: datetime

    @property
    def first_day(self) -> date:
        """The first day, in Asia/Shanghai."""
        return self.since.astimezone(BEIJING).date()

    @property
    def last_day(self) -> date:
        """The last day covered, in Asia/Shanghai."""
        return (self.until - timedelta(microseconds=1)).astimezone(BEIJING).date()

    def days(self) -> list[date]:
        """Every day covered, oldest first."""
        return [self.first_day + timedelta(days=n) for n in range((self.last_day - self.first_day).days + 1)]

    def before(self, as_of: datetime) -> "Period":
        """The period to compare with: the one before, cut to the part that has passed by `as_of`.

        A digest made on Wednesday is compared with Monday to Wednesday of the week before, not with a whole week.
        """
        whole = _enclosing(self.kind, self.first_day - timedelta(days=1))
        passed = min(self.until, max(self.since, as_of)) - self.since
        if as_of >= self.until:
            return whole
        return Period(whole.kind, whole.slug, whole.since, min(whole.until, whole.since + passed))


@dataclass(frozen=True, order=True)
class IsoWeek:
    """An ISO 8601 week, Monday to Sunday."""

    year: int
    week: int

    @classmethod
    def parse(cls, text: str) -> "IsoWeek":
        """`2026-W47`. Raises ValueError in words a person can act on."""
        found = re.fullmatch(r"(\d{4})-?[Ww](\d{1,2})", text.strip())
        if not found:
            raise ValueError(f"not an ISO week: {text!r}; write it like 2026-W47")
        year, week = int(found[1]), int(found[2])
        last = date(year, 12, 28).isocalendar().week if year in YEARS else 0
        if not 1 <= week <= last:
            known = f"{year} has weeks 1 to {last}" if last else "the year must be 2000 to 2099"
            raise ValueError(f"no such week: {text!r}; {known}")
        return cls(year, week)

    @classmethod
    def of(cls, moment: datetime) -> "IsoWeek":
        """The week of Asia/Shanghai that holds `moment`."""
        year, week, _ = moment.astimezone(BEIJING).date().isocalendar()
        return cls(year, week)

    def previous(self) -> "IsoWeek":
        """The week before."""
        return IsoWeek.of(self.period().since - timedelta(days=1))

    def period(self) -> Period:
        """Monday 00:00 to the next Monday 00:00, Asia/Shanghai."""
        monday = date.fromisocalendar(self.year, self.week, 1)
        return _days("week", str(self), monday, monday + timedelta(days=7))

    def __str__(self) -> str:
        return f"{self.year}-W{self.week:02}"


def day_period(text: str) -> Period:
    """`2026-11-20`. Raises ValueError in words a person can act on."""
    try:
        day = date.fromisoformat(text.strip()) if re.fullmatch(r"\d{4}-\d\d-\d\d", text.strip()) else None
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise ValueError(f"not a day: {text!r}; write it like 2026-11-20")
    return _days("day", day.isoformat(), day, day + timedelta(days=1))


def month_period(text: str) -> Period:
    """`2026-11`. Raises ValueError in words a person can act on."""
    found = re.fullmatch(r"(\d{4})-(\d\d)", text.strip())
    if not found or int(found[1]) not in YEARS or not 1 <= int(found[2]) <= 12:
        raise ValueError(f"not a month: {text!r}; write it like 2026-11")
    return _month(date(int(found[1]), int(found[2]), 1))


def midnight(day: date) -> datetime:
    """00:00 of that day in Asia/Shanghai, as UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING).astimezone(UTC)


def _days(kind: PeriodKind, slug: str, first: date, end: date) -> Period:
    return Period(kind, slug, midnight(first), midnight(end))


def _month(first: date) -> Period:
    return _days("month", f"{first:%Y-%m}", first, (first + timedelta(days=31)).replace(day=1))


def _enclosing(kind: PeriodKind, day: date) -> Period:
    if kind == "week":
        return IsoWeek.of(midnight(day)).period()
    if kind == "month":
        return _month(day.replace(day=1))
    return _days("day", day.isoformat(), day, day + timedelta(days=1))

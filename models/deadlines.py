"""The clocks of a crisis: pure date arithmetic, and they never pause.

The general rules behind the hours (State Council office documents 2016 no. 61 and no. 80): authoritative information
within 5 hours and a press conference within 24 hours of a major or especially major matter, a response within
48 hours for others. When the clock starts is not given as a number, so the start event is an argument and stored.
Acknowledging is an own setting and runs from the moment the desk could know.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

ClockName = Literal["acknowledge", "authoritative_information", "press_conference", "response"]
BEIJING = ZoneInfo("Asia/Shanghai")
TITLES: "MappingProxyType[str, str]" = MappingProxyType(
    {
        "acknowledge": "签收",
        "authoritative_information": "发布权威信息",
        "press_conference": "召开新闻发布会",
        "response": "作出回应",
    }
)
MAJOR = ("orange", "red")


@dataclass(frozen=True)
class Clock:
    """One deadline."""

    name: ClockName
    due_at: datetime


@dataclass(frozen=True)
class ClockRules:
    """Settings, per jurisdiction."""

    acknowledge_minutes: float = 30.0
    authoritative_information_hours: float = 5.0
    press_conference_hours: float = 24.0
    response_hours: float = 48.0
    no_clocks_for: tuple[str, ...] = ("praise",)
    """Categories that need no answer."""


def clocks(
    level: str,
    category: str | None,
    started_at: datetime,
    rules: ClockRules | None = None,
    *,
    known_at: datetime | None = None,
) -> list[Clock]:
    """The clocks of an alert, soonest first; none for blue.

    started_at: the start event, aware. known_at: when the desk could first know (acknowledging counts from there);
    started_at unless given. Raises ValueError for a naive time.
    """
    rules = rules or ClockRules()
    if started_at.tzinfo is None or (known_at is not None and known_at.tzinfo is None):
        raise ValueError("clocks need aware times")
    if level not in ("yellow", *MAJOR) or category in rules.no_clocks_for:
        return []
    found = [Clock("acknowledge", (known_at or started_at) + timedelta(minutes=rules.acknowledge_minutes))]
    if level in MAJOR:
        found.append(
            Clock("authoritative_information", started_at + timedelta(hours=rules.authoritative_information_hours))
        )
        found.append(Clock("press_conference", started_at + timedelta(hours=rules.press_conference_hours)))
    else:
        found.append(Clock("response", started_at + timedelta(hours=rules.response_hours)))
    return sorted(found, key=lambda c: (c.due_at, c.name))


def left_words(due_at: datetime, now: datetime) -> str:
    """`还有4小时05分` or `已超时12分`."""
    seconds = (due_at - now).total_seconds()
    hours, rest = divmod(round(abs(seconds) / 60), 60)  # rounded: half an hour is one, a second after it began too
    span = f"{hours}小时{rest:02d}分" if hours else f"{rest}分"
    return f"还有{span}" if seconds >= 0 else f"已超时{span}"


def beijing(at: datetime, *, now: datetime | None = None) -> str:
    """`11月21日 14:05`, Beijing time; the year in front when it is not this one."""
    local = at.astimezone(BEIJING)
    text = f"{local.month}月{local.day}日 {local:%H:%M}"
    if now is not None and now.astimezone(BEIJING).year != local.year:
        text = f"{local.year}年{text}"
    return text

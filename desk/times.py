"""Times for people: Beijing time with the date, how long ago, how long left; and back from a form field."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from desk.words import WEEKDAY

BEIJING = ZoneInfo("Asia/Shanghai")
MINUTE, HOUR, DAY = 60, 3600, 86400


def local(at: datetime) -> datetime:
    """`at` (aware) on a Beijing clock."""
    return at.astimezone(BEIJING)


def short(at: datetime, now: datetime) -> str:
    """`11月21日 19:52`; with the year when it is not this year's."""
    there = local(at)
    year = "" if there.year == local(now).year else f"{there.year}年"
    return f"{year}{there.month}月{there.day}日 {there:%H:%M}"


def full(at: datetime) -> str:
    """`2026-11-21 19:52:08 星期六（北京时间）`."""
    there = local(at)
    return f"{there:%Y-%m-%d %H:%M:%S} 星期{WEEKDAY[there.weekday()]}（北京时间）"


def span(seconds: float) -> str:
    """A length of time in its two largest units: `3 分钟`, `2 小时 5 分`, `4 天 3 小时`."""
    left = int(abs(seconds))
    if left < MINUTE:
        return f"{left} 秒"
    if left < HOUR:
        return f"{left // MINUTE} 分钟"
    if left < DAY:
        minutes = left % HOUR // MINUTE
        return f"{left // HOUR} 小时" + (f" {minutes} 分" if minutes else "")
    hours = left % DAY // HOUR
    return f"{left // DAY} 天" + (f" {hours} 小时" if hours else "")


def ago(at: datetime, now: datetime) -> str:
    """`刚刚`, `5 分钟前`, `3 小时后`."""
    seconds = (now - at).total_seconds()
    if abs(seconds) < MINUTE:
        return "刚刚"
    return f"{span(seconds)}{'前' if seconds > 0 else '后'}"


def parse_field(text: str) -> datetime | None:
    """The value of a date or datetime-local field, read as Beijing time, in UTC; None for an empty field.

    Raises ValueError for anything else.
    """
    text = text.strip()
    if not text:
        return None
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=BEIJING)).astimezone(UTC)


def field(at: datetime | None) -> str:
    """The value a datetime-local field shows for `at`; seconds only when there are any."""
    if at is None:
        return ""
    there = local(at).replace(tzinfo=None)
    return there.isoformat(timespec="seconds" if there.second else "minutes")


def field_minute(at: datetime) -> str:
    """The same, cut to the minute: what a person would fill in."""
    return local(at).strftime("%Y-%m-%dT%H:%M")


def midnight(now: datetime) -> datetime:
    """The start of the Beijing day that holds `now`, in UTC."""
    return local(now).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def second_after(at: datetime) -> datetime:
    """The first whole second after `at`: the exclusive end of a filter that must include `at`."""
    return at.replace(microsecond=0) + timedelta(seconds=1)

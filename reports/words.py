"""The words of the papers, the same as on the desk: names of our slugs, times, spans and changes in Chinese."""

from datetime import date, datetime, timedelta

from reports.period import BEIJING, Period

CLOCK_STATES = {
    "met": "按时完成",
    "late": "逾期完成",
    "overdue": "逾期未完成",
    "running": "尚未到期",
    "dropped": "办结时未完成",
}  # an incident that was a 误报 has no clocks to keep
PERIODS = {"day": ("本日", "前一日", "日报"), "week": ("本周", "上周", "周报"), "month": ("本月", "上月", "月报")}

WEEKDAYS = "一二三四五六日"
HEADLINE_CHARS = 30  # longer headlines break the tables; the whole one is behind its link


def local(moment: datetime) -> datetime:
    """The same instant on the clocks of the desk."""
    return moment.astimezone(BEIJING)


def day_words(day: date) -> str:
    """11月16日."""
    return f"{day.month}月{day.day}日"


def time_words(moment: datetime) -> str:
    """11月16日08:05, Beijing time."""
    at = local(moment)
    return f"{day_words(at.date())}{at:%H:%M}"


def stamp_words(moment: datetime) -> str:
    """2026年11月16日08:05, Beijing time."""
    at = local(moment)
    return f"{at.year}年{day_words(at.date())}{at:%H:%M}"


def period_words(period: Period) -> str:
    """2026年11月16日至11月22日; the year again when it changes on the way."""
    first, last = period.first_day, period.last_day
    start = f"{first.year}年{day_words(first)}"
    if first == last:
        return f"{start}（星期{WEEKDAYS[first.weekday()]}）"
    return f"{start}至{'' if first.year == last.year else f'{last.year}年'}{day_words(last)}"


def issue_words(period: Period) -> str:
    """第47期 for a week, 11月 for a month, nothing for a day."""
    if period.kind == "week":
        year, week, _ = period.first_day.isocalendar()
        return f"{year}年第{week}期"
    if period.kind == "month":
        return f"{period.first_day.year}年{period.first_day.month}月"
    return ""


def span_words(span: timedelta) -> str:
    """3小时20分钟; 不足1分钟 below a minute; days from two days on."""
    minutes = int(abs(span).total_seconds()) // 60
    if minutes < 1:
        return "不足1分钟"
    if minutes < 60:
        return f"{minutes}分钟"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours}小时{rest}分钟" if rest else f"{hours}小时"
    days, hours = divmod(hours, 24)
    return f"{days}天{hours}小时" if hours else f"{days}天"


def hours_words(hours: float) -> str:
    """2.5小时; whole hours without the point."""
    return f"{hours:.1f}".removesuffix(".0") + "小时"


def percent_words(percent: float) -> str:
    """31.4%, always with one decimal, so that columns stand under one another."""
    return f"{percent:.1f}%"


def cut(text: str, chars: int) -> str:
    """`text` on one line, at most `chars` characters, with … where it was cut."""
    line = " ".join(text.split())
    return line if len(line) <= chars else line[: chars - 1].rstrip("，。、；： ") + "…"

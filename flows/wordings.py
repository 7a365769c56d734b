"""How platforms write times and counts for people: 刚刚, 半小时前, 昨天 18:20, 12-31; 1.2万, 100万+. Pure.

A wording without zone is meant in the zone of its site; one that states a zone is converted, never relabelled.
A wording without year means the latest such day that is not to come.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal
from zoneinfo import ZoneInfo

from flows import times

Precision = Literal["second", "minute", "hour", "day", "month"]
"""What a wording still tells: 3小时前 is right to the hour, 12-31 to the day (the time given is its first moment)."""
Dated = tuple[datetime, Precision]

SKEW = timedelta(minutes=10)  # the site's clock may run ahead of ours by this much; its stamp then counts as now
MAX_COUNT = 10**15

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九十")} | {"两": 2, "几": 2, "数": 2, "半": 0}
_UNITS: dict[str, tuple[timedelta, Precision]] = {
    "秒": (timedelta(seconds=1), "second"),
    "分": (timedelta(minutes=1), "minute"),
    "时": (timedelta(hours=1), "hour"),
    "天": (timedelta(days=1), "day"),
    "周": (timedelta(days=7), "day"),
    "月": (timedelta(days=30), "month"),
    "年": (timedelta(days=365), "month"),
}
_DAYS = {"今天": 0, "昨天": 1, "昨日": 1, "前天": 2, "今日": 0}
_TRADITIONAL = str.maketrans("剛鐘時週個於發後輯編幾數點", "刚钟时周个于发后辑编几数点")
_PREFIX = re.compile(r"^(?:[^\d\s]{0,8}于|时间|日期|[Pp]osted:?|[«»:：,，(\[])[\s:：]*")
_END = r"(?=$|[\s,，。;；|·()（）\[\]]|来自|[^\d\s:：./年月日+-]{1,6}来自)"
_CLOCK = (
    r"(?:(?P<half>上午|下午|晚上|凌晨|中午|早上)\s*)?(?P<H>\d{1,2})\s*[:时点]\s*(?P<M>\d{1,2})"
    r"(?:\s*[:分]\s*(?P<S>\d{1,2})秒?|分)?(?:\s*(?P<noon>[AaPp])\.?[Mm]\.?(?![a-z]))?"
)
_ZONE = r"(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})"
_AGO = re.compile(
    rf"(?P<n>\d{{1,5}}|[一二两三四五六七八九十几数半])\s*(?:多)?个?\s*(?P<half>半)?"
    rf"(?P<unit>秒|分|小时|时|天|日|星期|周|月|年)钟?\s*(?:之|以)?前{_END}"
)
_JUST_NOW = re.compile(rf"(?:刚刚|刚才|刚|just now){_END}", re.I)
_DAY = re.compile(rf"(?P<day>今天|今日|昨天|昨日|前天)(?:[\s,，]*{_CLOCK})?{_END}")
_CLOCK_ONLY = re.compile(rf"{_CLOCK}{_END}")
_YEARLESS = re.compile(rf"(?P<m>\d{{1,2}})(?:[-/]|\s*月\s*)(?P<d>\d{{1,2}})日?(?:[\s,，]*{_CLOCK})?{_END}")
_YEAR = re.compile(
    r"(?P<y>\d{4})(?:[-/.]|\s*年\s*)(?P<m>\d{1,2})(?:(?:[-/.]|\s*月\s*)(?P<d>\d{1,2})\s*日?|\s*月)?(?!\d)"
    rf"(?:[T\s,，]*(?:星期.|周.)?\s*{_CLOCK}(?:\.\d+)?\s*{_ZONE}?)?{_END}"
)
_YEAR_LAST = re.compile(rf"(?P<m>\d{{1,2}})[-/](?P<d>\d{{1,2}})[-/](?P<y>\d{{4}})(?:[\s,，]*{_CLOCK})?{_END}")
_ENGLISH = re.compile(
    rf"(?:[A-Z][a-z]{{2}},?\s+)?(?P<mon>[A-Z][a-z]{{2}})\s+(?P<d>\d{{1,2}})\s+{_CLOCK}\s*{_ZONE}?\s+(?P<y>\d{{4}})"
)
_COUNT = re.compile(r"(\d{1,15}(?:,\d{3})*(?:\.\d{1,6})?)\s*([百千万亿kKwWmM]?)\s*(?:\+|多|余)?")
_LABEL = re.compile(r"转发|评论|赞|点赞|回复|查看|浏览|阅读|人气|粉丝|收藏|分享|次|条|人|[:：()\[\]\s]")
_SCALE = {"": 1, "百": 100, "千": 1000, "k": 1000, "万": 10_000, "w": 10_000, "m": 1_000_000, "亿": 100_000_000}


def parse_time(text: str, *, now: datetime, zone: str) -> Dated | None:
    """The moment a wording means, in UTC, and how exactly it is known.

    now: when the page was fetched; relative wordings count back from it, and no result is later.
    zone: of the site, for wordings that state none. None when there is no time in `text`.
    """
    said = _PREFIX.sub("", _plain(text)[:120].translate(_TRADITIONAL), count=1).strip()
    here = now.astimezone(ZoneInfo(zone))
    try:
        for pattern, meaning in _READERS:
            if match := pattern.match(said):
                return _usable(meaning(match, here), now)
        return _machine(said, zone, now)
    except (ValueError, OverflowError):
        return None


def parse_count(text: str | int | float | None) -> int | None:
    """A count as shown: 1.2万 is 12000, 100万+ is 1000000 (its lower bound), 1,234 is 1234.

    A bare button word (转发) means zero. None when nothing is shown or it is no count.
    """
    if text is None or isinstance(text, bool):
        return None
    if isinstance(text, int | float):
        return int(text) if 0 <= text <= MAX_COUNT else None
    shown = _plain(text)
    said = _LABEL.sub("", shown)
    if not said:
        return 0 if any("\u4e00" <= c <= "\u9fff" for c in shown) else None
    match = _COUNT.fullmatch(said)
    if match is None:
        return None
    try:
        value = int(Decimal(match[1].replace(",", "")) * _SCALE[match[2].lower()])
    except InvalidOperation:
        return None
    return value if value <= MAX_COUNT else None


def _plain(text: str) -> str:
    """One spelling: full-width to half-width, no-break and zero-width blanks gone, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", re.sub("[\u200b\u200e\u200f\u2060\ufeff]", "", text)).split())


def _usable(dated: Dated | None, now: datetime) -> Dated | None:
    if dated is None or (when := times.usable(dated[0], now)) is None:
        return None
    return when, dated[1]


def _clock(match: re.Match[str]) -> tuple[int, int, int]:
    hour, half, noon = int(match["H"] or 0), match["half"] or "", (match["noon"] or "").lower()
    if (half in ("下午", "晚上", "中午") or noon == "p") and hour < 12 and not (half == "中午" and hour == 11):
        hour += 12
    elif (half in ("上午", "凌晨", "早上") or noon == "a") and hour == 12:
        hour = 0
    return hour, int(match["M"] or 0), int(match["S"] or 0)


def _exactness(match: re.Match[str]) -> Precision:
    return "day" if match["H"] is None else "minute" if match["S"] is None else "second"


def _at(day: date, match: re.Match[str], here: datetime) -> datetime:
    return datetime(day.year, day.month, day.day, *_clock(match), tzinfo=here.tzinfo)


def _just_now(match: re.Match[str], here: datetime) -> Dated:
    return here, "minute"


def _ago(match: re.Match[str], here: datetime) -> Dated:
    unit, precision = _UNITS[{"小时": "时", "日": "天", "星期": "周"}.get(match["unit"], match["unit"])]
    number = int(match["n"]) if match["n"].isdigit() else _DIGITS[match["n"]]
    away = unit * number + (unit / 2 if "半" in (match["half"], match["n"]) else timedelta(0))
    when = here.astimezone(UTC) - away
    if precision == "day" and match["n"] != "半":
        day = when.astimezone(here.tzinfo).date()
        return datetime(day.year, day.month, day.day, tzinfo=here.tzinfo), "day"
    vague = not match["n"].isdigit() and match["n"] in "几数"
    return when, "minute" if vague and precision == "second" else precision


def _day(match: re.Match[str], here: datetime) -> Dated:
    when = _at(here.date() - timedelta(days=_DAYS[match["day"]]), match, here)
    if when > here + SKEW:  # written just before midnight, fetched just after it
        when = _at(here.date() - timedelta(days=1), match, here)
    return when, _exactness(match)


def _clock_only(match: re.Match[str], here: datetime) -> Dated:
    when = _at(here.date(), match, here)
    return (when if when <= here + SKEW else _at(here.date() - timedelta(days=1), match, here)), _exactness(match)


def _yearless(match: re.Match[str], here: datetime) -> Dated | None:
    latest = here + (SKEW if match["H"] else timedelta(0))
    for year in range(here.year + 1, here.year - 9, -1):  # nine years: 29 February around 1900 or 2100
        try:
            when = _at(date(year, int(match["m"]), int(match["d"])), match, here)
        except ValueError:
            continue
        if when <= latest:
            return when, _exactness(match)
    return None


def _year(match: re.Match[str], here: datetime) -> Dated:
    groups = match.groupdict()
    month = _MONTHS.index(match["mon"].lower()) + 1 if "mon" in groups else int(match["m"])
    when = _at(date(int(match["y"]), month, int(match["d"] or 1)), match, here)
    if offset := groups.get("zone"):
        when = when.replace(tzinfo=UTC) - _offset(offset)
    return when, "month" if match["d"] is None else _exactness(match)


def _offset(zone: str) -> timedelta:
    if zone[0] not in "+-":
        return timedelta(0)
    away = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return -away if zone[0] == "-" else away


def _machine(said: str, zone: str, now: datetime) -> Dated | None:
    """What feeds and machines write: ISO, RFC 822, seconds since 1970."""
    if re.fullmatch(r"\d{10}|\d{13}", said):
        when = times.epoch(float(said), now)
        return (when, "second") if when else None
    if not re.search(r"\d{4}", said) or (known := times.parse(said, zone, now)) is None:
        return None
    seconds = re.search(r"\d:\d{2}:\d{2}", said)
    return known[0], "second" if seconds else "minute" if known[1] and ":" in said else "day"


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], datetime], Dated | None]], ...] = (
    (_JUST_NOW, _just_now),
    (_AGO, _ago),
    (_DAY, _day),
    (_YEAR, _year),
    (_YEAR_LAST, _year),
    (_YEARLESS, _yearless),
    (_ENGLISH, _year),
    (_CLOCK_ONLY, _clock_only),
)

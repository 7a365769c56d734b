"""The times feeds, pages and files state, as aware UTC; what they leave open is settled by the source's zone."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

OLDEST = datetime(1995, 1, 1, tzinfo=UTC)  # earlier stamps are zeros and typing errors, not posts
AHEAD = timedelta(hours=26)  # a wrong zone explains up to 26 hours; a longer lead is a wrong date

_ZONE = re.compile(r"(?:Z|UTC|UT|GMT|[ECMP][SD]T|CST|[+-]\d{2}:?\d{2})\s*(?:\([^)]*\))?\s*$", re.I)
_PLAIN = re.compile(
    r"(?<!\d)(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?"
    r"(?:[T\s,]*(?:星期.|周.)?\s*(?P<H>\d{1,2})\s*[:：时点]\s*(?P<M>\d{1,2})(?:\s*[:：分]\s*(?P<S>\d{1,2}))?)?"
)


def states_zone(text: str) -> bool:
    """Whether a written time names its zone."""
    return bool(_ZONE.search(text.strip()))


def usable(when: datetime | None, now: datetime) -> datetime | None:
    """`when` in UTC when a post can have been written then, else None; a little ahead counts as now."""
    if when is None:
        return None
    when = when.astimezone(UTC)
    if when < OLDEST or when > now + AHEAD:
        return None
    return min(when, now)


def parse(text: str, zone: str, now: datetime) -> tuple[datetime, bool] | None:
    """(time, whether its hour was stated) of an ISO, mail (RFC 822), plain (2026-11-21 18:00) or Chinese time.

    A time without zone is read in `zone`; so is CST, which in China means its own time and not Chicago's.
    None when there is no usable time in `text`.
    """
    text = text.strip()[:100]
    if zone.startswith("Asia/"):
        text = " ".join(re.sub(r"\bCST\b", " ", text).split())
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        if re.match(r"\D*\d{4}\s*[-/.年]", text):
            return _plain(text, zone, now)
        try:
            when = parsedate_to_datetime(text.replace("-0000", "+0000"))
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    hour = ":" in text or len(text) > 10
    try:
        found = usable(when if when.tzinfo else when.replace(tzinfo=ZoneInfo(zone)), now)
    except (OverflowError, ValueError):
        return None
    return (found, hour) if found else None


def _plain(text: str, zone: str, now: datetime) -> tuple[datetime, bool] | None:
    match = _PLAIN.search(text)
    if match is None:
        return None
    numbers = [int(match[name] or 0) for name in ("y", "m", "d", "H", "M", "S")]
    try:
        when = datetime(*numbers, tzinfo=ZoneInfo(zone))  # type: ignore[arg-type, misc]
        if states_zone(rest := text[match.start() :]) and (offset := re.search(r"([+-])(\d{2}):?(\d{2})\s*$", rest)):
            away = timedelta(hours=int(offset[2]), minutes=int(offset[3])) * (1 if offset[1] == "+" else -1)
            when = when.replace(tzinfo=UTC) - away
        found = usable(when, now)
    except (ValueError, OverflowError):
        return None
    return (found, match["H"] is not None) if found else None


def epoch(value: float, now: datetime) -> datetime | None:
    """A time given as seconds (or milliseconds) since 1970; None when it is no usable one."""
    if value > 1e11:
        value /= 1000
    try:
        return usable(datetime.fromtimestamp(value, UTC), now)
    except (OverflowError, ValueError, OSError):
        return None

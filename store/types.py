"""Column types: time as one integer, so that both databases compute with it alike."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US


def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC, exact. Raises ValueError for a naive time."""
    if at.tzinfo is None:
        raise ValueError("a naive time reached the store: times are aware, in UTC")
    return (at - EPOCH) // MICROSECOND


def from_micros(value: int) -> datetime:
    """The aware UTC time of `value` microseconds since 1970."""
    return EPOCH + timedelta(microseconds=value)


class UtcTime(TypeDecorator[datetime]):
    """An aware time, stored as microseconds since 1970 UTC; always returned aware, in UTC.

    One integer sorts, subtracts and divides into days and hours in the same way on SQLite and PostgreSQL.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Accepts an aware datetime; integers (already microseconds) pass through, for arithmetic in SQL."""
        return micros(value) if isinstance(value, datetime) else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """The aware UTC time, or None."""
        return None if value is None else from_micros(value)


def plain(text: str) -> str:
    """The text without NUL, which PostgreSQL cannot store."""
    return text.replace("\x00", "") if "\x00" in text else text

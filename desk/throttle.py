"""Guessing passwords is slow: failed sign-ins are counted for a name, an address, and both."""

from datetime import datetime, timedelta

from store.engine import Connection
from store.people import failures_since

WINDOW = timedelta(minutes=15)
PER_NAME_AND_ADDRESS = 5
PER_ADDRESS = 30  # several people behind one gateway
PER_NAME = 60  # from many addresses; high, so that a stranger cannot easily lock a colleague out


def too_many(conn: Connection, *, name: str, address: str, now: datetime) -> bool:
    """Whether this name or address has to wait."""
    since = now - WINDOW
    return (
        failures_since(conn, since, name=name, origin=address) >= PER_NAME_AND_ADDRESS
        or failures_since(conn, since, origin=address) >= PER_ADDRESS
        or failures_since(conn, since, name=name) >= PER_NAME
    )

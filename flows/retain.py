"""Nightly retention, on Prefect: what is older than MINYI_RETENTION_DAYS (180) leaves the store.

The bus forgets by itself (bus/topics.py). Runs at 03:30 Beijing time; stopped in the middle, the next run goes on.
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from config.settings import Settings, from_environment
from flows.wiring import opened_store
from store.retain import purge

DEFAULT_DAYS = 180
LEAST_DAYS = 30  # a typing error must not empty the register: digests and baselines need the last weeks
SECONDS = 3600


def days_kept(environ: Mapping[str, str]) -> int:
    """MINYI_RETENTION_DAYS. Raises ValueError for anything but a number of at least LEAST_DAYS."""
    stated = environ.get("MINYI_RETENTION_DAYS", "").strip() or str(DEFAULT_DAYS)
    if not stated.isdigit() or int(stated) < LEAST_DAYS:
        raise ValueError(f"MINYI_RETENTION_DAYS: expected a number of days from {LEAST_DAYS}, not {stated}")
    return int(stated)


def purge_all(where: Settings, older_than: timedelta, now: datetime) -> dict[str, int]:
    """Delete in short transactions until nothing old is left; returns how many rows went, by kind."""
    totals: dict[str, int] = {}
    with opened_store(where) as store:
        while True:
            with store.write() as conn:
                purged = purge(conn, older_than=older_than, now=now)
            for name, value in vars(purged).items():
                if name != "more":
                    totals[name] = totals.get(name, 0) + value
            if not purged.more:
                return totals


@task(name="purge", retries=2, retry_delay_seconds=[60, 300], cache_policy=NO_CACHE, timeout_seconds=SECONDS)
def purge_store() -> dict[str, int]:
    """Purge; tried again when the store was busy."""
    return purge_all(from_environment(), timedelta(days=days_kept(os.environ)), datetime.now(UTC))


@flow(name="retain", timeout_seconds=3 * SECONDS)
def retain() -> dict[str, int]:
    """One night's purge. Returns how many rows went, by kind."""
    return purge_store()

"""The weekly digest, on Prefect: Mondays at 08:00 Beijing time, for the week that ended. Files in home/digests."""

from datetime import UTC, datetime
from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from config.settings import Settings, from_environment
from flows.wiring import opened_store
from reports.digest import write_week
from reports.period import IsoWeek

FOLDER = "digests"
SECONDS = 900


def last_week(now: datetime) -> IsoWeek:
    """The newest week (Monday to Sunday, Beijing time) that has ended."""
    return IsoWeek.of(now).previous()


def write_last_week(where: Settings, now: datetime) -> list[Path]:
    """docx, html and json of last week; existing files of that week are replaced."""
    host = "127.0.0.1" if where.desk_host in ("0.0.0.0", "::") else where.desk_host
    base_url = f"http://{f'[{host}]' if ':' in host else host}:{where.desk_port}"
    with opened_store(where) as store:
        return write_week(store, last_week(now), where.home / FOLDER, now=now, base_url=base_url)


def missed(where: Settings, now: datetime) -> bool:
    """Whether last week's digest was due while nothing ran. False on a home that has never made one."""
    folder = where.home / FOLDER
    return folder.is_dir() and not (folder / f"digest-{last_week(now)}.docx").exists()


@task(name="write-digest", retries=2, retry_delay_seconds=[30, 120], cache_policy=NO_CACHE, timeout_seconds=SECONDS)
def write_digest() -> list[str]:
    """Write the files; tried again when the store was away. Returns their names."""
    return [path.name for path in write_last_week(from_environment(), datetime.now(UTC))]


@flow(name="weekly-digest", timeout_seconds=3 * SECONDS)
def weekly_digest() -> list[str]:
    """The digest of the week that ended. Returns the names of the files in home/digests."""
    return write_digest()

"""`minyi digest`: the report of a week, a day, a month or one event."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from commands import common

if TYPE_CHECKING:
    from config.settings import Settings
    from reports.digest import Format
    from reports.period import Period
    from store.engine import Store


def digest(
    week: Annotated[
        str | None, typer.Option(help="ISO week, e.g. 2026-W47 (default: the week that ended last).")
    ] = None,
    day: Annotated[str | None, typer.Option(help="One day, e.g. 2026-11-20.")] = None,
    month: Annotated[str | None, typer.Option(help="One month, e.g. 2026-11.")] = None,
    event: Annotated[str | None, typer.Option(help="One event, by its id (see `minyi events`).")] = None,
    format: Annotated[Literal["docx", "html", "json", "all"], typer.Option("--format", help="What to write.")] = "all",
    out: Annotated[Path | None, typer.Option(help="Folder for the files (default: digests below the home).")] = None,
    jurisdiction: Annotated[str | None, typer.Option(help="Only this jurisdiction, e.g. 澜汀市.")] = None,
    desk: Annotated[
        str | None, typer.Option(help="Address of the desk for the links, e.g. http://10.1.2.3:8600.")
    ] = None,
    home: Annotated[Path | None, typer.Option(help="Data folder instead of MINYI_HOME.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The written files as one JSON object a line.")] = False,
) -> None:
    """Write a report from the store; prints the files. Days begin at midnight of Asia/Shanghai."""
    from reports.digest import FORMATS
    from store.errors import StoreUnavailable

    if sum(value is not None for value in (week, day, month, event)) > 1:
        common.fail("give only one of --week, --day, --month, --event", 2)
    if event is not None and jurisdiction is not None:
        common.fail("--event and --jurisdiction do not go together: an event belongs to one place", 2)
    now = datetime.now(UTC)
    period = None if event is not None else _period(week, day, month, now)
    where = common.settings(home)
    folder, base_url = out or where.home / "digests", desk or desk_url(where)
    if not base_url.startswith(("http://", "https://")):
        common.fail(f"--desk: expected an address like http://10.1.2.3:8600, got {base_url}", 2)
    formats: Sequence[Format] = FORMATS if format == "all" else (format,)
    try:
        store = common.open_store(where)
        try:
            if event is not None:
                files = _event(store, event, folder, formats, now, base_url)
            else:
                files = _write(store, period, folder, formats, now, base_url, jurisdiction)
        finally:
            store.close()
    except StoreUnavailable as err:
        common.fail(f"the store cannot be read, nothing was written: {err}")
    except OSError as err:
        common.fail(f"{err.filename or folder}: {err.strerror}; choose another folder with --out")
    for file in files:
        if as_json:
            common.print_json({"file": str(file), "bytes": file.stat().st_size})
        else:
            common.out.print(str(file), markup=False, soft_wrap=True)


def desk_url(where: "Settings") -> str:
    """Where a browser on this machine finds the desk."""
    host = "127.0.0.1" if where.desk_host in ("0.0.0.0", "::") else where.desk_host
    return f"http://{f'[{host}]' if ':' in host else host}:{where.desk_port}"


def _period(week: str | None, day: str | None, month: str | None, now: datetime) -> "Period":
    from reports.period import IsoWeek, day_period, month_period

    try:
        if day is not None:
            period = day_period(day)
        elif month is not None:
            period = month_period(month)
        else:
            period = (IsoWeek.of(now).previous() if week is None else IsoWeek.parse(week)).period()
    except ValueError as err:
        common.fail(str(err), 2)
    if period.since > now:
        common.fail(f"{period.slug} has not begun yet", 2)
    return period


def _write(
    store: "Store",
    period: "Period | None",
    folder: Path,
    formats: "Sequence[Format]",
    now: datetime,
    base_url: str,
    jurisdiction: str | None,
) -> list[Path]:
    from reports.digest import write_period

    assert period is not None
    return write_period(store, period, folder, formats=formats, now=now, base_url=base_url, jurisdiction=jurisdiction)


def _event(
    store: "Store", event: str, folder: Path, formats: "Sequence[Format]", now: datetime, base_url: str
) -> list[Path]:
    from reports.digest import write_event

    try:
        return write_event(store, event, folder, formats=formats, now=now, base_url=base_url)
    except LookupError:
        common.fail(f"no event {event}; `minyi events` lists them", 1)

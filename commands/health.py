"""`minyi health`: what runs, what is blind, what waits, as it is now."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from commands.common import open_bus, open_store, print_json, settings
from commands.tables import show

if TYPE_CHECKING:
    from config.settings import Settings

BEIJING = ZoneInfo("Asia/Shanghai")
STALE = timedelta(seconds=30)  # six heartbeats
LOW_DISK_BYTES = 1_000_000_000


def health(
    home: Annotated[
        Path | None, typer.Option(help="Folder for data, logs and keys (else MINYI_HOME, else ./var).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Show processes, sources, backlog, dead letters and disk. Exit code 1 when something needs a person."""
    where = settings(home)
    rows = gather(where, datetime.now(UTC))
    if as_json:
        for row in rows:
            print_json(row)
    else:
        _show(rows)
    if any(not row["ok"] for row in rows):
        raise SystemExit(1)


def gather(where: "Settings", now: datetime) -> list[dict[str, Any]]:
    """One row a process, source, consumer group and resource: {what, name, ok, state, detail, ...}."""
    from store.processes import processes
    from store.sources import source_health

    rows: list[dict[str, Any]] = []
    store = open_store(where)
    try:
        with store.read() as conn:
            for p in processes(conn):
                alive = now - p.beat_at < STALE
                state = p.state if alive or p.state == "stopped" else "silent"
                detail = f"pid {p.pid}, {p.restarts} restarts"
                rows.append(_row("process", p.name, state == "running", state, detail, beat_at=p.beat_at))
            for s in source_health(conn):
                detail = s.reason or (f"{s.posts_24h} posts in 24 h")
                ok = s.state in ("ok", "quiet")
                rows.append(
                    _row(
                        "source", s.name, ok, s.state, detail,
                        since=s.since, last_success=s.last_success, next_try=s.next_try, posts_24h=s.posts_24h,
                    )
                )  # fmt: skip
    finally:
        store.close()
    rows += _backlog(where)
    where.home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(where.home).free
    rows.append(
        _row(
            "disk",
            str(where.home),
            free > LOW_DISK_BYTES,
            "ok" if free > LOW_DISK_BYTES else "low",
            f"{free / 1e9:.1f} GB free",
        )
    )
    return rows


def _backlog(where: "Settings") -> list[dict[str, Any]]:
    from bus.dead_letters import letters
    from bus.topics import DEAD_LETTERS
    from commands.consume import GROUPS

    bus = open_bus(where)
    try:
        rows = []
        for name, (group, topics) in GROUPS.items():
            lag = bus.group_lag(group, [t.name for t in topics])
            rows.append(_row("backlog", name, True, "ok", f"{lag} messages to go", lag=lag))
        dead = len(letters(bus))
        rows.append(
            _row(
                "dead-letters",
                DEAD_LETTERS.name,
                dead == 0,
                "ok" if not dead else "waiting",
                f"{dead} letters",
                count=dead,
            )
        )
        return rows
    finally:
        bus.close()


def _row(what: str, name: str, ok: bool, state: str, detail: str, **more: Any) -> dict[str, Any]:
    return {"what": what, "name": name, "ok": ok, "state": state, "detail": detail, **more}


def _show(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("what", "name", "state", "detail"):
        table.add_column(title, overflow="fold")
    for row in rows:
        state = Text(row["state"], style="green" if row["ok"] else "red")
        table.add_row(row["what"], Text(row["name"]), state, Text(row["detail"] + _since(row)))
    show(table)


def _since(row: dict[str, Any]) -> str:
    """When a source was last read and will be next; of one that fails also since when. On Beijing's clock."""
    if row["what"] != "source":
        return ""

    def at(moment: datetime | None) -> str:
        return f"{moment.astimezone(BEIJING):%m-%d %H:%M}" if moment else "never"

    since = f"since {at(row['since'])}, " if not row["ok"] or row["state"] == "quiet" else ""
    following = f", next try {at(row['next_try'])}" if row["next_try"] else ""
    return f"; {since}last read {at(row['last_success'])}{following}"

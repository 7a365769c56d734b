"""`minyi collect` and `minyi import`: the two ways posts come in."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from commands import common
from commands.tables import show

if TYPE_CHECKING:
    from bus.api import Bus
    from config.sources import SourceEntry, Sources
    from flows.collecting import RoundResult
    from flows.importing import Defaults, Imported
    from flows.names import Naming
    from flows.rows import RowFile
    from store.engine import Store

NAMED = 3  # of the sources a round waits for
COLOURS = {"ok": "green", "quiet": "yellow", "blocked": "magenta", "broken": "red"}


def collect(
    once: Annotated[
        bool, typer.Option("--once", help="One round, then end (the only way; schedules: minyi run).")
    ] = False,
    source: Annotated[list[str] | None, typer.Option("--source", help="Only this source; may be repeated.")] = None,
    sources: Annotated[Path | None, typer.Option("--sources", help="Another sources.yaml.")] = None,
    home: Annotated[Path | None, typer.Option("--home", help="Data folder instead of MINYI_HOME.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a source.")] = False,
) -> None:
    """Collect one round from every enabled source, due or not; a line a source. Code 1 if one is blocked or broken."""
    import asyncio

    from bus.errors import BusError
    from config.loader import ConfigError
    from config.sources import load_sources
    from flows.collecting import collect_round
    from flows.due import naming_of
    from models.privacy import KeyFileError, load_or_make_key
    from store.errors import StoreUnavailable
    from store.sources import register_sources

    if not once:
        common.fail("say --once: one round of collection (for a schedule use `minyi run`)", 2)
    where = common.settings(home)
    try:
        loaded = load_sources(sources or where.config / "sources.yaml")
        key = load_or_make_key(where.key_file)
    except (ConfigError, KeyFileError) as err:
        common.fail(str(err), 2)
    entries = _chosen(loaded, source)
    try:
        store, bus = common.open_store(where), common.open_bus(where)
        try:
            if sources is None:
                with store.write() as conn:
                    register_sources(conn, loaded.enabled())
            left = [entry.name for entry in entries]
            with common.err.status(_waiting(left, len(entries))) as status:

                def settled(result: "RoundResult") -> None:
                    left.remove(result.source)
                    status.update(_waiting(left, len(entries)))

                results = asyncio.run(
                    collect_round(
                        entries,
                        store=store,
                        bus=bus,
                        key=key,
                        manners=loaded.manners,
                        now=datetime.now(UTC),
                        progress=settled,
                        home=where.home,
                        naming=naming_of(where),
                    )
                )
        finally:
            bus.close()
            store.close()
    except (BusError, StoreUnavailable) as err:
        common.fail(f"nothing is lost, but the round could not be kept: {err}")
    _show(results, as_json=json)
    if any(r.state in ("blocked", "broken") for r in results):
        raise SystemExit(1)


def import_(
    files: Annotated[
        list[Path], typer.Argument(help="JSONL or CSV, gzipped or not; fields of PostCollected. - is standard input.")
    ],
    format: Annotated[Literal["auto", "jsonl", "csv"], typer.Option("--format", help="Format of the files.")] = "auto",
    source: Annotated[str, typer.Option("--source", help="Source of rows that name none.")] = "import",
    jurisdiction: Annotated[str, typer.Option("--jurisdiction", help="Jurisdiction of rows that name none.")] = "",
    platform: Annotated[
        Literal["news", "weibo", "forum", "other"], typer.Option("--platform", help="Platform of rows that name none.")
    ] = "other",
    home: Annotated[Path | None, typer.Option("--home", help="Data folder instead of MINYI_HOME.")] = None,
    json: Annotated[bool, typer.Option("--json", help="The account of each file as a JSON object.")] = False,
) -> None:
    """Import posts; only `text` is required. Bad rows are named by line, good rows kept. Code 1 if any was rejected."""
    from bus.errors import BusError
    from flows.due import naming_of
    from flows.importing import Defaults
    from flows.rows import RowFile, RowProblem
    from models.privacy import KeyFileError, load_or_make_key
    from store.errors import StoreUnavailable

    try:
        opened = [RowFile(path, format) for path in dict.fromkeys(files)]
    except OSError as err:
        common.fail(f"{err.filename}: {err.strerror}", 2)
    except RowProblem as err:
        common.fail(str(err), 2)
    where = common.settings(home)
    accounts: list[Imported] = []
    try:
        key = load_or_make_key(where.key_file)
        store, bus = common.open_store(where), common.open_bus(where)
        try:
            for file in opened:
                defaults = Defaults(source=source, jurisdiction=jurisdiction, platform=platform)
                accounts.append(_import_one(file, store, bus, key, defaults, naming_of(where)))
                _show_account(file, accounts[-1], as_json=json)
        finally:
            bus.close()
            store.close()
    except KeyFileError as err:
        common.fail(str(err), 2)
    except RowProblem as err:
        common.fail(str(err), 1)
    except (BusError, StoreUnavailable) as err:
        common.fail(f"stopped; run the same command again, rows already imported count as duplicates: {err}")
    if any(account.rejected for account in accounts):
        raise SystemExit(1)


def _chosen(loaded: "Sources", names: list[str] | None) -> "list[SourceEntry]":
    """The enabled entries, or the named ones even when they are switched off."""
    if not names:
        if not loaded.enabled():
            common.fail("no source is enabled in sources.yaml (enabled: true)", 2)
        return loaded.enabled()
    by_name = {entry.name: entry for entry in loaded.sources}
    for name in names:
        if name not in by_name:
            common.fail(f"no source is called {name}; there are: {', '.join(by_name)}", 2)
    return [by_name[name] for name in dict.fromkeys(names)]


def _waiting(left: list[str], total: int) -> str:
    """How far a round is, and whom it waits for."""
    names = ", ".join(left[:NAMED]) + (" ..." if len(left) > NAMED else "")
    return f"collecting: {total - len(left)} of {total} sources done; to go: {names}".replace("[", "\\[")


def _show(results: "list[RoundResult]", *, as_json: bool) -> None:
    from rich.table import Table

    if as_json:
        for result in results:
            common.print_json(result)
        return
    table = Table(box=None, pad_edge=False)
    for name in ("source", "state", "new", "changed", "duplicates", "rejected", "seconds", "reason"):
        table.add_column(name, justify="left" if name in ("source", "state", "reason") else "right", overflow="fold")
    for r in results:
        state = f"[{COLOURS[r.state]}]{r.state}[/]"
        numbers = (str(n) for n in (r.new, r.changed, r.duplicates, r.rejected))
        table.add_row(r.source.replace("[", "\\["), state, *numbers, f"{r.seconds:.1f}", r.reason)
    show(table)


def _import_one(
    file: "RowFile", store: "Store", bus: "Bus", key: bytes, defaults: "Defaults", naming: "Naming"
) -> "Imported":
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from flows.importing import import_file

    def rejected(line: int, reason: str) -> None:
        sys.stderr.write(f"{file.name}:{line}: {reason}\n")

    if file.encoding != "utf-8":
        common.err.print(f"{file.name}: read as {file.encoding} (GBK family)", markup=False)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=common.err, transient=True
    )
    with bar:
        task = bar.add_task(file.path.name, total=file.size)
        return import_file(
            file, store=store, bus=bus, key=key, defaults=defaults, now=datetime.now(UTC), rejected=rejected,
            naming=naming, progress=lambda done: bar.update(task, completed=done),
        )  # fmt: skip


def _show_account(file: "RowFile", account: "Imported", *, as_json: bool) -> None:
    if as_json:
        common.print_json({"file": file.name, "rows": account.rows, **vars(account)})
        return
    common.out.print(
        f"{file.name}: {account.rows} rows: {account.new} imported, {account.changed} changed, "
        f"{account.duplicates} duplicates, {account.rejected} rejected",
        markup=False, soft_wrap=True,
    )  # fmt: skip
    if account.without_time:
        common.out.print(f"  {account.without_time} without a time: now stands in, marked as inferred")
    if account.without_zone:
        common.out.print(f"  {account.without_zone} times without a zone: read as Beijing time")

"""`minyi check`: everything that can be wrong before anything runs, each with what to do about it."""

import difflib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.common import load_analyzer, out, print_json, settings
from config.loader import ConfigError
from config.settings import Settings

if TYPE_CHECKING:
    from config.sources import Sources

LOW_DISK_BYTES = 1_000_000_000
SHOWN = 5  # names in one warning


def check_config(where: Settings) -> "Sources":
    """Read every file people edit; the first wrong one raises ConfigError with file, line and key."""
    from config.alerts import load_alerts
    from config.audiences import load_audiences
    from config.places import load_places
    from config.sources import load_sources

    load_alerts(where.config / "alerts.yaml")
    load_audiences(where.config / "audiences.yaml")
    load_places(where.config / "places.yaml")
    return load_sources(where.config / "sources.yaml")


def check(
    home: Annotated[
        Path | None, typer.Option(help="Folder for data, logs and keys (else MINYI_HOME, else ./var).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Check configuration files, models, the home folder, the store and the bus; exit code 2 when one is wrong.

    What is valid and has no effect (keywords of a source that cannot search, rules for a jurisdiction that no source
    has), or one of its own (a name of several places), is a warning and changes no exit code.
    """
    where = settings(home)
    checks: list[tuple[str, Callable[[], str]]] = [
        ("configuration", lambda: _config(where)),
        ("models", lambda: f"version {load_analyzer(where).version}"),
        ("home", lambda: _home(where.home)),
        ("store", lambda: _store(where)),
        ("bus", lambda: _bus(where)),
    ]
    wrong = 0
    for about, hint in _hints(where):
        if as_json:
            print_json({"check": about, "ok": True, "words": hint, "warning": True})
        else:
            out.print("[yellow]warn[/]  ", end="")
            out.print(f"{about}: {hint}", markup=False, soft_wrap=True)
    for name, look in checks:
        try:
            words, ok = look(), True
        except OSError as problem:
            words, ok = f"{problem.filename}: {problem.strerror}" if problem.filename else str(problem), False
        except (ConfigError, ValueError) as problem:
            words, ok = str(problem), False
        except Exception as problem:  # the bus and the store name their own troubles; a check reports, it never dies
            known = type(problem).__module__.startswith(("bus.", "store.", "models."))
            words, ok = str(problem) if known else f"{type(problem).__name__}: {problem}", False
        wrong += not ok
        if as_json:
            print_json({"check": name, "ok": ok, "words": words})
        else:
            out.print("[green]ok[/]    " if ok else "[red]wrong[/] ", end="")
            out.print(f"{name}: {words}", markup=False, soft_wrap=True)
    if wrong:
        raise SystemExit(2)


def _config(where: Settings) -> str:
    sources = check_config(where)
    on = len(sources.enabled())
    return f"{where.config}: {on} sources enabled, {len(sources.sources) - on} switched off"


def _hints(where: Settings) -> list[tuple[str, str]]:
    """What does nothing: (which file, words); nothing of files that cannot be read, their own check says why."""
    from config.source_hints import hints
    from config.sources import load_sources

    path = where.config / "sources.yaml"
    try:
        sources = load_sources(path)
        return [*(("sources", str(hint)) for hint in hints(path, sources)), *_nowhere(where, sources), *_shared(where)]
    except ConfigError:
        return []


def _nowhere(where: Settings, sources: "Sources") -> list[tuple[str, str]]:
    """Jurisdictions of alerts.yaml and audiences.yaml that no source has: misspelt, or fed by imports only."""
    from config.alerts import load_alerts
    from config.audiences import load_audiences
    from models.drill import DRILL

    known = sorted({source.jurisdiction for source in sources.sources} | {DRILL})
    named = [("alerts", place) for place in load_alerts(where.config / "alerts.yaml").jurisdictions]
    audiences = load_audiences(where.config / "audiences.yaml").audiences
    named += [("audiences", place) for audience in audiences for place in audience.jurisdictions]
    found = []
    for about, place in dict.fromkeys(named):
        if place not in known:
            near = difflib.get_close_matches(place, known, n=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            found.append((about, f"{where.config / about}.yaml: jurisdiction {place}: no source has it{meant}"))
    return found


def _shared(where: Settings) -> list[tuple[str, str]]:
    """Names of several places: meant so, or a slip of the pen."""
    from config.places import load_places, shared

    path = where.config / "places.yaml"
    names = shared(load_places(path))
    told = ", ".join(f"{name} ({'、'.join(of)})" for name, of in list(names.items())[:SHOWN])
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    only = "each means one only where the post or its jurisdiction tells which"
    return [("places", f"{path}: names of several places: {told}{more}; {only}")] if names else []


def _home(home: Path) -> str:
    home.mkdir(parents=True, exist_ok=True)
    if not os.access(home, os.W_OK):
        raise OSError(f"{home}: cannot write here; set MINYI_HOME to a folder of your own")
    free = shutil.disk_usage(home).free
    if free < LOW_DISK_BYTES:
        raise OSError(f"{home}: only {free / 1e6:.0f} MB free; minyi wants {LOW_DISK_BYTES / 1e9:.0f} GB")
    return f"{home}, {free / 1e9:.0f} GB free"


def _store(where: Settings) -> str:
    from store.engine import open_store

    store = open_store(where.store)
    try:
        store.ping()
        return where.store.split(":", 1)[0]
    finally:
        store.close()


def _bus(where: Settings) -> str:
    from bus.topics import ALL_TOPICS
    from commands.common import open_bus

    if where.bus_kind == "memory":
        raise ValueError("MINYI_BUS=memory is for tests; use embedded or kafka://")
    bus = open_bus(where)
    try:
        written = sum(bus.bounds(t.name, p)[1] for t in ALL_TOPICS for p in range(t.partitions))
        return f"{where.bus_kind}, {written} messages written"
    finally:
        bus.close()

"""What every command needs: settings, the bus, the store, the terminal."""

import json
import math
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.console import Console

from config.settings import Settings, from_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bus.api import Bus
    from config.places import Places
    from models.analysis import Analyzer
    from models.shelf import Shelf
    from store.engine import Connection, Store

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def fail(message: str, code: int = 1) -> NoReturn:
    """Say what is wrong on stderr and leave; 1 = something failed, 2 = wrong use or configuration."""
    err.print(message, style="red", markup=False, soft_wrap=True)
    raise SystemExit(code)


def finite(number: float | None) -> float | None:
    """Refuse nan and inf, which pass every range; `callback` of options that take a float."""
    if number is not None and not math.isfinite(number):
        raise typer.BadParameter(f"{number} is no number of anything")
    return number


def settings(home: Path | None = None, *, there: bool = False) -> Settings:
    """Settings from the environment; a wrong variable or home ends the command with code 2.

    there: a home that is named must be there, because it is only read.
    """
    try:
        found = from_environment(home=home)
    except ValueError as err_:
        fail(str(err_), 2)
    if found.home.is_file():
        fail(f"{found.home}: a file; {'--home' if home else 'MINYI_HOME'} names a folder", 2)
    if there and home and not found.home.is_dir():
        fail(f"{found.home}: no such folder; --home names the folder of the installation, or of a replay", 2)
    return found


def open_bus(where: Settings) -> "Bus":
    """The bus of this installation; MINYI_KAFKA_* variables are handed to the Kafka client (lower-cased)."""
    from bus import connect

    if where.bus_kind == "memory":
        fail("MINYI_BUS=memory is for tests: what one command publishes no other sees; use embedded or kafka://", 2)
    options = {k.removeprefix("MINYI_KAFKA_").lower(): v for k, v in os.environ.items() if k.startswith("MINYI_KAFKA_")}
    return connect(where.bus, home=where.home, options=options)


def open_store(where: Settings) -> "Store":
    """The store of this installation, migrated to the newest layout."""
    from store.engine import open_store as open_

    try:
        return open_(where.store)
    except ValueError as problem:
        fail(str(problem), 2)


@contextmanager
def stored(home: Path | None, *, writes: bool = False) -> "Iterator[Connection]":
    """One transaction on the store of this installation; leaving the command inside of it writes nothing."""
    from store.errors import StoreUnavailable

    store = open_store(settings(home, there=not writes))
    try:
        with store.write() if writes else store.read() as conn:
            yield conn
    except StoreUnavailable as problem:
        fail(f"the store cannot be {'written' if writes else 'read'}: {problem}")
    finally:
        store.close()


def known_places(where: Settings) -> "Places | None":
    """The places of this installation; None when the list is missing or wrong (`minyi check` says so)."""
    from config.loader import ConfigError
    from config.places import load_places

    try:
        return load_places(where.config / "places.yaml")
    except ConfigError:
        return None


def doubt(place: str, home: Path | None, so: str) -> None:
    """Say on stderr when places.yaml lists no such place, what follows (`so`), and which place may be meant."""
    from config.places import meant

    places = known_places(settings(home)) if place else None
    near = meant(places, place) if places else None
    if near is not None:
        hint = f"; did you mean {near}?" if near else ""
        err.print(f"places.yaml lists no place {place}: {so}{hint}", style="yellow", markup=False, soft_wrap=True)


def shelf(where: Settings) -> "Shelf":
    """The models of this installation: the shipped one and what was trained here."""
    from models.shelf import Shelf

    return Shelf(where.home / "models", where.artifacts)


def require_config(where: Settings) -> None:
    """Raises ConfigError when there is no config folder: without the dictionary every score would quietly be worse."""
    from config.loader import ConfigError

    if not where.config.is_dir():
        raise ConfigError(where.config, 0, "", "no such folder; MINYI_CONFIG names the folder of the settings")


MAKE_ANEW = "`minyi models retrain` makes a new one"
GO_BACK = f"`minyi models rollback` takes the one before it, {MAKE_ANEW}"


def load_analyzer(where: Settings) -> "Analyzer":
    """The model in use (shipped, unless a person adopted another) with this installation's dictionary and places.

    Raises ConfigError when there is no config folder.
    """
    require_config(where)
    artifacts = shelf(where).artifacts()
    if artifacts != where.artifacts:
        return try_model(artifacts, where, GO_BACK)
    from models.analysis import Analyzer

    return Analyzer.load(artifacts, where.lexicon, where.config / "places.yaml")


def try_model(artifacts: Path, where: Settings, otherwise: str = MAKE_ANEW) -> "Analyzer":
    """The model at `artifacts`, once it has scored a text. Raises ArtifactsError when it cannot.

    One trained here does not grow with the program: a newer encoder may have left it behind.
    otherwise: what may be done then.
    """
    from models.analysis import Analyzer, ArtifactsError, TextIn

    try:
        analyzer = Analyzer.load(artifacts, where.lexicon, where.config / "places.yaml")
        analyzer.analyze([TextIn("民警在路口值勤")])
    except (ArtifactsError, ValueError, IndexError, KeyError, TypeError) as err:
        raise ArtifactsError(
            f"{artifacts}: this model does not work with this version of minyi ({type(err).__name__}); {otherwise}"
        ) from err
    return analyzer


def print_json(value: Any) -> None:
    """One JSON object on one line of stdout; structs, dataclasses and times included."""
    import msgspec

    sys.stdout.write(json.dumps(msgspec.to_builtins(value), ensure_ascii=False) + "\n")

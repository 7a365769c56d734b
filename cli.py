"""The `minyi` command: the one place that wires everything together.

Each group of commands is a module of `commands/`, imported only when one of its commands is called: `minyi --help`
answers without loading a model, a database or a broker client.
"""

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import typer
from typer.core import TyperGroup

COMMANDS: dict[str, tuple[str, str]] = {
    # name: (module, one line for `minyi --help`), in the order a newcomer meets them
    "run": ("commands.run", "Run everything on this machine: collection, consumers, desk. Ctrl-C stops it."),
    "check": ("commands.check", "Check configuration, models, disk, store and bus before anything runs."),
    "health": ("commands.health", "Processes, sources, backlog and disk, as they are now."),
    "collect": ("commands.collect", "Collect one round from the sources."),
    "import": ("commands.collect", "Import posts from JSONL or CSV files."),
    "consume": ("commands.consume", "Run consumers in the foreground: score, detect, archive, notify or all."),
    "score": ("commands.score", "Score posts from a file or standard input; no bus, no store."),
    "replay": ("commands.replay", "Play a file of posts through the whole pipeline at their own times."),
    "drill": ("commands.drill", "Play a fictional crisis through the whole system, marked, and clean up after it."),
    "burst": ("commands.replay", "Run the burst detector over a timestamp,value series."),
    "why": ("commands.why", "Recompute an alert from the log, beside its stored numbers."),
    "backtest": ("commands.backtest", "What changed rules would have raised, beside today's rules."),
    "alerts": ("commands.lists", "List or export alerts."),
    "posts": ("commands.lists", "List or export posts."),
    "events": ("commands.events", "List or export events; merge, split, undo."),
    "silences": ("commands.silences", "What is not told about for a while: list, add, end."),
    "digest": ("commands.digest", "Write the digest of a week, a day, a month or one event."),
    "dead-letters": ("commands.dead_letters", "List, replay or drop messages that could not be handled."),
    "train": ("commands.train", "Train the models."),
    "evaluate": ("commands.train", "Measure the models on a labelled file."),
    "labels": ("commands.labels", "List or export what the desk corrected."),
    "models": ("commands.models", "Compare retrained models, adopt one, roll back."),
    "desk": ("commands.desk", "Run only the web desk."),
    "accounts": ("commands.accounts", "Who may use the desk: list, add, change role or password, disable."),
    "bench": ("commands.bench", "Run the benchmark suite."),
}


class LazyGroup(TyperGroup):
    """A command group that imports a command's module when the command is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, its module loaded; None for a name that is not ours."""
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        return _load(cmd_name, getattr(importlib.import_module(module), _attribute(cmd_name)))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The overview of `minyi --help`, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


def _attribute(name: str) -> str:
    """`import` is a keyword and `dead-letters` has a dash: the module says import_ and dead_letters."""
    groups = dict.fromkeys(("dead-letters", "models", "events", "silences", "accounts"), "app")
    return {"import": "import_", **groups}.get(name, name)


def _load(name: str, found: Callable[..., Any] | typer.Typer) -> Any:
    wrapper = found if isinstance(found, typer.Typer) else typer.Typer(add_completion=False, rich_markup_mode=None)
    if wrapper is not found:
        wrapper.command(name, context_settings=HELP)(found)
    command = typer.main.get_command(wrapper)
    command.name = name
    return command


EXPECTED = {"store.errors": 1, "models.analysis": 2, "models.lexicon": 2, "models.places": 2, "models.shelf": 2}
"""Modules whose own exceptions are said in one line, with the exit code; by name, for importing them takes a second."""

HELP = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings=HELP,
    pretty_exceptions_enable=False,
    help="minyi (民意): hears public sentiment about policing while the desk can still answer.",
)


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Show the version and exit.")) -> None:
    if version:
        from importlib.metadata import version as version_of

        typer.echo(f"minyi {version_of('minyi')}")
        raise typer.Exit


def main(args: Sequence[str] | None = None) -> None:
    """Entry point of the console script. Expected errors are one clear line and exit code 1 or 2, no traceback."""
    from bus.errors import BusError
    from config.loader import ConfigError

    try:
        app(args=list(args) if args is not None else None)
    except ConfigError as err:
        _leave(str(err), 2)
    except BusError as err:
        _leave(str(err), 1)
    except BrokenPipeError:  # the reader has seen enough, as in `minyi burst FILE | head`
        _mute()
        raise SystemExit(1) from None
    except OSError as err:  # a full disk below stdout, a folder taken away: the system's own words are enough
        _mute()
        _leave(f"{err.filename or 'cannot go on'}: {err.strerror or err}", 1)
    except Exception as err:
        if type(err).__module__ not in EXPECTED:
            raise
        _leave(str(err), EXPECTED[type(err).__module__])


def _leave(message: str, code: int) -> None:
    from commands.common import fail

    fail(message, code)


def _mute() -> None:
    """What stdout can no longer take is not said again when Python ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()

"""`minyi bench`: the benchmark suite, one JSON object; ratios within one run, never against a stored time."""

import importlib
import json
import platform
import sys
from typing import Annotated, Any

import typer

from commands.common import err
from config.settings import PROJECT

SUITE = ("score", "bus", "store", "detect", "latency", "collect")


def bench(
    only: Annotated[list[str] | None, typer.Argument(help=f"Which of {', '.join(SUITE)}; all unless given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON is what comes out anyway.")] = False,
) -> None:
    """Run the benchmarks and print one JSON object: the machine, then a part a benchmark."""
    from commands.common import fail

    names = only or list(SUITE)
    if unknown := [n for n in names if n not in SUITE]:
        fail(f"no benchmark {unknown[0]}; there are {', '.join(SUITE)}", 2)
    sys.path.insert(0, str(PROJECT))  # bench/ is no part of the installed package
    result: dict[str, Any] = {"python": platform.python_version(), "machine": platform.machine()}
    for name in names:
        err.print(f"bench {name} ...", markup=False)
        result[name] = importlib.import_module(f"bench.{name}").measure()
    sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=2) + "\n")

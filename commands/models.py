"""`minyi models list|show|retrain|adopt|rollback`: candidates of the retraining, and which model is in use."""

import getpass
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands import common

if TYPE_CHECKING:
    from models.proposal import Comparison
    from models.shelf import Shelf

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Candidates made by retraining: compare them, put one to use, go back. Only a person does the latter two.",
)

Home = Annotated[Path | None, typer.Option(help="Data folder; MINYI_HOME unless given.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
RESTART = "processes take it at their next start: restart `minyi run` (or the score consumers and the desk)"


@app.command("list")
def list_(json: Json = False, home: Home = None) -> None:
    """The shipped model and all candidates, newest first, and which is in use."""
    from models.shelf import SHIPPED, version_of

    shelf = _shelf(home)
    used = shelf.in_use()
    rows = [(SHIPPED, version_of(shelf.shipped), "", 0, used == SHIPPED)]
    for c in shelf.candidates():
        rows.append((c.version, c.version, f"{c.comparison.made_at:%Y-%m-%d}", len(c.comparison.warnings),
                     used == c.version))  # fmt: skip
    if json:
        for name, version, made, warned, in_use in rows:
            common.print_json(
                {"name": name, "version": version, "made": made or None, "warnings": warned, "in_use": in_use}
            )
        return
    for name, version, made, warned, in_use in rows:
        words = [name if name == version else f"{name} ({version})", f"made {made}" if made else ""]
        words += [f"{warned} warnings" if warned else "", "IN USE" if in_use else ""]
        common.out.print("  ".join(word for word in words if word), markup=False, soft_wrap=True)


@app.command()
def show(
    version: Annotated[str, typer.Argument(help="A candidate, as list shows it.")],
    json: Json = False,
    home: Home = None,
) -> None:
    """How a candidate compares with the model that was in use when it was made, on the same held-back posts."""
    found = _shelf(home).find(version)
    if json:
        common.print_json(found.comparison)
        return
    _tables(found.comparison)
    for name in ("card.md", "cards"):
        if (found.folder / name).exists():
            common.out.print(f"{name} in {found.folder}", markup=False, soft_wrap=True)


@app.command()
def retrain(
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            help="Folder of labelled data, else MINYI_DATA; without any, the model in use is adapted.",
        ),
    ] = None,
    corpus: Annotated[Path | None, typer.Option("--corpus", help="Other own posts than the shipped ones.")] = None,
    seconds: Annotated[
        float, typer.Option(min=1, help="Kill the training after so long.", callback=common.finite)
    ] = 3600,
    json: Json = False,
    home: Home = None,
) -> None:
    """Make a candidate now and compare it, as the weekly flow does. Puts nothing to use."""
    from flows.proposing import TrainingFailed, data_folder, job, propose
    from models.feedback import LEAST

    where = common.settings(home)
    what = job(where, data.resolve() if data else data_folder(os.environ), always=True, corpus=corpus)

    def say(step: str) -> None:
        common.err.print(f"  {step}", markup=False, soft_wrap=True)

    try:
        outcome = propose(where, what, datetime.now(UTC), say=say, seconds=seconds)
    except TrainingFailed as err:
        common.fail(str(err))
    if json:
        common.print_json(vars(outcome))
    elif outcome.state == "few":
        n = f"{outcome.labels} posts" if outcome.labels else "nothing"
        least = f"the desk has corrected {n} yet (see `minyi labels`), at least {LEAST} are needed"
        if outcome.labels >= LEAST:
            least = f"all {n} the desk has corrected are held back to measure with, or cannot be judged"
        common.out.print(f"too little to learn: {least}", markup=False, soft_wrap=True)
    elif outcome.state == "same":
        common.out.print(f"the same model came out: {outcome.version}", markup=False)
    else:
        _tables(_shelf(home).find(outcome.version).comparison)


@app.command()
def adopt(
    version: Annotated[str, typer.Argument(help="A candidate, or `shipped`.")],
    force: Annotated[bool, typer.Option("--force", help="In spite of warnings.")] = False,
    home: Home = None,
) -> None:
    """Use this model from the next start of a process on."""
    from models.shelf import SHIPPED

    where, shelf = common.settings(home), _shelf(home)
    folder = shelf.shipped if version == SHIPPED else shelf.find(version).folder
    common.try_model(folder, where)
    shelf.adopt(version, by=_who(), at=datetime.now(UTC), force=force)
    common.out.print(f"{version} adopted; {RESTART}", markup=False, soft_wrap=True)


@app.command()
def rollback(home: Home = None) -> None:
    """Back to the model before the one in use."""
    where, shelf = common.settings(home), _shelf(home)
    version = shelf.roll_back(by=_who(), at=datetime.now(UTC))
    common.try_model(shelf.artifacts(), where, common.GO_BACK)
    common.out.print(f"{version} is in use again; {RESTART}", markup=False, soft_wrap=True)


def _shelf(home: Path | None) -> "Shelf":
    return common.shelf(common.settings(home))


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container user without a name
        return f"uid {os.getuid()}"


def _tables(c: "Comparison") -> None:
    from rich.table import Table

    made = f"{c.how} from {c.posts} rows"
    common.out.print(f"{c.candidate}, {made}, against {c.current}:", markup=False, soft_wrap=True)
    table = Table("held-back posts", "question", "n", "accuracy", "macro-F1", "gained", "lost")
    for q in c.questions:
        a, b = q.current, q.candidate
        table.add_row(q.set, q.question, str(q.n), f"{a.accuracy:.3f} > {b.accuracy:.3f}",
                      f"{a.macro_f1:.3f} > {b.macro_f1:.3f}", str(q.gained), str(q.lost))  # fmt: skip
    common.out.print(table)
    for q in c.questions:
        per = ", ".join(
            f"{name} {q.current.per_class[name]['f1']:.3f} > {v['f1']:.3f} (n {v['n']:.0f})"
            for name, v in q.candidate.per_class.items()
        )
        common.out.print(f"{q.set}, {q.question}, F1: {per}", markup=False, soft_wrap=True)
        if q.changed:
            moves = ", ".join(f"{change} {n}x" for change, n in q.changed.items())
            common.out.print(f"  answers changed: {moves}", markup=False, soft_wrap=True)
    for d in c.desk:
        held, learnt = f"{d.held_current} > {d.held_candidate}", f"{d.learnt_current} > {d.learnt_candidate}"
        right = f"held back {held} of {d.held} right, learnt {learnt} of {d.learnt}"
        common.out.print(f"desk labels of {d.question}, {d.kind}: {right}", markup=False, soft_wrap=True)
    for warning in c.warnings:
        common.out.print(f"WARNING {warning.words()}", style="red", markup=False, soft_wrap=True)
    if c.warnings:
        common.out.print("adopting it needs --force", markup=False)

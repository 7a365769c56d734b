"""`minyi train` and `minyi evaluate`: make the models, measure the models."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands import common

if TYPE_CHECKING:
    from config.settings import Settings
    from models.dataset import Row
    from models.evaluate import Quality


def train(
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", help="Folder with police_train.jsonl, hot_train.jsonl and bench/; own posts alone without."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Where the artifacts go; the shipped ones unless given.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same posts, same model.")] = 0,
    with_feedback: Annotated[
        bool, typer.Option("--feedback", help="Learn from the desk's corrections in the store too; needs --out.")
    ] = False,
) -> None:
    """Train the models and write artifacts and cards. 7 to 14 minutes with --data, one without."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # sums in one fixed order: the same model every time
    from models import cards, dataset, feedback, ordinary
    from models import train as training
    from models.analysis import Analyzer
    from models.evaluate import answers
    from models.lexicon import LexiconError

    where = common.settings()
    common.require_config(where)
    corpus = where.artifacts.parent / "corpus"
    target = out or where.artifacts
    if with_feedback and out is None:
        common.fail("--feedback needs --out: the shipped model learns nothing from this desk's posts", 2)
    desk = desk_rows(where) if with_feedback else []
    try:
        held_out = training.held_out(data, corpus)
        learnt, held = feedback.split(desk, held_out)
        rows = feedback.added(training.gather(data, corpus), learnt, held)
        held_out |= {feedback.HELD: held} if held else {}
        with common.err.status("training ...") as status:

            def say(step: str) -> None:
                common.err.print(f"  {step}", markup=False)
                status.update(f"training: {step} ...")

            made = training.train(rows, data=data, lexicon_folder=where.lexicon, out=target, say=say, seed=seed)
    except (dataset.DataError, LexiconError) as err:
        common.fail(str(err), 2)
    except OSError as err:
        common.fail(f"{target}: {err.strerror or err}")
    analyzer = Analyzer.load(target, where.lexicon, None)
    trials = [cards.Trial(name, posts, answers(posts, analyzer)) for name, posts in held_out.items() if posts]
    folder = out / "cards" if out else where.artifacts.parent / "cards"
    passing = ordinary.of_trained(data, corpus.parent / dataset.LABELS, made, analyzer)
    written = cards.write(folder, made, trials, passing)
    for trial in trials:
        show(trial.name, trial.quality())
    common.out.print(f"{made.manifest.version} in {target}, cards in {written[0].parent}", markup=False, soft_wrap=True)


def desk_rows(where: "Settings") -> "list[Row]":
    """What the desk corrected, one row a text."""
    from models import feedback
    from store.feedback import corrections

    store = common.open_store(where)
    try:
        with store.read() as conn:
            return feedback.rows(corrections(conn))
    finally:
        store.close()


def evaluate(
    file: Annotated[Path, typer.Argument(help="Labelled JSONL: text and any of relevant, sentiment, ...")],
    artifacts: Annotated[Path | None, typer.Option("--artifacts", help="Another model than the one in use.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Accuracy, macro-F1, per-class figures and calibration error for every labelled field of a file."""
    from models import calibration
    from models.analysis import Analyzer, ArtifactsError
    from models.dataset import DataError, read_rows
    from models.evaluate import answers
    from models.evaluate import evaluate as measure

    where = common.settings()
    common.require_config(where)
    try:
        rows = read_rows(file)
        folder = artifacts or common.shelf(where).artifacts()
        analyzer = Analyzer.load(folder, where.lexicon, where.config / "places.yaml")
    except (DataError, ArtifactsError) as err:
        common.fail(str(err), 2)
    given = answers(rows, analyzer)
    found = measure(rows, given)
    if not found:
        common.fail(f"{file}: no row has a label (relevant, sentiment, attitude_to_police, category, intent)")
    stated = {question: calibration.of_answers(question, rows, given) for question in found}
    errors = {question: calibration.error(bins) for question, bins in stated.items() if bins}
    if json:
        unfit = sum(g is None for g in given)
        common.print_json(
            {"file": str(file), "model_version": analyzer.version, "rows": len(rows), "unfit": unfit, **found,
             "calibration_error": errors}
        )  # fmt: skip
    else:
        show(str(file), found, errors)


def show(name: str, found: "dict[str, Quality]", errors: "Mapping[str, float] | None" = None) -> None:
    """One table a question; `errors` has the calibration error of those whose probability is stated."""
    from rich.table import Table

    for question, quality in found.items():
        title = f"{name}: {question}, n={quality.n}, accuracy {quality.accuracy:.4f}, macro-F1 {quality.macro_f1:.4f}"
        if errors and question in errors:
            title += f", calibration error {errors[question]:.4f}"
        table = Table("answer", "n", "precision", "recall", "F1", title=title, title_justify="left")
        for answer, v in quality.per_class.items():
            table.add_row(answer, f"{v['n']:.0f}", f"{v['p']:.4f}", f"{v['r']:.4f}", f"{v['f1']:.4f}")
        common.out.print(table)

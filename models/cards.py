"""Model cards: one Markdown file a question, written by training, so that no figure is ever typed by hand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from models import card_parts, crossed, plots
from models.analysis import Analysis
from models.calibration import of_answers
from models.card_words import ABOUT, DETECTORS, LICENCES, WEAKNESSES
from models.dataset import Row
from models.evaluate import Quality, answered, confusions, evaluate
from models.figures import Answered, Figures, Honesty
from models.heads import ASIDE, QUESTIONS
from models.ordinary import Passing
from models.train import Trained


@dataclass(frozen=True)
class Trial:
    """A set of labelled rows no weight was fitted on, and what the models said to them."""

    name: str
    rows: Sequence[Row]
    given: Sequence[Analysis | None]

    def quality(self) -> dict[str, Quality]:
        """Question -> how well it was answered."""
        return evaluate(self.rows, self.given)


def write(
    folder: Path, trained: Trained, trials: Sequence[Trial], ordinary_posts: Sequence[Passing] = ()
) -> list[Path]:
    """Write the card of every question into `folder`, its plot and the figures beside it; returns the cards."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = measured(trained, trials, ordinary_posts)
    figures.save(folder)
    written = []
    for question in QUESTIONS:
        lines = [f"# {question}", "", ABOUT[question], "", f"Model `{trained.manifest.version}`.", ""]
        lines += _data(question, trained)
        for found in figures.answered:
            if found.question == question:
                lines += card_parts.answers(found)
        if not trials:
            lines += ["## Figures", "", "None: no held-back posts were at hand when this model was trained.", ""]
        honest = [h for h in figures.honesty if h.question == question]
        if honest:
            plot = plots.reliability([(h.set, h.bins) for h in honest])
            (folder / f"{question}.svg").write_text(plot + "\n", encoding="utf-8")
        lines += card_parts.honesty(question, honest)
        if question == "relevant":
            lines += card_parts.ordinary(figures.ordinary, trained.manifest.threshold)
            lines += card_parts.feed(figures.feed)
        lines += ["## Known weaknesses", "", *(f"- {w}" for w in (*WEAKNESSES[question], *WEAKNESSES["all"])), ""]
        path = folder / f"{question}.md"
        path.write_text("\n".join(lines), encoding="utf-8")
        written.append(path)
    return written


def measured(trained: Trained, trials: Sequence[Trial], ordinary_posts: Sequence[Passing]) -> Figures:
    """The figures of a model just trained."""
    found = [
        Answered(trial.name, question, q.n, q.accuracy, q.macro_f1, q.per_class,
                 confusions(answered(question, trial.rows, trial.given)))
        for trial in trials
        for question, q in trial.quality().items()
    ]  # fmt: skip
    honest = [
        Honesty(trial.name, question, bins)
        for question in QUESTIONS
        for trial in trials
        if (bins := of_answers(question, trial.rows, trial.given))
    ]
    honest += [Honesty(name, "sentiment", bins, crossed=True) for name, bins in crossed.moods(trained).items()]
    return Figures(trained.manifest.version, found, honest, ordinary_posts, crossed.titles(trained))


def _data(question: str, trained: Trained) -> list[str]:
    rows = [row for row in trained.rows if question in row.labels]
    counts = Counter(row.labels[question] for row in rows)
    lines = ["## Learnt from", "", f"{len(rows)} labelled posts:", ""]
    lines += ["| answer | posts |", "|---|---|", *(f"| {a} | {counts[a]} |" for a in QUESTIONS[question]), ""]
    lines += _sources(rows)
    if question == "sentiment" and (aside := [row for row in trained.rows if not ASIDE.keys().isdisjoint(row.labels)]):
        lines += ["", f"And {len(aside)} posts whose mood is stated by a public set, for columns that help:", ""]
        lines += _sources(aside)
    if trained.plain:
        lines += ["", "Word vectors also from these texts:", ""]
        lines += ["| texts | number | licence |", "|---|---|---|"]
        lines += [f"| {name.split('.')[0]} | {n} | {_licence(name)} |" for name, n in sorted(trained.plain.items())]
    if trained.phrases:
        lines += ["", DETECTORS]
    return [*lines, ""]


def _sources(rows: Sequence[Row]) -> list[str]:
    counts = Counter(row.source for row in rows)
    told = [f"| {name} | {n} | {_licence(name)} |" for name, n in sorted(counts.items(), key=lambda s: -s[1])]
    return ["| source | posts | licence |", "|---|---|---|", *told]


def _licence(name: str) -> str:
    return next((words for start, words in LICENCES.items() if name.startswith(start)), "none stated")


def summary(trial: Trial) -> Mapping[str, Mapping[str, float]]:
    """Question -> accuracy, macro_f1 and the F1 of relevant posts: what models/floors.json holds."""
    out: dict[str, dict[str, float]] = {}
    for question, quality in trial.quality().items():
        out[question] = {"accuracy": quality.accuracy, "macro_f1": quality.macro_f1}
        if question == "relevant":
            out[question]["f1"] = quality.per_class["1"]["f1"]
    return out

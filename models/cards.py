"""Model cards: one Markdown file a question, written by training, so that no figure is ever typed by hand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.analysis import Analysis
from models.card_words import ABOUT, LICENCES, WEAKNESSES
from models.dataset import Row
from models.evaluate import Quality, calibration_error, evaluate
from models.heads import QUESTIONS
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


def write(folder: Path, trained: Trained, trials: Sequence[Trial]) -> list[Path]:
    """Write the card of every question into `folder`; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    qualities = [(trial, trial.quality()) for trial in trials]
    written = []
    for question in QUESTIONS:
        lines = [f"# {question}", "", ABOUT[question], "", f"Model `{trained.manifest.version}`.", ""]
        lines += _data(question, trained)
        for trial, by_question in qualities:
            if question in by_question:
                lines += _figures(trial, question, by_question[question])
        if not trials:
            lines += ["## Figures", "", "None: no held-back posts were at hand when this model was trained.", ""]
        lines += ["## Known weaknesses", "", *(f"- {w}" for w in (*WEAKNESSES[question], *WEAKNESSES["all"])), ""]
        path = folder / f"{question}.md"
        path.write_text("\n".join(lines), encoding="utf-8")
        written.append(path)
    return written


def _data(question: str, trained: Trained) -> list[str]:
    rows = [row for row in trained.rows if question in row.labels]
    counts = Counter(row.labels[question] for row in rows)
    sources = Counter(row.source for row in rows)
    lines = ["## Learnt from", "", f"{len(rows)} labelled posts:", ""]
    lines += ["| answer | posts |", "|---|---|", *(f"| {a} | {counts[a]} |" for a in QUESTIONS[question]), ""]
    lines += ["| source | posts | licence |", "|---|---|---|"]
    lines += [f"| {name} | {n} | {_licence(name)} |" for name, n in sorted(sources.items(), key=lambda s: -s[1])]
    if trained.plain:
        lines += ["", "Word vectors also from these texts, without their labels:", ""]
        lines += ["| texts | number | licence |", "|---|---|---|"]
        lines += [f"| {name.split('.')[0]} | {n} | {_licence(name)} |" for name, n in sorted(trained.plain.items())]
    return [*lines, ""]


def _licence(name: str) -> str:
    return next((words for start, words in LICENCES.items() if name.startswith(start)), "none stated")


def _figures(trial: Trial, question: str, quality: Quality) -> list[str]:
    lines = [f"## Figures on {trial.name}", ""]
    lines += [f"{quality.n} posts, none of them used for training: accuracy {quality.accuracy:.3f}, "
              f"macro-F1 {quality.macro_f1:.3f}.", ""]  # fmt: skip
    lines += ["| answer | precision | recall | F1 | posts |", "|---|---|---|---|---|"]
    lines += [
        f"| {name} | {v['p']:.3f} | {v['r']:.3f} | {v['f1']:.3f} | {v['n']:.0f} |"
        for name, v in quality.per_class.items()
    ]
    error = calibration(trial, question)
    if error is not None:
        lines += ["", f"Expected calibration error of the stated probability: {error:.3f} (ten bins)."]
    return [*lines, ""]


def calibration(trial: Trial, question: str) -> float | None:
    """Calibration error of relevance, or of the sentiment score as P(positive) - P(negative); None for the others."""
    judged = [
        (analysis, row.labels[question])
        for row, analysis in zip(trial.rows, trial.given, strict=True)
        if analysis is not None and question in row.labels
    ]
    if question == "relevant":
        return calibration_error([a.relevance for a, _ in judged], [label == 1 for _, label in judged])
    if question == "sentiment":
        # the score is an expectation in -1..1; moved to 0..1 it can be compared with the mean label
        stated = [(a.sentiment_score + 1) / 2 for a, _ in judged]
        return calibration_error(stated, [(label + 1) / 2 for _, label in judged])
    return None


def summary(trial: Trial) -> Mapping[str, Mapping[str, float]]:
    """Question -> accuracy, macro_f1 and the F1 of relevant posts: what tests/quality/floors.json holds."""
    out: dict[str, dict[str, float]] = {}
    for question, quality in trial.quality().items():
        out[question] = {"accuracy": quality.accuracy, "macro_f1": quality.macro_f1}
        if question == "relevant":
            out[question]["f1"] = quality.per_class["1"]["f1"]
    return out

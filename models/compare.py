"""Candidate against the model in use, on the same posts, none of which the candidate has learnt from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from models.analysis import Analysis, Analyzer
from models.cards import Trial, summary
from models.dataset import CONFIRMED, DESK, Row
from models.evaluate import ABOUT_POLICE, Quality, answer, answers
from models.heads import QUESTIONS
from models.proposal import DeskLabels, Measured, Question, Warning

ENOUGH = 100  # posts; on fewer, a difference of a few points is chance
MARGIN = {"accuracy": 0.01, "macro_f1": 0.02}
"""How much worse than the model in use a candidate may be on a question: rare classes make macro-F1 jump more."""
NAMED = 20
KINDS: Mapping[str, Literal["corrected", "confirmed"]] = {DESK: "corrected", CONFIRMED: "confirmed"}
"""Source of a desk row -> what the person did."""

Floors = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Set -> question -> measure -> the least, as in models/floors.json."""


def compare(
    current: Analyzer, candidate: Analyzer, held_out: Mapping[str, Sequence[Row]]
) -> tuple[list[Question], list[Trial]]:
    """Every question of every set that has posts, and the candidate's answers to each set for its cards."""
    found, trials = [], []
    for name, rows in held_out.items():
        if rows:
            before, after = Trial(name, rows, answers(rows, current)), Trial(name, rows, answers(rows, candidate))
            old, new = before.quality(), after.quality()
            found += [_question(before, after, q, old[q], new[q]) for q in old]
            trials.append(after)
    return found, trials


def desk_labels(current: Analyzer, candidate: Analyzer, learnt: Sequence[Row], held: Sequence[Row]) -> list[DeskLabels]:
    """How many desk labels each model gets right: corrections and confirmations, learnt from and held back."""
    found = []
    of_learnt, of_held = ([answers(rows, model) for model in (current, candidate)] for rows in (learnt, held))
    for source, kind in KINDS.items():
        for q in QUESTIONS:
            taught, kept = _right(learnt, of_learnt, q, source), _right(held, of_held, q, source)
            if taught[0] or kept[0]:
                weight = sum(row.trust for row in learnt if row.source == source and _asked(row, q))
                found.append(DeskLabels(q, *taught, *kept, kind, round(weight, 2)))
    return found


def warnings(
    questions: Sequence[Question],
    desk: Sequence[DeskLabels],
    trials: Sequence[Trial],
    floors: Floors,
) -> list[Warning]:
    """What a person has to weigh before adopting: each of these needs --force."""
    found: list[Warning] = []
    for trial in trials:
        if trial.name not in floors:  # a set of desk labels may lack any answer, and a summary cannot
            continue
        measured = summary(trial)
        for question, least in floors[trial.name].items():
            for measure, floor in least.items():
                if measured.get(question, {}).get(measure, floor) < floor:
                    found.append(Warning("floor", trial.name, question, measure, measured[question][measure], floor))
    for q in questions:
        for measure, margin in MARGIN.items():
            now, then = getattr(q.candidate, measure), getattr(q.current, measure)
            if q.n >= ENOUGH and now < then - margin:
                found.append(Warning("worse", q.set, q.question, measure, now, then))
    for question in dict.fromkeys(d.question for d in desk):
        these = [d for d in desk if d.question == question]
        now, then = sum(d.held_candidate for d in these), sum(d.held_current for d in these)
        if now < then:
            found.append(Warning("desk", DESK, question, "right", now, then))
    return found


def _question(before: Trial, after: Trial, question: str, old: Quality, new: Quality) -> Question:
    changed: Counter[str] = Counter()
    gained, lost = 0, []
    for row, then, now in zip(before.rows, before.given, after.given, strict=True):
        if not _asked(row, question):
            continue
        was, is_ = answer(then, question), answer(now, question)
        if was == is_:
            continue
        changed[f"{was} > {is_}"] += 1
        gained += is_ == row.labels[question]
        if was == row.labels[question]:
            lost.append(row.id)
    return Question(
        before.name,
        question,
        old.n,
        _measured(old),
        _measured(new),
        gained,
        len(lost),
        dict(changed.most_common()),
        lost[:NAMED],
    )


def _measured(quality: Quality) -> Measured:
    return Measured(quality.accuracy, quality.macro_f1, quality.per_class)


def _asked(row: Row, question: str) -> bool:
    return question in row.labels and (question not in ABOUT_POLICE or row.labels.get("relevant", 1) == 1)


def _right(
    rows: Sequence[Row], given: Sequence[Sequence[Analysis | None]], question: str, source: str
) -> tuple[int, int, int]:
    """Labels of one source, how many the first model gets right, how many the second."""
    asked: list[tuple[int, Any]] = [
        (i, row.labels[question]) for i, row in enumerate(rows) if row.source == source and _asked(row, question)
    ]
    right = [sum(answer(model[i], question) == label for i, label in asked) for model in given]
    return len(asked), right[0], right[1]

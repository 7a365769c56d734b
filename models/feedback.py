"""What people at the desk said about scores, as rows to learn from and to measure with.

One answer is learnt, the others of the post stay unanswered: who says "this is about traffic" has said nothing about
its mood. A correction weighs more than a confirmation, and nobody can outweigh the others by labelling in heaps.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any, Protocol

from models.copies import Copies, groups
from models.dataset import CONFIRMED, DESK, FIELDS, Row, fold_key, is_held_back
from models.evaluate import ABOUT_POLICE
from models.heads import QUESTIONS

HELD = "desk labels, held back"
"""Name of the set that measures."""
WEIGHT = 3.0
"""A correction counts as so many rows: it is one of this installation's own posts, and a post the model got wrong."""
CONFIRMED_WEIGHT = 0.5
"""A confirmation: the model's own answer, one click under the eyes of somebody who had just read it."""
A_DAY = 50
"""Texts an account corrects (and as many that it confirms) on one day with full weight: more share that weight."""
LEAST = 5
"""Texts with corrections a retraining needs: fewer move a model by chance, and none of them may be held back."""
HERE = timezone(timedelta(hours=8))  # a day of the desk


class Correction(Protocol):
    """One label of the desk with the post it is about."""

    @property
    def post(self) -> str:
        """Its id."""

    @property
    def title(self) -> str:
        """Of the post."""

    @property
    def text(self) -> str:
        """Of the post."""

    @property
    def field(self) -> str:
        """The question, or something models do not answer."""

    @property
    def value(self) -> str:
        """As the desk stores it: `true`, `-1`, `service`."""

    @property
    def at(self) -> datetime:
        """When it was said."""

    @property
    def by(self) -> str:
        """Who said it."""

    @property
    def kind(self) -> str:
        """`corrected` or `confirmed`."""


@dataclass(frozen=True)
class _Said:
    """One answer to one question of one text, as it stands."""

    label: Correction
    question: str
    answer: Any

    @property
    def confirmed(self) -> bool:
        return self.label.kind == "confirmed"

    @property
    def sitting(self) -> tuple[str, bool, date]:
        """What shares one day's weight: an account's corrections of a day, or its confirmations."""
        return self.label.by, self.confirmed, self.label.at.astimezone(HERE).date()


def rows(corrections: Iterable[Correction]) -> list[Row]:
    """Rows with what was said of each text and nothing else; `corrections` oldest first, the later one wins.

    But a correction wins against any confirmation. Copies of a text are one text. A text has a row for each weight
    (`trust`) among its answers. What models are not asked, or nobody can answer, is left out; so is what a post is
    about once it has been called none of the desk's business.
    """
    texts = _standing(corrections)
    weigh = _weigher(texts)
    made: dict[tuple[Correction, str, float], dict[str, Any]] = {}
    for answers in texts:
        first = min((said.label for said in answers), key=lambda label: label.at)
        for said in answers:
            source = CONFIRMED if said.confirmed else DESK
            made.setdefault((first, source, weigh(said)), {})[said.question] = said.answer
    return [
        Row(label.post, label.text, label.title, source, labels, trust=weight)
        for (label, source, weight), labels in made.items()
        if weight > 0
    ]


def accounts(corrections: Iterable[Correction]) -> tuple[int, float]:
    """How many accounts the labels come from, and what share of all weight the heaviest has (0..1)."""
    texts = _standing(corrections)
    weigh = _weigher(texts)
    heavy: defaultdict[str, float] = defaultdict(float)
    for said in (said for answers in texts for said in answers):
        heavy[said.label.by] += weigh(said)
    return len(heavy), max(heavy.values(), default=0.0) / (sum(heavy.values()) or 1.0)


def _standing(corrections: Iterable[Correction]) -> list[list[_Said]]:
    """The answers that stand, text by text."""
    found: dict[tuple[str, str], dict[str, _Said]] = {}
    for label in corrections:
        answer = [a for a in QUESTIONS.get(label.field, ()) if _words(label.field, a) == label.value]
        if answer and fold_key(label.text):
            said = _Said(label, label.field, answer[0])
            of_text = found.setdefault((label.title, label.text), {})
            if not (said.confirmed and label.field in of_text and not of_text[label.field].confirmed):
                of_text[label.field] = said
    for of_text in found.values():
        if "relevant" in of_text and of_text["relevant"].answer == 0:
            for question in ABOUT_POLICE:
                of_text.pop(question, None)
    return [list(of_text.values()) for of_text in found.values()]


def _weigher(texts: Sequence[Sequence[_Said]]) -> Callable[[_Said], float]:
    """What an answer counts in learning: see WEIGHT, CONFIRMED_WEIGHT, A_DAY.

    The confirmations of a question weigh together no more than its corrections: they are many, and say what the
    models say already.
    """
    read = Counter(sitting for answers in texts for sitting in {said.sitting for said in answers})

    def alone(said: _Said) -> float:
        return (CONFIRMED_WEIGHT if said.confirmed else WEIGHT) * min(1.0, A_DAY / read[said.sitting])

    sums: defaultdict[tuple[str, bool], float] = defaultdict(float)
    for said in (said for answers in texts for said in answers):
        sums[said.question, said.confirmed] += alone(said)

    def weigh(said: _Said) -> float:
        if not said.confirmed:
            return round(alone(said), 4)
        return round(alone(said) * min(1.0, sums[said.question, False] / sums[said.question, True]), 4)

    return weigh


def by_text(rows: Iterable[Row]) -> list[Row]:
    """One row a text and source, whatever its answers weigh."""
    found: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for row in rows:
        found.setdefault((row.id, row.text, row.title, row.source), {}).update(row.labels)
    return [Row(*key, labels) for key, labels in found.items()]


def exported(row: Row, text: str, title: str) -> dict[str, Any]:
    """`row` as a line of a labelled file, with a text and a title that may leave the house."""
    return {"id": row.id, "title": title, "text": text, "source": row.source} | {
        name: bool(row.labels[q]) if q == "relevant" else row.labels[q] for q, name in FIELDS.items() if q in row.labels
    }


def split(desk: Sequence[Row], held_out: Mapping[str, Sequence[Row]]) -> tuple[list[Row], list[Row]]:
    """(rows to learn from, rows to measure with): one text in eight measures, copies going the way of the first.

    So does a text of which a set of `held_out` has a copy.
    """
    measured = [row for rows in held_out.values() for row in rows]
    learnt: list[Row] = []
    held: list[Row] = []
    every = [*measured, *desk]
    for row, first in zip(desk, groups([row.whole for row in every])[len(measured) :], strict=True):
        (held if first < len(measured) or is_held_back(every[first]) else learnt).append(row)
    return learnt, held


def added(gathered: Sequence[Row], learnt: Sequence[Row], held: Sequence[Row]) -> list[Row]:
    """`gathered` with the desk rows to learn from, and without copies of those that measure.

    Where the desk answered a question of a text that was gathered too, the desk's answer holds.
    """
    measured = Copies([row.whole for row in held])
    said: dict[str, dict[str, Any]] = {}
    for row in learnt:
        said.setdefault(fold_key(row.whole), {}).update(row.labels)
    kept = []
    for row in gathered:
        over = said.get(fold_key(row.whole), {})
        labels = {q: a for q, a in row.labels.items() if q not in over}
        if labels and not measured.of(row.whole):
            kept.append(replace(row, labels=labels) if over else row)
    return kept + list(learnt)


def without(gathered: Iterable[Row], desk: Iterable[Row]) -> list[Row]:
    """`gathered` less copies of the texts the desk has spoken about."""
    spoken = Copies([row.whole for row in desk])
    return [row for row in gathered if not spoken.of(row.whole)]


def _words(question: str, answer: Any) -> str:
    return ("false", "true")[answer] if question == "relevant" else str(answer)

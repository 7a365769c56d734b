"""What people at the desk corrected, as rows to learn from and to measure with.

One answer is learnt, the others of the post stay unanswered: who says "this is about traffic" has said nothing about
its mood.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from models.dataset import FIELDS, OWN, Row, fold_key, is_held_back
from models.evaluate import ABOUT_POLICE
from models.heads import QUESTIONS
from models.train import Trained

DESK = "desk"
"""The source of these rows, in exports and on the cards."""
HELD = "desk labels, held back"
"""Name of the set that measures."""
WEIGHT = 3
"""A desk label counts as so many rows: it is one of this installation's own posts, and a post the model got wrong."""


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
        """What was corrected: a question, or something models do not answer."""

    @property
    def value(self) -> str:
        """As the desk stores it: `true`, `-1`, `service`."""


def rows(corrections: Iterable[Correction]) -> list[Row]:
    """One row a text with what was corrected and nothing else; `corrections` oldest first, the later one wins.

    Copies of a text are one row. What models are not asked, or nobody can answer, is left out; so is what a post is
    about once it has been called none of the desk's business.
    """
    found: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
    for said in corrections:
        answer = [a for a in QUESTIONS.get(said.field, ()) if _words(said.field, a) == said.value]
        if answer and fold_key(said.text):
            found.setdefault((said.title, said.text), (said.post, {}))[1][said.field] = answer[0]
    made = []
    for (title, text), (post, labels) in found.items():
        if labels.get("relevant") == 0:
            labels = {q: a for q, a in labels.items() if q not in ABOUT_POLICE}
        made.append(Row(post, text, title, DESK, labels))
    return made


def exported(row: Row, text: str, title: str) -> dict[str, Any]:
    """`row` as a line of a labelled file, with a text and a title that may leave the house."""
    return {"id": row.id, "title": title, "text": text, "source": DESK} | {
        name: bool(row.labels[q]) if q == "relevant" else row.labels[q] for q, name in FIELDS.items() if q in row.labels
    }


def split(desk: Iterable[Row], held_out: Mapping[str, Sequence[Row]]) -> tuple[list[Row], list[Row]]:
    """(rows to learn from, rows to measure with): one in eight measures, by its text alone and so for ever.

    So does a text that a set of `held_out` measures anyway.
    """
    measured = {fold_key(row.text) for rows in held_out.values() for row in rows}
    learnt: list[Row] = []
    held: list[Row] = []
    for row in desk:
        (held if is_held_back(row) or fold_key(row.text) in measured else learnt).append(row)
    return learnt, held


def added(gathered: Sequence[Row], learnt: Sequence[Row], held: Sequence[Row]) -> list[Row]:
    """`gathered` with the desk rows to learn from, each WEIGHT times, and without the texts of those that measure.

    Where the desk answered a question of a text that was gathered too, the desk's answer holds.
    """
    measured = {fold_key(row.text) for row in held}
    said = {fold_key(row.title + row.text): row.labels for row in learnt}
    kept = []
    for row in gathered:
        over = said.get(fold_key(row.title + row.text), {})
        labels = {q: a for q, a in row.labels.items() if q not in over}
        if labels and fold_key(row.text) not in measured:
            kept.append(replace(row, labels=labels) if over else row)
    return kept + [row for row in learnt for _ in range(WEIGHT)]


def without(gathered: Iterable[Row], desk: Iterable[Row]) -> list[Row]:
    """`gathered` less the texts the desk has spoken about."""
    spoken = {fold_key(row.text) for row in desk}
    return [row for row in gathered if fold_key(row.text) not in spoken]


def as_own(rows: Iterable[Row]) -> list[Row]:
    """Desk rows as own posts, for training: a heap of mistakes is no sample of a feed, and must not set a threshold."""
    return [replace(row, source=OWN) if row.source == DESK else row for row in rows]


def named(trained: Trained, desk: Iterable[Row]) -> Trained:
    """`trained` with the desk rows called so again, for the cards."""
    ids = {(row.id, row.text) for row in desk}
    return replace(
        trained, rows=[replace(row, source=DESK) if (row.id, row.text) in ids else row for row in trained.rows]
    )


def _words(question: str, answer: Any) -> str:
    return ("false", "true")[answer] if question == "relevant" else str(answer)

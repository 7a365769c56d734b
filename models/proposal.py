"""What a retraining puts before a person: how the candidate and the model in use answered the same held-back posts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Measured:
    """How one model answered one question of one set."""

    accuracy: float
    macro_f1: float
    per_class: Mapping[str, Mapping[str, float]]
    """Answer -> p (precision), r (recall), f1, n."""


@dataclass(frozen=True)
class Question:
    """One question of one set of held-back posts, asked of both models."""

    set: str
    question: str
    n: int
    current: Measured
    candidate: Measured
    gained: int
    """Posts only the candidate gets right."""
    lost: int
    """Posts only the model in use gets right."""
    changed: Mapping[str, int]
    """`answer now > answer then` -> posts."""
    lost_posts: Sequence[str]
    """Ids of lost posts, at most twenty."""


@dataclass(frozen=True)
class DeskLabels:
    """One question's desk labels of one kind, and how many of them each model gets right."""

    question: str
    learnt: int
    learnt_current: int
    learnt_candidate: int
    held: int
    """Never learnt from."""
    held_current: int
    held_candidate: int
    kind: Literal["corrected", "confirmed"] = "corrected"
    weight: float = 0.0
    """Rows the learnt ones count for together."""


@dataclass(frozen=True)
class Warning:
    """Why a candidate should not be adopted without a second thought."""

    kind: Literal["worse", "floor", "desk"]
    set: str = ""
    question: str = ""
    measure: str = ""
    candidate: float = 0.0
    against: float = 0.0
    """The model in use, or the floor."""

    def words(self) -> str:
        """In English, for the terminal."""
        if self.kind == "desk":
            return (
                f"gets {self.candidate:.0f} desk labels of {self.question} right, the model in use {self.against:.0f}"
            )
        than = "below the floor" if self.kind == "floor" else "worse than"
        return f"{self.set}: {self.question} {self.measure} {self.candidate:.3f}, {than} {self.against:.3f}"


@dataclass(frozen=True)
class Comparison:
    """All of it."""

    current: str
    candidate: str
    made_at: datetime
    how: Literal["trained", "adapted"]
    """Trained from all labelled data and the desk's labels, or an earlier model moved towards the desk's labels."""
    inputs: str
    """Digest of the desk labels and of what else went in: the same again would give the same candidate."""
    posts: int
    """Rows learnt from."""
    questions: Sequence[Question]
    desk: Sequence[DeskLabels]
    warnings: Sequence[Warning]
    base: str = ""
    """The model whose weights were moved; empty for a trained one."""
    accounts: int = 0
    """Desk accounts the labels come from."""
    heaviest: float = 0.0
    """Share of all weight that the labels of one account have at most, 0..1."""

    def falls(self) -> list["Fall"]:
        """Everything measured that got worse, the largest fall first."""
        found = []
        for q in self.questions:
            old, new = q.current, q.candidate
            found += [
                Fall(q.set, q.question, "accuracy", "", q.n, old.accuracy, new.accuracy),
                Fall(q.set, q.question, "macro_f1", "", q.n, old.macro_f1, new.macro_f1),
            ]
            for name, now in new.per_class.items():
                then = old.per_class[name]["f1"]
                found.append(Fall(q.set, q.question, "f1", name, int(now["n"]), then, now["f1"]))
        found = [f for f in found if f.candidate < f.current]
        return sorted(found, key=lambda f: (f.candidate - f.current, f.set, f.question, f.measure, f.answer))


@dataclass(frozen=True)
class Fall:
    """One figure of the candidate that is below that of the model in use."""

    set: str
    question: str
    measure: Literal["accuracy", "macro_f1", "f1"]
    answer: str
    """Whose F1; empty for the measures of all answers."""
    n: int
    current: float
    candidate: float

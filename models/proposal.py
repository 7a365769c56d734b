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
    """One question's desk labels and how many of them each model gets right."""

    question: str
    learnt: int
    learnt_current: int
    learnt_candidate: int
    held: int
    """Never learnt from."""
    held_current: int
    held_candidate: int


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
    """Rows learnt from, desk rows counted as often as they weigh."""
    questions: Sequence[Question]
    desk: Sequence[DeskLabels]
    warnings: Sequence[Warning]

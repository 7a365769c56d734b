"""How good the models are: accuracy, macro-F1, per class, and what is taken for what."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.analysis import Analysis, Analyzer, TextIn
from models.dataset import Row

ABOUT_POLICE = ("attitude", "category", "intent")  # asked of relevant texts only


@dataclass(frozen=True)
class Quality:
    """How one question was answered."""

    n: int
    accuracy: float
    macro_f1: float
    """Mean F1 of the answers that occur in the data."""
    per_class: Mapping[str, Mapping[str, float]]
    """Answer -> p (precision), r (recall), f1, n."""


def answers(rows: Sequence[Row], analyzer: Analyzer) -> list[Analysis | None]:
    """What the models say to each row; None for an unfit text."""
    results = analyzer.analyze([TextIn(row.text, row.title) for row in rows])
    return [r if isinstance(r, Analysis) else None for r in results]


def answer(analysis: Analysis | None, question: str) -> Any:
    """The models' answer to one question; None when they gave none (which counts as wrong)."""
    if analysis is None:
        return None
    value = getattr(analysis, question)
    return int(value) if question == "relevant" else value


def evaluate(rows: Sequence[Row], given: Sequence[Analysis | None]) -> dict[str, Quality]:
    """Quality of every question that some row answers. No answer counts as a wrong one."""
    out = {}
    for question in ("relevant", "sentiment", *ABOUT_POLICE):
        pairs = answered(question, rows, given)
        if pairs:
            out[question] = quality(pairs)
    return out


def answered(question: str, rows: Sequence[Row], given: Sequence[Analysis | None]) -> list[tuple[Any, Any]]:
    """(right, given) answer of every row that has the question; questions about the police of relevant rows only."""
    return [
        (row.labels[question], answer(analysis, question))
        for row, analysis in zip(rows, given, strict=True)
        if question in row.labels and (question not in ABOUT_POLICE or row.labels.get("relevant", 1) == 1)
    ]


def confusions(pairs: Sequence[tuple[Any, Any]]) -> dict[str, int]:
    """`right > given` -> how often, of the wrong answers only, most frequent first."""
    wrong = Counter(f"{right} > {said}" for right, said in pairs if right != said)
    return dict(sorted(wrong.items(), key=lambda w: (-w[1], w[0])))


def quality(pairs: Sequence[tuple[Any, Any]]) -> Quality:
    """From (right, given) pairs, at least one."""
    classes = sorted({right for right, _ in pairs}, key=str)
    per = {str(c): _one_class(pairs, c) for c in classes}
    right = sum(a == b for a, b in pairs)
    macro = sum(v["f1"] for v in per.values()) / len(per)
    return Quality(len(pairs), round(right / len(pairs), 4), round(macro, 4), per)


def _one_class(pairs: Sequence[tuple[Any, Any]], which: Any) -> dict[str, float]:
    hit = sum(a == which and b == which for a, b in pairs)
    given = sum(b == which for _, b in pairs)
    real = sum(a == which for a, _ in pairs)
    p, r = hit / given if given else 0.0, hit / real if real else 0.0
    f1 = 2 * p * r / (p + r) if p + r else 0.0
    return {"p": round(p, 4), "r": round(r, 4), "f1": round(f1, 4), "n": real}

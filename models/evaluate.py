"""How good the models are: accuracy, macro-F1, per class, and how honest the probabilities are."""

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
        pairs = [
            (row.labels[question], answer(analysis, question))
            for row, analysis in zip(rows, given, strict=True)
            if question in row.labels and (question not in ABOUT_POLICE or row.labels.get("relevant", 1) == 1)
        ]
        if pairs:
            out[question] = quality(pairs)
    return out


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


def calibration_error(probabilities: Sequence[float], truths: Sequence[float], bins: int = 10) -> float:
    """Expected calibration error, 0..1: how far stated probability and real share lie apart, bin by bin."""
    if not probabilities:
        return 0.0
    sums = [[0.0, 0.0, 0.0] for _ in range(bins)]
    for p, truth in zip(probabilities, truths, strict=True):
        slot = sums[min(int(p * bins), bins - 1)]
        slot[0] += 1
        slot[1] += p
        slot[2] += truth
    return sum(abs(stated - real) for _, stated, real in sums) / len(probabilities)

"""How honest stated probabilities are: what was stated beside what came true, bin by bin."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from models.analysis import Analysis
from models.dataset import Row

BINS = 10


@dataclass(frozen=True)
class Bin:
    """The posts whose stated probability lies within one tenth."""

    low: float
    high: float
    posts: int
    stated: float
    """Mean stated probability, 0..1."""
    real: float
    """Share that came true, 0..1."""


def bins(probabilities: Sequence[float], truths: Sequence[float]) -> list[Bin]:
    """The bins that hold a post, lowest first. Truths are 0..1; [] without posts."""
    slots: list[list[tuple[float, float]]] = [[] for _ in range(BINS)]
    for p, truth in zip(probabilities, truths, strict=True):
        slots[min(int(p * BINS), BINS - 1)].append((p, float(truth)))
    return [
        Bin(i / BINS, (i + 1) / BINS, len(slot), fmean(p for p, _ in slot), fmean(t for _, t in slot))
        for i, slot in enumerate(slots)
        if slot
    ]


def error(found: Sequence[Bin]) -> float:
    """Expected calibration error, 0..1: how far stated and real lie apart, bins weighed by their posts; 0 without."""
    posts = sum(b.posts for b in found)
    return sum(b.posts * abs(b.stated - b.real) for b in found) / posts if posts else 0.0


def of_answers(question: str, rows: Sequence[Row], given: Sequence[Analysis | None]) -> list[Bin]:
    """Bins of relevance, or of the mood; [] for a question whose probability is not stated, or that no row answers.

    The mood's score is an expectation in -1..1; moved to 0..1 it is compared with the mean of the labels.
    """
    judged = [
        (analysis, row.labels[question])
        for row, analysis in zip(rows, given, strict=True)
        if analysis is not None and question in row.labels
    ]
    if question == "relevant":
        return bins([a.relevance for a, _ in judged], [label for _, label in judged])
    if question == "sentiment":
        return bins([(a.sentiment_score + 1) / 2 for a, _ in judged], [(label + 1) / 2 for _, label in judged])
    return []

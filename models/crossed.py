"""What a model says of the rows it learnt from, each judged by weights that had not seen it (cross-validation).

The first stage is fitted in folds; `Fitted.held_out` keeps what each fold said of the rows left out of it. So a public
set can be learnt from to its last row and still tell how honest the probabilities are.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.calibration import Bin, bins
from models.copies import Copies
from models.heads import F64, QUESTIONS
from models.train import Trained

MOODS = {"mood": "smp2020, its own moods", "cheer": "weibo_senti, happy or unhappy"}
"""Question aside of a public set -> what the set is called on the cards."""
TITLES = ("weibo_hot", "zhihu_hot")
"""Sources of titles that were drawn with weights."""


def relevance(trained: Trained) -> Callable[[str], float | None]:
    """What tells the probability of being relevant of a text something was learnt from; None for any other text.

    Of several copies the mean.
    """
    stated = _probabilities(trained, "relevant")[:, 1]
    learnt = Copies([row.whole for row in trained.rows])

    def of(text: str) -> float | None:
        copies = learnt.of(text)
        return float(np.mean(stated[copies])) if copies else None

    return of


def moods(trained: Trained) -> dict[str, list[Bin]]:
    """Set -> bins of the mood of its texts, against the mood its source states; only sets something was learnt from.

    Where the source knows no neutral text, the probability is that of happy among happy and unhappy.
    """
    p = _probabilities(trained, "sentiment")
    sad, glad = p[:, QUESTIONS["sentiment"].index(-1)], p[:, QUESTIONS["sentiment"].index(1)]
    found = {}
    for question, name in MOODS.items():
        rows = [i for i, row in enumerate(trained.rows) if question in row.labels]
        if rows:
            stated = (glad - sad + 1) / 2 if question == "mood" else glad / (glad + sad)
            found[name] = bins(stated[rows].tolist(), [(trained.rows[i].labels[question] + 1) / 2 for i in rows])
    return found


@dataclass(frozen=True)
class Feed:
    """Relevance of titles as common as in a real feed: every judged title stands for others (`Row.weight`)."""

    titles: int
    """Judged titles."""
    base: float
    """Part of all titles that is relevant, 0..1."""
    precision: float
    recall: float


def titles(trained: Trained) -> Feed | None:
    """How the titles of hot searches fare at the shipped threshold; None where none was learnt from.

    Rough at a high recall: a few relevant titles of low stated relevance stand for many.
    """
    stated = _probabilities(trained, "relevant")[:, 1]
    judged = [
        (row.weight, row.labels["relevant"] == 1, p >= trained.manifest.threshold)
        for row, p in zip(trained.rows, stated, strict=True)
        if row.source in TITLES and "relevant" in row.labels and row.weight != 1  # 1: drawn as hard to tell
    ]
    relevant = sum(w for w, real, _ in judged if real)
    passing = sum(w for w, _, said in judged if said)
    right = sum(w for w, real, said in judged if real and said)
    if not relevant or not passing:
        return None
    return Feed(len(judged), relevant / sum(w for w, _, _ in judged), right / passing, right / relevant)


def _probabilities(trained: Trained, question: str) -> F64:
    """(rows, answers): what the second stage makes of the scores each row had from the other folds."""
    read = None if trained.reread is None else trained.reread.take
    return trained.fitted.heads.probabilities(trained.fitted.held_out, read)[question]

"""Fitting the second stage of sentiment. Needs scipy; used when training only.

It learns from three kinds of texts at once: posts read for this project (-1, 0, 1), public posts with a stated
polarity (-1, 0, 1), and public posts that are only known to be glad or not (-1, 1). Of the last it learns mostly which
of the two, given that it is one of them: taken at their word they would teach that no text is plain.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.heads import ASIDE, F64, QUESTIONS, Second, columns
from models.phrases import phrase_columns

I64 = NDArray[np.int64]

STRENGTH = 0.3  # inverse regularisation; 0.03 to 3 differed by less than half a point
LENT = {"mood": (2.0, 0.0), "cheer": (0.3, 1.0)}
"""Question aside -> what its answers count as answers about sentiment, and as answers to `good or bad?` alone.

(1.5) and (0.3, 1.5) gain 0.7 points on the posts known to be glad or not, and make the probabilities of public posts
with a polarity too extreme by another 0.7 points."""
OWN_WAY = np.array(
    [i for i, (question, _) in enumerate(columns() + phrase_columns()) if question == "sentiment" or question in ASIDE]
)
"""Columns that may mean another thing in posts about the police; with all 27, and with bent ones, it was no better."""
STEPS = 300


def fit_mood(scores: F64, labels: Sequence[Mapping[str, Any]], relevance: F64, plain: int | None = None) -> Second:
    """The second stage of sentiment, not tilted, from held-out scores (rows, columns) and P(relevant) (rows,).

    plain: how many of the columns are no bent ones; all without it.
    """
    rows, right, weigh, either = _examples(labels)
    answers = len(QUESTIONS["sentiment"])
    spread = scores.std(axis=0)
    spread[spread < 1e-6] = np.inf  # a column that was never learnt says nothing
    scaled, gate = scores[rows] / spread, relevance[rows, None]
    own_way = OWN_WAY[(plain or scores.shape[1]) > OWN_WAY]
    x = np.hstack([scaled, scaled[:, own_way] * gate, gate, np.ones_like(gate)])
    found = _softmax(x, right, weigh, either, answers)
    weights, about = found[: len(spread)] / spread[:, None], np.zeros((len(spread) + 1, answers))
    about[own_way] = found[len(spread) : -2] / spread[own_way, None]
    about[-1] = found[-2]
    return Second(weights, found[-1], np.zeros(answers), about)


def _examples(labels: Sequence[Mapping[str, Any]]) -> tuple[I64, I64, F64, NDArray[np.bool_]]:
    """Row, number of the right answer and weight of every example, and whether it says `good or bad?` alone."""
    found = []
    for row, given in enumerate(labels):
        for question, (plainly, either) in {"sentiment": (1.0, 0.0), **LENT}.items():
            if question in given:
                right = QUESTIONS["sentiment"].index(given[question])
                found += [(row, right, w, alone) for w, alone in ((plainly, 0), (either, 1)) if w]
    rows, rights, weights, alone = np.array(found, dtype=np.float64).reshape(-1, 4).T
    return rows.astype(np.int64), rights.astype(np.int64), weights, alone.astype(bool)


def _softmax(x: F64, right: I64, weigh: F64, either: NDArray[np.bool_], answers: int) -> F64:
    """(features, answers): regularised weights; the last feature is constant, its weights are free."""
    from scipy.optimize import minimize

    shape = (x.shape[1], answers)
    plain = QUESTIONS["sentiment"].index(0)
    impossible = np.flatnonzero(either)
    every = np.arange(len(x))
    held = np.full((shape[0], 1), 1 / STRENGTH)
    held[-1] = 1e-3

    def loss(flat: F64) -> tuple[float, F64]:
        b = flat.reshape(shape)
        z = x @ b
        z[impossible, plain] = -np.inf
        z -= z.max(axis=1, keepdims=True)
        p = np.exp(z)
        p /= p.sum(axis=1, keepdims=True)
        total = -float(weigh @ np.log(np.maximum(p[every, right], 1e-300))) + float((held * b * b).sum()) / 2
        p[every, right] -= 1
        slope: F64 = x.T @ (weigh[:, None] * p) + held * b
        return total, slope.ravel()

    found = minimize(loss, np.zeros(shape[0] * shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    weights: F64 = found.x.reshape(shape)
    return weights

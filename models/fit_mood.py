"""Fitting the second stage of sentiment. Needs scipy; used when training only.

It learns from three kinds of texts at once: posts read for this project (-1, 0, 1), public posts with a stated
polarity (-1, 0, 1), and public posts that are only known to be glad or not (-1, 1). Of the last it learns mostly which
of the two, given that it is one of them: taken at their word they would teach that no text is plain.

What these call glad differs: one set asks what its author feels, another what a text says. So the columns of mood count
in ways of their own in texts about the police, and in KINDS other kinds of text, which are learnt together with them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.heads import ASIDE, F64, FAR, QUESTIONS, Second, columns, softmax
from models.phrases import phrase_columns

I64 = NDArray[np.int64]

STRENGTH = 0.3  # inverse regularisation; 0.03 to 3 differed by less than half a point
LENT = {"mood": (2.0, 0.0), "cheer": (0.3, 1.0)}
"""Question aside -> what its answers count as answers about sentiment, and as answers to `good or bad?` alone."""
KINDS, STARTS = 4, 3
"""Kinds of text, and from how many random starts they are sought: the answer is the mean of what is found, because one
start differs from the next by a point of macro-F1 on police_dev."""
KIND_STRENGTH = 1.0
"""Inverse regularisation of what tells the kinds apart."""
OWN_WAY = np.array(
    [i for i, (question, _) in enumerate(columns() + phrase_columns()) if question == "sentiment" or question in ASIDE]
)
"""Columns that may mean another thing in texts of a kind."""
STEPS = 900  # with 300 what is found is not yet the best, half a point on public posts
SPREAD = 0.1  # of the random weights that the gates start from: from nought all kinds would stay alike


def fit_mood(
    scores: F64, labels: Sequence[Mapping[str, Any]], relevance: F64, trust: F64, plain: int | None = None
) -> Second:
    """The second stage of sentiment, not tilted, from held-out scores (rows, columns) and P(relevant) (rows,).

    trust: (rows,) what a reader's answer counts.
    plain: how many of the columns are no bent ones, from which the kinds are told; all without it.
    """
    told, answers = plain or scores.shape[1], len(QUESTIONS["sentiment"])
    spread = scores.std(axis=0)
    spread[spread < 1e-6] = np.inf  # a column that was never learnt says nothing
    own_way = OWN_WAY[told > OWN_WAY]
    rows, right, weigh, either = _examples(labels, trust)
    x = np.hstack([(scores / spread)[rows], np.ones((len(rows), 1))])
    shapes = (x.shape[1], answers), (KINDS + 1, len(own_way) + 1, answers), (told + 1, KINDS)
    found = [_mixture(x, relevance[rows], right, weigh, either, own_way, shapes, seed) for seed in range(STARTS)]
    weights = np.mean([w for w, _, _ in found], axis=0)
    own = np.concatenate([np.mean([o[:1] for _, o, _ in found], axis=0), *(o[1:] / STARTS for _, o, _ in found)])
    gates = np.concatenate([g for _, _, g in found], axis=1)
    ways, kinds = np.zeros((len(own), *weights.shape)), np.zeros((len(weights), len(own) - 1))
    ways[:, own_way], ways[:, -1] = own[:, :-1] / spread[own_way, None], own[:, -1]
    kinds[:told], kinds[-1] = gates[:-1] / spread[:told, None], gates[-1]
    return Second(weights[:-1] / spread[:, None], weights[-1], np.zeros(answers), ways, kinds)


def _examples(labels: Sequence[Mapping[str, Any]], trust: F64) -> tuple[I64, I64, F64, NDArray[np.bool_]]:
    """Row, number of the right answer and weight of every example, and whether it says `good or bad?` alone."""
    found = []
    for row, given in enumerate(labels):
        for question, (plainly, either) in {"sentiment": (float(trust[row]), 0.0), **LENT}.items():
            if question in given:
                right = QUESTIONS["sentiment"].index(given[question])
                found += [(row, right, w, alone) for w, alone in ((plainly, 0), (either, 1)) if w]
    rows, rights, weights, alone = np.array(found, dtype=np.float64).reshape(-1, 4).T
    return rows.astype(np.int64), rights.astype(np.int64), weights, alone.astype(bool)


def _mixture(
    x: F64,
    relevance: F64,
    right: I64,
    weigh: F64,
    either: NDArray[np.bool_],
    own_way: I64,
    shapes: tuple[tuple[int, ...], ...],
    seed: int,
) -> tuple[F64, F64, F64]:
    """(features, answers), (1 + kinds, own + 1, answers), (told + 1, kinds): weights, ways and gates, regularised.

    x: (examples, features), the last feature constant; its weights are free.
    """
    from scipy.optimize import minimize

    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    own, seen = x[:, [*own_way, -1]], x[:, [*range(shapes[2][0] - 1), -1]]
    impossible, plain = np.flatnonzero(either), QUESTIONS["sentiment"].index(0)
    every = np.arange(len(x))
    held = [np.full(shape, 1 / s) for shape, s in zip(shapes, (STRENGTH, STRENGTH, KIND_STRENGTH), strict=True)]
    held[0][-1] = held[2][-1] = 1e-3

    def parts(flat: F64) -> list[F64]:
        return [part.reshape(shape) for part, shape in zip(np.split(flat, ends[:-1]), shapes, strict=True)]

    def loss(flat: F64) -> tuple[float, F64]:
        weights, ways, gates = parts(flat)
        kinds = 1 / (1 + np.exp(np.minimum(-(seen @ gates), FAR)))
        shares = np.hstack([relevance[:, None], kinds])
        added = own @ ways
        z = x @ weights + np.einsum("nk,kna->na", shares, added)
        z[impossible, plain] = -np.inf
        p = softmax(z)
        total = -float(weigh @ np.log(np.maximum(p[every, right], 1e-300)))
        p[every, right] -= 1
        p *= weigh[:, None]
        turned = np.einsum("na,kna->nk", p, added[1:]) * kinds * (1 - kinds)
        slopes = x.T @ p, np.stack([own.T @ (share[:, None] * p) for share in shares.T]), seen.T @ turned
        total += sum(float((h * part * part).sum()) / 2 for h, part in zip(held, (weights, ways, gates), strict=True))
        pulls = [s + h * part for s, h, part in zip(slopes, held, (weights, ways, gates), strict=True)]
        return total, np.concatenate([pull.ravel() for pull in pulls])

    start = np.zeros(ends[-1])
    start[ends[1] :] = np.random.default_rng(seed).normal(0, SPREAD, ends[2] - ends[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    weights, ways, gates = parts(found.x)
    return weights, ways, gates

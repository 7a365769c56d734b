"""Fitting the two linear stages. Needs scikit-learn; used when training only."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.features import F32
from models.heads import F64, QUESTIONS, Second, columns

FOLDS = 5
STRENGTH = 10.0  # inverse regularisation of the first stage; 3 and 10 differed by less than a point on held-out rows
DOC_SCALE = 0.1  # weight of a document dimension against a bucket: 0.03 and 0.1 tried, 0.1 better on four questions
SECOND_STRENGTH = 0.3
TILTS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class Fitted:
    """Weights of both stages, and the held-out scores the second was fitted on."""

    table: F32
    docs: F32
    bias: F32
    second: dict[str, Second]
    threshold: float
    held_out: F64


def fit(
    labels: Sequence[Mapping[str, Any]],
    keys: Sequence[str],
    decide: F64,
    encoded: tuple[Any, F32],
    *,
    buckets: int,
    say: Callable[[str], None],
    seed: int,
) -> Fitted:
    """Both stages from labels (question -> answer) and encoded texts; rows with one key stay in one fold.

    decide: what each row counts when tilts and threshold are chosen, which depend on how common answers are.
    """
    from scipy import sparse

    thin, docs = encoded
    used = np.unique(thin.indices)  # the solver's time grows with the columns it is given
    spread = np.maximum(docs.std(axis=0), 1e-6)
    centre = docs.mean(axis=0)
    x = sparse.hstack([thin[:, used], sparse.csr_matrix((docs - centre) / spread * DOC_SCALE)]).tocsr()
    fold = np.array([int(hashlib.blake2b(k.encode(), digest_size=4).hexdigest(), 16) % FOLDS for k in keys])
    scores = np.zeros((len(labels), len(columns())))
    for f in range(FOLDS):
        coef, bias = _first(x, labels, fold != f, seed)
        scores[fold == f] = x[fold == f] @ coef.T + bias
        say(f"fold {f + 1} of {FOLDS}")
    coef, bias = _first(x, labels, np.ones(len(labels), bool), seed)
    say("all rows")
    table = np.zeros((buckets, len(columns())), dtype=np.float32)
    table[used] = coef[:, : len(used)].T
    per_doc = coef[:, len(used) :] * DOC_SCALE / spread
    second = {question: _second(scores, labels, decide, question) for question in QUESTIONS}
    return Fitted(
        table,
        per_doc.T.astype(np.float32),
        (bias - per_doc @ centre).astype(np.float32),
        second,
        _threshold(second["relevant"].probabilities(scores)[:, 1], labels, decide),
        scores,
    )


def _first(x: Any, labels: Sequence[Mapping[str, Any]], use: NDArray[np.bool_], seed: int) -> tuple[F64, F64]:
    """Weights (columns, features) and bias (columns,): one logistic regression an answer."""
    from sklearn.linear_model import LogisticRegression

    coef, bias = np.zeros((len(columns()), x.shape[1])), np.full(len(columns()), -3.0)
    for i, (question, wanted) in enumerate(columns()):
        rows = [r for r, row in enumerate(labels) if use[r] and question in row]
        y = np.array([labels[r][question] == wanted for r in rows])
        if 0 < y.sum() < len(y):
            model = LogisticRegression(
                C=STRENGTH, solver="liblinear", class_weight="balanced", random_state=seed, max_iter=200
            )
            model.fit(x[rows], y)
            coef[i], bias[i] = model.coef_[0], model.intercept_[0]
    return coef, bias


def _second(scores: F64, labels: Sequence[Mapping[str, Any]], decide: F64, question: str) -> Second:
    """Softmax over all columns, fitted on held-out scores; answers nobody gave get next to no probability."""
    from sklearn.linear_model import LogisticRegression

    answers = QUESTIONS[question]
    rows = np.array([r for r, row in enumerate(labels) if question in row])
    y = np.array([answers.index(labels[r][question]) for r in rows])
    weights, bias = np.zeros((scores.shape[1], len(answers))), np.full(len(answers), -20.0)
    model = LogisticRegression(C=SECOND_STRENGTH, max_iter=2000).fit(scores[rows], y)
    if len(model.classes_) == 2:
        bias[model.classes_[0]], bias[model.classes_[1]] = 0.0, model.intercept_[0]
        weights[:, model.classes_[1]] = model.coef_[0]
    else:
        weights[:, model.classes_], bias[model.classes_] = model.coef_.T, model.intercept_
    plain = Second(weights, bias, np.zeros(len(answers)))
    if len(answers) == 2:
        return plain
    shares = np.bincount(y, minlength=len(answers)) / len(y)
    p = plain.probabilities(scores[rows])
    tilts = [Second(weights, bias, tilt * np.log(np.maximum(shares, 1e-3))) for tilt in TILTS]
    best: Second = max(tilts, key=lambda s: macro_f1(y, s.choose(p), decide[rows]))
    return best


def _threshold(probabilities: F64, labels: Sequence[Mapping[str, Any]], decide: F64) -> float:
    """The relevance that gives the best F1 on held-out rows that carry a sentiment (posts, not titles)."""
    rows = [r for r, row in enumerate(labels) if "relevant" in row and "sentiment" in row]
    p, y, w = probabilities[rows], np.array([labels[r]["relevant"] == 1 for r in rows]), decide[rows]

    def f1(t: float) -> float:
        return float(2 * w[y & (p >= t)].sum() / max(w[y].sum() + w[p >= t].sum(), 1e-9))

    steps: list[float] = np.arange(0.2, 0.81, 0.01).round(2).tolist()
    return max(steps, key=f1)


def macro_f1(right: NDArray[np.int64], given: NDArray[np.int64], weigh: F64) -> float:
    """Mean F1 over the answers that occur, rows weighed."""
    scores = []
    for c in np.unique(right):
        hit = weigh[(right == c) & (given == c)].sum()
        scores.append(2 * hit / max(weigh[right == c].sum() + weigh[given == c].sum(), 1e-9))
    return float(np.mean(scores))

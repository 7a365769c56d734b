"""A model in use, moved just enough that it learns the desk's labels: for an installation without the labelled data.

Training anew from the own posts alone forgets what the shipped model learnt from data that may not be shipped. Here its
weights stay the start, the second stage and the threshold stay as they are, and of the first stage the weights of words
and characters move by the smallest step D that turns the answers on the desk's posts:

    min  sum over desk labels of trust * cross-entropy(second(scores + x D))
         + SMALL/2 |D / reach|^2 + STEADY/2 mean|o D|^2

with o the own posts: what the model says about them shall not change. `_reach` lets those words move that the labels
agree about and that are rare elsewhere. The weights of what a document is about as a whole stay: when they moved too,
posts nobody had spoken of were answered worse, attitude above all (decision 0035).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import lexicon, words
from models.dataset import Row
from models.encoder import Encoder
from models.heads import (
    CENTRE,
    F64,
    QUESTIONS,
    SHARE,
    SURE,
    Heads,
    Manifest,
    load_heads,
    save_heads,
    softmax,
    with_bent,
)
from models.nicknames import Nicknames
from models.phrases import PHRASES, load_phrases, phrase_scores
from models.rereader import REREADER, load_rereader, read_with
from models.segment import Segmenter
from models.shelf import ADAPTED
from models.train import Say, encode_all, fit_texts

SMALL = 0.03
COMMON = 0.001  # share of the own posts with a word at which the square of its reach is halved
STEADY = 100.0
"""Chosen on halves of `police_dev`, on ten posts taught another answer for one word, and on reposts (decision
0035). COMMON 0.003 with SMALL 0.05 is much the same; SMALL 0.1 learns one label in ten less."""
STEPS = 200


@dataclass(frozen=True)
class _Asked:
    """The labels of one question: rows, right answers, what each counts, and the second stage that gives them."""

    rows: NDArray[np.int64]
    right: NDArray[np.int64]
    trust: F64
    weights: F64
    """(1 + ways, columns and bent columns, answers)"""
    bias: F64
    """(rows, answers): less what an answer has to overcome to be given: tilt, threshold, a second reading."""
    shares: F64
    """(rows, 1 + ways): how much each way of weighing the scores counts in a text; held fixed."""


def adapt(
    artifacts: Path, learnt: Sequence[Row], own: Sequence[Row], *, lexicon_folder: Path, out: Path, say: Say
) -> Manifest:
    """Write to `out` the model at `artifacts`, moved towards `learnt` (each as its `trust` says) and kept on `own`."""
    manifest = Manifest.load(artifacts / "model.json")
    heads = load_heads(artifacts / "heads.npz")
    dictionary = lexicon.read(lexicon_folder)
    table = words.load_table(artifacts / "words.npz")
    encoder = Encoder(table, dictionary.lists, manifest.lists, manifest.bits, manifest.chars)
    segmenter = Segmenter(dictionary)
    nicknames = Nicknames(dictionary.nicknames)
    rows, texts, outers = fit_texts(learnt, nicknames)
    tokens = [segmenter.cut(text) for text in texts]
    thin, docs = encode_all(encoder, texts, tokens, outers)
    _, own_texts, own_outers = fit_texts(own, nicknames)
    own_thin, _ = encode_all(encoder, own_texts, [segmenter.cut(text) for text in own_texts], own_outers)
    say(f"{len(rows)} rows with desk labels, {own_thin.shape[0]} own posts to stay as they are")
    used = np.unique(thin.indices)
    scores = thin @ heads.table + docs @ heads.docs + heads.bias
    second_odds = None
    if heads.phrases:
        phrases = load_phrases(artifacts / PHRASES)
        scores = np.hstack([scores, phrase_scores(phrases, tokens)])
        if manifest.rereads and tokens:
            second_odds = read_with(load_rereader(artifacts / REREADER), phrases, tokens)(np.arange(len(tokens)))
    step = _smallest(
        thin[:, used],
        own_thin[:, used],
        scores,
        _asked(rows, heads, manifest.threshold, scores, second_odds),
        len(heads.bias),
        heads.bends,
    )
    say("moved")
    moved = heads.table.copy()
    moved[used] += step.astype(np.float32)
    changed = replace(heads, table=moved)
    out.mkdir(parents=True, exist_ok=True)
    for name in ("words.npz", *([PHRASES] if heads.phrases else []), *([REREADER] if manifest.rereads else [])):
        (out / name).write_bytes((artifacts / name).read_bytes())
    save_heads(out / "heads.npz", changed)
    digest = hashlib.blake2b((out / "heads.npz").read_bytes(), digest_size=4).hexdigest()
    made = replace(manifest, version=f"{manifest.version}{ADAPTED}{digest}")
    made.save(out / "model.json")
    return made


def _asked(rows: Sequence[Row], heads: Heads, threshold: float, scores: F64, second_odds: F64 | None) -> list[_Asked]:
    relevance, read = heads.probabilities(scores)["relevant"][:, 1], with_bent(scores, heads.bends)
    found = []
    for question, second in heads.second.items():
        numbers = np.array([i for i, row in enumerate(rows) if question in row.labels], dtype=np.int64)
        if len(numbers):
            right = np.array([QUESTIONS[question].index(rows[i].labels[question]) for i in numbers])
            over = np.tile(second.tilt, (len(numbers), 1))
            if question == "relevant":
                over[:, 1] = _to_overcome(threshold, right, None if second_odds is None else second_odds[numbers])
            weights, shares = np.vstack([second.weights, second.bias])[None], np.ones((len(numbers), 1))
            if second.ways is not None:
                weights = np.concatenate([weights, second.ways])
                shares = np.hstack([shares, second.shares(read[numbers], relevance[numbers])])
            bias = shares @ weights[:, -1] - over
            trust = np.array([rows[i].trust for i in numbers])
            found.append(_Asked(numbers, right, trust, weights[:, :-1], bias, shares))
    return found


def _to_overcome(threshold: float, right: NDArray[np.int64], second_odds: F64 | None) -> F64:
    """(rows,): first log odds of relevance from which the answer `right` is given, whatever a second reading says.

    Beyond where that counts nothing it need not be overcome.
    """
    plain = np.full(len(right), np.log(threshold / (1 - threshold)))
    if second_odds is None:
        return plain
    against = np.clip((plain - SHARE * second_odds) / (1 - SHARE), CENTRE - SURE, CENTRE + SURE)
    harder: F64 = np.where(right == 1, np.maximum(plain, against), np.minimum(plain, against))
    return harder


def _smallest(x: Any, own: Any, scores: F64, asked: Sequence[_Asked], columns: int, bends: F64 | None) -> F64:
    """The step D, (features, columns): of the first columns of `scores`, the others stay as they are."""
    from scipy.optimize import minimize

    reach = _reach(x, own, _loss_and_gradient(scores, asked, bends)[1][:, :columns])

    def loss(flat: F64) -> tuple[float, F64]:
        inner = flat.reshape(reach.shape)
        step = reach * inner
        moved, drift = scores.copy(), own @ step
        moved[:, :columns] += x @ step
        total, gradient = _loss_and_gradient(moved, asked, bends)
        total += SMALL / 2 * float(flat @ flat) + STEADY / 2 * float((drift**2).sum()) / own.shape[0]
        slope = reach * (x.T @ gradient[:, :columns] + STEADY / own.shape[0] * (own.T @ drift)) + SMALL * inner
        return total, np.asarray(slope).ravel()

    found = minimize(loss, np.zeros(reach.size), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    step: F64 = reach * found.x.reshape(reach.shape)
    return step


def _reach(x: Any, own: Any, gradient: F64) -> F64:
    """(features, columns): how readily a weight moves, the standard deviation of its prior.

    Its square is how far the labels agree about the word, (sum of gradients)^2 / sum of gradients^2 over the posts with
    it: 1 where one post has it, n where n agree, towards 0 where they disagree; the less, the more own posts have it.
    `gradient` is (rows, columns), of the cross-entropy by the scores before anything has moved.
    """
    together, apart = x.T @ gradient, x.multiply(x).T @ gradient**2
    common = np.asarray((own != 0).mean(axis=0)).reshape(-1, 1)
    reach: F64 = np.sqrt(together**2 / np.maximum(apart, 1e-12) / (1 + common / COMMON))
    return reach


def _loss_and_gradient(scores: F64, asked: Sequence[_Asked], bends: F64 | None) -> tuple[float, F64]:
    """The cross-entropy of the labels given `scores`, and its gradient; scores and gradient are (rows, all columns)."""
    total, read = 0.0, with_bent(scores, bends)
    gradient = np.zeros_like(read)
    for q in asked:
        p = softmax(np.einsum("rw,wra->ra", q.shares, read[q.rows] @ q.weights) + q.bias)
        every = np.arange(len(q.rows))
        total -= float(q.trust @ np.log(np.maximum(p[every, q.right], 1e-12)))
        p[every, q.right] -= 1
        p *= q.trust[:, None]
        gradient[q.rows] += np.einsum("rw,ra,wca->rc", q.shares, p, q.weights, optimize=True)
    if bends is not None:
        gradient, through = np.split(gradient, 2, axis=1)
        gradient += through * (1 - np.tanh(scores / bends) ** 2)
    return total, gradient

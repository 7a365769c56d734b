"""Why a text was judged so: its scores are sums over its words, and so is what each was worth for the answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models import features, fields
from models.encoder import Encoder
from models.features import F32, I64, U64, Batch
from models.heads import F64, Heads, counted, odds_of, with_bent
from models.phrases import Phrases
from models.rereader import Rereader
from models.segment import Words
from models.text import Cleaned


@dataclass(frozen=True)
class Span:
    """One word of the text as it was read (cleaned, nicknames as usual words) and how it pushed."""

    text: str
    start: int
    end: int
    sentiment: float
    """Towards positive (> 0) or negative (< 0), in logits."""
    relevance: float
    """Towards relevant (> 0) or not (< 0), in logits."""


def explain(
    cleaned: Cleaned,
    tokens: Sequence[str],
    scores: F64,
    encoder: Encoder,
    models: Heads,
    phrases: Phrases | None,
    rereader: Rereader | None,
) -> list[Span]:
    """One Span a word of a text with these scores (columns,); all pushes and the models' biases add up to the logits.

    An n-gram's weight is shared evenly by its characters, a bucket's by the places where it occurs. Where a second
    reading counts, so does what each word pushed there, and the first reading's pushes count less by as much.
    """
    text = cleaned.text
    directions = _directions(models, scores)
    linear = directions[: len(models.bias)]
    batch = Batch.of([text])
    start, end, _ = Words.of([tokens]).spans()
    parts = [
        (features.finish(grams.hashes, n, encoder.bits), grams.start, grams.start + n)
        for n in encoder.chars
        for grams in [batch.grams(n)]
    ]
    parts.append((features.finish(batch.spans(start, end), features.SALT_WORD, encoder.bits), start, end))
    pairs = batch.spans(start[:-1], end[1:])
    parts.append((features.finish(pairs, features.SALT_PAIR, encoder.bits), start[:-1], end[1:]))
    ids = encoder.words.look_up([tokens])
    marks, _ = encoder.signals.marks(ids, np.array([0, len(tokens)]))
    signal_ids = features.finish(marks, features.SALT_SIGNAL, encoder.bits)
    parts.append((signal_ids, np.ones(len(marks), np.int64), np.full(len(marks), len(text) + 1)))
    pushes = _by_character(parts, len(text), models.table, linear)
    by_word = np.array([pushes[s - 1 : e - 1].sum(axis=0) for s, e in zip(start, end, strict=True)]).reshape(-1, 2)
    apart = np.vstack([encoder.words.documents(ids[i : i + 1], np.array([0, 1])) for i in range(len(ids))])
    outer = end - 1 <= cleaned.outer
    known = ids < encoder.words.seen
    parts_of = 1 / np.sqrt(max(known.sum(), 1)), outer / np.sqrt(max((known & outer).sum(), 1))
    size = encoder.words.size
    by_word += apart @ models.docs[:size] @ linear * ((parts_of[0] + parts_of[1]) / 2)[:, None]
    by_word += fields.pushes(encoder.words.codes, ids, models.docs[size:] @ linear)
    if phrases is not None:
        rows = phrases.look_up([tokens])
        by_word += phrases.pushes(rows, directions[len(linear) :])
        [share] = counted(odds_of(models.probabilities(scores[None])["relevant"]))
        if rereader and share:
            by_word[:, 1] += share * (rereader.pushes(rows, tokens) - by_word[:, 1])
    return [
        Span(token, int(s) - 1, int(e) - 1, round(float(push[0]), 4), round(float(push[1]), 4))
        for token, s, e, push in zip(tokens, start, end, by_word, strict=True)
    ]


def _directions(models: Heads, scores: F64) -> F64:
    """(columns, 2): what each score is worth in this text for the logits of positive over negative, and of relevant."""
    mood, relevant = models.second["sentiment"], models.second["relevant"]
    weights = mood.weights
    if mood.ways is not None:
        relevance = models.probabilities(scores[None])["relevant"][:, 1]
        [shares] = mood.shares(with_bent(scores[None], models.bends), relevance)
        weights = weights + np.tensordot(shares, mood.ways[:, :-1], 1)
    return models.worth(scores, np.stack([w[:, -1] - w[:, 0] for w in (weights, relevant.weights)], axis=1))


def _by_character(
    parts: Sequence[tuple[U64, I64, I64]],
    length: int,
    table: F32,
    directions: F64,
) -> F64:
    """(length, directions): push of each character; positions count from 1, edges at 0 or length + 1 are left out."""
    ids = np.concatenate([p[0] for p in parts]).astype(np.int64)
    start = np.concatenate([p[1] for p in parts])
    end = np.concatenate([p[2] for p in parts])
    distinct, which, often = np.unique(ids, return_inverse=True, return_counts=True)
    each = (table[distinct] @ directions)[which] / often[which, None] / np.sqrt(max(len(distinct), 1))
    first, last = np.maximum(start, 1), np.minimum(end, length + 1)
    each /= np.maximum(last - first, 1)[:, None]
    steps = np.zeros((length + 2, directions.shape[1]))
    np.add.at(steps, first, each)
    np.add.at(steps, last, -each)
    pushes: F64 = np.cumsum(steps, axis=0)[1 : length + 1]
    return pushes

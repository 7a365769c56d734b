"""Word vectors from plain texts: positive pointwise mutual information, then a truncated SVD (Levy & Goldberg 2014).

Needs scikit-learn; used when training only.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.features import F32

MAX_WORDS = 40_000
LEAST = 5  # occurrences below which a vector is noise
WINDOW = 8  # words; posts are short, topic matters more than syntax
SMOOTHING = 0.75  # of context counts, as in word2vec
SIZE = 64  # 128 gained nothing on the police set and doubled the artifact


@dataclass(frozen=True)
class Learnt:
    """Unit vectors of the words, commonest first, and each word's share of all words."""

    words: list[str]
    vectors: F32
    shares: F32


def learn(tokens: Sequence[Sequence[str]], *, seed: int) -> Learnt:
    """Vectors from segmented texts; spaces are skipped. Fewer texts give fewer words, never an error."""
    counts = Counter(t for row in tokens for t in row if not t.isspace())
    least = LEAST if len(tokens) > 20_000 else 2
    words = sorted((w for w, n in counts.items() if n >= least and "\n" not in w), key=lambda w: (-counts[w], w))
    words = words[:MAX_WORDS]
    total = max(counts.total(), 1)
    shares = np.array([counts[w] / total for w in words], dtype=np.float32)
    number = {w: i for i, w in enumerate(words)}
    stream = np.array([number.get(t, -1) for row in tokens for t in (*row, *[""] * WINDOW) if not t.isspace()])
    return Learnt(words, _factorise(stream, len(words), seed), shares)


def _factorise(stream: NDArray[np.int64], count: int, seed: int) -> F32:
    from sklearn.utils.extmath import randomized_svd

    if count <= SIZE:
        return np.eye(count, SIZE, dtype=np.float32)
    left, singular, _ = randomized_svd(_information(stream, count), SIZE, n_iter=3, random_state=seed)
    vectors = left * np.sqrt(singular)
    unit: F32 = (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return unit


def _information(stream: NDArray[np.int64], count: int) -> object:
    """Sparse (count, count) PPMI; a pair d words apart counts 1/d."""
    from scipy import sparse

    seen = sparse.csr_matrix((count, count), dtype=np.float32)
    for gap in range(1, WINDOW + 1):
        a, b = stream[:-gap], stream[gap:]
        both = (a >= 0) & (b >= 0)
        near = sparse.coo_matrix((np.full(both.sum(), 1 / gap, np.float32), (a[both], b[both])), shape=(count, count))
        near = near.tocsr()
        seen = seen + near + near.T
    seen = seen.tocoo()
    often = np.bincount(seen.row, weights=seen.data, minlength=count)
    context = often**SMOOTHING
    context /= context.sum()
    values = np.log(seen.data / (often[seen.row] * context[seen.col]))
    keep = values > 0
    return sparse.csr_matrix((values[keep], (seen.row[keep], seen.col[keep])), shape=(count, count))

"""What detectors of phrases and the rereader say to texts they were not learnt from. Used when training only.

The shipped ones were learnt from the labelled posts too and are surer about these than about others. So that the
second stage does not trust the detectors too much, and figures of the second reading are not too kind, both are given
by the scores of such as were learnt from the other half.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.heads import F64

STEP = 0.1
"""Scores are stored in such steps, in 8 bits."""
CHARS = 400
"""Of a longer text the large models were asked about so much, and scores are kept under as much of it."""


def key(text: str) -> int:
    """What the scores of a cleaned text are kept under."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def save(path: Path, texts: Sequence[str], scores: F64) -> None:
    """Store the scores (texts, columns) of cleaned texts."""
    keys = np.array([key(text) for text in texts], dtype=np.uint64)
    keys, first = np.unique(keys, return_index=True)
    steps = np.clip(np.round(scores[first] / STEP), -127, 127).astype(np.int8)
    np.savez_compressed(path, keys=keys, steps=steps)


def exchanged(path: Path, texts: Sequence[str], scores: F64) -> tuple[F64, NDArray[np.bool_]]:
    """`scores` (texts, columns) with those kept at `path` in their place, and which were."""
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        keys, steps = stored["keys"], stored["steps"]
    wanted = np.array([key(text) for text in texts], dtype=np.uint64)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    known = keys[place] == wanted
    out = scores.copy()
    out[known] = steps[place[known]] * STEP
    return out, known

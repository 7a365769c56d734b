"""The linear models: bucket weights and document weights -> calibrated probabilities -> one label a question.

Two stages. First, one column of weights for every class of every question (27 in all); all of this is linear. Then,
for each question, a small softmax over all column scores, fitted on held-out scores: it calibrates, and lets the
questions help one another (an angry text about how police act is seldom praise). It reads the scores of phrases too
(models/phrases.py) and, but for category, each score a second time, bent: what is sure already is hardly surer for more
of the same. Where these leave relevance open, what a second reading says is mixed in (models/rereader.py).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.features import F32, I64

F64 = NDArray[np.float64]
Read = Callable[[I64], F64]
"""Numbers of texts -> log odds that each concerns the police, by a second reading (models/rereader.py)."""
GATE = CENTRE, UNSURE, SURE, SHARE = 0.4, 0.6, 0.9, 0.5
"""Log odds of the first reading: within UNSURE of CENTRE the second one counts SHARE, from SURE on nothing."""
FAR = 60.0  # log odds beyond which nothing changes
FLAT = 1e-9  # beside a bend: a score as small is not bent at all
FAINT = 5  # steps of a stored weight, a six-hundredth of the largest: without these the file is a quarter smaller

QUESTIONS: dict[str, tuple[Any, ...]] = {
    "relevant": (0, 1),
    "sentiment": (-1, 0, 1),
    "attitude": (-1, 0, 1),
    "category": ("conduct", "service", "crime", "traffic", "rumour", "praise", "misconduct", "other"),
    "intent": ("question", "criticism", "inquiry", "complaint", "report", "praise", "statement"),
}
"""Every question with its possible answers, in the order of the stored weights."""


ASIDE: dict[str, tuple[Any, ...]] = {"mood": (-1, 0, 1), "cheer": (-1, 1), "liking": (-1, 1)}
"""Asked of other texts than posts about the police (public sets of moods) and never answered: its scores help the
second stage to answer the others."""


def columns() -> list[tuple[str, Any]]:
    """(question, answer) of every column of first-stage weights; a yes-no question has one column."""
    asked = QUESTIONS | ASIDE
    return [(q, a) for q, answers in asked.items() for a in (answers[1:] if len(answers) == 2 else answers)]


@dataclass(frozen=True)
class Second:
    """Second stage of one question: softmax(scores @ weights + bias), decided against `tilt`.

    With `ways`, weights and bias depend on what kind of text it is: they are a sum of what each way adds, as much as
    the text is of its kind (a mixture of experts, Jacobs, Jordan, Nowlan and Hinton 1991).
    """

    weights: F64
    """(columns, answers); columns: all scores, then all bent ones"""
    bias: F64
    tilt: F64
    """Taken off the log-probabilities before the largest is chosen: how much rarer answers are favoured."""
    ways: F64 | None = None
    """(1 + kinds, columns + 1, answers): what each way adds to weights and, the last row, to bias. The first is that of
    texts about the police, and counts as much as a text is likely to be one."""
    gates: F64 | None = None
    """(columns + 1, kinds): the log odds that a text is of each other kind are scores @ gates[:-1] + gates[-1]."""

    def shares(self, scores: F64, relevance: F64) -> F64:
        """(texts, 1 + kinds): how much each way counts; relevance: (texts,), the probabilities."""
        if self.gates is None:
            return relevance[:, None]
        kinds = 1 / (1 + np.exp(np.minimum(-(scores @ self.gates[:-1] + self.gates[-1]), FAR)))
        return np.hstack([relevance[:, None], kinds])

    def logits(self, scores: F64, relevance: F64) -> F64:
        """(texts, answers); relevance: (texts,), read only where there are `ways`."""
        z: F64 = scores @ self.weights + self.bias
        if self.ways is not None:
            for share, way in zip(self.shares(scores, relevance).T, self.ways, strict=True):
                z += share[:, None] * (scores @ way[:-1] + way[-1])
        return z

    def probabilities(self, scores: F64, relevance: F64) -> F64:
        """(texts, answers), rows summing to 1; relevance as for `logits`."""
        return softmax(self.logits(scores, relevance))

    def choose(self, probabilities: F64) -> NDArray[np.int64]:
        """Index of the answer given, per text."""
        chosen: NDArray[np.int64] = np.argmax(np.log(np.maximum(probabilities, 1e-12)) - self.tilt, axis=1)
        return chosen


@dataclass(frozen=True)
class Heads:
    """All questions of one model."""

    table: F32
    """(2**bits, columns): weight of each bucket."""
    docs: F32
    """(d, columns): weight of each dimension of the document vector."""
    bias: F32
    second: Mapping[str, Second]
    bends: F64 | None = None
    """(columns,): the size from which a score is bent; None where scores are read once, as they are."""

    @property
    def columns(self) -> int:
        """Scores a text has: those of the first stage, and those of phrases behind them."""
        return len(self.second["relevant"].weights) // (1 if self.bends is None else 2)

    @property
    def phrases(self) -> bool:
        """Does the second stage read scores of phrases, behind those of the first stage?"""
        return self.columns > len(self.bias)

    def probabilities(self, scores: F64, read: Read | None = None) -> dict[str, F64]:
        """Calibrated probabilities of every question's answers; `read` is asked about texts of doubtful relevance."""
        bent = with_bent(scores, self.bends)
        relevant = self.second["relevant"].probabilities(bent, np.zeros(len(scores)))
        others = {q: s.probabilities(bent, relevant[:, 1]) for q, s in self.second.items() if q != "relevant"}
        return {"relevant": relevant if read is None else _reread(relevant, read), **others}

    def worth(self, scores: F64, weights: F64) -> F64:
        """(columns, k): weights (of scores and bent ones, k) as weights of the scores alone, right for one text's."""
        if self.bends is None:
            return weights
        ratio = scores / self.bends
        less = np.divide(np.tanh(ratio), ratio, out=np.ones_like(ratio), where=np.abs(ratio) > FLAT)
        plain, bent = np.split(weights, 2)
        return plain + less[:, None] * bent


def softmax(z: F64) -> F64:
    """(texts, answers): probabilities from logits of the same shape, which are used up; -inf is impossible."""
    z -= z.max(axis=1, keepdims=True)
    p = np.exp(z, out=z)
    p /= p.sum(axis=1, keepdims=True)
    return p


def counted(odds: F64) -> F64:
    """(texts,): what a second reading counts, 0 to SHARE, beside first ones with these log odds."""
    share: F64 = SHARE * np.clip((SURE - np.abs(odds - CENTRE)) / (SURE - UNSURE), 0.0, 1.0)
    return share


def odds_of(relevant: F64) -> F64:
    """(texts,): log odds from the probabilities (texts, 2) of not relevant and relevant."""
    unlikely, likely = np.maximum(relevant, 1e-9).T
    odds: F64 = np.log(likely / unlikely)
    return odds


def _reread(relevant: F64, read: Read) -> F64:
    """(texts, 2): the probabilities, those of doubtful texts drawn towards what `read` says."""
    odds = odds_of(relevant)
    share = counted(odds)
    doubtful = np.flatnonzero(share)
    out = relevant.copy()
    if len(doubtful):
        drawn = odds[doubtful] + share[doubtful] * (read(doubtful) - odds[doubtful])
        out[doubtful] = 1 / (1 + np.exp(np.outer(drawn, [1, -1])))
    return out


def with_bent(scores: F64, bends: F64 | None) -> F64:
    """(texts, columns) -> (texts, 2 columns): the scores, and behind them the same flattened beyond about `bends`."""
    return scores if bends is None else np.hstack([scores, bends * np.tanh(scores / bends)])


def packed(weights: F32) -> tuple[NDArray[np.int8], F32]:
    """8-bit square roots of the weights, and each column's largest weight.

    Most weights are a fiftieth of the largest: even steps of 1/127 lost a point of F1, steps that grow with the
    weight lose nothing measurable, and neither does leaving out the faintest.
    """
    top = np.maximum(np.abs(weights).max(axis=0), np.float32(1e-9))
    roots = np.sign(weights) * np.sqrt(np.abs(weights) / top)
    steps = np.round(roots * 127).astype(np.int8)
    steps[np.abs(steps) <= FAINT] = 0
    return steps, top.astype(np.float32)


def unpacked(roots: NDArray[np.int8], top: F32) -> F32:
    """The weights `packed` stored."""
    values = roots.astype(np.float32) / np.float32(127)
    weights: F32 = values * np.abs(values) * top
    return weights


def save_heads(path: Path, heads: Heads) -> None:
    """Store `heads` as one .npz of plain arrays."""
    table, top = packed(heads.table)
    seconds = {
        f"{question}.{part}": getattr(second, part)
        for question, second in heads.second.items()
        for part in ("weights", "bias", "tilt", "ways", "gates")
        if getattr(second, part) is not None
    }
    bends: dict[str, Any] = {} if heads.bends is None else {"bends": heads.bends}
    np.savez_compressed(path, table=table, top=top, docs=heads.docs, bias=heads.bias, **bends, **seconds)


def load_heads(path: Path) -> Heads:
    """The heads at `path`; no pickle is ever read. Raises OSError, KeyError or ValueError for a damaged file."""
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        second = {q: _second(stored, q) for q in QUESTIONS}
        return Heads(
            unpacked(stored["table"], stored["top"]), stored["docs"], stored["bias"], second, stored.get("bends")
        )


def _second(stored: Mapping[str, Any], question: str) -> Second:
    """A stored second stage; models made before there were kinds have one way, under its old name."""
    weights, bias, tilt = (stored[f"{question}.{part}"] for part in ("weights", "bias", "tilt"))
    ways, about = stored.get(f"{question}.ways"), stored.get(f"{question}.about")
    if ways is None and about is not None:
        ways = about[None]
    return Second(weights, bias, tilt, ways, stored.get(f"{question}.gates"))


@dataclass(frozen=True)
class Manifest:
    """What one model is: written beside the weights, shown with every score."""

    version: str
    bits: int
    chars: Sequence[int]
    lists: Sequence[str]
    threshold: float
    """Relevance from which a text counts as relevant."""
    rereads: bool = False
    """Does it read doubtful texts a second time? Then it needs the rereader and the detectors' words."""

    def save(self, path: Path) -> None:
        """Store as JSON, keys sorted, so that equal models are equal files."""
        text = json.dumps(self.__dict__, ensure_ascii=False, indent=1, sort_keys=True)
        path.write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Manifest":
        """Read back. Raises OSError, ValueError or TypeError for a damaged file."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

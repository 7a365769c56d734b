"""Learn the detectors of phrases from what the taught encoders said.

`python distil.py PHRASES.npz APART.npz ANSWERS.npz [ANSWERS.npz ...]`: fifteen minutes on two cores. ANSWERS are what
teach.py wrote, of one encoder each: they learn what these say on average. PHRASES becomes models/artifacts/phrases.npz
and APART models/labels/phrases_apart.npz (see models/phrases_apart.py).
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from config.settings import PROJECT
from models import lexicon, phrases_apart
from models.fit import fold_of
from models.heads import ASIDE, QUESTIONS
from models.phrases import WIDTHS, Phrases, phrase_columns, phrase_scores, save_phrases
from models.segment import Segmenter

DETECTORS = 48  # of each width; 64 gained half a point in mood and cost a quarter of the speed
DEPTH = 64
ROUNDS, RATE, BATCH, MOST_WORDS = 6, 2e-3, 256, 160
DROP_FIRED, DROP_WORDS = 0.2, 0.1
COUNTS = {"relevant": 1.5, "sentiment": 1.0, "attitude": 0.7, "category": 0.7, "intent": 0.5, "mood": 0.7, "cheer": 0.7}
POLICE_ONLY, LEAST = ("attitude", "category", "intent"), 0.02
"""Questions that count as much as the text is likely to be about the police, and a little."""
HALVES = ((0, 1), (2, 3, 4))


class Detectors(nn.Module):
    """What `models.phrases.Phrases` computes, so that it can learn."""

    def __init__(self, vectors: Any) -> None:
        super().__init__()
        self.nothing = len(vectors)
        self.words = nn.Embedding(len(vectors) + 1, DEPTH, padding_idx=self.nothing)
        with torch.no_grad():
            self.words.weight[:-1] = torch.tensor(vectors[:, :DEPTH] * 0.3)
        self.widths = nn.ModuleList(nn.Conv1d(DEPTH, DETECTORS, width, padding=width - 1) for width in WIDTHS)
        self.drop = nn.Dropout(DROP_FIRED)
        sizes = {question: len((QUESTIONS | ASIDE)[question]) for question in COUNTS}
        self.heads = nn.ModuleDict({q: nn.Linear(DETECTORS * len(WIDTHS), size) for q, size in sizes.items()})

    def forward(self, ids: Any) -> dict[str, Any]:
        """Logits of every question; ids: (texts, words), `nothing` behind the end of a text."""
        vectors, there = self.words(ids), (ids != self.nothing).float()[:, None]
        if self.training:
            vectors = vectors * (torch.rand(ids.shape) > DROP_WORDS).float()[:, :, None]
        vectors = vectors.transpose(1, 2)
        fired = [functional.relu(kernel(vectors))[:, :, : ids.shape[1]] * there for kernel in self.widths]
        strongest = self.drop(torch.cat([f.amax(2) for f in fired], 1))
        return {question: head(strongest) for question, head in self.heads.items()}


def padded(texts: list[Any], nothing: int) -> Any:
    """(texts, words)"""
    ids = np.full((len(texts), max(1, *map(len, texts))), nothing, np.int64)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
    return torch.tensor(ids)


def learn(rows: list[Any], said: dict[str, Any], vectors: Any) -> Detectors:
    """Detectors that answer the texts `rows` (word numbers) as `said`: question -> logits."""
    torch.manual_seed(0)
    dice = np.random.default_rng(0)
    net = Detectors(vectors)
    others = [p for name, p in net.named_parameters() if not name.startswith("words.")]
    groups = [{"params": net.words.parameters(), "weight_decay": 0.0}, {"params": others, "weight_decay": 0.01}]
    optimizer = torch.optim.AdamW(groups, lr=RATE)
    plan = [batch for _ in range(ROUNDS) for batch in _batches(rows, dice)]
    for step, batch in enumerate(plan):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, step / 100) * max(0.02, 1 - step / len(plan))
        loss = _loss(net(padded([rows[i] for i in batch], net.nothing)), {q: z[batch] for q, z in said.items()})
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 100 == 0:
            print(f"step {step} of {len(plan)}, loss {loss.item():.3f}", file=sys.stderr)
    return net.eval()


def _batches(rows: list[Any], dice: Any) -> list[Any]:
    order, found = dice.permutation(len(rows)), []
    for first in range(0, len(rows), 8000):
        near = sorted(order[first : first + 8000], key=lambda i: len(rows[i]))
        found += [np.array(near[i : i + BATCH]) for i in range(0, len(near), BATCH)]
    return [found[i] for i in dice.permutation(len(found))]


def _loss(logits: dict[str, Any], said: dict[str, Any]) -> Any:
    wanted = {q: functional.softmax(torch.tensor(z.astype(np.float32)), 1) for q, z in said.items()}
    about = wanted["relevant"][:, 1] + LEAST
    total = torch.zeros(())
    for question, counts in COUNTS.items():
        each = -(wanted[question] * functional.log_softmax(logits[question], 1)).sum(1)
        total = total + counts * (each * about if question in POLICE_ONLY else each).mean()
    return total


def as_phrases(net: Detectors, words: list[str]) -> Phrases:
    """What the network learnt, as it is stored."""
    vectors = net.words.weight.detach().numpy()[:-1]
    scale = (np.abs(vectors).max(axis=0) / 127).astype(np.float32)
    kernels = [
        kernel.weight.detach().numpy()[:, :, width - 1 - back].T
        for kernel, width in zip(net.widths, WIDTHS, strict=True)
        for back in range(width)
    ]
    weights, biases = [], []
    for question, answer in phrase_columns():
        head, answers = net.heads[question], (QUESTIONS | ASIDE)[question]
        w, b, i = head.weight.detach().numpy(), head.bias.detach().numpy(), answers.index(answer)
        weights.append(w[i] - (w[0] if len(answers) == 2 else w.mean(axis=0)))
        biases.append(b[i] - (b[0] if len(answers) == 2 else b.mean()))
    return Phrases(
        words,
        np.round(vectors / scale).astype(np.int8),
        scale,
        np.stack(kernels),
        np.concatenate([kernel.bias.detach().numpy() for kernel in net.widths]),
        np.stack(weights, axis=1),
        np.array(biases, np.float32),
    )


def on_average(said: list[Any]) -> Any:
    """(texts, answers): logits of the mean of several encoders' probabilities."""
    mean = sum(functional.softmax(torch.tensor(z.astype(np.float32)), 1) for z in said) / len(said)
    return torch.log(torch.clamp(mean, min=1e-6)).numpy()


def answered(paths: list[Path]) -> tuple[list[str], list[str], list[str], Any, dict[str, Any]]:
    """(texts, words, keys of the texts, vectors of the words, question -> logits) of answers to the same texts."""
    stored = [np.load(path) for path in paths]
    first = stored[0]
    if any(other["texts"].tolist() != first["texts"].tolist() for other in stored):
        raise SystemExit("the encoders were asked about different texts")
    said = {question: on_average([one[question] for one in stored]) for question in COUNTS}
    return first["texts"].tolist(), first["words"].tolist(), first["keys"].tolist(), first["vectors"], said


def arguments(doc: str, learnt: str) -> argparse.Namespace:
    """Where to write what is `learnt` and what was judged apart, and the answers to learn from."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    for name in (learnt, "apart"):
        parser.add_argument(name, type=Path)
    parser.add_argument("answers", type=Path, nargs="+")
    return parser.parse_args()


def judge_apart(path: Path, texts: list[str], keys: list[str], judge: Callable[[Any, Any], Any]) -> None:
    """Store at `path` what is said of each labelled text by what was not learnt from it.

    judge: (texts,) which may be learnt from, and the numbers of those to judge -> (judged, columns) scores.
    """
    fold = np.array([fold_of(key) if key else -1 for key in keys])
    judged, scores = [], []
    for half in HALVES:
        apart = np.isin(fold, half)
        numbers = np.flatnonzero(apart)
        judged += [texts[i] for i in numbers]
        scores.append(judge(~apart, numbers))
    phrases_apart.save(path, judged, np.vstack(scores))
    print(f"{len(judged)} texts judged apart")


def main() -> None:
    """Learn from all texts, then from each half of the labelled ones to judge the other."""
    given = arguments(__doc__, "phrases")
    texts, words, keys, vectors, said = answered(given.answers)
    cut = Segmenter(lexicon.read(PROJECT / "config" / "lexicon")).cut
    number = {word: i for i, word in enumerate(words)}
    tokens = [cut(text) for text in texts]
    rows = [np.array([number.get(t, len(words)) for t in row[:MOST_WORDS]], np.int64) for row in tokens]

    def taught(use: Any) -> Phrases:
        chosen = np.flatnonzero(use)
        net = learn([rows[i] for i in chosen], {q: z[chosen] for q, z in said.items()}, vectors)
        return as_phrases(net, words)

    save_phrases(given.phrases, taught(np.ones(len(texts), bool)))
    judge_apart(given.apart, texts, keys, lambda use, judged: phrase_scores(taught(use), [tokens[i] for i in judged]))


if __name__ == "__main__":
    main()

"""Learn the rereader of doubtful posts from what the taught encoders said.

`python reread.py REREADER.npz APART.npz ANSWERS.npz [ANSWERS.npz ...]`: 45 minutes on two cores. ANSWERS are what
teach.py wrote, of one encoder each. REREADER becomes models/artifacts/rereader.npz and APART
models/labels/reread_apart.npz: what rereaders that were not learnt from a labelled text say of it
(see models/phrases_apart.py).
"""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from distil import LEAST, POLICE_ONLY, answered, arguments, judge_apart
from torch import nn
from torch.nn import functional

from config.settings import PROJECT
from models import dataset, lexicon, train
from models.analysis import Analyzer, TextIn
from models.heads import ASIDE, QUESTIONS
from models.rereader import HEADS, LAYERS, MOST_CHARS, MOST_WORDS, WIDTH, Layer, Rereader, save_rereader
from models.segment import Segmenter
from models.text import Unfit, clean

CHARS, CHAR_SIZE, INNER = 6000, 64, 256
ROUNDS, RATE, RISE, LEAST_RATE = 9, 1.5e-3, 300, 0.01
BATCH_WORDS, BATCH_TEXTS = 3000, 128
DROP, DROP_WORDS = 0.1, 0.1
MAYBE, DOUBT, SURE_SHARE = 0.03, 3.0, 0.25
"""Texts whose relevance is below MAYBE to the model in use, and below -DOUBT (log odds) to the encoders: this share of
them is learnt from. All others are, above all those that only the model in use takes for relevant."""
OWN, KNOWN = 4.0, 0.9
"""What an own post counts: they are few, and the only ones of today; and how much of its relevance is its label's."""
COUNTS = {"relevant": 2.0, "sentiment": 0.6, "attitude": 0.4, "category": 0.6, "intent": 0.4, "mood": 0.3, "cheer": 0.3}
"""Other questions than relevance are learnt beside it: without them too little is known of a text."""


class Attention(nn.Module):
    """`models.rereader.Layer`, so that it can learn."""

    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(2))
        self.attend, self.merge = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.widen, self.narrow = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.drop = nn.Dropout(DROP)

    def forward(self, x: Any, hidden: Any) -> Any:
        """x: (texts, words, WIDTH); hidden is added to the logits of attention."""
        texts, words, _ = x.shape
        parts = self.attend(self.norms[0](x)).view(texts, words, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        heeded = functional.scaled_dot_product_attention(*parts, attn_mask=hidden)
        x = x + self.drop(self.merge(heeded.transpose(1, 2).flatten(2)))
        return x + self.drop(self.narrow(functional.relu(self.widen(self.norms[1](x)))))

    def stored(self) -> Layer:
        """What it learnt."""
        return Layer(
            _norm(self.norms[0]), _matrix(self.attend), _matrix(self.merge),
            _norm(self.norms[1]), _matrix(self.widen), _matrix(self.narrow),
        )  # fmt: skip


class Network(nn.Module):
    """`models.rereader.Rereader`, so that it can learn, with the other questions beside relevance."""

    def __init__(self, vectors: Any, chars: dict[str, int], spelling: Any) -> None:
        """vectors: (words, d); spelling: (all words, MOST_CHARS) row of each character plus 1, 0 for none."""
        super().__init__()
        self.chars, self.spelling, self.known = chars, torch.tensor(spelling), len(vectors)
        self.words = nn.Embedding(len(vectors) + 1, vectors.shape[1])
        self.letters = nn.Embedding(len(chars) + 1, CHAR_SIZE, padding_idx=0)
        self.places = nn.Parameter(torch.randn(MOST_WORDS, WIDTH) * 0.02)
        self.from_words = nn.Linear(vectors.shape[1], WIDTH)
        self.from_letters = nn.Linear(CHAR_SIZE, WIDTH, bias=False)
        with torch.no_grad():
            self.words.weight[:-1] = torch.tensor(vectors) * 0.5
            self.words.weight[-1] = 0
            self.letters.weight *= 0.5
        self.beside = nn.Conv1d(WIDTH, 2 * WIDTH, 3, padding=1)
        self.layers = nn.ModuleList(Attention() for _ in range(LAYERS))
        self.norm, self.drop = nn.LayerNorm(WIDTH), nn.Dropout(DROP)
        sizes = {question: len((QUESTIONS | ASIDE)[question]) for question in COUNTS}
        self.heads = nn.ModuleDict({q: nn.Linear(2 * WIDTH, size) for q, size in sizes.items()})

    def forward(self, ids: Any, mask: Any) -> dict[str, Any]:
        """Logits of every question; ids, mask: (texts, words)."""
        letters = self.spelling[ids]
        often = (letters > 0).sum(2, keepdim=True).clamp(min=1)
        x = self.from_words(self.words(ids.clamp(max=self.known))) + self.from_letters(
            self.letters(letters).sum(2) / often
        )
        if self.training:
            x = x * (torch.rand(ids.shape) > DROP_WORDS).float()[:, :, None]
        there = mask[:, :, None]
        x = (self.drop(x) + self.places[: ids.shape[1]]) * there
        x = x + functional.glu(self.beside(x.transpose(1, 2)), 1).transpose(1, 2)
        hidden = ((1 - mask) * -1e4)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, hidden)
        x = self.norm(x)
        mean, most = (x * there).sum(1) / there.sum(1), (x - (1 - there) * 1e4).amax(1)
        read = self.drop(torch.cat([mean, most], 1))
        return {question: head(read) for question, head in self.heads.items()}

    def stored(self) -> Rereader:
        """What it learnt of relevance."""
        beside = self.beside.weight.detach().numpy().transpose(2, 1, 0).reshape(3 * WIDTH, 2 * WIDTH)
        out, words = _matrix(self.heads["relevant"]), self.words.weight.detach().numpy()
        scale = np.maximum(np.abs(words).max(axis=0) / 127, 1e-9).astype(np.float32)
        return Rereader(
            chars={char: row - 1 for char, row in self.chars.items()},
            words=np.rint(words / scale).astype(np.int8),
            scale=scale,
            char_vectors=np.roll(self.letters.weight.detach().numpy(), -1, axis=0),
            from_words=_matrix(self.from_words),
            from_chars=self.from_letters.weight.detach().numpy().T,
            places=self.places.detach().numpy(),
            beside=np.vstack([beside, self.beside.bias.detach().numpy()]),
            layers=[layer.stored() for layer in self.layers],
            norm=_norm(self.norm),
            out=out[:, 1:] - out[:, :1],
        )


def _matrix(linear: Any) -> Any:
    """(inputs + 1, outputs), the bias last."""
    return np.vstack([linear.weight.detach().numpy().T, linear.bias.detach().numpy()])


def _norm(norm: Any) -> Any:
    return np.stack([norm.weight.detach().numpy(), norm.bias.detach().numpy()])


def padded(texts: list[Any]) -> tuple[Any, Any]:
    """(ids, mask), both (texts, words); a text without words has one that is not masked."""
    shape = (len(texts), max(1, *map(len, texts)))
    ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.float32)
    for row, text in enumerate(texts):
        ids[row, : len(text)], mask[row, : max(1, len(text))] = text, 1
    return torch.tensor(ids), torch.tensor(mask)


def batches(rows: list[Any], dice: Any) -> list[Any]:
    """Numbers of `rows` in batches of like length, in a random order."""
    order, found = dice.permutation(len(rows)), []
    for first in range(0, len(order), 6000):
        batch: list[int] = []
        for i in sorted(order[first : first + 6000], key=lambda i: len(rows[i])):
            if batch and ((len(batch) + 1) * len(rows[i]) > BATCH_WORDS or len(batch) >= BATCH_TEXTS):
                found.append(np.array(batch))
                batch = []
            batch.append(i)
        found.append(np.array(batch))
    return [found[i] for i in dice.permutation(len(found))]


def loss_of(logits: dict[str, Any], wanted: dict[str, Any], counts: Any) -> Any:
    """Cross-entropy against the encoders' probabilities, texts weighed."""
    about = wanted["relevant"][:, 1] + LEAST
    total = torch.zeros(())
    for question, weight in COUNTS.items():
        each = -(wanted[question] * functional.log_softmax(logits[question], 1)).sum(1) * counts
        total = total + weight * (each * about if question in POLICE_ONLY else each).mean()
    return total


def learn(net: Network, rows: list[Any], said: dict[str, Any], counts: Any) -> Network:
    """Teach `net` to answer the texts `rows` (word numbers) as `said`: question -> logits."""
    torch.manual_seed(0)
    dice = np.random.default_rng(0)
    flat = [p for name, p in net.named_parameters() if name.startswith(("words.", "letters."))]
    deep = [p for name, p in net.named_parameters() if not name.startswith(("words.", "letters."))]
    groups = [{"params": flat, "weight_decay": 0.0}, {"params": deep, "weight_decay": 0.02}]
    optimizer = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.98))
    wanted = {q: functional.softmax(torch.tensor(z.astype(np.float32)), 1) for q, z in said.items()}
    weights = torch.tensor(counts.astype(np.float32))
    plan = [batch for _ in range(ROUNDS) for batch in batches(rows, dice)]
    for step, batch in enumerate(plan):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, (step + 1) / RISE) * max(LEAST_RATE, 1 - step / len(plan))
        logits = net(*padded([rows[i] for i in batch]))
        loss = loss_of(logits, {q: w[batch] for q, w in wanted.items()}, weights[batch])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        if step % 200 == 0:
            print(f"step {step} of {len(plan)}, loss {loss.item():.3f}", file=sys.stderr, flush=True)
    return net.eval()


def odds(net: Network, rows: list[Any]) -> Any:
    """(texts,): log odds of relevance."""
    out = np.zeros(len(rows))
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    with torch.no_grad():
        for first in range(0, len(order), BATCH_TEXTS):
            batch = order[first : first + BATCH_TEXTS]
            logits = net(*padded([rows[i] for i in batch]))["relevant"].numpy()
            out[batch] = logits[:, 1] - logits[:, 0]
    return out


def relevance_in_use(texts: Sequence[str]) -> Any:
    """(texts,): relevance by the shipped model; 0 for unfit texts."""
    config = PROJECT / "config"
    analyzer = Analyzer.load(PROJECT / "models" / "artifacts", config / "lexicon", None)
    found = analyzer.analyze([TextIn(text) for text in texts])
    return np.array([0.0 if isinstance(one, Unfit) else one.relevance for one in found])


def own_labels() -> dict[str, int]:
    """Cleaned text -> its label of relevance, for the own posts that are learnt from."""
    rows = [row for row in dataset.read_corpus(Path(train.__file__).parent / "corpus") if not dataset.is_held_back(row)]
    cleaned = [(clean(row.text, row.title), row.labels["relevant"]) for row in rows]
    return {c.text: label for c, label in cleaned if not isinstance(c, Unfit)}


def with_labels(logits: Any, labels: Sequence[int | None]) -> Any:
    """(texts, 2): logits of relevance, drawn towards the labels where there are any."""
    out = logits.copy()
    for row, label in enumerate(labels):
        if label is not None:
            said = np.exp(logits[row].astype(np.float64) - logits[row].max())
            out[row] = np.log((1 - KNOWN) * said / said.sum() + KNOWN * (np.arange(2) == label))
    return out


def main() -> None:
    """Learn from all texts, then from each half of the labelled ones to judge the other."""
    given = arguments(__doc__, "rereader")
    texts, words, keys, vectors, said = answered(given.answers)
    cut = Segmenter(lexicon.read(PROJECT / "config" / "lexicon")).cut
    number = {word: i for i, word in enumerate(words)}
    rows = [np.array([number.setdefault(t, len(number)) for t in cut(text)[:MOST_WORDS]], np.int64) for text in texts]
    common = Counter(char for word in number for char in word).most_common(CHARS)
    chars = {char: i + 1 for i, (char, _) in enumerate(common)}
    spelling = np.zeros((len(number), MOST_CHARS), np.int64)
    for word, i in number.items():
        spelling[i, : len(word[:MOST_CHARS])] = [chars.get(char, 0) for char in word[:MOST_CHARS]]
    maybe = (relevance_in_use(texts) > MAYBE) | (said["relevant"] @ [-1.0, 1.0] > -DOUBT)
    labels = [*map(own_labels().get, texts)]
    said["relevant"] = with_labels(said["relevant"], labels)
    counts = np.array([1.0 if label is None else OWN for label in labels])
    telling = maybe | (counts > 1) | (np.random.default_rng(0).random(len(texts)) < SURE_SHARE)

    def taught(use: Any) -> Network:
        chosen = np.flatnonzero(use)
        torch.manual_seed(0)
        net = Network(vectors, chars, spelling)
        return learn(net, [rows[i] for i in chosen], {q: z[chosen] for q, z in said.items()}, counts[chosen])

    save_rereader(given.rereader, taught(telling).stored())
    print(f"{telling.sum()} texts learnt from")
    judge_apart(
        given.apart,
        texts,
        keys,
        lambda use, judged: odds(taught(telling & use), [rows[i] for i in judged])[:, None],
    )


if __name__ == "__main__":
    main()

"""Teach the encoder what the labelled rows say, and ask it about every text of the data folder.

`python teach.py ENCODER.onnx TOKENIZER.json DATA OUT.npz`: two rounds over the rows of `minyi train` (about an hour on
two cores), then the logits of every question for these rows, for further texts and for clauses of both, which
`distil.py` learns from. Rows of the fifth fold that state a mood are never learnt from, so that the moods of all
columns can be judged on them; nor are the posts of police_dev.
"""

import argparse
import random
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from encoder import ASKED, Encoder, padded, pretrained
from tokenizers import Tokenizer
from torch.nn import functional

from models import dataset, train
from models.copies import Copies
from models.fit import FOLDS, fold_of
from models.heads import ASIDE
from models.phrases_apart import CHARS
from models.text import Unfit, clean
from models.words import load_table

ROUNDS, RATE, RISE = 2, 1e-4, 0.06
PLACES = 96
"""Tokens of a text that are read, from its first CHARS characters."""
BATCH_TOKENS, BATCH_TEXTS = 2600, 96
COUNTS = {"relevant": 1.5, "attitude": 0.7, "category": 0.7, "intent": 0.5, "mood": 0.7, "cheer": 0.7}
MORE = {"hot_titles_2020_2023": 70_000, "online_shopping_10_cats_train": 12_000, "waimai_10k_train": 4_000,
        "chnsenticorp_htl_train": 1_000}  # fmt: skip
"""bench/ file -> most of its texts that are asked about; of the others all."""
CLAUSE, CLAUSE_CHARS, CLAUSES = re.compile(r'[,。!?;:…\n~、\s“”"()【】\[\]/|]+'), range(3, 15), 45_000
TELLING = re.compile("警|公安|派出所|交管|110|局长|所长|报案|立案|嫌疑|罚|抓|打人|骗|偷|杀|死|车管|户籍|身份证|驾")
"""Clauses that have one of these are all asked about, of others so many."""


class Post(NamedTuple):
    """A labelled row."""

    row: dataset.Row
    text: str
    """Cleaned."""
    key: str
    """What decides on its fold."""

    @property
    def judges(self) -> bool:
        """Is it left out, to judge moods by?"""
        return bool(set(self.row.labels) & set(ASIDE)) and fold_of(self.key) == FOLDS - 1

    @property
    def teaches(self) -> bool:
        """Does it state more than whether somebody liked what they bought?"""
        return set(self.row.labels) != {"liking"}


def labelled(data: Path) -> list[Post]:
    """What is not left to judge by."""
    rows = train.gather(data, Path(train.__file__).parent / "corpus")
    cleaned = [(row, clean(row.text, row.title), key) for row, key in zip(rows, train.fold_keys(rows), strict=True)]
    posts = [Post(row, c.text[:CHARS], key) for row, c, key in cleaned if not isinstance(c, Unfit)]
    return [post for post in posts if not post.judges]


def further(data: Path, known: set[str]) -> list[str]:
    """Cleaned texts of bench/ that are not among the labelled ones, nor copies of posts held back."""
    labels = Path(train.__file__).parent / dataset.LABELS
    measure = train.measuring(labels / train.MEASURING)
    held = Copies([row.text for row in dataset.read_rows(data / dataset.HELD_OUT)])
    found = []
    for path in sorted((data / "bench").glob("*.jsonl*")):
        texts = []
        for text, _ in dataset.texts(path):
            key = dataset.fold_key(text)
            if len(key) >= 4 and key not in known and not held.of(text):
                known.add(key)
                cleaned = clean(text)
                if not isinstance(cleaned, Unfit) and dataset.text_hash(text) not in measure:
                    texts.append(cleaned.text[:CHARS])
        random.Random(1).shuffle(texts)
        found += texts[: MORE.get(path.name.split(".")[0])]
    return found


def clauses(texts: Sequence[str]) -> list[str]:
    """Short parts of texts: of these alone the encoder knows what they say, and posts can be as short."""
    whole = set(texts)
    parts = dict.fromkeys(part for text in texts for part in CLAUSE.split(text) if len(part) in CLAUSE_CHARS)
    telling = [part for part in parts if part not in whole and TELLING.search(part)]
    others = [part for part in parts if part not in whole and not TELLING.search(part)]
    return telling + random.Random(2).sample(others, min(CLAUSES, len(others)))


def tokens_of(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """Token numbers, at most PLACES; the last one always ends the text."""
    found = [encoded.ids for encoded in tokenizer.encode_batch(list(texts))]
    return [ids if len(ids) <= PLACES else [*ids[: PLACES - 1], ids[-1]] for ids in found]


def batches(tokens: Sequence[list[int]], dice: Any) -> list[list[int]]:
    """Rows in batches of like length, in a random order."""
    order, found = dice.permutation(len(tokens)), []
    for first in range(0, len(order), 4000):
        batch: list[int] = []
        for i in sorted(order[first : first + 4000], key=lambda i: len(tokens[i])):
            if batch and ((len(batch) + 1) * len(tokens[i]) > BATCH_TOKENS or len(batch) >= BATCH_TEXTS):
                found.append(batch)
                batch = []
            batch.append(int(i))
        found.append(batch)
    return [found[i] for i in dice.permutation(len(found))]


def loss_of(logits: dict[str, Any], rows: Sequence[dataset.Row]) -> Any:
    """Cross-entropy over the questions each row answers."""
    total = 0
    for question, answers in ASKED.items():
        asked = [i for i, row in enumerate(rows) if question in row.labels]
        if asked:
            right = torch.tensor([answers.index(rows[i].labels[question]) for i in asked])
            trust = torch.tensor([1.0 if question in ASIDE else rows[i].trust for i in asked])
            each = functional.cross_entropy(logits[question][asked], right, reduction="none") * trust
            total = total + COUNTS.get(question, 1.0) * each.sum() / len(rows)
    return total


def learn(net: Encoder, rows: Sequence[dataset.Row], tokens: Sequence[list[int]], dice: Any) -> None:
    """Every row ROUNDS times; the rate rises, then falls to nothing."""
    net.train()
    flat = [p for name, p in net.named_parameters() if p.ndim < 2 or name == "words.weight"]
    deep = [p for name, p in net.named_parameters() if p.ndim >= 2 and name != "words.weight"]
    groups = [{"params": deep, "weight_decay": 0.01}, {"params": flat, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=RATE)
    plan = [batch for _ in range(ROUNDS) for batch in batches(tokens, dice)]
    for step, batch in enumerate(plan):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, step / (RISE * len(plan))) * max(0.02, 1 - step / len(plan))
        loss = loss_of(net(*padded([tokens[i] for i in batch])), [rows[i] for i in batch])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        if step % 50 == 0:
            print(f"step {step} of {len(plan)}, loss {loss.item():.3f}", file=sys.stderr)


def answers(net: Encoder, tokens: Sequence[list[int]]) -> dict[str, Any]:
    """Question -> (texts, answers) logits."""
    net.eval()
    out = {q: np.zeros((len(tokens), len(a)), np.float16) for q, a in ASKED.items()}
    order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
    with torch.no_grad():
        for first in range(0, len(order), 64):
            batch = order[first : first + 64]
            for question, logits in net(*padded([tokens[i] for i in batch])).items():
                out[question][batch] = logits.numpy()
    return out


def word_vectors(net: Encoder, tokens: Sequence[list[int]], size: int = 96) -> Any:
    """(words, size): where the taught encoder puts each word alone, along the directions that vary most."""
    net.eval()
    with torch.no_grad():
        parts = [net.vectors(*padded(tokens[i : i + 64])).numpy() for i in range(0, len(tokens), 64)]
    vectors = np.vstack(parts)
    vectors -= vectors.mean(axis=0)
    along = np.linalg.svd(vectors.T @ vectors)[0][:, :size]
    flat = vectors @ along
    return (flat / flat.std()).astype(np.float32)


def main() -> None:
    """Learn, ask, store."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("encoder", "tokenizer", "data", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.manual_seed(given.seed)
    dice = np.random.default_rng(given.seed)
    tokenizer = Tokenizer.from_file(str(given.tokenizer))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    posts = labelled(given.data)
    more = further(given.data, {dataset.fold_key(post.row.whole) for post in posts})
    net = pretrained(given.encoder)
    rows = [(post.row, post.text) for post in posts if post.teaches]
    learn(net, [row for row, _ in rows], tokens_of(tokenizer, [text for _, text in rows]), dice)
    more += clauses([post.text for post in posts] + more)
    texts = [post.text for post in posts] + more
    keys = [post.key for post in posts] + [""] * len(more)
    said = answers(net, tokens_of(tokenizer, texts))
    words = list(load_table(train.DETECTORS.with_name("words.npz")).rows)
    vectors = word_vectors(net, tokens_of(tokenizer, words))
    np.savez_compressed(given.out, texts=texts, keys=keys, words=words, vectors=vectors, **said)


if __name__ == "__main__":
    main()

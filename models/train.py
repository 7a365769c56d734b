"""Training: labelled rows -> models/artifacts and models/cards. Needs scikit-learn; nothing else here does.

Deterministic: the same rows, dictionary and seed give byte-identical artifacts on one machine.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from models import dataset, fields, lexicon, vectors, words
from models.copies import Copies, groups
from models.dataset import DataError, Row
from models.encoder import Encoder
from models.fit import Fitted, fit
from models.heads import F64, GATE, Manifest, save_heads
from models.nicknames import Nicknames
from models.phrases import PHRASES, load_phrases, phrase_scores
from models.phrases_apart import CHARS as CHARS_ASKED
from models.phrases_apart import exchanged
from models.rereader import REREADER, load_rereader, read_with
from models.segment import Segmenter
from models.text import Unfit, clean

BITS = 18
CHARS = (1, 2, 3)
NOT_SIGNALS = ("places",)  # where something happened must not decide what it is
LEAST_ROWS = 100
WORDS = Path(__file__).parent / dataset.LABELS / "words.txt"
OTHERWISE = "leave --data out to train on the own posts alone"
DETECTORS = Path(__file__).parent / "artifacts" / PHRASES
REREADER_FILE = DETECTORS.with_name(REREADER)
APART = WORDS.with_name("phrases_apart.npz")
READ_APART = WORDS.with_name("reread_apart.npz")
MEASURING = "held_back/ordinary.jsonl"
"""Readings of ordinary texts beside the labels: they measure (`models/ordinary.py`), whatever other labels say."""

COPIES_TAUGHT = WORDS.with_name("copies_taught.txt")
"""Hashes of posts of police_dev that the detectors of phrases and the rereader learnt a copy of. The weights that
`train` makes never do; until those two are made anew, figures without these posts are given beside the others."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Trained:
    """What a training run made."""

    manifest: Manifest
    rows: list[Row]
    plain: dict[str, int]
    """Texts read for word vectors, by file."""
    fitted: Fitted
    reread: F64 | None
    """(rows,): log odds of relevance by rereaders that had not learnt from a row; None without phrases."""

    @property
    def phrases(self) -> bool:
        """Does it read detectors of phrases, and doubtful posts a second time?"""
        return self.reread is not None


def gather(data: Path | None, corpus: Path) -> list[Row]:
    """The rows to learn from, without duplicates, rows held back and copies of these.

    Raises DataError when there are too few.
    """
    rows = [row for row in dataset.read_corpus(corpus) if not dataset.is_held_back(row)]
    if data is not None:
        files = dataset.require(data, OTHERWISE)
        labels = corpus.parent / dataset.LABELS
        measure = measuring(labels / MEASURING)
        rows += dataset.read_moods(data)
        rows += [row for row in dataset.read_hashed(data, labels) if row.id not in measure]
        for path in files:
            rows += dataset.read_rows(path)
    held = Copies([row.whole for measured in held_out(data, corpus).values() for row in measured])
    distinct = [row for row in dataset.distinct(rows) if not held.of(row.whole)]
    if len(distinct) < LEAST_ROWS:
        raise DataError(f"{corpus}: {len(distinct)} labelled posts, at least {LEAST_ROWS} are needed")
    for question, name in dataset.FIELDS.items():
        if len({row.labels[question] for row in distinct if question in row.labels}) < 2:
            raise DataError(f"{corpus}: {name}: at least two different answers are needed")
    return distinct


def measuring(path: Path) -> set[str]:
    """Hashes of the texts whose readings only measure; none without the file."""
    return {str(value["hash"]) for _, value in dataset.read_objects(path)} if path.exists() else set()


def held_out(data: Path | None, corpus: Path) -> dict[str, list[Row]]:
    """Rows never learnt from, by the name of the set: for the cards and the quality floors."""
    sets = {"own corpus, held back": [row for row in dataset.read_corpus(corpus) if dataset.is_held_back(row)]}
    if data is not None and (data / dataset.HELD_OUT).exists():
        sets["police_dev"] = dataset.read_rows(data / dataset.HELD_OUT)
        met = set(COPIES_TAUGHT.read_text(encoding="utf-8").split())
        sets["police_dev without copies"] = [r for r in sets["police_dev"] if dataset.text_hash(r.text) not in met]
    return sets


def fold_keys(rows: Sequence[Row]) -> list[str]:
    """(rows,) what decides on the fold of a row: copies have the same."""
    return [dataset.fold_key(rows[first].text) for first in groups([row.whole for row in rows])]


def train(
    rows: Sequence[Row], *, data: Path | None, lexicon_folder: Path, out: Path, say: Say, seed: int = 0
) -> Trained:
    """Learn from `rows` (and, for word vectors, from the plain texts of `data`) and write artifacts to `out`.

    They are put there together at the end: a training that is broken off leaves what was there.
    """
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".training-", dir=out) as making:
        trained = _train(rows, data=data, lexicon_folder=lexicon_folder, out=Path(making), say=say, seed=seed)
        for made in sorted(Path(making).iterdir(), key=lambda path: path.name == "model.json"):
            made.replace(out / made.name)
    return trained


def _train(rows: Sequence[Row], *, data: Path | None, lexicon_folder: Path, out: Path, say: Say, seed: int) -> Trained:
    dictionary = lexicon.read(lexicon_folder)
    segmenter = Segmenter(dictionary)
    kept, texts, outers = fit_texts(rows, Nicknames(dictionary.nicknames))
    say(f"{len(kept)} labelled posts, {len(rows) - len(kept)} unfit")
    tokens = [segmenter.cut(text) for text in texts]
    plain: dict[str, int] = {}
    learnt = vectors.learn(tokens + _plain_tokens(data, segmenter, plain), seed=seed)
    say(f"{len(learnt.words)} word vectors from {sum(plain.values())} further texts")
    about = fields.codes(learnt.words, fields.read(WORDS))
    words.save_table(out / "words.npz", learnt.words, learnt.vectors, learnt.shares, about)
    lists = [name for name in dictionary.lists if name not in NOT_SIGNALS]
    encoder = Encoder(words.load_table(out / "words.npz"), dictionary.lists, lists, BITS, CHARS)
    phrases = reread = None
    if data is not None:  # they were learnt from its texts
        (out / PHRASES).write_bytes(DETECTORS.read_bytes())
        (out / REREADER).write_bytes(REREADER_FILE.read_bytes())
        detectors, rereader = load_phrases(out / PHRASES), load_rereader(out / REREADER)
        phrases, apart = exchanged(APART, texts, phrase_scores(detectors, tokens))
        say(f"phrases: {apart.sum()} posts judged by detectors that were not learnt from them")
        odds = read_with(rereader, detectors, tokens)(np.arange(len(tokens)))
        read, apart = exchanged(READ_APART, [text[:CHARS_ASKED] for text in texts], odds[:, None])
        reread = read[:, 0]
        say(f"second reading: {apart.sum()} posts by rereaders that were not learnt from them")
    say("looking for copies")
    fitted = fit(
        [row.labels for row in kept],
        fold_keys(kept),
        [row.source for row in kept],
        encode_all(encoder, texts, tokens, outers),
        phrases,
        trust=np.array([row.trust for row in kept]),
        buckets=1 << BITS,
        say=say,
        seed=seed,
    )
    save_heads(out / "heads.npz", fitted.heads)
    manifest = Manifest("", BITS, CHARS, lists, fitted.threshold, rereads=reread is not None)
    manifest = replace(manifest, version=version(out, manifest))
    manifest.save(out / "model.json")
    return Trained(manifest, kept, plain, fitted, reread)


def fit_texts(rows: Sequence[Row], nicknames: Nicknames) -> tuple[list[Row], list[str], list[int]]:
    """The rows that can be judged, and of each its text as the models read it and how much of that is not forwarded."""
    cleaned = [clean(row.text, row.title) for row in rows]
    fit = [(row, nicknames.read(c)) for row, c in zip(rows, cleaned, strict=True) if not isinstance(c, Unfit)]
    return [row for row, _ in fit], [c.text for _, c in fit], [c.outer for _, c in fit]


def encode_all(encoder: Encoder, texts: Sequence[str], tokens: Sequence[Sequence[str]], outers: Sequence[int]) -> Any:
    """(sparse buckets, dense document vectors) of all texts; a bucket's value is 1 over the root of how many."""
    from scipy import sparse

    blocks, docs = [], []
    for i in range(0, len(texts), 500):
        encoded = encoder.encode(texts[i : i + 500], tokens[i : i + 500], outers[i : i + 500])
        sizes = np.maximum(encoded.rows.sizes, 1)
        values = np.repeat(1 / np.sqrt(sizes), encoded.rows.sizes)
        shape = (len(encoded.rows.sizes), 1 << encoder.bits)
        blocks.append(sparse.csr_matrix((values, encoded.rows.indices, encoded.rows.indptr), shape=shape))
        docs.append(encoded.docs)
    return sparse.vstack(blocks).tocsr(), np.vstack(docs)


def _plain_tokens(data: Path | None, segmenter: Segmenter, counts: dict[str, int]) -> list[list[str]]:
    tokens: list[list[str]] = []
    seen: set[str] = set()
    for name, text in dataset.plain_texts(data) if data else ():
        cleaned = clean(text)
        if not isinstance(cleaned, Unfit) and cleaned.text not in seen:
            seen.add(cleaned.text)
            counts[name] = counts.get(name, 0) + 1
            tokens.append(segmenter.cut(cleaned.text))
    return tokens


def version(artifacts: Path, manifest: Manifest) -> str:
    """The name of a model, after what it is: equal weights and settings, equal version."""
    digest = hashlib.blake2b(digest_size=4)
    for name in ("words.npz", "heads.npz", *([PHRASES, REREADER] if manifest.rereads else [])):
        digest.update((artifacts / name).read_bytes())
    settings = (*manifest.lists, manifest.threshold, *GATE)
    digest.update("|".join(map(str, settings)).encode())
    return f"linear-1.{digest.hexdigest()}"

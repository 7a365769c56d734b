"""Ordinary posts that pass as relevant: a fixed sample of every kind of text, and what a reader says of them.

The sample of a kind is the texts with the greatest hashes: nobody chose them, and they are the same for every model.
Readings lie in `models/labels/held_back`, by hash; nothing there is learnt from.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models import crossed, dataset
from models.analysis import Analysis, Analyzer, TextIn
from models.intervals import wilson
from models.train import Trained

HELD_BACK = "held_back"
"""The folder of labels that `dataset.read_hashed` does not look into."""
SAMPLES = {
    "waimai_10k_train": 3000,
    "online_shopping_10_cats_train": 3000,
    "chnsenticorp_htl_train": 3000,
    "weibo_senti_train": 3000,
    "smp2020_ewect_train": 3000,
    "nlpcc2013_sentence_emotion_train": 3000,
    "thucnews_titles_train": 2000,
    "citizen_messages_train": 2000,
    "hot_titles_2020_2023": 3000,
}
"""bench/ file -> how many of its texts are looked at, at most."""
DOMAIN = "usual"
"""Where a file has domains (SMP2020), the posts of this one: those of the other were collected by a topic."""

Passes = Callable[[Sequence[str]], Sequence[bool]]


@dataclass(frozen=True)
class Passing:
    """How one kind of text fares at the threshold of relevance."""

    kind: str
    """Name of the bench/ file without its endings."""
    texts: int
    passing: int
    relevant: int
    """Passing texts a reader called relevant."""
    wrong: int
    """Passing texts a reader called not relevant."""
    missed: int
    """Relevant texts, as far as anybody read them, that do not pass."""

    @property
    def unread(self) -> int:
        """Passing texts nobody has read."""
        return self.passing - self.relevant - self.wrong

    @property
    def ordinary(self) -> int:
        """Texts not known to be relevant."""
        return self.texts - self.relevant - self.missed

    @property
    def share(self) -> float:
        """Part of the ordinary texts that wrongly pass, 0..1; unread ones are not counted."""
        return self.wrong / self.ordinary if self.ordinary else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of `share`, 0..1; its upper end takes every unread text for a wrong one."""
        low, high = wilson(self.wrong, self.ordinary), wilson(self.wrong + self.unread, self.ordinary)
        return (low[0] if low else 0.0, high[1] if high else 1.0)


def total(found: Sequence[Passing]) -> Passing:
    """All kinds taken together."""
    counts = [sum(getattr(p, name) for p in found) for name in ("texts", "passing", "relevant", "wrong", "missed")]
    return Passing("all", *counts)


def measure(data: Path, labels: Path, passes: Passes, *, kinds: Mapping[str, int] = SAMPLES) -> list[Passing]:
    """Every kind whose file is in `data`/bench, in the order of `kinds`. Raises DataError for a damaged file.

    labels: the folder of labels by hash.
    passes: whether each text passes as relevant.
    """
    by_hash, by_key = readings(data, labels)
    found = []
    for kind, most in kinds.items():
        texts = sample(data, kind, most)
        if texts:
            judged = zip(texts, passes(texts), strict=True)
            said = [(yes, by_hash.get(dataset.text_hash(t), by_key.get(dataset.fold_key(t)))) for t, yes in judged]
            found.append(
                Passing(
                    kind,
                    len(texts),
                    sum(yes for yes, _ in said),
                    sum(yes and truth == 1 for yes, truth in said),
                    sum(yes and truth == 0 for yes, truth in said),
                    sum(not yes and truth == 1 for yes, truth in said),
                )
            )
    return found


def of_trained(data: Path | None, labels: Path, trained: Trained, analyzer: Analyzer) -> list[Passing]:
    """`measure` for a model just trained: a text it learnt from is judged by weights that had not seen it."""
    if data is None:
        return []
    learnt = crossed.relevance(trained)

    def passes(texts: Sequence[str]) -> list[bool]:
        stated = [learnt(text) for text in texts]
        shipped = by(analyzer)(texts)
        return [yes if p is None else p >= analyzer.threshold for p, yes in zip(stated, shipped, strict=True)]

    return measure(data, labels, passes)


def by(analyzer: Analyzer) -> Passes:
    """A model's own judgement; an unfit text does not pass."""
    return lambda texts: [
        isinstance(a, Analysis) and a.relevant for a in analyzer.analyze([TextIn(text) for text in texts])
    ]


def sample(data: Path, kind: str, most: int) -> list[str]:
    """The texts of a bench/ file with the greatest hashes, at most so many; [] when the file is not there."""
    texts: dict[str, str] = {}
    for path in sorted((data / "bench").glob(f"{kind}.jsonl*"))[:1]:
        for _, value in dataset.read_objects(path):
            text = value.get("text_noemo") or value.get("text")
            if isinstance(text, str) and text.strip() and value.get("domain", DOMAIN) == DOMAIN:
                texts[dataset.text_hash(text)] = text
    return [texts[key] for key in sorted(texts)[-most:]]


def readings(data: Path, labels: Path) -> tuple[dict[str, int], dict[str, int]]:
    """Is a text relevant, as readers said: by its hash, and by its key for the labelled files of `data`."""
    by_hash = {str(v["hash"]): int(v["relevant"]) for v in _labels(labels)}
    files = [data / name for name in (*dataset.LABELLED, dataset.HELD_OUT) if (data / name).exists()]
    rows = (row for path in files for row in dataset.read_rows(path) if "relevant" in row.labels)
    return by_hash, {dataset.fold_key(row.text): row.labels["relevant"] for row in rows if dataset.fold_key(row.text)}


def _labels(folder: Path) -> Iterator[dict[str, Any]]:
    for path in [*sorted(folder.glob("*.jsonl")), *sorted((folder / HELD_BACK).glob("*.jsonl"))]:
        yield from (value for _, value in dataset.read_objects(path) if value.get("relevant") in (0, 1))

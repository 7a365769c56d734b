"""Labelled rows and plain texts to learn from: JSONL files, gzip or not."""

import gzip
import hashlib
import json
import math
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from models.heads import ASIDE, QUESTIONS

LABELLED = ("police_train.jsonl", "hot_train.jsonl")
HELD_OUT = "police_dev.jsonl"
OWN = "own corpus"
DESK = "desk"
"""The source of rows with corrections, in exports and on the cards."""
CONFIRMED = "desk, confirmed"
"""The source of rows with answers of a model that a person found right."""
GOLD, HESITATED = 2.0, 0.4
"""Trust in a row of the labelled files, and in a label by hash whose reader hesitated, beside 1 for any other."""
STANDS_FOR = 15.0
MORE, LESS = 4.0, 0.7
"""A title of a feed that is not about police counts as much as it stands for (`Row.weight`) by STANDS_FOR, at most
MORE and at least LESS. Learnt from titles before 2023, judged on those of 2023 by other readers, a precision of 0.8
at a recall of 0.75 then needs a probability of 0.6, not of 0.67; posts are as before."""
LABELS = "labels"
"""The folder beside the corpus with answers to texts that may not be kept here: see its README."""
SOURCES = {
    "citizen_messages_train": "citizen_message",
    "ced_cascades_dev": "ced_weibo_repost",
    "osm2022_weibo_comments_train": "osm2022_weibo_comment",
    "smp2020_ewect_train": "smp2020_usual",
    "thucnews_titles_train": "thucnews_title",
    "weibo_senti_train": "weibo_senti_100k",
}
"""bench/ file -> what its rows are called in the labelled files."""
MOODS = {
    "smp2020_ewect_train": ("mood", "polarity", 20_000),
    "weibo_senti_train": ("cheer", "label", 25_000),
    "waimai_10k_train": ("liking", "label", 3_000),
    "online_shopping_10_cats_train": ("liking", "label", 4_000),
    "chnsenticorp_htl_train": ("liking", "label", 2_000),
}
"""bench/ file with a stated mood -> question aside, field (polarity -1, 0, 1; label 0, 1), most texts that are read."""
FIELDS = {
    "relevant": "relevant",
    "sentiment": "sentiment",
    "attitude": "attitude_to_police",
    "category": "category",
    "intent": "intent",
}
"""Question -> field of the labelled files."""


class DataError(Exception):
    """A data file that cannot be used; `str()` is `FILE:LINE: what is wrong`."""


@dataclass(frozen=True)
class Row:
    """One labelled text."""

    id: str
    text: str
    title: str = ""
    source: str = ""
    labels: dict[str, Any] = field(default_factory=dict)
    """Question -> answer; questions nobody answered are left out."""
    weight: float = 1.0
    """How many texts of a real feed the row stands for: measures taken with it hold at the base rate of that feed."""
    trust: float = 1.0
    """What its answers count in learning."""

    @property
    def whole(self) -> str:
        """Title and text."""
        return f"{self.title} {self.text}"


def read_objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number and object of every line that is not blank. Raises DataError."""
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as lines:
            for number, line in enumerate(lines, 1):
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                if text.strip():
                    value = json.loads(text)
                    if not isinstance(value, dict):
                        raise DataError(f"{path}:{number}: not a JSON object")
                    yield number, value
    except json.JSONDecodeError as err:
        raise DataError(f"{path}:{number}: not JSON: {err.msg} at column {err.colno}") from err
    except RecursionError as err:
        raise DataError(f"{path}:{number}: not JSON: nested too deep") from err
    except UnicodeDecodeError as err:
        raise DataError(f"{path}:{number}: not UTF-8 (byte {err.start + 1})") from err
    except (OSError, EOFError, zlib.error) as err:
        raise DataError(f"{path}: {getattr(err, 'strerror', None) or err}") from err


def read_rows(path: Path) -> list[Row]:
    """The labelled rows of a file. Raises DataError for a missing text or an answer nobody can give."""
    rows = []
    for number, value in read_objects(path):
        text = value.get("text")
        if not isinstance(text, str) or not text.strip():
            raise DataError(f"{path}:{number}: text: expected a text that is not empty")
        title = value.get("title")
        rows.append(
            Row(
                str(value.get("id") or number),
                text,
                title if isinstance(title, str) else "",
                str(value.get("source") or path.name.split(".")[0]),
                _answers(value, f"{path}:{number}"),
                _weight(value, f"{path}:{number}"),
                (GOLD if path.name in LABELLED else 1.0) * _common(value),
            )
        )
    return rows


def _answers(value: dict[str, Any], where: str) -> dict[str, Any]:
    labels = {}
    for question, name in FIELDS.items():
        answer = value.get(name)
        if answer is None:
            continue
        answer = int(answer) if isinstance(answer, bool) else answer
        if isinstance(answer, float) or answer not in QUESTIONS[question]:  # 1.0 is in (-1, 0, 1)
            raise DataError(f"{where}: {name}: expected one of {list(QUESTIONS[question])}, got {answer!r}")
        labels[question] = answer
    return labels


def _weight(value: dict[str, Any], where: str) -> float:
    weight = value.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < math.inf:
        raise DataError(f"{where}: weight: expected a number above 0 and finite, got {weight!r}")
    return float(weight)


def _common(value: dict[str, Any]) -> float:
    """What a row that says how many titles it stands for counts beside one that does not; see STANDS_FOR."""
    weight = value.get("weight")
    if weight is None or value.get("relevant"):
        return 1.0
    return min(max(float(weight) / STANDS_FOR, LESS), MORE)


def read_corpus(folder: Path) -> list[Row]:
    """The project's own invented posts: every *.jsonl in `folder`."""
    return [
        Row(row.id, row.text, row.title, OWN, row.labels)
        for path in sorted(folder.glob("*.jsonl"))
        for row in read_rows(path)
    ]


def text_hash(text: str) -> str:
    """What a label is kept under: BLAKE2b-128 of the exact text, hex."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def read_hashed(data: Path, folder: Path) -> list[Row]:
    """The texts of `data`/bench that `folder` has labels for. Labels whose text is not at hand are left out."""
    wanted: dict[str, dict[str, tuple[dict[str, Any], float, float]]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for number, value in read_objects(path):
            where = f"{path}:{number}"
            stem, digest = value.get("file"), value.get("hash")
            if not isinstance(stem, str) or not isinstance(digest, str):
                raise DataError(f"{where}: expected file and hash")
            trust = (HESITATED if value.get("borderline") else 1.0) * _common(value)
            wanted.setdefault(stem, {})[digest] = (_answers(value, where), _weight(value, where), trust)
    rows = []
    for stem, by_hash in sorted(wanted.items()):
        for path in sorted((data / "bench").glob(f"{stem}.jsonl*"))[:1]:
            for text, source in texts(path):
                digest = text_hash(text)
                if digest in by_hash:
                    labels, weight, trust = by_hash.pop(digest)
                    if "sentiment" not in labels:  # a bare title, chosen as hard to tell: it teaches relevance
                        labels = {q: a for q, a in labels.items() if q == "relevant"}
                    rows.append(Row(digest, text, "", source, labels, weight, trust))
    return rows


def distinct(rows: Sequence[Row]) -> list[Row]:
    """Copies of one text made one row, the last of them; what another says to questions aside goes with it."""
    found: dict[str, Row] = {}
    for row in rows:
        key = fold_key(row.whole)
        if key in found:
            aside = {q: a for q, a in found[key].labels.items() if q in ASIDE}
            row = replace(row, labels=aside | row.labels)
        found[key] = row
    return list(found.values())


def read_moods(data: Path) -> list[Row]:
    """Texts of `data`/bench whose source says in what mood they are: they teach the mood of any text."""
    rows = []
    for stem, (question, name, most) in MOODS.items():
        for path in sorted((data / "bench").glob(f"{stem}.jsonl*"))[:1]:
            found = {}
            for _, value in read_objects(path):
                text, said = value.get("text_noemo") or value.get("text"), value.get(name)
                if isinstance(text, str) and text.strip() and isinstance(said, int):
                    mood = said if name == "polarity" else 2 * said - 1
                    found[text_hash(text)] = Row(text_hash(text), text, "", stem, {question: mood})
            rows += [found[key] for key in sorted(found)[:most]]
    return rows


def texts(path: Path) -> Iterator[tuple[str, str]]:
    """(text, source) of everything in a bench/ file that can carry a label: texts and re-posts."""
    stem = path.name.split(".")[0]
    for _, value in read_objects(path):
        source = str(value.get("source") or SOURCES.get(stem, stem))
        reposts = [repost[1] for repost in value.get("reposts") or () if len(repost) > 1]
        for text in (value.get("text_noemo") or value.get("text"), *reposts):
            if isinstance(text, str) and text.strip():
                yield text, source


def is_held_back(row: Row) -> bool:
    """One own post in eight is for measuring only; which ones depends on the text alone."""
    return hashlib.blake2b(fold_key(row.text).encode(), digest_size=1).digest()[0] % 8 == 0


def require(data: Path, otherwise: str) -> list[Path]:
    """The labelled files of `data`. Raises DataError naming what it lacks, and what else one may do."""
    missing = [name for name in LABELLED if not (data / name).exists()]
    if missing:
        lacks = f"lacks {', '.join(missing)}" if data.is_dir() else "no such folder"
        raise DataError(f"{data}: {lacks}; {otherwise}")
    return [data / name for name in LABELLED]


def plain_texts(data: Path) -> Iterator[tuple[str, str]]:
    """(file name, text) of everything in `data`/bench, for word vectors: no labels are read."""
    for path in sorted((data / "bench").glob("*.jsonl*")):
        for _, value in read_objects(path):
            for text in (value.get("text_noemo") or value.get("text"), value.get("reply")):
                if isinstance(text, str) and text.strip():
                    yield path.name, text
            for repost in (value.get("reposts") or ())[:200]:
                if len(repost) > 1 and isinstance(repost[1], str) and len(repost[1]) > 8:
                    yield path.name, repost[1]


def fold_key(text: str) -> str:
    """What rows of one text have in common: its first 60 letters and digits. `models/copies.py` finds looser copies."""
    return re.sub(r"\W+", "", text)[:60]

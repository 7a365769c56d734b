"""Everything minyi says about one text: the shipped models, the dictionary and the places put together."""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from models import heads, words
from models import lexicon as lexicons
from models import places as place_lists
from models.applause import applauds_police
from models.cleaning import clean_all
from models.encoder import Encoded, Encoder
from models.explain import Span, explain
from models.features import I64
from models.fingerprint import simhash
from models.first_stage import FirstStage
from models.heads import F64, QUESTIONS, Heads, Manifest, Read
from models.keywords import Keywords
from models.nicknames import Nicknames
from models.phrases import PHRASES, Phrases, load_phrases
from models.places import PlaceFinder
from models.rereader import REREADER, Rereader, load_rereader
from models.segment import Segmenter, Words
from models.text import Cleaned, Unfit, clean

__all__ = ["Analysis", "Analyzer", "ArtifactsError", "Span", "TextIn", "Unfit"]

Polarity = Literal[-1, 0, 1]
Category = Literal["conduct", "service", "crime", "traffic", "rumour", "praise", "misconduct", "other"]
Intent = Literal["question", "criticism", "inquiry", "complaint", "report", "praise", "statement"]

MAX_BATCH_TEXTS = 512
MAX_BATCH_CHARS = 80_000  # bounds the memory of one batch: about 35 MB
DAMAGE = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error)
SPACE = ord(" ")
NO_ANSWER = -1
DOUBTFUL = 0.03  # below this relevance nothing is said about attitude, category and intent


class ArtifactsError(Exception):
    """The model files cannot be used; `str()` says which and what to do."""


class TextIn(NamedTuple):
    """One text to analyse; the jurisdiction tells places of one name apart."""

    text: str
    title: str = ""
    jurisdiction: str = ""


class Analysis(msgspec.Struct, frozen=True):  # an eighth of the time that a frozen dataclass takes to make
    """What the models say; names and meanings as in bus.messages.PostScored."""

    tokens: list[str]
    sentiment: Polarity
    sentiment_score: float
    """P(positive) - P(negative), -1..1."""
    attitude: Polarity | None
    """Towards the police; None when the text has nothing to do with them."""
    relevance: float
    relevant: bool
    category: Category | None
    intent: Intent | None
    places: list[str]
    keywords: list[str]
    fingerprint: str
    model_version: str


class Analyzer:
    """The analysis; pure, deterministic, safe to share between threads. Load once, use for the whole process."""

    def __init__(
        self,
        segmenter: Segmenter,
        encoder: Encoder,
        models: Heads,
        phrases: Phrases | None,
        rereader: Rereader | None,
        finder: PlaceFinder,
        manifest: Manifest,
        nicknames: Nicknames,
        empty: frozenset[str],
    ) -> None:
        self._segmenter, self._encoder, self._models = segmenter, encoder, models
        self._phrases, self._rereader = phrases, rereader
        self._finder, self._manifest, self._nicknames = finder, manifest, nicknames
        self._first = FirstStage(models, encoder.words, phrases)
        self._keywords = Keywords(encoder.words, encoder.signals.on("police", "slang"), empty)

    @classmethod
    def load(cls, artifacts: Path, lexicon: Path, places: Path | None) -> "Analyzer":
        """The models in `artifacts` with an installation's dictionary and places.

        Raises ArtifactsError, LexiconError or PlacesError, each naming the file.
        """
        try:
            manifest = Manifest.load(artifacts / "model.json")
            table = words.load_table(artifacts / "words.npz")
            models = heads.load_heads(artifacts / "heads.npz")
            phrases = load_phrases(artifacts / PHRASES) if models.phrases else None
            if phrases and len(models.bias) + len(phrases.weights_bias) != models.columns:
                raise ValueError(f"{PHRASES} is of another model than heads.npz")
            rereader = load_rereader(artifacts / REREADER) if manifest.rereads else None
            if rereader and (not phrases or len(rereader.words) != len(phrases.words) + 1):
                raise ValueError(f"{REREADER} is of another model than {PHRASES}")
        except DAMAGE as err:
            raise ArtifactsError(f"{artifacts}: no usable model ({err}); `minyi train` makes one") from err
        dictionary = lexicons.read(lexicon)
        also = phrases.words if phrases else ()
        encoder = Encoder(table, dictionary.lists, manifest.lists, manifest.bits, manifest.chars, also)
        finder = PlaceFinder(place_lists.read(places), place_lists.read_cities(), encoder.words.rows)
        nicknames = Nicknames(dictionary.nicknames)
        segmenter = Segmenter(dictionary)
        return cls(segmenter, encoder, models, phrases, rereader, finder, manifest, nicknames, dictionary.empty)

    @property
    def version(self) -> str:
        """Name of the model, carried by every score."""
        return self._manifest.version

    @property
    def threshold(self) -> float:
        """Relevance from which a text counts as relevant."""
        return self._manifest.threshold

    def analyze(self, items: Sequence[TextIn]) -> list[Analysis | Unfit]:
        """One result per item, in order. Total: no text makes it raise, every number is finite."""
        typed = clean_all([(item.text, item.title) for item in items])
        cleaned = self._nicknames.read_all(typed)
        results: list[Analysis | Unfit | None] = [c if isinstance(c, Unfit) else None for c in cleaned]
        for numbers in _batches(cleaned):
            batch = [c for n in numbers if isinstance(c := cleaned[n], Cleaned)]
            applauded = np.array([not items[n].title and applauds_police(items[n].text) for n in numbers])
            jurisdictions = [items[n].jurisdiction for n in numbers]
            for n, result in zip(numbers, self._batch(batch, applauded, jurisdictions), strict=True):
                results[n] = result
            named = [n for n in numbers if cleaned[n] is not typed[n]]
            told = self._told_as_typed([c for n in named if isinstance(c := typed[n], Cleaned)])
            for n, tokens, keywords in zip(named, *told, strict=True):
                if isinstance(scored := results[n], Analysis):
                    results[n] = msgspec.structs.replace(scored, tokens=tokens, keywords=keywords)
        return [r for r in results if r is not None]

    def explain(self, item: TextIn) -> list[Span]:
        """The words of the text as it was read with their push on sentiment and relevance; [] for an unfit text."""
        cleaned = clean(item.text, item.title)
        if isinstance(cleaned, Unfit):
            return []
        cleaned = self._nicknames.read(cleaned)
        words = self._segmenter.cut(cleaned.text)
        [scores] = self._first.scores(self._encoder.encode([cleaned.text], [words], [cleaned.outer]))
        return explain(cleaned, words, scores, self._encoder, self._models, self._phrases, self._rereader)

    def _told_as_typed(self, typed: Sequence[Cleaned]) -> tuple[list[list[str]], list[list[str]]]:
        """Tokens and keywords of texts in which nicknames were read as usual words: people see what was written."""
        if not typed:
            return [], []
        texts = [c.text for c in typed]
        words = self._segmenter.cut_all(texts)
        return self._told(words, self._encoder.encode_words(texts, words, [c.outer for c in typed]))

    def _told(self, words: Words, encoded: Encoded) -> tuple[list[list[str]], list[list[str]]]:
        """Tokens and keywords of each text."""
        tokens = words.but(encoded.batch.points.take(encoded.start) == SPACE)
        return tokens, self._keywords.of(words, encoded.ids, encoded.hashes)

    def _batch(
        self, batch: list[Cleaned], applauded: NDArray[np.bool_], jurisdictions: Sequence[str]
    ) -> list[Analysis]:
        texts = [cleaned.text for cleaned in batch]
        words = self._segmenter.cut_all(texts)
        encoded = self._encoder.encode_words(texts, words, [cleaned.outer for cleaned in batch])
        probabilities = self._models.probabilities(self._first.scores(encoded), self._second_reading(words, encoded))
        chosen = _coherent(self._models, probabilities, applauded)
        relevance = np.clip(probabilities["relevant"][:, 1], 0.0, 1.0).round(4)
        mood = probabilities["sentiment"]
        about_police = relevance >= DOUBTFUL
        tokens, keywords = self._told(words, encoded)
        columns = {
            "tokens": tokens,
            "sentiment": _answers("sentiment", chosen["sentiment"]),
            "sentiment_score": np.clip(mood[:, 2] - mood[:, 0], -1.0, 1.0).round(4).tolist(),
            "attitude": _answers("attitude", np.where(about_police, chosen["attitude"], NO_ANSWER)),
            "relevance": relevance.tolist(),
            "relevant": (relevance >= self._manifest.threshold).tolist(),
            "category": _answers("category", np.where(about_police, chosen["category"], NO_ANSWER)),
            "intent": _answers("intent", np.where(about_police, chosen["intent"], NO_ANSWER)),
            "places": self._finder.find_all(encoded.batch, texts, words, jurisdictions),
            "keywords": keywords,
            "fingerprint": simhash(encoded.trigrams.hashes, encoded.trigrams.rows, len(texts)),
            "model_version": [self._manifest.version] * len(texts),
        }
        in_order = [columns[field] for field in Analysis.__struct_fields__]
        return [Analysis(*row) for row in zip(*in_order, strict=True)]

    def _second_reading(self, words: Words, encoded: Encoded) -> Read | None:
        """What the rereader says of texts of this batch; None without a rereader."""
        rereader, known = self._rereader, self._first.phrase_rows
        if rereader is None or known is None:
            return None

        def read(texts: I64) -> F64:
            odds = np.empty(len(texts))
            for n, text in enumerate(texts.tolist()):
                own = slice(words.indptr[text], words.indptr[text + 1])
                tokens = [words.spelled[place] for place in words.places[own].tolist()]
                odds[n] = rereader.odds(known.take(encoded.ids[own]), tokens)
            return odds

        return read


def _answers(question: str, chosen: NDArray[np.int64]) -> list[Any]:
    """The answers that these numbers stand for; None for NO_ANSWER."""
    return list(map((*QUESTIONS[question], None).__getitem__, chosen.tolist()))


def _coherent(models: Heads, probabilities: dict[str, F64], applauded: NDArray[np.bool_]) -> dict[str, I64]:
    """The answer to each question. Who praises speaks well of the police and not in anger.

    applauded: (texts,), where praise and no more stands before what the police wrote: no blame.
    """
    chosen = {q: models.second[q].choose(p) for q, p in probabilities.items()}

    def never(question: str, answer: str | int, rows: NDArray[np.bool_]) -> None:
        if rows.any():
            others = probabilities[question].copy()
            others[:, QUESTIONS[question].index(answer)] = 0.0
            chosen[question] = np.where(rows, models.second[question].choose(others), chosen[question])

    never("attitude", -1, applauded)
    attitude, mood = chosen["attitude"], chosen["sentiment"]
    never("category", "praise", attitude == QUESTIONS["attitude"].index(-1))
    angry = mood == QUESTIONS["sentiment"].index(-1)
    never("intent", "praise", (attitude != QUESTIONS["attitude"].index(1)) | angry)
    return chosen


def _batches(cleaned: Sequence[Cleaned | Unfit]) -> Iterator[list[int]]:
    """Numbers of the texts that can be judged, in batches bounded by texts and characters."""
    batch: list[int] = []
    chars = 0
    for number, c in enumerate(cleaned):
        if isinstance(c, Unfit):
            continue
        if batch and (len(batch) == MAX_BATCH_TEXTS or chars + len(c.text) > MAX_BATCH_CHARS):
            yield batch
            batch, chars = [], 0
        batch.append(number)
        chars += len(c.text)
    if batch:
        yield batch

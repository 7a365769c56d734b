"""Segmentation: cleaned text -> words whose concatenation is the text again.

rjieba does the work (jieba's dictionary and algorithm, about 25 times as fast); jieba itself is the fallback
where no wheel of rjieba exists, and the reference in the tests.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from itertools import chain, compress, pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from models.features import I64
from models.lexicon import Lexicon
from models.text import EMOTICON

Engine = Literal["rjieba", "jieba"]
MOST_INSIDE = 6  # words; what is longer is a remark in brackets
BRACKETED = re.compile(f"({EMOTICON.pattern})")
BETWEEN, STAND_IN = "\0", "\1"  # texts; an emoticon. Like brackets, they are in no word of any dictionary


@dataclass(frozen=True)
class Words:
    """The words of several texts, one text after the other."""

    spelled: list[str]
    """Every word, and between two texts what is none."""
    places: I64
    """Where in `spelled` each word stands."""
    lengths: I64
    """Characters of each word."""
    indptr: I64
    """The words of text r have the numbers from indptr[r] to indptr[r + 1]."""

    @classmethod
    def of(cls, tokens: Sequence[Sequence[str]]) -> "Words":
        """The words of texts that were cut one by one."""
        spelled = list(chain.from_iterable(tokens))
        per_text = np.fromiter(map(len, tokens), np.int64, count=len(tokens))
        return cls(spelled, np.arange(len(spelled)), _lengths(spelled), np.concatenate(([0], np.cumsum(per_text))))

    def but(self, left_out: NDArray[np.bool_]) -> list[list[str]]:
        """The words of each text, some left out."""
        kept = np.zeros(len(self.spelled), dtype=np.bool_)
        kept[self.places] = ~left_out
        words = list(compress(self.spelled, kept.tobytes()))
        edges = self.indptr - np.concatenate(([0], np.cumsum(left_out))).take(self.indptr)
        return [words[start:end] for start, end in pairwise(edges.tolist())]

    def spans(self) -> tuple[I64, I64, I64]:
        """Start and end of every word in a `features.Batch` of the texts, and the text it belongs to."""
        rows = np.repeat(np.arange(len(self.indptr) - 1), np.diff(self.indptr))
        end = np.cumsum(self.lengths) + rows + 1
        return end - self.lengths, end, rows


def _lengths(words: Sequence[str]) -> I64:
    return np.fromiter(map(len, words), np.int64, count=len(words))


class Segmenter:
    """One engine with its own copy of the dictionary: other users of the engine are not disturbed.

    Load it once (0.1 s with rjieba, 1 s with jieba) and keep it.
    """

    def __init__(self, lexicon: Lexicon, engine: Engine | None = None) -> None:
        self.engine, self._cut = _load(lexicon, engine)

    def cut(self, text: str) -> list[str]:
        """The words of `text`, spaces and punctuation included; [怒]-style emoticons stay whole."""
        if "[" not in text:
            return self._cut(text)
        words: list[str] = []
        done = 0
        for match in EMOTICON.finditer(text):  # no word reaches over a bracket, so the pieces are cut as the whole is
            start, end = match.span()
            if start > done:
                words += self._cut(text[done:start])
            words += self._cut(match[0]) if self._is_remark(match[0]) else (match[0],)
            done = end
        return words + self._cut(text[done:]) if done < len(text) else words

    def cut_all(self, texts: Sequence[str]) -> Words:
        """`cut` of every text, all in one go. The texts are cleaned: no control characters, no surrogates."""
        if not texts:
            return Words.of([])
        joined = BETWEEN.join(texts)
        emoticons: list[str] = []
        if "[" in joined:
            pieces = BRACKETED.split(joined)  # every other one is in brackets
            remarks = {e for e in set(pieces[1::2]) if self._is_remark(e)}
            emoticons = [e for e in pieces[1::2] if e not in remarks]
            pieces[1::2] = [e if e in remarks else STAND_IN for e in pieces[1::2]]
            joined = "".join(pieces)
        words = self._cut(joined)
        lengths = _lengths(words)
        first = np.frombuffer(joined.encode("utf-32-le"), np.uint32).take(np.cumsum(lengths) - lengths)
        hidden = np.flatnonzero(first == ord(STAND_IN))
        lengths[hidden] = _lengths(emoticons)
        for place, emoticon in zip(hidden.tolist(), emoticons, strict=True):
            words[place] = emoticon
        places = np.flatnonzero(first != ord(BETWEEN))
        edges = np.flatnonzero(first == ord(BETWEEN)) - np.arange(len(texts) - 1)
        indptr = np.concatenate(([0], edges, [len(places)]))
        return Words(words, places, lengths.take(places), indptr)

    def _is_remark(self, bracketed: str) -> bool:
        """Is this a remark in brackets rather than an emoticon?"""
        return len(bracketed) > MOST_INSIDE + 2 and len(self._cut(bracketed)) > MOST_INSIDE + 2


def _load(lexicon: Lexicon, engine: Engine | None) -> tuple[Engine, Callable[[str], list[str]]]:
    if engine != "jieba":
        try:
            return "rjieba", _rjieba(lexicon)
        except ImportError:
            if engine == "rjieba":
                raise
    return "jieba", _jieba(lexicon)


def _rjieba(lexicon: Lexicon) -> Callable[[str], list[str]]:
    jieba = _engine()()
    for w in lexicon.words:
        jieba.add_word(w.word, w.freq, w.tag)
    cut: Callable[[str, bool], list[str]] = jieba.cut
    return lambda text: cut(text, True)


@cache
def _engine() -> Any:
    """The class of rjieba without its package, which loads a dictionary nobody asks: 0.12 s and 24 MB a process."""
    package = find_spec("rjieba")
    inner = PathFinder.find_spec("rjieba.rjieba", package.submodule_search_locations if package else None)
    if inner is None or inner.loader is None:
        from rjieba import Jieba

        return Jieba
    module = module_from_spec(inner)
    inner.loader.exec_module(module)
    return module.Jieba


def _jieba(lexicon: Lexicon) -> Callable[[str], list[str]]:
    import logging
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba 0.42 imports pkg_resources and holds invalid escapes
        import jieba
    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    for w in lexicon.words:
        tokenizer.add_word(w.word, w.freq, w.tag)
    cut: Callable[[str], list[str]] = tokenizer.lcut
    return cut

"""Keywords: the words that tell this text from others."""

import re
from collections.abc import Set
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.features import I64, U64
from models.segment import Words
from models.text import HAN
from models.words import WordTable

MOST = 6
COMMONEST = 1.5e-3  # a word that makes up more of all text says nothing about one text
HASH_BITS = np.uint64(48)  # of a word's hash, below the number of its text
APART = 1 << 16  # more than all words of a text are worth: keeps the texts in their order
LISTED_BONUS = 1.3  # a word of the police dictionary is worth more than an equally rare other word
_NUMBERS = "零〇一二三四五六七八九十百千万亿两俩几半数多余每某这那哪此该本各首全整第"
_MEASURE = (
    "[个名位条张次年月日天周号时点分秒岁元块毛角人家户件份批起例桩宗句段场回遍趟阵番下些种类样项只头匹辆艘架套座栋幢间"
    "层米公里克斤吨升股缕丝道声眼边处地篇页颗片滴杯瓶碗盒箱包袋款群对副把根枚帮堆窝]"
)
POINTING = re.compile(
    f"(?:好?[{_NUMBERS}]+{_MEASURE}{{1,2}})+|[{_NUMBERS}]*[十百千万亿几两半数多第][{_NUMBERS}]*|[这我你咱俺]."
)
"""一个, 三名, 一个多月, 第二, 几百, 这要, 我心: numbers, with what they count or alone (五一 is a day), pronouns."""
_POINTERS = frozenset("好我你咱俺" + _NUMBERS)


class Keywords:
    """How telling each word of the table is, worked out once."""

    def __init__(self, words: WordTable, listed: NDArray[np.bool_], empty: Set[str]) -> None:
        """listed: for every row of the table, is it a police word? empty: words that are never keywords."""
        self._empty = empty
        telling = -np.log(words.shares) * np.where(listed, LISTED_BONUS, 1.0)
        telling[words.shares > COMMONEST] = 0
        for word, row in words.rows.items():
            if not self._can_be(word):
                telling[row] = 0
        self._unknown = len(words.shares) - 1
        self._worth_unknown, telling[self._unknown] = float(telling[self._unknown]), 0
        self._telling = telling

    def of(self, words: Words, ids: I64, hashes: U64) -> list[list[str]]:
        """For each text at most MOST distinct words, the most telling first; equal ones in the order of the text.

        Every repeat of a word adds half of its worth. ids, hashes: word-table row and hash of every word.
        """
        worth = self._telling.take(ids)
        unknown = np.flatnonzero((ids == self._unknown) & (words.lengths > 1))
        spelled = map(words.spelled.__getitem__, words.places.take(unknown).tolist())
        able = [i for i, word in zip(unknown.tolist(), spelled, strict=True) if self._can_be(word)]
        worth[able] = self._worth_unknown
        places = np.flatnonzero(worth)
        texts = np.arange(len(words.indptr))
        owners = np.repeat(texts[:-1], np.diff(np.searchsorted(places, words.indptr)))
        first, often = _distinct(owners, hashes.take(places))
        places, owners = places.take(first), owners.take(first)
        order = np.argsort(owners * APART - worth.take(places) * (0.5 + 0.5 * often), kind="stable")
        edges = np.searchsorted(owners, texts)
        best = places.take(order[np.arange(len(order)) - edges.take(owners) < MOST])
        told = list(map(words.spelled.__getitem__, words.places.take(best).tolist()))
        ends = np.append(0, np.cumsum(np.minimum(np.diff(edges), MOST))).tolist()
        return [told[start:end] for start, end in pairwise(ends)]

    def _can_be(self, word: str) -> bool:
        if len(word) < 2 or word[0] == "[" or word in self._empty:
            return False
        if not "一" <= word[0] <= "鿿" and not HAN.search(word):
            return False
        return word[0] not in _POINTERS or not POINTING.fullmatch(word)


def _distinct(owners: I64, hashes: U64) -> tuple[I64, I64]:
    """Where each text has each word first, in the order given, and how often it has it."""
    keys = owners.astype(np.uint64) << HASH_BITS | hashes >> (np.uint64(64) - HASH_BITS)
    order = np.argsort(keys)
    keys = keys.take(order)
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])) if len(keys) else order
    often = np.zeros(len(keys), np.int64)
    if len(keys):
        often[np.minimum.reduceat(order, starts)] = np.diff(np.append(starts, len(keys)))
    first = np.flatnonzero(often)
    return first, often.take(first)

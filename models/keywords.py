"""Keywords: the words that tell this text from others."""

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
STOP_WORDS = """
一个 一些 一下 一样 一直 一定 没有 什么 怎么 这样 那样 这个 那个 这些 那些 这么 那么 我们
你们 他们 她们 自己 大家 因为 所以 但是 可是 如果 还是 就是 不是 只是 可以 可能 应该 已经
现在 今天 昨天 明天 刚刚 时候 然后 不会 不能 不要 真的 还有 为什么 觉得 知道 看到 出来 起来
进行 以及 其中 之后 之前 今日 目前 表示 用户 哈哈哈 转发 微博 网友 希望 不知 请问 有人 这里
那里 上午 下午
"""
STOP = frozenset(STOP_WORDS.split())


class Keywords:
    """How telling each word of the table is, worked out once."""

    def __init__(self, words: WordTable, listed: NDArray[np.bool_]) -> None:
        """listed: for every row of the table, is it a police word?"""
        telling = -np.log(words.shares) * np.where(listed, LISTED_BONUS, 1.0)
        telling[words.shares > COMMONEST] = 0
        for word, row in words.rows.items():
            if not _can_be(word):
                telling[row] = 0
        self._telling = telling
        self._unknown = len(words.shares) - 1

    def of(self, words: Words, ids: I64, hashes: U64) -> list[list[str]]:
        """For each text at most MOST distinct words, the most telling first; equal ones in the order of the text.

        Every repeat of a word adds half of its worth. ids, hashes: word-table row and hash of every word.
        """
        worth = self._telling.take(ids)
        unknown = np.flatnonzero(ids == self._unknown)
        spelled = map(words.spelled.__getitem__, words.places.take(unknown).tolist())
        worth[[i for i, word in zip(unknown.tolist(), spelled, strict=True) if not _can_be(word)]] = 0
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


def _can_be(word: str) -> bool:
    return len(word) > 1 and word[0] != "[" and word not in STOP and HAN.search(word) is not None

"""Keywords: the words that tell this text from others."""

from collections.abc import Sequence
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from models.features import I64
from models.text import HAN
from models.words import WordTable

MOST = 6
COMMONEST = 1.5e-3  # a word that makes up more of all text says nothing about one text
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

    def of(self, tokens: Sequence[Sequence[str]], ids: I64, indptr: I64) -> list[list[str]]:
        """For each text at most MOST distinct words, the most telling first; equal ones in the order of the text.

        ids: word-table rows of all tokens, those of text r from indptr[r] to indptr[r + 1].
        """
        words = list(chain.from_iterable(tokens))
        telling = self._telling.take(ids)
        unknown = np.flatnonzero(ids == self._unknown)
        telling[[i for i in unknown.tolist() if not _can_be(words[i])]] = 0
        places = np.flatnonzero(telling)
        worth = telling.take(places).tolist()
        candidates = [words[place] for place in places.tolist()]
        edges = np.searchsorted(places, indptr).tolist()
        return [_most_telling(candidates[start:end], worth[start:end]) for start, end in pairwise(edges)]


def _most_telling(words: Sequence[str], worth: Sequence[float]) -> list[str]:
    """The best of some words; every repeat of a word adds half of its worth."""
    weights = dict(zip(words, worth, strict=True))
    if len(weights) < len(words):
        weights = {}
        for word, telling in zip(words, worth, strict=True):
            weights[word] = weights[word] + 0.5 * telling if word in weights else telling
    return sorted(weights, key=weights.__getitem__, reverse=True)[:MOST]


def _can_be(word: str) -> bool:
    return len(word) > 1 and word[0] != "[" and word not in STOP and HAN.search(word) is not None

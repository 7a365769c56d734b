"""Keywords of a batch: the most telling distinct words, repeats worth more, ties in the order of the text."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import PROJECT
from models import lexicon
from models.analysis import Analysis, Analyzer, TextIn
from models.features import Batch
from models.keywords import MOST, POINTING, Keywords
from models.segment import Words
from models.words import WordTable

KNOWN = ("派出所", "罚款", "车管所", "我们", "的", "辅警", "路口", "电话", "报警", "排队")
SHARES = np.array([1e-4, 1e-5, 1e-5, 1e-5, 1e-2, 1e-6, 1e-4, 1e-4, 1e-5, 1e-6, 1e-7], np.float32)
LISTED = np.array([True, *[False] * 10])
TABLE = WordTable(
    {word: i for i, word in enumerate(KNOWN)},
    np.zeros((11, 2), np.int8),
    np.ones(2, np.float32),
    SHARES,
    np.full((11, 2), -1, np.int8),
    10,
)
KEYWORDS = Keywords(TABLE, LISTED, {"我们", "时许"})
EMPTY = (
    "时许",
    "我们",
    "一个",
    "一个多月",
    "好几次",
    "三名",
    "第二次",
    "几百",
    "四十多岁",
    "这要",
    "万元",
    "ab",
    "[怒]",
)
NAMES = ("五一", "三八", "百姓", "二进宫", "三只手", "四川", "三亚", "半夜", "一审", "两卡")
WORDS = st.sampled_from([*KNOWN, "望汐", "云溯", "[怒]", " ", "ab", "。"])


def of(texts: list[list[str]]) -> list[list[str]]:
    words = Words.of(texts)
    start, end, _ = words.spans()
    hashes = Batch.of(["".join(text) for text in texts]).spans(start, end)
    return KEYWORDS.of(words, TABLE.look_up(texts), hashes)


def slowly(text: list[str]) -> list[str]:
    worth: dict[str, float] = {}
    for word in text:
        row = TABLE.rows.get(word, 10)
        if word in ("我们", "的", "[怒]", " ", "ab", "。"):
            continue
        telling = -float(np.log(SHARES[row])) * (1.3 if LISTED[row] else 1.0)
        worth[word] = worth[word] + telling / 2 if word in worth else telling
    return sorted(worth, key=lambda word: -round(worth[word], 4))[:MOST]


@given(st.lists(st.lists(WORDS, max_size=14), max_size=6))
def test_keywords_of_many_texts_are_those_a_plain_loop_finds(texts: list[list[str]]) -> None:
    assert of(texts) == [slowly(text) for text in texts]


def test_a_repeated_word_tells_more_and_a_police_word_more_than_an_equally_rare_one() -> None:
    assert of([["罚款", "报警", "报警"], ["路口", "派出所"]]) == [["报警", "罚款"], ["派出所", "路口"]]
    assert of([["的", "我们", " "], []]) == [[], []]


@pytest.mark.parametrize("word", EMPTY)
def test_what_says_nothing_is_no_keyword(word: str) -> None:
    assert of([[word, "辅警", word]]) == [["辅警"]]


@pytest.mark.parametrize("word", NAMES)
def test_a_number_within_a_name_is_no_number(word: str) -> None:
    assert of([[word]]) == [[word]]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "11月20日22时许,网友转发视频称望汐区一名男子持刀抢劫超市,这是什么情况?大家都在说这件事情",
            {"持刀", "抢劫", "超市", "男子", "望汐区"},
        ),
        (
            "您好,感谢您的回复!我想请问一下为什么青岬派出所总是不给办居住证,已经跑了好几次了,谢谢",
            {"派出所", "青岬", "居住证"},
        ),
        (
            "真是无语,昨天晚上看到几个小伙子在砚池大桥飙车炸街,希望尽快有人处理",
            {"飙车", "炸街", "小伙子", "大桥", "砚池", "处理"},
        ),
    ],
)
def test_keywords_of_a_post_are_what_it_is_about(analyzer: Analyzer, text: str, told: set[str]) -> None:
    [result] = analyzer.analyze([TextIn(text)])
    assert isinstance(result, Analysis)
    assert set(result.keywords) == told


def test_no_word_of_the_dictionary_is_called_empty() -> None:
    shipped = lexicon.read(PROJECT / "config" / "lexicon")
    dictionary = {word.word for word in shipped.words}
    assert len(shipped.empty) > 1000
    assert not dictionary & shipped.empty
    assert not [word for word in dictionary if POINTING.fullmatch(word)]


def test_empty_words_are_read_any_number_a_line(tmp_path: Path) -> None:
    (tmp_path / "keywords").mkdir()
    (tmp_path / "keywords" / "own.txt").write_text("顶 路过 # 论坛\n# 全行说明\n\n沙发\n", encoding="utf-8")
    assert lexicon.read(tmp_path).empty == {"顶", "路过", "沙发"}

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import PROJECT
from models import lexicon, segment
from models.lexicon import Lexicon, LexiconError
from models.segment import Segmenter, Words
from models.text import HAN, Cleaned, clean

DICTIONARY = lexicon.read(PROJECT / "config" / "lexicon")
INVENTED = [
    "望汐派出所的民警帮老人找回了走失的孙子",
    "昨晚在云溯区看到警察当街打人,有没有人管",
    "请问办理居住证需要带什么材料",
    "澜汀市公安局通报一起酒驾案件,嫌疑人已被刑事拘留",
    "网传砚池区有人贩子抢小孩,警方辟谣",
    "交警天天在学校门口贴罚单,停车位又不给",
]


@pytest.fixture(scope="module")
def fast() -> Segmenter:
    return Segmenter(DICTIONARY, "rjieba")


@pytest.fixture(scope="module")
def reference() -> Segmenter:
    return Segmenter(DICTIONARY, "jieba")


def spans(words: list[str]) -> set[tuple[int, int]]:
    found, at = set(), 0
    for word in words:
        found.add((at, at + len(word)))
        at += len(word)
    return found


def tokens_of(words: Words) -> list[list[str]]:
    return words.but(np.zeros(len(words.places), np.bool_))


def test_both_engines_cut_invented_posts_alike(fast: Segmenter, reference: Segmenter) -> None:
    assert fast.engine == "rjieba"
    for text in INVENTED:
        assert fast.cut(text) == reference.cut(text)


def test_the_engine_comes_without_its_package_and_cuts_as_that_does() -> None:
    code = f"""
import sys
from models.lexicon import Lexicon
from models.segment import Segmenter

cut = Segmenter(Lexicon(), "rjieba").cut
assert "rjieba" not in sys.modules
import rjieba

for text in {INVENTED!r}:
    assert cut(text) == rjieba.cut(text, True), text
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT)


def test_where_there_is_no_rjieba_jieba_does_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rjieba", None)
    segment._engine.cache_clear()
    found = Segmenter(DICTIONARY)
    assert (found.engine, found.cut(INVENTED[0])) == ("jieba", Segmenter(DICTIONARY, "jieba").cut(INVENTED[0]))
    with pytest.raises(ImportError):
        Segmenter(DICTIONARY, "rjieba")


def test_both_engines_agree_on_real_posts(fast: Segmenter, reference: Segmenter, data: Path) -> None:
    same = total = 0
    lines = (data / "police_dev.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines[:300]:
        result = clean(json.loads(line)["text"])
        text = "".join(HAN.findall(result.text)) if isinstance(result, Cleaned) else ""
        one, other = spans(fast.cut(text)), spans(reference.cut(text))
        same, total = same + len(one & other), total + len(one | other)
    assert same / total > 0.995


def test_words_of_the_dictionary_stay_whole(fast: Segmenter) -> None:
    assert "灯市口市场" in fast.cut("今天去灯市口市场买菜")
    assert "出入境管理支队" in Segmenter(_made("出入境管理支队")).cut("他在出入境管理支队上班")


def _made(word: str) -> Lexicon:
    return Lexicon((lexicon.Word(word, None, None, "police"),))


def test_an_emoticon_is_one_word(fast: Segmenter) -> None:
    assert fast.cut("气死了[怒][哈哈]")[-2:] == ["[怒]", "[哈哈]"]
    assert "".join(fast.cut("[怒[怒]]][[")) == "[怒[怒]]][["


PIECES = (
    "警察打人",
    "望汐派出所",
    "的",
    "了",
    " ",
    "[",
    "]",
    "[怒]",
    "[哈哈]",
    "[一二三四五六七]",
    "[abcdefgh]",
    "a1",
    "。",
    "😡",
)


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), max_size=5))
def test_texts_cut_together_are_cut_as_each_alone(texts: list[str]) -> None:
    tokens = [SHARED.cut(text) for text in texts]
    found, alone = SHARED.cut_all(texts), Words.of(tokens)
    assert tokens_of(found) == tokens_of(alone) == tokens
    assert found.lengths.tolist() == alone.lengths.tolist() == [len(word) for text in tokens for word in text]
    spaces = np.array([word == " " for text in tokens for word in text], np.bool_)
    assert found.but(spaces) == [[word for word in text if word != " "] for text in tokens]


def test_real_posts_cut_together_are_cut_as_each_alone(reference: Segmenter, data: Path) -> None:
    lines = (data / "police_dev.jsonl").read_text(encoding="utf-8").splitlines()
    cleaned = [clean(json.loads(line)["text"]) for line in lines]
    texts = [c.text for c in cleaned if isinstance(c, Cleaned)]
    assert tokens_of(SHARED.cut_all(texts)) == [SHARED.cut(text) for text in texts]
    assert tokens_of(reference.cut_all(texts[:100])) == [reference.cut(text) for text in texts[:100]]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_words_add_up_to_the_text(text: str) -> None:
    assert "".join(SHARED.cut(text)) == text


SHARED = Segmenter(DICTIONARY)


def test_a_dictionary_survives_windows_editors(tmp_path: Path) -> None:
    (tmp_path / "police.txt").write_bytes("\ufeff# 注释\r\n特勤队 100 n\r\n\r\n协警\r\n".encode())
    (tmp_path / "signals").mkdir()
    (tmp_path / "signals" / "positive.txt").write_text("点赞\n", encoding="utf-8")
    found = lexicon.read(tmp_path)
    assert [(w.word, w.freq, w.tag) for w in found.words] == [("特勤队", 100, "n"), ("协警", None, None)]
    assert found.lists == {"police": {"特勤队", "协警"}, "positive": {"点赞"}}
    assert lexicon.read(tmp_path / "nowhere") == Lexicon()


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ("好 1 n\n坏 一 n x\n".encode(), r"police\.txt:2: expected `word freq tag`"),
        ("好\n".encode() + "坏".encode("gbk"), r"police\.txt:2: not UTF-8"),
        ("阿·布 5 nr\n".encode(), r"police\.txt:1: 阿·布"),
    ],
)
def test_a_wrong_dictionary_names_file_and_line(tmp_path: Path, content: bytes, where: str) -> None:
    (tmp_path / "police.txt").write_bytes(content)
    with pytest.raises(LexiconError, match=where):
        lexicon.read(tmp_path)

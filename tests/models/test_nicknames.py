"""A name the models never met is read as the word that an installation says it means."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import PROJECT
from models import lexicon
from models.analysis import Analysis, Analyzer, TextIn
from models.lexicon import LexiconError
from models.nicknames import Nicknames
from models.text import Cleaned, Unfit, clean

SHIPPED = lexicon.read(PROJECT / "config" / "lexicon").nicknames
SAID = "{}半天就帮我找到了手机", "骑车没戴头盔被{}拦下来了", "喝多了躺路边,{}把我扛回去的", "{}说这事他们管不了"


@pytest.mark.parametrize(
    ("text", "usual"),
    [
        ("昨晚帽子叔叔来了", "昨晚警察叔叔来了"),
        ("被帽子蜀黍教育了一顿", "被警察叔叔教育了一顿"),
        ("JCSS辛苦了", "警察叔叔辛苦了"),
        ("妖妖灵没人接", "110没人接"),
        ("鲸察来了", "警察来了"),
        ("戴帽子叔叔是谁", "戴帽子叔叔是谁"),
        ("帽子好看", "帽子好看"),
        ("ajcss", "ajcss"),
        ("jcss2", "jcss2"),
        ("幺幺幺", "幺幺幺"),
    ],
)
def test_shipped_names(text: str, usual: str) -> None:
    assert Nicknames(SHIPPED).read(Cleaned(text, len(text))).text == usual


def test_the_outermost_comment_ends_where_it_ended() -> None:
    read = Nicknames({"jcgg": "警察哥哥", "某某": "公安局"}).read(Cleaned("jcgg好 // @望汐发布 某某回应", 5))
    assert read == Cleaned("警察哥哥好 // @望汐发布 公安局回应", 5)
    assert Nicknames({"妖妖灵": "110"}).read(Cleaned("妖妖 // 灵", 2)) == Cleaned("妖妖 // 灵", 2)


def test_without_names_nothing_is_read_otherwise() -> None:
    texts = [clean("帽子叔叔来了"), clean("")]
    assert Nicknames({}).read_all(texts) == texts


def test_a_nickname_scores_as_its_usual_word(analyzer: Analyzer) -> None:
    usual = analyzer.analyze([TextIn(text.format("警察叔叔")) for text in SAID])
    assert analyzer.analyze([TextIn(text.format("帽子叔叔")) for text in SAID]) == usual
    assert all(isinstance(result, Analysis) and result.relevant for result in usual)


def test_a_line_of_the_installation_works_at_once(tmp_path: Path, analyzer: Analyzer) -> None:
    shutil.copytree(PROJECT / "config" / "lexicon", tmp_path / "lexicon")
    (tmp_path / "lexicon" / "nicknames" / "ours.txt").write_text("深蓝哥 = 警察\n", encoding="utf-8")
    taught = Analyzer.load(PROJECT / "models" / "artifacts", tmp_path / "lexicon", None)
    usual = analyzer.analyze([TextIn(text.format("警察")) for text in SAID])
    said = [TextIn(text.format("深蓝哥")) for text in SAID]
    assert taught.analyze(said) == usual
    assert analyzer.analyze(said) != usual
    assert "".join(span.text for span in taught.explain(said[0])).startswith("警察")


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("帽子叔叔 警察叔叔", "1: expected"),
        ("# x\n帽子叔叔 = ", "2: expected"),
        ("帽子叔叔 = 警察 叔叔", "1: expected"),
        ("叔 = 警察", "1: 叔: one character"),
        ("叔叔 = 警察\n叔叔 = 公安", "2: 叔叔: already said to be 警察"),
        (f"{'叔' * 31} = 警察", "1: 叔叔"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, where: str) -> None:
    (tmp_path / "nicknames").mkdir()
    (tmp_path / "nicknames" / "ours.txt").write_text(line, encoding="utf-8")
    with pytest.raises(LexiconError, match=f"ours.txt:{where}"):
        lexicon.read(tmp_path)


NAMES = st.dictionaries(st.text(st.sampled_from("帽子叔aiISßıİ👮1"), min_size=1, max_size=3), st.sampled_from("警公1"))
TEXTS = st.text(st.sampled_from("帽子叔aiIkKſsSßıİ👮1 /"), max_size=20)


@given(NAMES, st.lists(TEXTS, max_size=5))
def test_many_texts_are_read_as_each_alone(names: dict[str, str], texts: list[str]) -> None:
    cleaned: list[Cleaned | Unfit] = [Cleaned(text, len(text) // 2) for text in texts]
    nicknames = Nicknames(names)
    alone = [nicknames.read(c) for c in cleaned if isinstance(c, Cleaned)]
    assert nicknames.read_all([*cleaned, Unfit("empty")]) == [*alone, Unfit("empty")]
    assert all(c.outer <= len(c.text) for c in alone)

"""A name the models never met is read as the word that an installation says it means."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

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
        ("JING茶局门口", "警察局门口"),
        ("撑警茶餐厅", "撑警茶餐厅"),
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


def scores(analyzer: Analyzer, name: str) -> list[Analysis]:
    """Of what is said with this name; without the words themselves, which are as they were typed."""
    results = analyzer.analyze([TextIn("今天的晚霞好美"), *(TextIn(text.format(name)) for text in SAID), TextIn("")])
    return [replace(r, tokens=[], keywords=[]) for r in results[1:-1] if isinstance(r, Analysis)]


def test_a_nickname_scores_as_its_usual_word(analyzer: Analyzer) -> None:
    assert scores(analyzer, "帽子叔叔") == scores(analyzer, "警察叔叔")
    assert all(result.relevant for result in scores(analyzer, "帽子叔叔"))


def test_tokens_and_keywords_stay_as_they_were_typed(analyzer: Analyzer) -> None:
    [told, plain] = analyzer.analyze([TextIn("帽子叔叔查网赌"), TextIn("今天的晚霞好美")])
    assert isinstance(told, Analysis)
    assert isinstance(plain, Analysis)
    assert "".join(told.tokens) == "帽子叔叔查网赌"
    assert "帽子叔叔" in told.keywords
    assert told.relevant
    assert [plain] == analyzer.analyze([TextIn("今天的晚霞好美")])


@pytest.mark.parametrize(
    "text", ["网恋半年全是杀猪盘,攒的首付都给他了", "打12389举报了", "来电显示96110一定要接", "学法减分一年能减几次"]
)
def test_new_words_for_old_matters_are_heard(analyzer: Analyzer, text: str) -> None:
    [result] = analyzer.analyze([TextIn(text)])
    assert isinstance(result, Analysis)
    assert result.relevant


@pytest.mark.parametrize(
    "text", ["过年回东北吃杀猪菜,香迷糊了", "盲盒开盒现场,又是重复的", "新手机跑分一百八十万,还是卡"]
)
def test_what_only_looks_like_them_is_not(analyzer: Analyzer, text: str) -> None:
    [result] = analyzer.analyze([TextIn(text)])
    assert isinstance(result, Analysis)
    assert not result.relevant


def test_a_line_of_the_installation_works_at_once(tmp_path: Path, analyzer: Analyzer) -> None:
    shutil.copytree(PROJECT / "config" / "lexicon", tmp_path / "lexicon")
    (tmp_path / "lexicon" / "nicknames" / "ours.txt").write_text("深蓝哥 = 警察\n", encoding="utf-8")
    taught = Analyzer.load(PROJECT / "models" / "artifacts", tmp_path / "lexicon", None)
    assert scores(taught, "深蓝哥") == scores(analyzer, "警察")
    assert scores(analyzer, "深蓝哥") != scores(analyzer, "警察")
    assert "".join(span.text for span in taught.explain(TextIn("深蓝哥来了"))) == "警察来了"


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("帽子叔叔 警察叔叔", "1: expected"),
        ("# x\n帽子叔叔 = ", "2: expected"),
        ("帽子叔叔 = 警察 叔叔", "1: expected"),
        ("叔 = 警察", "1: 叔: a name has 2"),
        ("叔叔 = 警察\n叔叔 = 公安", "2: 叔叔: already said to be 警察"),
        (f"{'叔' * 31} = 警察", "1: 叔叔"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, where: str) -> None:
    (tmp_path / "nicknames").mkdir()
    (tmp_path / "nicknames" / "ours.txt").write_text(line, encoding="utf-8")
    with pytest.raises(LexiconError, match=f"ours.txt:{where}"):
        lexicon.read(tmp_path)


NAMES = st.dictionaries(st.text(st.sampled_from("帽子叔aiISßıİ👮1"), min_size=2, max_size=3), st.sampled_from("警公1"))
TEXTS = st.text(st.sampled_from("帽子叔aiIkKſsSßıİ👮1 /"), max_size=20)


@given(NAMES, st.lists(TEXTS, max_size=5))
def test_many_texts_are_read_as_each_alone(names: dict[str, str], texts: list[str]) -> None:
    cleaned: list[Cleaned | Unfit] = [Cleaned(text, len(text) // 2) for text in texts]
    nicknames = Nicknames(names)
    alone = [nicknames.read(c) for c in cleaned if isinstance(c, Cleaned)]
    assert nicknames.read_all([*cleaned, Unfit("empty")]) == [*alone, Unfit("empty")]
    assert all(c.outer <= len(c.text) for c in alone)

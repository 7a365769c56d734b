import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text import MAX_CHARS, Cleaned, Unfit, clean, repair, strip_surrogates


def cleaned(text: str, title: str = "") -> str:
    result = clean(text, title)
    assert isinstance(result, Cleaned), result
    return result.text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("望汐派出所　態度很差！！！！！！", "望汐派出所 态度很差!!!"),
        ("臺灣警察打人", "台湾警察打人"),
        ("看这里 http://t.cn/Ab1Cd2 警察打人", "看这里 警察打人"),
        ("@路人甲 警察打人", "@ 警察打人"),
        ("@平安澜汀 警察打人", "@平安澜汀 警察打人"),
        ("@望汐区警方账号 警察打人", "@平安 望汐区 警察打人"),
        ("@警方账号 @澜汀市政务账号 警察打人", "@警方账号 @澜汀市 发布 警察打人"),
        ("警\u200b察\ufeff打\u202e人\x07", "警察打人"),
        ("哈哈哈哈哈哈哈哈警察", "哈哈哈警察"),
        ("警 察 打 人 了", "警察打人了"),
        ("警.察.打.人", "警察打人"),
        ("民警打坏手机,手机一坏就报警,破坏子女关系", "民警打坏手机,手机一坏就报警,破坏子女关系"),
        ("警察把門打壞了", "警察把门打坏了"),
        ("气死了[怒][怒]", "气死了[怒][怒]"),
        ("第一行<br/>第二行<b>粗</b>", "第一行 第二行 粗 "),
        ("民警&amp;辅警&#33;", "民警&辅警!"),
        ("警察\ud83d\ude21打人\ud800", "警察😡打人"),
    ],
)
def test_what_people_type_becomes_what_is_scored(raw: str, text: str) -> None:
    assert cleaned(raw) == text.strip()


def test_the_title_stands_in_front_but_not_twice() -> None:
    assert cleaned("派出所不接电话", "投诉望汐派出所") == "投诉望汐派出所。派出所不接电话"
    assert cleaned("投诉望汐派出所,不接电话", "投诉望汐派出所") == "投诉望汐派出所,不接电话"
    assert cleaned("", "投诉望汐派出所") == "投诉望汐派出所"


def test_of_a_forwarding_chain_the_outermost_comment_is_known() -> None:
    result = clean("太过分了//@路人甲:转发//@云溯人: 警察打人")
    assert isinstance(result, Cleaned)
    assert result.text == "太过分了 // 转发 // 警察打人"
    assert result.text[: result.outer] == "太过分了"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "empty"),
        (" \n\u3000", "empty"),
        ("http://t.cn/abc", "empty"),
        ("?!...", "empty"),
        ("\ud800", "empty"),
        ("this is an english sentence about police", "not-chinese"),
        ("これはにほんごのぶんしょうです警察", "not-chinese"),
        ("经济不好,加微信 abc123 代开各类发票", "spam"),
        ("特价 http://a.cn/1 好 http://a.cn/2 http://a.cn/3 看 http://a.cn/4", "spam"),
        ("锟斤拷锟斤拷锟斤拷警", "mojibake"),
        ("\ufffd\ufffd\ufffd\ufffd警", "mojibake"),
    ],
)
def test_a_text_that_cannot_be_judged_says_why(raw: str, reason: str) -> None:
    assert clean(raw) == Unfit(reason)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["警察打人", "望汐派出所的民警态度恶劣,我要投诉", "派出所办事效率太低了"])
def test_wrong_decodings_are_undone(text: str) -> None:
    assert repair(text.encode().decode("latin-1")) == text
    assert repair(text.encode("gb18030").decode("latin-1")) == text


def test_one_misread_word_among_others_is_undone() -> None:
    text = "望汐派出所的{}在路口"
    assert repair(text.format("民警".encode().decode("latin-1"))) == text.format("民警")


def test_an_accent_an_entity_or_a_name_left_out_is_not_taken_for_misread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ftfy", None)  # importing it would fail
    assert repair("李××在café等民警, 张××&amp;王×没有来") == "李××在café等民警, 张××&王×没有来"


@pytest.mark.parametrize("text", ["警察打人", "民警态度恶劣,我要投诉"])
def test_utf8_read_as_gbk_is_undone(text: str) -> None:
    assert repair(text.encode().decode("gb18030")) == text


@pytest.mark.parametrize("text", ["[怒]", "😡😡", "666[good]"])
def test_an_emoticon_alone_is_enough_to_judge(text: str) -> None:
    assert isinstance(clean(text), Cleaned)


def test_a_very_long_text_is_cut() -> None:
    assert len(cleaned("警察打人。" * 100_000)) <= MAX_CHARS


@given(st.text(alphabet=st.characters()), st.text(max_size=20))
def test_cleaning_accepts_everything_and_leaves_only_what_can_be_encoded(text: str, title: str) -> None:
    result = clean(text, title)
    if isinstance(result, Cleaned):
        result.text.encode()
        assert result.text
        assert "\0" not in result.text
        assert 0 < result.outer <= len(result.text) <= MAX_CHARS


@given(st.text(alphabet=st.sampled_from("警察打人。\ud800\ud83d\ude21😡")))
def test_surrogates_are_joined_or_dropped(text: str) -> None:
    strip_surrogates(text).encode()

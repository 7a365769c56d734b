import gzip
import json
import sys
from pathlib import Path
from unicodedata import decomposition

from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.cleaning import FEW, PLAIN, clean_all
from models.text import HAN, clean, simplify

PIECES = (
    *"警察打人的了是不好太差。，！？…～＠／：／@:/.·-*_ |~\n\t\u3000\u200b\ufe0f\ufeff\0\u0301\u3099é",
    *"锛锟烫<>&;[]怒😡①㎡ﾊﾞ",
    *"國體灣乾後於坏覆藉沈瞭𫫇𠀀\ud83d\udc6e加添微vxQq扣薇",
    *("哈哈哈哈", "....", "http://t.cn/abc ", "www.a.b", "//@小明:", "回复@小明:", "@平安望汐 ", "@望汐区警方账号 "),
    *(
        "打.人.打.人",
        "打 人 打 人",
        "<br/>",
        "&amp;",
        "答覆",
        "藉口",
        "打坏",
        "加微信",
        "代开发票",
        "[怒]",
        "// ",
        "abc",
    ),
    *(
        "公安",
        "派出所",
        "民",
        "交",
        "察",
        "所",
        "警",
        "⭐",
        "👮",
        "jing",
        "gong",
        "an",
        "cha",
        "pai chu suo",
        "chengguan",
    ),
    *("JC", "叔叔", "pcs", "报案", "gaj", "mj", "cs", "j", "g", "p", "局"),
    *("条子", "被", "来了", "🚓", "ss", "看", "网", "护", "强", "方", "茶", "景"),
)
texts = st.one_of(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), st.text(st.characters(), max_size=40))
items = st.tuples(texts, st.one_of(st.just(""), texts))


@settings(deadline=None, max_examples=300)
@given(st.lists(items, min_size=FEW, max_size=3 * FEW))
@example([("哈@小明 哈 哈 哈", "")] * FEW)
@example(
    [
        (text, "")
        for text in ("去pcs", "警⭐察的", "gongan的", "的ga局", "的派cs", "的民j", "公⭐⭐安了", "警(察)", "警、察")
    ]
)
@example([("转发" * size + "微博!" * 8, "转发" * (9 - size)) for size in range(FEW + 3)])
@example([("哈", ""), ("哈好" * 7, "哈好"), ("怒!" * 7 + "怒", ""), ("abcdefghij" * 8, "")] * FEW)
@example([("警" * 70_000, "标题"), ("", ""), ("\0", "\0")] * FEW)
def test_many_texts_are_cleaned_as_each_alone(given_items: list[tuple[str, str]]) -> None:
    assert clean_all(given_items) == [clean(text, title) for text, title in given_items]


def test_what_is_chanted_counts_three_times() -> None:
    assert clean("转发" * 100) == clean("转发" * 3)
    assert clean("[怒]" * 64) == clean("[怒]" * 3)
    assert clean("救救我们吧 " * 8 + "派出所不管") == clean("救救我们吧 " * 3 + "派出所不管")
    assert clean("哈哈哈哈哈哈哈哈好") != clean("好")
    assert clean("快来" * 7) != clean("快来" * 3)


def test_few_texts_and_none_are_cleaned_too() -> None:
    assert clean_all([]) == []
    assert clean_all([("警察打人", "")]) == [clean("警察打人")]


def test_real_texts_are_cleaned_as_each_alone(data: Path) -> None:
    found = []
    for path in sorted((data / "bench").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            found += [(json.loads(line)["text"], "") for _, line in zip(range(400), file, strict=False)]
    assert len(found) > 2000
    assert clean_all(found) == [clean(text) for text, _ in found]


def test_no_character_of_the_table_combines_with_the_one_before_it() -> None:
    seconds = {
        int(parts[1], 16)
        for c in map(chr, range(sys.maxunicode + 1))
        if len(parts := decomposition(c).split()) == 2 and "<" not in parts[0]
    }
    table = {i for low, high in PLAIN for i in range(low, high)}
    assert not seconds & table


@given(st.text(st.characters(categories=["Lo"], min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=8))
def test_simplifying_changes_nothing_in_simplified_text(text: str) -> None:
    plain = "".join(c for c in text.encode("gb2312", "ignore").decode("gb2312") if simplify(c) == c and HAN.match(c))
    plain = plain.translate(dict.fromkeys(map(ord, "覆藉沈瞭")))
    assert simplify(plain) == plain

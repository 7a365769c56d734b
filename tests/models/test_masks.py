"""Numbers and accounts that lead to one person are hidden however they are written; other numbers stay."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.masks import FOLD, HIDDEN
from models.privacy import MASK, mask

HIDDEN_WHOLE = (
    "138 0000 1111|138-0000-1111|138.0000.1111|138·0000·1111|138_0000_1111|138—0000—1111|138–0000–1111"
    "|138－0000－1111"
    "|１３８００００１１１１|１３８　００００　１１１１|138\u200b0000\u200b1111|138  0000  1111"
    "|138 - 0000 - 1111|138 00001111"
    "|1380000 1111|1380-000-0111|1380-0000-111|138-000-01111|1 3 8 0 0 0 0 1 1 1 1|1-3-8-0-0-0-0-1-1-1-1"
    "|(138)0000-1111|（138）0000 1111|+86-138-0000-1111|0086 13800001111|8613800001111|(+86)13800001111"
    "|幺三八零零零零幺幺幺幺"
    "|400-800-0000|400 800 0000|4008000000|400-8000-000|400-80-00000|800-800-0000|４００－８００－００００"
    "|(0999)55501234|（0999） 5550 1234|0999—55501234|0999 555 0123|0999-5550-1234|0999/55501234"
    "|+86-999-55501234"
    "|0999-55501234-801|0999-55501234转801"
    "|E12345678|G12345678|EA1234567|C12345678|H1234567890"
    "|6222 0000 1111 2222|6222-0000-1111-2222-333|6222.0000.1111.2222|6222　0000　1111　2222"
    "|６２２２００００１１１１２２２２"
    "|110101 19900101 1234|110101 1990 0101 123x|1101 0119 9001 0112 34|11010119900101123x"
    "|１１０１０１１９９００１０１１２３Ｘ"
    "|110101900101123|1 1 0 1 0 1 1 9 9 0 0 1 0 1 1 2 3 4"
    "|沪A·12345|沪a12345|沪A 12345|沪 A12345|沪A・12345|沪A－12345|沪Ａ１２３４５|沪AD12345|沪A·D12345"
    "|沪A12345D|沪A1234警|沪AF1234挂"
    "|138/0000/1111|138,0000,1111|138，0000，1111|138／0000／1111|138, 0000, 1111|１３８，００００，１１１１"
    "|6222,0000,1111,2222,333|6222/0000/1111/2222|6222，0000，1111，2222|110101/19900101/1234|110101,1990,0101,123x"
    "|0999/5550/1234|010/2300/4500|0999,5550,1234|0999,55501234"
    "|zhang.san@example.com|zhang @ example.com|zhang＠example.com|zhang(at)qq.com|zhang#qq.com"
)
HIDDEN_PART = (
    ("电话55501234", "电话"),
    ("联系电话：555-0123", "联系电话："),
    ("座机 5550123", "座机 "),
    ("手机13800 001111", "手机"),
    ("护照号码：x12345678", "护照号码："),
    ("台胞证 12345678", "台胞证 "),
    ("卡号622200001111222", "卡号"),
    ("账户：6222 0000 1111", "账户："),
    ("账号：1000,0000,1111", "账号："),
    ("微信abc_12", "微信"),
    ("微信号是：abcdef", "微信号是："),
    ("微 信：abc123", "微 信："),
    ("WeChat ID: abc123", "WeChat ID: "),
    ("V X abc123", "V X "),
    ("v：abc123", "v："),
    ("加v13800001111", "加v"),
    ("加我微abc123", "加我微"),
    ("+V：abc123", "+V："),
    ("薇❤️abc123", "薇❤️"),
    ("QQ１２３４５６", "QQ"),
    ("Q Q:123 456 789", "Q Q:"),
    ("qq群号是123456", "qq群号是"),
    ("抖音号：abc123", "抖音号："),
    ("警号（012345", "警号（"),
    ("民警编号：A1234", "民警编号："),
)
KEPT = (
    "拨打110、122、12345和96110|12389举报电话|热线12123|2026年11月21日13时58分|2026-11-21 10:30:00"
    "|2026.11.21-2026.11.25|20261121103000"
    "|2020 2021 2022 2023|1998 2003 2008 2012 2016年|2026112120261122|10:30-11:30|罚款13800元"
    "|涉案13800001111元|1380 0001 111万元"
    "|3000 4000 5000 6000元|1500-2000元|1500 2000 800|1,380,013,800元|阅读1234567890次"
    "|转发138 评论0013 赞8000|(2026)澜0101民初12345号"
    "|望公行罚决字[2026]12345号|受理号2026112112345|邮编100101|第138期|GB1234-2020|G2026次列车|G1523高速"
    "|D20261121|C20261121版|A12345678"
    "|京A牌照|沪A座12楼|新GPT12发布|新MACBOOK开售|用微信支付了20000元|微信20000元|微信iPhone版|QQ音乐|微信群"
    "|QQ飞车|加V认证|大V:2026001|116.397128,39.916527"
    "|192.168.100.100|3.14159265358979|400元|400-500元|400-8000元|0-100|护照在派出所办吗|电话一直没人接"
    "|卡号是多少|电话20261121前有效"
    "|2026/11/21|21/11/2026|2026/11/21,2026/11/25|1,234,567元|12,000,000|1,380,013,800|138,0000,1111元|账户120,000,000"
    "|比分3/4|1/2/3/4/5|2,3,5,7,11|138/139/150号段|150/1000/2000|3000/4000/5000/6000|3000,4000,5000,6000|2019,2020,2021"
)
WIDE = {ord(c): ord(c) + 0xFEE0 for c in "0123456789,/"}
SEPARATORS = ("", " ", "-", ".", "·", "_", "—", "–", "－", "・", "\u3000", "\u200b", "  ", " - ")
AROUND = st.text(st.sampled_from("警察打人，。:：/@#加微信电话的a元年 ＊"), max_size=8)
PIECES = st.sampled_from(
    (
        *"0123456789",
        *"aEGHvVxXqQ沪A·-. _@#()＠１—+,/，",
        *("138", "0000", "1111", "13800001111", "110101", "1990", "0101", "6222", "400", "0999", "E1234567", "86"),
        *(
            "微信",
            "电话",
            "护照",
            "卡号",
            "抖音号",
            "警号",
            "加v",
            "沪A",
            "是",
            ":",
            "元",
            "万",
            "@a",
            ".com",
            "(at)qq.com",
            MASK,
        ),
        *("一", "三八", "零零零零幺幺幺幺", "转", "、", "\u200b", "用户", "望汐区警方账号"),
    )
)


@pytest.mark.parametrize("number", HIDDEN_WHOLE.split("|"))
def test_a_number_that_leads_to_a_person_is_hidden_however_it_is_written(number: str) -> None:
    assert mask(f"请找{number}，急") == f"请找{MASK}，急"


@pytest.mark.parametrize(("text", "kept"), HIDDEN_PART)
def test_the_word_before_a_number_says_what_it_is_and_stays(text: str, kept: str) -> None:
    assert mask(f"请看{text}，急") == f"请看{kept}{MASK}，急"


@pytest.mark.parametrize("text", KEPT.split("|"))
def test_dates_amounts_hotlines_and_case_numbers_stay(text: str) -> None:
    assert mask(text) == text


@given(
    AROUND,
    st.text(st.sampled_from("3456789"), min_size=1, max_size=1),
    st.text(st.sampled_from("0123456789"), min_size=9, max_size=9),
    st.sampled_from(SEPARATORS),
    st.booleans(),
    AROUND,
)
def test_no_mobile_number_is_left_in_any_separator(
    before: str, second: str, rest: str, gap: str, wide: bool, after: str
) -> None:
    number = f"1{second}{rest[0]}{gap}{rest[1:5]}{gap}{rest[5:]}"
    if wide:
        number = number.translate({ord(str(d)): chr(0xFF10 + d) for d in range(10)})
    masked = mask(f"{before}{number}，{after}")
    assert number not in masked
    assert rest[5:] not in masked.translate(FOLD)


DIGITS = "0123456789"
MARKS = st.sampled_from((",", "/", "，", "／", ", ", " / "))
GROUPED = st.one_of(
    st.from_regex(r"1[3-9][0-9] [0-9]{4} [0-9]{3}[1-9]", fullmatch=True),
    st.from_regex(r"[3-69][0-9]{3} [0-9]{4} [0-9]{4} [0-9]{3}[1-9]( [0-9]{1,3})?", fullmatch=True),
    st.from_regex(r"[1-9][0-9]{5} 19[0-9]{2}(0[1-9]|1[0-2])[0-2][0-9] [0-9]{3}[0-9X]", fullmatch=True),
    st.from_regex(r"0[1-9][0-9]{1,2} [2-9][0-9]{2,3} [0-9]{4}", fullmatch=True),
)


PLAIN = st.text(st.sampled_from("警察打人，。:：/的a元年电话 ＊"), max_size=8)


@given(PLAIN, GROUPED, MARKS, st.sampled_from(("", "，", "。", "请", "的", "!")))
def test_no_number_is_left_in_groups_with_commas_or_slashes(before: str, groups: str, mark: str, after: str) -> None:
    number = groups.replace(" ", mark)
    masked = mask(f"{before}{number}{after}")
    assert number not in masked
    assert not set(DIGITS) & set(masked)


OTHER = st.one_of(
    st.dates().map("{:%Y/%m/%d}".format),
    st.dates().map(lambda day: f"{day.year}/{day.month}/{day.day}"),
    st.integers(0, 10**15).map("{:,}".format),
    st.integers(0, 10**15).map("{:,}元".format),
    st.integers(0, 10**12).map("{:,}.50".format),
    st.lists(st.integers(0, 150).map(str), min_size=2, max_size=4).map("/".join),
    st.lists(st.integers(1900, 2099).map(str), min_size=1, max_size=5).map(",".join),
)


@given(
    st.text(st.sampled_from("警察于罚款共，。：比分"), max_size=8), OTHER, st.sampled_from(("", "，", "。", "起", "日"))
)
def test_dates_amounts_and_scores_are_left_as_they_are(before: str, number: str, after: str) -> None:
    for text in (f"{before}{number}{after}", f"{before}{number.translate(WIDE)}{after}"):
        assert mask(text) == text


@settings(max_examples=500)
@given(st.lists(PIECES, max_size=16).map("".join))
@example("@" + "a" * 30 + "E12345678")
@example("11010119900101123XE12345678")
@example("QQ12345678E12345678")
@example("@0+(at)qq.com")
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(st.text(st.characters(), max_size=60))
def test_no_text_makes_masking_fail_and_what_is_folded_keeps_its_place(text: str) -> None:
    assert mask(mask(text)) == mask(text)
    assert len(text.translate(FOLD)) == len(text)


@pytest.mark.parametrize(
    "unit",
    ["1", "1 ", "138 ", "6222-", "a.", "a@", "a@" + "b" * 499_998, "微信 ", "电话 ", "沪A1", "(0", "qq", "138,", "1/"],
)
def test_a_megabyte_takes_a_second_or_so(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    start = time.process_time()
    mask(text)
    assert time.process_time() - start < 10


def test_what_no_kind_can_begin_with_is_passed_over() -> None:
    assert not HIDDEN.match("的13800001111")
    assert HIDDEN.search("的13800001111")

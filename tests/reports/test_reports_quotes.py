"""Which posts are quoted, and what of them is printed."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports_week import THIS_WEEK, read_posts

from bus.messages import PostScored
from reports.evidence import Desk
from reports.quotes import QUOTE_CHARS, choose, quote, words_of

POSTS = read_posts(THIS_WEEK)[0][:22]


def post(number: int, **changes: object) -> PostScored:
    return msgspec.structs.replace(POSTS[number], **changes)


def test_each_intent_is_heard_before_one_is_heard_twice() -> None:
    loud = [post(0, id=f"loud{n}", likes=1000 + n, fingerprint=f"l{n}", text=f"投诉之{n}") for n in range(5)]
    quiet = post(10, likes=0, text="请公布经过")
    chosen = choose([*loud, quiet], 2)
    assert {p.intent for p in chosen} == {"complaint", "question"}
    assert choose([*loud, quiet], 2)[0].id == "loud4"


def test_copies_are_quoted_once() -> None:
    copies = [post(0, id=f"c{n}", fingerprint="same") for n in range(3)]
    reworded = [post(0, id=f"r{n}", fingerprint=f"r{n}", text="求一个说法" + "！" * n) for n in range(3)]
    assert len(choose(copies, 3)) == 1
    assert len(choose(reworded, 3)) == 1


def test_offices_and_empty_posts_are_not_quoted() -> None:
    assert choose([post(0, author_kind="government"), post(1, text="  ", title="")], 3) == []


@given(st.permutations(POSTS))
def test_the_choice_does_not_depend_on_the_order_of_the_store(shuffled: list[PostScored]) -> None:
    assert choose(shuffled, 3) == choose(POSTS, 3)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("又是正在核实？ - 转发 @某某: 【通报】今日", "又是正在核实？"),
        ("心寒//@路人甲:转发微博", "心寒"),
        ("转发 @某某: 只有转发的部分", "转发 @＊＊＊: 只有转发的部分"),
        ("电话13812345678\n打不通", "电话＊＊＊ 打不通"),
        ("话" * 200, "话" * (QUOTE_CHARS - 1) + "…"),
    ],
)
def test_what_is_printed(text: str, printed: str) -> None:
    assert words_of(post(0, text=text)) == printed


def test_a_number_at_the_cut_is_masked_before_it_is_cut() -> None:
    for lead in range(60, 100):
        words = words_of(post(0, text="字" * lead + "13812345678" + "尾" * 50))
        assert not any(ch.isdigit() for ch in words), lead


def test_a_quote_names_platform_and_day_but_nobody() -> None:
    line = quote(post(0, url="javascript:alert(1)"), Desk("http://desk.test/"))
    assert (line.link, line.url) == ("http://desk.test/posts/a01", "")
    assert "feedfacecafebeef" not in msgspec.json.encode(line).decode()
    assert line.published_at - POSTS[0].published_at == timedelta(0)

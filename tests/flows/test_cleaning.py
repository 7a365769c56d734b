"""What is taken from a text at the door, and what is never touched. Example texts invented."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import PROJECT
from flows.cleaning import clean, is_spam
from flows.found import Found, to_post
from flows.mojibake import repair

PAGES = Path(os.environ.get("MINYI_DATA") or PROJECT.parent / "shared" / "data") / "crawled_pages"
NEWS = "昨天下午，澜汀市公安局望汐派出所民警在老码头调解了一起停车纠纷，双方当场和解。"
TRADITIONAL = "昨天下午，瀾汀市公安局望汐派出所民警在老碼頭調解了一起停車糾紛，雙方當場和解。"
FARM = "主站蜘蛛池模板: 国产精品久久久久| 亚洲无码在线观看| 成人午夜视频| 四虎影院| 欧美一区二区三区"
CLEAN = [
    NEWS, TRADITIONAL, "联通", "警方提醒：所谓百家乐、时时彩都是骗局",
    "警方破获一起网络赌博案，涉案平台打着百家乐、时时彩的幌子。",
    "résumé, naïve café déjà vu",
    "Ελληνικά и кириллица рядом", "澜汀市云溯区垚鑫堃犇小区", "久久不能平静，国产车也能在线升级了",
    "😀[怒]转发微博//@平安澜汀: 注意安全",
    "楼主你好\n\n声明：本人与该公司无关\n相关链接在一楼", "#反诈#\ue627澜汀超话 今天又接到诈骗电话了",
]  # fmt: skip


@pytest.mark.parametrize("text", CLEAN)
def test_ordinary_text_comes_back_as_it_is(text: str) -> None:
    assert clean(text).text == text
    assert clean(text).marks == ()


@pytest.mark.parametrize("written", [NEWS, TRADITIONAL])
@pytest.mark.parametrize(("really", "read_as"), [("utf-8", "latin-1"), ("gb18030", "latin-1"), ("gb18030", "cp1252")])
def test_a_wrong_charset_is_undone_where_every_byte_fits(written: str, really: str, read_as: str) -> None:
    try:
        broken = written.encode(really).decode(read_as)
    except UnicodeDecodeError:
        pytest.skip("these bytes have no such reading")
    assert clean(broken).text == written
    assert clean(broken).marks == ("mojibake-repaired",)


def test_utf8_read_as_gbk_is_undone_and_what_was_lost_is_marked() -> None:
    even = "澜汀市公安局"
    assert clean(even.encode().decode("gb18030")).text == even
    odd = "澜汀市公安局：".encode().decode("gb18030", "replace")
    assert clean(odd).text.startswith("澜汀市公安局")


def test_lost_bytes_become_one_mark_and_nothing_is_invented() -> None:
    cleaned = clean("澜汀市锟斤拷锟斤拷锟斤拷派出所民警到场处置")
    assert cleaned.text == "澜汀市\ufffd派出所民警到场处置"
    assert cleaned.marks == ("mojibake-marked",)


def test_a_passage_read_one_byte_off_is_marked_and_its_neighbours_stay() -> None:
    cleaned = clean("民警走进社区，?熬\ue1f8駪┱劇颒荚谥鲃优c居民座谈，听取意见。")
    assert "\ufffd" in cleaned.text
    assert cleaned.text.startswith("民警走进社区，")
    assert cleaned.text.endswith("居民座谈，听取意见。")


def test_link_spam_goes_wherever_it_stands_and_the_story_stays() -> None:
    assert clean(f"{FARM}\n{NEWS}\n{FARM}").text == NEWS
    assert clean(f"{NEWS}{FARM}").text == NEWS
    assert clean(FARM).text == ""
    assert clean(f"{NEWS}\n{FARM}").marks == ("spam-dropped",)
    assert is_spam("久久精品国产,亚洲无码,成人在线视频,国产自拍偷拍")
    assert not is_spam("民警提醒：百家乐、时时彩、六合彩都是骗局，参与网络赌博违法。")


def test_the_furniture_of_a_page_goes_and_that_of_a_post_is_its_own_business() -> None:
    story = [f"第{i}段，{NEWS}{NEWS}" for i in range(8)]
    page = [
        "您当前的位置：首页 > 新闻",
        "望汐派出所调解停车纠纷",
        "2026-11-21 10:05",
        *story,
        "相关阅读",
        "另一条新闻",
        "再一条新闻",
    ]
    cleaned = clean("\n".join(page))
    assert cleaned.text.split("\n") == ["望汐派出所调解停车纠纷", *story]
    assert cleaned.marks == ("furniture-dropped",)


def test_every_post_passes_the_door() -> None:
    found = Found("x", "标题", f"{NEWS}\n{FARM}")
    now = datetime(2026, 11, 21, tzinfo=UTC)
    post = to_post(found, source="s", platform="news", jurisdiction="", key=b"k" * 32, now=now)
    assert post.text == NEWS


@given(st.text(max_size=300))
def test_cleaning_is_total_and_settles_at_once(text: str) -> None:
    once = clean(text).text
    assert clean(once).text == once
    assert len(once) <= len(text)


FRAMES = [chr(c) for c in range(0x2500, 0x2550)]
WESTERN = [chr(c) for c in range(0x80, 0x100)]  # six of them in a row are GBK as well as anything else
WRITTEN = st.text(alphabet=st.characters(codec="gb2312", exclude_characters=FRAMES + WESTERN), max_size=20)
DRAWN = st.builds(lambda piece, length: piece * length, st.sampled_from(FRAMES), st.integers(2, 9))


@given(st.lists(st.one_of(WRITTEN, DRAWN), max_size=6).map(" ".join))
def test_text_of_common_characters_and_drawn_lines_is_never_repaired(text: str) -> None:
    assert repair(text)[0] == text


@pytest.mark.skipif(not PAGES.exists(), reason="the crawled pages are not at hand: set MINYI_DATA")
def test_crawled_pages_keep_their_content_and_lose_their_spam(capsys: pytest.CaptureFixture[str]) -> None:
    kept = content = spam = furniture = boilerplate = 0
    for name, rows in json.loads((PAGES / "lines.json").read_text("utf-8")).items():
        lines = (PAGES / name).read_text("utf-8").split("\n")
        left = {line.strip() for line in clean("\n".join(lines)).text.split("\n")}
        for number, line in enumerate(lines, 1):
            if not line.strip() or number == rows.get("published"):
                continue
            here = line.strip() in left
            if number in rows["spam"]:
                spam += here
            elif number in rows["boilerplate"]:
                boilerplate, furniture = boilerplate + 1, furniture + here
            else:
                content, kept = content + 1, kept + here
    with capsys.disabled():
        print(f"\ncrawled pages: content {kept}/{content}, spam {spam}, boilerplate {furniture}/{boilerplate}")
    assert kept / content >= 0.99
    assert spam == 0
    assert furniture <= 2

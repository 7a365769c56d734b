"""Misread text is put back where that is certain and marked where not; correct text is never touched."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import PROJECT
from flows.mojibake import MARK, repair

DATA = Path(os.environ.get("MINYI_DATA") or PROJECT.parent / "shared" / "data")
NEWS = "昨天下午，澜汀市公安局望汐派出所民警在老码头调解了一起停车纠纷，双方当场和解。"
TRADITIONAL = "昨天下午，瀾汀市公安局望汐派出所民警在老碼頭調解了一起停車糾紛，雙方當場和解。"


def as_windows(text: str) -> str:
    """UTF-8 as a program shows it that takes every byte for Windows-1252."""
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in text.encode())


def as_latin(text: str) -> str:
    return text.encode().decode("latin-1")


@pytest.mark.parametrize("text", [NEWS, TRADITIONAL, f"平安澜汀 {NEWS} 110"])
@pytest.mark.parametrize("misread", [as_latin, as_windows])
@pytest.mark.parametrize("times", [1, 2, 3])
def test_utf8_misread_again_and_again_is_put_back(text: str, misread: object, times: int) -> None:
    broken = text
    for _ in range(times):
        broken = misread(broken)  # type: ignore[operator]
    assert repair(broken) == (text, {"mojibake-repaired"})


@pytest.mark.parametrize("cut", [1, 2])
def test_what_was_cut_in_the_middle_of_a_character_is_put_back_and_marked(cut: int) -> None:
    whole = NEWS.encode()
    fixed, done = repair(whole[:-cut].decode("latin-1"))
    assert fixed == NEWS[:-1] + MARK
    assert done == {"mojibake-repaired", "mojibake-marked"}
    assert repair(whole[cut:].decode("latin-1"))[0] == MARK + NEWS[1:]


def test_a_passage_between_two_lost_bytes_is_put_back() -> None:
    names = "、陈某、李某文"
    off = (b"\xb0" + names.encode("gbk"))[: 2 * len(names)].decode("gbk", "replace")
    fixed, done = repair(f"（通讯员王某{MARK}{off}{MARK}报道")
    assert "陈某、李某" in fixed
    assert fixed.startswith(f"（通讯员王某{MARK}")
    assert "mojibake-repaired" in done


@pytest.mark.parametrize(
    "text",
    [
        f"网友{MARK}说：望汐区的路灯修好了{MARK}谢谢民警", "¡Hola! ¿Qué tal? — “naïve” café, Þórður",
        "Grüße aus Köln, Straße 5 – 50 €", "żółć, příliš", "Ελληνικά, кириллица, 日本語のテキスト、한국어",
        "①②③ ■□▲ ★☆ ℃ ㎡ ÷× ±0.5", "囍 犇 猋 骉 麤 龘 靐 齉 爩", "垚鑫堃淼焱小区", "\U00020bb7野家", "咗嘅喺唔佢哋",
        "──囍垚犇──", "┌──┐│笪│└──┘", "┅┅邯郸鄄城┅┅", "┄┄轱辘",
    ],
)  # fmt: skip
def test_unusual_but_correct_text_stays(text: str) -> None:
    assert repair(text)[0] == text


LEXICON = (
    "民警 派出所 澜汀市 云溯区 望汐区 砚池区 青岬区 调解 纠纷 群众 电话 110 报警 反诈 宣传 昨天 下午 瀾汀市 警察局",
    "調解 糾紛 謝謝",
    "鑫淼 堃垚 囍 ，。！？：；、“”《》（）…— [怒] 😀 ~ # @用户 café iPhone 3.5% 39℃ ½ é ü × · の ア",
)
WORDS = st.sampled_from(" ".join(LEXICON).split(" "))


@given(st.lists(WORDS, min_size=1, max_size=60).map("".join))
def test_correct_text_is_never_changed(text: str) -> None:
    assert repair(text) == (text, set())


FRAMES = "".join(map(chr, range(0x2504, 0x254C)))  # what text read one byte off is full of


@given(st.text(alphabet=st.characters(codec="gb2312", exclude_characters=FRAMES), min_size=1, max_size=200))
def test_any_text_of_simplified_characters_is_never_changed(text: str) -> None:
    assert repair(text)[0] == text


@given(st.lists(WORDS, min_size=1, max_size=30).map("".join), st.sampled_from([as_latin, as_windows]))
def test_repairing_twice_is_repairing_once(text: str, misread: object) -> None:
    once = repair(misread(text))[0]  # type: ignore[operator]
    assert repair(once)[0] == once


@pytest.mark.skipif(not (DATA / "police_train.jsonl").exists(), reason="the posts are not at hand: set MINYI_DATA")
def test_real_posts_are_not_changed() -> None:
    changed = posts = 0
    for name in ("police_train", "police_dev", "hot_train"):
        for line in (DATA / f"{name}.jsonl").read_text("utf-8").splitlines():
            text = str(json.loads(line).get("text") or "")
            posts, changed = posts + 1, changed + ("mojibake-repaired" in repair(text)[1])
    assert posts > 5000
    assert changed == 0

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.privacy import KeyFileError, follower_bucket, load_or_make_key, mask, pseudonym


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "var" / "pseudonym.key"
    key = load_or_make_key(path)
    assert len(key) == 32
    assert load_or_make_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["pseudonym.key"]


def test_processes_that_start_together_get_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "k"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_or_make_key(path), range(32)))
    assert len(keys) == 1


def test_a_damaged_key_is_refused_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "k"
    path.write_bytes(b"short")
    with pytest.raises(KeyFileError, match="5 bytes instead of 32"):
        load_or_make_key(path)
    assert path.read_bytes() == b"short"


def test_a_folder_that_cannot_be_made_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyFileError, match="file"):
        load_or_make_key(tmp_path / "file" / "k")


def test_a_pseudonym_depends_on_key_platform_and_account() -> None:
    one = pseudonym(b"k" * 32, "weibo", "1001")
    assert len(one) == 16
    assert int(one, 16) >= 0
    assert one == pseudonym(b"k" * 32, "weibo", "1001")
    others = [
        pseudonym(b"j" * 32, "weibo", "1001"),
        pseudonym(b"k" * 32, "forum", "1001"),
        pseudonym(b"k" * 32, "weibo", "1002"),
        pseudonym(b"k" * 32, "weib", "o1001"),
    ]
    assert one not in others
    assert len(set(others)) == 4
    assert pseudonym(b"k" * 32, "weibo", "") == ""


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        ("打13800001111找我", "打＊＊＊找我"),
        ("打138 0000 1111或138-0000-1111", "打＊＊＊或＊＊＊"),
        ("电话１３８００００１１１１", "电话＊＊＊"),
        ("+86 13800001111", "＊＊＊"),
        ("座机0999-5550123", "座机＊＊＊"),
        ("身份证110101199001011234核对", "身份证＊＊＊核对"),
        ("身份证11010119900101123X", "身份证＊＊＊"),
        ("卡号6222 0000 1111 2222 333", "卡号＊＊＊"),
        ("车牌云A·12345逃逸", "车牌＊＊＊逃逸"),
        ("京AD12345", "＊＊＊"),
        ("发到 zhang.san@example.com.cn 吧", "发到 ＊＊＊ 吧"),
        ("@砚池小吃 你看 //@云溯人:真的", "@＊＊＊ 你看 //@＊＊＊:真的"),
        ("加QQ：123456789", "加QQ：＊＊＊"),
        ("微信号 abc_12345", "微信号 ＊＊＊"),
        ("v信:abc12345,加V abc12345", "v信:＊＊＊,加V ＊＊＊"),
        ("VX:abcde12345", "VX:＊＊＊"),
        ("警号012345态度差", "警号＊＊＊态度差"),
    ],
)
def test_what_points_to_a_person_is_hidden(raw: str, masked: str) -> None:
    assert mask(raw) == masked
    assert mask(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "拨打110和12345",
        "2026年11月21日",
        "罚款200元扣6分",
        "G2026次列车",
        "望汐派出所微信公众号",
        "用微信支付了2000元",
        "@用户 你看 //@望汐区警方账号:已转办 @政务账号",
        "",
    ],
)
def test_what_points_to_nobody_stays(text: str) -> None:
    assert mask(text) == text


@given(st.text())
def test_masking_never_fails_and_twice_is_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize(
    ("n", "bucket"),
    [(-5, 0), (0, 0), (99, 0), (100, 100), (999, 100), (1000, 1000), (12_345, 10_000), (3_000_000, 1_000_000)],
)
def test_followers_are_known_by_order_of_magnitude_only(n: int, bucket: int) -> None:
    assert follower_bucket(n) == bucket

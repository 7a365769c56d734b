"""What stands for a name: kinds of accounts and their places, quote heads, addresses, bylines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.places import Place, Places
from flows.bylines import people, unsigned
from flows.names import PLAIN, Naming, address, without_author

CITY = Naming.of(
    Places(
        places=[
            Place(name="澜汀市", kind="city", aliases=["澜汀"]),
            Place(name="望汐区", kind="district", within="澜汀市", aliases=["望汐"]),
            Place(name="望汐公安分局", kind="agency", within="望汐区", aliases=["望汐警方"]),
            Place(name="汐口派出所", kind="station", within="望汐区"),
            Place(name="流动岗", kind="agency"),
        ]
    )
)


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        ("@平安望汐 管管", "@望汐区警方账号 管管"),
        ("@澜汀市公安局望汐分局", "@望汐区警方账号"),
        ("@汐口派出所，来人", "@望汐区警方账号，来人"),
        ("@平安望汐你们管不管", "@望汐区警方账号你们管不管"),
        ("@平安远方", "@警方账号"),
        ("@澜汀发布厅 @流动岗反诈", "@澜汀市政务账号 @警方账号"),
        ("@澜汀晚报", "@澜汀市媒体账号"),
        ("@平安喜乐 @卖灯的老李 ＠小满", "@用户 @用户 @用户"),
        ("同问//@平安望汐://@卖灯的:好", "同问//@望汐区警方账号://@用户:好"),
        ("写信到 deng@example.org", "写信到 deng@example.org"),
    ],
)
def test_an_account_is_called_by_its_kind_and_place(raw: str, named: str) -> None:
    assert CITY.called(raw) == named
    assert CITY.called(named) == named


def test_without_places_the_kind_alone_is_told() -> None:
    assert PLAIN.called("@平安望汐 @澜汀晚报 @卖灯的") == "@警方账号 @媒体账号 @用户"
    assert PLAIN.account("澜汀热心人", "government") == "政务账号"


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        ("回复 卖灯的：收到", "回复 用户：收到"),
        ("回复如下：已办结", "回复如下：已办结"),
        ("卖灯的 发表于 2026-11-21 10:00\n路灯", "用户 发表于 2026-11-21 10:00\n路灯"),
        ("引用：卖灯的 写道：\n路灯", "引用：用户 写道：\n路灯"),
        ("本帖最后由 卖灯的 于 2026-11-21 10:00 编辑", "本帖最后由 用户 于 2026-11-21 10:00 编辑"),
        ("看 http://bbs.example.org/space-uid-31.html 。", "看 网页链接 。"),
        ("他是 https://weibo.com/u/1234567890", "他是 网页链接"),
        ("通告 https://news.example.org/2026/11/21.html", "通告 https://news.example.org/2026/11/21.html"),
        ("夜里拍的 卖灯的的微博视频", "夜里拍的 用户的微博视频"),
        ("卖灯的的微博", "用户的微博"),
        ("他发表于会上的讲话", "他发表于会上的讲话"),
    ],
)
def test_heads_notices_and_profile_addresses_name_nobody(raw: str, named: str) -> None:
    assert PLAIN.said(raw) == named


@pytest.mark.parametrize(
    ("url", "left"),
    [
        ("https://bbs.example.org/thread-5-1-1.html", "https://bbs.example.org/thread-5-1-1.html"),
        ("https://bbs.example.org/v.php?authorid=31&tid=5", "https://bbs.example.org/v.php?tid=5"),
        ("https://bbs.example.org/v.php?by=%E5%8D%96%E7%81%AF%E7%9A%84&tid=5", "https://bbs.example.org/v.php?tid=5"),
        ("https://x.example.org/%E5%8D%96%E7%81%AF%E7%9A%84/5", ""),
        ("https://x.example.org/1234567890/5", ""),
        ("https://x.example.org/91234567890/5", "https://x.example.org/91234567890/5"),
        ("https://weibo.com/u/1234567890", ""),
        ("https://weibo.com/n/%E8%80%81%E6%9D%8E", ""),
        ("https://bbs.example.org/space-uid-31.html", ""),
    ],
)
def test_an_address_names_no_account(url: str, left: str) -> None:
    assert address(url, "卖灯的", "bbs.example.org/1234567890") == left


def test_an_author_is_not_named_by_his_own_post() -> None:
    assert without_author("卖灯的：路灯", "卖灯的：@卖灯的 说", "卖灯的") == ("路灯", "@用户 说")
    assert without_author("卖灯的对《通报》的评论", "好", "卖灯的") == ("对《通报》的评论", "好")
    official = without_author("平安望汐 通报一起警情", "@平安望汐 发布", "平安望汐", "警方账号")
    assert official == ("平安望汐 通报一起警情", "@警方账号 发布")


@pytest.mark.parametrize(
    ("raw", "author", "left"),
    [
        ("正文。\n（责任编辑：林小舟）", "", "正文。\n（责任编辑：＊＊＊）"),
        ("正文。\n本报记者 林小舟 通讯员 何苗", "", "正文。\n本报记者 ＊＊＊ 通讯员 ＊＊＊"),
        ("正文。本报记者 林小舟", "", "正文。本报记者 ＊＊＊"),
        ("文/林小舟 图/何苗\n正文", "", "文/＊＊＊ 图/＊＊＊\n正文"),
        ("作者：林 苗\n正文", "", "作者：＊＊＊\n正文"),
        ("路口现场 林小舟摄", "", "路口现场 ＊＊＊摄"),
        ("林小舟\n正文", "本报记者 林小舟", "＊＊＊\n正文"),
        ("本报讯（记者 林小舟）昨日", "记者 林小舟", "本报讯（记者 ＊＊＊）昨日"),
        ("本报讯（记者 林小舟）昨日", "", "本报讯（记者 林小舟）昨日"),
        ("记者了解到，林小舟说", "", "记者了解到，林小舟说"),
        ("记者：您怎么看？\n答：不好", "", "记者：您怎么看？\n答：不好"),
        ("（图文无关）\n（编辑部）\n（记者手记）", "", "（图文无关）\n（编辑部）\n（记者手记）"),
    ],
)
def test_bylines_lose_their_names_and_sentences_nothing(raw: str, author: str, left: str) -> None:
    assert unsigned(raw, author) == left
    assert unsigned(left, author) == left


def test_the_names_of_a_stated_author_are_told_from_his_labels() -> None:
    assert people("本报记者 林小舟 通讯员 何苗") == ["林小舟", "何苗"]
    assert people("责任编辑：林小舟") == ["林小舟"]
    assert people("记者") == []


@given(st.text(alphabet="@＠记者编辑作者摄（）：/ \n回复发表于本帖最后由用户警方账号平安望汐·_ab1", max_size=200))
def test_taking_names_out_never_fails_and_twice_is_once(text: str) -> None:
    once = CITY.called(unsigned(text))
    assert CITY.called(once) == once
    CITY.said(text)

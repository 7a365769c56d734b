"""Every fact of the payloads of Weibo's APIs, on invented answers."""

import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from weibo_answers import (
    CARD,
    EMOJI,
    LOGIN,
    MENTION,
    NAME,
    NOTHING,
    PLACE,
    TOPIC,
    UID,
    account,
    dumped,
    mid,
    page,
    stamp,
    status,
)

from flows import ids
from flows.found import Unreadable
from flows.sources import weibo_ids, weibo_mobile, weibo_open, weibo_text
from flows.sources.weibo_mobile import Page, Shown, Whole
from flows.sources.weibo_open import Timeline
from flows.sources.weibo_status import Status, completed, post_id

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ZONE = "Asia/Shanghai"
JSON = "application/json"


def read(body: bytes) -> Page:
    return weibo_mobile.parse_page(body, JSON, "", NOW, ZONE)


def one(raw: dict[str, Any]) -> Status:
    [only] = read(page(raw)).statuses
    return only


def opened(*statuses: Any, **more: Any) -> Timeline:
    body = dumped({"statuses": list(statuses), "total_number": len(statuses), **more})
    return weibo_open.parse_timeline(body, JSON, "", NOW, ZONE)


def test_a_status_is_read_with_all_that_is_kept_of_it() -> None:
    when = NOW - timedelta(minutes=40)
    found = one(status(when, "望汐桥又堵了")).found
    assert (found.text, found.title, found.kind) == ("望汐桥又堵了", "", "post")
    assert (found.published_at, found.region) == (when, "澜汀")
    assert (found.reposts, found.comments, found.likes, found.followers) == (3, 12_000, 1_000_000, 12_000)
    assert (found.author_id, found.author, found.author_kind) == (str(UID), NAME, "person")
    assert found.url == f"https://m.weibo.cn/status/{weibo_ids.bid_of(mid(when))}"
    assert NAME not in repr(found)
    assert str(UID) not in repr(found)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (f"太慢了{EMOJI}", "太慢了[怒]"),
        (f"{TOPIC} 人真多<br />民警在{EMOJI}", "#澜汀夜市# 人真多\n民警在[怒]"),
        (f"谢谢 {MENTION}", "谢谢 @灯市口卖豆腐的阿彬"),
        (f"堵了 {PLACE}", "堵了 澜汀·望汐桥"),
        ("零\u200b宽\u200b\u200b", "零宽"),
        (f"看 {CARD.format(kind='video', words='爱吃小笼包的阿杰的微博视频')}", "看 用户的微博视频"),
        (f"打人了{CARD.format(kind='video', words='路人甲乙丙的微博视频')}", "打人了用户的微博视频"),
        (f"看{CARD.format(kind='video', words='澜汀晚报的微博视频')}", "看媒体账号的微博视频"),
        ("我爱看他的直播", "我爱看他的直播"),
        ('事情是这样的...<a href="/status/5367694339229403">全文</a>', "事情是这样的"),
        ("事情是这样的...全文： http://m.weibo.cn/2031234567/5367694339229403", "事情是这样的"),
        ("看完了 http://t.cn/A6bcgec", "看完了"),
        ("见 https://weibo.com/2031234567/Rsrd6sMnn 说的", "见 https://m.weibo.cn/status/Rsrd6sMnn 说的"),
        ("他 https://weibo.com/u/2031234567", "他 网页链接"),
        (f"//{MENTION}:属实", "//@灯市口卖豆腐的阿彬:属实"),
    ],
)
def test_text_is_what_people_read(markup: str, text: str) -> None:
    assert weibo_text.plain(markup) == text


def test_the_same_words_have_one_digest_in_both_apis() -> None:
    when = NOW - timedelta(hours=1)
    mobile = one(status(when, f"堵了{EMOJI} {CARD.format(kind='web', words='网页链接')}"))
    [of_open] = opened(status(when, "堵了[怒] http://t.cn/A6bcgec")).statuses
    assert mobile.found.id == of_open.found.id
    assert mobile.found.digest == of_open.found.digest


@pytest.mark.parametrize(
    ("verified_type", "reason", "name", "kind"),
    [
        (-1, "", NAME, "person"),
        (0, "民警", NAME, "person"),
        (1, "某处", "某处", "government"),
        (2, "某公司", "某公司", "organisation"),
        (3, "澜汀晚报官方微博", "澜汀晚报", "media"),
        (3, "望汐公安官方微博", "平安望汐", "government"),
        (7, "", "某团体", "organisation"),
        (200, "", NAME, "person"),
    ],
)
def test_who_speaks_is_said_by_the_verification(verified_type: int, reason: str, name: str, kind: str) -> None:
    user = account(name=name, verified_type=verified_type, verified_reason=reason)
    assert one(status(NOW, "通报", user=user)).found.author_kind == kind


@pytest.mark.parametrize(
    ("said", "ago"),
    [
        ("刚刚", timedelta(seconds=20)),
        ("5分钟前", timedelta(minutes=5, seconds=31)),
        ("3小时前", timedelta(hours=3, minutes=40)),
        ("昨天 15:25", timedelta(hours=28, minutes=34, seconds=40)),
        ("11-07", timedelta(days=14, hours=3)),
        ("2025-07-28", timedelta(days=481, hours=2)),
    ],
)
def test_a_coarse_time_is_set_to_the_second_the_number_was_given_out(said: str, ago: timedelta) -> None:
    when = NOW - ago
    assert one(status(when, "堵了", created_at=said)).found.published_at == when


def test_a_number_that_does_not_fit_the_wording_is_not_believed() -> None:
    drafted = status(NOW - timedelta(days=9), "堵了", created_at="3小时前")
    assert one(drafted).found.published_at == NOW - timedelta(hours=3)


def test_relative_times_are_meant_against_the_pages_own_clock() -> None:
    made = NOW - timedelta(hours=9)
    raw = status(made - timedelta(minutes=5), "堵了", created_at="5分钟前") | {"mid": "", "id": "", "bid": "Rsrd6sMnn"}
    body = page(raw, info={"starttime": int((NOW - timedelta(hours=9)).timestamp())})
    assert read(body).statuses[0].found.published_at == made - timedelta(minutes=5)


def test_the_stated_zone_is_converted() -> None:
    raw = status(NOW, "堵了", created_at="Sat Nov 21 17:12:54 +0800 2026")
    assert one(raw).found.published_at == datetime(2026, 11, 21, 9, 12, 54, tzinfo=UTC)


def test_an_original_is_a_post_of_its_own_and_named_by_the_repost() -> None:
    original = status(NOW - timedelta(hours=2), "桥头打起来了", user=account(2031234568, "路人甲乙丙"))
    repost = status(NOW, "转发微博", serial=2, retweeted_status=original)
    first, second = read(page(repost)).statuses
    assert (first.found.text, first.original, second.original) == ("桥头打起来了", True, False)
    assert (second.found.kind, second.found.repost_of) == ("repost", first.found.id)


def test_a_deleted_original_is_no_post_but_its_number_is_known() -> None:
    gone = status(NOW - timedelta(hours=2), "抱歉，此微博已被作者删除。查看帮助", user=None, deleted="1")
    answer = read(page(status(NOW, "求扩散", serial=2, retweeted_status=gone)))
    assert [s.found.text for s in answer.statuses] == ["求扩散"]
    assert answer.statuses[0].found.repost_of == post_id(gone["mid"])
    assert answer.gone == [gone["mid"]]


def test_a_withheld_original_is_not_called_deleted() -> None:
    withheld = status(NOW, "抱歉，由于作者设置，你暂时没有这条微博的查看权限哦。", user=None)
    answer = read(page(status(NOW, "求扩散", serial=2, retweeted_status=withheld)))
    assert (len(answer.statuses), answer.gone) == (1, [])


def test_advertisements_and_posts_for_friends_are_left_out() -> None:
    answer = read(
        page(
            status(NOW, "点这里领券", serial=1, promotion={"recommend": "广告", "type": "ad"}),
            status(NOW, "只给朋友看", serial=2, visible={"type": 2, "list_id": 9}),
            status(NOW, "大家看", serial=3),
        )
    )
    assert [s.found.text for s in answer.statuses] == ["大家看"]


def test_counts_may_be_numbers_words_or_missing() -> None:
    raw = status(NOW, "堵了", reposts_count="3亿", comments_count=None)
    del raw["attitudes_count"]
    found = one(raw).found
    assert (found.reposts, found.comments, found.likes) == (300_000_000, 0, 0)


def test_a_pinned_post_is_marked() -> None:
    assert one(status(NOW, "置顶的", mblogtype=2)).pinned
    assert not one(status(NOW, "新的")).pinned


def test_a_long_text_is_completed_and_keeps_the_digest_of_its_listing() -> None:
    listed = '事情是这样的，昨晚在望汐桥...<a href="/status/1">全文</a>'
    cut = one(status(NOW, listed, isLongText=True))
    assert cut.long
    assert cut.found.digest.startswith("cut ")
    whole = completed(cut, f"事情是这样的，昨晚在望汐桥散步时看到的{EMOJI}")
    assert whole.found.text == "事情是这样的，昨晚在望汐桥散步时看到的[怒]"
    embedded = one(status(NOW, listed, isLongText=True, longText={"longTextContent": whole.found.text}))
    assert not embedded.long
    assert embedded.found.digest == whole.found.digest
    edited = one(status(NOW, listed, isLongText=True, edit_count=1))
    assert edited.found.digest.removeprefix("cut ") != whole.found.digest


@pytest.mark.parametrize(
    ("body", "outcome", "reason"),
    [
        (NOTHING, "end", ""),
        (dumped({"ok": 1, "data": {"cards": []}}), "end", ""),
        (LOGIN, "blocked", "login"),
        (dumped({"ok": -100, "url": "https://passport.invalid/verify?x=1"}), "blocked", "captcha"),
        (dumped({"ok": 0, "msg": "请求过于频繁，歇歇吧"}), "blocked", "busy"),
        (dumped({"ok": 0, "errno": "100005"}), "blocked", "refused"),
        (dumped({"ok": 1}), "blocked", "captcha"),
        (dumped({"ok": 1, "data": {}}), "blocked", "captcha"),
        (b"<html><title>Sina Visitor System</title></html>", "blocked", "login"),
        ("<html>请输入验证码</html>".encode(), "blocked", "captcha"),
    ],
)
def test_a_wall_is_never_an_empty_page(body: bytes, outcome: str, reason: str) -> None:
    answer = read(body)
    assert (answer.outcome, answer.reason, answer.statuses) == (outcome, reason, [])


@pytest.mark.parametrize("body", [b"", b'{"ok": 1, "data": {"cards": [{"mblog"', b"[]", b"\xff\xfe"])
def test_half_an_answer_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(body)


@pytest.mark.parametrize(
    ("answer", "outcome", "markup"),
    [
        ({"ok": 1, "data": {"ok": 1, "longTextContent": "全部"}}, "page", "全部"),
        ({"ok": 0, "msg": "没有找到该微博"}, "end", ""),
        ({"ok": -100, "msg": "请先登录"}, "blocked", ""),
    ],
)
def test_the_full_text(answer: dict[str, Any], outcome: str, markup: str) -> None:
    whole = weibo_mobile.parse_whole(dumped(answer), JSON, "", NOW, ZONE)
    assert isinstance(whole, Whole)
    assert (whole.outcome, whole.markup) == (outcome, markup)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"ok": 0, "msg": "该微博不存在"}, "gone"),
        ({"ok": 0, "msg": "没有找到该微博"}, "gone"),
        ({"ok": 0, "msg": "微博已被删除"}, "gone"),
        ({"ok": 0, "msg": "系统出错"}, "unknown"),
        ({"ok": 0, "msg": "请求过于频繁"}, "blocked"),
        ({"ok": -100}, "blocked"),
        ({"ok": 1, "data": status(NOW, "还在")}, "post"),
        ({"ok": 1, "data": status(NOW, "抱歉，此微博已被作者删除", user=None, deleted="1")}, "gone"),
        ({}, "unknown"),
    ],
)
def test_a_post_is_gone_only_on_a_plain_word(answer: dict[str, Any], outcome: str) -> None:
    shown = weibo_mobile.parse_shown(dumped(answer), JSON, "", NOW, ZONE)
    assert isinstance(shown, Shown)
    assert shown.outcome == outcome


def test_the_open_api_gives_the_same_post() -> None:
    when = NOW - timedelta(hours=1)
    of_open = {
        "id": int(mid(when)), "idstr": mid(when), "mid": mid(when), "created_at": stamp(when),
        "text": "望汐桥又堵了[怒]", "user": account(followers_count=12_000), "reposts_count": 3,
    }  # fmt: skip
    [read_there] = opened(of_open).statuses
    assert read_there.found.id == one(status(when, "x")).found.id
    assert (read_there.found.text, read_there.found.reposts) == ("望汐桥又堵了[怒]", 3)


def test_a_deleted_status_of_the_open_api_is_gone() -> None:
    answer = opened({"id": int(mid(NOW)), "mid": mid(NOW), "text": "抱歉，此微博已被作者删除。", "deleted": "1"})
    assert (answer.statuses, answer.gone) == ([], [mid(NOW)])


@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [
        (10023, "blocked", "rate-limit"),
        (21327, "blocked", "token-expired"),
        (10014, "blocked", "no-permission"),
        (10008, "broken", "api-10008"),
    ],
)
def test_error_codes_of_the_open_api(code: int, state: str, reason: str) -> None:
    body = dumped({"error": "words", "error_code": code, "request": "/2/statuses/friends_timeline.json"})
    answer = weibo_open.parse_timeline(body, JSON, "", NOW, ZONE)
    assert (answer.state, answer.reason) == (state, reason)


def test_an_empty_timeline_is_the_end() -> None:
    assert opened().state == "end"


@given(st.integers(10**15, 10**16 - 1))
def test_number_and_word_of_a_post_are_one(number: int) -> None:
    bid = weibo_ids.bid_of(str(number))
    assert weibo_ids.mid_of(bid) == str(number)
    by_number = ids.post_id("weibo", str(number), "")
    assert by_number == ids.post_id("weibo", f"weibo.com/2031234567/{bid}", "", scope="rsshub.invalid")
    assert by_number == ids.post_id("weibo", "", f"https://m.weibo.cn/detail/{number}?luicode=1")
    assert by_number == ids.post_id("weibo", "", weibo_ids.address(str(number)))


KEYS = "ok data cards mblog card_group user mid text created_at retweeted_status statuses visible longText error_code"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS.split()), inner),
    max_leaves=25,
)


@given(json_values)
def test_no_json_breaks_a_parser(value: Any) -> None:
    body = json.dumps(value).encode()
    for parse in (
        weibo_mobile.parse_page,
        weibo_mobile.parse_whole,
        weibo_mobile.parse_shown,
        weibo_open.parse_timeline,
        weibo_open.parse_one,
    ):
        with contextlib.suppress(Unreadable):
            parse(body, JSON, "", NOW, ZONE)

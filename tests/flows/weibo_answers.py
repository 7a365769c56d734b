"""Invented answers in the shapes of the Weibo APIs: fictional places, no real person."""

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flows.sources import weibo_ids

HOME = ZoneInfo("Asia/Shanghai")
EMOJI = '<span class="url-icon"><img alt=[怒] src="https://h5.invalid/d_nu.png" style="width:1em;" /></span>'
TOPIC = (
    '<a href="https://m.weibo.cn/search?containerid=231522" data-hide=""><span class="surl-text">#澜汀夜市#</span></a>'
)
MENTION = "<a href='/n/灯市口卖豆腐的阿彬'>@灯市口卖豆腐的阿彬</a>"
CARD = (
    "<a  href=\"http://weibo.com/p/100101B2094757\" data-hide=\"\"><span class='url-icon'><img style='width: 1rem' "
    "src='https://h5.invalid/timeline_card_{kind}_default.png'></span><span class=\"surl-text\">{words}</span></a>"
)
PLACE = CARD.format(kind="location", words="澜汀·望汐桥")
NAME, UID = "爱吃小笼包的阿杰", 2031234567


def mid(when: datetime, serial: int = 1) -> str:
    """The number of a post written at that second."""
    return str(((int(when.timestamp()) - weibo_ids.EPOCH) << 22) + serial)


def account(number: int = UID, name: str = NAME, **more: Any) -> dict[str, Any]:
    """An account as a status carries it."""
    return {
        "id": number,
        "screen_name": name,
        "verified": False,
        "verified_type": -1,
        "followers_count": "1.2万",
    } | more


def stamp(when: datetime) -> str:
    """Sat Nov 21 19:45:00 +0800 2026."""
    here = when.astimezone(HOME)
    return f"{here:%a %b %d %H:%M:%S} +0800 {here.year}"


def status(when: datetime, text: str, serial: int = 1, **more: Any) -> dict[str, Any]:
    """A status of m.weibo.cn."""
    number = mid(when, serial)
    return {
        "id": number,
        "mid": number,
        "bid": weibo_ids.bid_of(number),
        "created_at": stamp(when),
        "text": text,
        "isLongText": False,
        "edit_count": 0,
        "mblogtype": 0,
        "visible": {"type": 0, "list_id": 0},
        "user": account(),
        "reposts_count": 3,
        "comments_count": "1.2万",
        "attitudes_count": "100万+",
        "region_name": "发布于 澜汀",
    } | more


def page(*statuses: dict[str, Any], info: dict[str, Any] | None = None) -> bytes:
    """A page of cards; every second status stands in a card group."""
    cards: list[dict[str, Any]] = [{"card_type": 4, "title": "搜索发现"}]
    for i, one in enumerate(statuses):
        card = {"card_type": 9, "scheme": "https://m.weibo.cn/status/x", "mblog": one}
        cards.append({"card_type": 11, "card_group": [card]} if i % 2 else card)
    return dumped({"ok": 1, "data": {"cardlistInfo": {"total": 100, **(info or {})}, "cards": cards}})


def dumped(answer: Any) -> bytes:
    """JSON as the APIs send it."""
    return json.dumps(answer, ensure_ascii=False).encode()


NOTHING = dumped({"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}})
LOGIN = dumped({"ok": -100, "errno": "20003", "msg": "请先登录", "url": "https://passport.invalid/signin", "extra": ""})


def series(
    newest: datetime, count: int, *, minutes: int = 7, words: str = "望汐桥头又堵了，交警在指挥"
) -> list[dict[str, Any]]:
    """Posts going back in time, newest first."""
    times = [newest - timedelta(minutes=minutes * i) for i in range(count)]
    return [status(when, f"望汐桥又堵了，从{when:%d日%H时%M分}开始") for when in times]

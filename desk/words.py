"""The desk's words: one Simplified Chinese word for every slug the messages and the store use."""

from collections.abc import Mapping
from typing import Any

from models.vocabulary import (
    ATTITUDE,
    AUTHOR_KIND,
    CATEGORY,
    INCIDENT,
    INTENT,
    LEVEL,
    PHASE,
    PLATFORM,
    SENTIMENT,
    SOURCE_STATE,
    source_reason,
)

__all__ = [
    "ATTITUDE", "AUTHOR_KIND", "CATEGORY", "CHANNEL", "CLOCK", "DELIVERY", "EDIT", "HELD", "INCIDENT", "INTENT",
    "LABEL_FIELD", "LEVEL", "LEVEL_RANK", "LOG_WHAT", "NOT_TOLD", "PHASE", "PLATFORM", "POST_KIND", "PROCESS",
    "PROCESS_STATE", "RULE", "SEND_FAILED", "SENTIMENT", "SOURCE_HINT", "SOURCE_KIND", "SOURCE_STATE", "UNIT",
    "WEEKDAY", "delivery", "source_reason", "word",
]  # fmt: skip

LEVEL_RANK = {"blue": 1, "yellow": 2, "orange": 3, "red": 4}
POST_KIND = {"post": "主帖", "reply": "回复", "repost": "转发", "comment": "评论"}
CLOCK = {
    "acknowledge": "签收",
    "authoritative_information": "权威信息（5 小时）",
    "press_conference": "新闻发布会（24 小时）",
    "response": "回应（48 小时）",
}
SOURCE_HINT = {
    "ok": "采集正常，近期有新帖",
    "quiet": "采集正常，但没有新帖",
    "blocked": "对方要求登录、验证码或拒绝访问，看不到内容不等于没有舆情",
    "broken": "连不上或内容无法解析，看不到内容不等于没有舆情",
    "new": "登记后还没有完成过一轮采集",
}
RULE = {
    "severe-post": "严重单帖",
    "event-burst": "事件爆发",
    "event-momentum": "声势上升",
    "event-size": "事件规模",
    "severe-reach": "传播力",
    "slow-rise": "缓慢升温",
    "coordinated-copies": "重复刷帖",
}
UNIT = {"nats": "", "posts": "帖", "x": "倍", "relevance": "", "reach": "", "share": ""}
"""Units of a reason; those without a word are plain scores."""
SOURCE_KIND = {"feed": "订阅", "forum": "论坛", "weibo": "微博", "page": "网页"}
PROCESS = {
    "desk": "工作台网页",
    "score": "帖文评分",
    "detect": "事件与预警",
    "archive": "入库",
    "notify": "通知",
    "prefect": "定时服务",
    "flows": "采集与定时任务",
    "example": "示例城市",
}
"""Processes of `minyi run`, by the names of their logs."""
PROCESS_STATE = {
    "waiting": "等待启动",
    "starting": "启动中",
    "running": "运行中",
    "restarting": "重启中",
    "stopped": "已停止",
}
DELIVERY = {"held": "暂缓", "claimed": "发送中", "waiting": "待重试", "delivered": "已送达", "failed": "未送达"}
CHANNEL = {"terminal": "终端", "webhook": "网络推送"}
"""Kinds of channels; one that was given a name shows that."""
HELD = {"quiet hours": "静默时段暂缓", "silence": "按静默指令暂缓", "together": "与其他预警合并暂缓"}
NOT_TOLD = {
    "superseded by newer news of the event": "已由该事件更新的通知代替",
    "over before it could be told": "通知前已结束，未通知",
    "nothing to tell any more": "已无需通知",
    "too old when it reached delivery": "送达前已过时，未通知",
}
"""Why nobody was told although nothing went wrong."""
SEND_FAILED = {"ConnectError": "连不上对方", "ProtocolError": "对方的应答看不懂", "terminal": "终端无法显示"}
"""How sending ended; the rest are time-outs and answers with a number."""
LOG_WHAT = {
    "opened": "立项",
    "alert": "新预警",
    "escalated": "升级",
    "reopened": "重新立项",
    "moved": "状态",
    "undone": "撤销",
    "assigned": "负责人",
    "note": "备注",
    "statement": "权威发布",
    "clock": "时限完成",
    "joined": "合并",
    "parted": "合并撤销",
    "told": "通知暂缓后发出，签收时限自此起算",
}
EDIT = {"merge": "合并", "split": "拆分", "undo": "撤销"}
LABEL_FIELD = {"relevant": "涉警", "category": "分类", "sentiment": "情感", "attitude": "对警态度", "intent": "意图"}
WEEKDAY = "一二三四五六日"


def word(table: Mapping[Any, str], slug: str | int | None) -> str:
    """The word for `slug`; the slug itself when the table does not know it; a dash for None."""
    return "—" if slug is None else table.get(slug, str(slug))


def delivery(state: str, error: str) -> str:
    """A line of the delivery log: where it stands, and why it waits or did not arrive."""
    if state == "held":
        return HELD.get(error, "即将通知")
    if error in NOT_TOLD:
        return NOT_TOLD[error]
    return word(DELIVERY, state) + (f"（{_send_failed(error)}）" if error else "")


def _send_failed(error: str) -> str:
    """`error` as consumers/senders.py leaves it."""
    if error.startswith("HTTP "):
        return f"对方返回 {error}"
    if error.endswith("Timeout"):
        return "对方没有及时应答"
    name = error.partition(":")[0]
    return next((words for ending, words in SEND_FAILED.items() if name.endswith(ending)), "发送失败")

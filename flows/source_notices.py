"""What the operator is told of a source: once when it goes blind, once when it sees again."""

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from store.engine import Connection
from store.notices import add_notice

BROKEN_ROUNDS = 3  # a single lost connection is everyday life; a site that refuses us is worth a word at once
HERE = ZoneInfo("Asia/Shanghai")
WORDS = {
    "captcha": "网站要求验证码",
    "login": "网站要求登录",
    "login-required": "网站要求登录",
    "token-expired": "访问令牌已过期，请更换",
    "refused": "网站拒绝读取",
    "busy": "网站提示请求过于频繁",
    "rate-limit": "网站提示请求过于频繁",
    "no-permission": "令牌没有这项权限",
    "http-403": "网站拒绝访问",
    "http-404": "地址不存在",
    "http-429": "网站提示请求过于频繁",
    "site-closed": "网站已关闭",
    "page-gone": "页面已不存在",
    "robots": "网站的 robots.txt 不允许读取",
    "robots-unavailable": "网站的 robots.txt 暂时无法读取",
    "daily-budget": "已达到每日请求上限",
    "no-secret": "缺少登录凭据（auth 指向的变量或文件为空）",
    "no-connection": "无法连接",
    "connection-lost": "连接中断",
    "timeout": "响应超时",
    "visit-timeout": "读取超时",
    "too-many-redirects": "地址反复跳转",
    "too-large": "内容过大",
    "empty": "地址返回的内容是空的",
    "truncated": "页面总是传输不完整",
    "not-a-feed": "地址返回的不是订阅源",
    "not-a-forum": "地址返回的不是论坛",
    "not-a-list": "页面上没有文章",
    "no-articles": "列表中的文章都读不到",
    "nothing-to-search": "没有填写关键词或账号",
    "kind-not-supported": "暂不支持这种来源",
    "collector-bug": "采集程序出错，请查看日志",
    "parser-bug": "解析程序出错，请查看日志",
}


def announce(
    conn: Connection,
    source: str,
    state: Literal["ok", "quiet", "blocked", "broken"],
    reason: str,
    left: dict[str, str],
    now: datetime,
    next_try: datetime,
) -> None:
    """Say what the operator must know, and note in `left` (the source's cursor) that it was said.

    One notice an episode: at the first blocked round or the BROKEN_ROUNDS-th broken one in a row, and one at its end.
    """
    if state in ("ok", "quiet"):
        since, told = left.pop("@blind_since", ""), left.pop("@told", "")
        if since and told:
            hours = (now - datetime.fromisoformat(since)).total_seconds() / 3600
            add_notice(
                conn, f"source-back:{source}:{since}", f"来源「{source}」已恢复采集，中断约 {_long(hours)}。", now
            )
        return
    since = left.setdefault("@blind_since", now.isoformat())
    if "@told" not in left and (state == "blocked" or int(left.get("@failures") or 0) >= BROKEN_ROUNDS):
        kind = "被拒绝访问" if state == "blocked" else "无法读取"
        began = datetime.fromisoformat(since).astimezone(HERE)
        words = (
            f"来源「{source}」{kind}：{WORDS.get(reason, reason)}（{reason}）。自 {began:%m-%d %H:%M} 起采集中断，"
            f"下次尝试 {next_try.astimezone(HERE):%m-%d %H:%M}。"
        )
        add_notice(conn, f"source-blind:{source}:{since}", words, now)
        left["@told"] = reason


def _long(hours: float) -> str:
    return f"{hours:.1f} 小时" if hours >= 1 else f"{max(round(hours * 60), 1)} 分钟"

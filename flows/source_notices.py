"""What the operator is told of a source: once when it goes blind, once when it sees again."""

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from models.vocabulary import source_reason
from store.engine import Connection
from store.notices import add_notice

BROKEN_ROUNDS = 3  # a single lost connection is everyday life; a site that refuses us is worth a word at once
HERE = ZoneInfo("Asia/Shanghai")


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
            f"来源「{source}」{kind}：{source_reason(reason)}。自 {began:%m-%d %H:%M} 起采集中断，"
            f"下次尝试 {next_try.astimezone(HERE):%m-%d %H:%M}。"
        )
        add_notice(conn, f"source-blind:{source}:{since}", words, now)
        left["@told"] = reason


def _long(hours: float) -> str:
    return f"{hours:.1f} 小时" if hours >= 1 else f"{max(round(hours * 60), 1)} 分钟"

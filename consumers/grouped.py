"""One message about several events: alerts, or all-clears, that are told together (consumers/telling.py)."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from bus.messages import AlertCleared, AlertRaised, Level, PostScored
from consumers import notices
from consumers.notices import Notice
from models.deadlines import Clock, beijing
from models.drill import marked
from models.levels import rank
from models.vocabulary import LEVEL

LISTED = 10  # events that a message about several names


def of_alerts(
    alerts: Sequence[AlertRaised],
    posts: Sequence[PostScored],
    clocks: Sequence[Clock],
    now: datetime,
    told: Level | None = None,
    *,
    place: str,
) -> Notice:
    """Alerts of several events of one place, or of none, as one message: the gravest in full, a line for each other.

    alerts: the gravest first, two at least; posts, clocks and told: of the first. place: empty for none.
    """
    top = alerts[0]
    whole = notices.of_alert(top, posts, clocks, now, told)
    what = f"{len(alerts)}起" + ("事件涉及同一单位/地点" if place else "指控未写明具体单位/地点")
    lines = [f"{what}（{place}），其中：" if place else f"{what}，其中：", f"1. 【{LEVEL[top.level]}】{top.headline}"]
    lines += whole.lines
    lines += [
        f"{n}. 【{LEVEL[a.level]}】{a.headline}（{notices.counted(a)}；{a.reasons[0].words if a.reasons else ''}）"
        for n, a in enumerate(alerts[1:LISTED], 2)
    ]
    lines += _more(alerts)
    members = [
        {"id": a.id, "event": a.event, "level": a.level, "headline": a.headline, "raised_at": a.raised_at.isoformat()}
        for a in alerts
    ]
    title = marked(f"【{LEVEL[top.level]}预警】{place or top.jurisdiction or '未注明'}：{what}", top.jurisdiction)
    fields = {**whole.fields, "together": members}
    return Notice("alert", _subject(alerts), top.level, top.jurisdiction, title, tuple(lines), top.raised_at, fields)


def of_all_clears(clears: Sequence[AlertCleared], now: datetime) -> Notice:
    """All-clears of several events that were told of as one group: a line for each.

    clears: two at least.
    """
    last = max(clears, key=lambda c: c.cleared_at)
    level = max((c.previous_level for c in clears), key=rank)
    lines = [f"{n}. {c.headline}（{c.words}）" for n, c in enumerate(clears[:LISTED], 1)]
    lines += [*_more(clears), f"时间：{beijing(last.cleared_at, now=now)}"]
    members = [{"id": c.id, "event": c.event, "level": c.previous_level, "headline": c.headline} for c in clears]
    title = marked(f"【预警解除】{last.jurisdiction or '未注明'}：{len(clears)}起事件", last.jurisdiction)
    fields = {"event": last.event, "headline": last.headline, "together": members}
    return Notice("all_clear", _subject(clears), level, last.jurisdiction, title, tuple(lines), last.cleared_at, fields)


def _more(news: Sequence[AlertRaised] | Sequence[AlertCleared]) -> list[str]:
    return [f"另有{len(news) - LISTED}起，见预警页面。"] if len(news) > LISTED else []


def _subject(news: Sequence[AlertRaised] | Sequence[AlertCleared]) -> str:
    """An id that follows from what is told, so that another try carries the same key."""
    return hashlib.blake2b("\n".join(sorted(n.id for n in news)).encode(), digest_size=16).hexdigest()

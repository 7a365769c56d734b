"""What people are told, as one value with two forms: a text for reading and an object for web hooks.

Quotes are masked and short; nothing here names an author.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec

from bus.messages import AlertCleared, AlertLowered, AlertRaised, Level, PostScored
from models.deadlines import TITLES, Clock, beijing, left_words
from models.drill import NOT_REAL, is_drill, marked
from models.fingerprint import distance
from models.kinds import spread_words
from models.levels import rank
from models.likeness import own_words
from models.privacy import mask
from models.vocabulary import LEVEL
from store.incidents import ClockDue

QUOTE_CHARS = 60
SAMPLES = 3
ALIKE_BITS = 6  # of 64; quotes only: events are joined by models/likeness.py
HELD_WORDS = {"quiet hours": "静默时段暂缓", "silence": "按静默指令暂缓", "together": "与其他预警合并"}
PLATFORMS = {"weibo": "微博", "forum": "论坛", "news": "新闻", "other": "其他"}


@dataclass(frozen=True)
class Sample:
    """One post of the event, quoted."""

    post: str
    platform: str
    published_at: datetime
    quote: str
    url: str


@dataclass(frozen=True)
class Notice:
    """One message to one audience."""

    kind: str
    """alert, step_down, all_clear or reminder."""
    subject: str
    """What it is about, for the delivery log: an alert's or all-clear's id, or incident|clock|due time."""
    level: str
    jurisdiction: str
    title: str
    lines: tuple[str, ...]
    at: datetime
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The whole message."""
        return "\n".join((self.title, *self.lines, *((NOT_REAL,) if is_drill(self.jurisdiction) else ())))

    def as_json(self) -> dict[str, Any]:
        """The object a web hook receives; fields in docs/alerts.md."""
        return {
            "type": self.kind,
            "id": self.subject,
            "level": self.level,
            "jurisdiction": self.jurisdiction,
            "title": self.title,
            "text": self.text,
            "at": self.at.isoformat(),
            **({"drill": True} if is_drill(self.jurisdiction) else {}),
            **self.fields,
        }


def samples_of(alert: AlertRaised, posts: Sequence[PostScored]) -> tuple[Sample, ...]:
    """Up to three posts: the first one, then the most heard ones with other words; near copies where there are none."""
    ranked = sorted(
        posts, key=lambda p: (p.id != alert.first_post, p.kind == "repost", -_heard(p), p.published_at, p.id)
    )
    quotes: dict[str, PostScored] = {}
    for post in ranked:
        text = " ".join(mask(own_words(post.text) or post.title or post.text).split())
        if text:
            quotes.setdefault(text if len(text) <= QUOTE_CHARS else text[: QUOTE_CHARS - 1] + "…", post)
    chosen: list[str] = []
    for quote, post in quotes.items():
        if len(chosen) < SAMPLES and not any(_alike(post, quotes[other]) for other in chosen):
            chosen.append(quote)
    chosen = [*chosen, *(quote for quote in quotes if quote not in chosen)][:SAMPLES]
    return tuple(Sample(p.id, PLATFORMS[p.platform], p.published_at, q, p.url) for q in chosen if (p := quotes[q]))


def of_alert(
    alert: AlertRaised,
    posts: Sequence[PostScored],
    clocks: Sequence[Clock],
    now: datetime,
    told: Level | None = None,
) -> Notice:
    """An alert: level, headline, place, why, counts, who spreads it, sample posts, what is due by when.

    told: the level this audience was last told of the event on this channel.
    """
    samples = samples_of(alert, posts)
    where = " ".join(dict.fromkeys(p for p in (alert.jurisdiction, alert.place) if p))
    lines = [f"地点：{where or '未注明'}  时间：{beijing(alert.raised_at, now=now)}"]
    lines += [f"原因：{reason.words}" for reason in alert.reasons]
    lines.append(f"数量：{counted(alert)}")
    lines += [f"传播者：{who}"] if (who := spread_by(alert, now)) else []
    lines += [
        f"例{i}：{s.platform} {beijing(s.published_at, now=now)}「{s.quote}」{s.url}".rstrip()
        for i, s in enumerate(samples, 1)
    ]
    if clocks:
        due = (f"{TITLES[c.name]} {beijing(c.due_at, now=now)}前（{left_words(c.due_at, now)}）" for c in clocks)
        lines.append("时限：" + "；".join(due))
    fields = {
        "alert": {"id": alert.id, "level": alert.level, "raised_at": alert.raised_at.isoformat()},
        "event": alert.event,
        "headline": alert.headline,
        "previous_level": alert.previous_level,
        "told_before": told,
        "place": alert.place,
        "category": alert.category,
        "reasons": [
            {"rule": r.rule, "measured": r.measured, "threshold": r.threshold, "words": r.words} for r in alert.reasons
        ],
        "counts": msgspec.to_builtins(alert.counts),
        "first_post": alert.first_post,
        "posts": [
            {
                "id": s.post,
                "platform": s.platform,
                "published_at": s.published_at.isoformat(),
                "quote": s.quote,
                "url": s.url,
            }
            for s in samples
        ],
        "due": [{"clock": c.name, "title": TITLES[c.name], "due_at": c.due_at.isoformat()} for c in clocks],
    }
    title = marked(f"【{LEVEL[alert.level]}预警】{alert.headline}{_since(alert, told)}", alert.jurisdiction)
    return Notice("alert", alert.id, alert.level, alert.jurisdiction, title, tuple(lines), alert.raised_at, fields)


def said_late(notice: Notice, why: str, since: datetime, now: datetime, stands: str | None = None) -> Notice:
    """The same message, saying that and why it was held back. why: one of HELD_WORDS.

    stands: the level the event has stepped down to meanwhile.
    """
    line = f"说明：{HELD_WORDS[why]}，{beijing(since, now=now)}起" + (f"；现已降为{LEVEL[stands]}" if stands else "")
    return replace(notice, lines=(*notice.lines, line), fields={**notice.fields, "held": {"why": why}})


def of_step_down(step: AlertLowered, now: datetime) -> Notice:
    """A step down."""
    lines = (step.words, f"时间：{beijing(step.lowered_at, now=now)}")
    title = marked(f"【预警降级：{LEVEL[step.previous_level]}→{LEVEL[step.level]}】{step.headline}", step.jurisdiction)
    fields = {"event": step.event, "headline": step.headline, "previous_level": step.previous_level}
    return Notice("step_down", step.id, step.level, step.jurisdiction, title, lines, step.lowered_at, fields)


def of_all_clear(clear: AlertCleared, now: datetime) -> Notice:
    """An all-clear."""
    lines = (clear.words, f"时间：{beijing(clear.cleared_at, now=now)}")
    title = marked(f"【预警解除】{clear.headline}", clear.jurisdiction)
    fields = {"event": clear.event, "headline": clear.headline}
    return Notice(
        "all_clear", clear.id, clear.previous_level, clear.jurisdiction, title, lines, clear.cleared_at, fields
    )


def of_clock(due: ClockDue, now: datetime) -> Notice:
    """A reminder: a clock is about to run out, or has."""
    title = f"【时限提醒】{TITLES.get(due.name, due.name)}{left_words(due.due_at, now)}：{due.headline}"
    title = marked(title, due.jurisdiction)
    lines = (f"级别：{LEVEL[due.level]}  截止：{beijing(due.due_at, now=now)}  承办：{due.owner or '未指定'}",)
    fields = {"incident": due.incident, "clock": due.name, "due_at": due.due_at.isoformat(), "owner": due.owner}
    return Notice("reminder", clock_subject(due), due.level, due.jurisdiction, title, lines, now, fields)


def clock_subject(due: ClockDue) -> str:
    """What the delivery log calls a reminder: a clock that starts anew has another due time and is told again."""
    return f"{due.incident}|{due.name}|{int(due.due_at.timestamp())}"


def _since(alert: AlertRaised, told: Level | None) -> str:
    """How this stands to what the reader was told before; nothing for what he hears for the first time."""
    if told is None:
        return ""
    rose = alert.previous_level is not None and rank(told) < rank(alert.level)
    return f"（由{LEVEL[told]}升级）" if rose else "（再次预警）"


def _alike(one: PostScored, other: PostScored) -> bool:
    return bool(one.fingerprint and other.fingerprint) and distance(one.fingerprint, other.fingerprint) <= ALIKE_BITS


def _heard(post: PostScored) -> int:
    return post.reposts + post.comments + post.likes // 10 + post.followers // 100


def counted(alert: AlertRaised) -> str:
    """The event so far, in words."""
    c = alert.counts
    parts = [f"{_span(alert)}帖文{c.posts}条"]
    parts += [f"负面{c.negative}条（{c.negative / c.posts:.0%}）"] if c.negative and c.posts else []
    parts += [f"转发{c.reposts}次"] if c.reposts else []
    parts += [f"作者{c.authors}名"] if c.authors else []
    parts += [f"最近1小时{c.last_hour}条"] if 0 < c.last_hour < c.posts else []
    spread = "、".join(f"{PLATFORMS.get(p, p)}{n}" for p, n in sorted(c.platforms.items(), key=lambda kv: -kv[1]))
    return "，".join(parts) + (f"（{spread}）" if spread else "")


def spread_by(alert: AlertRaised, now: datetime) -> str:
    """Who spreads the event, by kind, and since when media do; empty when the alert does not say, or nobody knows who
    the only one is."""
    c = alert.counts
    who = spread_words(c.posts_by_kind, c.authors_by_kind) if c.authors_by_kind != {"unknown": 1} else ""
    named = sum(c.posts_by_kind.values())
    if who and named != c.posts:  # a slow rise
        who = f"所列{named}帖中，{who}"
    if not who or c.media_at is None:
        return who
    began = c.media_at <= alert.window.start
    return who + ("；最早由媒体发布" if began else f"；媒体已跟进（最早{beijing(c.media_at, now=now)}）")


def _span(alert: AlertRaised) -> str:
    """`10分钟内`, `3小时内`, `2天内`: from the event's first post to its newest; empty where it is one post."""
    minutes = (alert.window.end - alert.window.start).total_seconds() / 60
    if alert.counts.posts < 2:
        return ""
    if minutes < 100:
        return f"{max(1, math.ceil(minutes))}分钟内"
    return f"{math.ceil(minutes / 60)}小时内" if minutes < 48 * 60 else f"{math.ceil(minutes / 1440)}天内"

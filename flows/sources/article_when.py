"""When an article was published: what its page states for machines, shows readers, or leaves in scripts or address.

A time in the page's metadata counts unless the one shown above the text contradicts it (a zone taken for another, an
hour of import). Pure.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flows import times
from flows.sources.article_body import Block, Element
from flows.wordings import parse_time

TIME_NAMES = (
    "article:published_time", "og:published_time", "datepublished", "publishdate", "publish_date", "publishtime",
    "publish_time", "pubdate", "pub_date", "weibo:article:create_at", "weibo: article:create_at", "og:release_date",
    "release_date", "og:time", "apub:time", "bytedance:published_time", "firstpublishedtime", "publication_date",
    "parsely-pub-date", "sailthru.date", "dc.date.issued", "dc.date", "dcterms.created", "createtime", "date",
    "datecreated", "dateupdate",
)  # fmt: skip
SAME = timedelta(minutes=15)  # a shown time this close to the stated one is the same publication, as readers saw it
MAX_SCRIPT = 400_000
FAR_CHARS = 400  # of text after the story's end in which a time may still be its own

_DATED = re.compile(
    r"(?:(?:19|20)\d{2}\s*(?:[-/.]|年)\s*\d{1,2}\s*(?:[-/.]|月)\s*\d{1,2}\s*日?|(?<!\d)\d{1,2}\.\d{1,2}\.(?:19|20)\d{2})"
    r"(?:[T\s,，]*(?:星期.|周.)?\s*(?:上午|下午|晚上|凌晨|中午|早上)?\s*\d{1,2}\s*[:：时点]\s*\d{1,2}(?:\s*[:：分]\s*\d{1,2}秒?)?)?"
)
_NAMED = re.compile(
    r"发布(?:时间|日期|于)?|发表(?:时间|于|日期)?|发稿|时间|日期|刊发|来源|來源|時間|發布|發表|Posted|Published|on\b",
    re.I,
)
_UPDATED = re.compile(r"(?:最后)?(?:更新|修改)(?:时间|日期|于)?\s*[:：]|最后(?:更新|编辑|修改)|Updated", re.I)
_RELATIVE = re.compile(
    r"^\s*(?:(?:发布|发表)于?\s*)?(?:刚刚|\d{1,2}\s*(?:秒|分钟|小时)前|(?:今天|昨天|前天|今日|昨日)\s*\d{1,2}[:：]\d{2}|\d{1,2}[-月]\d{1,2}日?\s+\d{1,2}[:：]\d{2})\s*$"
)
_SCRIPTED = re.compile(
    r"""["']?(?:_*\$?pub_?(?:lish)?_?time|pub_?date|publish_?date|ptime|news_?time|create_?time|datePublished|time)["']?"""
    r"""\s*[:=]\s*["'](\d{4}[-/]\d{1,2}[-/]\d{1,2}[ T]\d{1,2}:\d{2}(?::\d{2})?[^"']{0,8})["']""",
    re.I,
)
_SECONDS = re.compile(
    r"""(?<![A-Za-z])["']?(?:ct|(?:ori_?)?(?:create|pub(?:lish)?|release|issue|news|send)_?(?:time|date|at)|ptime)["']?"""
    r"""\s*[:=]\s*["']?(1\d{9}(?:\d{3})?)["']?(?![\d.])""",
    re.I,
)
_PIECES = re.compile(
    r"(?<!\d)(20\d{2})\s*[年/]?\s*(0?[1-9]|1[0-2])\s*/\s*([0-2]\d|3[01]|[1-9])\s*((?:[01]\d|2[0-3]):\d{2}(?::\d{2})?)"
)
_ADDRESS = re.compile(
    r"(?:/|[/_]t|[-_])(20\d{2})(?:[-_/]?(0[1-9]|1[0-2])[-_/]?(0[1-9]|[12]\d|3[01])|/([1-9]|1[0-2])/([1-9]|[12]\d|3[01]))"
    r"(?=[/_.-]|$)"
)
_PUBLISHED = re.compile(r"(?:发布|发表|发稿|發布|發表)(?:时间|時間|日期|于)?\s*[:：]?\s*")
_HALF = re.compile(r"上午|下午|晚上|凌晨|中午|早上")
_CLOCK_BEFORE = re.compile(r"(?<![\d:])((?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)\s*[,，|]?\s*$")
_FIGURES = "零一二三四五六七八九"
_ZEROS = str.maketrans("〇○Ｏ", "零零零")
_CHINESE = re.compile(
    r"([零〇○一二三四五六七八九]{4})年([一二三四五六七八九]|十[一二]?)月([二三]?十[一二三四五六七八九]?|[一二三四五六七八九])日"
)
_ATTRIBUTE = re.compile(r"p(?:ub)?-?time|pubdate", re.I)


@dataclass(frozen=True)
class Written:
    """The times a page states in its markup, as written: for machines, and left over in attributes and scripts."""

    machine: list[str]
    hidden: list[str]


def written_times(root: Element, stated: dict[str, str], data: dict[str, Any]) -> Written:
    """What the whole page, furniture included, states."""
    attributes = [v for n in root.iter() if isinstance(n.tag, str) for k, v in n.attrib.items() if _ATTRIBUTE.search(k)]
    scripts = [s.text[:MAX_SCRIPT] for s in root.iter("script") if s.text]
    scripts = [m[1] for pattern in (_SCRIPTED, _SECONDS) for text in scripts for m in pattern.finditer(text)]
    return Written(_for_machines(root, stated, data), attributes + scripts)


def published(
    written: Written, blocks: list[Block], begin: int, end: int, zone: str, now: datetime, url: str = ""
) -> tuple[datetime, bool] | None:
    """(time, whether its hour was stated). `blocks[begin:end]` is the story: the time stands before it, or behind.

    The day in the address (/2026-11/21/, t20261121_) counts where the page itself says nothing.
    """
    machine = _first(written.machine, zone, now)
    shown = _shown(blocks, begin, end, zone, now)
    if machine and machine[1]:
        return _agreed(machine, shown)
    if shown and shown[1]:
        return shown
    day = shown or machine
    hidden = _first(written.hidden, zone, now)
    if hidden and hidden[1] and (day is None or abs(hidden[0] - day[0]) < timedelta(days=2)):
        return hidden
    return day or _addressed(url, zone, now)


def _addressed(url: str, zone: str, now: datetime) -> tuple[datetime, bool] | None:
    match = _ADDRESS.search(urlsplit(url).path)
    numbers = [g for g in match.groups() if g and g.isdigit()] if match else []
    return times.parse("-".join(numbers), zone, now) if numbers else None


def _for_machines(root: Element, stated: dict[str, str], data: dict[str, Any]) -> list[str]:
    said = [str(data.get(k) or "") for k in ("datePublished", "dateCreated")]
    said += [stated.get(name, "") for name in TIME_NAMES]
    said += [t.get("datetime") or "" for t in root.xpath("//time[@itemprop='datePublished' or @pubdate]")]
    said += [t.get("datetime") or "" for t in root.iter("time")][:1]
    return [s for s in said if s]


def _first(written: list[str], zone: str, now: datetime) -> tuple[datetime, bool] | None:
    """The first usable time with an hour, else the first with a day."""
    day = None
    for words in written:
        known = _stamp(words, now) if words.isdigit() and len(words) >= 10 else times.parse(words, zone, now)
        if known is not None and known[1]:
            return known
        day = day or known
    return day


def _stamp(words: str, now: datetime) -> tuple[datetime, bool] | None:
    known = times.epoch(int(words), now) if len(words) in (10, 13) else None
    return (known, True) if known else None


def _agreed(machine: tuple[datetime, bool], shown: tuple[datetime, bool] | None) -> tuple[datetime, bool]:
    """The stated time, unless the shown one differs by minutes or by whole hours of a confused zone."""
    if shown is None or not shown[1]:
        return machine
    apart = abs(machine[0] - shown[0])
    if timedelta(seconds=60) <= apart <= SAME or apart % timedelta(hours=8) < timedelta(
        minutes=1
    ) <= apart <= timedelta(hours=16):
        return shown
    return machine


def _shown(blocks: list[Block], begin: int, end: int, zone: str, now: datetime) -> tuple[datetime, bool] | None:
    """The time a reader sees: nearest above the text, in its first lines, or in a labelled line just behind it."""
    ranked: list[tuple[float, tuple[datetime, bool]]] = []
    behind = 0
    for index, block in enumerate(blocks):
        behind += len(block.text) if index >= end else 0
        if len(block.text) > 300 or block.is_links or behind > FAR_CHARS:
            continue
        short = len(block.text) <= 120
        known = _read(block.text, zone, now) if short or _NAMED.search(block.text[:60]) else None
        if known is None or (index >= begin and not short):
            continue
        updated = bool(_UPDATED.search(block.text)) and not _PUBLISHED.search(block.text)
        named = bool(_NAMED.search(block.text)) and not updated
        if index < begin:
            rank = 3.0 + 2 * known[1] + named - min(begin - index, 60) / 20
        elif index < end:
            rank = 1.0 + known[1] + 2 * named - min(index - begin, 60) / 20
        else:
            rank = known[1] + 2.0 * named - 1.5
        ranked.append((rank - 2 * updated, known))
    best = max(ranked, key=lambda r: r[0], default=None)
    return best[1] if best and best[0] > 0 else None


def _read(text: str, zone: str, now: datetime) -> tuple[datetime, bool] | None:
    text = _CHINESE.sub(_in_figures, text)
    label = _PUBLISHED.search(text)  # 更新时间 and 发布时间 may share a line
    match = (_DATED.match(text, label.end()) if label else None) or _DATED.search(text)
    if match:
        known = times.parse(match[0], zone, now)
        if known and not known[1] and (exact := _with_hour(text, match, zone, now)):
            return exact
        return known
    if pieces := _PIECES.search(text):
        return times.parse(f"{pieces[1]}-{pieces[2]}-{pieces[3]} {pieces[4]}", zone, now)
    if _RELATIVE.match(text) and (said := parse_time(text.strip(), now=now, zone=zone)) is not None:
        return said[0], said[1] in ("second", "minute", "hour")
    return None


def _with_hour(text: str, match: re.Match[str], zone: str, now: datetime) -> tuple[datetime, bool] | None:
    """The hour of a day that is written 下午8:30, or before the day (08:30 2026-11-21)."""
    if _HALF.search(match[0]) and (known := parse_time(match[0], now=now, zone=zone)) is not None:
        return known[0], known[1] in ("second", "minute", "hour")
    before = _CLOCK_BEFORE.search(text[: match.start()])
    return times.parse(f"{match[0]} {before[1]}", zone, now) if before else None


def _in_figures(match: re.Match[str]) -> str:
    """二〇二六年十一月二十一日 as 2026年11月21日."""
    year = "".join(str(_FIGURES.index(c) % 10) for c in match[1].translate(_ZEROS))
    return f"{year}年{_number(match[2])}月{_number(match[3])}日"


def _number(written: str) -> int:
    tens, ten, ones = written.rpartition("十")
    return (_FIGURES.index(tens) if tens else 1) * 10 * bool(ten) + (_FIGURES.index(ones) if ones else 0)

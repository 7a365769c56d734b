"""Digest -> Document: the text of the daily, weekly and monthly report, built from figures only.

概述 (at most 200 characters), what needs a decision, then seven parts. A part with nothing to report says so in one
sentence; a figure whose base is small is shown as counts.
"""

from datetime import timedelta

from models.vocabulary import LEVEL
from reports import sections, sections_register
from reports.document import Block, Document, Heading, Note, Paragraph, Sentence, Span, say
from reports.phrases import change, count, link_of, quoted, share_words
from reports.sections_common import names
from reports.shapes import Digest, IncidentLine
from reports.words import (
    PERIODS,
    cut,
    day_words,
    hours_words,
    issue_words,
    local,
    period_words,
    span_words,
    stamp_words,
)

OVERVIEW_CHARS = 200  # what a leader reads in one look; also the usual limit of the trade
NUMBERS = "一二三四五六七"
PARTS = (
    ("总体情况", sections.overall),
    ("预警与处置", sections_register.alerts),
    ("重点事件", sections.events),
    ("分类与地域", sections.categories),
    ("正面声音", sections.praise),
    ("待回应诉求", sections.unanswered),
    ("监测质量", sections.quality),
)


def document(digest: Digest) -> Document:
    """The whole report. The same digest always gives the same words."""
    blocks: list[Block] = [Paragraph(tuple(overview(digest)), lead="概述：")]
    urgent = attention(digest)
    if urgent:
        blocks.append(Paragraph(tuple(urgent), lead="提请关注："))
    for number, (name, part) in zip(NUMBERS, PARTS, strict=True):
        blocks.append(Heading(f"{number}、{name}"))
        blocks += part(digest)
    blocks += [Note(text) for text in notes(digest)]
    return Document(
        title=f"{digest.jurisdiction}涉警舆情{PERIODS[digest.kind][2]}",
        subtitle=_subtitle(digest),
        stamp=f"数据截至{stamp_words(digest.as_of)}",
        blocks=tuple(blocks),
    )


def overview(digest: Digest) -> list[Sentence]:
    """The judgement in figures: sentences by weight, as many as fit into OVERVIEW_CHARS."""
    kept: list[Sentence] = []
    room = OVERVIEW_CHARS
    for sentence in _overview(digest):
        if len(sentence.text) <= room:
            kept.append(sentence)
            room -= len(sentence.text)
    return kept


def _overview(digest: Digest) -> list[Sentence]:
    this, before = names(digest)
    volume = digest.volume
    if not volume.collected.now.value:
        return [say("{}{}。", this, Span("没有采集到公开帖文", link_of(volume.collected.now))), *_blind(digest)]
    words = [
        say(
            "{}采集公开帖文{}，其中涉警{}{}；负面{}{}。",
            this,
            count(volume.collected.now),
            count(volume.relevant.now),
            change(volume.relevant, before),
            count(volume.negative.now),
            share_words(volume.negative_share, "涉警帖文"),
        ),
        _alert_words(digest),
        *_blind(digest),
    ]
    if digest.events:
        top = digest.events[0]
        words.append(
            say("关注度最高的是{}（{}）。", Span(f"“{cut(top.headline, 24)}”", top.link), count(top.posts.now))
        )
    if digest.unanswered.total.value:
        words.append(say("待回应的质疑、咨询和投诉{}。", count(digest.unanswered.total)))
    return words


def _alert_words(digest: Digest) -> Sentence:
    total = digest.alerts_total.now
    if not total.value:
        return say("{}。", Span("未发布预警", link_of(total)))
    levels: list[Span] = []
    for level, name in LEVEL.items():
        figure = digest.alerts_by_level.get(level)
        if figure and figure.value:
            levels += [Span("、" if levels else ""), Span(f"{name}{figure.value}次", link_of(figure))]
    return say("发布预警{}（" + "{}" * len(levels) + "）。", count(total, "次"), *levels)


def _blind(digest: Digest) -> list[Sentence]:
    """Hours in which sources could not be seen; said early, because every number before it is then too low."""
    blind = [s for s in digest.health if s.blind_hours > 0]
    if not blind:
        return []
    hours = Span(f"{len(blind)}个信息源累计{hours_words(digest.blind_hours)}", f"{digest.desk}/health")
    return [say("{}未能监测，数字可能偏低。", hours)]


def attention(digest: Digest) -> list[Sentence]:
    """At most three matters that need a decision: overdue clocks, the most asked-about event, sources down now."""
    found: list[Sentence] = []
    late = overdue(digest)
    if late:
        incident, minutes = late[0]
        more = Span(f"等{len(late)}起", f"{digest.desk}/incidents") if len(late) > 1 else Span("")
        span = Span(span_words(timedelta(minutes=minutes)), incident.link)
        found.append(say("{}{}处置逾期，最长{}；", quoted(incident), more, span))
    if digest.unanswered.events:
        top = digest.unanswered.events[0]
        found.append(say("{}尚无官方回应，群众提出质疑、咨询和投诉{}；", quoted(top), count(top.asks)))
    down = [s for s in digest.health if s.state in ("blocked", "broken")]
    if down:
        names = Span("、".join(s.name for s in down[:3]) + ("等" if len(down) > 3 else ""), f"{digest.desk}/health")
        found.append(say("信息源{}目前看不到内容；", names))
    marked = [
        Sentence((Span(f"{mark}是" if len(found) > 1 else ""), *s.spans))
        for mark, s in zip("一二三", found, strict=False)
    ]
    return [*marked[:-1], _closed(marked[-1])] if marked else []


def _closed(sentence: Sentence) -> Sentence:
    *others, last = sentence.spans
    return Sentence((*others, Span(last.text.removesuffix("；") + "。", last.link)))


def overdue(digest: Digest) -> list[tuple[IncidentLine, int]]:
    """Incidents with a clock past and not met, the longest first, with its minutes."""
    late = [
        (incident, max(c.minutes for c in incident.clocks if c.state == "overdue"))
        for incident in digest.incidents
        if any(c.state == "overdue" for c in incident.clocks)
    ]
    return sorted(late, key=lambda pair: (-pair[1], pair[0].id))


def _subtitle(digest: Digest) -> str:
    from reports.period import Period

    period = Period(digest.kind, digest.period, digest.since, digest.until)
    if digest.kind == "week":
        return f"{issue_words(period)}（{day_words(period.first_day)}至{day_words(period.last_day)}）"
    return issue_words(period) or period_words(period)


def notes(digest: Digest) -> list[str]:
    """How the figures were made; the same in every issue."""
    before = PERIODS[digest.kind][1]
    said = [
        "统计口径：时间均为北京时间，帖文按发布时间归入本期；只统计公开帖文，作者已化名，引文中的电话、证件号、"
        "昵称等已遮盖；涉警、情感、分类和诉求由程序判别，个别帖文可能有误，可在系统中更正。",
        "基数不足二十条时只列条数，不计算百分比。文中和表中的数字均可点开，查看所统计的帖文、预警或事件。",
    ]
    compared = bool(digest.volume.collected.before.value)
    if not digest.complete and compared:
        at = local(digest.before_until - timedelta(microseconds=1))
        said.append(f"本期尚未结束，与{before}同期（至{day_words(at.date())}{at:%H:%M}）比较。")
    if not compared and digest.volume.collected.now.value:
        said.append(f"{before}{'' if digest.complete else '同期'}没有采集到帖文，不作比较。")
    return said

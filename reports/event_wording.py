"""EventReport -> Document: one matter on a few pages, in the order of a special report (专报).

概述, 传播过程, 各方声音, 预警与处置, 官方声明及其后.
"""

from models.vocabulary import CATEGORY, LEVEL, PHASE
from reports.document import Block, Chart, Column, Document, Heading, Note, Paragraph, Sentence, Span, Table, say
from reports.event_figures import EventReport, LogLine, StatementLine
from reports.phrases import cell, count, counted, link_of, share_cell, share_words, state_words
from reports.sections import quotes
from reports.sections_register import alert_table, clock_table
from reports.words import cut, hours_words, stamp_words, time_words

TITLE_CHARS = 28
WHAT = {
    "opened": "登记",
    "escalated": "升级",
    "reopened": "重新登记",
    "moved": "状态变更",
    "undone": "撤销变更",
    "statement": "录入官方声明",
    "clock": "完成时限事项",
}


def document(report: EventReport) -> Document:
    """The whole report. The same figures always give the same words."""
    blocks: list[Block] = [Paragraph(tuple(_overview(report)), lead="概述：")]
    parts = (("传播过程", _course), ("各方声音", _voices), ("预警与处置", _register), ("官方声明", _statements))
    for number, (name, part) in zip("一二三四", parts, strict=True):
        blocks.append(Heading(f"{number}、{name}"))
        blocks += part(report)
    blocks.append(
        Note(
            "统计口径：时间均为北京时间；只统计公开帖文，作者已化名，引文中的电话、证件号、昵称等已遮盖；涉警、情感和诉求由程序"
            "判别，个别帖文可能有误。基数不足二十条时不计算百分比。文中和表中的数字均可点开，查看所统计的帖文。"
        )
    )
    return Document(
        title="涉警舆情专报",
        subtitle=cut(report.event.headline, TITLE_CHARS),
        stamp=f"数据截至{stamp_words(report.as_of)}",
        blocks=tuple(blocks),
    )


def _overview(report: EventReport) -> list[Sentence]:
    event = report.event
    where = "，".join(w for w in (event.place, CATEGORY.get(event.category or "", "")) if w)
    words = [
        say(
            "{}{}首次出现，目前处于{}。",
            Span(where + "，" if where else "", event.link),
            Span(time_words(event.first_at), event.link),
            Span(PHASE.get(event.phase, event.phase), event.link),
        ),
        say(
            "共收集相关帖文{}{}，其中涉警{}，负面{}{}。",
            count(report.total),
            Span(f"（同文{report.copies.value}条）" if report.copies.value else "", link_of(report.copies)),
            count(event.posts.now),
            count(event.negative.part),
            share_words(event.negative, "涉警帖文"),
        ),
    ]
    if event.level:
        words.append(say("最高预警级别为{}。", Span(LEVEL.get(event.level, event.level), event.link)))
    answer = f"已发布官方声明{event.answered}份" if event.answered else "尚无官方声明"
    words.append(say("{}。", Span(answer, report.incident.link if report.incident else event.link)))
    return words


def _course(report: EventReport) -> list[Block]:
    event = report.event
    blocks: list[Block] = []
    if report.buckets:
        top = max(report.buckets, key=lambda b: b.relevant.value)
        unit = "小时" if report.hourly else "天"
        peak = Span(top.label, link_of(top.relevant))
        blocks.append(Paragraph((say(f"帖文最多的一{unit}是{{}}，涉警{{}}。", peak, count(top.relevant)),)))
        columns = tuple(
            Column(
                b.label.split("日")[-1] if report.hourly else b.label.split("月")[-1],
                b.relevant.value,
                b.negative.value,
                link_of(b.relevant),
            )
            for b in report.buckets
        )
        blocks.append(Chart(f"每{unit}涉警帖文（条）", "涉警", "其中负面", columns))
    platforms = counted(event.platforms, "涉警帖文来自{}。")
    if platforms:
        blocks.append(Paragraph((platforms,)))
    return blocks or [Paragraph((say("{}。", Span("相关帖文已不在库中", event.link)),))]


def _voices(report: EventReport) -> list[Block]:
    words = [
        counted(report.attitudes, "对警方的态度：{}。"),
        counted(report.intents, "发帖意图：{}。"),
    ]
    said = tuple(w for w in words if w)
    blocks: list[Block] = [Paragraph(said)] if said else []
    blocks += quotes(report.event.quotes)
    return blocks or [Paragraph((say("{}。", Span("没有可引用的涉警帖文", report.event.link)),))]


def _register(report: EventReport) -> list[Block]:
    link = report.event.link
    blocks: list[Block] = []
    if report.alerts:
        blocks.append(alert_table(report.alerts))
    else:
        blocks.append(Paragraph((say("{}。", Span("未发布预警", link)),)))
    if report.incident is None:
        blocks.append(Paragraph((say("{}。", Span("未登记处置事件", link)),)))
        return blocks
    incident = report.incident
    state = Span(state_words(incident.state), incident.link)
    blocks.append(Paragraph((say("处置事件目前{}。", state),)))
    if incident.clocks:
        blocks.append(clock_table([incident]))
    if report.log:
        rows = [_log_row(line, incident.link) for line in report.log]
        blocks.append(Table("处置经过", ("时间", "事项", "内容"), tuple(rows), (24, 30, 46), (1, 2)))
    return blocks


def _log_row(line: LogLine, link: str) -> tuple[Sentence, ...]:
    def named(slug: str) -> str:
        return LEVEL.get(slug) or state_words(slug)

    change = "→".join(named(s) for s in (line.was, line.now) if s) or "—"
    words = (time_words(line.at), WHAT.get(line.what, line.what), change)
    return tuple(Sentence((Span(text, link),)) for text in words)


def _statements(report: EventReport) -> list[Block]:
    link = report.incident.link if report.incident else report.event.link
    if not report.statements:
        return [Paragraph((say("{}。", Span("尚未录入官方声明", link)),))]
    blocks: list[Block] = []
    for statement in report.statements:
        at = Span(f"{time_words(statement.published_at)}发布", statement.url or link)
        blocks.append(Paragraph((say("{}：{}", at, Span(f"“{statement.text}”", statement.url or link)),)))
    rows = [_wake_row(s) for s in report.statements]
    header = ("声明时间", "前24小时涉警", "负面占比", "后24小时涉警", "负面占比", "已过时间")
    blocks.append(Table("声明前后对比", header, tuple(rows), (22, 18, 14, 18, 14, 14)))
    return blocks


def _wake_row(statement: StatementLine) -> tuple[Sentence, ...]:
    return (
        Sentence((Span(time_words(statement.published_at), link_of(statement.after)),)),
        cell(statement.before),
        share_cell(statement.negative_before),
        cell(statement.after),
        share_cell(statement.negative_after),
        Sentence((Span(hours_words(statement.after_hours), link_of(statement.after)),)),
    )

"""The parts of a digest, each Digest -> blocks; the second is in sections_register.py."""

from collections.abc import Sequence

from models.vocabulary import CATEGORY, LEVEL, PHASE, SOURCE_STATE, source_reason
from reports.document import Block, Chart, Column, Heading, Paragraph, Quote, Sentence, Span, Table, say
from reports.phrases import (
    DASH,
    cell,
    change,
    change_cells,
    count,
    counted,
    link_of,
    listed,
    origin,
    share_cell,
    share_words,
)
from reports.sections_common import TABLE_ROWS, capped, names, only, words_cell
from reports.shapes import AskedEvent, Digest, EventLine, QuoteLine, Slice, SourceLine
from reports.words import HEADLINE_CHARS, cut, hours_words, time_words

PLACES = 10
DETAILED_EVENTS = 3  # the others of the top ten stand in a table
ORDINALS = "一二三四五六七八九十"


def overall(digest: Digest) -> list[Block]:
    """一、总体情况: volume against the period before, the course, platforms."""
    this, before = names(digest)
    volume = digest.volume
    if not volume.collected.now.value:
        return [only(say("{}{}。", this, Span("没有采集到公开帖文", link_of(volume.collected.now))))]
    blocks: list[Block] = [_volume_table(digest, this, before)]
    if volume.copies.value:
        blocks.append(only(_copies(digest)))
    if volume.relevant.now.value:
        blocks += [_peak(digest), _course(digest)]
        attitude = counted(volume.attitudes, "涉警帖文对警方的态度：{}。")
        if attitude:
            blocks.append(only(attitude))
        blocks.append(_slices("涉警帖文的平台分布", "平台", digest.platforms, before))
    return blocks


def _copies(digest: Digest) -> Sentence:
    """How many of the posts counted say exactly what another said."""
    volume = digest.volume
    of_police = (Span("，其中涉警"), count(volume.relevant_copies)) if volume.relevant_copies.value else ()
    ending = Span("，逐条计入以上数字，查看时同一文字只列一次。")
    return Sentence((Span("采集帖文中与本期更早一条文字完全相同的"), count(volume.copies), *of_police, ending))


def _volume_table(digest: Digest, this: str, before: str) -> Table:
    volume = digest.volume
    share = volume.negative_share_before
    rows = [
        (words_cell(name), cell(what.now), *change_cells(what, before))
        for name, what in (
            ("采集帖文", volume.collected),
            ("其中涉警", volume.relevant),
            ("涉警负面", volume.negative),
            ("发布预警", digest.alerts_total),
        )
    ]
    moved = Sentence((Span(f"{volume.points:+.1f}个百分点", link_of(share.part)),)) if volume.points else DASH
    shares = (share_cell(share), moved, DASH) if before else ()
    rows.insert(3, (words_cell("负面占比"), share_cell(volume.negative_share), *shares))
    versus, widths = ((before, "变化", "变化率"), (24, 30, 24)) if before else ((), ())
    return Table("主要指标", ("指标", this, *versus), tuple(rows), (30, 24, *widths))


def _peak(digest: Digest) -> Paragraph:
    top = max(digest.buckets, key=lambda b: b.relevant.value)
    when = "时段" if digest.kind == "day" else "一天"
    words = say(
        "涉警帖文最多的{}是{}，共{}，其中负面{}。",
        when,
        Span(top.label, link_of(top.relevant)),
        count(top.relevant),
        count(top.negative),
    )
    return only(words)


def _course(digest: Digest) -> Chart:
    columns = tuple(
        Column(_short(digest, b.label), b.relevant.value, b.negative.value, link_of(b.relevant)) for b in digest.buckets
    )
    unit = "每小时" if digest.kind == "day" else "每日"
    return Chart(f"{unit}涉警帖文（条）", "涉警", "其中负面", columns)


def _short(digest: Digest, label: str) -> str:
    return label if digest.kind == "week" else label.split("月")[-1].rstrip("日时")


def _slices(caption: str, name: str, slices: Sequence[Slice], before: str) -> Table:
    shown = [s for s in slices if s.relevant.now.value or s.relevant.before.value][:TABLE_ROWS]
    rows = [
        (
            Sentence((Span(s.name, link_of(s.relevant.now)),)),
            cell(s.relevant.now),
            *change_cells(s.relevant, before),
            cell(s.negative.part),
            share_cell(s.negative),
        )
        for s in shown
    ]
    versus, widths = ((before, "变化", "变化率"), (18, 18, 24)) if before else ((), ())
    header = (name, "涉警", *versus, "负面", "负面占比")
    return Table(caption, header, tuple(rows), (38, 18, *widths, 18, 22))


def events(digest: Digest) -> list[Block]:
    """三、重点事件: by police posts of the period; the first three with quotes, the rest in a table."""
    this, before = names(digest)
    if not digest.events:
        return [only(say("{}{}。", this, Span("没有形成事件的涉警帖文", digest.events_link)))]
    blocks: list[Block] = []
    for ordinal, event in zip(ORDINALS, digest.events[:DETAILED_EVENTS], strict=False):
        blocks.append(Heading(f"（{ordinal}）{cut(event.headline, HEADLINE_CHARS)}", 2))
        blocks += event_blocks(event, this, before)
    rest = digest.events[DETAILED_EVENTS:]
    if rest:
        rows = [
            (
                Sentence((Span(cut(e.headline, HEADLINE_CHARS), e.link),)),
                Sentence((Span(_where(e), e.link),)),
                cell(e.posts.now),
                cell(e.negative.part),
                Sentence((Span(PHASE.get(e.phase, e.phase), e.link),)),
            )
            for e in rest
        ]
        blocks.append(
            Table("其他事件", ("事件", "地点和分类", "涉警", "负面", "阶段"), tuple(rows), (44, 36, 11, 11, 14))
        )
    return blocks


def event_blocks(event: EventLine, this: str, before: str) -> list[Block]:
    """What happened around one event, in figures and quotes."""
    opening = f"{{}}，{this}新出现，首帖{{}}，目前处于{{}}。" if event.is_new else "{}，{}首次出现，目前处于{}。"
    words = [
        say(opening, _place(event), Span(time_words(event.first_at), event.link), _phase(event)),
        say(
            "{}涉警帖文{}{}，其中负面{}{}。",
            this,
            count(event.posts.now),
            Span("") if event.is_new else change(event.posts, before),
            count(event.negative.part),
            share_words(event.negative, "该事件涉警帖文"),
        ),
    ]
    platforms = listed(event.platforms)
    if platforms:
        words.append(Sentence((Span("来自"), *platforms, Span("。"))))
    if event.level:
        words.append(say("最高预警级别为{}。", Span(LEVEL.get(event.level, event.level), event.link)))
    if event.answered or event.category != "praise":
        answer = f"已发布官方声明{event.answered}份" if event.answered else "尚无官方声明"
        words.append(say("{}。", Span(answer, event.link)))
    return [Paragraph(tuple(words)), *quotes(event.quotes)]


def quotes(lines: Sequence[QuoteLine]) -> list[Block]:
    """Masked words with their origin."""
    return [Quote(q.text, origin(q), q.link) for q in lines]


def _phase(event: EventLine) -> Span:
    return Span(PHASE.get(event.phase, event.phase), event.link)


def _place(event: EventLine) -> Span:
    return Span(_where(event), event.link)


def _where(event: EventLine | AskedEvent) -> str:
    return "，".join(w for w in (event.place, CATEGORY.get(event.category or "", "")) if w)


def categories(digest: Digest) -> list[Block]:
    """四、分类与地域."""
    this, before = names(digest)
    relevant = digest.volume.relevant.now
    if not relevant.value:
        return [only(say("{}{}。", this, Span("没有涉警帖文", link_of(relevant))))]
    top = max(digest.categories, key=lambda s: s.relevant.now.value)
    words = [say("涉警帖文中最多的是{}，{}{}。", *_named(top, before))]
    rising = [s for s in digest.categories if s.relevant.change > 0 and s is not top]
    if rising and before:
        words.append(say("此外增加最多的是{}，{}{}。", *_named(max(rising, key=lambda s: s.relevant.change), before)))
    blocks: list[Block] = [Paragraph(tuple(words)), _slices("涉警帖文的分类", "分类", digest.categories, before)]
    if digest.places:
        caption = "涉警帖文提到的地点（一帖可提到多处）"
        if len(digest.places) > PLACES:
            caption = f"涉警帖文提到最多的{PLACES}个地点（共{len(digest.places)}个，一帖可提到多处）"
        blocks.append(_slices(caption, "地点", digest.places[:PLACES], before))
    return blocks


def _named(item: Slice, before: str) -> tuple[Span, Span, Span]:
    link = link_of(item.relevant.now)
    return Span(item.name, link), count(item.relevant.now), change(item.relevant, before)


def praise(digest: Digest) -> list[Block]:
    """五、正面声音: what people thank the police for."""
    this, before = names(digest)
    if not digest.praise.now.value:
        return [only(say("{}{}。", this, Span("没有肯定警方的帖文", link_of(digest.praise.now))))]
    words = say("{}肯定警方的帖文{}{}。", this, count(digest.praise.now), change(digest.praise, before))
    return [only(words), *quotes(digest.praise_quotes)]


def unanswered(digest: Digest) -> list[Block]:
    """六、待回应诉求: questions, inquiries and complaints about matters nobody has answered publicly."""
    this, _ = names(digest)
    found = digest.unanswered
    if not found.asked.value:
        return [only(say("{}{}。", this, Span("没有质疑、咨询和投诉", link_of(found.asked))))]
    kinds = listed(found.intents)
    words = [
        say("{}群众提出质疑、咨询和投诉{}（" + "{}" * len(kinds) + "）。", this, count(found.asked), *kinds),
        say("其中{}所涉事项尚无官方回应。", count(found.total))
        if found.total.value
        else say("{}。", Span("所涉事项均已有官方回应", link_of(found.asked))),
    ]
    blocks: list[Block] = [Paragraph(tuple(words))]
    if found.events:
        rows = [
            (
                Sentence((Span(cut(e.headline, HEADLINE_CHARS), e.link),)),
                Sentence((Span(_where(e), e.link),)),
                cell(e.asks),
                Sentence((Span(time_words(e.last_at), e.link),)),
            )
            for e in found.events[:TABLE_ROWS]
        ]
        header = ("待回应的事件", "地点和分类", "诉求", "最近")
        blocks.append(Table("尚无官方回应的事件", header, tuple(rows), (42, 36, 10, 26)))
    if found.single:
        blocks.append(only(say("未归入事件的诉求，{}：", Span("最近几条", found.single[0].link))))
        blocks += quotes(found.single)
    return blocks


def quality(digest: Digest) -> list[Block]:
    """七、监测质量: what could not be seen. Blocked, broken, empty and quiet are four different things."""
    link = f"{digest.desk}/health"
    if not digest.health:
        return [only(say("{}。", Span("没有登记信息源，以上数字只含人工导入的帖文", link)))]
    blind = [s for s in digest.health if s.blind_hours > 0]
    words = [say("共监测{}。", Span(f"{len(digest.health)}个信息源", link))]
    if blind:
        hours = Span(hours_words(digest.blind_hours), link)
        words.append(say("其中{}曾有时段未能监测，累计{}，期间的数字不完整。", Span(f"{len(blind)}个", link), hours))
    else:
        words.append(say("{}。", Span("各信息源全程正常监测", link)))
    rows = [_source_row(s) for s in digest.health[:TABLE_ROWS]]
    header = ("信息源", "目前状态", "本期帖文", "未能监测", "最近成功")
    table = Table(capped("信息源", digest.health), header, tuple(rows), (34, 36, 15, 17, 27), (0, 1))
    return [Paragraph(tuple(words)), table]


def _source_row(source: SourceLine) -> tuple[Sentence, ...]:
    state = SOURCE_STATE.get(source.state, source.state)
    told = source.reason if source.state in ("blocked", "broken") else ""
    why = f"：{cut(source_reason(told), 24)}" if told else ""
    return (
        Sentence((Span(source.name, source.link),)),
        Sentence((Span(state + why, source.link),)),
        cell(source.posts),
        Sentence((Span(hours_words(source.blind_hours), source.link),)) if source.blind_hours else words_cell("无"),
        Sentence((Span(time_words(source.last_success), source.link),)) if source.last_success else words_cell("无"),
    )

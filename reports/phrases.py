"""Small phrases both reports use: a figure with its unit, a change, a share, a clock; each a Span with its link."""

from datetime import timedelta

from models.deadlines import TITLES
from models.vocabulary import INCIDENT, INTENT, PLATFORM
from reports.document import Sentence, Span
from reports.shapes import AskedEvent, ClockLine, Compared, EventLine, Figure, IncidentLine, QuoteLine, Share, Slice
from reports.words import day_words, local, percent_words, span_words

DASH = Sentence((Span("—"),))


def link_of(figure: Figure) -> str:
    """The page that opens the figure (the first, when it is counted from several)."""
    return figure.evidence[0] if figure.evidence else ""


def count(figure: Figure, unit: str = "条") -> Span:
    """`128条`, linked."""
    return Span(f"{figure.value}{unit}", link_of(figure))


def change(what: Compared, before: str, unit: str = "条") -> Span:
    """`，比上周增加45条（上升16.9%）`; on a small base without a percentage: `，上周4条，减少2条`.

    Nothing when `before` is empty: there was nothing to compare with.
    """
    if not before:
        return Span("")
    return Span("，" + _change(what, before, unit), link_of(what.before))


def _change(what: Compared, before: str, unit: str) -> str:
    if not what.change:
        return f"与{before}持平"
    if not what.before.value:
        return f"{before}没有"
    word, sign = ("增加", "上升") if what.change > 0 else ("减少", "下降")
    if what.percent is None:
        return f"{before}{what.before.value}{unit}，{word}{abs(what.change)}{unit}"
    return f"比{before}{word}{abs(what.change)}{unit}（{sign}{percent_words(abs(what.percent))}）"


def change_cells(what: Compared, before: str) -> tuple[Sentence, ...]:
    """`265`, `+45` and `+17.0%` for a table; a dash for the rate on a small base, no cells without a comparison."""
    if not before:
        return ()
    link = link_of(what.before)
    change = Sentence((Span(f"{what.change:+d}" if what.change else "持平", link),))
    if what.percent is None:
        return cell(what.before), change, DASH
    sign = "+" if what.percent > 0 else ""
    return cell(what.before), change, Sentence((Span(sign + percent_words(what.percent), link),))


def cell(figure: Figure) -> Sentence:
    """The number alone, linked, for a table."""
    return Sentence((Span(str(figure.value), link_of(figure)),))


def share_cell(share: Share) -> Sentence:
    """The percentage for a table; a dash when the whole is too small for one."""
    return DASH if share.percent is None else Sentence((Span(percent_words(share.percent), link_of(share.part)),))


def share_words(share: Share, whole: str) -> Span:
    """`占涉警帖文的31.4%`; nothing when there is no part or the whole is too small."""
    if share.percent is None or not share.part.value:
        return Span("")
    return Span(f"，占{whole}的{percent_words(share.percent)}", link_of(share.part))


def listed(slices: list[Slice], unit: str = "条") -> list[Span]:
    """`微博12条、论坛3条`: the slices that are not empty, linked."""
    spans: list[Span] = []
    for item in slices:
        if item.relevant.now.value:
            spans += [Span("、" if spans else ""), Span(f"{item.name}{item.relevant.now.value}{unit}", _of(item))]
    return spans


def _of(item: Slice) -> str:
    return link_of(item.relevant.now)


def quoted(event: EventLine | IncidentLine | AskedEvent) -> Span:
    """The headline in quotation marks, linked to the event."""
    return Span(f"“{event.headline}”", event.link)


def origin(quote: QuoteLine) -> str:
    """`微博，11月20日` and what the writer wants; never who."""
    day = day_words(local(quote.published_at).date())
    parts = [PLATFORM.get(quote.platform, quote.platform), day]
    if quote.intent and quote.intent != "statement":
        parts.append(INTENT.get(quote.intent, quote.intent))
    return "，".join(parts)


def clock_words(clock: ClockLine) -> str:
    """How the deadline stands: 按时完成、逾期完成（晚……）、已逾期……、还剩……、不再适用."""
    span = span_words(timedelta(minutes=clock.minutes))
    return {
        "met": "按时完成",
        "late": f"逾期完成，晚{span}",
        "overdue": f"未完成，已逾期{span}",
        "running": f"未到期，还剩{span}",
        "void": "误报，不再适用",
        "dropped": "办结时未完成",
    }[clock.state]


def clock_name(name: str) -> str:
    """The rule behind the clock."""
    return TITLES.get(name, name)


def state_words(state: str) -> str:
    """待签收、核查中……"""
    return INCIDENT.get(state, state)


def counted(slices: list[Slice], words: str) -> Sentence | None:
    """`words` with its one {} filled by the list of slices; None when all are empty."""
    spans = listed(slices)
    if not spans:
        return None
    before, after = words.split("{}")
    return Sentence((Span(before), *spans, Span(after)))

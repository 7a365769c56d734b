"""Small phrases both reports use: a figure with its unit, a change, a share, a clock; each a Span with its link."""

from datetime import timedelta

from models.deadlines import TITLES
from reports.document import Sentence, Span
from reports.shapes import AskedEvent, ClockLine, Compared, EventLine, Figure, IncidentLine, QuoteLine, Share, Slice
from reports.words import (
    INCIDENT_STATES,
    INTENTS,
    PLATFORMS,
    percent_words,
    span_words,
    time_words,
)

DASH = Sentence((Span("—"),))


def link_of(figure: Figure) -> str:
    """The page that opens the figure (the first, when it is counted from several)."""
    return figure.evidence[0] if figure.evidence else ""


def count(figure: Figure, unit: str = "条") -> Span:
    """`128条`, linked."""
    return Span(f"{figure.value}{unit}", link_of(figure))


def change(what: Compared, before: str, unit: str = "条") -> Span:
    """`比上周增加45条（上升16.9%）`; without a percentage when the base is small: `上周4条，减少2条`."""
    link = link_of(what.before)
    if not what.change:
        return Span(f"与{before}持平", link)
    if not what.before.value:
        return Span(f"{before}没有", link)
    word, sign = ("增加", "上升") if what.change > 0 else ("减少", "下降")
    if what.percent is None:
        return Span(f"{before}{what.before.value}{unit}，{word}{abs(what.change)}{unit}", link)
    rate = percent_words(abs(what.percent))
    return Span(f"比{before}{word}{abs(what.change)}{unit}（{sign}{rate}）", link)


def change_cell(what: Compared) -> Sentence:
    """`+45（+16.9%）` for a table; counts only when the base is small."""
    rate = "" if what.percent is None else f"（{'+' if what.percent > 0 else ''}{percent_words(what.percent)}）"
    words = f"{what.change:+d}{rate}" if what.change else "持平"
    return Sentence((Span(words, link_of(what.before)),))


def cell(figure: Figure) -> Sentence:
    """The number alone, linked, for a table."""
    return Sentence((Span(str(figure.value), link_of(figure)),))


def share_cell(share: Share) -> Sentence:
    """The percentage for a table; a dash when the whole is too small for one."""
    return DASH if share.percent is None else Sentence((Span(percent_words(share.percent), link_of(share.part)),))


def share_words(share: Share, whole: str) -> Span:
    """`占涉警帖文的31.4%`; nothing when the whole is too small."""
    if share.percent is None:
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
    """`微博，11月20日08:05` and what the writer wants; never who."""
    parts = [PLATFORMS.get(quote.platform, quote.platform), time_words(quote.published_at)]
    if quote.intent and quote.intent != "statement":
        parts.append(INTENTS.get(quote.intent, quote.intent))
    return "，".join(parts)


def clock_words(clock: ClockLine) -> str:
    """How the deadline stands: 按时完成、逾期完成（晚……）、已超期……、还剩……、不再适用."""
    span = span_words(timedelta(minutes=clock.minutes))
    return {
        "met": "按时完成",
        "late": f"逾期完成，晚{span}",
        "overdue": f"未完成，已超期{span}",
        "running": f"未到期，还剩{span}",
        "void": "误报，不再适用",
        "dropped": "办结时未完成",
    }[clock.state]


def clock_name(name: str) -> str:
    """The rule behind the clock."""
    return TITLES.get(name, name)


def state_words(state: str) -> str:
    """待签收、核查中……"""
    return INCIDENT_STATES.get(state, state)


def counted(slices: list[Slice], words: str) -> Sentence | None:
    """`words` with its one {} filled by the list of slices; None when all are empty."""
    spans = listed(slices)
    if not spans:
        return None
    before, after = words.split("{}")
    return Sentence((Span(before), *spans, Span(after)))

"""二、预警与处置: the alerts with their reasons, the incidents with their clocks."""

from collections.abc import Sequence

from models.vocabulary import LEVEL
from reports.document import Block, Sentence, Span, Table, say
from reports.phrases import DASH, change, clock_name, clock_words, count, link_of, state_words
from reports.sections_common import TABLE_ROWS, capped, names, only
from reports.shapes import AlertLine, Digest, IncidentLine
from reports.words import CLOCK_STATES, HEADLINE_CHARS, cut, time_words


def alerts(digest: Digest) -> list[Block]:
    """二、预警与处置: alerts with their reasons, incidents with their clocks."""
    this, before = names(digest)
    total = digest.alerts_total
    if not total.now.value:
        blocks: list[Block] = [
            only(say("{}{}{}。", this, Span("未发布预警", link_of(total.now)), change(total, before, "次")))
        ]
    else:
        levels = [
            Span(f"{name}{figure.value}次", link_of(figure))
            for level, name in LEVEL.items()
            if (figure := digest.alerts_by_level.get(level)) and figure.value
        ]
        words = "{}发布预警{}{}。其中" + "、".join(["{}"] * len(levels)) + "。"
        blocks = [only(say(words, this, count(total.now, "次"), change(total, before, "次"), *levels))]
        blocks.append(alert_table(digest.alerts))
    return blocks + _incidents(digest)


def alert_table(lines: Sequence[AlertLine]) -> Table:
    """Alerts with their reasons."""
    rows = [
        (
            Sentence((Span(time_words(a.raised_at), a.link),)),
            Sentence((Span(_level(a), a.link),)),
            Sentence((Span(cut(a.headline, HEADLINE_CHARS), a.link),)),
            Sentence((Span(cut("；".join(a.reasons), 60) + _ended(a), a.link),)),
        )
        for a in lines[:TABLE_ROWS]
    ]
    return Table(capped("预警", lines), ("时间", "级别", "事件", "触发原因"), tuple(rows), (27, 13, 36, 46), (2, 3))


def _level(alert: AlertLine) -> str:
    name = LEVEL.get(alert.level, alert.level)
    was = LEVEL.get(alert.previous_level or "", "")
    words = f"{was.removesuffix('色')}升{name.removesuffix('色')}" if was and was != name else name
    return words + ("（误报）" if alert.misfire else "")


def _ended(alert: AlertLine) -> str:
    return f"（{time_words(alert.cleared_at)}解除）" if alert.cleared_at else ""


def _incidents(digest: Digest) -> list[Block]:
    this, _ = names(digest)
    if not digest.incidents:
        return [only(say("{}{}。", this, Span("没有登记或在办的处置事件", f"{digest.desk}/incidents")))]
    clocks = [c for i in digest.incidents for c in i.clocks]
    counts = {state: sum(c.state == state for c in clocks) for state in CLOCK_STATES}
    desk = f"{digest.desk}/incidents"
    spans = [Span(f"{CLOCK_STATES[state]}{n}项", desk) for state, n in counts.items() if n]
    words = "登记处置事件{}，共{}时限" + ("：" + "、".join(["{}"] * len(spans)) if spans else "") + "。"
    total = Span(f"{len(digest.incidents)}起", desk)
    blocks: list[Block] = [only(say(words, total, Span(f"{len(clocks)}项", desk), *spans))]
    blocks.append(clock_table(digest.incidents))
    return blocks


def clock_table(incidents: Sequence[IncidentLine]) -> Table:
    """Every deadline of every incident, and how it stands."""
    rows = [row for incident in incidents[:TABLE_ROWS] for row in _clock_rows(incident)]
    header = ("处置事件", "状态", "时限", "应完成时间", "办理情况")
    return Table(capped("处置时限", incidents), header, tuple(rows), (38, 14, 26, 24, 30), (0, 2, 4), join=(0, 1))


def _clock_rows(incident: IncidentLine) -> list[tuple[Sentence, ...]]:
    name = Span(cut(incident.headline, HEADLINE_CHARS), incident.link)
    state = Span(state_words(incident.state), incident.link)
    if not incident.clocks:
        return [(Sentence((name,)), Sentence((state,)), DASH, DASH, DASH)]
    return [
        (
            Sentence((name,)),
            Sentence((state,)),
            Sentence((Span(clock_name(c.name), incident.link),)),
            Sentence((Span(time_words(c.due_at), incident.link),)),
            Sentence((Span(clock_words(c), incident.link),)),
        )
        for c in incident.clocks
    ]

"""The text: nothing without evidence, small numbers as counts, an empty week said plainly."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports_week import CITY, DESK, NOW, beijing

from reports import event_wording, wording
from reports.document import Document, Heading, Note, Paragraph, Quote, Sentence, Span, Table, say, unsupported
from reports.event_figures import event_figures
from reports.figures import period_figures, week_figures
from reports.period import IsoWeek, Period, day_period, month_period
from reports.phrases import change
from reports.shapes import Compared, Figure
from reports.words import percent_words, span_words
from store.engine import Store

WEEK = IsoWeek(2026, 47)


def text_of(document: Document) -> str:
    said = [b.text for b in document.blocks if isinstance(b, Paragraph | Heading | Quote)]
    cells = [c.text for b in document.blocks if isinstance(b, Table) for row in b.rows for c in row]
    return "\n".join([document.title, document.subtitle, *said, *cells])


@pytest.fixture(scope="module")
def paper(week: Store) -> Document:
    with week.read() as conn:
        return wording.document(week_figures(conn, WEEK, now=NOW, base_url=DESK, jurisdiction=CITY))


def test_the_overview_is_short_and_built_from_figures(paper: Document) -> None:
    overview = paper.blocks[0]
    assert isinstance(overview, Paragraph)
    assert overview.text == (
        "概述：本周采集公开帖文28条，其中涉警22条，比上周增加2条（上升10.0%）；负面13条，占涉警帖文的59.1%。"
        "发布预警3次（橙色1次、黄色2次）。1个信息源累计6小时未能监测，数字可能偏低。"
        "关注度最高的是“砚池区夜市执法<视频>引发质疑 电话＊＊＊”（8条）。待回应的质疑、咨询和投诉5条。"
    )
    assert len(overview.text) <= 200


def test_what_needs_a_decision_comes_second(paper: Document) -> None:
    second = paper.blocks[1]
    assert isinstance(second, Paragraph)
    assert second.text.startswith("提请关注：一是“砚池区夜市执法")
    assert "等2起处置逾期，最长2天11小时；" in second.text
    assert second.text.endswith("二是“云溯区户籍窗口排队时间长”尚无官方回应，群众提出质疑、咨询和投诉3条。")


def test_an_event_of_the_week_is_said_to_be_new_with_its_first_post(paper: Document) -> None:
    text = text_of(paper)
    assert "砚池区，执法行为，本周新出现，首帖11月19日20:00，目前处于消散期。本周涉警帖文8条，其中负面6条。" in text
    assert "超期" not in text


def test_the_seven_parts_in_order(paper: Document) -> None:
    parts = [b.text for b in paper.blocks if isinstance(b, Heading) and b.level == 1]
    assert [p[2:] for p in parts] == [
        "总体情况",
        "预警与处置",
        "重点事件",
        "分类与地域",
        "正面声音",
        "待回应诉求",
        "监测质量",
    ]
    assert [p[:2] for p in parts] == [f"{n}、" for n in "一二三四五六七"]
    assert (paper.title, paper.subtitle) == ("澜汀市涉警舆情周报", "2026年第47期（11月16日至11月22日）")
    assert paper.stamp == "数据截至2026年11月23日08:00"


def test_nothing_personal_is_printed(paper: Document) -> None:
    text = text_of(paper)
    assert not re.search(r"1[3-9]\d{9}|\d{17}[\dXx]", text)
    assert "小李爱喝茶" not in text
    assert "feedfacecafebeef" not in text
    assert "值班员" not in text


def test_every_statement_of_every_report_has_evidence(week: Store, empty: Store) -> None:
    periods = [WEEK.period(), IsoWeek(2026, 46).period(), day_period("2026-11-19"), month_period("2026-11")]
    for store in (week, empty):
        with store.read() as conn:
            for period in periods:
                for now in (NOW, period.since, period.since + timedelta(hours=30), period.until):
                    digest = period_figures(conn, period, now=now, base_url=DESK)
                    assert unsupported(wording.document(digest)) == [], (period.slug, now)
    with week.read() as conn:
        for event in ("market", "rescue", "queue"):
            assert unsupported(event_wording.document(event_figures(conn, event, now=NOW, base_url=DESK))) == []


def test_a_sentence_without_evidence_is_refused() -> None:
    link = "http://desk.test/posts?relevant=1"
    bad = [
        Paragraph((say("形势总体平稳。"),)),
        Paragraph((say("{}，其中5条负面。", Span("涉警22条", link)),)),
        Table("表", ("数",), ((Sentence((Span("7"),)),),), (1,)),
        Quote("听说的", "微博", ""),
    ]
    good = [Paragraph((say("涉警{}。", Span("22条", link)),)), Note("不足20条不计算百分比。"), Heading("一、2026")]
    assert len(unsupported(Document("题", "", "", (*bad, *good)))) == len(bad)


def test_an_empty_week_says_so_and_divides_by_nothing(empty: Store) -> None:
    with empty.read() as conn:
        digest = week_figures(conn, WEEK, now=NOW, base_url=DESK)
    text = text_of(wording.document(digest))
    assert "概述：本周没有采集到公开帖文。" in text
    assert "没有登记信息源" in text
    assert "%" not in text


def test_a_first_week_is_not_compared_with_silence(week: Store) -> None:
    with week.read() as conn:
        digest = week_figures(conn, IsoWeek(2026, 46), now=NOW, base_url=DESK)
    paper = wording.document(digest)
    text = text_of(paper)
    assert "上周没有" not in text
    assert "比上周" not in text
    assert any(isinstance(b, Note) and "上周没有采集到帖文，不作比较。" in b.text for b in paper.blocks)


def test_a_running_week_is_compared_with_the_same_days_of_the_week_before(week: Store) -> None:
    wednesday = beijing("11-18T12:30")
    with week.read() as conn:
        digest = week_figures(conn, WEEK, now=wednesday, base_url=DESK)
    assert not digest.complete
    assert digest.before_until == wednesday - timedelta(days=7)
    assert [b.label for b in digest.buckets] == ["11月16日", "11月17日", "11月18日"]
    assert digest.volume.relevant.before.value == 9  # of the 20: days 9, 10 and 11 at 10:xx and 11:xx
    assert any("本期尚未结束" in note for note in wording.notes(digest))


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (4, 2, "，上周2条，增加2条"),
        (2, 4, "，上周4条，减少2条"),
        (5, 5, "，与上周持平"),
        (0, 0, "，与上周持平"),
        (3, 0, "，上周没有"),
        (45, 20, "，比上周增加25条（上升125.0%）"),
        (10, 20, "，比上周减少10条（下降50.0%）"),
        (19, 19, "，与上周持平"),
    ],
)
def test_changes_in_words(now: int, before: int, words: str) -> None:
    def figure(value: int) -> Figure:
        return Figure(value=value, evidence=["http://desk.test/posts?relevant=1"])

    percent = round(100 * (now - before) / before, 1) if before >= 20 else None
    what = Compared(now=figure(now), before=figure(before), change=now - before, percent=percent)
    assert change(what, "上周").text == words
    assert change(what, "").text == ""


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "不足1分钟"),
        (59, "59分钟"),
        (60, "1小时"),
        (200, "3小时20分钟"),
        (2879, "47小时59分钟"),
        (2880, "2天"),
        (2950, "2天1小时"),
    ],
)
def test_spans_in_words(minutes: int, words: str) -> None:
    assert span_words(timedelta(minutes=minutes)) == words
    assert percent_words(43.0) == "43.0%"


@pytest.mark.parametrize("text", ["2026-W54", "2026-W00", "2025-W53", "W47", "2026-47", "", "今年第47周", "9999-W01"])
def test_a_week_that_is_none_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"week|year"):
        IsoWeek.parse(text)


def test_weeks_days_and_months_begin_at_midnight_in_beijing() -> None:
    week = IsoWeek.parse("2026-w47").period()
    assert (week.since, week.until) == (datetime(2026, 11, 15, 16, tzinfo=UTC), datetime(2026, 11, 22, 16, tzinfo=UTC))
    assert IsoWeek.parse("2026-W53").period().last_day.isoformat() == "2027-01-03"
    assert IsoWeek(2026, 1).previous() == IsoWeek(2025, 52)
    assert IsoWeek.of(datetime(2026, 11, 22, 16, tzinfo=UTC)) == IsoWeek(2026, 48)
    assert month_period("2024-02").last_day.day == 29
    assert month_period("2026-12").until == datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert day_period("2026-11-20").since == datetime(2026, 11, 19, 16, tzinfo=UTC)
    for wrong in ("2026-13", "2026-1", "2026-11-20"):
        with pytest.raises(ValueError, match="not a month"):
            month_period(wrong)
    for wrong in ("2026-02-30", "2026-11", "20261120"):
        with pytest.raises(ValueError, match="not a day"):
            day_period(wrong)


@given(
    st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2098, 12, 1)),
    st.sampled_from(["day", "week", "month"]),
)
def test_the_period_before_ends_where_the_period_begins(at: datetime, kind: str) -> None:
    moment = at.replace(tzinfo=UTC)
    period: Period = {
        "day": lambda: day_period(f"{at:%Y-%m-%d}"),
        "week": lambda: IsoWeek.of(moment).period(),
        "month": lambda: month_period(f"{at:%Y-%m}"),
    }[kind]()
    whole = period.before(period.until)
    assert whole.until == period.since
    assert whole.kind == kind
    part = period.before(period.since + timedelta(hours=5))
    assert part.until - part.since == timedelta(hours=5)
    assert replace(part, until=whole.until) == whole

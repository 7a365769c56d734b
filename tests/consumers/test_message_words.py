"""The messages as the liaison reads them, whole and word for word."""

from datetime import datetime, timedelta

import msgspec
import pytest
from consumers_make import alert, at, scored

from bus.messages import AlertCounts, Window
from consumers import notices
from models.deadlines import clocks, left_words

NOW = at(2)
COUNTS = AlertCounts(
    posts=61,
    relevant=60,
    negative=55,
    authors=47,
    reposts=9,
    platforms={"weibo": 50, "forum": 11},
    last_hour=61,
    posts_by_kind={"media": 3, "person": 52, "unknown": 6},
    authors_by_kind={"media": 3, "person": 41, "unknown": 3},
    media_at=at(-4),
)


def test_an_alert_says_what_why_how_much_who_and_what_is_due() -> None:
    raised = alert(level="orange", counts=COUNTS, posts=["p0", "p1"], first_post="p0")
    due = clocks(raised.level, raised.category, raised.raised_at, known_at=NOW)
    said = notices.of_alert(raised, [scored(0), scored(1, text="到底怎么回事，请公布执法记录仪", reposts=40)], due, NOW)
    assert said.text == "\n".join(
        (
            "【橙色预警】望汐派出所民警打人",
            "地点：澜汀市 望汐派出所  时间：11月16日 10:00",
            "原因：突发强度21，线20",
            "数量：10分钟内帖文61条，负面55条（90%），转发9次，作者47名（微博50、论坛11）",
            "传播者：个人41人（52帖）、媒体3家、未注明3个（6帖）；媒体已跟进（最早11月16日 09:56）",
            "例1：微博 11月16日 10:00「望汐派出所的民警打人了, 我的电话是＊＊＊, 第0次」http://127.0.0.1/0",
            "例2：微博 11月16日 10:01「到底怎么回事，请公布执法记录仪」http://127.0.0.1/1",
            "时限：签收 11月16日 10:32前（还有30分）；发布权威信息 11月16日 15:00前（还有4小时58分）；"
            "召开新闻发布会 11月17日 10:00前（还有23小时58分）",
        )
    )


@pytest.mark.parametrize(
    ("posts", "authors", "media_at", "words"),
    [
        ({"media": 2, "person": 3}, {"media": 1, "person": 3}, at(-10), "个人3人、媒体1家（2帖）；最早由媒体发布"),
        ({"unknown": 8}, {"unknown": 8}, None, "未注明8个"),
        ({"government": 1, "organisation": 2}, {"government": 1, "organisation": 2}, None, "政务1家、机构2家"),
        ({"unknown": 1}, {"unknown": 1}, None, ""),
        ({"media": 1}, {"media": 1}, at(-10), "媒体1家；最早由媒体发布"),
        ({}, {}, None, ""),
    ],
)
def test_who_spreads_it_is_said_by_kind_or_not_at_all(
    posts: dict[str, int], authors: dict[str, int], media_at: datetime | None, words: str
) -> None:
    total = sum(posts.values())
    counts = msgspec.structs.replace(
        COUNTS, posts=total, posts_by_kind=posts, authors_by_kind=authors, media_at=media_at
    )
    raised = alert(counts=counts)
    assert notices.spread_by(raised, NOW) == words
    lines = [line for line in notices.of_alert(raised, [], [], NOW).lines if line.startswith("传播者：")]
    assert lines == ([f"传播者：{words}"] if words else [])


def test_a_slow_rise_says_of_how_many_posts_it_knows_who_wrote_them() -> None:
    counts = AlertCounts(posts=80, posts_by_kind={"person": 50}, authors_by_kind={"person": 3})
    assert notices.spread_by(alert(counts=counts), NOW) == "所列50帖中，个人3人（50帖）"


@pytest.mark.parametrize(
    ("minutes", "words"), [(0.2, "1分钟内"), (59, "59分钟内"), (180, "3小时内"), (60 * 72 - 10, "3天内")]
)
def test_the_count_says_over_what_time(minutes: float, words: str) -> None:
    raised = alert(counts=COUNTS, window=Window(start=at(0) - timedelta(minutes=minutes), end=at(0)))
    assert notices.counted(raised).startswith(f"{words}帖文61条")


def test_the_time_reaches_to_the_newest_post_that_is_counted_also_where_an_earlier_one_alarmed() -> None:
    """A severe post collected after one that answers it: raised at its own time, with both counted."""
    raised = alert(counts=COUNTS, window=Window(start=at(0), end=at(5)), raised_at=at(0))
    assert notices.counted(raised).startswith("5分钟内帖文61条")


def test_examples_say_different_things_and_near_copies_only_fill_up() -> None:
    copies = [
        scored(n, text=f"望汐派出所打人，请转发，第{n}楼", reposts=90 - n, fingerprint=f"{n:016x}") for n in range(4)
    ]
    other = scored(9, text="我在现场，老人是自己站起来的", fingerprint="f" * 16)
    raised = alert(counts=COUNTS, first_post="p0")
    assert [s.post for s in notices.samples_of(raised, [*copies, other])] == ["p0", "p9", "p1"]
    assert [s.post for s in notices.samples_of(raised, copies)] == ["p0", "p1", "p2"]


def test_half_an_hour_is_one_a_second_after_it_began() -> None:
    assert left_words(at(30), at(0.02)) == "还有30分"
    assert left_words(at(0), at(0.9)) == "已超时1分"
    assert left_words(at(60 * 48), at(0.1)) == "还有48小时00分"


def test_the_last_hour_is_said_where_it_is_not_all() -> None:
    assert "最近1小时" not in notices.counted(alert(counts=COUNTS))
    assert "，最近1小时17条（" in notices.counted(alert(counts=msgspec.structs.replace(COUNTS, last_hour=17)))


def test_one_post_has_no_time_and_a_share_only_where_there_is_one() -> None:
    assert notices.counted(alert(counts=AlertCounts(posts=1, negative=1))) == "帖文1条，负面1条（100%）"
    assert notices.counted(alert(counts=AlertCounts(posts=1))) == "帖文1条"


def test_a_web_hook_gets_the_kinds_as_numbers() -> None:
    fields = notices.of_alert(alert(counts=COUNTS), [], [], NOW).as_json()
    assert fields["counts"]["authors_by_kind"] == {"media": 3, "person": 41, "unknown": 3}
    assert fields["counts"]["media_at"] == "2026-11-16T01:56:00Z"

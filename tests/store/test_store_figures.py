"""Figures for reports, and retention."""

from datetime import UTC, datetime, timedelta

import pytest
from store_make import DAY, GONE_AT, HOUR, NOON, alert, event, negative, post

from store import figures
from store.alerts import get_alert, save_alert
from store.engine import Store
from store.events import event_posts, get_event, save_event
from store.feedback import add_label, labels
from store.figures import Group, Totals
from store.incidents import get_incident, incident_log, move, open_incident
from store.people import make_operator, open_session
from store.posts import PostFilter, count_posts, get_post, upsert_posts, withdraw_post
from store.retain import Purged, purge
from store.seen import known, remember
from store.sources import Round, SourceEntry, register_sources, save_round
from store.tables import sessions

YEAR = timedelta(days=365)


class Clock:
    def __init__(self, name: str, due_at: datetime) -> None:
        self.name = name
        self.due_at = due_at


@pytest.fixture
def filled(store: Store) -> Store:
    with store.write() as conn:
        upsert_posts(
            conn,
            [
                negative("p1", NOON, places=["云溯区", "望汐区"], intent="complaint"),
                negative("p2", NOON + HOUR, platform="weibo", source="微博", sentiment=0, places=["云溯区"]),
                negative("p3", NOON + DAY, sentiment=1, attitude=1, category="praise"),
                post("p4", NOON + DAY, sentiment=-1),
                negative("p5", NOON + 7 * DAY),
            ],
        )
        save_event(conn, event("e1", added=["p1", "p2", "p5"]))
        save_event(conn, event("e2", added=["p3", "p4"]))
    return store


WEEK = PostFilter(since=NOON - HOUR, until=NOON - HOUR + 7 * DAY)


def test_totals_count_what_the_filter_chooses(filled: Store) -> None:
    with filled.read() as conn:
        assert figures.totals(conn, WEEK) == Totals(posts=4, relevant=3, negative=1, critical=2, praise=1)
        assert figures.totals(conn, PostFilter(jurisdiction="无")) == Totals()
        assert figures.totals(conn, WEEK).posts == count_posts(conn, WEEK)


def test_groups_are_ordered_by_size_then_name(filled: Store) -> None:
    with filled.read() as conn:
        assert figures.by(conn, WEEK, "category") == [
            Group("conduct", Totals(2, 2, 1, 2, 0)),
            Group("", Totals(1, 0, 0, 0, 0)),
            Group("praise", Totals(1, 1, 0, 0, 1)),
        ]
        assert [(g.key, g.totals.posts) for g in figures.by(conn, WEEK, "place")] == [("云溯区", 2), ("望汐区", 1)]
        assert [(g.key, g.totals.posts) for g in figures.by(conn, WEEK, "platform")] == [("forum", 3), ("weibo", 1)]
        assert [(g.key, g.totals.posts) for g in figures.by(conn, WEEK, "source")] == [("论坛", 3), ("微博", 1)]
        assert {g.key for g in figures.by(conn, WEEK, "intent")} == {"complaint", ""}
        assert {g.key for g in figures.by(conn, WEEK, "sentiment")} == {"-1", "0", "1"}
        assert [g.key for g in figures.by(conn, WEEK, "jurisdiction")] == ["澜汀市"]


def test_days_without_posts_are_there_with_zeros(filled: Store) -> None:
    start = datetime(2026, 11, 15, 16, tzinfo=UTC)  # Monday 00:00 in Beijing
    week = PostFilter(since=start, until=start + 7 * DAY)
    with filled.read() as conn:
        days = figures.by_day(conn, week)
        assert [d.totals.posts for d in days] == [2, 2, 0, 0, 0, 0, 0]
        assert [d.start for d in days] == [start + n * DAY for n in range(7)]
        assert [d.totals.posts for d in figures.by_day(conn, PostFilter())] == [2, 2, 0, 0, 0, 0, 0, 1]
        assert figures.by_day(conn, PostFilter(jurisdiction="无")) == []
        hours = figures.by_hour(conn, PostFilter(since=NOON - HOUR, until=NOON + 2 * HOUR))
        assert [(h.start, h.totals.posts) for h in hours] == [(NOON - HOUR, 0), (NOON, 1), (NOON + HOUR, 1)]


def test_the_top_events_have_the_most_negative_relevant_posts(filled: Store) -> None:
    with filled.read() as conn:
        top = figures.top_events(conn, WEEK)
        assert [(e.id, e.totals.negative, e.totals.posts) for e in top] == [("e1", 1, 2), ("e2", 0, 2)]
        assert top[0].event is not None
        assert top[0].event.event.headline == "云溯区 执法行为"
        assert len(figures.top_events(conn, WEEK, limit=1)) == 1


def test_sources_are_summed_over_their_rounds(store: Store) -> None:
    with store.write() as conn:
        register_sources(conn, [SourceEntry("论坛", "rss", "澜汀市"), SourceEntry("新闻", "rss", "青岬市")])
        for n in range(4):
            state = "broken" if n == 3 else "ok"
            at = NOON + n * HOUR
            save_round(
                conn,
                Round(source="论坛", started_at=at, seconds=1, state=state, new=n, duplicates=1, next_try=at + HOUR),  # type: ignore[arg-type]
            )
        forum, news = sorted(figures.sources_in(conn, NOON, NOON + 4 * HOUR), key=lambda s: -s.rounds)
        assert (forum.rounds, forum.ok, forum.broken, forum.new, forum.duplicates) == (4, 3, 1, 6, 4)
        assert forum.blind_hours == pytest.approx(1.0)
        assert (news.source, news.rounds, news.blind_hours) == ("新闻", 0, 4.0)
        register_sources(conn, [])
        assert [s.source for s in figures.sources_in(conn, NOON, NOON + DAY)] == ["论坛"]
        assert figures.sources_in(conn, NOON, NOON + DAY, jurisdiction="青岬市") == []


def test_what_is_older_than_the_limit_goes(store: Store) -> None:
    now = NOON + YEAR
    with store.write() as conn:
        upsert_posts(conn, [negative("p1"), negative("p2", now - DAY), negative("late", collected_at=now)])
        upsert_posts(conn, [negative("open", NOON), negative("closed", NOON)])
        withdraw_post(conn, "gone", GONE_AT)
        save_event(conn, event("e1", added=["p1", "p2"], headline="望汐派出所门口排队三小时", keywords=["排队"]))
        save_event(conn, event("e2", added=["open"]))
        save_event(conn, event("e3", added=["closed"]))
        save_alert(conn, alert("a1", "e1", posts=["p1"]))
        for name in ("e2", "e3"):
            save_alert(conn, alert(f"a-{name}", name))
            open_incident(conn, alert=alert(f"a-{name}", name), clocks=[], now=NOON)
        move(conn, "inc-e3", "false_alarm", by="甲", now=NOON)
        add_label(conn, post="p1", field="category", value="service", by="甲", now=NOON)
        make_operator(conn, "甲", "密", now=NOON)
        open_session(conn, "甲", now=NOON, lasts=DAY)
        remember(conn, [("p1", "d", 0, "论坛", NOON), ("p2", "d", 0, "论坛", now)])
        save_round(conn, Round(source="论坛", started_at=NOON, seconds=1, state="ok"))
    with store.write() as conn:
        purged = purge(conn, older_than=180 * DAY, now=now)
    assert purged == Purged(posts=2, headlines=2, sessions=1, rounds=1, seen=1)
    with store.write() as conn:
        assert purge(conn, older_than=180 * DAY, now=now) == Purged()
        assert {i: get_post(conn, i) is not None for i in ("p1", "p2", "late", "open", "closed")} == {
            "p1": False,
            "p2": True,
            "late": True,
            "open": True,
            "closed": False,
        }
        assert [row.post.id for row in event_posts(conn, "e1")] == ["p2"]
        assert labels(conn) == []
        assert known(conn, ["p1", "p2"]).keys() == {"p2"}
        assert conn.execute(sessions.select()).all() == []
        first, kept = get_alert(conn, "a1"), get_alert(conn, "a-e3")
        assert get_incident(conn, "inc-e3") is not None
        assert len(incident_log(conn, "inc-e3")) == 2
        old = get_event(conn, "e1")
        assert upsert_posts(conn, [negative("gone")]).new == 0
    assert first is not None
    assert (first.alert.headline, first.alert.posts) == ("云溯区执法行为（原帖已过保存期）", [])
    assert first.alert.counts.posts == 12
    assert kept is not None
    assert kept.alert.headline == "云溯区 执法行为"
    assert old is not None
    assert (old.event.headline, old.event.keywords) == ("云溯区执法行为（原帖已过保存期）", [])


def test_a_large_purge_is_done_in_pieces(store: Store) -> None:
    with store.write() as conn:
        upsert_posts(conn, [post(f"p{n}") for n in range(25)])
    left = True
    rounds = 0
    while left:
        with store.write() as conn:
            left = purge(conn, older_than=DAY, now=NOON + YEAR, batch=10).more
        rounds += 1
    assert rounds == 3
    with store.read() as conn:
        assert count_posts(conn, PostFilter()) == 0

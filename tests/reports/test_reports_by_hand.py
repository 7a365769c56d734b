"""Every figure of the small week, counted by hand from the table in reports_week.py and kept."""

from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
from reports_week import CITY, DESK, NOW, beijing

from desk.post_query import read_query
from reports.checking import figures_in, wrong_figures
from reports.evidence import read_link
from reports.figures import week_figures
from reports.period import IsoWeek
from reports.shapes import Digest, Slice
from store.engine import Store
from store.posts import find_posts

WEEK = IsoWeek(2026, 47)


@pytest.fixture
def digest(week: Store) -> Digest:
    with week.read() as conn:
        return week_figures(conn, WEEK, now=NOW, base_url=DESK)


def by_name(slices: list[Slice]) -> dict[str, tuple[int, int, int]]:
    return {s.key: (s.relevant.now.value, s.relevant.before.value, s.negative.part.value) for s in slices}


def test_volume_against_the_week_before(digest: Digest) -> None:
    volume = digest.volume
    assert (volume.collected.now.value, volume.collected.before.value) == (28, 21)
    assert (volume.collected.change, volume.collected.percent) == (7, 33.3)
    assert (volume.relevant.now.value, volume.relevant.before.value) == (22, 20)
    assert (volume.relevant.change, volume.relevant.percent) == (2, 10.0)
    assert (volume.negative.now.value, volume.negative.before.value) == (13, 4)
    assert (volume.negative_share.percent, volume.negative_share_before.percent, volume.points) == (59.1, 20.0, 39.1)


def test_a_small_base_has_no_percentage(digest: Digest) -> None:
    assert digest.volume.negative.percent is None  # 4 -> 13
    assert digest.volume.negative.change == 9
    assert digest.praise.percent is None
    assert all(s.negative.percent is None for s in digest.categories)  # none has 20 posts


def test_each_day_is_there(digest: Digest) -> None:
    days = [(b.label, b.collected.value, b.relevant.value, b.negative.value) for b in digest.buckets]
    assert days == [
        ("11月16日", 5, 4, 3),
        ("11月17日", 3, 2, 1),
        ("11月18日", 5, 4, 1),
        ("11月19日", 7, 6, 5),
        ("11月20日", 4, 3, 1),
        ("11月21日", 2, 2, 2),
        ("11月22日", 2, 1, 0),
    ]


def test_categories_places_platforms_sources_attitudes(digest: Digest) -> None:
    assert by_name(digest.categories) == {
        "conduct": (8, 0, 6),
        "service": (5, 16, 3),
        "praise": (4, 0, 1),
        "crime": (2, 0, 1),
        "traffic": (1, 4, 1),
        "rumour": (1, 0, 1),
        "other": (1, 0, 0),
    }
    assert by_name(digest.places) == {
        "砚池区": (9, 4, 7),
        "望汐区": (6, 0, 2),
        "云溯区": (3, 16, 2),
        "青岬区": (2, 0, 2),
    }
    assert by_name(digest.platforms) == {"weibo": (11, 4, 6), "forum": (7, 16, 6), "news": (4, 0, 1)}
    assert [s.name for s in digest.platforms] == ["微博", "论坛", "新闻"]
    assert by_name(digest.sources)["forum-lanting"] == (7, 16, 6)
    assert by_name(digest.volume.attitudes) == {"-1": (9, 4, 9), "0": (9, 16, 3), "1": (4, 0, 1)}


def test_alerts_and_the_clocks_of_their_incidents(digest: Digest) -> None:
    assert [(a.id, a.level) for a in digest.alerts] == [
        ("market-yellow", "yellow"),
        ("market-orange", "orange"),
        ("queue-yellow", "yellow"),
    ]
    assert {level: f.value for level, f in digest.alerts_by_level.items()} == {
        "red": 0,
        "orange": 1,
        "yellow": 2,
        "blue": 0,
    }
    assert (digest.alerts_total.now.value, digest.alerts_total.before.value) == (3, 0)
    market, queue = digest.incidents
    assert (market.id, market.level, market.state, market.statements) == ("inc-market", "orange", "checking", 1)
    assert {c.name: (c.state, c.minutes) for c in market.clocks} == {
        "acknowledge": ("met", 10),
        "authoritative_information": ("late", 60),
        "press_conference": ("overdue", 59 * 60 + 40),
        "response": ("met", 41 * 60 + 50),
    }
    assert {c.name: (c.state, c.minutes) for c in queue.clocks} == {
        "acknowledge": ("overdue", 37 * 60 + 30),
        "response": ("running", 10 * 60),
    }


def test_events_by_police_posts(digest: Digest) -> None:
    found = [(e.id, e.posts.now.value, e.negative.part.value, e.answered, e.level) for e in digest.events]
    assert found == [("market", 8, 6, 1, "orange"), ("rescue", 4, 1, 0, ""), ("queue", 3, 2, 0, "yellow")]
    assert all(e.is_new for e in digest.events)
    assert digest.events[0].first_at == beijing("11-19T20:00")
    assert all(1 <= len(e.quotes) <= 3 for e in digest.events)


def test_praise(digest: Digest) -> None:
    assert digest.praise.now.value == 4
    assert {q.post for q in digest.praise_quotes} <= {"a07", "a08", "a09", "a10"}
    assert len(digest.praise_quotes) == 3


def test_what_was_asked_and_is_still_open(digest: Digest) -> None:
    found = digest.unanswered
    assert by_name(found.intents)["complaint"] == (4, 0, 4)
    assert {s.key: s.relevant.now.value for s in found.intents} == {"complaint": 4, "question": 3, "inquiry": 2}
    assert (found.asked.value, found.total.value) == (9, 5)  # four belong to the market, which was answered
    assert [(e.id, e.asks.value) for e in found.events] == [("queue", 3)]
    assert [q.post for q in found.single] == ["a20", "a19"]


def test_hours_in_which_a_source_could_not_be_seen(digest: Digest) -> None:
    assert {s.name: (s.posts.value, s.blind_hours) for s in digest.health} == {
        "weibo-lanting": (14, 6.0),
        "forum-lanting": (9, 0.0),
        "news-lanting": (5, 0.0),
    }
    assert digest.blind_hours == 6.0


def test_every_figure_counts_again_from_its_own_link(week: Store, digest: Digest) -> None:
    with week.read() as conn:
        assert wrong_figures(conn, digest) == []
    assert sum(1 for _ in figures_in(digest)) > 150


def test_a_figure_that_lies_is_found(week: Store, digest: Digest) -> None:
    figure = digest.volume.relevant.now
    lie = msgspec.structs.replace(figure, value=23)
    with week.read() as conn:
        assert wrong_figures(conn, lie) == ["$: said 23, its links show 22"]


def test_a_link_opens_exactly_the_posts_it_counts(week: Store, digest: Digest) -> None:
    conduct = next(s for s in digest.categories if s.key == "conduct")
    with week.read() as conn:
        rows = find_posts(conn, read_link(conduct.relevant.now.evidence[0])).items
    assert sorted(row.post.id for row in rows) == [f"a{n}" for n in range(11, 19)]


def test_another_city_has_nothing(week: Store) -> None:
    with week.read() as conn:
        other = week_figures(conn, WEEK, now=NOW, base_url=DESK, jurisdiction="别处市")
        here = week_figures(conn, WEEK, now=NOW, base_url=DESK, jurisdiction=CITY)
    assert other.volume.collected.now.value == 0
    assert (other.alerts, other.incidents, other.events, other.health) == ([], [], [], [])
    assert here.volume.relevant.now.value == 22


def test_the_desk_reads_every_link_as_the_report_means_it(digest: Digest) -> None:
    seen = 0
    for path, figure in figures_in(digest):
        for link in [*figure.evidence, *figure.less]:
            parts = urlsplit(link)
            if parts.path == "/posts":
                assert read_query(dict(parse_qsl(parts.query))).where == read_link(link), path
                seen += 1
    assert seen > 150

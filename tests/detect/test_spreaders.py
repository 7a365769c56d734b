"""Who spreads an event: kinds of authors and their numbers, in every message about it; never who."""

import random
from typing import Any

import pytest
from detect_make import CITY, at, crisis, scored

from bus.messages import AlertCounts, AlertRaised, EventChanged, EventEdited, Message, PostScored, PostWithdrawn, encode
from config.alerts import AlertRules, load_alerts
from consumers.detect import Detector
from models.events import KEPT_AUTHORS, SPARE_AUTHORS, event_id

KINDS = ("person", "person", "person", "unknown", "media", "government", "organisation")


@pytest.fixture(scope="module", name="rules")
def rules_(tmp_path_factory: pytest.TempPathFactory) -> AlertRules:
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    path.write_text(f"jurisdictions: {{{CITY}: {{scale: 1.0, negative_share: 1.0}}}}\n", encoding="utf-8")
    return load_alerts(None, path)


def said(detector: Detector, posts: list[Any]) -> list[Message]:
    return [m for result in detector.handle(posts) for m in result]


def of_kinds(*kinds: str, **more: Any) -> list[PostScored]:
    """One event: a post of somebody new for each kind, a minute apart."""
    return [
        scored(f"k{n}", n, author_kind=kind, **({"parent": "pk0"} if n else {}), **more) for n, kind in enumerate(kinds)
    ]


def last_counts(messages: list[Message]) -> AlertCounts:
    return [m for m in messages if isinstance(m, EventChanged)][-1].counts


def test_posts_and_authors_are_counted_by_kind_and_add_up(rules: AlertRules) -> None:
    posts = of_kinds("person", "media", "person", "unknown", "media")
    again = scored("again", 9, author="ak1", author_kind="media", parent="pk0")
    nameless = [scored(f"n{n}", 10 + n, author="", author_kind="unknown", parent="pk0") for n in range(2)]
    counts = last_counts(said(Detector(rules), [*posts, again, *nameless]))
    assert counts.posts_by_kind == {"person": 2, "media": 3, "unknown": 3}
    assert counts.authors_by_kind == {"person": 2, "media": 2, "unknown": 3}
    assert sum(counts.posts_by_kind.values()) == counts.posts
    assert sum(counts.authors_by_kind.values()) == counts.authors
    assert counts.media_at == at(1)


def test_an_alert_says_who_spread_it_by_then(rules: AlertRules) -> None:
    root, *rest = crisis(60, author_kind="person")
    paper = scored("paper", 0.35, author_kind="media", parent="root", text="本报记者从现场了解到有关情况")
    late = scored("late", 30, author_kind="media", parent="root", text="另一家报纸也来问情况")
    alerts = [m for m in said(Detector(rules), [root, *rest[:3], paper, *rest[3:], late]) if isinstance(m, AlertRaised)]
    assert alerts
    for alert in alerts:
        assert alert.counts.posts_by_kind == {"media": 1, "person": alert.counts.posts - 1}
        assert alert.counts.media_at == at(0.35)


def test_without_media_nothing_is_said_of_them(rules: AlertRules) -> None:
    counts = last_counts(said(Detector(rules), of_kinds("person", "government", "unknown")))
    assert counts.media_at is None
    assert "media" not in {**counts.posts_by_kind, **counts.authors_by_kind}


def test_the_order_of_arrival_changes_nothing(rules: AlertRules) -> None:
    posts = [*of_kinds(*KINDS), scored("x", 30, author="ak0", author_kind="media", parent="pk0")]
    wanted = last_counts(said(Detector(rules), posts))
    assert wanted.authors_by_kind["person"] == 2  # the first of three was seen as media, too
    for seed in range(20):
        random.Random(seed).shuffle(posts)
        counts = last_counts(said(Detector(rules), posts))
        assert (counts.posts_by_kind, counts.authors_by_kind) == (wanted.posts_by_kind, wanted.authors_by_kind)
        assert counts.media_at == wanted.media_at


def test_two_events_that_prove_to_be_one_add_up(rules: AlertRules) -> None:
    one = [scored(f"a{n}", n, author=f"u{n}", author_kind="person", parent="a") for n in range(3)]
    other = [scored(f"b{n}", n, author=f"u{n + 2}", author_kind="media", parent="b") for n in range(3)]
    bridge = scored("b", 9, id="b", author_kind="person", repost_of="a", kind="repost")
    counts = last_counts(said(Detector(rules), [*one, *other, bridge]))
    assert counts.posts == 7
    assert counts.posts_by_kind == {"media": 3, "person": 4}
    assert counts.authors_by_kind == {"media": 3, "person": 3}
    assert counts.media_at == at(0)


def test_a_post_withdrawn_is_no_longer_counted_nor_is_its_time(rules: AlertRules) -> None:
    detector = Detector(rules)
    said(detector, of_kinds("person", "person", "media", "media"))
    gone = PostWithdrawn(id="pk2", source="微博", seen_gone_at=at(60), jurisdiction=CITY)
    counts = last_counts(said(detector, [gone]))
    assert counts.posts_by_kind == {"person": 2, "media": 1}
    assert counts.media_at == at(3)
    counts = last_counts(said(detector, [PostWithdrawn(id="pk3", source="", seen_gone_at=at(60), jurisdiction=CITY)]))
    assert counts.media_at is None


def test_a_restart_counts_the_same(rules: AlertRules) -> None:
    posts = of_kinds(*(KINDS * 6))
    wanted = last_counts(said(Detector(rules), posts))
    for cut in (1, 20, 41):
        detector = Detector(rules)
        detector.rebuild(("posts.scored", 0), iter(posts[:cut]))
        assert last_counts(said(detector, posts[cut:])) == wanted


def test_in_a_crowd_media_still_show(rules: AlertRules) -> None:
    crowd = of_kinds(*["person"] * (KEPT_AUTHORS + 100))
    media = [scored(f"m{n}", 20, author_kind="media", parent="pk0") for n in range(SPARE_AUTHORS + 50)]
    counts = last_counts(said(Detector(rules), [*crowd, *media]))
    assert counts.authors_by_kind == {"person": KEPT_AUTHORS, "media": SPARE_AUTHORS}
    assert counts.posts_by_kind == {"person": KEPT_AUTHORS + 100, "media": SPARE_AUTHORS + 50}


def test_after_a_split_the_alert_counts_who_is_where(rules: AlertRules) -> None:
    detector = Detector(rules)
    posts = of_kinds("person", "media", *["person"] * 5)
    said(detector, posts)
    split = EventEdited(
        id="edit", jurisdiction=CITY, kind="split", event=event_id("pk0"), target="new", posts=["pk1"], at=at(8),
        by="李", authors=["ak1"], platforms={"weibo": 1},
    )  # fmt: skip
    said(detector, [split])
    more = [scored(f"s{n}", 9 + n / 60, author_kind="person", parent="pk0") for n in range(40)]
    alert = next(m for m in said(detector, more) if isinstance(m, AlertRaised))
    assert alert.counts.posts_by_kind == {"person": alert.counts.posts}
    assert alert.counts.media_at is None
    place = detector._places[CITY]  # no message tells what a split event holds
    made = place.views.of(place.clusters, "new")
    assert made is not None
    assert made.authors == {"ak1": "media"}


def test_no_message_names_an_author(rules: AlertRules) -> None:
    wire = b"".join(encode(m) for m in said(Detector(rules), crisis(80, author_kind="media")))
    assert b'"authors_by_kind"' in wire
    assert b'"a7"' not in wire


def swelling(authors: int) -> list[PostScored]:
    """Six quiet days about a station, then 60 posts in two hours, by so many people and a newspaper."""
    quiet = [scored(f"q{n}", n * 30, text=f"第{n}件小事", places=["望汐派出所"]) for n in range(280)]
    swell = [
        scored(f"s{n}", 280 * 30 + n * 2, text=f"{n}号窗口的一件事", places=["望汐派出所"], author=f"w{n % authors}",
               author_kind="person" if n % authors else "media")
        for n in range(60)
    ]  # fmt: skip
    return [*quiet, *swell]


@pytest.mark.parametrize("authors", [4, 60])
def test_a_slow_rise_says_it_of_the_posts_it_names(rules: AlertRules, authors: int) -> None:
    alerts = [m for m in said(Detector(rules), swelling(authors)) if isinstance(m, AlertRaised)]
    alert = next(a for a in alerts if a.reasons[0].rule == "slow-rise")
    counts = alert.counts
    assert sum(counts.posts_by_kind.values()) == len(alert.posts)
    posts = {p.id: p for p in swelling(authors)}
    kinds = {posts[i].author: posts[i].author_kind for i in alert.posts}
    assert counts.authors_by_kind == {kind: n for kind in KINDS if (n := sum(k == kind for k in kinds.values()))}
    assert counts.authors == (len(kinds) if len(alert.posts) == counts.posts else 0)
    assert counts.media_at == min(posts[i].published_at for i in alert.posts if posts[i].author_kind == "media")

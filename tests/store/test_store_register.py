"""Deliveries, sources, seen items, people, notices, feedback, processes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from store_make import DAY, HOUR, NOON, post

from bus.messages import PostScored
from store.deliveries import DeliveryFilter, claim, find_deliveries, pending, postpone, settle
from store.engine import Store
from store.errors import NameTaken
from store.feedback import add_label, answers, confirm, label_history, labels, remove_label
from store.notices import add_notice, dismiss_notice, find_notices
from store.people import (
    check_password,
    clear_failures,
    end_session,
    failures_since,
    find_operators,
    make_operator,
    open_session,
    record_failure,
    session_owner,
    set_active,
    set_password,
)
from store.posts import upsert_posts
from store.processes import beat, processes
from store.seen import Seen, known, remember
from store.sources import (
    Round,
    SourceEntry,
    blind_hours,
    cursor,
    register_sources,
    rounds_between,
    save_cursor,
    save_round,
    source_health,
)
from store.tables import operators, sessions

WHAT = {"audience": "值班", "channel": "webhook", "subject": "a1", "kind": "alert"}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords hashed in no time, for the tests that are not about the hash."""
    monkeypatch.setattr("store.people.SCRYPT_N", 16)


def test_one_delivery_is_claimed_once(store: Store) -> None:
    with store.write() as conn:
        mine = claim(conn, **WHAT, now=NOON)
        assert claim(conn, **WHAT, now=NOON + MINUTE) is None
        assert claim(conn, **WHAT | {"kind": "clear"}, now=NOON) is not None
    assert mine is not None
    assert (mine.attempt, mine.claimed_at, mine.subject) == (1, NOON, "a1")
    with store.write() as conn:
        assert settle(conn, mine, ok=True, now=NOON + MINUTE)
        assert claim(conn, **WHAT, now=NOON + DAY) is None
        assert [d.kind for d in pending(conn, NOON + DAY)] == ["clear"]


def test_a_failed_delivery_waits_for_its_next_try(store: Store) -> None:
    with store.write() as conn:
        mine = claim(conn, **WHAT, now=NOON)
        assert mine is not None
        assert settle(conn, mine, ok=False, error="429\x00", now=NOON, retry_at=NOON + HOUR)
        assert claim(conn, **WHAT, now=NOON + HOUR - MINUTE) is None
        assert pending(conn, NOON) == []
        (due,) = pending(conn, NOON + HOUR)
        assert (due.state, due.error, due.attempts) == ("waiting", "429", 1)
        again = claim(conn, **WHAT, now=NOON + HOUR)
        assert again is not None
        assert again.attempt == 2
        assert settle(conn, again, ok=False, error="410 gone", now=NOON + HOUR)
        assert claim(conn, **WHAT, now=NOON + DAY) is None
        assert pending(conn, NOON + DAY) == []


def test_a_claim_left_by_a_dead_sender_is_given_again(store: Store) -> None:
    with store.write() as conn:
        dead = claim(conn, **WHAT, now=NOON)
        assert dead is not None
        assert [d.state for d in pending(conn, NOON + HOUR)] == ["claimed"]
        heir = claim(conn, **WHAT, now=NOON + HOUR)
        assert heir is not None
        assert not settle(conn, dead, ok=False, error="late", now=NOON + HOUR)
        assert settle(conn, heir, ok=True, now=NOON + HOUR)
        assert not settle(conn, heir, ok=False, error="later", now=NOON + HOUR)


def test_a_claim_given_back_untried_waits_and_counts_no_try(store: Store) -> None:
    with store.write() as conn:
        mine = claim(conn, **WHAT, now=NOON)
        assert mine is not None
        assert postpone(conn, mine, why="ReadTimeout", until=NOON + HOUR)
        assert not postpone(conn, mine, why="ReadTimeout", until=NOON + HOUR)
        (row,) = find_deliveries(conn).items
        assert (row.state, row.attempts, row.error, row.retry_at) == ("waiting", 0, "ReadTimeout", NOON + HOUR)
        assert claim(conn, **WHAT, now=NOON + MINUTE) is None
        again = claim(conn, **WHAT, now=NOON + HOUR)
        assert again is not None
        assert again.attempt == 1


def test_the_delivery_log_is_filtered_and_paged(store: Store) -> None:
    with store.write() as conn:
        for n in range(5):
            claim(conn, **WHAT | {"subject": f"a{n}"}, now=NOON + n * MINUTE)
        page = find_deliveries(conn, limit=3)
        rest = find_deliveries(conn, limit=3, after=page.next)
        assert [d.subject for d in page.items + rest.items] == ["a4", "a3", "a2", "a1", "a0"]
        assert rest.next is None
        where = DeliveryFilter(since=NOON + MINUTE, until=NOON + 3 * MINUTE, audience="值班", state="claimed")
        assert [d.subject for d in find_deliveries(conn, where).items] == ["a2", "a1"]
        assert find_deliveries(conn, DeliveryFilter(subject="a3", channel="mail")).items == ()


def visit(at: int, state: str = "ok", every: int = 60, **fields: object) -> Round:
    start = NOON + at * MINUTE
    values = {"seconds": 1.5, "next_try": start + every * MINUTE, **fields}
    return Round(source="论坛", started_at=start, state=state, **values)  # type: ignore[arg-type]


def test_the_health_of_a_source_follows_its_rounds(store: Store) -> None:
    with store.write() as conn:
        register_sources(conn, [SourceEntry("论坛", "rss", "澜汀市"), SourceEntry("微博", "rsshub", "澜汀市")])
        assert save_round(conn, visit(0, new=3))
        assert not save_round(conn, visit(0, new=3))
        save_round(conn, visit(60, "blocked", reason="403"))
        save_round(conn, visit(120, "blocked", reason="验证码"))
        save_round(conn, visit(30, "quiet"))
        upsert_posts(conn, [post("p1", NOON), post("p2", NOON - 2 * DAY)])
        forum, weibo = sorted(source_health(conn), key=lambda s: s.state)
        assert [r.state for r in rounds_between(conn, "论坛", NOON, NOON + DAY)] == [
            "ok",
            "quiet",
            "blocked",
            "blocked",
        ]
    assert (forum.state, forum.since, forum.reason) == ("blocked", NOON + HOUR, "验证码")
    assert (forum.last_round, forum.last_success, forum.last_new) == (NOON + 2 * HOUR, NOON + HOUR / 2, NOON)
    assert (forum.next_try, forum.posts_24h, forum.kind, forum.jurisdiction) == (NOON + 3 * HOUR, 1, "rss", "澜汀市")
    assert (weibo.state, weibo.last_round, weibo.posts_24h) == ("new", None, 0)
    with store.read() as conn:
        assert [s.posts_24h for s in source_health(conn, now=NOON + 9 * DAY)] == [0, 0]


def test_a_source_that_left_the_list_keeps_its_history(store: Store) -> None:
    with store.write() as conn:
        register_sources(conn, [SourceEntry("论坛", "rss")])
        save_cursor(conn, "论坛", {"etag": "x"})
        register_sources(conn, [SourceEntry("微博", "rsshub")])
        assert [s.name for s in source_health(conn)] == ["微博"]
        assert {s.name: s.active for s in source_health(conn, inactive=True)} == {"论坛": False, "微博": True}
        register_sources(conn, [])
        assert source_health(conn) == []
        register_sources(conn, [SourceEntry("论坛", "atom")])
        assert [(s.name, s.kind) for s in source_health(conn)] == [("论坛", "atom")]
        assert cursor(conn, "论坛") == {"etag": "x"}


def test_a_cursor_is_replaced_as_a_whole(store: Store) -> None:
    with store.write() as conn:
        assert cursor(conn, "论坛") == {}
        save_cursor(conn, "论坛", {"etag": "x", "newest": "12"})
        save_cursor(conn, "论坛", {"etag": "y"})
        assert cursor(conn, "论坛") == {"etag": "y"}


@pytest.mark.parametrize(
    ("visits", "blind"),
    [
        ([], 10.0),
        ([visit(60 * n) for n in range(10)], 0.0),
        ([visit(60 * n, "quiet") for n in range(10)], 0.0),
        ([visit(60 * n, "broken") for n in range(10)], 10.0),
        ([visit(60 * n, "blocked" if n in (3, 4) else "ok") for n in range(10)], 2.0),
        ([visit(0, every=600)], 0.0),
        ([visit(0)], 8.5),  # reaches 60 minutes and half of that again
        ([visit(0, next_try=None)], 8.5),
        ([visit(0, every=4)], 10 - 9 / 60),  # five minutes' grace at least
        ([visit(-30)], 9.0),  # a round before the window reaches into it
        ([visit(-30), visit(0, "broken")], 10.0),
        ([visit(540, every=600)], 9.0),
        ([visit(0), visit(75)], 10 - 75 / 60 - 1.5),
    ],
)
def test_blind_hours_are_those_nobody_could_see(store: Store, visits: list[Round], blind: float) -> None:
    with store.write() as conn:
        for one in visits:
            save_round(conn, one)
        save_round(conn, replace(visit(0), source="另一个"))
        assert blind_hours(conn, "论坛", NOON, NOON + 10 * HOUR) == pytest.approx(blind)
        assert blind_hours(conn, "论坛", NOON, NOON) == 0.0


def test_seen_items_keep_their_highest_revision(store: Store) -> None:
    with store.write() as conn:
        remember(conn, [("p1", "aa", 1, "论坛", NOON), ("p2", "bb", 0, "论坛", NOON)])
        remember(conn, [("p1", "zz", 0, "论坛", NOON + HOUR), ("p2", "cc", 1, "论坛", NOON + HOUR)])
        remember(conn, [])
        assert known(conn, ["p1", "p2", "p3", "p1"]) == {"p1": Seen("aa", 1), "p2": Seen("cc", 1)}
        assert known(conn, []) == {}
        remember(conn, [(f"x{n}", "d", 0, "论坛", NOON) for n in range(1500)])
        assert len(known(conn, [f"x{n}" for n in range(2000)])) == 1500


def test_only_the_right_password_opens(store: Store) -> None:
    with store.write() as conn:
        made = make_operator(conn, "甲", "正确的密码", role="admin", now=NOON)
        with pytest.raises(NameTaken, match="甲"):
            make_operator(conn, "甲", "另一个", now=NOON)
        with pytest.raises(ValueError, match="name and a password"):
            make_operator(conn, "乙", "", now=NOON)
        assert check_password(conn, "甲", "正确的密码") == made
        assert check_password(conn, "甲", "错误的密码") is None
        assert check_password(conn, "甲\x00", "\ud800") is None
        assert check_password(conn, "无名", "正确的密码") is None
        stored = conn.execute(operators.select()).one().password
    assert stored.startswith("scrypt$16384$8$5$")
    assert "正确" not in stored
    assert made.role == "admin"


@pytest.mark.usefixtures("cheap")
def test_a_new_password_ends_all_sessions(store: Store) -> None:
    with store.write() as conn:
        make_operator(conn, "甲", "旧", now=NOON)
        token = open_session(conn, "甲", now=NOON, lasts=DAY)
        assert set_password(conn, "甲", "新", now=NOON + HOUR)
        assert not set_password(conn, "无名", "新", now=NOON)
        assert session_owner(conn, token, now=NOON + HOUR) is None
        assert check_password(conn, "甲", "旧") is None
        found = check_password(conn, "甲", "新")
    assert found is not None
    assert found.changed_at == NOON + HOUR


@pytest.mark.usefixtures("cheap")
def test_a_session_lasts_until_it_expires_or_is_ended(store: Store) -> None:
    with store.write() as conn:
        make_operator(conn, "甲", "密", now=NOON)
        one, two = (open_session(conn, "甲", now=NOON, lasts=HOUR) for _ in range(2))
        assert one != two
        owner = session_owner(conn, one, now=NOON + HOUR - MINUTE)
        assert owner is not None
        assert owner.name == "甲"
        assert session_owner(conn, one, now=NOON + HOUR) is None
        assert session_owner(conn, "", now=NOON) is None
        assert session_owner(conn, "\ud800", now=NOON) is None
        assert end_session(conn, one)
        assert not end_session(conn, one)
        assert session_owner(conn, one, now=NOON) is None
        assert session_owner(conn, two, now=NOON) is not None
        stored = [row.digest for row in conn.execute(sessions.select())]
        assert two not in stored
        assert all(len(digest) == 64 for digest in stored)
        open_session(conn, "甲", now=NOON + DAY, lasts=HOUR)
        assert len(conn.execute(sessions.select()).all()) == 1


@pytest.mark.usefixtures("cheap")
def test_who_is_locked_out_has_no_session_and_no_login(store: Store) -> None:
    with store.write() as conn:
        make_operator(conn, "甲", "密", now=NOON)
        token = open_session(conn, "甲", now=NOON, lasts=DAY)
        assert set_active(conn, "甲", False)
        assert not set_active(conn, "无名", False)
        assert session_owner(conn, token, now=NOON) is None
        assert check_password(conn, "甲", "密") is None
        assert [(o.name, o.active) for o in find_operators(conn)] == [("甲", False)]
        assert set_active(conn, "甲", True)
        assert check_password(conn, "甲", "密") is not None


def test_failed_logins_are_counted_by_name_and_origin(store: Store) -> None:
    with store.write() as conn:
        record_failure(conn, name="甲", origin="10.0.0.1", now=NOON)
        record_failure(conn, name="甲", origin="10.0.0.2", now=NOON + HOUR)
        record_failure(conn, name="x" * 5000, origin="10.0.0.2", now=NOON + HOUR)
        assert failures_since(conn, NOON) == 3
        assert failures_since(conn, NOON + MINUTE, name="甲") == 1
        assert failures_since(conn, NOON, origin="10.0.0.2") == 2
        assert failures_since(conn, NOON, name="x" * 5000, origin="10.0.0.1") == 0
        clear_failures(conn, "甲")
        assert failures_since(conn, NOON) == 1


def test_a_notice_is_said_once(store: Store) -> None:
    with store.write() as conn:
        assert add_notice(conn, "silent:论坛", "论坛已 6 小时无新内容", NOON)
        assert not add_notice(conn, "silent:论坛", "论坛已 7 小时无新内容", NOON + HOUR)
        add_notice(conn, "disk", "磁盘将满", NOON + HOUR)
        assert [n.words for n in find_notices(conn)] == ["磁盘将满", "论坛已 6 小时无新内容"]
        assert [n.key for n in find_notices(conn, since=NOON + HOUR)] == ["disk"]
        assert dismiss_notice(conn, "disk", by="甲", now=NOON + DAY)
        assert not dismiss_notice(conn, "disk", by="乙", now=NOON + DAY)
        assert [n.dismissed_by for n in find_notices(conn, dismissed=True)] == ["甲"]
        assert [n.key for n in find_notices(conn, dismissed=False, limit=1)] == ["silent:论坛"]


def test_the_newest_correction_counts_until_it_is_taken_back(store: Store) -> None:
    with store.write() as conn:
        first = add_label(conn, post="p1", field="category", value="service", by="甲", now=NOON)
        assert add_label(conn, post="p1", field="category", value="service", by="甲", now=NOON) == first
        second = add_label(conn, post="p1", field="category", value="crime", by="乙", now=NOON + HOUR)
        add_label(conn, post="p2", field="relevant", value="false", by="甲", now=NOON)
        with pytest.raises(ValueError, match="field: expected one of relevant"):
            add_label(conn, post="p1", field="colour", value="red", by="甲", now=NOON)
        assert [(x.post, x.value) for x in labels(conn)] == [("p2", "false"), ("p1", "crime")]
        assert remove_label(conn, second, by="丙", now=NOON + DAY)
        assert not remove_label(conn, second, by="丁", now=NOON + DAY)
        assert not remove_label(conn, 999, by="丁", now=NOON + DAY)
        assert [(x.id, x.value, x.at) for x in labels(conn, post="p1")] == [(first, "service", NOON)]
        kept = label_history(conn, "p1")
        assert [(x.value, x.undone_by, x.undone_at) for x in kept] == [
            ("service", "", None),
            ("crime", "丙", NOON + DAY),
        ]


def scored(**fields: object) -> PostScored:
    values = {"id": "p1", "text": "望汐派出所门口排长队", "published_at": NOON, "collected_at": NOON}
    values |= {"relevant": True, "sentiment": -1, "attitude": -1, "category": "service", "intent": "complaint"}
    values |= {"model_version": "m1"}
    return PostScored(**{**values, **fields})  # type: ignore[arg-type]


def test_a_confirmation_speaks_for_what_nobody_has_spoken_about_and_goes_as_a_whole(store: Store) -> None:
    with store.write() as conn:
        add_label(conn, post="p1", field="category", value="conduct", by="甲", now=NOON)
        assert confirm(conn, scored(), by="乙", now=NOON + HOUR) == 4
        assert confirm(conn, scored(), by="丙", now=NOON + 2 * HOUR) == 0
        said = {x.field: (x.value, x.kind, x.by) for x in labels(conn, post="p1")}
        assert said["category"] == ("conduct", "corrected", "甲")
        assert said["relevant"] == ("true", "confirmed", "乙")
        assert said["attitude"] == ("-1", "confirmed", "乙")
        add_label(conn, post="p1", field="sentiment", value="0", by="丙", now=NOON + 3 * HOUR)
        one = next(x.id for x in labels(conn, post="p1") if x.field == "intent")
        assert remove_label(conn, one, by="乙", now=NOON + DAY)
        assert [(x.field, x.value) for x in labels(conn, post="p1")] == [("category", "conduct"), ("sentiment", "0")]
        assert [x.undone_by for x in label_history(conn, "p1") if x.kind == "confirmed"] == ["乙"] * 4


def test_a_post_that_is_not_about_the_police_or_has_no_score_has_less_to_confirm() -> None:
    assert answers(scored(relevant=False)) == {"relevant": "false", "sentiment": "-1"}
    assert answers(scored(attitude=None)).keys() == {"relevant", "sentiment", "category", "intent"}
    assert answers(scored(model_version="")) == {}


def test_processes_show_their_last_sign_of_life(store: Store) -> None:
    with store.write() as conn:
        beat(conn, name="score", pid=1, started_at=NOON, now=NOON)
        beat(conn, name="score", pid=2, started_at=NOON + HOUR, now=NOON + HOUR, state="restarted", restarts=1)
        beat(conn, name="detect", pid=3, started_at=NOON, now=NOON)
        assert [(p.name, p.pid, p.state, p.restarts) for p in processes(conn)] == [
            ("detect", 3, "running", 0),
            ("score", 2, "restarted", 1),
        ]
        assert processes(conn)[1].beat_at == NOON + HOUR

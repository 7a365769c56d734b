"""Alerts, all-clears and events."""

from datetime import timedelta

from store_make import DAY, HOUR, NOON, alert, clear, event, post

from store.alerts import (
    AlertFilter,
    clear_alert,
    find_alerts,
    get_alert,
    get_all_clear,
    save_alert,
    set_alert_feedback,
)
from store.engine import Store
from store.events import EventFilter, event_posts, find_events, get_event, save_event
from store.posts import get_post, upsert_posts


def alert_ids(store: Store, **fields: object) -> list[str]:
    with store.read() as conn:
        return [row.alert.id for row in find_alerts(conn, AlertFilter(**fields)).items]  # type: ignore[arg-type]


def event_ids(store: Store, **fields: object) -> list[str]:
    with store.read() as conn:
        return [row.event.id for row in find_events(conn, EventFilter(**fields)).items]  # type: ignore[arg-type]


def test_an_alert_is_new_once(store: Store) -> None:
    with store.write() as conn:
        assert save_alert(conn, alert("a1"))
        assert not save_alert(conn, alert("a1", headline="另一个"))
    with store.read() as conn:
        found = get_alert(conn, "a1")
        assert get_alert(conn, "a2") is None
    assert found is not None
    assert found.alert == alert("a1")
    assert found.cleared_at is None


def test_an_all_clear_closes_the_alerts_before_it_and_none_after(store: Store) -> None:
    with store.write() as conn:
        save_alert(conn, alert("a1"))
        save_alert(conn, alert("other", event="e2"))
        assert clear_alert(conn, clear("c1", at=NOON + HOUR))
        assert not clear_alert(conn, clear("c1", at=NOON + HOUR))
        save_alert(conn, alert("a2", at=NOON + 2 * HOUR))
        clear_alert(conn, clear("c2", at=NOON + DAY, event="e9"))
        save_alert(conn, alert("early", at=NOON - HOUR))
    assert alert_ids(store, open=True) == ["a2", "other"]
    with store.read() as conn:
        late = get_alert(conn, "early")
        assert get_all_clear(conn, "c1") == clear("c1", at=NOON + HOUR)
        assert get_all_clear(conn, "c3") is None
    assert late is not None
    assert late.cleared_at == NOON + HOUR


def test_every_alert_filter_narrows(store: Store) -> None:
    with store.write() as conn:
        save_alert(conn, alert("a1", level="blue"))
        save_alert(conn, alert("a2", "e2", "red", NOON + HOUR, jurisdiction="青岬市", place="砚池区", category=None))
    assert alert_ids(store) == ["a2", "a1"]
    assert alert_ids(store, since=NOON + HOUR) == ["a2"]
    assert alert_ids(store, until=NOON + HOUR) == ["a1"]
    assert alert_ids(store, jurisdiction="青岬市") == ["a2"]
    assert alert_ids(store, level="blue") == ["a1"]
    assert alert_ids(store, min_level="yellow") == ["a2"]
    assert alert_ids(store, event="e1") == ["a1"]
    assert alert_ids(store, category="conduct") == ["a1"]
    assert alert_ids(store, place="砚池区") == ["a2"]
    assert alert_ids(store, post="p2") == ["a2", "a1"]
    assert alert_ids(store, open=False) == []
    assert alert_ids(store, ids=["a1"]) == ["a1"]
    with store.read() as conn:
        both = AlertFilter(post="p1", min_level="red")
        assert [r.alert.id for r in find_alerts(conn, both).items] == ["a2"]
        first = find_alerts(conn, AlertFilter(), limit=1)
        assert [r.alert.id for r in find_alerts(conn, AlertFilter(), limit=1, after=first.next).items] == ["a1"]


def test_the_desk_says_what_it_thinks_of_an_alert_and_takes_it_back(store: Store) -> None:
    with store.write() as conn:
        save_alert(conn, alert("a1"))
        assert set_alert_feedback(conn, "a1", "false_alarm")
        assert not set_alert_feedback(conn, "nobody", "useful")
        found = get_alert(conn, "a1")
        assert found is not None
        assert found.feedback == "false_alarm"
        set_alert_feedback(conn, "a1", None)
        found = get_alert(conn, "a1")
        assert found is not None
        assert found.feedback is None


def test_an_older_state_of_an_event_adds_members_but_changes_nothing_else(store: Store) -> None:
    with store.write() as conn:
        upsert_posts(conn, [post(f"p{n}", NOON + n * timedelta(minutes=1)) for n in range(4)])
        assert save_event(conn, event("e1", NOON + HOUR, posts=3, phase="peak", added=["p2"]))
        assert save_event(conn, event("e1", NOON, posts=2, added=["p1", "p3"]))
        assert not save_event(conn, event("e1", NOON, posts=2, added=["p1", "p3"]))
        assert save_event(conn, event("e1", NOON + HOUR, posts=3, phase="over"))
    with store.read() as conn:
        found = get_event(conn, "e1")
        assert [row.post.id for row in event_posts(conn, "e1")] == ["p1", "p2", "p3"]
        assert [row.post.id for row in event_posts(conn, "e1", 2)] == ["p2", "p3"]
        row = get_post(conn, "p1")
        assert get_event(conn, "e2") is None
    assert found is not None
    assert found.event == event("e1", NOON + HOUR, posts=3, phase="over")
    assert found.archived == 3
    assert row is not None
    assert row.event == "e1"


def test_a_post_is_in_one_event_at_most(store: Store) -> None:
    with store.write() as conn:
        upsert_posts(conn, [post("p1"), post("p2")])
        save_event(conn, event("e1", added=["p1", "p2"]))
        save_event(conn, event("e2", added=["p2"]))
        assert [row.post.id for row in event_posts(conn, "e1")] == ["p1"]
        assert [row.post.id for row in event_posts(conn, "e2")] == ["p2"]


def test_every_event_filter_narrows(store: Store) -> None:
    with store.write() as conn:
        save_event(conn, event("e1"))
        save_event(
            conn,
            event(
                "e2", NOON + DAY, 9, first_at=NOON + HOUR, jurisdiction="青岬市", phase="over", place="砚池区",
                category="service", headline="办证 100% 排队",
            ),
        )  # fmt: skip
    assert event_ids(store) == ["e2", "e1"]
    assert event_ids(store, since=NOON + HOUR) == ["e2"]
    assert event_ids(store, until=NOON) == ["e1"]
    assert event_ids(store, jurisdiction="澜汀市") == ["e1"]
    assert event_ids(store, phase="over") == ["e2"]
    assert event_ids(store, category="service", place="砚池区") == ["e2"]
    assert event_ids(store, text="0% 排") == ["e2"]
    assert event_ids(store, min_posts=3) == ["e2"]
    assert event_ids(store, min_negative=2) == ["e2", "e1"]
    assert event_ids(store, ids=["e1"]) == ["e1"]

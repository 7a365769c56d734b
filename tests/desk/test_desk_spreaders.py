"""Who spreads an event, by kind, on the pages of alert and event."""

from datetime import timedelta

import msgspec
import pytest
from desk_seed import NOW, alert, post, raise_alert
from starlette.testclient import TestClient

from bus.messages import AlertCounts
from store.engine import Store
from store.events import get_event, save_event


@pytest.fixture
def spread(store: Store) -> Store:
    """An alert of five posts; three media accounts have joined its event since."""
    posts = [post(9100 + n, at=NOW - timedelta(minutes=30 - n), text=f"第{n}个人说起这件事") for n in range(5)]
    counts = AlertCounts(
        posts=5,
        authors=4,
        posts_by_kind={"person": 3, "unknown": 2},
        authors_by_kind={"person": 2, "unknown": 2},
    )
    raise_alert(store, alert(9, posts, at=NOW - timedelta(minutes=25), counts=counts), posts, now=NOW)
    now = msgspec.structs.replace(
        counts,
        posts=8,
        posts_by_kind={"media": 3, "person": 3, "unknown": 2},
        authors_by_kind={"media": 3, "person": 2, "unknown": 2},
        media_at=NOW - timedelta(minutes=10),
    )
    with store.write() as conn:
        row = get_event(conn, "event-9")
        assert row is not None
        save_event(conn, msgspec.structs.replace(row.event, counts=now))
    return store


def test_the_alert_shows_who_spread_it_then_and_who_does_now(client: TestClient, spread: Store) -> None:
    page = client.get("/alerts/alert-9-orange").text
    assert "预警时的传播者：个人2人（3帖）、未注明2个" in page
    assert "目前的传播者：个人2人（3帖）、媒体3家、未注明2个" in page
    assert page.count("媒体已跟进") == 1


def test_a_slow_rise_shows_of_how_many_posts_it_is_known(client: TestClient, store: Store) -> None:
    posts = [post(9300 + n, at=NOW, text=f"第{n}个窗口") for n in range(3)]
    counts = AlertCounts(posts=80, posts_by_kind={"person": 50}, authors_by_kind={"person": 3})
    raise_alert(store, alert(7, posts, at=NOW, counts=counts), posts, now=NOW)
    assert "预警时的传播者（所列 50 帖）：个人3人（50帖）" in client.get("/alerts/alert-7-orange").text


def test_an_alert_that_does_not_say_shows_nothing(client: TestClient, store: Store) -> None:
    posts = [post(9200, at=NOW, text="说起这件事")]
    raise_alert(store, alert(8, posts, at=NOW), posts, now=NOW)
    assert "传播者" not in client.get("/alerts/alert-8-orange").text


def test_the_event_shows_who_spreads_it(client: TestClient, spread: Store) -> None:
    page = client.get("/events/event-9").text
    assert "传播者：个人2人（3帖）、媒体3家、未注明2个" in page
    assert "媒体已跟进" in page

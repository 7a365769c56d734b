"""posts.scored, alerts.raised, events.changed -> the store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from consumers_make import CITY, alert, at, scored

from bus.errors import Transient
from bus.messages import AlertCleared, AlertCounts, EventChanged, Message, PostWithdrawn
from config.alerts import load_alerts
from consumers.archive import archiver
from store.alerts import get_alert
from store.engine import Store, open_store
from store.events import get_event
from store.incidents import get_incident, incident_id
from store.posts import PostFilter, count_posts, get_post


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'm.db'}")
    yield opened
    opened.close()


CHANGE = EventChanged(
    id="e1",
    jurisdiction=CITY,
    headline="民警打人",
    first_post="p1",
    first_at=at(1),
    last_at=at(2),
    counts=AlertCounts(posts=2),
    added=["p1", "p2"],
)
CLEARED = AlertCleared(
    id="c1",
    event="e1",
    jurisdiction=CITY,
    previous_level="orange",
    headline="民警打人",
    words="解除",
    cleared_at=at(900),
)
MESSAGES: list[Message] = [scored(1), scored(2), CHANGE, alert(), CLEARED]


def test_everything_arrives_and_the_same_again_changes_nothing(store: Store) -> None:
    handle = archiver(store, load_alerts(), now=lambda: at(3))
    for _ in range(2):
        assert handle(MESSAGES) == [[]] * 5
        with store.read() as conn:
            assert count_posts(conn, PostFilter(event="e1")) == 2
            row = get_alert(conn, "alert-1")
            assert row is not None
            assert row.cleared_at == at(900)
            event = get_event(conn, "e1")
            assert event is not None
            assert event.archived == 2


def test_an_alert_of_yellow_or_above_opens_an_incident_with_its_clocks(store: Store) -> None:
    handle = archiver(store, load_alerts(), now=lambda: at(3))
    handle([alert(1, "blue", event="e0")])
    handle([alert(2, "yellow")])
    with store.read() as conn:
        assert get_incident(conn, incident_id("e0")) is None
        incident = get_incident(conn, incident_id("e1"))
    assert incident is not None
    assert {c.name: c.due_at for c in incident.clocks} == {"acknowledge": at(33), "response": at(48 * 60)}
    handle([alert(3, "orange", raised_at=at(20))])
    with store.read() as conn:
        incident = get_incident(conn, incident_id("e1"))
    assert incident is not None
    due = {c.name: c.due_at for c in incident.clocks}
    assert due["authoritative_information"] == at(20 + 5 * 60)
    assert due["press_conference"] == at(20 + 24 * 60)


def test_a_withdrawn_post_goes_and_does_not_come_back(store: Store) -> None:
    handle = archiver(store, load_alerts(), now=lambda: at(3))
    handle(MESSAGES)
    handle([PostWithdrawn(id="p1", source="s", seen_gone_at=at(4)), scored(1)])
    with store.read() as conn:
        assert get_post(conn, "p1") is None
        assert get_post(conn, "p2") is not None


def test_a_store_that_is_away_is_transient(store: Store, tmp_path: Path) -> None:
    handle = archiver(store, load_alerts(), now=lambda: at(3))
    (tmp_path / "m.db").rename(tmp_path / "elsewhere.db")
    with pytest.raises(Transient):
        handle(MESSAGES)


def test_a_copy_is_joined_over_batches_and_outlives_its_original(store: Store) -> None:
    handle = archiver(store, load_alerts(), now=lambda: at(3))
    text = "望汐区长途客运站昨夜停电，候车的人都在广场上等，有民警过来维持秩序，凌晨一点多才恢复供电。"
    handle([scored(7, text=text, source="晚报")])
    handle([scored(3, text=text, source="早报")])
    with store.read() as conn:
        late, early = get_post(conn, "p7"), get_post(conn, "p3")
    assert late is not None
    assert early is not None
    assert (late.copy_of, early.copy_of) == ("p3", None)
    handle([PostWithdrawn(id="p3", source="早报", seen_gone_at=at(60))])
    with store.read() as conn:
        late = get_post(conn, "p7")
    assert late is not None
    assert late.copy_of is None

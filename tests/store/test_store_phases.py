"""The phase of an event as it stands now: by its archived posts, and never over because nobody looks any more."""

from datetime import timedelta

from store_make import HOUR, NOON, event, negative, post

from store.engine import Connection, Store
from store.events import EventFilter, save_event
from store.phases import events_now
from store.posts import upsert_posts


def phases(conn: Connection, **where: str) -> dict[str, str]:
    found = events_now(conn, EventFilter(**where), now=NOON + 400 * HOUR)  # type: ignore[arg-type]
    return {row.event.id: row.event.phase for row in found.items}


def test_an_event_ends_when_others_go_on_without_it_and_not_when_collection_ends(store: Store) -> None:
    with store.write() as conn:
        burst = [negative(f"p{n}", NOON + timedelta(minutes=n)) for n in range(30)]
        upsert_posts(conn, burst)
        save_event(conn, event("e1", NOON + HOUR, 30, added=[p.id for p in burst], phase="peak"))
        assert phases(conn) == {"e1": "rising"}
        upsert_posts(conn, [post("other", NOON + 5 * HOUR)])
        assert phases(conn) == {"e1": "fading"}
        upsert_posts(conn, [post("another", NOON + 14 * HOUR)])
        assert phases(conn) == phases(conn, phase="over") == {"e1": "over"}
        assert phases(conn, phase="rising") == {}


def test_an_event_whose_posts_are_not_archived_keeps_the_phase_detection_gave_it(store: Store) -> None:
    with store.write() as conn:
        save_event(conn, event("e1", phase="peak"))
        assert phases(conn) == {"e1": "peak"}

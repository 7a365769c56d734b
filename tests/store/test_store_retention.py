"""What retention must take, and what it must leave, beyond the plain case of test_store_figures."""

from datetime import timedelta

from store_make import DAY, NOON, alert, clear, event, negative

from store.alerts import clear_alert, get_all_clear, save_alert
from store.edits import merge
from store.engine import Store
from store.events import get_event, save_event
from store.incidents import move, open_incident
from store.posts import get_post, upsert_posts
from store.processes import beat, processes
from store.retain import purge

QUOTED = "望汐派出所门口排队三小时"
LATER = NOON + timedelta(days=365)


def purged(store: Store) -> None:
    with store.write() as conn:
        purge(conn, older_than=180 * DAY, now=LATER)


def test_an_all_clear_forgets_the_words_it_quotes_with_its_alert(store: Store) -> None:
    with store.write() as conn:
        upsert_posts(conn, [negative("p1", text=QUOTED)])
        for name in ("e1", "e2"):
            save_alert(conn, alert(f"a-{name}", name, headline=QUOTED, posts=["p1"]))
            clear_alert(conn, clear(f"c-{name}", name, headline=QUOTED))
        open_incident(conn, alert=alert("a-e2", "e2"), clocks=[], now=NOON)
    purged(store)
    with store.read() as conn:
        first, kept = get_all_clear(conn, "c-e1"), get_all_clear(conn, "c-e2")
    assert first is not None
    assert kept is not None
    assert QUOTED not in first.headline
    assert (first.id, first.cleared_at) == ("c-e1", NOON + DAY)
    assert kept.headline == QUOTED  # as its alert: there is an incident


def test_posts_of_a_merged_event_stay_while_the_matter_is_open(store: Store) -> None:
    with store.write() as conn:
        upsert_posts(conn, [negative("p1"), negative("p2")])
        save_event(conn, event("e1", added=["p1"], headline=QUOTED))
        save_event(conn, event("e2", first_post="p2", added=["p2"], headline=QUOTED))
        save_alert(conn, alert("a2", "e2", first_post="p2", posts=["p2"]))
        open_incident(conn, alert=alert("a2", "e2"), clocks=[], now=NOON)
        merge(conn, "e2", "e1", by="甲", now=NOON + DAY)
    purged(store)
    with store.read() as conn:
        shown = get_event(conn, "e1")
        assert [get_post(conn, ident) is not None for ident in ("p1", "p2")] == [True, True]
    assert shown is not None
    assert shown.event.headline == QUOTED


def test_posts_of_a_merged_event_go_when_the_matter_is_closed(store: Store) -> None:
    with store.write() as conn:
        upsert_posts(conn, [negative("p1"), negative("p2")])
        for n in (1, 2):
            save_event(conn, event(f"e{n}", first_post=f"p{n}", added=[f"p{n}"]))
            open_incident(conn, alert=alert(f"a{n}", f"e{n}"), clocks=[], now=NOON)
        merge(conn, "e2", "e1", by="甲", now=NOON + DAY)
        move(conn, "inc-e1", "false_alarm", by="甲", now=NOON + DAY)  # inc-e2 points to it and stays as it was
    purged(store)
    with store.read() as conn:
        assert [get_post(conn, ident) is not None for ident in ("p1", "p2")] == [False, False]


def test_a_process_that_left_the_installation_is_forgotten_and_a_silent_one_is_not(store: Store) -> None:
    with store.write() as conn:
        for name, hours in (("example", 40), ("score", 20), ("desk", 0)):
            beat(conn, name=name, pid=1, started_at=NOON, now=LATER - timedelta(hours=hours))
    purged(store)
    with store.read() as conn:
        assert [process.name for process in processes(conn)] == ["desk", "score"]

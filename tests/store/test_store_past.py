"""What `minyi why` and `minyi backtest` ask of the store."""

from store_make import HOUR, NOON, alert, post

from store.alerts import save_alert, set_alert_feedback
from store.engine import Store
from store.incidents import incident_id, move, open_incident
from store.past import Judged, alert_ids, archived_posts, judgements, jurisdictions
from store.posts import upsert_posts


def test_archived_posts_come_in_the_order_of_their_collection(store: Store) -> None:
    late = post("late", NOON - 9 * HOUR, collected_at=NOON + HOUR)
    first, second = post("b", NOON), post("a", NOON)
    elsewhere = post("x", NOON, jurisdiction="望汐区")
    after = post("after", NOON + 3 * HOUR)
    with store.write() as conn:
        upsert_posts(conn, [late, first, after, elsewhere, second])
    with store.read() as conn:
        assert jurisdictions(conn) == sorted(["澜汀市", "望汐区"])
        found = [p.id for p in archived_posts(conn, before=NOON + 3 * HOUR, places=["澜汀市"])]
        assert found == ["a", "b", "late"]
        assert list(archived_posts(conn, before=NOON, places=[])) == []


def test_alerts_are_found_by_how_they_begin(store: Store) -> None:
    with store.write() as conn:
        for n, name in enumerate(("ab1", "ab2", "a_1", "c")):
            save_alert(conn, alert(name, event=f"e{name}", at=NOON + n * HOUR))
    with store.read() as conn:
        assert alert_ids(conn, "ab") == ["ab1", "ab2"]
        assert alert_ids(conn, "a_") == ["a_1"]  # an underscore is one, not any character
        assert alert_ids(conn) == ["ab1", "ab2", "a_1", "c"]
        assert alert_ids(conn, event="eab2") == ["ab2"]
        assert alert_ids(conn, "zz") == []


def test_an_event_is_false_when_everything_said_of_it_is(store: Store) -> None:
    with store.write() as conn:
        for event, words in (
            ("false", ["false_alarm", None]),
            ("both", ["false_alarm", "useful"]),
            ("good", ["useful"]),
            ("silent", [None]),
        ):
            for n, value in enumerate(words):
                save_alert(conn, alert(f"{event}{n}", event=event, posts=[f"{event}-p"], first_post=f"{event}-r"))
                set_alert_feedback(conn, f"{event}{n}", value)
    with store.read() as conn:
        found = {j.event: j for j in judgements(conn)}
    assert {event: j.false for event, j in found.items()} == {"false": True, "both": False, "good": False}
    assert found["false"] == Judged("false", frozenset({"false-p", "false-r"}), True)


def test_what_became_of_an_incident_is_a_judgement_too(store: Store) -> None:
    with store.write() as conn:
        for event, states in (("mistake", ["false_alarm"]), ("real", ["checking", "answered"]), ("new", [])):
            one = alert(f"a-{event}", event=event)
            save_alert(conn, one)
            open_incident(conn, alert=one, clocks=[], now=NOON)
            for n, state in enumerate(states, 1):
                move(conn, incident_id(event), state, by="值班员", now=NOON + n * HOUR)
    with store.read() as conn:
        assert {j.event: j.false for j in judgements(conn)} == {"mistake": True, "real": False}

"""The outbox on both databases: noted, held, taken, dropped, told; silences; where an event stands."""

from datetime import timedelta
from typing import Any

from store_make import HOUR, NOON, alert, clear

from bus.messages import AlertLowered
from store import outbox
from store.alerts import AlertFilter, clear_alert, find_alerts, get_alert, save_alert
from store.deliveries import DeliveryFilter, claim, find_deliveries, settle
from store.engine import Connection, Store
from store.silences import active_silences, all_silences, end_silence, silence
from store.step_downs import get_step_down, lower_alert, step_downs_of

MINUTE = timedelta(minutes=1)
MINE = ("值班", "webhook")


def note(conn: Connection, subject: str = "a1", **more: Any) -> bool:
    values: dict[str, Any] = {"kind": "alert", "event": "e1", "place": "澜汀市\t云溯区", "level": "yellow", "now": NOON}
    return outbox.enroll(conn, audience=MINE[0], channel=MINE[1], subject=subject, **(values | more))


def subjects(lines: list[outbox.Line]) -> list[str]:
    return [line.subject for line in lines]


def states(conn: Connection) -> dict[str, str]:
    return {row.subject: row.state for row in find_deliveries(conn, DeliveryFilter()).items}


def test_news_is_noted_once_held_and_due_again(store: Store) -> None:
    with store.write() as conn:
        assert note(conn)
        assert not note(conn)
        assert note(conn, "a2", event="e2", level="red")
        (line, other) = outbox.due(conn, NOON)
        assert (line.event, line.place, line.level, line.state, line.why) == ("e1", "澜汀市\t云溯区", 2, "held", "")
        outbox.hold(conn, [line], until=NOON + HOUR, why="quiet hours")
        assert subjects(outbox.due(conn, NOON + HOUR - MINUTE)) == ["a2"]
        assert subjects(outbox.due(conn, NOON + HOUR)) == ["a1", "a2"]
        assert [at.why for at in outbox.open_of_event(conn, *MINE, "e1", NOON)] == ["quiet hours"]
        assert outbox.open_of_event(conn, "别人", "webhook", "e1", NOON) == []
        assert outbox.wake(conn, NOON) == 1
        assert subjects(outbox.due(conn, NOON)) == ["a1", "a2"]
        outbox.drop(conn, [other], why="superseded", now=NOON)
        assert states(conn) == {"a1": "held", "a2": "failed"}


def test_news_is_taken_by_one_and_given_again_when_that_one_died(store: Store) -> None:
    with store.write() as conn:
        note(conn)
        note(conn, "a2")
        lines = outbox.due(conn, NOON)
        claims = outbox.take(conn, lines, now=NOON)
        assert [(c.subject, c.attempt) for c in claims] == [("a1", 1), ("a2", 1)]
        assert outbox.take(conn, lines, now=NOON + MINUTE) == []
        assert outbox.due(conn, NOON + MINUTE) == []
        assert claim(conn, audience=MINE[0], channel=MINE[1], subject="a1", kind="alert", now=NOON + MINUTE) is None
        settle(conn, claims[0], ok=True, now=NOON + MINUTE)
        settle(conn, claims[1], ok=False, error="HTTP 503", now=NOON + MINUTE, retry_at=NOON + 2 * MINUTE)
        assert subjects(outbox.due(conn, NOON + 2 * MINUTE)) == ["a2"]
        (again,) = outbox.take(conn, outbox.due(conn, NOON + 2 * MINUTE), now=NOON + 2 * MINUTE)
        assert again.attempt == 2
        assert subjects(outbox.due(conn, NOON + 8 * MINUTE)) == ["a2"]


def test_what_was_told_is_known_by_event_and_by_place(store: Store) -> None:
    with store.write() as conn:
        assert outbox.last_told(conn, *MINE, "e1") is None
        assert outbox.told_near(conn, *MINE, "澜汀市\t云溯区", NOON - HOUR) is None
        for n, level in enumerate(("orange", "blue")):
            note(conn, f"a{n}", level=level)
            for taken in outbox.take(conn, outbox.due(conn, NOON), now=NOON + n * MINUTE):
                settle(conn, taken, ok=True, now=NOON + n * MINUTE)
        note(conn, "c1", kind="all_clear", place="")
        assert outbox.last_told(conn, *MINE, "e1") == "alert"
        assert outbox.told_near(conn, *MINE, "澜汀市\t云溯区", NOON - HOUR) == outbox.Near(3, NOON + MINUTE)
        assert outbox.told_near(conn, *MINE, "澜汀市\t云溯区", NOON + MINUTE) is None
        for taken in outbox.take(conn, outbox.due(conn, NOON), now=NOON):
            settle(conn, taken, ok=True, now=NOON)
        assert outbox.last_told(conn, *MINE, "e1") == "all_clear"


def test_an_end_is_known_by_the_group_its_alert_was_told_in_and_apart_from_alerts(store: Store) -> None:
    nowhere = outbox.nowhere("澜汀市")
    with store.write() as conn:
        note(conn, place=nowhere)
        assert outbox.told_in(conn, *MINE, "e1") == ""
        for taken in outbox.take(conn, outbox.due(conn, NOON), now=NOON):
            settle(conn, taken, ok=True, now=NOON)
        assert outbox.told_in(conn, *MINE, "e1") == nowhere
        note(conn, "c1", kind="all_clear", place=nowhere)
        outbox.hold(conn, outbox.due(conn, NOON), until=NOON + HOUR, why="together")
        assert outbox.held_together(conn, *MINE, nowhere) == []
        assert outbox.told_near(conn, *MINE, nowhere, NOON - HOUR, kind="all_clear") is None
        assert outbox.told_near(conn, *MINE, nowhere, NOON - HOUR) == outbox.Near(2, NOON)
    assert nowhere != outbox.spot("澜汀市", "澜汀市")


def test_what_waits_for_others_of_its_place_is_found_by_it(store: Store) -> None:
    with store.write() as conn:
        for n, why in enumerate(("together", "silence", "together")):
            note(conn, f"a{n}", event=f"e{n}")
            outbox.hold(conn, outbox.due(conn, NOON), until=NOON + HOUR, why=why)  # type: ignore[arg-type]
        assert subjects(outbox.held_together(conn, *MINE, "澜汀市\t云溯区")) == ["a0", "a2"]
        assert outbox.held_together(conn, *MINE, "澜汀市\t别处") == []
    assert outbox.spot("澜汀市", "云溯区") == "澜汀市\t云溯区"
    assert outbox.spot("澜汀市", "澜汀市") == outbox.spot("澜汀市", "") == ""


def test_a_silence_is_in_force_until_its_end_or_until_it_is_taken_back(store: Store) -> None:
    with store.write() as conn:
        one = silence(conn, event="e1", until=NOON + HOUR, by="李", reason="  演习 ", now=NOON)
        two = silence(conn, jurisdiction="澜汀市", place="云溯区", until=NOON + 2 * HOUR, by="李", now=NOON)
        assert [s.id for s in active_silences(conn, NOON)] == [two, one]
        assert [s.id for s in active_silences(conn, NOON + HOUR)] == [two]
        assert end_silence(conn, two, by="王", now=NOON + HOUR)
        assert active_silences(conn, NOON + HOUR) == []
        newest = all_silences(conn)[0]
        assert (newest.id, newest.ended_by, newest.covers("澜汀市", "任何", "云溯区")) == (two, "王", True)
        assert not newest.covers("澜汀市", "任何", "别处")
        assert not newest.covers("别处", "任何", "云溯区")
        assert all_silences(conn)[1].reason == "演习"


def test_an_alert_says_where_its_event_stands_and_until_when_it_is_held(store: Store) -> None:
    step = AlertLowered(
        id="l1", event="e1", previous_level="orange", level="yellow", headline="不存", words="降级",
        lowered_at=NOON + HOUR,
    )  # fmt: skip
    with store.write() as conn:
        save_alert(conn, alert("a1", level="orange"))
        save_alert(conn, alert("a2", level="red", at=NOON + 2 * HOUR))
        note(conn)
        outbox.hold(conn, outbox.due(conn, NOON), until=NOON + HOUR, why="silence")
        assert lower_alert(conn, step)
        assert not lower_alert(conn, step)
        rows = {row.alert.id: row for row in find_alerts(conn, AlertFilter()).items}
        assert (rows["a1"].level_now, rows["a1"].held_until, rows["a1"].held_why) == ("yellow", NOON + HOUR, "silence")
        assert (rows["a2"].level_now, rows["a2"].held_until, rows["a2"].held_why) == ("red", None, None)
        assert [s.headline for s in step_downs_of(conn, "e1")] == ["云溯区 执法行为"]
        assert get_step_down(conn, "l1") == step_downs_of(conn, "e1")[0]
        assert get_step_down(conn, "unknown") is None
        clear_alert(conn, clear())
        row = get_alert(conn, "a1")
        assert row
        assert row.level_now == "yellow"

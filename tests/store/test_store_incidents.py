"""Incidents: states, clocks, undo, and the log that only grows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from store_make import DAY, HOUR, NOON, alert

from store.engine import Store
from store.errors import ImpossibleMove
from store.incidents import (
    MOVES,
    STATES,
    Incident,
    IncidentFilter,
    add_note,
    add_statement,
    assign,
    due_clocks,
    find_incidents,
    find_statements,
    get_incident,
    incident_log,
    mark_reminded,
    meet_clock,
    move,
    open_incident,
    undo_move,
)


@dataclass(frozen=True)
class Clock:
    name: str
    due_at: datetime


def clocks(start: datetime = NOON) -> list[Clock]:
    return [
        Clock("acknowledge", start + HOUR / 2),
        Clock("authoritative_information", start + 5 * HOUR),
        Clock("press_conference", start + DAY),
    ]


def incident(store: Store, ident: str = "inc-e1") -> Incident:
    with store.read() as conn:
        found = get_incident(conn, ident)
    assert found is not None
    return found


def met(store: Store) -> dict[str, datetime]:
    return {clock.name: clock.met_at for clock in incident(store).clocks if clock.met_at is not None}


def whats(store: Store) -> list[str]:
    with store.read() as conn:
        return [line.what for line in incident_log(conn, "inc-e1")]


@pytest.fixture
def opened(store: Store) -> Store:
    with store.write() as conn:
        assert open_incident(conn, alert=alert("a1"), clocks=clocks(), now=NOON) == "inc-e1"
    return store


def test_one_incident_an_event_however_often_the_alert_arrives(opened: Store) -> None:
    with opened.write() as conn:
        assert open_incident(conn, alert=alert("a1"), clocks=clocks(NOON + DAY), now=NOON + HOUR) is None
        assert open_incident(conn, alert=alert("b1", event="e2"), clocks=[], now=NOON) == "inc-e2"
    found = incident(opened)
    assert (found.state, found.level, found.alert, found.started_at) == ("waiting", "yellow", "a1", NOON)
    assert [(c.name, c.due_at, c.alert) for c in found.clocks] == [(c.name, c.due_at, "a1") for c in clocks()]
    assert whats(opened) == ["opened"]


def test_a_higher_alert_adds_its_clocks_and_never_puts_one_off(opened: Store) -> None:
    later = [
        Clock("acknowledge", NOON + 9 * HOUR),
        Clock("press_conference", NOON + HOUR),
        Clock("response", NOON + DAY),
    ]
    with opened.write() as conn:
        assert open_incident(conn, alert=alert("a2", level="red"), clocks=later, now=NOON + HOUR) is None
        assert open_incident(conn, alert=alert("a3", level="orange"), clocks=later, now=NOON + HOUR) is None
    found = incident(opened)
    assert (found.level, found.alert) == ("red", "a2")
    assert {c.name: c.due_at for c in found.clocks} == {
        "acknowledge": NOON + HOUR / 2,
        "authoritative_information": NOON + 5 * HOUR,
        "press_conference": NOON + HOUR,
        "response": NOON + DAY,
    }
    assert whats(opened) == ["opened", "escalated", "alert"]


def test_an_incident_is_called_what_the_alert_that_counts_is_called(opened: Store) -> None:
    with opened.write() as conn:
        open_incident(conn, alert=alert("a2", level="red", headline="菜市场门口"), clocks=[], now=NOON + HOUR)
        open_incident(conn, alert=alert("a3", level="orange", headline="又一说法"), clocks=[], now=NOON + HOUR)
        assert {due.headline for due in due_clocks(conn, now=NOON, within=DAY)} == {"菜市场门口"}
    assert incident(opened).headline == "菜市场门口"


def test_moves_meet_the_clocks_they_answer(opened: Store) -> None:
    with opened.write() as conn:
        move(conn, "inc-e1", "checking", by="甲", now=NOON + HOUR)
    assert met(opened) == {"acknowledge": NOON + HOUR}
    with opened.write() as conn:
        move(conn, "inc-e1", "answered", by="甲", now=NOON + 2 * HOUR, note="已发布通报")
    assert met(opened) == {"acknowledge": NOON + HOUR, "authoritative_information": NOON + 2 * HOUR}
    with opened.write() as conn:
        assert meet_clock(conn, "inc-e1", "press_conference", by="乙", now=NOON + 3 * HOUR)
        assert not meet_clock(conn, "inc-e1", "press_conference", by="乙", now=NOON + 4 * HOUR)
        assert not meet_clock(conn, "inc-e1", "nothing", by="乙", now=NOON)
    assert len(met(opened)) == 3


def test_an_impossible_move_says_what_is_possible(opened: Store) -> None:
    with opened.write() as conn, pytest.raises(ImpossibleMove, match="allowed: checking, false_alarm") as caught:
        move(conn, "inc-e1", "closed", by="甲", now=NOON)
    assert (caught.value.current, caught.value.wanted) == ("waiting", "closed")
    assert caught.value.allowed == ("checking", "false_alarm")
    assert whats(opened) == ["opened"]


@pytest.mark.parametrize(
    "act",
    [
        lambda c: move(c, "inc-x", "checking", by="甲", now=NOON),
        lambda c: undo_move(c, "inc-x", 1, by="甲", now=NOON),
        lambda c: assign(c, "inc-x", "甲", by="甲", now=NOON),
        lambda c: add_note(c, "inc-x", "注", by="甲", now=NOON),
        lambda c: meet_clock(c, "inc-x", "response", by="甲", now=NOON),
    ],
)
def test_no_incident_is_a_lookup_error(store: Store, act: Callable[[object], object]) -> None:
    with store.write() as conn, pytest.raises(LookupError, match="inc-x"):
        act(conn)


def test_undoing_a_move_lets_its_clocks_run_again(opened: Store) -> None:
    with opened.write() as conn:
        first = move(conn, "inc-e1", "checking", by="甲", now=NOON)
        second = move(conn, "inc-e1", "answered", by="甲", now=NOON + HOUR)
        with pytest.raises(ValueError, match="not the last move"):
            undo_move(conn, "inc-e1", first, by="甲", now=NOON)
        assert undo_move(conn, "inc-e1", second, by="乙", now=NOON + 2 * HOUR) == "checking"
        with pytest.raises(ValueError, match="not the last move"):
            undo_move(conn, "inc-e1", second, by="乙", now=NOON)
    assert met(opened) == {"acknowledge": NOON}
    with opened.write() as conn:
        assert undo_move(conn, "inc-e1", first, by="乙", now=NOON + 2 * HOUR) == "waiting"
    assert met(opened) == {}
    assert whats(opened) == ["opened", "moved", "moved", "undone", "undone"]


def test_a_closed_incident_is_reopened_by_a_new_alert_and_its_clocks_start_anew(opened: Store) -> None:
    with opened.write() as conn:
        move(conn, "inc-e1", "checking", by="甲", now=NOON)
        last = move(conn, "inc-e1", "closed", by="甲", now=NOON + HOUR)
        again = alert("a2", at=NOON + DAY)
        assert open_incident(conn, alert=again, clocks=clocks(NOON + DAY), now=NOON + DAY) == "inc-e1"
        assert open_incident(conn, alert=again, clocks=clocks(NOON + DAY), now=NOON + DAY) is None
        with pytest.raises(ValueError, match="not the last move"):
            undo_move(conn, "inc-e1", last, by="甲", now=NOON + DAY)
    found = incident(opened)
    assert found.state == "waiting"
    assert met(opened) == {}
    assert {c.due_at for c in found.clocks} == {c.due_at for c in clocks(NOON + DAY)}
    assert whats(opened) == ["opened", "moved", "moved", "reopened"]


def test_a_false_alarm_is_reopened_only_by_a_higher_alert(opened: Store) -> None:
    with opened.write() as conn:
        move(conn, "inc-e1", "false_alarm", by="甲", now=NOON)
        assert open_incident(conn, alert=alert("a2"), clocks=clocks(), now=NOON) is None
    assert incident(opened).state == "false_alarm"
    with opened.write() as conn:
        assert open_incident(conn, alert=alert("a3", level="orange"), clocks=clocks(), now=NOON) == "inc-e1"
    assert (incident(opened).state, incident(opened).level) == ("waiting", "orange")


def test_a_statement_meets_the_answer_clocks_when_it_was_published(opened: Store) -> None:
    said = {"text": "情况通报", "url": "https://example.invalid/1", "published_at": NOON + HOUR}
    with opened.write() as conn:
        ident = add_statement(conn, "inc-e1", **said, by="甲", now=NOON + 2 * HOUR)  # type: ignore[arg-type]
        assert add_statement(conn, "inc-e1", **said, by="乙", now=NOON + DAY) == ident  # type: ignore[arg-type]
    with opened.read() as conn:
        (found,) = find_statements(conn, "inc-e1")
    assert (found.id, found.text, found.by, found.published_at) == (ident, "情况通报", "甲", NOON + HOUR)
    assert met(opened) == {"authoritative_information": NOON + HOUR}
    assert whats(opened) == ["opened", "statement"]


def test_owner_and_notes_are_in_the_log(opened: Store) -> None:
    with opened.write() as conn:
        assign(conn, "inc-e1", "乙", by="甲", now=NOON)
        assign(conn, "inc-e1", "乙", by="甲", now=NOON)
        add_note(conn, "inc-e1", "已联系派出所", by="乙", now=NOON + HOUR)
        log = incident_log(conn, "inc-e1")
    assert incident(opened).owner == "乙"
    assert [(e.what, e.by, e.now, e.note) for e in log[1:]] == [
        ("assigned", "甲", "乙", ""),
        ("note", "乙", "", "已联系派出所"),
    ]
    assert incident(opened).changed_at == NOON + HOUR


def test_due_clocks_are_those_unmet_of_open_incidents(opened: Store) -> None:
    with opened.write() as conn:
        open_incident(conn, alert=alert("b", event="e2"), clocks=clocks(), now=NOON)
        move(conn, "inc-e2", "false_alarm", by="甲", now=NOON)
        due = due_clocks(conn, now=NOON + HOUR, within=5 * HOUR)
    assert [(d.incident, d.name, d.overdue) for d in due] == [
        ("inc-e1", "acknowledge", True),
        ("inc-e1", "authoritative_information", False),
    ]
    assert (due[0].level, due[0].state, due[0].headline) == ("yellow", "waiting", "云溯区 执法行为")


def test_people_are_reminded_of_a_clock_once(opened: Store) -> None:
    with opened.write() as conn:
        assert mark_reminded(conn, "inc-e1", "acknowledge", NOON)
        assert not mark_reminded(conn, "inc-e1", "acknowledge", NOON + HOUR)
        assert not mark_reminded(conn, "inc-e1", "nothing", NOON)
        due = due_clocks(conn, now=NOON, within=HOUR)
    assert [d.reminded_at for d in due] == [NOON]


def test_every_incident_filter_narrows(opened: Store) -> None:
    with opened.write() as conn:
        other = alert("b", "e2", "red", jurisdiction="青岬市", category="service")
        open_incident(conn, alert=other, clocks=[], now=NOON + HOUR)
        move(conn, "inc-e2", "false_alarm", by="甲", now=NOON)
        assign(conn, "inc-e1", "甲", by="甲", now=NOON)

    def found(**fields: object) -> list[str]:
        with opened.read() as conn:
            return [i.id[-2:] for i in find_incidents(conn, IncidentFilter(**fields)).items]  # type: ignore[arg-type]

    assert found() == ["e2", "e1"]
    assert found(since=NOON + HOUR) == ["e2"]
    assert found(until=NOON + HOUR) == ["e1"]
    assert found(jurisdiction="青岬市") == ["e2"]
    assert found(state="waiting") == ["e1"]
    assert found(open=True) == ["e1"]
    assert found(open=False) == ["e2"]
    assert found(level="red") == ["e2"]
    assert found(min_level="orange") == ["e2"]
    assert found(owner="甲") == ["e1"]
    assert found(event="e2") == ["e2"]
    assert found(category="service") == ["e2"]
    assert found(ids=["inc-e1"]) == ["e1"]
    with opened.read() as conn:
        page = find_incidents(conn, IncidentFilter(), limit=1)
        page = find_incidents(conn, IncidentFilter(), limit=1, after=page.next)
    assert [i.id for i in page.items] == ["inc-e1"]
    assert page.next is None
    assert len(page.items[0].clocks) == 3


class Register(RuleBasedStateMachine):
    """A model of one incident (a stack of states) against the store."""

    store: Store
    runs = 0

    @initialize()
    def open(self) -> None:
        type(self).runs += 1
        self.event = f"m{self.runs}"
        self.id = f"inc-{self.event}"
        self.now = NOON
        self.level = 2
        self.alerts = 0
        self.states = ["waiting"]
        self.moves: list[int | None] = []
        self.seen: list[tuple[int, str]] = []
        self.raise_alert("yellow")

    def raise_alert(self, level: str) -> str | None:
        self.alerts += 1
        raised = alert(f"{self.event}-{self.alerts}", self.event, level, self.now)
        with self.store.write() as conn:
            return open_incident(conn, alert=raised, clocks=clocks(self.now), now=self.now)

    @rule(state=st.sampled_from(sorted(STATES)))
    def try_move(self, state: str) -> None:
        self.now += HOUR
        allowed = MOVES[self.states[-1]]  # type: ignore[index]
        with self.store.write() as conn:
            if state in allowed:
                self.moves.append(move(conn, self.id, state, by="甲", now=self.now))
                self.states.append(state)
            else:
                with pytest.raises(ImpossibleMove):
                    move(conn, self.id, state, by="甲", now=self.now)

    @precondition(lambda self: self.moves)
    @rule()
    def undo(self) -> None:
        entry = self.moves[-1]
        with self.store.write() as conn:
            if entry is None:
                return
            assert undo_move(conn, self.id, entry, by="乙", now=self.now) == self.states[-2]
        self.moves.pop()
        self.states.pop()

    @precondition(lambda self: len(self.moves) > 1)
    @rule()
    def undo_an_earlier_one(self) -> None:
        if self.moves[-2] is not None:
            with self.store.write() as conn, pytest.raises(ValueError, match="not the last move"):
                undo_move(conn, self.id, self.moves[-2], by="乙", now=self.now)

    @rule(level=st.integers(2, 4))
    def alert_again(self, level: int) -> None:
        self.now += HOUR
        state = self.states[-1]
        reopens = state == "closed" or (state == "false_alarm" and level > self.level)
        got = self.raise_alert(("yellow", "orange", "red")[level - 2])
        assert got == (self.id if reopens else None)
        self.level = max(self.level, level)
        if reopens:
            self.states.append("waiting")
            self.moves.append(None)

    @invariant()
    def register_and_model_agree(self) -> None:
        if not hasattr(self, "id"):
            return
        with self.store.read() as conn:
            found = get_incident(conn, self.id)
            log = [(e.entry, e.what) for e in incident_log(conn, self.id)]
        assert found is not None
        assert found.state == self.states[-1]
        assert log[: len(self.seen)] == self.seen
        self.seen = log
        acknowledged = next(c.met_at for c in found.clocks if c.name == "acknowledge")
        assert (acknowledged is not None) == (found.state != "waiting")


def test_the_register_follows_its_rules_whatever_people_do(store: Store) -> None:
    class Here(Register):
        pass

    Here.store = store
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Here,
        settings=settings(
            max_examples=15, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_clocks_started_by_an_alert_keep_its_time(opened: Store) -> None:
    with opened.write() as conn:
        later = alert("a2", level="red", at=NOON + timedelta(minutes=7))
        open_incident(conn, alert=later, clocks=[Clock("response", NOON + 2 * DAY)], now=NOON + DAY)
    (clock,) = [c for c in incident(opened).clocks if c.name == "response"]
    assert (clock.started_at, clock.alert) == (NOON + timedelta(minutes=7), "a2")

"""Merged events are one matter: one incident keeps it, the others point to it, and undoing restores each exactly."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from store_make import DAY, HOUR, NOON, alert, event, negative

from models.deadlines import clocks
from store.edits import merge, undo
from store.engine import Connection, Store
from store.errors import KeptElsewhere
from store.events import save_event
from store.incidents import (
    Incident,
    IncidentFilter,
    add_note,
    add_statement,
    assign,
    count_incidents,
    due_clocks,
    find_incidents,
    find_statements,
    get_incident,
    incident_for,
    incident_log,
    meet_clock,
    move,
    open_incident,
    undo_move,
)
from store.posts import upsert_posts

ONE, TWO = "inc-e1", "inc-e2"


def raised(conn: Connection, number: int, ident: str, level: str, at: Any) -> None:
    found = alert(f"a{number}", ident, level, at)
    open_incident(conn, alert=found, clocks=clocks(level, "conduct", at, known_at=at), now=at)


@pytest.fixture
def two(store: Store) -> Store:
    """Event e1 (yellow, noon) and e2 (orange, an hour later), each with posts and an incident."""
    with store.write() as conn:
        for name in ("e1", "e2"):
            posts = [negative(f"{name}-{n}", NOON + timedelta(minutes=n)) for n in range(3)]
            upsert_posts(conn, posts)
            save_event(conn, event(name, posts=3, first_post=posts[0].id, added=[p.id for p in posts]))
        raised(conn, 1, "e1", "yellow", NOON)
        raised(conn, 2, "e2", "orange", NOON + HOUR)
    return store


def both(conn: Connection) -> tuple[Incident, Incident]:
    one, other = get_incident(conn, ONE), get_incident(conn, TWO)
    assert one
    assert other
    return one, other


def listed(conn: Connection) -> list[str]:
    return [i.id for i in find_incidents(conn, IncidentFilter()).items]


def join(conn: Connection, event: str = "e2", target: str = "e1") -> None:
    merge(conn, event, target, by="李", now=NOON + 2 * HOUR)


def take_back(conn: Connection) -> None:
    undo(conn, "e1", by="王", now=NOON + 3 * HOUR)


@pytest.mark.parametrize(("event", "target"), [("e2", "e1"), ("e1", "e2")])
def test_the_first_opened_keeps_and_shows_the_whole_matter(two: Store, event: str, target: str) -> None:
    with two.write() as conn:
        join(conn, event, target)
        one, other = both(conn)
        assert (one.kept_by, one.keeps, one.level) == ("", (TWO,), "orange")
        assert (other.kept_by, other.keeps, other.level) == (ONE, (), "orange")
        assert {c.name: c.due_at for c in one.clocks} == {
            "acknowledge": NOON + timedelta(minutes=30),
            "response": NOON + 48 * HOUR,
            "authoritative_information": NOON + 6 * HOUR,
            "press_conference": NOON + 25 * HOUR,
        }
        assert listed(conn) == [ONE]
        assert count_incidents(conn, IncidentFilter(open=True)) == 1
        assert [i.id for i in find_incidents(conn, IncidentFilter(ids=[TWO])).items] == [TWO]
        for name in ("e1", "e2"):
            found = incident_for(conn, name)
            assert found == one
        due = due_clocks(conn, now=NOON, within=30 * HOUR)
        assert [(d.incident, d.name, d.level) for d in due] == [
            (ONE, "acknowledge", "orange"), (ONE, "authoritative_information", "orange"),
            (ONE, "press_conference", "orange"),
        ]  # fmt: skip


def state(conn: Connection) -> Any:
    """Everything of both incidents but when they last changed, and their logs without the joins."""
    from dataclasses import replace

    kept = ("joined", "parted")
    logs = [[(e.what, e.was, e.now) for e in incident_log(conn, i) if e.what not in kept] for i in (ONE, TWO)]
    return [replace(i, changed_at=NOON) for i in both(conn)], logs[1], listed(conn)


ACTS: list[Callable[[Connection], object]] = [
    lambda conn: None,
    lambda conn: move(conn, ONE, "checking", by="李", now=NOON + 2.5 * HOUR) and undo_move(
        conn, ONE, incident_log(conn, ONE)[-1].entry, by="李", now=NOON + 2.6 * HOUR
    ),
    lambda conn: meet_clock(conn, ONE, "press_conference", by="李", now=NOON + 2.5 * HOUR),
    lambda conn: add_note(conn, ONE, "看过了", by="李", now=NOON + 2.5 * HOUR),
]  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
def test_undoing_the_merge_restores_both(two: Store, act: Callable[[Connection], object]) -> None:
    with two.write() as conn:
        before = state(conn)
        join(conn)
        act(conn)
        take_back(conn)
        assert state(conn) == before
        whats = [(e.what, e.was or e.now, e.by) for e in incident_log(conn, TWO)][-2:]
        assert whats == [("joined", ONE, "李"), ("parted", ONE, "王")]


def test_what_is_done_for_the_matter_meets_its_clocks_and_not_those_of_the_other_after_an_undo(two: Store) -> None:
    with two.write() as conn:
        join(conn)
        move(conn, ONE, "checking", by="李", now=NOON + 2 * HOUR)
        add_statement(conn, ONE, text="通报", url="", published_at=NOON + 3 * HOUR, by="李", now=NOON + 3 * HOUR)
        one, _ = both(conn)
        assert {c.name for c in one.clocks if c.met_at is None} == {"press_conference"}
        assert [s.text for s in find_statements(conn, ONE)] == ["通报"]
        take_back(conn)
        one, other = both(conn)
        assert {c.name: c.met_at for c in one.clocks} == {"acknowledge": NOON + 2 * HOUR, "response": NOON + 3 * HOUR}
        assert all(c.met_at is None for c in other.clocks)
        assert len(other.clocks) == 3


def test_what_the_other_has_met_is_met_for_the_matter(two: Store) -> None:
    with two.write() as conn:
        move(conn, TWO, "checking", by="李", now=NOON + 1.1 * HOUR)
        join(conn)
        one, _ = both(conn)
        assert next(c for c in one.clocks if c.name == "acknowledge").met_at == NOON + 1.1 * HOUR
        assert one.state == "waiting"


def test_nobody_acts_on_an_incident_that_another_keeps(two: Store) -> None:
    acts: list[Callable[[Connection], object]] = [
        lambda conn: move(conn, TWO, "checking", by="李", now=NOON),
        lambda conn: assign(conn, TWO, "李", by="李", now=NOON),
        lambda conn: add_note(conn, TWO, "x", by="李", now=NOON),
        lambda conn: meet_clock(conn, TWO, "press_conference", by="李", now=NOON),
        lambda conn: undo_move(conn, TWO, 1, by="李", now=NOON),
        lambda conn: add_statement(conn, TWO, text="x", url="", published_at=NOON, by="李", now=NOON),
    ]
    with two.write() as conn:
        join(conn)
        for act in acts:
            with pytest.raises(KeptElsewhere) as caught:
                act(conn)
            assert caught.value.keeper == ONE
        take_back(conn)
        move(conn, TWO, "checking", by="李", now=NOON + 4 * HOUR)


def test_something_open_brings_back_a_matter_that_is_over_until_the_merge_is_undone(two: Store) -> None:
    with two.write() as conn:
        move(conn, ONE, "checking", by="李", now=NOON)
        move(conn, ONE, "closed", by="李", now=NOON)
        join(conn)
        assert both(conn)[0].state == "waiting"
        take_back(conn)
        assert both(conn)[0].state == "closed"
        assert listed(conn) == [TWO, ONE]


def test_later_news_of_the_other_event_brings_the_matter_back(two: Store) -> None:
    with two.write() as conn:
        join(conn)
        move(conn, ONE, "checking", by="李", now=NOON)
        move(conn, ONE, "closed", by="李", now=NOON)
        raised(conn, 3, "e2", "red", NOON + DAY)
        one, other = both(conn)
        assert (one.state, one.level, other.level) == ("waiting", "red", "red")
        assert listed(conn) == [ONE]


def test_an_incident_of_an_event_without_one_serves_the_event_it_was_merged_into(store: Store) -> None:
    with store.write() as conn:
        for name in ("e1", "e2"):
            upsert_posts(conn, [negative(f"{name}-0")])
            save_event(conn, event(name, posts=1, first_post=f"{name}-0", added=[f"{name}-0"]))
        raised(conn, 1, "e1", "yellow", NOON)
        assert incident_for(conn, "e2") is None
        join(conn, "e1", "e2")
        found = incident_for(conn, "e2")
        assert found
        assert (found.id, found.kept_by, found.keeps) == (ONE, "", ())
        raised(conn, 2, "e2", "orange", NOON + HOUR)
        assert listed(conn) == [ONE]
        take_back(conn)
        assert set(listed(conn)) == {ONE, TWO}
        assert incident_for(conn, "e2") == get_incident(conn, TWO)

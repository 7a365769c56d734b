"""People merge, split and undo: every post in one event, nothing lost, undo exact, late messages follow."""

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from store_make import HOUR, NOON, event, negative, post

from models.edits import NotPossible
from store.edits import edit_log, merge, merged_into, next_undo, split, undo
from store.engine import Connection, Store, open_store
from store.events import EventFilter, event_posts, find_events, get_event, save_event
from store.posts import PostFilter, count_posts, find_posts, upsert_posts, withdraw_post
from store.tables import edited_events, event_edits, events, members

NOW = NOON + HOUR


def fill(conn: Connection) -> None:
    for n, name in enumerate(("e1", "e2", "e3")):
        found = [negative(f"{name}p{k}", NOON + timedelta(minutes=10 * k + n), author=f"a{k}") for k in range(4)]
        upsert_posts(conn, [*found, post(f"{name}calm", NOON + timedelta(minutes=50 + n))])
        added = [*(p.id for p in found), f"{name}calm"]
        at = NOON + timedelta(minutes=50 + n)
        save_event(conn, event(name, at, 5, added=added, first_post=f"{name}p0", headline=f"事件{name}", first_at=NOON))


@pytest.fixture
def filled(store: Store) -> Store:
    with store.write() as conn:
        fill(conn)
    return store


def state(conn: Connection) -> dict[str, Any]:
    """All rows that say what events there are."""
    return {
        table.name: sorted(tuple(row) for row in conn.execute(select(table)))
        for table in (events, members, edited_events)
    }


def listed(conn: Connection) -> dict[str, tuple[int, int]]:
    return {r.event.id: (r.event.counts.posts, r.archived) for r in find_events(conn, EventFilter()).items}


def test_a_merged_event_counts_in_the_other_and_its_id_leads_there(filled: Store) -> None:
    with filled.write() as conn:
        merge(conn, "e1", "e2", by="李", reason="同一件事", now=NOW)
        assert listed(conn) == {"e2": (10, 10), "e3": (5, 5)}
        row = get_event(conn, "e1")
        assert row is not None
        assert (row.event.id, row.event.headline, row.event.counts.negative) == ("e2", "事件e2", 8)
        assert row.event.first_post == "e1p0"
        assert count_posts(conn, PostFilter(event="e1")) == 10 == len(event_posts(conn, "e1"))
        assert merged_into(conn, "e2") == ["e1"]
        line = edit_log(conn, "e2")[-1]
        assert (line.edit.kind, line.by, line.at, line.reason, line.undone) == ("merge", "李", NOW, "同一件事", False)


def test_split_posts_leave_their_event_for_a_new_one(filled: Store) -> None:
    with filled.write() as conn:
        edit = split(conn, "e1", ["e1p2", "e1p1"], by="李", now=NOW)
        assert listed(conn) == {"e1": (3, 3), "e2": (5, 5), "e3": (5, 5), edit.target: (2, 2)}
        new = get_event(conn, edit.target)
        assert new is not None
        assert new.event.first_post == "e1p1"
        assert new.event.counts.authors == 2
        assert [p.event for p in find_posts(conn, PostFilter(ids=["e1p1"])).items] == [edit.target]


def test_an_edited_event_counts_who_spreads_it_by_its_posts(filled: Store) -> None:
    with filled.write() as conn:
        more = [("paper", {"author": "x", "author_kind": "media"}), ("same", {"author": "x"}), ("nobody", {})]
        upsert_posts(conn, [negative(ident, NOON + 2 * HOUR, **{"author": "", **said}) for ident, said in more])
        save_event(conn, event("e2", NOON + 2 * HOUR, 8, added=[ident for ident, _ in more], first_post="e2p0"))
        merge(conn, "e1", "e2", by="李", now=NOW)
        row = get_event(conn, "e2")
        assert row is not None
        counts = row.event.counts
        assert counts.posts_by_kind == {"media": 1, "unknown": 12}
        assert counts.authors_by_kind["media"] == 1  # once seen as media, the author is
        assert sum(counts.authors_by_kind.values()) == counts.authors
        assert counts.media_at == NOON + 2 * HOUR


def test_posts_found_later_follow_the_decisions(filled: Store) -> None:
    with filled.write() as conn:
        merge(conn, "e1", "e2", by="李", now=NOW)
        upsert_posts(conn, [negative("late", NOON + HOUR)])
        assert save_event(conn, event("e1", NOON + HOUR, 6, added=["late"], headline="事件e1", first_post="e1p0"))
        assert listed(conn)["e2"] == (11, 11)
        undo(conn, "e2", by="李", now=NOW + HOUR)
        assert listed(conn) == {"e1": (6, 6), "e2": (5, 5), "e3": (5, 5)}


def test_what_is_split_out_is_named_by_what_its_first_post_says_itself(filled: Store) -> None:
    passed_on = post("e1late", NOW, text="要求彻查！ - 转发 @用户: 刚才有两个人把车拖走", title="")
    with filled.write() as conn:
        upsert_posts(conn, [passed_on])
        save_event(conn, event("e1", NOW, 6, added=["e1late"], first_post="e1p0", headline="事件e1", first_at=NOON))
        made = split(conn, "e1", ["e1late"], by="李", now=NOW).target
        row = get_event(conn, made)
        assert row is not None
        assert row.event.headline == "要求彻查！"


def test_the_same_messages_again_change_nothing(filled: Store) -> None:
    with filled.write() as conn:
        merge(conn, "e1", "e2", by="李", now=NOW)
        split(conn, "e2", ["e1p0", "e2p0"], by="李", now=NOW)
        before = state(conn)
        fill(conn)
        assert state(conn) == before


@pytest.mark.parametrize("seed", range(6))
def test_any_sequence_keeps_every_post_in_one_event_and_undo_is_exact(filled: Store, seed: int) -> None:
    chance = random.Random(seed)
    with filled.write() as conn:
        every = set(conn.execute(select(members.c.post)).scalars())
        past: list[tuple[str, dict[str, Any]]] = []
        for step in range(14):
            now = NOW + step * HOUR
            names = sorted(listed(conn))
            before = state(conn)
            try:
                if past and chance.random() < 0.3:
                    named, former = past.pop()
                    undo(conn, named, by="李", now=now)
                    assert state(conn) == former
                    continue
                if chance.random() < 0.5:
                    edit = merge(conn, *chance.sample(names, 2), by="李", now=now)
                else:
                    name = chance.choice(names)
                    inside = [p.post.id for p in event_posts(conn, name)]
                    edit = split(conn, name, chance.sample(inside, max(1, len(inside) // 3)), by="李", now=now)
            except (NotPossible, ValueError):
                assert state(conn) == before
                continue
            past.append((edit.target, before))
            assert set(conn.execute(select(members.c.post)).scalars()) == every
            assert sum(archived for _, archived in listed(conn).values()) == len(every)
            assert all(posts == archived for posts, archived in listed(conn).values())
        while past:
            named, former = past.pop()
            undo(conn, named, by="李", now=now)
            assert state(conn) == former
        assert not conn.execute(select(edited_events)).all()


def test_what_cannot_be_done_is_refused_with_its_reason(filled: Store) -> None:
    def reason(act: Any, *args: Any) -> str:
        with pytest.raises(NotPossible) as err, filled.write() as conn:
            act(conn, *args, by="李", now=NOW)
        return err.value.reason

    with filled.write() as conn:
        upsert_posts(conn, [post("far", jurisdiction="青岬市")])
        save_event(conn, event("e9", jurisdiction="青岬市", added=["far"]))
        merge(conn, "e1", "e2", by="李", now=NOW)
    assert reason(merge, "e1", "e3") == "merged"
    assert reason(merge, "e3", "e1") == "merged"
    assert reason(merge, "e3", "e3") == "same-event"
    assert reason(merge, "e9", "e3") == "other-jurisdiction"
    assert reason(split, "e2", []) == "no-posts"
    assert reason(split, "e2", ["e3p1"]) == "not-inside"
    assert reason(split, "e3", ["e3p0", "e3p1", "e3p2", "e3p3", "e3calm"]) == "all-posts"
    assert reason(split, "e1", ["e1p1"]) == "merged"
    assert reason(undo, "e3") == "nothing-to-undo"
    with filled.write() as conn:
        merge(conn, "e2", "e3", by="李", now=NOW + HOUR)
        assert next_undo(conn, "e1") is None
    assert reason(undo, "e1") == "undo-first"
    with pytest.raises(LookupError), filled.write() as conn:
        merge(conn, "e1", "nothing", by="李", now=NOW)


def test_undo_goes_step_by_step_and_the_log_keeps_every_step(filled: Store) -> None:
    with filled.write() as conn:
        start = state(conn)
        merge(conn, "e1", "e2", by="李", now=NOW)
        middle = state(conn)
        split(conn, "e2", ["e1p3"], by="王", now=NOW + HOUR)
        undo(conn, "e2", by="李", now=NOW + 2 * HOUR)
        assert state(conn) == middle
        undo(conn, "e1", by="李", now=NOW + 3 * HOUR)
        assert state(conn) == start
        assert [(x.edit.kind, x.undone) for x in edit_log(conn, "e2")] == [
            ("merge", True), ("split", True), ("undo", False), ("undo", False),
        ]  # fmt: skip
        assert len(conn.execute(select(event_edits)).all()) == 4


def test_words_of_a_withdrawn_post_do_not_come_back_with_an_undo(filled: Store) -> None:
    with filled.write() as conn:
        upsert_posts(conn, [negative("e1p0", NOON, text="望汐街头的旧事重提一遍", revision=1)])
        save_event(conn, event("e1", NOON + HOUR, 6, headline="望汐街头的旧事重提", first_post="e1p0"))
        merge(conn, "e1", "e2", by="李", now=NOW)
        withdraw_post(conn, "e1p0", NOW + 30 * 24 * HOUR)
        undo(conn, "e2", by="李", now=NOW)
        row = get_event(conn, "e1")
        assert row is not None
        assert "旧事" not in row.event.headline


def test_decisions_outlive_a_restart(url: str) -> None:
    first = open_store(url)
    with first.write() as conn:
        fill(conn)
        merge(conn, "e1", "e2", by="李", now=NOW)
        before = state(conn)
    first.close()
    second = open_store(url)
    with second.write() as conn:
        assert state(conn) == before
        undo(conn, "e1", by="王", now=NOW + HOUR)
        assert listed(conn) == {"e1": (5, 5), "e2": (5, 5), "e3": (5, 5)}
    second.close()

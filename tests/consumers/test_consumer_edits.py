"""What people decide goes from the store to the bus once, and from the bus into any store that does not know it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bus.messages import AlertCounts, EventChanged, EventEdited, Message, PostScored, decode, encode
from bus.topics import POSTS_SCORED, route
from config.alerts import load_alerts
from consumers.archive import archiver, passed_on
from store.edits import edit_log, merge, split, undo
from store.engine import Store, open_store
from store.tables import events, members

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)
POSTS = [
    PostScored(
        id=f"{name}{n}", text=f"{name} {n}", author=f"w{n}", platform="forum", jurisdiction="澜汀市",
        published_at=NOW + timedelta(minutes=n), collected_at=NOW + timedelta(minutes=n),
    )
    for name in ("a", "b") for n in range(3)
]  # fmt: skip
FOUND = [
    EventChanged(
        id=name, jurisdiction="澜汀市", headline=name, first_post=f"{name}0", first_at=NOW,
        last_at=NOW + timedelta(minutes=2), counts=AlertCounts(posts=3), added=[f"{name}{n}" for n in range(3)],
    )
    for name in ("a", "b")
]  # fmt: skip


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    pair = tuple(open_store(f"sqlite:///{tmp_path / name}.db") for name in ("one", "two"))
    yield pair  # type: ignore[misc]
    for store in pair:
        store.close()


def archive(store: Store, messages: Sequence[Message]) -> None:
    archiver(store, load_alerts(None, None), now=lambda: NOW)(messages)


def rows(store: Store) -> list[list[tuple[object, ...]]]:
    with store.read() as conn:
        return [sorted(map(tuple, conn.execute(select(table)))) for table in (events, members)]


def test_decisions_are_passed_on_once_and_a_store_built_from_the_log_has_them(stores: tuple[Store, Store]) -> None:
    one, two = stores
    archive(one, [*POSTS, *FOUND])
    with one.write() as conn:
        made = split(conn, "a", ["a1"], by="李", reason="两回事", now=NOW)
        merge(conn, "b", "a", by="李", now=NOW + timedelta(hours=1))
        undo(conn, "b", by="王", now=NOW + timedelta(hours=2))
        merge(conn, "b", "a", by="李", now=NOW + timedelta(hours=3))
    tick = passed_on(one)
    told = [decode(encode(message)) for message in tick(NOW)]
    assert [m.kind for m in told if isinstance(m, EventEdited)] == ["split", "merge", "undo", "merge"]
    first = told[0]
    assert isinstance(first, EventEdited)
    assert (first.target, first.authors, first.platforms, first.headline) == (made.target, ["w1"], {"forum": 1}, "a 1")
    assert {route(m) for m in told} == {(POSTS_SCORED, "澜汀市")}
    assert tick(NOW) == []
    assert len(passed_on(one)(NOW)) == 4, "another process passes them on again until they are seen"
    archive(two, [*POSTS, *told, *FOUND])
    archive(one, told)
    archive(one, told)
    assert passed_on(one)(NOW) == passed_on(two)(NOW) == []
    assert rows(one) == rows(two)
    with one.read() as here, two.read() as there:
        assert edit_log(here, "a") == edit_log(there, "a")
        assert len(edit_log(here, "a")) == 4

"""Drills reach only those who take part, always marked, and never come back from the log."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from consumers_make import CITY, Hook, alert, at, audiences, scored, web_hook

from bus.messages import AlertCleared, AlertRaised, PostWithdrawn
from config.alerts import load_alerts
from config.audiences import Audience, Audiences, Channel
from consumers.archive import archiver
from consumers.detect import Detector
from consumers.drills import CONSOLE, LIFE
from consumers.notify import Notifier
from consumers.senders import senders
from models.drill import DRILL, MARK
from store.deliveries import find_deliveries
from store.drills import drill_on, forget_drills
from store.engine import Store, open_store

HOOK = [Channel(kind="webhook", url_env="HOOK")]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = open_store(f"sqlite:///{tmp_path / 'm.db'}")
    yield found
    found.close()


@pytest.fixture
def hook() -> Iterator[Hook]:
    with web_hook() as found:
        yield found


def of_a_drill(n: int = 1, **more: Any) -> AlertRaised:
    return alert(n, jurisdiction=DRILL, **more)


def tell(store: Store, hook: Hook, who: Audiences, *messages: Any, minutes: float = 1) -> list[str]:
    said: list[str] = []
    ways = senders(who, say=lambda text, colour: said.append(text), environ={"HOOK": hook.url})
    notifier = Notifier(store, who, ways, load_alerts(), now=lambda: at(minutes), posts_wait_s=0)
    notifier.handle(messages)
    notifier.tick(at(minutes + 25))
    return said


def test_without_a_drill_audience_only_the_console_hears_of_a_drill(store: Store, hook: Hook) -> None:
    said = tell(store, hook, audiences(), of_a_drill())
    assert hook.told == []
    assert len(said) == 1
    assert said[0].startswith(MARK)
    with store.read() as conn:
        assert [row.audience for row in find_deliveries(conn).items] == [CONSOLE.name]


def test_real_alerts_do_not_come_to_the_console_of_drills(store: Store, hook: Hook) -> None:
    assert len(tell(store, hook, audiences(), alert())) == 1
    assert len(hook.told) == 1


def test_an_audience_marked_for_drills_hears_them_wherever_it_is(store: Store, hook: Hook) -> None:
    who = Audiences(
        audiences=[
            Audience(name="值班室", channels=[Channel(kind="terminal")]),
            Audience(name="宣传处", channels=HOOK, jurisdictions=[CITY], min_level="orange", drills=True),
        ]
    )
    assert tell(store, hook, who, of_a_drill(), of_a_drill(2, level="yellow", event="e2")) == []
    assert [told["level"] for told in hook.told] == ["orange"]
    assert hook.told[0]["drill"] is True


def test_an_audience_of_the_place_of_drills_hears_none_unless_it_takes_part(store: Store, hook: Hook) -> None:
    who = Audiences(audiences=[Audience(name="a", channels=HOOK, jurisdictions=[DRILL])])
    tell(store, hook, who, of_a_drill())
    assert hook.told == []


def test_alert_all_clear_and_reminder_of_a_drill_are_marked(store: Store, hook: Hook) -> None:
    who = Audiences(audiences=[Audience(name="a", channels=HOOK, drills=True)])
    archive = archiver(store, load_alerts(), now=lambda: at(0))
    archive([scored(1, jurisdiction=DRILL), of_a_drill()])
    over = AlertCleared(
        id="c",
        event="e1",
        jurisdiction=DRILL,
        previous_level="blue",
        headline=f"{MARK}打人",
        words="结束",
        cleared_at=at(1),
    )
    tell(store, hook, who, of_a_drill(), over)
    assert sorted(told["type"] for told in hook.told) == ["alert", "all_clear", "reminder"]
    for told in hook.told:
        assert told["title"].startswith(MARK)
        assert told["text"].startswith(MARK)
        assert told["title"].count(MARK) == 1, "said once, not again before the headline"


def test_a_waiting_delivery_of_a_drill_is_dropped_when_its_audience_leaves_drills(store: Store, hook: Hook) -> None:
    archiver(store, load_alerts(), now=lambda: at(0))([of_a_drill()])
    hook.status = 500
    tell(store, hook, Audiences(audiences=[Audience(name="a", channels=HOOK, drills=True)]), of_a_drill())
    hook.status = 200
    tell(store, hook, Audiences(audiences=[Audience(name="a", channels=HOOK)]), minutes=30)
    assert hook.told == []


def test_what_is_left_of_an_old_drill_in_the_log_is_neither_archived_nor_told(store: Store, hook: Hook) -> None:
    late = LIFE / timedelta(minutes=1) + 30
    archiver(store, load_alerts(), now=lambda: at(late))([scored(1, jurisdiction=DRILL), of_a_drill()])
    with store.read() as conn:
        assert not drill_on(conn)
    assert tell(store, hook, audiences(), of_a_drill(), minutes=late) == []


def test_what_a_drill_left_goes_and_everything_else_stays(store: Store) -> None:
    archive = archiver(store, load_alerts(), now=lambda: at(0))
    archive([scored(1), alert()])
    with store.read() as conn:
        before = table_rows(conn)
    archive([scored(7, id="drill-1", jurisdiction=DRILL), of_a_drill(2, event="e2", posts=["drill-1"])])
    with store.write() as conn:
        assert forget_drills(conn).incidents == 1
    with store.read() as conn:
        assert table_rows(conn) == before


def test_after_its_last_post_is_withdrawn_a_drill_is_forgotten_by_detection() -> None:
    detector = Detector(load_alerts())
    posts = [scored(n, id=f"drill-{n}", jurisdiction=DRILL, author=f"a{n}") for n in range(1, 4)]
    detector.handle(posts)
    gone = [PostWithdrawn(id=p.id, source=DRILL, jurisdiction=DRILL, seen_gone_at=at(9)) for p in posts]
    assert [m for out in detector.handle(gone) for m in out] == []
    assert DRILL not in detector._places


def table_rows(conn: Any) -> dict[str, list[Any]]:
    from store.tables import metadata

    return {t.name: sorted(map(tuple, conn.execute(t.select()))) for t in metadata.sorted_tables if t.name != "changes"}

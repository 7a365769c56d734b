"""A message says from which level an event rose only to those who were told of it on this channel."""

from datetime import timedelta
from typing import Any

import msgspec
from consumers_make import alert, at, audiences
from notify_make import Desk
from test_consumer_edits import FOUND
from test_quiet_hours import EVENING, MORNING, later, night, over, put

from config.audiences import Audience, Audiences, Channel
from store.edits import merge
from store.events import save_event


def climb(n: int, level: str, was: str | None, minutes: float = 0, **more: Any) -> Any:
    return alert(n, level, previous_level=was, raised_at=at(minutes), **more)


def titles(desk: Desk) -> list[str]:
    return [body["title"] for body in desk.hook.told if body["type"] == "alert"]


def test_who_was_told_of_the_lower_level_hears_that_it_rose(desk: Desk) -> None:
    desk.notifier().handle([climb(1, "orange", None)])
    desk.notifier().handle([climb(2, "red", "orange")])
    assert titles(desk)[-1] == "【红色预警】望汐派出所民警打人（由橙色升级）"
    assert [body["told_before"] for body in desk.hook.told] == [None, "orange"]
    assert desk.said[-1].startswith(titles(desk)[-1])


def test_who_slept_through_the_lower_level_hears_the_level_alone(desk: Desk) -> None:
    desk.now = EVENING
    put(desk, later(1, "orange", 0))
    put(desk, later(2, "red", 1, previous_level="orange"))
    assert titles(desk) == ["【红色预警】望汐派出所民警打人"]
    assert desk.hook.told[0]["previous_level"] == "orange"
    assert desk.hook.told[0]["told_before"] is None


def test_it_rose_from_what_was_told_not_from_what_was_held_back(desk: Desk) -> None:
    put(desk, climb(1, "blue", None))
    desk.now = EVENING
    put(desk, later(2, "orange", 0, previous_level="blue"))
    put(desk, later(3, "red", 1, previous_level="orange"))
    assert titles(desk)[-1] == "【红色预警】望汐派出所民警打人（由蓝色升级）"


def test_levels_reached_in_one_go_are_told_as_the_level_alone(desk: Desk) -> None:
    desk.notifier().handle([climb(1, "blue", None), climb(2, "yellow", "blue"), climb(3, "orange", "yellow")])
    assert titles(desk) == ["【橙色预警】望汐派出所民警打人"]


def test_a_level_below_what_an_audience_hears_was_not_told_to_it(desk: Desk) -> None:
    deaf = audiences(min_level="yellow")
    for message in (climb(1, "blue", None), climb(2, "yellow", "blue")):
        desk.notifier(deaf).handle([message])
    assert titles(desk) == ["【黄色预警】望汐派出所民警打人"]


def test_a_new_channel_was_told_nothing_yet(desk: Desk) -> None:
    terminal = Audiences(audiences=[Audience(name="值班室", channels=[Channel(kind="terminal")])])
    desk.notifier(terminal).handle([climb(1, "orange", None)])
    desk.notifier().handle([climb(2, "red", "orange")])
    assert titles(desk) == ["【红色预警】望汐派出所民警打人"]
    assert "（由橙色升级）" in desk.said[-1]


def test_what_did_not_arrive_was_not_told(desk: Desk) -> None:
    desk.hook.status = 503
    desk.notifier().handle([climb(1, "orange", None)])
    desk.hook.status = 200
    desk.notifier().handle([climb(2, "red", "orange")])
    assert titles(desk) == ["【红色预警】望汐派出所民警打人"]


def test_an_event_that_comes_back_is_told_again_as_such(desk: Desk) -> None:
    desk.notifier().handle([climb(1, "orange", None)])
    desk.now = EVENING - timedelta(hours=1)
    desk.notifier().handle([over(1, -60)])
    desk.notifier().handle([later(2, "red", -60, id="alert-2")])
    desk.now = MORNING
    night(desk, reminders=False).handle([climb(3, "orange", "yellow", 21 * 60)])
    assert titles(desk)[1:] == [
        "【红色预警】望汐派出所民警打人（再次预警）",
        "【橙色预警】望汐派出所民警打人（再次预警）",
    ]


def test_what_was_told_of_an_event_merged_into_it_counts(desk: Desk) -> None:
    desk.notifier().handle([climb(1, "orange", None, event="e2")])
    with desk.store.write() as conn:
        for ident in ("e1", "e2"):
            save_event(conn, msgspec.structs.replace(FOUND[0], id=ident, added=[]))
        merge(conn, "e2", "e1", by="李", now=desk.now)
    desk.notifier().handle([climb(2, "red", "orange")])
    assert titles(desk)[-1] == "【红色预警】望汐派出所民警打人（由橙色升级）"

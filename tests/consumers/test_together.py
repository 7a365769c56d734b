"""Several events of one place: one message, each alert kept; the lower ones wait behind a higher one."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from consumers_make import alert, at, audiences, scored
from notify_make import Desk

from bus.messages import Message
from config.alerts import AlertRules
from config.places import load_places, too_wide
from store.alerts import AlertFilter, find_alerts

PROJECT = Path(__file__).parents[2]


def put(desk: Desk, *messages: Message) -> None:
    desk.archive(messages)
    desk.notifier(audiences(reminders=False)).handle(messages)


def wait(desk: Desk, minutes: float) -> None:
    desk.now = at(minutes)
    desk.notifier(audiences(reminders=False)).tick(desk.now)


def one(n: int, level: str = "blue", minutes: float = 0, **more: Any) -> Any:
    return alert(n, level, **{"event": f"e{n}", "raised_at": at(minutes), "headline": f"第{n}件事", **more})


def told(desk: Desk) -> list[list[str]]:
    """The alerts of each message."""
    return [[a["id"] for a in body.get("together", [body["alert"]])] for body in desk.hook.told]


def test_seven_events_of_one_station_are_one_message_and_seven_alerts(desk: Desk) -> None:
    put(desk, scored(1), *(one(n, "yellow" if n == 4 else "blue") for n in range(7)))
    (body,) = desk.hook.told
    assert len(desk.said) == 1
    assert "7起事件涉及同一单位/地点" in body["title"]
    assert (body["level"], body["alert"]["id"]) == ("yellow", "alert-4")
    assert {a["event"] for a in body["together"]} == {f"e{n}" for n in range(7)}
    for n in range(7):
        assert f"第{n}件事" in body["text"]
    assert body["text"].count("原因：") == 1
    with desk.store.read() as conn:
        rows = find_alerts(conn, AlertFilter()).items
    assert {row.alert.id: row.alert.reasons[0].measured for row in rows} == {f"alert-{n}": 21 for n in range(7)}
    assert [state for _, state, _ in desk.log(kind="alert", channel="webhook")] == ["delivered"] * 7


def test_the_first_is_told_at_once_and_the_others_when_the_time_is_over(desk: Desk) -> None:
    put(desk, one(0, "yellow"))
    for n in range(1, 7):
        desk.now = at(1 + n)
        put(desk, one(n, "yellow" if n % 2 else "blue", 1 + n))
    assert told(desk) == [["alert-0"]]
    assert desk.log(subject="alert-3", channel="webhook") == [("webhook", "held", 0)]
    wait(desk, 30)
    assert told(desk) == [["alert-0"]]
    wait(desk, 31.1)
    wait(desk, 32)
    assert told(desk) == [["alert-0"], ["alert-1", "alert-3", "alert-5", "alert-2", "alert-4", "alert-6"]]
    assert "6起事件涉及同一单位/地点" in desk.hook.told[-1]["title"]
    assert "与其他预警合并" in desk.hook.told[-1]["text"]


def test_what_is_graver_than_what_was_told_does_not_wait_and_takes_the_waiting_along(desk: Desk) -> None:
    put(desk, one(0, "yellow"))
    put(desk, one(1, "blue"))
    assert told(desk) == [["alert-0"]]
    put(desk, one(2, "orange"))
    assert told(desk)[1:] == [["alert-2", "alert-1"]]
    put(desk, one(3, "red"), one(4, "red"))
    put(desk, one(5, "red"))
    assert told(desk)[2:] == [["alert-3", "alert-4"], ["alert-5"]]
    wait(desk, 200)
    assert len(told(desk)) == 4


def test_an_event_that_climbs_while_it_waits_is_told_at_its_highest_level_only(desk: Desk) -> None:
    put(desk, one(0, "orange"))
    put(desk, one(1, "blue", event="e9"))
    put(desk, one(2, "yellow", event="e9"))
    wait(desk, 40)
    assert told(desk) == [["alert-0"], ["alert-2"]]


@pytest.mark.parametrize("other", [{"place": "砚池派出所"}, {"place": ""}, {"jurisdiction": "望汐区"}])
def test_another_place_or_none_does_not_wait(desk: Desk, other: dict[str, str]) -> None:
    put(desk, one(0, "yellow"))
    put(desk, one(1, "yellow", **other))
    assert told(desk) == [["alert-0"], ["alert-1"]]


def test_the_whole_jurisdiction_is_no_place_to_be_told_together(desk: Desk) -> None:
    put(desk, one(0, "yellow", place="澜汀市"), one(1, "yellow", place="澜汀市"))
    assert told(desk) == [["alert-0"], ["alert-1"]]


def test_what_has_only_its_district_in_common_is_told_each_by_itself_and_at_once(desk: Desk) -> None:
    desk.wide = too_wide(load_places(PROJECT / "config" / "places.yaml"))
    put(desk, *(one(n, "yellow", place=place) for n, place in enumerate(("望汐区", "望汐区", "澜汀市公安局"))))
    put(desk, one(3, place="望汐区"))
    assert told(desk) == [["alert-0"], ["alert-1"], ["alert-2"], ["alert-3"]]
    put(desk, *(one(n, place=place) for n, place in ((4, "望汐派出所"), (5, "望汐派出所"), (6, "望汐公安分局"))))
    assert told(desk)[4:] == [["alert-4", "alert-5"], ["alert-6"]]
    assert ["同一" in body["title"] for body in desk.hook.told] == [False] * 4 + [True, False]


def test_without_a_time_nothing_is_told_together(desk: Desk) -> None:
    desk.rules = AlertRules({"group_minutes": 0})
    put(desk, one(0, "yellow"), one(1, "blue"))
    put(desk, one(2, "blue"))
    assert told(desk) == [["alert-0"], ["alert-1"], ["alert-2"]]


def test_a_message_of_many_that_does_not_arrive_is_tried_again_as_one_with_the_same_key(desk: Desk) -> None:
    desk.hook.status = 503
    put(desk, one(0, "yellow"), one(1, "blue"))
    assert desk.log(channel="webhook") == [("webhook", "waiting", 1)] * 2
    desk.hook.status = 200
    wait(desk, 2)
    wait(desk, 3)
    assert told(desk) == [["alert-0", "alert-1"]]
    assert len(desk.hook.keys) == 1
    assert desk.log(channel="webhook") == [("webhook", "delivered", 2)] * 2


def test_a_restart_in_between_tells_nothing_twice(desk: Desk) -> None:
    for n in range(4):
        put(desk, one(n, "blue"))
        desk.now += timedelta(minutes=1)
    for minutes in (31, 32, 33, 80):
        wait(desk, minutes)
        put(desk, *(one(n, "blue") for n in range(4)))
    assert sorted(i for message in told(desk) for i in message) == [f"alert-{n}" for n in range(4)]
    assert len(told(desk)) == 2


def test_a_long_list_names_ten_and_counts_the_rest(desk: Desk) -> None:
    put(desk, *(one(n) for n in range(14)))
    text = desk.hook.told[0]["text"]
    assert "14起事件" in text
    assert "另有4起" in text

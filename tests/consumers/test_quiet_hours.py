"""News held back in quiet hours and by silences: told once when they end, the newest only, and nothing lost."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from consumers_make import CITY, alert, at, audiences
from notify_make import Desk

from bus.messages import AlertCleared, AlertLowered, Message
from config.alerts import load_alerts
from config.audiences import load_audiences
from config.loader import ConfigError
from config.quiet import QuietHours
from store.deliveries import DeliveryFilter, find_deliveries
from store.silences import active_silences, end_silence, silence

NIGHT = QuietHours(start="22:30", end="07:00")
EVENING, MIDNIGHT, MORNING = at(12.5 * 60), at(14 * 60), at(21 * 60)  # 22:30, 00:00 and 07:00 in Beijing


def night(desk: Desk, **more: Any) -> Any:
    return desk.notifier(audiences(quiet_hours=NIGHT, **more))


def put(desk: Desk, *messages: Message, **more: Any) -> None:
    """The same news archived and told, by a new process."""
    desk.archive(messages)
    night(desk, **more).handle(messages)


def later(n: int, level: str, minutes: float, **more: Any) -> Any:
    return alert(n, level, raised_at=EVENING + timedelta(minutes=minutes), **more)


def over(n: int, minutes: float, level: str = "orange") -> AlertCleared:
    return AlertCleared(
        id=f"c{n}", event="e1", jurisdiction=CITY, previous_level=level, headline="打人", words="已12小时没有",
        cleared_at=EVENING + timedelta(minutes=minutes),
    )  # fmt: skip


def told(desk: Desk) -> list[str]:
    return [body["id"] for body in desk.hook.told if body["type"] != "reminder"]


def test_below_red_waits_for_the_morning_and_is_told_once_with_the_reason(desk: Desk) -> None:
    desk.now = EVENING
    put(desk, later(1, "orange", 0))
    assert told(desk) == []
    assert desk.log() == [("terminal", "held", 0), ("webhook", "held", 0)]
    for minutes in (60, 509, 510, 511):
        desk.now = EVENING + timedelta(minutes=minutes)
        night(desk, reminders=False).tick(desk.now)
        assert told(desk) == (["alert-1"] if minutes >= 510 else [])
    assert "静默时段暂缓，11月16日 22:30起" in desk.hook.told[0]["text"]
    assert desk.hook.told[0]["held"] == {"why": "quiet hours"}
    assert len(desk.said) == 1


def test_red_is_told_at_once_and_the_morning_brings_nothing_old_of_its_event(desk: Desk) -> None:
    desk.now = EVENING
    put(desk, later(1, "yellow", 0))
    desk.now = MIDNIGHT
    put(desk, later(2, "red", 90))
    assert told(desk) == ["alert-2"]
    desk.now = MORNING
    night(desk, reminders=False).tick(MORNING)
    assert told(desk) == ["alert-2"]
    assert desk.log(subject="alert-1", channel="webhook") == [("webhook", "failed", 0)]


def test_of_an_event_that_climbs_in_the_night_only_the_highest_level_is_told(desk: Desk) -> None:
    for n, level in enumerate(("blue", "yellow", "orange")):
        desk.now = EVENING + timedelta(minutes=n)
        put(desk, later(n, level, n))
    desk.now = MORNING
    night(desk, reminders=False).tick(MORNING)
    assert told(desk) == ["alert-2"]


def test_what_is_over_before_it_could_be_told_is_told_neither_as_alert_nor_as_all_clear(desk: Desk) -> None:
    desk.now = EVENING
    put(desk, later(1, "orange", 0))
    desk.now = MIDNIGHT
    put(desk, over(1, 80))
    desk.now = MORNING
    night(desk, reminders=False).tick(MORNING)
    assert told(desk) == []
    assert desk.log(channel="webhook") == [("webhook", "failed", 0), ("webhook", "failed", 0)]


def test_an_all_clear_of_what_was_told_waits_for_the_morning(desk: Desk) -> None:
    put(desk, alert(1, "red"))
    desk.now = MIDNIGHT
    put(desk, over(1, 80, "red"))
    assert told(desk) == ["alert-1"]
    desk.now = MORNING
    night(desk, reminders=False).tick(MORNING)
    night(desk, reminders=False).tick(MORNING)
    assert told(desk) == ["alert-1", "c1"]


def test_nobody_who_was_not_told_of_an_alert_is_told_of_its_end(desk: Desk) -> None:
    desk.notifier().handle([over(1, 0)])
    assert told(desk) == []
    desk.now = at(26 * 60)
    desk.notifier().handle([alert(1), over(2, 14 * 60)])  # the alert is too old to be told by now
    assert told(desk) == []


def test_a_second_episode_that_was_never_told_has_no_end_either(desk: Desk) -> None:
    put(desk, alert(1, "yellow"))
    desk.now = at(10)
    put(desk, msgspec.structs.replace(over(1, 0), cleared_at=at(10)))
    desk.now = EVENING
    put(desk, later(2, "yellow", 0))
    put(desk, over(2, 1))
    desk.now = MORNING
    night(desk, reminders=False).tick(MORNING)
    assert told(desk) == ["alert-1", "c1"]


def test_red_does_not_wait_for_the_archive_of_what_was_held(desk: Desk) -> None:
    desk.now = EVENING
    night(desk).handle([later(1, "yellow", 0)])
    night(desk).handle([later(2, "red", 1)])
    assert told(desk) == ["alert-2"]
    desk.archive([later(1, "yellow", 0), later(2, "red", 1)])
    desk.now = MORNING
    night(desk, reminders=False).tick(MORNING)
    assert told(desk) == ["alert-2"]


def lowered(n: int, minutes: float, was: str = "orange", level: str = "yellow") -> AlertLowered:
    return AlertLowered(
        id=f"l{n}", event="e1", jurisdiction=CITY, previous_level=was, level=level, headline="打人",
        words=f"{was}降为{level}", lowered_at=EVENING + timedelta(minutes=minutes),
    )  # fmt: skip


def test_a_step_down_is_told_to_who_wants_it_and_knows_the_alert(desk: Desk) -> None:
    news = [alert(1, "orange"), msgspec.structs.replace(lowered(1, 0), lowered_at=at(1))]
    desk.archive(news)
    desk.notifier().handle(news)
    assert told(desk) == ["alert-1"]
    desk.notifier(audiences(step_downs=True, name="乙")).handle(news[1:])
    assert told(desk) == ["alert-1"]
    desk.notifier(audiences(step_downs=True)).handle(news)
    assert told(desk) == ["alert-1", "l1"]
    assert desk.hook.told[-1]["type"] == "step_down"
    assert "【预警降级：橙色→黄色】打人" in desk.hook.told[-1]["title"]


def test_what_stepped_down_in_the_night_is_one_message_that_says_so(desk: Desk) -> None:
    desk.now = EVENING
    put(desk, later(1, "yellow", 0), later(2, "orange", 1), step_downs=True)
    desk.now = MIDNIGHT
    put(desk, lowered(1, 80), step_downs=True)
    put(desk, lowered(2, 89, "yellow", "blue"), step_downs=True)
    desk.now = MORNING
    night(desk, reminders=False, step_downs=True).tick(MORNING)
    night(desk, reminders=False, step_downs=True).tick(MORNING)
    assert told(desk) == ["alert-2"]
    assert "现已降为蓝色" in desk.hook.told[0]["text"]


def test_held_news_survives_a_restart_and_a_redelivery(desk: Desk) -> None:
    desk.now = EVENING
    for _ in range(3):
        put(desk, later(1, "orange", 0))
        night(desk, reminders=False).tick(desk.now)
    assert told(desk) == []
    desk.now = MORNING
    for _ in range(3):
        night(desk, reminders=False).tick(MORNING)
        put(desk, later(1, "orange", 0), reminders=False)
    assert told(desk) == ["alert-1"]


def test_other_quiet_hours_after_a_restart_hold_for_what_was_held_before(desk: Desk) -> None:
    desk.now = EVENING
    put(desk, later(1, "orange", 0))
    desk.notifier(audiences(reminders=False)).tick(MIDNIGHT)
    assert told(desk) == ["alert-1"]


def test_the_place_says_quiet_hours_and_an_audience_may_have_none(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(
        f"jurisdictions: {{{CITY}: {{quiet_hours: {{start: '22:30', end: '07:00', breaks: orange}}}}}}\n", "utf-8"
    )
    desk.rules = load_alerts(None, path)
    desk.now = EVENING
    desk.notifier().handle([later(1, "yellow", 0), later(2, "orange", 0, event="e2", place="砚池区")])
    assert told(desk) == ["alert-2"]
    desk.notifier(audiences(name="夜班", quiet_hours=None)).handle([later(1, "yellow", 0)])
    assert told(desk) == ["alert-2", "alert-1"]
    desk.notifier().handle([later(3, "yellow", 0, event="e3", jurisdiction="望汐区")])
    assert told(desk) == ["alert-2", "alert-1", "alert-3"]


def test_in_quiet_hours_nobody_is_reminded_of_a_clock_below_red(desk: Desk) -> None:
    desk.now = EVENING
    put(desk, later(1, "yellow", 0))
    desk.now = EVENING + timedelta(minutes=29)
    night(desk).tick(desk.now)
    assert desk.hook.told == []
    for minutes in (0, 1, 29):
        desk.now = MORNING + timedelta(minutes=minutes)
        night(desk).tick(desk.now)
    assert [b["type"] for b in desk.hook.told] == ["alert", "reminder"]


def test_a_silence_holds_its_event_until_its_end_and_lets_red_and_others_pass(desk: Desk) -> None:
    with desk.store.write() as conn:
        silence(conn, event="e1", until=at(120), by="李", reason="演习", now=at(0))
    for n, (event, level) in enumerate((("e1", "orange"), ("e2", "blue"), ("e1", "red"))):
        news = [alert(n, level, event=event, place="")]
        desk.archive(news)
        desk.notifier(audiences(reminders=False)).handle(news)
    assert told(desk) == ["alert-1", "alert-2"]
    news = [alert(7, "yellow", event="e3", place="", raised_at=at(0))]
    with desk.store.write() as conn:
        silence(conn, jurisdiction=CITY, place="望汐派出所", until=at(90), by="李", now=at(0))
        silence(conn, event="e3", until=at(120), by="李", now=at(0))
    desk.archive(news)
    desk.notifier(audiences(reminders=False)).handle(news)
    for minutes in (89, 119, 120, 121):
        desk.now = at(minutes)
        desk.notifier(audiences(reminders=False)).tick(desk.now)
        assert (told(desk)[-1] == "alert-7") == (minutes >= 120)
    assert "按静默指令暂缓" in desk.hook.told[-1]["text"]


def test_a_silence_taken_back_tells_at_once(desk: Desk) -> None:
    with desk.store.write() as conn:
        ident = silence(conn, jurisdiction=CITY, place="望汐派出所", until=at(120), by="李", now=at(0))
    desk.archive([alert(1, "orange")])
    desk.notifier(audiences(reminders=False)).handle([alert(1, "orange")])
    assert told(desk) == []
    with desk.store.write() as conn:
        assert end_silence(conn, ident, by="王", now=at(2))
        assert not end_silence(conn, ident, by="王", now=at(2))
        assert active_silences(conn, at(2)) == []
    desk.now = at(2)
    desk.notifier(audiences(reminders=False)).tick(desk.now)
    assert told(desk) == ["alert-1"]


@pytest.mark.parametrize("until", [at(0), at(-1), at(8 * 24 * 60)])
def test_a_silence_has_an_end_within_a_week(desk: Desk, until: Any) -> None:
    with desk.store.write() as conn, pytest.raises(ValueError, match="ends"):
        silence(conn, event="e1", until=until, by="李", now=at(0))
    with desk.store.write() as conn, pytest.raises(ValueError, match="about"):
        silence(conn, until=at(60), by="李", now=at(0))


def test_the_log_says_why_news_waits_and_until_when(desk: Desk) -> None:
    desk.now = EVENING
    put(desk, later(1, "orange", 0))
    with desk.store.read() as conn:
        rows = find_deliveries(conn, DeliveryFilter(state="held")).items
    assert [(row.error, row.retry_at) for row in rows] == [("quiet hours", MORNING)] * 2


@pytest.mark.parametrize("hours", ["{start: '25:00', end: '07:00'}", "{start: '07:00', end: '07:00'}", "{start: '22'}"])
def test_wrong_quiet_hours_of_an_audience_are_refused(tmp_path: Path, hours: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"audiences:\n  - {{name: a, channels: [], quiet_hours: {hours}}}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"a\.yaml:2.*quiet_hours"):
        load_audiences(path)

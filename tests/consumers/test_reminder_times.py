"""When people are reminded of clocks: not in quiet hours, not through a silence, by the clocks of the category."""

from datetime import timedelta
from pathlib import Path

import pytest
from consumers_make import CITY, alert, at, audiences
from notify_make import Desk

from config.alerts import load_alerts
from config.quiet import QuietHours
from store.silences import silence

EVENING, MORNING = at(12.5 * 60), at(21 * 60)  # 22:30 and 07:00 in Beijing


def reminders(desk: Desk) -> list[str]:
    return [body["clock"] for body in desk.hook.told if body["type"] == "reminder"]


def test_a_reminder_that_failed_is_not_tried_again_in_the_night(desk: Desk) -> None:
    night = audiences(quiet_hours=QuietHours(start="22:30", end="07:00"))
    desk.now = EVENING - timedelta(minutes=31)
    news = [alert(1, "yellow", raised_at=desk.now)]
    desk.archive(news)
    desk.notifier(night).handle(news)
    desk.hook.status = 503
    desk.now = EVENING - timedelta(minutes=5)
    desk.notifier(night).tick(desk.now)
    desk.hook.status = 200
    desk.now = EVENING + timedelta(minutes=5)
    desk.notifier(night).tick(desk.now)
    assert reminders(desk) == []
    assert desk.log(kind="reminder", channel="webhook") == [("webhook", "waiting", 1)]
    desk.now = MORNING
    desk.notifier(night).tick(desk.now)
    assert reminders(desk) == ["acknowledge"]


@pytest.mark.parametrize(("level", "told"), [("orange", []), ("red", ["acknowledge"])])
def test_a_silence_holds_reminders_of_its_place_below_red(desk: Desk, level: str, told: list[str]) -> None:
    news = [alert(1, level)]
    desk.archive(news)
    desk.notifier().handle(news)
    with desk.store.write() as conn:
        silence(conn, jurisdiction=CITY, place="望汐派出所", until=at(60), by="李", now=at(2))
    desk.now = at(28)
    desk.notifier().tick(desk.now)
    assert reminders(desk) == told
    desk.now = at(60)
    desk.notifier().tick(desk.now)
    assert reminders(desk) == ["acknowledge"]


def test_quiet_hours_and_clocks_of_a_category_hold_for_its_reminders(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(
        'categories: {traffic: {quiet_hours: {start: "22:00", end: "07:00"}, clocks: {acknowledge_minutes: 300}}}',
        encoding="utf-8",
    )
    desk.rules = load_alerts(None, path)
    desk.now = EVENING - timedelta(hours=1)
    news = [alert(1, "yellow", raised_at=desk.now, category="traffic")]
    desk.archive(news)
    who = audiences(remind_minutes=150)
    desk.notifier(who).handle(news)
    desk.now += timedelta(minutes=195)  # a third of 300 minutes begins at 200; 30 minutes would long be over
    desk.notifier(audiences(remind_minutes=150, quiet_hours=None)).tick(desk.now)
    assert reminders(desk) == []
    desk.now += timedelta(minutes=10)
    desk.notifier(who).tick(desk.now)
    assert reminders(desk) == []
    desk.notifier(audiences(remind_minutes=150, quiet_hours=None)).tick(desk.now)
    assert reminders(desk) == ["acknowledge"]

"""alerts.raised -> people: once, with everything they need, tried again until it arrives."""

from pathlib import Path

import pytest
from consumers_make import CITY, alert, at, audiences, scored
from notify_make import Desk

from bus.messages import AlertCleared
from config.audiences import load_audiences
from config.loader import ConfigError
from consumers.notify import Notifier
from consumers.senders import ChannelError, senders
from store.deliveries import find_deliveries
from store.incidents import incident_id, move

CLEARED = AlertCleared(
    id="c1",
    event="e1",
    jurisdiction=CITY,
    previous_level="orange",
    headline="打人",
    words="已12小时没有",
    cleared_at=at(2),
)


def test_a_message_says_level_place_why_how_many_examples_and_deadlines(desk: Desk) -> None:
    desk.archive([scored(1), scored(2, text="第二个人的说法"), alert()])
    desk.notifier().handle([alert()])
    (text,) = desk.said
    for part in (
        "【橙色预警】望汐派出所民警打人",
        "澜汀市 望汐派出所",
        "原因：突发强度21，线20",
        "帖文61条",
        "微博50、论坛11",
    ):
        assert part in text
    assert "例1：微博" in text
    assert "http://127.0.0.1/1" in text
    assert "签收 11月16日 10:31前（还有30分）" in text
    assert "发布权威信息 11月16日 15:00前" in text
    assert "13912345678" not in text
    (body,) = desk.hook.told
    assert body["type"] == "alert"
    assert body["alert"] == {"id": "alert-1", "level": "orange", "raised_at": at(0).isoformat()}
    assert body["reasons"][0]["threshold"] == 20
    assert [p["id"] for p in body["posts"]] == ["p1", "p2"]
    assert [d["clock"] for d in body["due"]] == ["acknowledge", "authoritative_information", "press_conference"]
    assert "13912345678" not in str(body)


def test_nothing_is_told_twice_to_one_audience(desk: Desk) -> None:
    for _ in range(3):
        desk.notifier().handle([alert(), CLEARED])
        desk.notifier().tick(desk.now)
    assert [b["type"] for b in desk.hook.told] == ["alert", "all_clear"]
    assert len(desk.said) == 2
    assert desk.hook.keys == ["alert:alert-1", "all_clear:c1"]


def test_alerts_of_one_event_that_come_together_are_told_as_the_highest(desk: Desk) -> None:
    climbing = [alert(1, "blue"), alert(2, "yellow"), alert(3, "orange"), alert(4, "blue", event="e2", place="砚池区")]
    desk.notifier().handle(climbing)
    assert [b["id"] for b in desk.hook.told] == ["alert-3", "alert-4"]
    desk.notifier().handle(climbing[:1])
    assert len(desk.hook.told) == 2


def test_a_hook_that_is_down_is_tried_again_later_and_later_and_holds_up_nobody(desk: Desk) -> None:
    desk.archive([alert()])
    desk.hook.status = 503
    desk.notifier().handle([alert()])
    assert len(desk.said) == 1
    assert desk.log() == [("terminal", "delivered", 1), ("webhook", "waiting", 1)]
    desk.notifier().tick(desk.now)
    assert desk.log(channel="webhook") == [("webhook", "waiting", 1)]
    desk.now = at(2)
    desk.notifier().tick(desk.now)
    assert desk.log(channel="webhook") == [("webhook", "waiting", 2)]
    desk.hook.status = 200
    desk.now = at(5)
    desk.notifier().tick(desk.now)
    desk.notifier().tick(desk.now)
    assert desk.log(channel="webhook") == [("webhook", "delivered", 3)]
    assert [b["id"] for b in desk.hook.told] == ["alert-1"]
    assert len(desk.said) == 1


def test_a_hook_that_never_answers_is_given_up_and_stays_in_the_log(desk: Desk) -> None:
    desk.archive([alert()])
    desk.hook.status = 500
    desk.notifier().handle([alert()])
    for hour in range(1, 20):
        desk.now = at(hour * 60)
        desk.notifier().tick(desk.now)
    assert desk.log(channel="webhook", kind="alert") == [("webhook", "failed", 8)]


def test_an_alert_not_yet_archived_is_still_told_on_the_next_try(desk: Desk) -> None:
    desk.hook.status = 500
    desk.notifier().handle([alert()])
    desk.hook.status, desk.now = 200, at(2)
    desk.notifier().tick(desk.now)
    assert desk.hook.told == []
    desk.archive([alert()])
    desk.notifier().tick(desk.now)
    assert [b["id"] for b in desk.hook.told] == ["alert-1"]


def test_yesterdays_alert_is_logged_and_told_to_nobody(desk: Desk) -> None:
    desk.now = at(25 * 60)
    desk.notifier().handle([alert(), CLEARED])
    assert desk.hook.told == []
    assert desk.log(kind="alert") == [("terminal", "failed", 0), ("webhook", "failed", 0)]


def test_an_audience_hears_its_levels_and_places_only(desk: Desk) -> None:
    desk.notifier(audiences(min_level="red")).handle([alert()])
    desk.notifier(audiences(jurisdictions=["别处"])).handle([alert()])
    desk.notifier(audiences(all_clear=False)).handle([CLEARED])
    assert desk.hook.told == []
    desk.notifier(audiences(jurisdictions=[CITY], min_level="orange")).handle([alert()])
    assert len(desk.hook.told) == 1


def test_a_clock_that_runs_out_is_reminded_of_once(desk: Desk) -> None:
    desk.archive([alert()])
    desk.notifier().tick(desk.now)
    assert desk.hook.told == []
    for minutes in (25, 26, 40, 50):
        desk.now = at(minutes)
        desk.notifier().tick(desk.now)
    assert [(b["type"], b["clock"]) for b in desk.hook.told] == [("reminder", "acknowledge")]
    assert "签收还有6分" in desk.hook.told[0]["title"]
    desk.now = at(4 * 60 + 35)
    desk.notifier().tick(desk.now)
    assert [b["clock"] for b in desk.hook.told] == ["acknowledge", "authoritative_information"]


def test_a_clock_that_was_met_is_not_reminded_of(desk: Desk) -> None:
    desk.archive([alert(level="yellow")])
    with desk.store.write() as conn:
        move(conn, incident_id("e1"), "checking", by="值班", now=at(5))
    desk.now = at(35)
    desk.notifier().tick(desk.now)
    assert desk.hook.told == []


def test_the_address_of_a_hook_stands_in_no_log_and_no_message(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    ways = senders(audiences(), say=lambda *_: None, environ={"HOOK": "http://127.0.0.1:9/secret-token"})
    with caplog.at_level("DEBUG", logger="consumers"):
        Notifier(desk.store, audiences(), ways, desk.rules, now=desk.clock, posts_wait_s=0).handle([alert()])
    assert "secret-token" not in caplog.text
    assert "secret-token" not in repr(ways)
    with desk.store.read() as conn:
        assert all("secret" not in d.error for d in find_deliveries(conn).items)


@pytest.mark.parametrize("url", ["", "ftp://somewhere", "not an address"])
def test_a_hook_without_an_address_says_which_variable_to_set(url: str) -> None:
    with pytest.raises(ChannelError, match="值班室: webhook: HOOK"):
        senders(audiences(), say=lambda *_: None, environ={"HOOK": url})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("audiences:\n  - {name: a, channels: [{kind: webhook}]}", "url_env"),
        ("audiences:\n  - {name: a, channels: [{kind: pigeon}]}", "a.yaml:2"),
        ("audiences:\n  - {name: a, channels: [{kind: terminal}, {kind: terminal}]}", "same name"),
        ("audiences:\n  - {name: a, channels: []}\n  - {name: a, channels: []}", "two audiences"),
        ("audiences:\n  - {name: a, channels: [{kind: webhook, url: 'http://x'}]}", "unknown field `url`"),
    ],
)
def test_a_wrong_audiences_file_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_audiences(path)
    assert says in str(caught.value)


def test_the_shipped_audiences_need_no_setting() -> None:
    shipped = load_audiences(Path(__file__).parents[2] / "config" / "audiences.yaml")
    assert senders(shipped, say=lambda *_: None, environ={})

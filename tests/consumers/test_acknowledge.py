"""The time to acknowledge begins when the first message goes out; the other clocks run from the matter itself."""

from datetime import datetime, timedelta

from consumers_make import alert, at, audiences
from notify_make import Desk
from test_quiet_hours import EVENING, MIDNIGHT, MORNING, NIGHT, later, night, put

from config.audiences import Audience, Audiences, Channel
from models.deadlines import TITLES
from store.incidents import ClockRow, get_incident, incident_id, incident_log, move
from store.silences import silence

HALF_HOUR = timedelta(minutes=30)


def clock(desk: Desk, name: str = "acknowledge") -> ClockRow:
    with desk.store.read() as conn:
        found = get_incident(conn, incident_id("e1"))
    assert found is not None
    return next(c for c in found.clocks if c.name == name)


def logged(desk: Desk) -> list[str]:
    with desk.store.read() as conn:
        return [line.what for line in incident_log(conn, incident_id("e1"))]


def kinds(desk: Desk) -> list[str]:
    return [body["type"] for body in desk.hook.told]


def step(desk: Desk, now: datetime) -> None:
    desk.now = now
    night(desk).tick(now)


def test_held_until_the_morning_it_is_to_be_acknowledged_half_an_hour_from_then(desk: Desk) -> None:
    desk.now = EVENING
    put(desk, later(1, "yellow", 0))
    assert clock(desk).due_at == EVENING + HALF_HOUR
    step(desk, MIDNIGHT)
    assert kinds(desk) == []
    step(desk, MORNING)
    assert kinds(desk) == ["alert"]
    assert f"{TITLES['acknowledge']} 11月17日 07:30前（还有30分）" in desk.hook.told[0]["text"]
    assert clock(desk).due_at == MORNING + HALF_HOUR
    assert clock(desk, "response").due_at == EVENING + timedelta(hours=48)
    step(desk, MORNING + timedelta(minutes=19))
    assert kinds(desk) == ["alert"]
    for minutes in (20, 21, 40):
        step(desk, MORNING + timedelta(minutes=minutes))
    assert kinds(desk) == ["alert", "reminder"]
    assert "签收还有10分" in desk.hook.told[1]["title"]
    assert logged(desk) == ["opened", "told"]


def test_a_message_that_goes_out_at_once_moves_nothing(desk: Desk) -> None:
    put(desk, alert(1, "yellow"))
    before = clock(desk)
    desk.now = at(1.5)
    desk.notifier(audiences(reminders=False)).tick(desk.now)
    assert clock(desk) == before
    assert logged(desk) == ["opened"]


def test_when_one_audience_was_told_at_night_the_clock_runs_from_then_for_all(desk: Desk) -> None:
    both = Audiences(
        audiences=[
            Audience(name="值班室", channels=[Channel(kind="terminal")], reminders=False),
            Audience(
                name="领导", channels=[Channel(kind="webhook", url_env="HOOK")], quiet_hours=NIGHT, reminders=False
            ),
        ]
    )
    desk.now = EVENING
    desk.archive([later(1, "yellow", 0)])
    desk.notifier(both).handle([later(1, "yellow", 0)])
    assert len(desk.said) == 1
    desk.now = MORNING
    desk.notifier(both).tick(MORNING)
    assert clock(desk).due_at == EVENING + HALF_HOUR
    assert "签收 11月16日 23:00前（已超时8小时00分）" in desk.hook.told[0]["text"]


def test_what_was_acknowledged_on_the_desk_meanwhile_is_no_longer_asked_for(desk: Desk) -> None:
    desk.now = EVENING
    put(desk, later(1, "yellow", 0))
    with desk.store.write() as conn:
        move(conn, incident_id("e1"), "checking", by="值班", now=EVENING)
    step(desk, MORNING)
    assert "签收" not in desk.hook.told[0]["text"]
    assert "作出回应" in desk.hook.told[0]["text"]
    assert clock(desk).met_at == EVENING


def test_while_a_silence_holds_the_alert_nobody_is_asked_to_acknowledge_it(desk: Desk) -> None:
    with desk.store.write() as conn:
        silence(conn, event="e1", until=at(120), by="李", reason="已知", now=at(0))
    desk.archive([alert(1, "yellow")])
    desk.notifier().handle([alert(1, "yellow")])
    for minutes in (25, 60, 119):
        desk.now = at(minutes)
        desk.notifier().tick(desk.now)
        assert kinds(desk) == []
    for minutes in (120, 121, 145):
        desk.now = at(minutes)
        desk.notifier().tick(desk.now)
    assert kinds(desk) == ["alert", "reminder"]
    assert clock(desk).due_at == at(150)


def test_a_channel_that_was_down_asks_from_the_try_that_arrived(desk: Desk) -> None:
    only = audiences(channels=[Channel(kind="webhook", url_env="HOOK")], reminders=False)
    desk.hook.status = 503
    desk.archive([alert(1, "yellow")])
    desk.notifier(only).handle([alert(1, "yellow")])
    assert clock(desk).due_at == at(31)
    desk.hook.status = 200
    desk.now = at(10)
    desk.notifier(only).tick(desk.now)
    assert kinds(desk) == ["alert"]
    assert clock(desk).due_at == at(40)


def test_a_higher_alert_asks_for_no_second_acknowledgement_time(desk: Desk) -> None:
    put(desk, alert(1, "yellow"))
    desk.now = at(20)
    put(desk, alert(2, "orange", previous_level="yellow", raised_at=at(20)))
    assert clock(desk).due_at == at(31)
    assert "签收 11月16日 10:31前（还有11分）" in desk.hook.told[-1]["text"]


def test_a_matter_that_comes_back_in_the_night_is_to_be_acknowledged_in_the_morning(desk: Desk) -> None:
    put(desk, alert(1, "yellow"))
    with desk.store.write() as conn:
        move(conn, incident_id("e1"), "checking", by="值班", now=at(5))
        move(conn, incident_id("e1"), "closed", by="值班", now=at(6))
    desk.now = EVENING
    put(desk, later(2, "yellow", 0))
    assert clock(desk).due_at == EVENING + HALF_HOUR
    step(desk, MORNING)
    assert clock(desk).due_at == MORNING + HALF_HOUR

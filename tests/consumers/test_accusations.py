"""Short accusations that name no place: one message, then the others together; never a flood, nothing grave held."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from consumers_make import CITY, alert, at, audiences
from notify_make import Desk

from bus.errors import Rejected
from bus.messages import AlertCleared, AlertRaised, Message, PostCollected, PostScored, Reason
from config.alerts import AlertRules, load_alerts
from config.settings import PROJECT
from consumers.detect import Detector
from consumers.score import scorer
from models.analysis import Analyzer
from models.drill import DRILL
from store.alerts import AlertFilter, find_alerts

SAID = """
辅警打人了
警察打人没人管
协警骂人还推搡
派出所收钱办事
警察暴力执法
交警粗暴执法太过分
所长包庇亲戚
民警索贿被我录音
警察威胁证人
辅警抢手机删视频
派出所拒不立案
民警伪造签字
警察泄露报案人信息
特警踹倒小贩
民警当街殴打老人
交警乱罚款还要钱
办案民警徇私
交警勒索司机
警察锁喉路人
刑警辱骂家属
"""


def severe(n: int, level: str = "blue", minutes: float = 0, rule: str = "severe-post", **more: Any) -> AlertRaised:
    """A single accusation without a place."""
    why = [Reason(rule=rule, measured=0.95, threshold=0.9, unit="relevance", words="单帖指控")]
    fields = {"event": f"e{n}", "raised_at": at(minutes), "headline": f"第{n}件事", "place": "", "reasons": why}
    return alert(n, level, **{**fields, **more})


def clear(n: int, minutes: float, jurisdiction: str = CITY) -> AlertCleared:
    fields: dict[str, Any] = {"jurisdiction": jurisdiction, "previous_level": "blue", "headline": f"第{n}件事"}
    return AlertCleared(id=f"clear-{n}", event=f"e{n}", words="已平息", cleared_at=at(minutes), **fields)


@dataclass
class Shift:
    """The duty room and its clock: what comes is archived and told, and it looks after what waits every ten minutes."""

    desk: Desk
    minute: float = 0.0

    def hear(self, *messages: Message, minutes: float | None = None, drills: bool = False) -> None:
        self.until(self.minute if minutes is None else minutes)
        self.desk.archive(messages)
        self.desk.notifier(audiences(reminders=False, drills=drills)).handle(messages)

    def until(self, minutes: float) -> None:
        while self.minute < minutes:
            self.minute = min(minutes, self.minute + 10)
            self.desk.now = at(self.minute)
            self.desk.notifier(audiences(reminders=False)).tick(self.desk.now)

    def told(self, kind: str = "alert") -> list[list[str]]:
        """The alerts (or all-clears) of each message."""
        bodies = [body for body in self.desk.hook.told if body["type"] == kind]
        return [[a["id"] for a in body.get("together", [body.get("alert", body)])] for body in bodies]


@pytest.fixture
def shift(desk: Desk) -> Shift:
    desk.now = at(0)
    return Shift(desk)


def test_twenty_accusations_within_an_hour_are_three_messages_and_every_alert_is_kept(shift: Shift) -> None:
    for n in range(20):
        shift.hear(severe(n, minutes=3 * n), minutes=3 * n)
    shift.until(200)
    first, *rest = shift.told()
    assert first == ["alert-0"]
    assert [len(ids) for ids in rest] == [9, 10]
    assert sorted(i for ids in shift.told() for i in ids) == sorted(f"alert-{n}" for n in range(20))
    body = shift.desk.hook.told[1]
    assert body["title"] == "【蓝色预警】澜汀市：9起指控未写明具体单位/地点"
    assert all(f"第{n}件事" in body["text"] for n in range(1, 10))
    assert "与其他预警合并" in body["text"]
    with shift.desk.store.read() as conn:
        assert len(find_alerts(conn, AlertFilter()).items) == 20


def test_what_people_write_in_a_few_words_reaches_the_duty_room_as_few_messages(shift: Shift) -> None:
    score = scorer(
        Analyzer.load(PROJECT / "models/artifacts", PROJECT / "config/lexicon", PROJECT / "config/places.yaml")
    )
    detector, raised = Detector(load_alerts()), []

    def post(n: int, text: str, when: datetime) -> PostScored:
        who: dict[str, Any] = {
            "platform": "weibo",
            "jurisdiction": CITY,
            "author": f"a{n}",
            "published_at": when,
            "collected_at": when,
        }
        (found,) = score([PostCollected(id=f"p{n}", text=text, **who)])
        assert not isinstance(found, Rejected)
        (one,) = found
        assert isinstance(one, PostScored)
        return one

    for n, text in enumerate(SAID.split()):
        (found,) = detector.handle([post(n, text, at(2.9 * n))])
        alerts = [m for m in found if isinstance(m, AlertRaised)]
        raised += [a.id for a in alerts]
        shift.hear(*alerts, minutes=2.9 * n)
    shift.until(120)
    assert len(raised) >= 10
    assert len(shift.told()) <= 3
    assert sorted(i for ids in shift.told() for i in ids) == sorted(raised)


def test_what_is_yellow_or_higher_goes_out_at_once_and_by_itself(shift: Shift) -> None:
    shift.hear(severe(0), severe(1))
    shift.hear(severe(2))
    for n, level in enumerate(("yellow", "orange", "red", "yellow"), 3):
        shift.hear(severe(n, level))
    assert shift.told() == [["alert-0", "alert-1"], ["alert-3"], ["alert-4"], ["alert-5"], ["alert-6"]]
    shift.until(40)
    assert shift.told()[5:] == [["alert-2"]]


def test_an_accusation_that_climbs_while_it_waits_is_told_at_once(shift: Shift) -> None:
    shift.hear(severe(0))
    shift.hear(severe(1))
    shift.hear(severe(9, "orange", event="e1"), minutes=5)
    shift.until(60)
    assert shift.told() == [["alert-0"], ["alert-9"]]


@pytest.mark.parametrize(
    "other", [{"rule": "event-burst"}, {"rule": "slow-rise"}, {"place": "望汐派出所"}, {"jurisdiction": "望汐区"}]
)
def test_what_spreads_or_happens_elsewhere_does_not_wait_behind_an_accusation(
    shift: Shift, other: dict[str, Any]
) -> None:
    shift.hear(severe(0))
    shift.hear(severe(1, **other))
    assert shift.told() == [["alert-0"], ["alert-1"]]


def test_a_place_that_tells_nobody_where_is_none(shift: Shift) -> None:
    shift.desk.wide = frozenset({"云溯区"})
    shift.hear(severe(0, place="云溯区"))
    shift.hear(severe(1, place=CITY), severe(2))
    shift.until(40)
    assert shift.told() == [["alert-0"], ["alert-1", "alert-2"]]


@pytest.mark.parametrize("place", [CITY, "云溯区"])
def test_accusations_that_all_name_the_city_are_not_said_to_be_of_one_place(shift: Shift, place: str) -> None:
    shift.desk.wide = frozenset({"云溯区"})
    shift.hear(*(severe(n, place=place) for n in range(2)))
    assert shift.desk.hook.told[0]["title"] == "【蓝色预警】澜汀市：2起指控未写明具体单位/地点"


def test_without_a_time_every_accusation_is_a_message(shift: Shift) -> None:
    shift.desk.rules = AlertRules({"group_minutes": 0})
    shift.hear(severe(0), severe(1))
    assert shift.told() == [["alert-0"], ["alert-1"]]


def test_their_ends_are_told_together_too(shift: Shift) -> None:
    shift.hear(*(severe(n) for n in range(6)))
    for n in range(6):
        shift.hear(clear(n, 720 + 2 * n), minutes=720 + 2 * n)
    shift.until(800)
    first, rest = shift.told("all_clear")
    assert first == ["clear-0"]
    assert rest == [f"clear-{n}" for n in range(1, 6)]
    body = shift.desk.hook.told[-1]
    assert body["title"] == "【预警解除】澜汀市：5起事件"
    assert all(f"第{n}件事（已平息）" in body["text"] for n in range(1, 6))


def test_the_end_of_what_went_out_by_itself_is_told_by_itself_and_at_once(shift: Shift) -> None:
    shift.hear(severe(0), severe(1), severe(2, "orange"))
    shift.hear(clear(0, 720), minutes=720)
    shift.hear(clear(1, 721), clear(2, 721), minutes=721)
    assert shift.told("all_clear") == [["clear-0"], ["clear-2"]]


def test_one_that_begins_again_while_its_end_waits_is_told_as_an_alert_only(shift: Shift) -> None:
    shift.hear(severe(0), severe(1))
    shift.hear(clear(0, 720), minutes=720)
    shift.hear(clear(1, 721), minutes=721)
    shift.hear(severe(5, minutes=725, event="e1"), minutes=725)
    shift.until(845)
    assert shift.told("all_clear") == [["clear-0"]]
    assert shift.told()[1:] == [["alert-5"]]


def test_in_a_drill_every_accusation_and_every_end_is_seen_at_once(shift: Shift) -> None:
    drill: dict[str, Any] = {"jurisdiction": DRILL}
    shift.hear(severe(0, **drill), severe(1, **drill), drills=True)
    shift.hear(severe(2, **drill), drills=True)
    assert shift.told() == [["alert-0"], ["alert-1"], ["alert-2"]]
    shift.hear(*(clear(n, 1, **drill) for n in range(3)), minutes=1, drills=True)
    assert shift.told("all_clear") == [["clear-0"], ["clear-1"], ["clear-2"]]

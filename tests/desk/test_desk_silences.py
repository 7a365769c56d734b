"""Silences on the desk, what is held back, and who may act."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from desk_browse import ADDRESS, Clock
from desk_seed import CITY, NOW
from sqlalchemy import select
from starlette.testclient import TestClient

from bus.messages import AlertCleared, AlertLowered
from config.places import load_places
from config.settings import PROJECT
from desk.app import create_app
from desk.sessions import COOKIE, LASTS
from desk.tokens import csrf_of
from store import outbox, people
from store.alerts import clear_alert
from store.engine import Store
from store.people import make_operator, open_session
from store.silences import active_silences
from store.step_downs import lower_alert
from store.tables import step_downs


def test_held_news_is_shown_on_the_list_and_on_its_page(client: TestClient, store: Store, clock: Clock) -> None:
    with store.write() as conn:
        outbox.enroll(
            conn, audience="值班室", channel="terminal", subject="alert-1-orange", kind="alert", event="event-1",
            place="", level="orange", now=clock(),
        )  # fmt: skip
        outbox.hold(conn, outbox.due(conn, clock()), until=clock() + timedelta(hours=2), why="quiet hours")
    assert client.get("/").text.count("静默时段暂缓，至 11月20日 16:30") == 1
    page = client.get("/alerts/alert-1-orange").text
    assert "静默时段暂缓，至 11月20日 16:30" in page
    assert re.search(r"值班室 · 终端</span>.*静默时段暂缓", page)
    assert "静默时段暂缓" not in client.get("/alerts/alert-2-blue").text


def test_a_silence_is_ordered_on_the_event_page_and_ended_on_the_home_page(
    client: TestClient, store: Store, clock: Clock
) -> None:
    form = {"event": "event-1", "jurisdiction": CITY, "place": "望汐区", "hours": "4", "csrf": client.csrf}
    assert 'action="/silences"' in client.get("/events/event-1").text
    to = client.post("/silences", data={**form, "scope": "event", "reason": "<b>演习</b>"}).headers["location"]
    assert "已静默" in client.get(to).text
    client.post("/silences", data={**form, "scope": "place"})
    with store.read() as conn:
        place, event = sorted(active_silences(conn, clock()), key=lambda s: s.event)
    assert (place.jurisdiction, place.place, place.event) == (CITY, "望汐区", "")
    assert (event.event, event.place, event.by) == ("event-1", "", "admin")
    assert event.until == clock() + timedelta(hours=4)
    page = client.get("/").text
    assert "静默中" in page
    assert "&lt;b&gt;演习" in page
    for ident, status in ((event.id, 303), (event.id, 404), (place.id, 303)):
        assert client.post(f"/silences/{ident}/end", data={"csrf": client.csrf}).status_code == status
    assert "静默中" not in client.get("/").text


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("望夕派出所", "地点列表里没有“望夕派出所”，不会有预警写这个地点；是否指“望汐派出所”？"),
        ("<b>月球", "地点列表里没有“&lt;b&gt;月球”，不会有预警写这个地点。"),
        ("望汐派出所", ""),
    ],
)
def test_a_silence_of_a_place_nobody_knows_is_ordered_with_a_warning(
    store: Store, tmp_path: Path, clock: Clock, place: str, said: str
) -> None:
    app = create_app(store, home=tmp_path, now=clock, places=load_places(PROJECT / "config/places.yaml"))
    with store.write() as conn:
        token = open_session(conn, "admin", now=clock(), lasts=LASTS)
    with TestClient(app, base_url=ADDRESS, follow_redirects=False) as client:
        client.cookies.set(COOKIE, token)
        form = {"event": "event-1", "hours": "4", "scope": "place", "place": place, "csrf": csrf_of(token)}
        answer = client.post("/silences", data=form)
        assert answer.status_code == 303
        assert ("地点列表里已没有这个地点" in client.get(answer.headers["location"]).text) == bool(said)
        home = client.get("/").text
    assert place.removeprefix("<b>") in home
    assert said in home
    assert ("地点列表里没有" in home) == bool(said)


@pytest.mark.parametrize(
    "wrong", [{"hours": "0"}, {"hours": "1000"}, {"scope": "all"}, {"scope": "place", "place": ""}]
)
def test_a_silence_without_end_or_object_is_refused(
    client: TestClient, store: Store, clock: Clock, wrong: dict[str, str]
) -> None:
    form = {"event": "event-1", "hours": "4", "scope": "event", "place": "望汐区", "csrf": client.csrf}
    assert client.post("/silences", data={**form, **wrong}).status_code == 400
    with store.read() as conn:
        assert active_silences(conn, clock()) == []


@pytest.mark.parametrize(
    ("role", "may"), [("admin", True), ("operator", True), ("reader", False), ("", False), ("Admin", False)]
)
def test_only_operators_act_and_everybody_signed_in_looks(
    stranger: TestClient, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, role: str, may: bool
) -> None:
    monkeypatch.setattr(people, "SCRYPT_N", 2**4)
    with store.write() as conn:
        make_operator(conn, "李", "长长的密码九个字", role=role, now=clock())
        token = open_session(conn, "李", now=clock(), lasts=LASTS)
    stranger.cookies.set(COOKIE, token)
    for path in ("/", "/events/event-1", "/incidents/inc-event-1", "/posts"):
        assert stranger.get(path).status_code == 200
    actions = (
        ("/events/event-2/merge", {"target": "event-1"}),
        ("/silences", {"event": "event-1", "hours": "1"}),
        ("/incidents/inc-event-1/move", {"state": "checking"}),
        ("/alert-feedback", {"alert": "alert-1-orange", "value": "useful"}),
    )
    for path, data in actions:
        answer = stranger.post(path, data={**data, "csrf": csrf_of(token)})
        assert answer.status_code == (303 if may else 403), path
        assert may or "只能查看" in answer.text
    assert stranger.post("/logout", data={"csrf": csrf_of(token)}).status_code == 303


def test_where_an_event_stands_after_a_step_down_is_shown_beside_what_it_was(client: TestClient, store: Store) -> None:
    step = AlertLowered(
        id="l1", event="event-1", jurisdiction=CITY, previous_level="orange", level="yellow", headline="打人",
        words="橙色预警降为黄色", lowered_at=NOW,
    )  # fmt: skip
    assert "现为" not in client.get("/").text
    with store.write() as conn:
        assert lower_alert(conn, step)
        assert not lower_alert(conn, step)
    assert client.get("/").text.count("现为黄色") == 1
    page = client.get("/alerts/alert-1-orange").text
    assert "现为黄色" in page
    assert "由橙色降级" in page
    assert "现为" not in client.get("/alerts/alert-2-blue").text
    with store.write() as conn:
        clear_alert(
            conn,
            AlertCleared(
                id="c", event="event-1", previous_level="orange", headline="打人", words="结束", cleared_at=NOW
            ),
        )
        assert "打人" not in conn.execute(select(step_downs.c.body_json)).scalar_one()
    assert "现为" not in client.get("/alerts/alert-1-orange").text

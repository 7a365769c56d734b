"""The register: moves, refusals, undo, owner, notes, statements, clocks."""

import re
from datetime import timedelta

import pytest
from desk_browse import Clock
from desk_seed import NOW
from starlette.testclient import TestClient

from store.engine import Store
from store.incidents import Incident, ask_from, find_statements, get_incident, incident_log, move

HERE = "/incidents/inc-event-1"


def act(client: TestClient, action: str, **data: str):
    return client.post(f"{HERE}/{action}", data={**data, "csrf": client.csrf})


def incident(store: Store) -> Incident:
    with store.read() as conn:
        found = get_incident(conn, "inc-event-1")
    assert found is not None
    return found


def met(store: Store) -> set[str]:
    return {c.name for c in incident(store).clocks if c.met_at}


def test_the_list_counts_states_and_names_the_clock_that_is_due_next(client: TestClient) -> None:
    page = client.get("/incidents").text
    assert "待签收 1" in page
    assert "未办结 1" in page
    row = page[page.index("<tbody") :]
    assert "签收" in row
    assert "data-due=" in row
    assert "没有符合条件" in client.get("/incidents?state=closed").text


def test_an_incident_goes_through_its_states_and_its_clocks_stop(client: TestClient, store: Store) -> None:
    assert act(client, "move", state="checking", note="已派员").headers["location"] == f"{HERE}?done=moved"
    assert met(store) == {"acknowledge"}
    act(client, "move", state="answered")
    assert met(store) == {"acknowledge", "authoritative_information", "response"}
    act(client, "clock", clock="press_conference")
    assert met(store) == {c.name for c in incident(store).clocks}
    act(client, "move", state="closed")
    assert incident(store).state == "closed"
    page = client.get(f"{HERE}?done=moved").text
    assert "待签收 → 核查中：已派员" in page
    assert "按时完成" in page
    assert "重新核查" in page
    assert "已结束" in client.get("/incidents").text


def test_the_log_says_when_a_message_that_was_held_went_out(client: TestClient, store: Store) -> None:
    later = NOW + timedelta(hours=9)
    with store.write() as conn:
        assert ask_from(conn, "event-1", due_at=later + timedelta(minutes=30), now=later)
    assert "通知暂缓后发出，签收时限自此起算" in client.get(HERE).text
    assert next(c.due_at for c in incident(store).clocks if c.name == "acknowledge") == later + timedelta(minutes=30)


@pytest.mark.parametrize("state", ["answered", "closed", "waiting", "nonsense"])
def test_an_impossible_move_is_refused_naming_the_possible_ones(client: TestClient, store: Store, state: str) -> None:
    answer = act(client, "move", state=state)
    assert answer.status_code == 409
    assert "可以改为：核查中、误报" in answer.text
    assert incident(store).state == "waiting"
    assert "<b>状态</b>" not in client.get(HERE).text


def test_the_last_move_can_be_undone_and_both_stay_in_the_log(client: TestClient, store: Store) -> None:
    act(client, "move", state="false_alarm")
    page = client.get(HERE).text
    assert "撤销上一步（待签收 → 误报" in page
    entry = re.search(r'name="entry" value="(\d+)"', page)
    assert entry
    assert act(client, "undo", entry=entry[1]).status_code == 303
    assert incident(store).state == "waiting"
    assert met(store) == set()
    assert act(client, "undo", entry=entry[1]).status_code == 409
    with store.read() as conn:
        assert [line.what for line in incident_log(conn, "inc-event-1")][-2:] == ["moved", "undone"]
    assert "撤销上一步" not in client.get(HERE).text


def test_a_move_somebody_else_made_meanwhile_is_not_undone_by_an_old_page(client: TestClient, store: Store) -> None:
    act(client, "move", state="checking")
    entry = re.search(r'name="entry" value="(\d+)"', client.get(HERE).text)
    assert entry
    with store.write() as conn:
        move(conn, "inc-event-1", "answered", by="colleague", now=NOW)
    assert act(client, "undo", entry=entry[1]).status_code == 409
    assert incident(store).state == "answered"


def test_owner_and_notes_go_into_the_log(client: TestClient, store: Store) -> None:
    act(client, "assign", owner="  林  警官 ")
    act(client, "note", note="已联系望汐派出所\n等待回电")
    assert incident(store).owner == "林 警官"
    page = client.get(HERE).text
    assert "未指定 → 林 警官" in page
    assert "已联系望汐派出所\n等待回电" in page
    act(client, "assign", owner="")
    assert incident(store).owner == ""
    assert act(client, "note", note="  ").status_code == 400
    assert act(client, "note", note="x" * 2001).status_code == 400


def test_a_statement_meets_the_answer_clocks_at_its_own_time(client: TestClient, store: Store) -> None:
    answer = act(
        client, "statement", text="情况通报：……", url="https://gov.example.cn/1", published_at="2026-11-20T14:20"
    )
    assert answer.status_code == 303
    with store.read() as conn:
        found = find_statements(conn, "inc-event-1")
    assert [(s.text, s.published_at) for s in found] == [("情况通报：……", NOW - timedelta(minutes=10))]
    times = {c.name: c.met_at for c in incident(store).clocks}
    assert times["authoritative_information"] == NOW - timedelta(minutes=10)
    assert times["press_conference"] is None
    assert 'href="https://gov.example.cn/1"' in client.get(HERE).text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"published_at": "2026-11-20T14:31"}, "不能晚于现在"),
        ({"published_at": "soon"}, "不是有效的时间"),
        ({"published_at": ""}, "请填写"),
        ({"text": "  "}, "请填写"),
        ({"url": "javascript:alert(1)"}, "https://"),
    ],
)
def test_a_statement_that_cannot_be_is_refused_in_words(client: TestClient, wrong: dict[str, str], words: str) -> None:
    answer = act(client, "statement", **{"text": "通报", "url": "", "published_at": "2026-11-20T14:20", **wrong})
    assert answer.status_code == 400
    assert words in answer.text


def test_only_the_press_conference_is_marked_by_hand_and_once(client: TestClient) -> None:
    assert act(client, "clock", clock="acknowledge").status_code == 409
    assert act(client, "clock", clock="press_conference").status_code == 303
    assert act(client, "clock", clock="press_conference").status_code == 409


def test_a_clock_that_ran_out_says_so_before_and_after_it_is_met(
    client: TestClient, store: Store, clock: Clock
) -> None:
    clock.now += timedelta(hours=6)
    assert 'class="clock over"' in client.get(HERE).text
    assert "已超时" in client.get("/").text
    act(client, "move", state="checking")
    act(client, "move", state="answered")
    assert re.search(r"超时 \d+ (小时|分钟).*完成", client.get(HERE).text)


def test_unknown_incidents_are_not_found(client: TestClient) -> None:
    assert client.get("/incidents/none").status_code == 404
    complete = {"state": "checking", "entry": "1", "owner": "x", "note": "x", "text": "x", "clock": "press_conference"}
    complete |= {"published_at": "2026-11-20T10:00", "csrf": client.csrf}
    for action in ("move", "undo", "assign", "note", "statement", "clock"):
        assert client.post(f"/incidents/none/{action}", data=complete).status_code == 404, action

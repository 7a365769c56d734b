"""Sources, processes, notices; digests; the addresses for machines."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from desk_browse import ADDRESS, Clock
from desk_seed import NOW
from fastapi import FastAPI
from starlette.testclient import TestClient

from desk.digests import title
from desk.health import _row
from store.engine import Store
from store.errors import StoreUnavailable
from store.sources import Round, save_round, source_health


def test_blocked_broken_quiet_and_new_are_different_words_worst_first(client: TestClient) -> None:
    page = client.get("/health").text
    table = page[page.index('id="source-list"') : page.index('id="process-list"')]
    states = re.findall(r'badge state \w+">([^<]+)<', table)
    assert states == ["被拦截", "尚未采集", "安静", "正常"]
    for words in ("网站拒绝访问", "看不到内容不等于没有舆情", "小时", "微博 · 澜汀市"):
        assert words in table, words


def test_a_source_set_up_an_hour_ago_was_not_blind_before(store: Store) -> None:
    with store.write() as conn:
        for minutes in (60, 30, 0):
            at = NOW - timedelta(minutes=minutes)
            state = "broken" if minutes == 30 else "ok"
            save_round(conn, Round(source="新来源", started_at=at, seconds=1, state=state))
    with store.read() as conn:
        found = {s.name: _row(conn, s, NOW) for s in source_health(conn, now=NOW)}
    assert found["新来源"].blind_hours == pytest.approx(0.5)
    assert found["澜汀微博"].blind_hours == pytest.approx(2.0, abs=0.1)


def test_the_posts_of_a_source_can_be_opened_and_counted(client: TestClient) -> None:
    page = client.get("/health").text
    links = re.findall(r'href="(/posts\?source=[^"]+)">(\d+)<', page)
    assert len(links) == 4
    for link, figure in links:
        assert f"共 {figure} 条" in client.get(link.replace("&amp;", "&")).text


def test_a_process_nobody_heard_of_for_a_minute_is_said_to_be_lost(client: TestClient, clock: Clock) -> None:
    assert "失去联系" not in client.get("/health").text
    clock.now += timedelta(seconds=61)
    assert client.get("/health").text.count("失去联系") == 6


def test_a_notice_stands_on_every_page_until_it_is_closed_and_then_in_the_list(client: TestClient) -> None:
    words = "这段时间的微博看不到"
    assert words in client.get("/incidents").text
    data = {"key": "source-blocked-1", "csrf": client.csrf}
    assert client.post("/notice-dismiss", data=data).status_code == 303
    assert client.post("/notice-dismiss", data=data).status_code == 404
    assert words not in client.get("/incidents").text
    assert "admin 已关闭" in client.get("/health").text


def test_healthz_answers_anybody_and_says_when_the_store_is_gone(stranger: TestClient, tmp_path: Path) -> None:
    assert stranger.get("/healthz").json() == {"state": "ok"}
    (tmp_path / "minyi.db").rename(tmp_path / "moved.db")
    answer = stranger.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "store_unavailable"


def test_a_store_that_cannot_be_read_is_a_page_that_says_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise StoreUnavailable("disk full at secret place")

    monkeypatch.setattr("desk.posts.find_posts", gone)
    answer = client.get("/posts")
    assert answer.status_code == 503
    assert "数据库暂时不可用" in answer.text
    assert "secret" not in answer.text


def test_metrics_are_for_this_machine(app: FastAPI, stranger: TestClient, client: TestClient) -> None:
    answer = stranger.get("/metrics")
    assert answer.status_code == 200
    assert "# HELP minyi_messages_total" in answer.text
    with TestClient(app, base_url=ADDRESS, client=("192.0.2.7", 1)) as far:
        assert far.get("/metrics").status_code == 403
        far.cookies.update(client.cookies)
        assert far.get("/metrics").status_code == 200


def test_digests_are_listed_read_and_downloaded(client: TestClient, tmp_path: Path) -> None:
    assert "还没有周报" in client.get("/digests").text
    folder = tmp_path / "digests"
    folder.mkdir()
    (folder / "digest-2026-W46.docx").write_bytes(b"PK")
    (folder / "digest-2026-W46.html").write_text("<p onclick=x>周报</p>", encoding="utf-8")
    (folder / "notes.txt").write_text("x")
    (folder / ".digest-2026-W46.html.1a2b").write_text("half")
    page = client.get("/digests").text
    assert "2026 年第 46 周" in page
    assert "notes" not in page
    down = client.get("/digests/digest-2026-W46.docx")
    assert down.content == b"PK"
    assert "attachment" in down.headers["content-disposition"]
    shown = client.get("/digests/digest-2026-W46.html?read=1")
    assert "attachment" not in shown.headers.get("content-disposition", "")
    assert shown.headers["content-security-policy"].startswith("sandbox")
    assert "script-src" not in shown.headers["content-security-policy"]
    for name in ("notes.txt", "..%2Fminyi.db", "digest-2026-W47.docx", ".digest-2026-W46.html.1a2b"):
        assert client.get(f"/digests/{name}").status_code == 404, name


def test_a_digest_is_made_for_the_chosen_week(client: TestClient, tmp_path: Path) -> None:
    answer = client.post("/digests", data={"week": "2026-W47", "csrf": client.csrf})
    assert answer.status_code == 303, answer.text
    made = {path.name for path in (tmp_path / "digests").iterdir()}
    assert made == {"digest-2026-W47.docx", "digest-2026-W47.html", "digest-2026-W47.json"}
    assert "2026 年第 47 周" in client.get("/digests?done=digest").text


@pytest.mark.parametrize("week", ["2026-W54", "soon", "2027-W10"])
def test_a_week_that_is_none_or_has_not_begun_is_refused(client: TestClient, week: str) -> None:
    assert client.post("/digests", data={"week": week, "csrf": client.csrf}).status_code == 400


def test_digest_names_become_words() -> None:
    assert title("digest-2026-W05-澜汀市") == "2026 年第 5 周"
    assert title("digest-2026-11-20") == "2026 年 11 月 20 日"
    assert title("digest-2026-11") == "2026 年 11 月"
    assert title("event-x") == "event-x"


API = ("/api/alerts", "/api/posts", "/api/incidents")


@pytest.mark.parametrize("path", API)
def test_the_api_pages_through_everything_once(client: TestClient, path: str) -> None:
    seen: list[str] = []
    after = ""
    while True:
        answer = client.get(path, params={"limit": 40, "after": after})
        assert answer.headers["content-type"] == "application/json"
        body = answer.json()
        assert set(body) == {"items", "next"}
        seen += [json.dumps(item, sort_keys=True) for item in body["items"]]
        if body["next"] is None:
            break
        after = body["next"]
    assert len(seen) == len(set(seen)) == {"/api/alerts": 3, "/api/posts": 109, "/api/incidents": 1}[path]


def test_the_api_gives_the_fields_of_the_messages(client: TestClient) -> None:
    alert = client.get("/api/alerts/alert-1-orange").json()
    assert alert["alert"]["level"] == "orange"
    assert alert["alert"]["reasons"][0]["rule"] == "event-burst"
    post = client.get(f"/api/posts/{1000:032x}").json()
    assert post["event"] == "event-1"
    assert post["post"]["relevance"] == 0.94
    incident = client.get("/api/incidents/inc-event-1").json()
    assert incident["incident"]["state"] == "waiting"
    assert [line["what"] for line in incident["log"]] == ["opened", "escalated"]
    health = client.get("/api/health").json()
    assert {s["name"]: s["state"] for s in health["sources"]}["澜汀微博"] == "blocked"
    assert len(health["processes"]) == 6


def test_the_api_filters_like_the_pages(client: TestClient) -> None:
    assert len(client.get("/api/posts?category=service").json()["items"]) == 9
    assert len(client.get("/api/alerts?level=orange").json()["items"]) == 1
    assert client.get("/api/incidents?state=closed").json()["items"] == []


HUGE = "9" * 40 + ".x"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/alerts/none", 404, "not_found"),
        ("/api/posts/none", 404, "not_found"),
        ("/api/incidents/none", 404, "not_found"),
        ("/api/nothing", 404, "not_found"),
        ("/api/alerts?limit=0", 400, "bad_request"),
        ("/api/alerts?limit=201", 400, "bad_request"),
        ("/api/alerts?after=x", 400, "bad_request"),
        ("/api/alerts?state=x", 400, "bad_request"),
        ("/api/posts?after=x", 400, "bad_request"),
        (f"/api/posts?after={HUGE}", 400, "bad_request"),
        ("/api/incidents?state=x", 400, "bad_request"),
        ("/api/incidents?after=x", 400, "bad_request"),
    ],
)
def test_errors_of_the_api_have_one_shape(client: TestClient, path: str, status: int, code: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    error = answer.json()
    assert set(error) == {"error"}
    assert set(error["error"]) == {"code", "message"}
    assert error["error"]["code"] == code
    assert error["error"]["message"]


def test_a_method_nobody_offers_is_an_error_of_the_same_shape(client: TestClient) -> None:
    assert client.post("/api/alerts").json()["error"]["code"] == "method_not_allowed"
    assert "不支持这种访问方式" in client.get("/logout").text


def test_times_are_beijing_with_the_date(client: TestClient, store: Store) -> None:
    assert NOW.isoformat() == "2026-11-20T06:30:00+00:00"
    assert "11月20日 14:" in client.get("/").text

"""Who gets in: nobody without a session, no form from elsewhere, no foreign host name."""

import re
from pathlib import Path

import pytest
from desk_seed import NOW
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from desk.app import create_app
from desk.guard import HEADERS, host_name, may_call_us
from desk.sessions import COOKIE, LASTS
from desk.tokens import csrf_of
from store.engine import Store
from store.incidents import get_incident
from store.people import open_session

OPEN_TO_ALL = {"/login", "/static/{name}", "/favicon.ico", "/healthz", "/metrics"}


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """(method, path) of everything the desk answers, with parameters filled in."""
    found: list[tuple[str, str]] = []
    pending = list(app.routes)
    while pending:
        route = pending.pop()
        if isinstance(route, APIRoute):
            found += [(method, route.path) for method in route.methods]
        else:  # newer FastAPI keeps included routers as one entry
            inner = getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", [])
            pending += list(inner)
    return sorted(found)


def filled(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "inc-event-1", path)


def test_the_list_of_routes_is_complete(app: FastAPI) -> None:
    paths = {path for _, path in routes(app)}
    assert {"/", "/posts", "/incidents/{incident_id}/move", "/live", "/api/alerts", "/logout"} <= paths
    assert len(paths) > 30


def test_nothing_opens_without_a_session(app: FastAPI, stranger: TestClient) -> None:
    for method, path in routes(app):
        if path in OPEN_TO_ALL:
            continue
        answer = stranger.request(method, filled(path), data={"csrf": "x"} if method == "POST" else None)
        if path.startswith("/api/") or path == "/live":
            assert answer.status_code == 401, path
            assert answer.json()["error"]["code"] == "not_signed_in"
        else:
            assert answer.status_code == 303, (method, path)
            assert answer.headers["location"].startswith("/login"), path


def test_a_made_up_session_opens_nothing(stranger: TestClient) -> None:
    stranger.cookies.set(COOKIE, "x" * 43)
    assert stranger.get("/posts").headers["location"] == "/login?next=%2Fposts"


def test_every_action_refuses_a_form_without_the_token_of_this_session(
    app: FastAPI, client: TestClient, store: Store
) -> None:
    actions = [path for method, path in routes(app) if method == "POST" and path != "/login"]
    assert len(actions) >= 13
    everything = {
        "state": "checking", "entry": "1", "owner": "x", "note": "x", "text": "x", "published_at": "2026-11-20T10:00",
        "clock": "press_conference", "post": f"{1000:032x}", "field": "relevant", "value": "false", "label": "1",
        "alert": "alert-1-orange", "key": "source-blocked-1", "week": "2026-W46", "current": "x", "wanted": "x",
        "repeated": "x", "event": "event-1", "hours": "1", "target": "event-2", "edit": "x",
        "revision": "0", "model": "test-1",
    }  # fmt: skip
    with store.write() as conn:
        elsewhere = csrf_of(open_session(conn, "admin", now=NOW, lasts=LASTS))
    for path in actions:
        for token in ({}, {"csrf": ""}, {"csrf": "错"}, {"csrf": elsewhere}):
            answer = client.post(filled(path), data={**everything, **token})
            assert answer.status_code == 403, (path, answer.text)
            assert "表单已过期" in answer.text
    with store.read() as conn:
        incident = get_incident(conn, "inc-event-1")
    assert incident is not None
    assert incident.state == "waiting"


@pytest.mark.parametrize(
    "headers", [{"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}]
)
def test_a_form_from_another_site_is_refused_even_with_the_token(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post(
        "/incidents/inc-event-1/move", data={"state": "checking", "csrf": client.csrf}, headers=headers
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8600", "null"])
def test_a_form_of_our_own_passes(client: TestClient, origin: str) -> None:
    data = {"state": "checking", "csrf": client.csrf}
    assert client.post("/incidents/inc-event-1/move", data=data, headers={"origin": origin}).status_code == 303


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8600", "127.0.0.1.evil.example", "10.0.0.5", ""])
def test_on_loopback_only_loopback_names_are_answered(stranger: TestClient, host: str) -> None:
    answer = stranger.get("/login", headers={"host": host})
    assert answer.status_code == 421
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8600", "127.0.0.1:1", "[::1]:8600"])
def test_loopback_names_are_answered_on_any_port(stranger: TestClient, host: str) -> None:
    assert stranger.get("/login", headers={"host": host}).status_code == 200


def test_on_a_network_addresses_and_given_names_are_answered_and_other_names_are_not() -> None:
    names = frozenset(("yuqing.example.cn",))
    for name in ("10.1.2.3", "fd00::1", "yuqing.example.cn", "localhost"):
        assert may_call_us(name, loopback_only=False, names=names), name
    assert not may_call_us("rebound.example", loopback_only=False, names=names)
    assert host_name("[fd00::1]:8600") == "fd00::1"
    assert host_name("Yuqing.Example.cn:80") == "yuqing.example.cn"


def test_a_body_nobody_would_type_is_refused_before_it_is_read(stranger: TestClient) -> None:
    assert stranger.post("/login", content=b"x" * 300_000).status_code == 413
    assert stranger.post("/login", content=iter([b"x"])).status_code == 413


@pytest.mark.parametrize("path", ["/posts?source=%00", "/alerts/a%00b"])
def test_a_nul_in_an_address_goes_no_further(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 400


@pytest.mark.parametrize(
    "path", ["/", "/login", "/nowhere", "/api/nowhere", "/healthz", "/static/desk.css", "/posts?relevant=7"]
)
def test_every_answer_carries_the_security_headers(client: TestClient, path: str) -> None:
    answer = client.get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value, name
    assert ("immutable" in answer.headers["cache-control"]) == path.startswith("/static")


def test_a_bug_is_one_page_in_chinese_with_the_headers_and_without_details(store: Store, tmp_path: Path) -> None:
    app = create_app(store, home=tmp_path, now=lambda: NOW)

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("secret detail")

    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        answer = client.get("/broken")
    assert answer.status_code == 500
    assert "系统出错" in answer.text
    assert "secret detail" not in answer.text
    assert answer.headers["x-frame-options"] == "DENY"


def test_pages_hold_no_inline_script_style_or_handler(client: TestClient) -> None:
    for path in ("/", "/posts", "/incidents/inc-event-1", "/alerts/alert-1-orange", "/health", "/digests", "/nowhere"):
        page = client.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)", page), path
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page), path
        assert not re.findall(r'(?:src|href)="(?:https?:)?//(?!weibo\.example\.net)', page), path


def test_unknown_static_files_and_ways_out_of_the_folder_are_not_found(stranger: TestClient) -> None:
    for name in ("none.css", "..%2Fapp.py", "%2e%2e/app.py", "desk.css%00"):
        assert stranger.get(f"/static/{name}").status_code in (400, 404), name

"""Signing in and out, guessing, and the first account."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from desk_browse import ADDRESS, PASSWORD, Clock, field
from desk_seed import NOW
from fastapi import FastAPI
from starlette.testclient import TestClient

from desk.accounts import ensure_operator, new_password
from desk.links import local_path
from desk.sessions import COOKIE, LASTS
from desk.throttle import PER_NAME_AND_ADDRESS, WINDOW
from store.engine import Store, open_store
from store.people import check_password


def sign_in(client: TestClient, password: str = PASSWORD, name: str = "admin", goal: str = "/"):
    csrf = field(client.get("/login").text, "csrf")
    return client.post("/login", data={"name": name, "password": password, "csrf": csrf, "next": goal})


def test_the_right_password_opens_the_page_that_was_asked_for(stranger: TestClient) -> None:
    asked = stranger.get("/posts?relevant=1")
    assert asked.headers["location"] == "/login?next=%2Fposts%3Frelevant%3D1"
    goal = field(stranger.get(asked.headers["location"]).text, "next")
    answer = sign_in(stranger, goal=goal.replace("&amp;", "&"))
    assert answer.status_code == 303
    assert answer.headers["location"] == "/posts?relevant=1"
    assert stranger.get("/").status_code == 200
    assert stranger.get("/login").headers["location"] == "/"


def test_the_session_cookie_is_out_of_reach_of_scripts_and_secure_over_https(app: FastAPI) -> None:
    for address, secure in ((ADDRESS, False), ("https://127.0.0.1", True)):
        with TestClient(app, base_url=address, follow_redirects=False) as client:
            cookie = sign_in(client).headers.get_list("set-cookie")[-1]
        assert cookie.startswith(f"{COOKIE}=")
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert ("Secure" in cookie) == secure


def test_a_wrong_password_and_an_unknown_name_get_the_same_words(stranger: TestClient) -> None:
    for name in ("admin", "nobody"):
        answer = sign_in(stranger, "wrong", name)
        assert answer.status_code == 401
        assert "用户名或密码不正确" in answer.text
        assert COOKIE not in answer.headers.get("set-cookie", "")


def test_a_form_without_its_cookie_or_token_is_shown_again(stranger: TestClient) -> None:
    data = {"name": "admin", "password": PASSWORD, "csrf": "0" * 64}
    assert "登录页面已过期" in stranger.post("/login", data=data).text
    csrf = field(stranger.get("/login").text, "csrf")
    stranger.cookies.clear()
    answer = stranger.post("/login", data={**data, "csrf": csrf})
    assert answer.status_code == 400
    assert COOKIE not in answer.headers.get("set-cookie", "")


def test_after_five_wrong_passwords_even_the_right_one_waits_a_quarter_of_an_hour(
    app: FastAPI, stranger: TestClient, clock: Clock
) -> None:
    for _ in range(PER_NAME_AND_ADDRESS):
        assert sign_in(stranger, "wrong").status_code == 401
    answer = sign_in(stranger)
    assert answer.status_code == 429
    assert "15 分钟后再试" in answer.text
    with TestClient(app, base_url=ADDRESS, follow_redirects=False, client=("127.0.0.2", 1)) as colleague:
        assert sign_in(colleague).status_code == 303
    for _ in range(PER_NAME_AND_ADDRESS):
        assert sign_in(stranger, "wrong").status_code == 401
    clock.now += WINDOW + timedelta(seconds=1)
    assert sign_in(stranger).status_code == 303


def test_an_address_that_tries_many_names_waits_too(stranger: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk.throttle.PER_ADDRESS", 3)
    for name in ("a", "b", "c"):
        assert sign_in(stranger, "wrong", name).status_code == 401
    assert sign_in(stranger, "wrong", "d").status_code == 429


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "", "/\tx", None, "javascript:alert(1)"],
)
def test_signing_in_never_leads_off_this_desk(path: str | None) -> None:
    assert local_path(path) == "/"


def test_a_session_ends_by_time_and_by_signing_out_on_the_server(client: TestClient, clock: Clock) -> None:
    clock.now += LASTS - timedelta(seconds=1)
    assert client.get("/").status_code == 200
    token = client.cookies[COOKIE]
    answer = client.post("/logout", data={"csrf": client.csrf})
    assert answer.headers["location"] == "/login"
    client.cookies.set(COOKIE, token)
    assert client.get("/").status_code == 303


def test_a_session_expires(client: TestClient, clock: Clock) -> None:
    clock.now += LASTS
    assert client.get("/").status_code == 303


def change(client: TestClient, current: str, wanted: str, repeated: str | None = None):
    data = {"current": current, "wanted": wanted, "repeated": wanted if repeated is None else repeated}
    return client.post("/password", data={**data, "csrf": client.csrf})


def test_changing_the_password_ends_the_other_sessions_and_drops_the_first_ones_file(
    client: TestClient, stranger: TestClient, store: Store, tmp_path: Path
) -> None:
    (tmp_path / "operator-password.txt").write_text("old")
    assert sign_in(stranger).status_code == 303
    answer = change(client, PASSWORD, "新的密码 correct horse")
    assert answer.status_code == 303
    assert client.get("/").status_code == 200
    assert stranger.get("/").status_code == 303
    assert not (tmp_path / "operator-password.txt").exists()
    with store.read() as conn:
        assert check_password(conn, "admin", "新的密码 correct horse")


@pytest.mark.parametrize(
    ("current", "wanted", "repeated", "words"),
    [
        ("wrong", "correct horse", "correct horse", "当前密码不正确"),
        (PASSWORD, "correct horse", "correct hors", "不一致"),
        (PASSWORD, "short", "short", "至少需要"),
        (PASSWORD, "aaaaaaaaaaaa", "aaaaaaaaaaaa", "过于简单"),
        (PASSWORD, PASSWORD, PASSWORD, "过于简单"),
    ],
)
def test_a_new_password_that_will_not_do_is_refused_in_words(
    client: TestClient, current: str, wanted: str, repeated: str, words: str
) -> None:
    answer = change(client, current, wanted, repeated)
    assert answer.status_code == 400
    assert words in answer.text


def test_the_first_start_makes_one_operator_and_tells_the_password_once(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'new.db'}")
    password = ensure_operator(store, tmp_path / "home", now=NOW)
    assert password is not None
    assert ensure_operator(store, tmp_path / "home", now=NOW) is None
    with store.read() as conn:
        person = check_password(conn, "admin", password)
    assert person is not None
    assert person.role == "admin"
    file = tmp_path / "home" / "operator-password.txt"
    assert password in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    store.close()


def test_no_account_is_made_when_the_password_cannot_be_kept(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'new.db'}")
    (tmp_path / "home").write_text("a file where the folder should be")
    with pytest.raises(OSError, match="home"):
        ensure_operator(store, tmp_path / "home", now=NOW)
    assert ensure_operator(store, tmp_path / "elsewhere", now=NOW)
    store.close()


def test_passwords_can_be_read_aloud_and_differ() -> None:
    made = {new_password() for _ in range(50)}
    assert len(made) == 50
    assert all(len(p) == 19 and not set(p) & set("01ilo") for p in made)

"""The program is updated under a running desk: it goes on with what it was started with."""

import shutil
from pathlib import Path

import pytest
from desk_browse import ADDRESS, Clock
from starlette.testclient import TestClient

from desk import rendering
from desk.app import create_app
from desk.sessions import COOKIE, LASTS
from store.engine import Store
from store.people import open_session

PAGES = (
    "/",
    "/posts",
    "/incidents",
    "/health",
    "/models",
    "/digests",
    "/password",
    "/alerts/alert-1-orange",
    "/no",
)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the desk's files, which the desk takes for its own."""
    for folder in ("templates", "static"):
        shutil.copytree(rendering.HERE / folder, tmp_path / "program" / folder)
    monkeypatch.setattr(rendering, "HERE", tmp_path / "program")
    return tmp_path / "program"


@pytest.mark.parametrize("seen_before", [False, True])
def test_new_templates_and_files_wait_for_the_next_start(
    program: Path, store: Store, tmp_path: Path, clock: Clock, seen_before: bool
) -> None:
    app = create_app(store, home=tmp_path, now=clock)
    with store.write() as conn:
        token = open_session(conn, "admin", now=clock(), lasts=LASTS)
    with TestClient(app, base_url=ADDRESS, follow_redirects=False, client=("127.0.0.1", 50000)) as client:
        client.cookies.set(COOKIE, token)
        if seen_before:
            for path in PAGES:
                client.get(path)
        style = (program / "static" / "desk.css").read_bytes()
        for template in (program / "templates").iterdir():
            template.write_text("{{ a_name_of_the_next_version }}", encoding="utf-8")
        shutil.rmtree(program / "static")
        for path in PAGES:
            answer = client.get(path)
            assert answer.status_code == (404 if path == "/no" else 200), path
            assert "民意" in answer.text
        assert client.get("/static/desk.css").content == style
        assert client.get("/favicon.ico").status_code == 200

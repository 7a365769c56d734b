"""Strangers write posts, headlines and addresses: none of it becomes markup or a dangerous link."""

import re
from datetime import timedelta

import pytest
from desk_seed import HOSTILE, NOW, alert, post, raise_alert
from starlette.testclient import TestClient

from bus.messages import Reason
from desk.links import host_of, safe_url
from store.engine import Store
from store.incidents import add_note, add_statement
from store.notices import add_notice
from store.sources import Round, SourceEntry, register_sources, save_round

BAD_URLS = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.example/x",
    "http:evil.example",
    "https://",
    "http://[broken",
    "https://user:password@evil.example/",
    "https://good.example\\@evil.example/",
    "https://x.example/" + "a" * 3000,
    "",
)


@pytest.mark.parametrize("url", BAD_URLS)
def test_only_ordinary_web_addresses_are_links(url: str) -> None:
    assert safe_url(url) is None
    assert host_of(url) == ""


def test_ordinary_web_addresses_are_links() -> None:
    for url in ("https://bbs.example.cn/t?id=1&p=2", "http://127.0.0.1:8610/bbs/1", "https://例子.example/帖子"):
        assert safe_url(url) == url


@pytest.fixture
def hostile(store: Store) -> Store:
    posts = [
        post(9000 + n, at=NOW - timedelta(minutes=9 - n), text=HOSTILE, title=HOSTILE, url=url, source=HOSTILE,
             region=HOSTILE, places=[HOSTILE], keywords=[HOSTILE], author=HOSTILE, model_version=HOSTILE)
        for n, url in enumerate(("javascript:alert(1)", 'https://x.example/"><script>'))
    ]  # fmt: skip
    raised = alert(9, posts, at=NOW, headline=HOSTILE, place=HOSTILE, jurisdiction=HOSTILE,
                   reasons=[Reason(rule=HOSTILE, measured=1, threshold=1, unit=HOSTILE, words=HOSTILE)])  # fmt: skip
    raise_alert(store, raised, posts, now=NOW)
    with store.write() as conn:
        add_note(conn, "inc-event-9", HOSTILE, by=HOSTILE, now=NOW)
        add_statement(conn, "inc-event-9", text=HOSTILE, url="javascript:alert(1)", published_at=NOW, by="x", now=NOW)
        add_notice(conn, HOSTILE, HOSTILE, NOW + timedelta(seconds=1))
        register_sources(conn, [SourceEntry(HOSTILE, HOSTILE, HOSTILE)])
        save_round(conn, Round(source=HOSTILE, started_at=NOW, seconds=1, state="broken", reason=HOSTILE))
    return store


@pytest.mark.parametrize(
    "path", ["/", "/posts", f"/posts/{9000:032x}", "/incidents", "/incidents/inc-event-9", "/alerts/alert-9-orange",
             "/health", "/posts?text=%3Cscript%3E&event=%22%3E%3Cscript%3E&source=%22onload%3D%22x"],
)  # fmt: skip
def test_hostile_text_stays_text_on_every_page(client: TestClient, hostile: Store, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "<script>" not in answer.text
    assert "<img" not in answer.text
    assert not re.search(r'href="\s*(?:javascript|data|vbscript):', answer.text, re.IGNORECASE)
    assert not re.search(r'<[^>"]*\sonload=', answer.text)
    if path != "/posts?":
        assert "&lt;script&gt;" in answer.text


def test_a_wrong_name_is_shown_again_as_text(stranger: TestClient) -> None:
    answer = stranger.post("/login", data={"name": HOSTILE, "password": "x", "next": '"><script>', "csrf": "x"})
    assert "<script>alert" not in answer.text


def test_quotes_are_masked_on_the_pages(client: TestClient) -> None:
    for path in ("/", "/posts", "/alerts/alert-1-orange", f"/posts/{1002:032x}"):
        page = client.get(path).text
        assert "13912345678" not in page, path
        assert "@澜汀发布" not in page, path

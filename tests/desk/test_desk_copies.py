"""The same text at several addresses: listed once, counted as often as it was posted, every address a click away."""

import re
from datetime import timedelta

import pytest
from desk_seed import NOW, alert, post, raise_alert
from fastapi import FastAPI
from starlette.testclient import TestClient

from store.engine import Store
from store.posts import upsert_posts

TEXT = "砚池区河堤步道的护栏断了三天，昨晚有小孩差点掉下去，巡逻的人说已经报给养护单位，请尽快修好。"


@pytest.fixture
def spread(store: Store) -> Store:
    """One article at three addresses and one post of its own, all of one event with an alert."""
    posts = [
        post(9000, at=NOW - timedelta(minutes=30), text=TEXT, title="护栏断了", source="澜汀新闻", platform="news"),
        post(9001, at=NOW - timedelta(minutes=20), text=TEXT, title="护栏断了", source="望汐晚报", platform="news"),
        post(9002, at=NOW - timedelta(minutes=10), text=TEXT, source="澜汀论坛", platform="forum"),
        post(9003, at=NOW - timedelta(minutes=5), text="去现场看了，确实断了。", source="澜汀论坛", platform="forum"),
    ]
    raised = alert(9, posts, at=NOW - timedelta(minutes=5))
    with store.write() as conn:
        upsert_posts(conn, posts)
    raise_alert(store, raised, posts, now=NOW)
    return store


def listed(page: str) -> list[str]:
    """The numbers of the posts in the table."""
    return [str(int(found, 16)) for found in re.findall(r'<a class="t" href="/posts/([^"]+)"', page)]


def ident(number: int) -> str:
    return f"{number:032x}"


def test_the_list_shows_a_text_once_and_says_where_else_it_stands(client: TestClient, spread: Store) -> None:
    page = client.get("/posts?event=event-9").text
    assert listed(page) == ["9003", "9000"]
    assert "共 4 条" in page
    assert "同文 2 条</a>不重复列出" in page
    links = re.findall(r'href="([^"]+)"[^>]*>同文 3 处', page)
    assert len(links) == 1
    assert listed(client.get(links[0].replace("&amp;", "&")).text) == ["9002", "9001", "9000"]


def test_a_list_of_one_source_shows_its_copy(client: TestClient, spread: Store) -> None:
    page = client.get("/posts?source=望汐晚报").text
    assert listed(page) == ["9001"]
    assert "共 1 条" in page
    assert "不重复列出" not in page
    assert "同文 3 处" in page


def test_copies_can_be_listed_each_or_alone(client: TestClient, spread: Store) -> None:
    assert listed(client.get("/posts?event=event-9&copies=1").text) == ["9003", "9002", "9001", "9000"]
    only = client.get("/posts?event=event-9&copies=only").text
    assert listed(only) == ["9002", "9001"]
    assert "共 2 条" in only


def test_a_post_names_its_other_addresses(client: TestClient, spread: Store) -> None:
    page = client.get(f"/posts/{ident(9001)}").text
    same = page[page.index('id="same"') :]
    assert "3 处</a>" in same
    for words in ("论坛 · 澜汀论坛", "新闻 · 澜汀新闻", "<b>本帖</b>", "最早", "https://weibo.example.net/9000"):
        assert words in same, words
    assert 'id="same"' not in client.get(f"/posts/{ident(9003)}").text


def test_the_posts_of_an_alert_are_listed_once_and_its_figures_open_to_what_they_say(
    client: TestClient, spread: Store
) -> None:
    page = client.get("/alerts/alert-9-orange").text
    assert listed(page) == ["9003", "9000"]
    assert re.search(r"4 条，其中<a [^>]+>同文 2 条</a>不重复列出", page)
    assert "显示最新" not in page
    for link, number in re.findall(r'<a href="(/posts[^"]+)"><b>(\d+)</b>帖文', page):
        assert f"共 {number} 条" in client.get(link.replace("&amp;", "&")).text


def test_programs_get_every_post_and_its_original(client: TestClient, app: FastAPI, spread: Store) -> None:
    items = client.get("/api/posts?event=event-9").json()["items"]
    first = ident(9000)
    assert [item["copy_of"] for item in items] == [None, first, first, None]
    assert len(client.get("/api/posts?event=event-9&copies=0").json()["items"]) == 2

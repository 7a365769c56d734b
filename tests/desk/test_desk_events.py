"""The event page: phase, posts, merge, split, undo, and the log of all of it."""

import re
from datetime import timedelta

import pytest
from desk_seed import NOW, alert, post, raise_alert
from starlette.testclient import TestClient

from bus.messages import AlertCounts
from store.edits import edit_log
from store.engine import Store
from store.events import event_posts, get_event

ONE, OTHER = "event-1", "event-2"


def act(client: TestClient, event: str, action: str, **data: object):
    return client.post(f"/events/{event}/{action}", data={**data, "csrf": client.csrf})


def posts(store: Store, event: str) -> list[str]:
    with store.read() as conn:
        return [row.post.id for row in event_posts(conn, event)]


def test_the_page_shows_phase_posts_alerts_and_that_nobody_changed_it(client: TestClient) -> None:
    page = client.get(f"/events/{ONE}").text
    assert re.search(r"id=\"event-phase\"[^>]*>(发生期|扩散期|高潮期)<", page)
    assert page.count('name="post"') == 40
    assert "没有人改动过这个事件" in page
    assert "/alerts/alert-1-orange" in page
    assert client.get("/events/unknown").status_code == 404


def test_one_voice_in_many_copies_is_shown_as_such_on_event_and_alert(client: TestClient, store: Store) -> None:
    told = "一个声音、多份副本"
    assert told not in client.get(f"/events/{ONE}").text + client.get("/alerts/alert-1-orange").text
    posts = [post(7300 + n, at=NOW, text="望汐派出所不给办证，请大家转发") for n in range(30)]
    flood = alert(9, posts, at=NOW, level="blue", counts=AlertCounts(posts=36, negative=36, copies=30, copiers=4))
    raise_alert(store, flood, posts, now=NOW)
    for page in ("/events/event-9", "/alerts/alert-9-blue"):
        text = client.get(page).text
        assert told in text
        assert "30 帖内容基本相同，4 个发布者，相同文本占 83%" in text


def test_a_merge_is_shown_logged_and_undone(client: TestClient, store: Store) -> None:
    answer = act(client, OTHER, "merge", target=ONE, reason="同一<b>件</b>事")
    assert answer.headers["location"] == f"/events/{ONE}?done=merged"
    page = client.get(answer.headers["location"]).text
    assert "事件已合并" in page
    assert "已并入 1 个事件" in page
    assert "admin" in page
    assert "同一&lt;b&gt;件" in page
    assert "/alerts/alert-2-blue" in page
    assert len(posts(store, ONE)) == 49
    assert client.get(f"/events/{OTHER}").headers["location"] == f"/events/{ONE}"
    assert client.get("/alerts/alert-2-blue").status_code == 200
    edit = re.search(r'name="edit" value="(\w+)"', page)
    assert edit
    assert act(client, ONE, "undo", edit=edit[1]).status_code == 303
    assert act(client, ONE, "undo", edit=edit[1]).status_code == 409
    assert len(posts(store, ONE)) == 40
    assert "（已撤销）" in client.get(f"/events/{OTHER}").text


def test_chosen_posts_are_split_out(client: TestClient, store: Store) -> None:
    chosen = posts(store, ONE)[:3]
    to = act(client, ONE, "split", post=chosen, reason="两回事").headers["location"]
    page = client.get(to).text
    assert page.count('name="post"') == 3
    assert "两回事" in page
    assert len(posts(store, ONE)) == 37


@pytest.mark.parametrize(
    ("action", "data", "status"),
    [
        ("merge", {"target": ONE}, 409),
        ("merge", {"target": "unknown"}, 404),
        ("split", {}, 409),
        ("split", {"post": ["unknown"]}, 409),
        ("undo", {"edit": "unknown"}, 409),
    ],
)
def test_what_is_not_possible_is_refused_and_not_logged(
    client: TestClient, store: Store, action: str, data: dict[str, object], status: int
) -> None:
    assert act(client, ONE, action, **data).status_code == status
    with store.read() as conn:
        assert edit_log(conn, ONE) == []
        assert get_event(conn, ONE) is not None


@pytest.mark.parametrize("action", ["merge", "split", "undo"])
def test_only_a_signed_in_person_with_the_form_may_act(
    client: TestClient, stranger: TestClient, store: Store, action: str
) -> None:
    data = {"target": OTHER, "post": posts(store, ONE)[:1], "edit": "x"}
    assert client.post(f"/events/{ONE}/{action}", data=data).status_code == 403
    assert stranger.post(f"/events/{ONE}/{action}", data=data).headers["location"].startswith("/login")
    with store.read() as conn:
        assert edit_log(conn, ONE) == []


def retold(store: Store, number: int, headline: str, *, place: str = "望汐派出所", hours: float = 0.5) -> str:
    """Another event of three posts, `hours` ago, that people were told of; its id."""
    at = NOW - timedelta(hours=hours)
    said = [post(7000 + 10 * number + n, at=at, text=f"{headline}，第 {n} 种说法", places=[place]) for n in range(3)]
    raise_alert(store, alert(number, said, at=at, level="blue", headline=headline, place=place), said, now=NOW)
    return f"event-{number}"


def test_the_likeliest_twins_are_offered_most_alike_first_with_what_one_needs_to_choose(
    client: TestClient, store: Store
) -> None:
    retold(store, 21, "青岬区夜市烟雾扰民", place="岬湾街道")
    near = retold(store, 22, "辅警按倒送餐员的视频流传", place="望汐区")
    page = client.get(f"/events/{ONE}").text
    twins = page.split('id="twins"')[1].split("</ul>")[0]
    assert re.findall(r'href="/events/([^"]+)"', twins) == [near]
    assert "都提到望汐区" in twins
    assert "蓝色" in twins
    assert "3 帖" in twins
    assert f'name="target" value="{near}"' in twins
    assert "11-20 14:00" in twins or "14:00" in twins
    assert 'placeholder="事件编号"' not in page


def test_an_event_without_a_twin_says_so_and_any_other_is_found_by_headline_or_place(
    client: TestClient, store: Store
) -> None:
    hidden = retold(store, 23, "夜市烟雾<b>扰民</b>", place="岬湾街道", hours=200)
    page = client.get(f"/events/{hidden}").text
    assert "没有发现相似的事件" in page
    for words, expected in (("办证大厅", [OTHER]), ("砚池区", [OTHER]), ("没有这样的词", []), ("%", [])):
        found = client.get(f"/events/{hidden}", params={"find": words}).text.split('id="found"')[1].split("</ul>")[0]
        assert re.findall(r'name="target" value="([^"]+)"', found) == expected
    page = client.get(f"/events/{OTHER}", params={"find": "烟雾"}).text
    assert "&lt;b&gt;扰民" in page
    assert "<b>扰民" not in page
    assert client.get(f"/events/{OTHER}", params={"find": "长" * 101}).status_code == 400


def test_an_event_that_was_merged_away_is_not_offered(client: TestClient, store: Store) -> None:
    near = retold(store, 24, "望汐派出所门口辅警按倒送餐员")
    assert f'value="{near}"' in client.get(f"/events/{ONE}").text
    act(client, near, "merge", target=ONE)
    page = client.get(f"/events/{ONE}").text
    assert f'value="{near}"' not in page
    assert "撤销上一步" in page
    assert f'value="{near}"' not in client.get(f"/events/{ONE}", params={"find": "按倒"}).text

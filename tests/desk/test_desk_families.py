"""Incidents of merged events on the desk: one keeps, the other points to it, undoing gives both back."""

import re
from datetime import timedelta

import pytest
from desk_seed import NOW, alert, crisis_posts, raise_alert
from starlette.testclient import TestClient

from store.engine import Store

ONE, OTHER = "inc-event-1", "inc-event-3"


@pytest.fixture
def two(store: Store) -> Store:
    """A second crisis with an incident of its own, opened later."""
    import msgspec

    posts = [msgspec.structs.replace(p, id=f"x{p.id}") for p in crisis_posts(NOW, 8)]
    raised = alert(3, posts, at=posts[-1].published_at, level="red", headline="望汐街的另一种说法")
    raise_alert(store, raised, posts, now=NOW + timedelta(minutes=1))
    return store


def act(client: TestClient, path: str, **data: object):
    return client.post(path, data={**data, "csrf": client.csrf})


def test_a_merge_joins_the_incidents_and_its_undoing_parts_them(client: TestClient, two: Store) -> None:
    assert client.get("/incidents").text.count('data-key="inc-') == 2
    assert act(client, "/events/event-3/merge", target="event-1").status_code == 303
    page = client.get("/incidents").text
    assert page.count('data-key="inc-') == 1
    assert f'data-key="{ONE}"' in page
    assert "未办结 1" in page
    keeper = client.get(f"/incidents/{ONE}").text
    assert "已并入本记录" in keeper
    assert f'href="/incidents/{OTHER}"' in keeper
    assert re.search(r'badge level red">', keeper)
    assert "/alerts/alert-3-red" in keeper
    other = client.get(f"/incidents/{OTHER}").text
    assert "这条处置记录已并入" in other
    assert f'href="/incidents/{ONE}"' in other
    assert f'action="/incidents/{OTHER}/' not in other
    answer = act(client, f"/incidents/{OTHER}/move", state="checking")
    assert (answer.status_code, "请在那里处置" in answer.text) == (409, True)
    for path in ("/events/event-1", "/alerts/alert-3-red", "/"):
        text = client.get(path).text
        assert f"/incidents/{ONE}" in text
        assert f"/incidents/{OTHER}" not in text
    assert act(client, f"/incidents/{ONE}/move", state="checking").status_code == 303
    edit = re.search(r'name="edit" value="(\w+)"', client.get("/events/event-1").text)
    assert edit
    act(client, "/events/event-1/undo", edit=edit[1])
    assert client.get("/incidents").text.count('data-key="inc-') == 2
    assert "已并入" not in client.get(f"/incidents/{ONE}").text
    assert act(client, f"/incidents/{OTHER}/move", state="checking").status_code == 303
    assert "合并撤销" in client.get(f"/incidents/{OTHER}").text

"""The pages a liaison reads."""

import pytest
from starlette.testclient import TestClient

PAGES = (
    "/",
    "/posts",
    "/incidents",
    "/health",
    "/digests",
    "/password",
    "/alerts/alert-1-orange",
    "/alerts/alert-2-blue",
    "/incidents/inc-event-1",
    f"/posts/{1000:032x}",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert "text/html" in answer.headers["content-type"]

"""Whatever the desk shows is Chinese: names of parts and slugs stay in the log, the log book and the API."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from desk_seed import NOW
from starlette.testclient import TestClient

from commands.run import _children
from config.settings import Settings, from_environment
from desk import words
from models.vocabulary import SOURCE_REASON, source_reason
from store.engine import Store
from store.sources import Round, save_round

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "collection.md").read_text(encoding="utf-8")
PAGES = (
    "/",
    "/posts",
    f"/posts/{1000:032x}",
    "/incidents",
    "/incidents/inc-event-1",
    "/alerts/alert-1-orange",
    "/events/event-1",
    "/health",
    "/models",
    "/digests",
    "/password",
    "/login",
    "/nowhere",
)
ENGLISH = frozenset(("admin", "minyi", "models", "retrain", "word", "nlpcc", "thucnews", "weibo_senti"))
"""Names of accounts, commands, programs and data sets, which have no other."""
NAME = re.compile(r"https?://\S*|[a-z0-9_-]+(\.[a-z0-9_-]+)+\S*|[a-z_-]*[0-9][a-z0-9_-]*")  # addresses, hosts, ids
WORD = re.compile(r"[a-z][a-z_-]{2,}")
SEEN = ("title", "alt", "placeholder", "aria-label")


class Shown(HTMLParser):
    """What a page shows: its text and the attributes that are read out or appear under the pointer."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._hidden = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in ("script", "style")
        self.said += [value or "" for name, value in attrs if name in SEEN]

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.said.append(data)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_holds_no_english(client: TestClient, store: Store, path: str) -> None:
    with store.write() as conn:
        reason = "silent; partly: http-500 (澜汀 路况, 云溯); parser-died (警情)"
        save_round(conn, Round(source="澜汀论坛", started_at=NOW, seconds=1, state="quiet", reason=reason))
    page = client.get(path, follow_redirects=True).text
    found = {word for said in Shown(page).said for word in WORD.findall(NAME.sub("", said.lower()))}
    assert found - ENGLISH == set()


def test_every_reason_of_a_source_and_every_process_has_chinese_words(tmp_path: Path) -> None:
    table = DOCS[DOCS.index("| reason | state | means |") :].partition("\n\n")[0]
    reasons = {r for line in table.splitlines() for r in re.findall(r"`([a-z0-9-]+)`", line.split("|")[1])}
    assert len(reasons) > 30
    for reason in reasons | set(SOURCE_REASON):
        assert not re.search("[a-z]{3}", source_reason(reason).replace("robots.txt", "").replace("auth", "")), reason
    settings: Settings = from_environment(home=tmp_path)
    assert {spec.name for spec in _children(settings, 4200, example=8700)} == set(words.PROCESS)


def test_several_reasons_are_said_with_the_parts_they_are_about() -> None:
    said = source_reason("silent; partly: http-500 (甲, 乙 ...); timeout")
    assert said == "很久没有新内容；部分内容读不到：网站返回错误 500（甲、乙 ...）；响应超时"
    assert source_reason("http-403") == "网站拒绝访问"
    assert source_reason("of-tomorrow") == "of-tomorrow"

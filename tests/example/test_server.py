"""The example city over HTTP."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import feedparser
import pytest
import trafilatura

from example import feeds
from example.items import items
from example.server import City

ROOT = Path(__file__).resolve().parents[2]
STARTED = datetime(2026, 3, 5, 3, 30, tzinfo=UTC)
FEEDS = sorted(feeds.CHANNELS)


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = STARTED

    def __call__(self) -> datetime:
        return self.now


@contextmanager
def serving(clock: Clock) -> Iterator[City]:
    with City("127.0.0.1", 0, STARTED, clock) as city:
        thread = threading.Thread(target=city.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield city
        finally:
            city.shutdown()
            thread.join()


def get(
    city: City, path: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", city.server_address[1], timeout=10)
    try:
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def city(clock: Clock) -> Iterator[City]:
    with serving(clock) as city:
        yield city


@pytest.mark.parametrize("path", FEEDS)
def test_each_feed_parses_and_holds_every_item_with_its_time(city: City, path: str) -> None:
    status, headers, body = get(city, path)
    parsed = feedparser.parse(body)
    assert status == 200
    assert headers["Content-Type"].startswith("application/rss+xml")
    assert not parsed.bozo
    mine = [item for item in items(STARTED, STARTED) if item.platform == feeds.CHANNELS[path].platform]
    assert [entry.id for entry in parsed.entries] == [item.guid for item in mine]
    assert [entry.author for entry in parsed.entries] == [item.author for item in mine]
    assert all(entry.published.endswith("+0800") for entry in parsed.entries)
    said = [parsedate_to_datetime(entry.published) for entry in parsed.entries]
    assert said == [item.published_at for item in mine]


def test_the_forum_feed_carries_the_whole_text(city: City) -> None:
    entries = feedparser.parse(get(city, "/bbs/feed.xml")[2]).entries
    mine = [item for item in items(STARTED, STARTED) if item.platform == "bbs"]
    assert [plain(entry.content[0].value) for entry in entries] == [item.text for item in mine]
    assert [entry.title for entry in entries] == [item.title for item in mine]
    assert [int(entry.slash_comments) for entry in entries] == [item.comments for item in mine]


def plain(html: str) -> str:
    return html.removeprefix("<p>").removesuffix("</p>").replace("</p><p>", "\n")


def test_a_forwarded_post_is_shaped_as_rsshub_shapes_it(city: City) -> None:
    entries = feedparser.parse(get(city, "/weibo/feed.xml")[2]).entries
    reposts = [entry for entry in entries if "<blockquote> - 转发 " in entry.summary]
    ids = {entry.id for entry in entries}
    assert len(reposts) > 15
    assert all(" - 转发 @" in entry.title for entry in reposts)
    assert all(any(f'href="{guid}"' in entry.summary for guid in ids) for entry in reposts)
    (far,) = [entry for entry in entries if int(entry.reposts_count) > 2000]
    assert int(far.comments_count) > 1000
    (topical,) = [entry for entry in entries if [tag.term for tag in entry.get("tags", [])] == ["灯市口辅警按倒外卖员"]]
    assert 'class="surl-text">#灯市口辅警按倒外卖员#</span>' in topical.summary


def test_trafilatura_finds_the_article_and_leaves_the_furniture(city: City) -> None:
    articles = [item for item in items(STARTED, STARTED) if item.platform == "news"]
    for item in articles[:12]:
        text = trafilatura.extract(get(city, item.path)[2].decode()) or ""
        assert all(part in text for part in item.text.split("\n"))
        assert "版权所有" not in text
        assert "首页" not in text


def test_every_link_of_a_feed_leads_to_its_page(city: City) -> None:
    for path in FEEDS:
        entry = feedparser.parse(get(city, path)[2]).entries[0]
        assert entry.link.startswith(city.address)
        assert get(city, entry.link.removeprefix(city.address))[0] == 200


@pytest.mark.parametrize("path", FEEDS)
def test_an_unchanged_feed_answers_304_and_a_grown_one_200(city: City, clock: Clock, path: str) -> None:
    _, headers, _ = get(city, path)
    by_etag = {"If-None-Match": headers["ETag"]}
    by_date = {"If-Modified-Since": headers["Last-Modified"]}
    assert get(city, path, headers=by_etag)[::2] == (304, b"")
    assert get(city, path, headers={"If-None-Match": f'"other", W/{headers["ETag"]}'})[0] == 304
    assert get(city, path, headers=by_date)[::2] == (304, b"")
    assert get(city, path, headers={"If-Modified-Since": "never"})[0] == 200
    clock.now += timedelta(minutes=40)
    assert get(city, path, headers=by_etag)[0] == 200
    assert get(city, path, headers=by_date)[0] == 200
    assert get(city, path)[1]["ETag"] != headers["ETag"]


def test_the_feeds_grow_with_the_clock(city: City, clock: Clock) -> None:
    before = {entry.id for entry in feedparser.parse(get(city, "/weibo/feed.xml")[2]).entries}
    clock.now += timedelta(minutes=5)
    after = [entry.id for entry in feedparser.parse(get(city, "/weibo/feed.xml")[2]).entries]
    assert 5 <= len(set(after) - before) <= 15
    assert after[0] not in before


def test_a_post_taken_back_is_gone_and_its_page_says_so(city: City, clock: Clock) -> None:
    (gone,) = [item for item in items(STARTED, STARTED) if item.gone_at]
    assert get(city, gone.path)[0] == 200
    clock.now += timedelta(minutes=30)
    assert get(city, gone.path)[0] == 410
    assert gone.guid.encode() not in get(city, "/weibo/feed.xml")[2]


@pytest.mark.parametrize("path", ["/nothing", "/bbs/thread-1.html", "/weibo/1/2", "/bbs/", "/../etc/passwd"])
def test_an_unknown_path_is_404(city: City, path: str) -> None:
    assert get(city, path)[0] == 404


def test_a_page_of_the_future_is_404(city: City, clock: Clock) -> None:
    clock.now += timedelta(minutes=20)
    newest = items(clock.now, STARTED)[0]
    assert get(city, newest.path)[0] == 200
    clock.now = STARTED
    assert get(city, newest.path)[0] == 404


def test_index_robots_and_head(city: City) -> None:
    assert all(path in get(city, "/")[2].decode() for path in FEEDS)
    assert get(city, "/robots.txt")[2].startswith(b"User-agent: *")
    status, headers, body = get(city, "/bbs/feed.xml", method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) > 1000


def test_several_readers_at_once_get_the_same_feed(city: City) -> None:
    bodies: list[bytes] = []
    threads = [threading.Thread(target=lambda: bodies.append(get(city, "/weibo/feed.xml")[2])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bodies) == 8
    assert len(set(bodies)) == 1


def run(*args: str) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONWARNINGS": "error"}
    command = [sys.executable, "-m", "example", *args]
    return subprocess.Popen(command, cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_stops_cleanly(number: signal.Signals) -> None:
    process = run("--port", "0", "--started", "2026-03-05T11:30:00+08:00")
    assert process.stdout is not None
    assert "http://127.0.0.1:" in process.stdout.readline()
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_port_that_is_taken_ends_with_one_clear_line_and_code_2() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = run("--port", str(port))
        out, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert out == ""
    assert err.count("\n") == 1
    assert f"127.0.0.1:{port}" in err
    assert "--port" in err


@pytest.mark.parametrize(
    "wrong", [("--started", "yesterday"), ("--started", "2026-03-05T11:30:00"), ("--port", "99999")]
)
def test_wrong_arguments_end_with_code_2(wrong: tuple[str, str]) -> None:
    process = run(*wrong)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "Traceback" not in err

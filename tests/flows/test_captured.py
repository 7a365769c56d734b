"""Captured real feeds and a real WordPress site; left out where the captures are not at hand (MINYI_DATA)."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from local_site import QUICK, Collect, deliveries, entry, posts

from bus.memory import MemoryBus
from config.settings import PROJECT

WEB = Path(os.environ.get("MINYI_DATA") or PROJECT.parent / "shared" / "data") / "web"
MISSING = "the captured sites are not at hand: set MINYI_DATA"
pytestmark = pytest.mark.skipif(not (WEB / "serve.py").exists(), reason=MISSING)
FAULTS = [["--truncate-every", "2"], ["--drop-every", "3"], ["--error-every", "2"], ["--gzip"]]


@contextmanager
def served(folder: str, *options: str) -> Iterator[tuple[str, datetime]]:
    command = [sys.executable, str(WEB / "serve.py"), str(WEB / folder), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout is not None
        try:
            said = json.loads(child.stdout.readline())
            yield said["url"], datetime.fromtimestamp(said["captured_at"] or 1_795_262_400, UTC)
        finally:
            child.terminate()


def truth(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (WEB / name).read_text("utf-8").splitlines()]


def test_every_captured_feed_ends_in_an_honest_state(collect: Collect, bus: MemoryBus) -> None:
    rows = truth("fetched_feeds/expected.jsonl")
    with served("fetched_feeds") as (url, now):
        entries = [entry(str(r["url"]), f"{url}{r['url']}", platform="news", full_text="never") for r in rows]
        results = collect(*entries, now=now)
    assert {r.state for r in results} == {"ok"}
    assert sum(r.new for r in results) == len(posts(bus))
    assert sum(r.rejected for r in results) == len(deliveries(bus, "dead-letters"))
    entries_known = sum(r["feedparser_6_0_14"]["entries"] for r in rows)  # type: ignore[index]
    assert sum(r.new + r.rejected + r.duplicates for r in results) >= entries_known - 1


@pytest.mark.parametrize("feed", ["/feed/", "/feed/atom/", "/feed/rdf/"])
def test_wordpress_articles_keep_title_time_and_text(collect: Collect, bus: MemoryBus, feed: str) -> None:
    articles = {str(a["url"]).rpartition("/")[2]: a for a in truth("news_wordpress/expected.jsonl")}
    with served("news_wordpress") as (url, now):
        [first] = collect(entry("wp", f"{url}{feed}", platform="news"), now=now)
        [second] = collect(entry("wp", f"{url}{feed}", platform="news"), now=now)
    assert (first.state, first.new) == ("ok", 10)
    assert (second.new, second.changed) == (0, 0)
    for post in posts(bus):
        article = articles[post.url.rpartition("/")[2]]
        assert post.title == article["title"]
        assert abs(post.published_at.timestamp() - float(str(article["published_at"]))) <= 60
        want, got = "".join(str(article["body"]).split()), "".join(post.text.split())
        assert want[:30] == got[:30]
        assert str(article["author"]) not in post.author


def test_wordpress_comments_are_posts_without_their_authors_names(collect: Collect, bus: MemoryBus) -> None:
    names = {c["author"] for a in truth("news_wordpress/expected.jsonl") for c in a["comments"]}  # type: ignore[attr-defined]
    with served("news_wordpress") as (url, now):
        [result] = collect(entry("wp", f"{url}/comments/feed/"), now=now)
    assert (result.state, result.new) == ("ok", 10)
    assert not [name for name in names for d in deliveries(bus, "posts.collected") if str(name).encode() in d.value]


def test_a_changed_article_gains_a_revision(collect: Collect, bus: MemoryBus) -> None:
    with served("news_wordpress", "--switch-after", "2") as (url, now):  # robots.txt and the first feed
        source = entry("wp", f"{url}/feed", platform="news", full_text="never")
        [first] = collect(source, now=now)
        [second] = collect(source, now=now)
    assert (first.new, second.changed) == (10, 1)
    assert [p.revision for p in posts(bus) if p.revision] == [1]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_server_costs_rounds_not_posts(collect: Collect, bus: MemoryBus, fault: list[str]) -> None:
    with served("news_wordpress", *fault) as (url, now):
        source = entry("wp", f"{url}/feed", platform="news", full_text="never")
        for _ in range(6):
            collect(source, now=now, manners=QUICK)
    assert len({p.id for p in posts(bus)}) == 10

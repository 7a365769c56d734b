"""No raw author name or number of the captured sites is found in bus, store, logs, desk or reports. Needs them.

A name stays only where the site's own texts say it as an ordinary word; how often is counted in their truth.
"""

import asyncio
import json
import logging
import os
import re
import sqlite3
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest
from captured_authors import SITES, WEB, keywords, ordinary, people, rows, served
from local_site import KEY, Reply, Site, deliveries, entry, posts, rss

from bus.embedded import EmbeddedBus
from bus.messages import PostCollected
from bus.topics import ALL_TOPICS
from config.places import load_places
from config.settings import PROJECT
from config.sources import Manners, SourceEntry
from flows.collecting import RoundResult, collect_round
from flows.names import Naming
from store.engine import Store, open_store

pytestmark = [
    pytest.mark.skipif(not (WEB / "serve.py").exists(), reason="the captured sites are not at hand: set MINYI_DATA"),
    pytest.mark.slow,
    pytest.mark.timeout(600),
]
LEAST_POSTS = {"forum_discuz": 900, "forum_mybb": 190, "weibo": 50, "weibo open": 30, "weibo hub": 5, "wordpress": 10,
               "wordpress comments": 5, "wordpress later": 10}  # fmt: skip
ACCOUNT_PAGE = re.compile(rb"space-uid-\d|[?&;](?:uid|authorid)=\d|action=profile|weibo\.com/(?:u/)?\d{5}")


def sources(stack: ExitStack, site: Site) -> Iterator[tuple[SourceEntry, datetime]]:
    """Every captured site through every way it can be read."""
    for folder in ("forum_discuz", "forum_mybb"):
        url, at = stack.enter_context(served(folder))
        yield entry(folder, f"{url}/", kind="forum", platform=""), at
    url, at = stack.enter_context(served("weibo"))
    yield entry("weibo", f"{url}/", kind="weibo", platform="", api="mobile", keywords=keywords()), at
    yield entry("weibo open", f"{url}/", kind="weibo", platform="", api="open"), at
    site.routes["/weibo/keyword/x"] = Reply(hub())
    yield entry("weibo hub", f"{site.url}/weibo/keyword/x", kind="weibo", platform="", api="rsshub"), at
    url, at = stack.enter_context(served("news_wordpress"))
    yield entry("wordpress", f"{url}/feed/", platform="news"), at
    yield entry("wordpress comments", f"{url}/comments/feed/", platform="other"), at
    url, at = stack.enter_context(served("news_wordpress", "--state", "2"))
    yield entry("wordpress later", f"{url}/feed/", platform="news", full_text="always"), at
    url, at = stack.enter_context(served("fetched_feeds"))
    for row in rows("fetched_feeds"):
        yield entry(str(row["url"]), f"{url}{row['url']}", platform="news", full_text="never"), at
    url, at = stack.enter_context(served("fetched_articles"))
    for row in rows("fetched_articles"):
        yield entry(str(row["url"]), f"{url}{row['url']}", kind="page", platform="news"), at


def hub() -> bytes:
    """The captured posts as an RSSHub would list them: name in front of the title, number in the address."""
    items = []
    for n, row in enumerate(rows("weibo")[:40]):
        name, uid = row["user"], row["uid"]
        address = f"https://weibo.com/{uid}/Zz{n:07d}"
        text = escape(f"{name}：{row['text']}<br>见 https://weibo.com/u/{uid} 或 https://weibo.com/n/{name}")
        items.append(
            f"<item><title>{escape(name)}：{escape(row['text'][:20])}</title><link>{address}</link><author>{name}</author>"
            f"<guid isPermaLink='false'>{address}</guid><description>{text}</description></item>"
        )
    items.append(f"<item><title></title><author>{name}</author><link>https://weibo.com/{uid}/Zz9999999</link></item>")
    return rss("".join(items))


def test_no_author_of_the_captured_sites_is_found_anywhere(site: Site, tmp_path: Path, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    home = tmp_path / "home"
    store, bus = open_store(f"sqlite:///{home / 'minyi.db'}"), EmbeddedBus(home / "bus.db")
    naming = Naming.of(load_places(PROJECT / "config" / "places.yaml"))
    results: list[RoundResult] = []
    with ExitStack() as stack:
        for source, at in sources(stack, site):
            round_ = collect_round(
                [source], store=store, bus=bus, key=KEY, manners=Manners(retries=0), now=at, home=home, naming=naming
            )
            results += asyncio.run(round_)
    new = {r.source: r.new for r in results}
    assert {r.state for r in results} <= {"ok", "quiet"}, results
    assert not {name: new[name] for name, least in LEAST_POSTS.items() if new[name] < least}
    collected = posts(bus)
    letters = [d.value.decode() for d in deliveries(bus, "dead-letters")]
    assert letters
    while_open = {f"open {p.name}": p.read_bytes() for p in home.iterdir() if p.is_file()}  # the write-ahead logs too
    bus.close()
    the_other_half(home, tmp_path)
    pages = desk_pages(store, home)
    store.close()
    written = {str(p.relative_to(tmp_path)): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    written |= while_open | pages | unzipped(written)
    written |= {"log of collect": (caplog.text + repr(results)).encode(), "dead letters": "\n".join(letters).encode()}
    assert any("-wal" in name for name in written)
    assert any(name.endswith("document.xml") for name in written)
    assert all(topic.name.encode() in written["home/bus.db"] for topic in ALL_TOPICS)
    assert sorted(set(leaks(collected, written))) == []


def leaks(collected: list[PostCollected], written: dict[str, bytes]) -> Iterator[str]:
    """Where a raw name or number stands. Names that are also ordinary words are counted in the posts."""
    said = [p.title + "\n" + p.text for p in collected]
    labels = [repr((p.author, p.url, p.region, p.source, p.id, p.parent, p.repost_of)) for p in collected]
    everybody = {name for folder in SITES for name in people(folder)[0]}
    spoken = {name: sum(ordinary(folder, name) for folder in SITES) for name in everybody}
    numbers = {number for folder in SITES for number in people(folder)[1]}
    assert len(everybody) > 80
    assert len(numbers) > 10
    for name, times in spoken.items():
        if sum(name in label for label in labels):
            yield f"{name}: a field or address"
        if times and sum(text.count(name) for text in said) > 2 * times:  # two sources of one site show a post twice
            yield f"{name}: said more often than as a word"
    secrets = numbers | {name for name, times in spoken.items() if not times}
    for secret in secrets:
        ways = {secret.encode(), json.dumps(secret).strip('"').encode(), quote(secret).encode()}
        yield from (f"{secret}: {file}" for file, content in written.items() if any(way in content for way in ways))
    yield from (f"the key: {file}" for file, content in written.items() if KEY.hex().encode() in content)
    yield from (f"account page: {file}" for file, content in written.items() if ACCOUNT_PAGE.search(content))


def unzipped(files: dict[str, bytes]) -> dict[str, bytes]:
    """The parts of the Word files."""
    import io

    parts: dict[str, bytes] = {}
    for name in [n for n in files if n.endswith(".docx")]:
        with zipfile.ZipFile(io.BytesIO(files[name])) as archive:
            parts |= {f"{name}/{part}": archive.read(part) for part in archive.namelist()}
    return parts


def the_other_half(home: Path, out: Path) -> None:
    """Score, detect, archive, notify, report and list, with the metrics and logs of all that."""
    metrics = out / "metrics"
    metrics.mkdir()
    env = {**os.environ, "MINYI_HOME": str(home), "MINYI_BUS": "embedded", "PROMETHEUS_MULTIPROC_DIR": str(metrics)}
    env.pop("MINYI_STORE", None)
    runs = [["consume", "all", "--until-idle"]]
    runs += [["digest", "--week", week, "--out", str(out / "reports")] for week in ("2026-W45", "2026-W46", "2026-W47")]
    runs += [[name, "--json", "--limit", "0"] for name in ("posts", "events", "alerts")]
    runs += [["health"], ["health", "--json"], ["dead-letters", "list"], ["dead-letters", "list", "--json"]]
    for number, words in enumerate(runs):
        with (out / f"{number} {words[0]}.log").open("wb") as log:
            code = subprocess.run(
                [sys.executable, "-m", "cli", *words], env=env, cwd=PROJECT, check=False, stdout=log, stderr=log,
                timeout=300,
            ).returncode  # fmt: skip
        assert code == 0 or words[0] in ("health", "dead-letters"), (words, code)
    with sqlite3.connect(home / "minyi.db") as conn:
        assert conn.execute("SELECT count(*) FROM posts").fetchone()[0] > 900
    assert (out / "5 events.log").read_bytes().count(b"\n") >= 0


def desk_pages(store: Store, home: Path) -> dict[str, bytes]:
    """What a signed-in person sees: lists, and a few dozen posts and alerts opened."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # starlette asks for a successor of httpx that is not out yet
        from starlette.testclient import TestClient

    from desk.app import create_app
    from desk.sessions import COOKIE, LASTS
    from store.people import make_operator, open_session

    now = datetime.now(UTC)
    with store.write() as conn:
        make_operator(conn, "admin", "k7mw-3fqx-9tpd", role="admin", now=now)
        token = open_session(conn, "admin", now=now, lasts=LASTS)
    seen: dict[str, bytes] = {}
    app = create_app(store, home=home, now=lambda: now)
    with TestClient(app, base_url="http://127.0.0.1:8600", client=("127.0.0.1", 50000)) as client:
        client.cookies.set(COOKIE, token)
        todo = [
            "/posts",
            "/",
            "/incidents",
            "/health",
            "/digests",
            "/metrics",
            "/api/posts",
            "/api/alerts",
            "/api/health",
        ]
        while todo:
            path = todo.pop(0)
            answer = client.get(path)
            assert answer.status_code == 200, path
            seen[f"desk {path}"] = answer.content
            links = re.findall(r'href="(/(?:posts|alerts|incidents)[/?][^"#]+)"', answer.text) if len(seen) < 12 else []
            todo += [link.replace("&amp;", "&") for link in dict.fromkeys(links)][:40]
    assert len(seen) > 20
    return seen

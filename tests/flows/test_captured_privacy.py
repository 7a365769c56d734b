"""No raw author name or id of the captured sites is found in bus, store, logs or reports. Needs the captures."""

import asyncio
import json
import logging
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from local_site import KEY, entry, posts

from bus.embedded import EmbeddedBus
from config.settings import PROJECT
from config.sources import Manners
from flows.collecting import collect_round
from store.engine import open_store

WEB = Path(os.environ.get("MINYI_DATA") or PROJECT.parent / "shared" / "data") / "web"
pytestmark = [
    pytest.mark.skipif(not (WEB / "serve.py").exists(), reason="the captured sites are not at hand: set MINYI_DATA"),
    pytest.mark.slow,
    pytest.mark.timeout(300),
]
SITES = {
    "forum_discuz": {"kind": "forum", "platform": ""},
    "forum_mybb": {"kind": "forum", "platform": ""},
    "weibo": {"kind": "weibo", "platform": ""},
    "news_wordpress": {"kind": "feed", "platform": "news"},
}
LEAST_POSTS = {"forum_discuz": 900, "forum_mybb": 190, "weibo": 50, "news_wordpress": 10}
PATHS = {"news_wordpress": "/feed/"}
LEAST_CHARS = 2


@contextmanager
def served(folder: str) -> Iterator[tuple[str, datetime]]:
    command = [sys.executable, str(WEB / "serve.py"), str(WEB / folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout is not None
        try:
            said = json.loads(child.stdout.readline())
            yield said["url"], datetime.fromtimestamp(said["captured_at"], UTC)
        finally:
            child.terminate()


def rows(folder: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (WEB / folder / "expected.jsonl").read_text("utf-8").splitlines()]


def names_and_ids(folder: str) -> tuple[set[str], set[str]]:
    """Raw author names and native account ids of a site's truth."""
    names: set[str] = set()
    numbers: set[str] = set()
    for row in rows(folder):
        for key in ("author", "user", "author_uid", "user_id", "uid"):
            value = row.get(key)
            for part in value.values() if isinstance(value, dict) else [value]:
                text = str(part or "").strip()
                if re.fullmatch(r"\d{5,}", text):
                    numbers.add(text)
                elif len(text) >= LEAST_CHARS and not text.isdigit():
                    names.add(text)
    return names, numbers


def words_of(folder: str) -> str:
    """What people wrote there: a name that somebody else's text holds is no leak of ours."""
    said = ("title", "body", "text", "text_in_list", "location")
    return "\n".join(str(row.get(key) or "") for row in rows(folder) for key in said)


def keywords(folder: str) -> list[str]:
    found = {k for row in rows(folder) for f in row.get("found") or [] if (k := f.get("kw"))}
    return sorted(found)


def test_no_author_of_the_captured_sites_is_found_anywhere(tmp_path: Path, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    home = tmp_path / "home"
    store, bus = open_store(f"sqlite:///{home / 'minyi.db'}"), EmbeddedBus(home / "bus.db")
    with ExitStack() as stack:
        entries, moments = [], []
        for folder, fields in SITES.items():
            url, at = stack.enter_context(served(folder))
            more = {"keywords": keywords(folder)} if fields["kind"] == "weibo" else {}
            entries.append(entry(folder, f"{url}{PATHS.get(folder, '/')}", **{**fields, **more}))
            moments.append(at)
        results = [
            asyncio.run(
                collect_round([e], store=store, bus=bus, key=KEY, manners=Manners(retries=0), now=at, home=home)
            )[0]
            for e, at in zip(entries, moments, strict=True)
        ]
    collected = posts(bus)
    by_source = {folder: [p for p in collected if p.source == folder] for folder in SITES}
    assert all(r.state in ("ok", "quiet") and r.new >= LEAST_POSTS[r.source] for r in results), results
    scored = score_and_keep(home, tmp_path)
    assert scored > 0
    bus.close()
    store.close()
    files = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    files |= {p / n: zipfile.ZipFile(p).read(n) for p in list(files) if p.suffix == ".docx" for n in unzipped(p)}
    assert any(p.suffix == ".docx" for p in files)
    leaks: list[str] = []
    spoken = "\n".join(words_of(folder) for folder in SITES)
    for folder in SITES:
        names, numbers = names_and_ids(folder)
        assert names
        fields = [(p.author, p.url, p.title, p.region) for p in by_source[folder]]
        leaks += [f"{folder}: an author field or address" for n in names | numbers if any(n in repr(f) for f in fields)]
        for secret in numbers | {n for n in names if n not in spoken}:
            if secret in caplog.text + repr(results):
                leaks.append(f"{folder}: log")
            leaks += [f"{folder}: {p.name}" for p, content in files.items() if secret.encode() in content]
    assert not leaks, sorted(set(leaks))


def unzipped(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def score_and_keep(home: Path, out: Path) -> int:
    """Run the other half of minyi over the posts: store and report. How many posts the store has."""
    import sqlite3

    env = {**os.environ, "MINYI_HOME": str(home), "MINYI_BUS": "embedded"}
    env.pop("MINYI_STORE", None)
    minyi = [sys.executable, "-m", "cli"]
    with (out / "consume.log").open("wb") as log:
        subprocess.run(
            [*minyi, "consume", "all", "--until-idle"], env=env, cwd=PROJECT, check=True, stdout=log, stderr=log,
            timeout=200,
        )  # fmt: skip
        for week in ("2026-W46", "2026-W47"):
            digest = [*minyi, "digest", "--week", week, "--out", str(out / "reports")]
            subprocess.run(digest, env=env, cwd=PROJECT, check=True, stdout=log, stderr=log, timeout=100)
    with sqlite3.connect(home / "minyi.db") as conn:
        return int(conn.execute("SELECT count(*) FROM posts").fetchone()[0])

"""kill -9 at any moment of `minyi collect`: no post missing, none twice."""

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from local_site import Reply, Request, Site, item, posts, rss

from bus.embedded import EmbeddedBus

FEEDS, ITEMS, KILLS = 12, 25, 10
PROJECT = Path(__file__).resolve().parents[2]


def slow_feeds(site: Site, whole: list[str]) -> None:
    """Feeds that answer a little late, with an ETag: an address marked as read too early would lose its posts."""
    for n in range(FEEDS):
        body = rss(*(item(f"{n}-{i}", f"{n} 号路口第 {i} 盏信号灯又坏了，交警来得很快。") for i in range(ITEMS)))

        def answer(request: Request, body: bytes = body) -> Reply:
            if request.headers.get("if-none-match") == '"1"':
                return Reply(status=304)
            whole.append(request.path)
            return Reply(body, headers={"etag": '"1"'}, hang_s=0.05)

        site.routes[f"/{n}"] = answer


def collect(
    home: Path, config: Path, until: Callable[[], bool] | None = None, wait_s: float = 0
) -> list[dict[str, Any]] | None:
    """One `minyi collect --once`, killed `wait_s` after `until()`; its results, None when it was killed."""
    env = {**os.environ, "MINYI_HOME": str(home), "MINYI_BUS": "embedded"}
    env.pop("MINYI_STORE", None)
    argv = [sys.executable, "-m", "cli", "collect", "--once", "--json", "--sources", str(config)]
    with subprocess.Popen(
        argv, env=env, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as child:
        while until is not None and child.poll() is None:
            if until():
                time.sleep(wait_s)
                if child.poll() is None:
                    os.killpg(child.pid, signal.SIGKILL)
                    child.communicate()
                    return None
                break
            time.sleep(0.002)
        out, _ = child.communicate(timeout=60)
    return [json.loads(line) for line in out.splitlines()]


def remembered(home: Path) -> set[tuple[str, str, int]]:
    if not (home / "minyi.db").exists():
        return set()
    with contextlib.closing(sqlite3.connect(home / "minyi.db")) as conn:
        try:
            return set(conn.execute("SELECT id, digest, revision FROM seen"))
        except sqlite3.OperationalError:  # its tables are just being made
            return set()


def counted_as_new(home: Path) -> int:
    with contextlib.closing(sqlite3.connect(home / "minyi.db")) as conn:
        return int(conn.execute("SELECT coalesce(sum(new), 0) FROM rounds").fetchone()[0])


def on_the_bus(home: Path) -> list[tuple[str, int, str]]:
    bus = EmbeddedBus(home / "bus.db")
    try:
        return [(p.id, p.revision, p.text) for p in posts(bus)]
    finally:
        bus.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_again_and_again_it_ends_where_an_undisturbed_run_ends(site: Site, tmp_path: Path) -> None:
    whole: list[str] = []
    slow_feeds(site, whole)
    config = tmp_path / "sources.yaml"
    entries = [
        {"name": str(n), "kind": "feed", "url": f"{site.url}/{n}", "platform": "forum", "jurisdiction": "澜汀市"}
        for n in range(FEEDS)
    ]
    config.write_text(json.dumps({"sources": entries, "manners": {"robots": False}}), encoding="utf-8")
    calm, hit = tmp_path / "calm", tmp_path / "hit"
    undisturbed = collect(calm, config)
    assert undisturbed is not None
    assert sum(r["new"] for r in undisturbed) == FEEDS * ITEMS
    chance = random.Random(20261121)
    moments: list[int] = []
    for turn in range(KILLS):
        answered, kept = len(whole) + chance.randint(1, 2), len(remembered(hit)) + chance.randint(0, 1) * ITEMS
        on_answer = turn % 3 == 0
        if (
            collect(
                hit,
                config,
                lambda a=answered, k=kept, early=on_answer: len(whole) >= a if early else len(remembered(hit)) > k,
                chance.uniform(0, 0.02),
            )
            is None
        ):
            moments.append(len(remembered(hit)))
    assert len([m for m in moments if m < FEEDS * ITEMS]) >= 3, "nothing was killed half-way"
    last = collect(hit, config)
    assert last is not None
    assert {r["state"] for r in last} == {"ok"}
    assert remembered(hit) == remembered(calm)
    assert counted_as_new(hit) <= FEEDS * ITEMS  # rounds that were killed before their end counted nothing
    sent = Counter(on_the_bus(hit))
    assert set(sent) == set(on_the_bus(calm))  # a repetition has the same id, revision and words: one row in the store
    again = collect(hit, config)
    assert again is not None
    assert sum(r["new"] + r["changed"] for r in again) == 0
    print(f"killed {len(moments)} times with {moments} of {FEEDS * ITEMS} remembered; {sent.total()} messages")

"""kill -9 at any moment while real forums and Weibo are collected; left out where the captures are not at hand."""

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from dying import POINTS
from forum_truth import ENGINES, SITES, Served, score, serve, truth
from local_site import posts

from bus.embedded import EmbeddedBus
from bus.messages import PostCollected
from config.settings import PROJECT
from flows.sources.weibo_status import post_id

pytestmark = [
    pytest.mark.skipif(not (SITES / "serve.py").exists(), reason="the captured sites are not here"),
    pytest.mark.slow,
    pytest.mark.timeout(300),
]
MOMENTS = 4  # kills from outside, after a random while
NTH = {"half-published": (2, 20), "published": (1, 2), "in-transaction": (1, 2), "kept": (1, 2), "settled": (1, 1)}
"""Point -> the first and last time at which the process may die there."""
COLLECTED = frozenset(PostCollected.__struct_fields__) - {"collected_at"}
KEYWORDS = ["派出所", "交警", "诈骗", "报警"]
SOURCES: dict[str, list[dict[str, Any]]] = {
    "forum_discuz": [{"name": "bbs", "kind": "forum"}],
    "forum_mybb": [{"name": "bbs", "kind": "forum"}],
    "weibo": [
        {"name": "search", "kind": "weibo", "api": "mobile", "keywords": KEYWORDS},
        {"name": "home", "kind": "weibo", "api": "open"},
    ],
}


@dataclass
class Home:
    """One installation, its commands run as processes whose clock says when the site was captured."""

    folder: Path
    now: float
    config: Path
    kills: list[str] = field(default_factory=list)

    def start(self, *words: str, point: str = "never", nth: int = 1) -> "subprocess.Popen[bytes]":
        env = {**os.environ, "MINYI_HOME": str(self.folder), "MINYI_BUS": "embedded"}
        env.pop("MINYI_STORE", None)
        argv = [sys.executable, str(PROJECT / "tests" / "flows" / "dying.py"), str(self.now), point, str(nth), *words]
        out, lost = subprocess.PIPE, subprocess.DEVNULL
        return subprocess.Popen(argv, env=env, cwd=PROJECT, stdout=out, stderr=lost, start_new_session=True)

    def collect(self, *, point: str = "never", nth: int = 1, after_s: float | None = None) -> list[dict[str, Any]]:
        """One round, or what of it there was before the process died; [] when it died."""
        words = ("collect", "--once", "--json", "--sources", str(self.config))
        with self.start(*words, point=point, nth=nth) as child:
            if after_s is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(after_s)
                if child.poll() is None:
                    os.killpg(child.pid, signal.SIGKILL)
            out, _ = child.communicate(timeout=60)
        if child.returncode == -signal.SIGKILL:
            self.kills.append(f"{point if after_s is None else 'outside'} at {len(self.remembered())}")
            return []
        return [json.loads(line) for line in out.splitlines()]

    def archive(self) -> None:
        with self.start("consume", "score", "archive", "--until-idle") as child:
            assert child.wait(60) == 0

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        if not (self.folder / "minyi.db").exists():
            return []
        with contextlib.closing(sqlite3.connect(self.folder / "minyi.db")) as conn:
            try:
                return conn.execute(query).fetchall()
            except sqlite3.OperationalError:  # its tables are just being made
                return []

    def remembered(self) -> set[tuple[str, str, int]]:
        return set(self.rows("SELECT id, digest, revision FROM seen"))

    def archived(self) -> dict[str, dict[str, Any]]:
        """Every archived post with all that was collected of it, but when. (Scores differ in the fourth digit with the
        batch they were made in.)"""
        found = self.rows("SELECT id, title, text, rest_json FROM posts")
        assert len(found) == len({row[0] for row in found})
        kept = {i: {**json.loads(rest), "title": title, "text": text} for i, title, text, rest in found}
        return {i: {k: v for k, v in row.items() if k in COLLECTED} for i, row in kept.items()}

    def sent(self) -> list[PostCollected]:
        bus = EmbeddedBus(self.folder / "bus.db")
        try:
            return posts(bus)
        finally:
            bus.close()


def home(folder: Path, site: Served, name: str) -> Home:
    folder.mkdir()
    (folder / "pseudonym.key").write_bytes(bytes(range(32)))
    (folder / "pseudonym.key").chmod(0o600)
    config = folder / "sources.yaml"
    entries = [{**entry, "url": site.url, "jurisdiction": "澜汀市"} for entry in SOURCES[name]]
    manners = {"visits": 1}  # one after the other: a post of two APIs is then always found by the same one first
    config.write_text(json.dumps({"sources": entries, "manners": manners}), encoding="utf-8")
    return Home(folder, site.now.timestamp(), config)


def deaths(chance: random.Random, start_s: float, whole_s: float) -> list[dict[str, Any]]:
    """Where or when a round dies: at all chosen points, among random moments of its first part."""
    plans: list[dict[str, Any]] = [{"point": p, "nth": chance.randint(*NTH[p])} for p in (*POINTS, *POINTS[:4])]
    plans += [{"after_s": start_s * 0.8 + chance.uniform(0, 0.2 * whole_s)} for _ in range(MOMENTS)]
    chance.shuffle(plans)
    return sorted(plans, key=lambda plan: plan.get("point") == "settled")  # there all has been read


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_killed_at_many_moments_the_archive_is_that_of_an_undisturbed_run(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(20261121)
    began = time.monotonic()
    with serve(SITES / name, tmp_path / "log.jsonl") as site:
        calm = home(tmp_path / "calm", site, name)
        assert {r["state"] for r in calm.collect()} == {"ok"}
        whole_s = time.monotonic() - began
        calm_again = calm.collect()
        hits = [home(tmp_path / "hit-1", site, name)]
        for death in deaths(chance, time.monotonic() - began - whole_s, whole_s):
            if hits[-1].collect(**death):  # it came to its end before its death: another one, from the beginning
                hits.append(home(tmp_path / f"hit-{len(hits) + 1}", site, name))
        hits = [hit for hit in hits if hit.kills]
        ends = [(hit.collect(), hit.collect()) for hit in hits]
    for one in (calm, *hits):
        one.archive()
    wanted = calm.archived()
    kills, compared, repetitions = [k for hit in hits for k in hit.kills], 0, 0
    for hit, (last, again) in zip(hits, ends, strict=True):
        got, sent = hit.archived(), hit.sent()
        assert {r["state"] for r in last} == {r["state"] for r in again} == {"ok"}
        assert complete(name, site, got, sent)
        assert got.keys() == wanted.keys()
        assert [i for i in wanted if got[i] != wanted[i]] == []
        messages = {(p.id, p.revision, p.title, p.text) for p in sent}
        assert len(messages) == len(got)  # what came twice came as it was: the same id, revision and words
        assert hit.remembered() == calm.remembered()
        assert [(r["new"], r["changed"], r["withdrawn"]) for r in again] == [(0, 0, 0)] * len(again)
        assert [r["requests"] for r in again] == [r["requests"] for r in calm_again]  # a cursor as good as the other
        compared += len(got)
        repetitions += len(sent) - len(messages)
    with capsys.disabled():
        print(
            f"\n{name}: {len(kills)} kills in {len(hits)} homes ({', '.join(kills)}); {compared} posts compared, ",
            end="",
        )
        print(f"{repetitions} repeated on the bus, {time.monotonic() - began:.0f} s")
    assert len(kills) >= 10
    assert len([k for k in kills if 0 < int(k.split()[-1]) < len(wanted)]) >= 4, "nothing was killed half-way"


def complete(name: str, site: Served, got: dict[str, Any], sent: list[PostCollected]) -> bool:
    """Whether everything the site's own database has is there, and nothing else."""
    rows = truth(SITES / name)
    if name == "weibo":
        return got.keys() == {post_id(row["mid"]) for row in rows}
    found = score(sent, rows, engine=ENGINES[name], url=site.url, key=bytes(range(32)))
    return found.recall >= 0.995 and found.extra == 0

"""`minyi drill`: a fictional crisis through the real consumers, marked from first to last, gone afterwards."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bus.messages import AlertRaised, PostScored
from commands.common import load_analyzer, settings
from commands.drill import as_post, identities
from config.alerts import load_alerts
from config.settings import PROJECT
from consumers.archive import archiver
from consumers.detect import Detector
from consumers.score import scorer
from example.drill import SCENARIOS, scenario
from models.drill import DRILL, MARK
from reports.figures import period_figures
from reports.period import IsoWeek
from store.engine import Store, open_store
from store.figures import totals
from store.posts import PostFilter
from store.tables import metadata

pytestmark = pytest.mark.timeout(180)
NOW = datetime.now(UTC)
AUDIENCES = """
audiences:
  - name: 参演
    channels: [{kind: webhook, url_env: HOOK_DRILL}]
    drills: true
  - name: 真实
    channels: [{kind: webhook, url_env: HOOK_REAL}]
"""


class Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.told.append((self.path, body))  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@dataclass
class Place:
    """An installation with one real post, whose consumers do not run, and two web hooks."""

    home: Path
    store: Store
    env: dict[str, str]
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def start(self, *args: str) -> subprocess.Popen[str]:
        argv = [sys.executable, "-m", "cli", "drill", "--home", str(self.home), *args]
        pipe = subprocess.PIPE
        return subprocess.Popen(argv, env=self.env, cwd=PROJECT, stdout=pipe, stderr=pipe, text=True)

    def drill(self, *args: str) -> tuple[int, str, str]:
        process = self.start(*args)
        said, problems = process.communicate(timeout=150)
        return process.returncode, said, problems

    def rows(self) -> dict[str, list[Any]]:
        """All tables but the counters."""
        with self.store.read() as conn:
            tables = [t for t in metadata.sorted_tables if t.name != "changes"]
            return {t.name: sorted((tuple(r) for r in conn.execute(t.select())), key=repr) for t in tables}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    config, home = tmp_path / "config", tmp_path / "home"
    shutil.copytree(PROJECT / "config", config, ignore=shutil.ignore_patterns("__pycache__"))
    (config / "audiences.yaml").write_text(AUDIENCES, encoding="utf-8")
    home.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    server.told = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    env = {k: v for k, v in os.environ.items() if not k.startswith("MINYI_")}
    env |= {"MINYI_CONFIG": str(config), "HOOK_DRILL": f"{url}/drill", "HOOK_REAL": f"{url}/real"}
    store = open_store(f"sqlite:///{home / 'minyi.db'}")
    archiver(store, load_alerts(), now=lambda: NOW)([real_post()])
    yield Place(home, store, env, server.told)  # type: ignore[attr-defined]
    store.close()
    server.shutdown()
    server.server_close()
    thread.join()


def real_post() -> PostScored:
    return PostScored(
        id="aa",
        text="望汐派出所的民警很热心",
        jurisdiction="澜汀市",
        source="澜汀论坛",
        published_at=NOW,
        collected_at=NOW,
    )


def test_a_drill_goes_through_everything_marked_and_leaves_nothing(place: Place) -> None:
    before = place.rows()
    code, said, problems = place.drill("--minutes", "0.05", "--json")
    steps = {row["step"]: row for row in map(json.loads, said.splitlines())}
    assert code == 0, problems
    for name in ("published", "scored", "event", "blue", "orange", "incident", "delivered", "marked", "cleaned"):
        assert steps[name]["ok"] is True, problems
    assert place.rows() == before
    assert {path for path, _ in place.told} == {"/drill"}
    assert {body["type"] for _, body in place.told} == {"alert", "all_clear"}
    for _, body in place.told:
        assert body["title"].startswith(MARK)
        assert body["text"].startswith(MARK)
        assert body["headline"].startswith(MARK)
        assert body["drill"] is True
    assert not (place.home / "drill.json").exists()


def test_what_a_killed_drill_left_is_counted_nowhere_and_the_next_call_removes_it(place: Place) -> None:
    before = place.rows()
    process = place.start("--minutes", "0.5")
    end = time.monotonic() + 60
    while len(place.rows()["alerts"]) < 1:
        assert time.monotonic() < end
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    week = IsoWeek.of(NOW)
    with place.store.read() as conn:
        assert totals(conn, PostFilter()).posts == 1
        assert totals(conn, PostFilter(jurisdiction=DRILL)).posts > 1
        digest = period_figures(conn, week.period(), now=NOW + timedelta(hours=1), base_url="")
    assert MARK not in repr(digest)
    code, _, problems = place.drill("--clean")
    assert code == 0, problems
    assert place.rows() == before


def test_a_second_drill_at_the_same_time_is_refused(place: Place) -> None:
    with (place.home / "drill.lock").open("w") as lock:
        lock.write("4711")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, _, problems = place.drill("--minutes", "0.05")
    assert code == 1
    assert "a drill already runs" in problems
    assert "4711" in problems


@pytest.mark.parametrize("minutes", [0.1, 15.0])
@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_every_scenario_reaches_orange_as_one_event_at_every_pace(name: str, minutes: float) -> None:
    said = scenario(name)
    ids = identities(said, "00")
    pause = timedelta(minutes=minutes) / (len(said) - 1)
    posts = [as_post(one, n, ids, NOW + n * pause) for n, one in enumerate(said)]
    assert all(p.text.startswith(MARK) for p in posts)
    scored = [m for result in scorer(load_analyzer(settings()))(posts) for m in result]  # type: ignore[union-attr]
    assert len(scored) == len(posts), "no post is rejected"
    found = [m for out in Detector(load_alerts()).handle(scored) for m in out if isinstance(m, AlertRaised)]
    assert "orange" in {alert.level for alert in found}
    assert found[0].level == "blue"
    assert all(alert.headline.startswith(MARK) for alert in found)


def test_ctrl_c_in_the_middle_cleans_up_too(place: Place) -> None:
    before = place.rows()
    process = place.start("--minutes", "2")
    end = time.monotonic() + 60
    while len(place.rows()["posts"]) < 2:
        assert time.monotonic() < end
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, problems = process.communicate(timeout=60)
    assert process.returncode == 1, problems
    assert "interrupted" in problems
    assert place.rows() == before

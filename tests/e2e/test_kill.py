"""kill -9 anywhere: nothing lost, nothing doubled, the alerts the log holds and no others, each delivered once."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bus import Bus, connect
from bus.messages import AlertRaised, decode
from bus.topics import POSTS_COLLECTED, POSTS_SCORED
from commands.supervisor import Child, ChildSpec, Supervisor
from config.alerts import load_alerts
from config.settings import PROJECT
from consumers.detect import Detector
from example.items import items

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]
STARTED = datetime.now(UTC) - timedelta(minutes=30)  # a back-fill of old posts would rightly raise nothing
CONSUMERS = ("score", "detect", "archive", "notify")
FILL = 12_000  # ordinary posts around the crisis, so that every part is busy while it is killed
KILLS = 14
AT_ROWS = (1_000, 6_000)  # of the import, when it is killed
QUIET_S = 300


class Hook(ThreadingHTTPServer):
    """A web hook that counts what it is told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.told: list[dict[str, Any]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class Answer(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append(json.loads(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def hook() -> Iterator[Hook]:
    server = Hook()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def posts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example city's week with its crisis, among many ordinary posts, in time order, as rows to import."""
    rng = random.Random(20261116)
    words = "今天 天气 不错 一起 吃饭 公园 散步 电影 好看 地铁 人多 下班 回家 爬山 打球 咖啡"
    rows = [
        {
            "url": f"http://127.0.0.1{i.path}",
            "title": i.title,
            "text": i.text,
            "author": i.author,
            "published_at": i.published_at.isoformat(),
            "platform": {"bbs": "forum"}.get(i.platform, i.platform),
        }
        for i in items(STARTED + timedelta(minutes=25), STARTED)
    ]
    for n in range(FILL):
        at = STARTED - timedelta(days=2) + timedelta(seconds=n * 2 * 86_400 / FILL)
        text = f"第{n}条:" + "".join(rng.sample(words.split(), 8))
        row = {"url": f"http://127.0.0.1/fill/{n}", "text": text, "author": f"路人{n % 997}"}
        rows.append({**row, "published_at": at.isoformat()})
    rows.sort(key=lambda r: str(r["published_at"]))
    path = tmp_path_factory.mktemp("posts") / "posts.jsonl"
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
    return path


def environment(home: Path, bus: str, hook_url: str) -> dict[str, str]:
    """A home with one audience: the web hook, which wants every level."""
    config = home / "config"
    shutil.copytree(PROJECT / "config", config, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    channel = {"kind": "webhook", "url_env": "MINYI_WEBHOOK_TEST"}
    audience = {"name": "值班室", "min_level": "blue", "channels": [channel]}
    (config / "audiences.yaml").write_text(json.dumps({"audiences": [audience]}, ensure_ascii=False), encoding="utf-8")
    where = {"MINYI_HOME": str(home), "MINYI_CONFIG": str(config), "MINYI_BUS": bus, "MINYI_WEBHOOK_TEST": hook_url}
    return {**os.environ, **where}


def minyi(env: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "cli", *args]
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=300, cwd=PROJECT)


def lines(env: dict[str, str], *args: str) -> list[dict[str, Any]]:
    done = minyi(env, *args, "--json")
    assert done.returncode == 0 or args[0] == "health", done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def importing(env: dict[str, str], posts: Path, log: Path) -> "subprocess.Popen[bytes]":
    argv = [sys.executable, "-m", "cli", "import", str(posts), "--jurisdiction", "澜汀市"]
    with log.open("ab") as out:
        return subprocess.Popen(argv, env=env, stdout=out, stderr=out, cwd=PROJECT)


def from_the_log(env: dict[str, str]) -> Counter[str]:
    """The alerts one undisturbed detector finds in the same posts.scored log."""
    bus = connect(env["MINYI_BUS"], home=Path(env["MINYI_HOME"]))
    found: Counter[str] = Counter()
    try:
        for partition in range(POSTS_SCORED.partitions):
            detector = Detector(load_alerts(Path(env["MINYI_CONFIG"]) / "alerts.yaml"))
            for delivery in bus.read(POSTS_SCORED.name, partition, *bus.bounds(POSTS_SCORED.name, partition)):
                for message in detector.handle([decode(delivery.value)])[0]:
                    if isinstance(message, AlertRaised):
                        found[message.id] += 1
    finally:
        bus.close()
    return found


def outcome(env: dict[str, str], told: Hook) -> dict[str, Counter[str]]:
    return {
        "posts": Counter(p["id"] for p in lines(env, "posts", "--limit", "1000000")),
        "alerts": Counter(a["id"] for a in lines(env, "alerts", "--limit", "100000")),
        "told": Counter(str(body["alert"]["id"]) for body in told.told if "alert" in body),
    }


def killed_all_over(env: dict[str, str], posts: Path, home: Path) -> None:
    """Import and consume while every part is killed again and again; then let it come to rest."""
    rng = random.Random(7)
    specs = [ChildSpec(name, [sys.executable, "-m", "cli", "consume", name], env) for name in CONSUMERS]
    deaths: Counter[str] = Counter()

    def report(child: Child, what: str) -> None:
        deaths[child.spec.name] += what == "died"

    sup = Supervisor(specs, logs=home / "logs", report=report)
    importer, imports_killed = importing(env, posts, home / "import.log"), 0
    kills, next_kill, began, idle = 0, time.monotonic() + 3, time.monotonic(), 0
    bus = connect(env["MINYI_BUS"], home=home)
    try:
        while idle < 3:
            sup.step()
            if imports_killed < len(AT_ROWS) and importer.poll() is None and written(bus) > AT_ROWS[imports_killed]:
                importer.kill()
                importer.wait()
                imports_killed += 1
            if importer.poll() is not None and importer.returncode != 0:
                importer = importing(env, posts, home / "import.log")  # as a person would: the same command again
            if kills < KILLS and time.monotonic() > next_kill:
                next_kill = time.monotonic() + rng.uniform(0.5, 2.0)
                kills += 1
                victim = sup.children[rng.choice(CONSUMERS)]
                if victim.pid:
                    os.kill(victim.pid, signal.SIGKILL)
                    victim.backoff_s = 0.2
            elif kills >= KILLS and importer.poll() == 0 and sup.all_running():
                time.sleep(1)
                idle = idle + 1 if backlog(env) == 0 else 0
            time.sleep(0.02)
            assert time.monotonic() - began < QUIET_S, f"not idle: {backlog(env)} to go, {deaths}"
    finally:
        sup.stop()
        bus.close()
        importer.kill()
        importer.wait()
    assert imports_killed, "the import was over before it could be killed"
    assert sum(deaths.values()) >= KILLS // 2


def written(bus: Bus) -> int:
    return sum(bus.bounds(POSTS_COLLECTED.name, p)[1] for p in range(POSTS_COLLECTED.partitions))


def backlog(env: dict[str, str]) -> int:
    return sum(r["lag"] for r in lines(env, "health") if r["what"] == "backlog")


def check(env: dict[str, str], told: Hook, posts: Path) -> None:
    out = outcome(env, told)
    rows = len(posts.read_text(encoding="utf-8").splitlines())
    assert len(out["posts"]) == rows
    assert set(out["posts"].values()) == {1}
    assert out["alerts"]
    assert out["alerts"] == from_the_log(env)
    # lower levels that reach notify together with a higher one are superseded, not told; a notify killed between the
    # hook's answer and its own note of it tells the same alert again, with the same id: at least once
    assert out["told"]
    assert out["told"].keys() <= out["alerts"].keys()
    assert sum(out["told"].values()) <= len(out["told"]) + 1


def test_nothing_is_lost_or_doubled_on_the_embedded_log(posts: Path, tmp_path: Path) -> None:
    with hook() as told:
        env = environment(tmp_path, "embedded", told.url)
        killed_all_over(env, posts, tmp_path)
        check(env, told, posts)


@pytest.fixture
def broker() -> Iterator[str]:
    """A Kafka broker of this test's own: topic names are fixed, so an earlier test's posts would be ours too."""
    if not os.environ.get("MINYI_TEST_KAFKA"):
        pytest.skip("no broker: set MINYI_TEST_KAFKA (make kafka)")
    port = random.SystemRandom().randrange(21_000, 29_000, 2)
    script = str(PROJECT / "scripts" / "kafka.sh")
    env = {"MINYI_BROKER_DIR": str(PROJECT / ".kafka"), **os.environ}
    try:
        subprocess.run([script, "start", str(port)], check=True, timeout=300, stdout=subprocess.DEVNULL, env=env)
        yield f"kafka://127.0.0.1:{port}"
    finally:
        subprocess.run([script, "stop", str(port)], check=True, timeout=60, stdout=subprocess.DEVNULL, env=env)
        shutil.rmtree(Path(env["MINYI_BROKER_DIR"]) / str(port), ignore_errors=True)


@pytest.mark.kafka
def test_nothing_is_lost_or_doubled_on_kafka(posts: Path, broker: str, tmp_path: Path) -> None:
    with hook() as told:
        env = environment(tmp_path / "home", broker, told.url)
        killed_all_over(env, posts, tmp_path / "home")
        check(env, told, posts)

"""`minyi run` as a person uses it: one command, a living desk, a clean end."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from config.settings import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
SECONDS_TO_AN_ALERT = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Running:
    """A `minyi run` and how to reach it."""

    process: subprocess.Popen[bytes]
    home: Path
    url: str
    env: dict[str, str]
    terminal: Path

    def minyi(self, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cli", *args], env=self.env, capture_output=True, text=True, timeout=60, cwd=PROJECT
        )

    def lines(self, *args: str) -> list[dict[str, object]]:
        done = self.minyi(*args, "--json")
        assert done.returncode == 0 or args[0] == "health", done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def says(self) -> str:
        return self.terminal.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("run")
    config = folder / "config"
    shutil.copytree(PROJECT / "config", config, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    sources = (config / "sources.yaml").read_text(encoding="utf-8")
    (config / "sources.yaml").write_text(sources.replace(":8610/", f":{free_port()}/"), encoding="utf-8")
    port, home, terminal = free_port(), folder / "home", folder / "terminal.txt"
    env = {**os.environ, "MINYI_CONFIG": str(config), "MINYI_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    argv = [sys.executable, "-m", "cli", "run", "--port", str(port), "--prefect-port", str(free_port())]
    with terminal.open("wb") as out:
        process = subprocess.Popen(argv, env=env, stdout=out, stderr=subprocess.STDOUT, cwd=PROJECT)
    started = Running(process, home, f"http://127.0.0.1:{port}", env, terminal)
    yield started
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(running: Running, what: str, true: object, seconds: float) -> float:
    began = time.monotonic()
    while not true():  # type: ignore[operator]
        assert running.process.poll() is None, running.says()
        assert time.monotonic() - began < seconds, f"no {what} after {seconds} s:\n{running.says()}"
        time.sleep(0.5)
    return time.monotonic() - began


def page(url: str) -> str:
    """What stands at `url`; empty while it does not answer with 200."""
    with suppress(httpx.HTTPError):
        answer = httpx.get(url, timeout=1)
        return answer.text if answer.status_code == 200 else ""
    return ""


def answers(url: str) -> bool:
    return bool(page(url))


def test_one_command_leads_to_posts_and_an_explained_alert(running: Running) -> None:
    began = time.monotonic()
    wait_for(running, "desk", lambda: answers(f"{running.url}/healthz"), SECONDS_TO_AN_ALERT)
    wait_for(running, "alert", lambda: running.lines("alerts"), SECONDS_TO_AN_ALERT - (time.monotonic() - began))
    alert = running.lines("alerts")[0]
    reasons = alert["reasons"]
    assert isinstance(reasons, list)
    assert reasons[0]["words"]
    assert reasons[0]["measured"] >= reasons[0]["threshold"]
    posts = running.lines("posts", "--limit", "1000")
    assert len(posts) > 100
    assert all(-1 <= float(str(p["sentiment_score"])) <= 1 for p in posts)


def test_the_operator_logs_in_with_the_password_of_the_first_start(running: Running) -> None:
    wait_for(running, "password", lambda: "password" in running.says(), 60)
    password = re.search(r"password\s+(\S+)", running.says())
    assert password
    with httpx.Client(base_url=running.url, follow_redirects=True) as browser:
        form = browser.get("/login").text
        token = re.search(r'name="csrf"[^>]*value="([^"]+)"', form)
        assert token
        page = browser.post("/login", data={"name": "admin", "password": password[1], "csrf": token[1]})
        assert "预警" in page.text
        assert "来源健康" in page.text


def test_a_killed_child_comes_back_and_is_reported(running: Running) -> None:
    wait_for(running, "all parts", lambda: "all parts run" in running.says(), 120)
    before = {str(r["name"]): r for r in running.lines("health") if r["what"] == "process"}
    victim = int(str(before["archive"]["detail"]).split()[1].rstrip(","))
    os.kill(victim, signal.SIGKILL)
    wait_for(running, "report", lambda: re.search(r"died\s+archive", running.says()), 20)
    wait_for(running, "restart", lambda: "archive (restart 1)" in running.says(), 30)


def test_metrics_are_served(running: Running) -> None:
    wait_for(running, "metrics", lambda: "minyi_messages_total" in page(f"{running.url}/metrics"), 60)


def test_a_second_run_on_the_same_home_is_refused(running: Running) -> None:
    wait_for(running, "lock", lambda: (running.home / "run.lock").exists(), 30)
    second = running.minyi("run", "--port", str(free_port()))
    assert second.returncode == 1
    assert "already runs" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_taken_port_is_named(running: Running, tmp_path: Path) -> None:
    port = running.url.rsplit(":", 1)[1]
    wait_for(running, "desk", lambda: answers(f"{running.url}/healthz"), 60)
    second = running.minyi("run", "--home", str(tmp_path), "--port", port)
    assert second.returncode == 2
    assert f"port {port}" in second.stderr


def test_it_stops_cleanly_and_leaves_no_process(running: Running) -> None:
    pids = [int(str(r["detail"]).split()[1].rstrip(",")) for r in running.lines("health") if r["what"] == "process"]
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(timeout=30) == 0, running.says()
    assert running.says().rstrip().endswith("stopped")
    left = [pid for pid in pids if pid and Path(f"/proc/{pid}").exists()]
    assert left == []

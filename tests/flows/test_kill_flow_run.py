"""A worker killed in the middle of a run leaves nothing stuck: on a real local Prefect server, as in `minyi run`."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from local_site import Reply, Request, Site, item, rss
from test_scheduled import installation, running, until

from flows.offline import prefect_environment
from flows.serve import wait_for_server
from flows.wiring import only_one

LASTING = ("RUNNING", "PENDING", "CANCELLING")


class Server:
    """What the Prefect server knows."""

    def __init__(self, api: str) -> None:
        self.api = api

    def ask(self, path: str, **body: Any) -> Any:
        data, head = json.dumps(body).encode(), {"content-type": "application/json"}
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(f"{self.api}/{path}", data, head), timeout=20) as answer:
            return json.loads(answer.read())

    def runs(self, *states: str) -> dict[str, str]:
        """Collection runs -> state, those in `states`."""
        flow = {"name": {"any_": ["collect-news"]}}
        found = self.ask("flow_runs/filter", flows=flow, sort="START_TIME_DESC", limit=200)
        return {run["id"]: run["state_type"] for run in found if not states or run["state_type"] in states}

    def slots(self) -> int:
        """Concurrency slots taken, whatever they are for."""
        limits = self.ask("v2/concurrency_limits/filter")
        tags = self.ask("concurrency_limits/filter")
        return sum(int(limit["active_slots"]) for limit in limits) + sum(len(tag["active_slots"]) for tag in tags)


def engines(parent: int) -> list[int]:
    """Processes of flow runs below the serving process."""
    found = []
    for children in Path(f"/proc/{parent}/task").glob("*/children"):
        for pid in map(int, children.read_text().split()):
            if b"prefect" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
    return found


def free_again(home: Path) -> bool:
    """Whether no round of news is at work."""
    with only_one(home, "collect-news") as alone:
        return alone


@pytest.mark.slow
@pytest.mark.timeout(500)
def test_a_run_killed_in_its_middle_is_closed_and_the_next_one_starts(
    tmp_path: Path, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = [False]

    def answer(_: Request) -> Reply:
        return Reply(rss(item(1)), hang_s=15 if slow[0] else 0)

    site.routes["/f"] = answer
    where = installation(tmp_path, site)
    where.home.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    env |= {**prefect_environment(where.home, port), "MINYI_HOME": str(where.home), "MINYI_CONFIG": str(where.config)}
    argv = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    serve, server = [sys.executable, "-m", "flows.serve"], Server(env["PREFECT_API_URL"])

    def in_the_middle(child: "subprocess.Popen[bytes]") -> bool:
        asked = len(site.asked("/f"))
        slow[0] = True
        return until(lambda: bool(server.runs("RUNNING") and engines(child.pid)) and len(site.asked("/f")) > asked, 150)

    def log() -> str:
        return (tmp_path / "serve.log").read_text()[-3000:]

    with running(argv, env, tmp_path / "server.log"):
        assert wait_for_server(server.api, 150)
        with running(serve, env, tmp_path / "serve.log") as child:
            assert until(lambda: len(site.asked("/f")) == 1 and free_again(where.home), 60), (
                log()
            )  # the plain first round
            assert in_the_middle(child), log()
            hit, done = server.runs("RUNNING"), set(server.runs("COMPLETED"))
            for pid in engines(child.pid):
                os.kill(pid, signal.SIGKILL)
            slow[0], began = False, time.monotonic()
            assert until(lambda: free_again(where.home), 5), "a dead run holds its lock"
            assert until(lambda: not server.runs(*LASTING).keys() & hit.keys(), 60), log()
            closed_s = time.monotonic() - began
            assert {server.runs()[i] for i in hit} <= {"CRASHED", "FAILED"}
            assert until(lambda: bool(set(server.runs("COMPLETED")) - done), 120), log()
            next_s = time.monotonic() - began

            assert in_the_middle(child), log()
            stuck = server.runs("RUNNING")
            os.killpg(child.pid, signal.SIGKILL)
        assert server.runs("RUNNING").keys() >= stuck.keys()  # nobody is there to close it ...
        slow[0] = False
        done = set(server.runs("COMPLETED"))
        with running(serve, env, tmp_path / "serve.log"):
            assert until(lambda: not server.runs(*LASTING).keys() & stuck.keys(), 90), (
                log()
            )  # ... but the next one does
            assert until(lambda: bool(set(server.runs("COMPLETED")) - done), 120), log()
        assert server.slots() == 0
    with capsys.disabled():
        print(f"\nrun killed: closed after {closed_s:.0f} s, the next one complete after {next_s:.0f} s")

"""The flows on a real local Prefect server, as `minyi run` starts them; and what of them needs no server."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from local_site import Reply, Site, entry, item, rss

from config.settings import Settings, from_environment
from config.sources import Sources
from flows.offline import prefect_environment
from flows.serve import interval, overdue, wait_for_server, watch
from flows.wiring import only_one

COLLECTION = "澜汀论坛"


def installation(tmp_path: Path, site: Site) -> Settings:
    """A home and a config folder with one source that is collected every 30 seconds."""
    config = tmp_path / "config"
    config.mkdir()
    source = {"name": COLLECTION, "kind": "feed", "url": f"{site.url}/f", "platform": "forum", "every": "30s"}
    (config / "sources.yaml").write_bytes(msgspec.yaml.encode({"sources": [source]}))
    return from_environment({"MINYI_HOME": str(tmp_path / "home"), "MINYI_CONFIG": str(config)})


def test_the_environment_keeps_prefect_at_home(tmp_path: Path) -> None:
    env = prefect_environment(tmp_path, 4297)
    assert env["PREFECT_HOME"] == str(tmp_path / "prefect")
    assert env["PREFECT_API_URL"] == "http://127.0.0.1:4297/api"
    assert (env["PREFECT_SERVER_ANALYTICS_ENABLED"], env["DO_NOT_TRACK"]) == ("false", "1")


def test_a_round_starts_at_the_smallest_interval_within_bounds() -> None:
    def sources(*every: str) -> Sources:
        return Sources(sources=[entry(f"s{i}", "http://127.0.0.1/f", every=e) for i, e in enumerate(every)])

    assert interval(sources("5m", "1m")) == timedelta(minutes=1)
    assert interval(sources("1s")) == timedelta(seconds=30)
    assert interval(sources("2d")) == interval(sources()) == timedelta(minutes=10)


def test_only_one_round_at_a_time_and_a_killed_one_leaves_no_lock(tmp_path: Path) -> None:
    code = "import sys,time\nfrom pathlib import Path\nfrom flows.wiring import only_one\n"
    code += "with only_one(Path(sys.argv[1]), 'collect') as alone:\n    print(alone, flush=True)\n    time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "True"
        with only_one(tmp_path, "collect") as alone:
            assert not alone
        child.kill()
    with only_one(tmp_path, "collect") as alone:
        assert alone


def test_a_round_that_is_due_nowhere_asks_nobody(tmp_path: Path, site: Site) -> None:
    import asyncio

    from flows.due import collect_due, summary

    site.routes["/f"] = Reply(rss(item(1)))
    where = installation(tmp_path, site)
    first = asyncio.run(collect_due(where))
    asked = len(site.requests)
    assert summary(first)["new"] == 1
    assert asyncio.run(collect_due(where)) == []
    assert len(site.requests) == asked


def test_collection_goes_on_when_the_schedule_does_not(tmp_path: Path, site: Site) -> None:
    site.routes["/f"] = Reply(rss(item(1)))
    where = installation(tmp_path, site)
    every, stop = timedelta(seconds=0.2), threading.Event()
    watcher = threading.Thread(target=watch, args=(where, every, stop))
    watcher.start()
    try:
        assert until(lambda: len(site.asked("/f")) == 1, 30)
        config = where.config / "sources.yaml"
        config.write_text(config.read_text().replace("/f", "/g"))  # a new address is due at once, schedule or not
        site.routes["/g"] = Reply(rss(item(3)))
        assert until(lambda: len(site.asked("/g")) == 1, 30)
    finally:
        stop.set()
        watcher.join()
    now = datetime.now(UTC)
    assert not overdue(where, every, now + timedelta(seconds=40))  # 30 s interval, 30 s grace
    assert overdue(where, every, now + timedelta(seconds=75))


def test_last_week_is_the_one_that_ended_on_sunday_in_beijing(tmp_path: Path, site: Site) -> None:
    from flows.digest import last_week, missed, write_last_week

    monday = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # 08:00 in Beijing
    assert str(last_week(monday)) == "2026-W47"
    assert str(last_week(monday - timedelta(hours=8, minutes=1))) == "2026-W46"
    where = installation(tmp_path, site)
    assert not missed(where, monday)  # a fresh home has missed nothing
    files = write_last_week(where, monday)
    assert {f.suffix for f in files} == {".docx", ".html", ".json"}
    assert not missed(where, monday)
    assert missed(where, monday + timedelta(days=7))


def test_retention_refuses_a_limit_that_would_empty_the_register() -> None:
    from flows.retain import days_kept

    assert days_kept({}) == 180
    assert days_kept({"MINYI_RETENTION_DAYS": "90"}) == 90
    for wrong in ("0", "7", "-1", "many"):
        with pytest.raises(ValueError, match="MINYI_RETENTION_DAYS"):
            days_kept({"MINYI_RETENTION_DAYS": wrong})


def test_retention_goes_on_until_nothing_old_is_left(tmp_path: Path, site: Site) -> None:
    import asyncio

    from flows.due import collect_due
    from flows.retain import purge_all

    site.routes["/f"] = Reply(rss(item(1)))
    where = installation(tmp_path, site)
    asyncio.run(collect_due(where))
    assert purge_all(where, timedelta(days=180), datetime.now(UTC))["seen"] == 0
    assert purge_all(where, timedelta(days=180), datetime.now(UTC) + timedelta(days=181))["seen"] == 1


def until(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.3)
    return False


@contextmanager
def running(argv: list[str], env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A child in a process group of its own; all of it is gone at the end."""
    with log.open("ab") as out:
        child = subprocess.Popen(argv, env=env, stdout=out, stderr=out, start_new_session=True)
        try:
            yield child
        finally:
            child.terminate()
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_schedule_collects_on_a_local_server_and_survives_kill_9(tmp_path: Path, site: Site) -> None:
    site.routes["/f"] = Reply(rss(item(1)))
    where = installation(tmp_path, site)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    env |= {**prefect_environment(where.home, port), "MINYI_HOME": str(where.home), "MINYI_CONFIG": str(where.config)}
    server = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    serve = [sys.executable, "-m", "flows.serve"]

    def rounds() -> int:
        if not (where.home / "minyi.db").exists():
            return 0
        try:
            with sqlite3.connect(where.home / "minyi.db") as conn:
                return int(conn.execute("SELECT count(*) FROM rounds").fetchone()[0])
        except sqlite3.OperationalError:
            return 0

    began = time.monotonic()
    with running(server, env, tmp_path / "server.log"):
        with running(serve, env, tmp_path / "serve.log") as child:
            assert until(lambda: rounds() >= 1, 40), "the first round must not wait for Prefect"
            first = time.monotonic() - began
            assert wait_for_server(env["PREFECT_API_URL"], 120)
            assert until(lambda: rounds() >= 2, 150), (tmp_path / "server.log").read_text()[-3000:]
            os.killpg(child.pid, signal.SIGKILL)
        count = rounds()
        with running(serve, env, tmp_path / "serve.log"):
            assert until(lambda: rounds() > count, 90), (tmp_path / "serve.log").read_text()[-3000:]
    print(f"first round after {first:.1f} s")

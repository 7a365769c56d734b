"""The stream behind pages that stay fresh, and the server around it."""

import asyncio
import contextlib
import json
import logging
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from desk_seed import NOW
from fastapi import FastAPI

from desk import live as live_module
from desk.live import Live
from desk.serve import PortTaken, listen, make_server, serve
from desk.sessions import COOKIE, LASTS
from store.engine import Store
from store.errors import StoreUnavailable
from store.notices import add_notice
from store.people import end_sessions, open_session


class Counter:
    """A change counter a test turns by hand."""

    def __init__(self) -> None:
        self.value: int | None = 1
        self.reads = 0

    def __call__(self) -> int:
        self.reads += 1
        if self.value is None:
            raise StoreUnavailable("gone")
        return self.value


async def events(stream: AsyncIterator[str], count: int) -> list[tuple[str, int | None]]:
    found: list[tuple[str, int | None]] = []
    async for chunk in stream:
        if chunk.startswith("event: "):
            name, data = chunk.strip().split("\n")
            found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))["version"]))
        if len(found) == count:
            break
    return found


def make(counter: Counter) -> Live:
    return Live(counter, lambda: NOW, every_s=0.01)


def test_many_browsers_share_one_watcher_and_all_hear_a_change() -> None:
    async def play() -> None:
        counter = Counter()
        live = make(counter)
        waiting = [asyncio.create_task(events(live.stream(lambda: True), 2)) for _ in range(20)]
        await asyncio.sleep(0.1)
        assert live.listeners == 20
        assert counter.reads < 30
        counter.value = 2
        for heard in await asyncio.gather(*waiting):
            assert heard[-1] == ("version", 2)
        live.close()

    asyncio.run(asyncio.wait_for(play(), 10))


def test_nobody_listening_costs_nothing() -> None:
    async def play() -> None:
        counter = Counter()
        live = make(counter)
        stream = live.stream(lambda: True)
        await events(stream, 1)
        await stream.aclose()  # type: ignore[attr-defined]
        await asyncio.sleep(0.05)
        reads = counter.reads
        await asyncio.sleep(0.1)
        assert counter.reads == reads
        assert live.listeners == 0

    asyncio.run(asyncio.wait_for(play(), 10))


def test_a_store_in_trouble_is_said_once_and_its_recovery_too(caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> list[tuple[str, int | None]]:
        counter = Counter()
        live = make(counter)
        task = asyncio.create_task(events(live.stream(lambda: True), 3))
        await asyncio.sleep(0.05)
        counter.value = None
        await asyncio.sleep(0.1)
        counter.value = 1
        return await task

    with caplog.at_level(logging.WARNING):
        heard = asyncio.run(asyncio.wait_for(play(), 10))
    assert heard == [("version", 1), ("trouble", 1), ("version", 1)]
    assert len(caplog.records) == 1


def test_a_silent_stream_sends_the_time_and_ends_with_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "QUIET_S", 0.02)
    welcome = [True, True, False]

    async def play() -> list[tuple[str, int | None]]:
        return await events(make(Counter()).stream(lambda: welcome.pop(0)), 99)

    heard = asyncio.run(asyncio.wait_for(play(), 10))
    assert [name for name, _ in heard if name != "version"] == ["clock", "clock", "signed-out"]


@pytest.fixture
def running(app: FastAPI) -> Iterator[str]:
    listener = listen("127.0.0.1", 0)
    server = make_server(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listener.close()
    assert not thread.is_alive(), "an open stream kept the server from stopping"


def test_a_change_in_the_store_reaches_an_open_stream_and_stopping_ends_it(
    running: str, store: Store, app: FastAPI
) -> None:
    with store.write() as conn:
        token = open_session(conn, "admin", now=NOW, lasts=LASTS)
    heard: list[str] = []
    with httpx.stream("GET", f"{running}/live", cookies={COOKIE: token}, timeout=10) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        for line in answer.iter_lines():
            if line.startswith("data:"):
                heard.append(line)
                if len(heard) == 2:
                    break
                with store.write() as conn:
                    add_notice(conn, "x", "x", NOW)
    assert json.loads(heard[1][5:])["version"] > json.loads(heard[0][5:])["version"]


def test_an_ended_session_cannot_open_a_stream(running: str, store: Store) -> None:
    with store.write() as conn:
        token = open_session(conn, "admin", now=NOW, lasts=LASTS)
        end_sessions(conn, "admin")
    answer = httpx.get(f"{running}/live", cookies={COOKIE: token})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "not_signed_in"


def test_a_taken_port_is_one_line_and_exit_code_2(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert serve(store, "127.0.0.1", port, home=tmp_path) == 2
        with pytest.raises(PortTaken):
            listen("127.0.0.1", port)
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"127.0.0.1:{port}" in said
    assert "MINYI_DESK_PORT" in said


def test_who_comes_before_the_server_runs_waits_and_is_not_refused(app: FastAPI) -> None:
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname(), timeout=10) as early:
        early.sendall(b"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        server = make_server(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            assert early.recv(4096).startswith(b"HTTP/1.1 200 ")
        finally:
            server.should_exit = True
            thread.join(10)


def test_two_desks_that_start_at_once_cannot_share_a_port() -> None:
    with listen("127.0.0.1", 0) as first, pytest.raises(PortTaken):
        listen("127.0.0.1", first.getsockname()[1])


def test_an_address_that_is_not_ours_is_refused_too() -> None:
    with pytest.raises(PortTaken, match=r"192\.0\.2\.1"):
        listen("192.0.2.1", 0)


SCRIPT = """
import sys
from pathlib import Path
from desk.serve import serve
from store.engine import open_store

home = Path(sys.argv[1])
store = open_store(f"sqlite:///{home / 'minyi.db'}")
code = serve(store, "127.0.0.1", int(sys.argv[2]), home=home)
store.close()
print("closed", flush=True)
raise SystemExit(code)
"""


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_desk_ends_its_streams_closes_its_store_and_leaves_with_0(
    store: Store, tmp_path: Path, sign: signal.Signals
) -> None:
    with store.write() as conn:
        token = open_session(conn, "admin", now=datetime.now(UTC), lasts=LASTS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    root = Path(__file__).resolve().parents[2]
    argv = [sys.executable, "-c", SCRIPT, str(tmp_path), str(port)]
    with subprocess.Popen(argv, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200:
                    break
            time.sleep(0.1)
        with httpx.stream("GET", f"http://127.0.0.1:{port}/live", cookies={COOKIE: token}, timeout=20) as answer:
            assert answer.status_code == 200
            process.send_signal(sign)
            for _ in answer.iter_lines():
                pass
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert out == "closed\n"
    assert "Traceback" not in err

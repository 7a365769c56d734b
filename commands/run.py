"""`minyi run`: everything on one machine, supervised."""

import fcntl
import os
import shutil
import signal
import socket
import sys
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated
from urllib.parse import urlsplit
from urllib.request import urlopen

import typer

from commands.common import err, fail, open_store, out, settings
from commands.supervisor import Child, ChildSpec, Supervisor
from config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.sources import Sources
    from store.engine import Store

EXAMPLE_MARK = "示例"  # in the names of the sources that the example city serves
PREFECT_PORT = 4297
HEARTBEAT_S = 5.0
STEP_S = 0.1
CONSUMERS = ("score", "detect", "archive", "notify")


def run(
    home: Annotated[
        Path | None, typer.Option(help="Folder for data, logs and keys (else MINYI_HOME, else ./var).")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port of the desk (else MINYI_DESK_PORT, else 8600).")] = None,
    prefect_port: Annotated[int, typer.Option(help="Port of the local Prefect server.")] = PREFECT_PORT,
) -> None:
    """Run everything on this machine: collection on schedule, consumers, alerts, the desk. Ctrl-C stops it."""
    import dataclasses

    where = settings(home)
    if port is not None:
        where = dataclasses.replace(where, desk_port=port)
    from commands.check import check_config

    sources = check_config(where)
    _make_home(where.home)
    with _only_one(where.home):
        example = example_port(sources)
        _need_port(where.desk_host, where.desk_port, "the desk", "use --port N or stop the other program")
        _need_port("127.0.0.1", prefect_port, "the Prefect server", "use --prefect-port N or stop the other program")
        if example:
            _need_port("127.0.0.1", example, "the example city", "stop the other program or change sources.yaml")
        _supervise(where, prefect_port, example=example)


def _supervise(where: Settings, prefect_port: int, *, example: int | None) -> None:
    began = time.monotonic()
    store = open_store(where)
    from desk.accounts import ensure_operator

    password = ensure_operator(store, where.home)
    out.print(f"minyi: home {where.home}, bus {where.bus_kind}", markup=False)

    def report(child: Child, what: str) -> None:
        _say(supervisor, child, what, time.monotonic() - began)
        if what not in ("ready", "killed"):
            _notice(store, child, what)

    supervisor = Supervisor(_children(where, prefect_port, example=example), logs=where.home / "logs", report=report)
    stopping: list[int] = []
    for sig in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sig, lambda number, _frame: stopping.append(number))
    announced, next_beat = False, 0.0
    try:
        while not stopping:
            supervisor.step()
            if not announced and supervisor.all_running():
                announced = True
                _announce(where, prefect_port, password, time.monotonic() - began)
            if time.monotonic() >= next_beat:
                next_beat = time.monotonic() + HEARTBEAT_S
                _beat(store, supervisor)
            time.sleep(STEP_S)
    finally:
        out.print("stopping ...")
        supervisor.stop()
        _beat(store, supervisor)
        store.close()
        out.print("stopped")


def _children(where: Settings, prefect_port: int, *, example: int | None) -> list[ChildSpec]:
    """The topology of one machine, in starting order."""
    from flows.offline import prefect_environment

    metrics = where.home / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(parents=True)
    env = {
        "MINYI_HOME": str(where.home),
        "MINYI_CONFIG": str(where.config),
        "MINYI_BUS": where.bus,
        "MINYI_STORE": where.store,
        "MINYI_DESK_HOST": where.desk_host,
        "MINYI_DESK_PORT": str(where.desk_port),
        "PYTHONUNBUFFERED": "1",
    }
    # not for the flows: each of their runs is a process of its own, and would leave its files there for ever
    prefect_env = {**env, **prefect_environment(where.home, prefect_port)}
    env["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
    minyi = [sys.executable, "-m", "cli"]
    desk = f"http://{_loopback(where.desk_host)}:{where.desk_port}"
    prefect = f"http://127.0.0.1:{prefect_port}"
    children = [
        ChildSpec("desk", [*minyi, "desk"], env, ready=lambda: _answers(f"{desk}/healthz")),
        *(ChildSpec(name, [*minyi, "consume", name], env, on_terminal=name == "notify") for name in CONSUMERS),
        ChildSpec(
            "prefect",
            [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(prefect_port)],
            prefect_env,
            ready=lambda: _answers(f"{prefect}/api/health"),
        ),
        # its first round does not wait for Prefect, only for the city it is going to read
        ChildSpec("flows", [sys.executable, "-m", "flows.serve"], prefect_env, after=("example",) if example else ()),
    ]
    if example:
        started = _example_started(where.home).isoformat()
        argv = [sys.executable, "-m", "example", "--port", str(example), "--started", started]
        children.insert(0, ChildSpec("example", argv, env, ready=lambda: _answers(f"http://127.0.0.1:{example}/")))
    return children


def example_port(sources: "Sources") -> int | None:
    """The loopback port of the enabled example sources; None when the city is switched off."""
    for entry in sources.enabled():
        address = urlsplit(entry.url)
        if EXAMPLE_MARK in entry.name and address.hostname == "127.0.0.1" and address.port:
            return address.port
    return None


def _example_started(home: Path) -> datetime:
    """When the example city's story begins: the first start of this home, kept, so that posts keep their ids."""
    path = home / "example-started"
    with suppress(OSError, ValueError):
        return datetime.fromisoformat(path.read_text(encoding="ascii").strip())
    now = datetime.now(UTC).replace(microsecond=0)
    path.write_text(now.isoformat() + "\n", encoding="ascii")
    return now


def _make_home(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".write-test"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as problem:
        fail(f"{home}: cannot write here: {problem.strerror}; free some space or set MINYI_HOME to another folder")


@contextmanager
def _only_one(home: Path) -> "Iterator[IO[str]]":
    """Hold the home's lock; a second `minyi run` on the same home ends with the first one's pid."""
    with (home / "run.lock").open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            fail(f"minyi already runs on {home} (pid {lock.read().strip() or 'unknown'})")
        lock.seek(0)
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield lock


def _need_port(host: str, port: int, whose: str, remedy: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            fail(f"port {port} for {whose} cannot be used ({problem.strerror}): {remedy}", 2)


def _answers(url: str) -> bool:
    with suppress(OSError, ValueError), urlopen(url, timeout=0.5) as answer:
        return bool(answer.status == 200)
    return False


def _loopback(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host


def _say(supervisor: Supervisor, child: Child, what: str, seconds: float) -> None:
    name = child.spec.name
    if what == "ready":
        again = f" (restart {child.restarts})" if child.restarts else ""
        out.print(f"[green]ready[/]  {name}{again}  [dim]{seconds:.1f} s[/]")
    elif what == "died":
        words = supervisor.last_words(child)
        err.print(f"[red]died[/]   {name}, {exit_words(child.last_exit)}; starts again", end="")
        err.print(f"; see {supervisor.log_path(child)}" + (f": {words}" if words else ""), markup=False, soft_wrap=True)
    else:
        err.print(f"{name}: {what}", markup=False, soft_wrap=True)


def exit_words(code: int | None) -> str:
    """How a child ended, for a person: a number, or the signal that killed it."""
    if code is None or code >= 0:
        return f"exit code {code}"
    with suppress(ValueError):
        name = signal.Signals(-code).name
        return f"killed by {name}" + (" (a full disk?)" if name == "SIGBUS" else "")
    return f"killed by signal {-code}"


def _announce(where: Settings, prefect_port: int, password: str | None, seconds: float) -> None:
    desk = f"http://{_loopback(where.desk_host)}:{where.desk_port}"
    out.print(f"\nall parts run after {seconds:.0f} s\n")
    out.print(f"  desk       [bold]{desk}[/]")
    if password:
        out.print("  operator   admin   password ", end="")
        out.print(password, style="bold", markup=False, end="")
        out.print("   (shown once; also in operator-password.txt of the home, delete it there)")
    out.print(f"  metrics    {desk}/metrics")
    out.print(f"  flows      http://127.0.0.1:{prefect_port}")
    out.print(f"  logs       {where.home / 'logs'}")
    out.print("\nalerts are printed here as they are raised; Ctrl-C stops everything\n")


def _beat(store: "Store", supervisor: Supervisor) -> None:
    """Write every child's state for the desk; a store that cannot be written is said, not fatal."""
    from store.errors import StoreUnavailable
    from store.processes import beat

    now = datetime.now(UTC)
    try:
        with store.write() as conn:
            for child in supervisor.children.values():
                up = timedelta(seconds=max(0.0, time.monotonic() - child.started_at))
                beat(
                    conn,
                    name=child.spec.name,
                    pid=child.pid,
                    started_at=now - up,
                    now=now,
                    state=child.state,
                    restarts=child.restarts,
                )
    except StoreUnavailable as problem:
        err.print(f"store: {problem}", markup=False, soft_wrap=True)


def _notice(store: "Store", child: Child, what: str) -> None:
    from desk.words import PROCESS
    from store.errors import StoreUnavailable
    from store.notices import add_notice

    now = datetime.now(UTC)
    name = PROCESS[child.spec.name]
    words = f"进程“{name}”异常退出（退出码 {child.last_exit}），已自动重启，累计 {child.restarts} 次。"
    if what != "died":
        words = f"进程“{name}”无法启动，请在终端和日志 {child.spec.name}.log 中查看原因。"
    with suppress(StoreUnavailable), store.write() as conn:
        add_notice(conn, f"process-{child.spec.name}-{now:%Y-%m-%dT%H}", words, now)

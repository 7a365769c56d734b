"""The supervisor restarts what dies, in order, with back-off, and leaves nothing behind."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from commands.supervisor import Child, ChildSpec, Supervisor

PY = sys.executable


def watch(specs: list[ChildSpec], logs: Path) -> tuple[Supervisor, list[tuple[str, str]]]:
    said: list[tuple[str, str]] = []
    return Supervisor(specs, logs=logs, report=lambda child, what: said.append((child.spec.name, what))), said


def until(supervisor: Supervisor, true: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "did not happen in time"
        supervisor.step()
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_killed_child_is_started_again_and_reported(tmp_path: Path) -> None:
    sup, said = watch([ChildSpec("sleeper", [PY, "-c", "import time; time.sleep(60)"])], tmp_path)
    child = sup.children["sleeper"]
    until(sup, lambda: child.state == "running")
    first = child.pid
    os.kill(first, signal.SIGKILL)
    until(sup, lambda: child.state == "running" and child.pid not in (0, first))
    assert child.restarts == 1
    assert said == [("sleeper", "ready"), ("sleeper", "died"), ("sleeper", "ready")]
    sup.stop()
    assert not alive(child.pid)


def test_a_child_that_keeps_dying_waits_longer_each_time(tmp_path: Path) -> None:
    now = [0.0]
    said: list[str] = []

    def report(child: Child, what: str) -> None:
        said.append(what)

    spec = ChildSpec("broken", [PY, "-c", "import sys; sys.exit('no config')"])
    sup = Supervisor([spec], logs=tmp_path, report=report, clock=lambda: now[0])
    child = sup.children["broken"]
    waits = []
    for _ in range(4):
        while child.state != "restarting":
            sup.step()
            time.sleep(0.01)
        waits.append(child.next_start - now[0])
        assert sup.last_words(child) == "no config"
        now[0] = child.next_start
        sup.step()
    sup.stop()
    assert waits == [1, 2, 4, 8]


def test_a_child_waits_for_those_before_it(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    specs = [
        ChildSpec("second", [PY, "-c", "import time; time.sleep(60)"], after=("first",)),
        ChildSpec("first", [PY, "-c", "import time; time.sleep(60)"], ready=gate.exists),
    ]
    sup, said = watch(specs, tmp_path)
    for _ in range(20):
        sup.step()
    assert sup.children["second"].state == "waiting"
    gate.touch()
    until(sup, sup.all_running)
    assert [name for name, _ in said] == ["first", "second"]
    sup.stop()


def test_a_grandchild_does_not_outlive_its_parent(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = (
        "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        f"open({str(pid_file)!r}, 'w').write(str(p.pid)); time.sleep(60)"
    )
    sup, _ = watch([ChildSpec("parent", [PY, "-c", code])], tmp_path)
    until(sup, lambda: pid_file.exists() and pid_file.read_text() != "")
    grandchild = int(pid_file.read_text())
    sup.stop()
    end = time.monotonic() + 5
    while alive(grandchild) and time.monotonic() < end:
        time.sleep(0.02)
    stat = Path(f"/proc/{grandchild}/stat")
    assert not stat.exists() or stat.read_text().split()[2] == "Z"


def test_a_program_that_is_not_there_is_reported_not_raised(tmp_path: Path) -> None:
    sup, said = watch([ChildSpec("ghost", [str(tmp_path / "nothing")])], tmp_path)
    sup.step()
    assert said[0][1].startswith("not started")
    sup.stop()


@pytest.mark.parametrize("size", [10, 20_000_000])
def test_a_long_log_is_rolled_at_start(tmp_path: Path, size: int) -> None:
    (tmp_path / "a.log").write_bytes(b"x" * size)
    sup, _ = watch([ChildSpec("a", [PY, "-c", ""])], tmp_path)
    sup.step()
    sup.stop()
    assert (tmp_path / "a.log.1").exists() == (size > 10_000_000)

"""Keep the processes of one machine running: start, watch, restart with back-off, stop in order.

A child that dies is started again after 1, 2, 4 ... at most 60 seconds; a child that stayed up for a minute
starts again from one second. Nothing here knows what the children do.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

FIRST_BACKOFF_S = 1.0
MAX_BACKOFF_S = 60.0
STEADY_S = 60.0
STOP_GRACE_S = 10.0
MAX_LOG_BYTES = 10_000_000
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class ChildSpec:
    """One process to keep running."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    """Asked until true; a child without one is ready once started."""
    after: tuple[str, ...] = ()
    """Names of children that must be ready before this one is started for the first time."""
    on_terminal: bool = False
    """True: its standard output is the operator's terminal; the log still gets standard error."""


@dataclass
class Child:
    """What is known of a child now. `state`: waiting | starting | running | restarting | stopped."""

    spec: ChildSpec
    state: str = "waiting"
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    backoff_s: float = FIRST_BACKOFF_S
    next_start: float = 0.0
    restarts: int = 0
    last_exit: int | None = None

    @property
    def pid(self) -> int:
        """Process id, 0 while it is not running."""
        return self.process.pid if self.process else 0


Report = Callable[[Child, str], None]


class Supervisor:
    """Runs the children until `stop`; `step` does one look around and never blocks for long."""

    def __init__(
        self,
        specs: Sequence[ChildSpec],
        *,
        logs: Path,
        report: Report,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.children = {s.name: Child(s) for s in specs}
        self.logs = logs
        self._report = report
        self._clock = clock
        logs.mkdir(parents=True, exist_ok=True)

    def step(self) -> None:
        """Start what is due, notice what became ready, notice what died."""
        now = self._clock()
        for child in self.children.values():
            if child.process is not None and (code := child.process.poll()) is not None:
                self._died(child, code, now)
            elif child.state == "starting" and (child.spec.ready is None or child.spec.ready()):
                child.state = "running"
                self._report(child, "ready")
            elif child.state == "running" and now - child.started_at > STEADY_S:
                child.backoff_s = FIRST_BACKOFF_S
            if (child.state == "waiting" and self._free_to_start(child)) or (
                child.state == "restarting" and now >= child.next_start
            ):
                self._start(child, now)

    def all_running(self) -> bool:
        """True when every child is ready."""
        return all(c.state == "running" for c in self.children.values())

    def stop(self) -> None:
        """Ask every child to end, last started first; kill what is still there after STOP_GRACE_S."""
        alive = [c for c in self.children.values() if c.process is not None and c.process.poll() is None]
        alive.sort(key=lambda c: c.started_at, reverse=True)
        for child in alive:
            _signal_group(child, signal.SIGTERM)
        end = self._clock() + STOP_GRACE_S
        for child in alive:
            assert child.process is not None
            try:
                child.process.wait(timeout=max(0.1, end - self._clock()))
            except subprocess.TimeoutExpired:
                self._report(child, "killed")
            _signal_group(child, signal.SIGKILL)  # its own children too, if any are left
            child.process.wait()
            child.state = "stopped"

    def _free_to_start(self, child: Child) -> bool:
        return all(self.children[name].state == "running" for name in child.spec.after)

    def _start(self, child: Child, now: float) -> None:
        try:
            with self._log(child) as log:
                child.process = subprocess.Popen(
                    child.spec.argv,
                    env={**os.environ, **child.spec.env},
                    stdin=subprocess.DEVNULL,
                    stdout=None if child.spec.on_terminal else log,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=_die_with_parent if sys.platform == "linux" else None,
                )
        except OSError as err:  # disk full, too many processes: tried again like a death
            self._schedule(child, now)
            self._report(child, f"not started: {err.strerror or err}")
            return
        child.started_at, child.state = now, "starting"

    def _died(self, child: Child, code: int, now: float) -> None:
        _signal_group(child, signal.SIGKILL)
        child.process, child.last_exit = None, code
        child.restarts += 1
        self._schedule(child, now)
        self._report(child, "died")

    def _schedule(self, child: Child, now: float) -> None:
        child.state, child.next_start = "restarting", now + child.backoff_s
        child.backoff_s = min(MAX_BACKOFF_S, child.backoff_s * 2)

    def _log(self, child: Child) -> IO[bytes]:
        path = self.log_path(child)
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_size > MAX_LOG_BYTES:
                path.replace(path.with_suffix(".log.1"))
        return path.open("ab")

    def log_path(self, child: Child) -> Path:
        """Where a child's output goes."""
        return self.logs / f"{child.spec.name}.log"

    def last_words(self, child: Child) -> str:
        """The last non-empty line of the child's log, for the report of a death; empty when there is none."""
        with contextlib.suppress(OSError), self.log_path(child).open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 4096))
            lines = [line for line in log.read().decode("utf-8", "replace").splitlines() if line.strip()]
            return lines[-1].strip()[:300] if lines else ""
        return ""


def _signal_group(child: Child, sig: signal.Signals) -> None:
    if child.process is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, sig)


def _die_with_parent() -> None:
    """Linux: the kernel ends the child when the supervisor is killed, so no orphan keeps a port or a lease."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

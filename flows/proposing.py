"""Start a training as a child, watch it, and tell the operator: a candidate is proposed, never put to use."""

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from config.settings import PROJECT, Settings
from flows.wiring import opened_store
from store.errors import StoreError
from store.notices import add_notice

log = logging.getLogger(__name__)

SECONDS = 3600.0
"""A training on all data takes minutes; one that takes an hour hangs."""
FLOORS = PROJECT / "models" / "floors.json"
HERE = ZoneInfo("Asia/Shanghai")
BUSY, FAILED = 3, 1


@dataclass(frozen=True)
class Job:
    """What one training learns from."""

    corpus: Path
    data: Path | None
    shipped: Path
    floors: Path | None
    """A floors.json; without one no floor is checked."""
    always: bool = False
    """Also when the newest candidate has learnt from just the same."""


@dataclass(frozen=True)
class Outcome:
    """How a training ended."""

    state: str
    """proposed | few (corrections to learn from) | unchanged (no label since) | same (the model in use came out)."""
    version: str = ""
    labels: int = 0
    """Texts with desk labels; with `few`, those with corrections."""
    warnings: int = 0


class TrainingFailed(Exception):
    """A training ended without a candidate; `str()` is its own last line, or that it was killed."""


class TrainingBusy(TrainingFailed):
    """Another training of this home is under way."""


def job(where: Settings, data: Path | None, *, always: bool, corpus: Path | None = None) -> Job:
    """A training from the shipped corpus (or another) and, if there is one, a folder of labelled data."""
    own = where.artifacts.parent / "corpus"
    return Job(corpus or own, data, where.artifacts, FLOORS if corpus is None else None, always)


def data_folder(environ: Mapping[str, str]) -> Path | None:
    """MINYI_DATA: the folder of labelled data of this installation, if any."""
    return Path(environ["MINYI_DATA"]).resolve() if environ.get("MINYI_DATA", "").strip() else None


def propose(
    where: Settings, what: Job, now: datetime, *, say: Callable[[str], None], seconds: float = SECONDS
) -> Outcome:
    """Train in a child, notice what came of it. Raises TrainingFailed (noticed too), TrainingBusy."""
    try:
        outcome = in_child(where, what, say=say, seconds=seconds)
    except TrainingBusy:
        raise
    except TrainingFailed as err:
        words = f"模型重训练失败，现用模型不受影响：{err}"
        _notice(where, f"retrain-failed-{now.astimezone(HERE):%Y-%m-%d}", words, now)
        raise
    if outcome.state == "proposed":
        _notice(where, f"model-candidate-{outcome.version}", words_of(outcome), now)
    return outcome


def words_of(outcome: Outcome) -> str:
    """The notice of a candidate, in Chinese."""
    weighed = f"有 {outcome.warnings} 项指标需要留意，" if outcome.warnings else ""
    return (
        f"有新的候选模型 {outcome.version}（用到 {outcome.labels} 条帖文的人工反馈），{weighed}尚未启用。"
        f"比对结果见“来源健康”页的“模型”，由管理员决定是否执行 minyi models adopt {outcome.version}。"
    )


def in_child(where: Settings, what: Job, *, say: Callable[[str], None], seconds: float) -> Outcome:
    """Run `what` in a process of its own; it is killed after `seconds`. Raises TrainingFailed, TrainingBusy."""
    argv = [sys.executable, "-m", "flows.training", "--corpus", str(what.corpus), "--shipped", str(what.shipped)]
    for name, path in (("data", what.data), ("floors", what.floors)):
        argv += [f"--{name}", str(path)] if path else []
    argv += ["--always"] if what.always else []
    late = threading.Event()
    last = ""
    with subprocess.Popen(
        argv, env=_environment(where), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, encoding="utf-8", errors="replace", start_new_session=True,
    ) as child:  # fmt: skip

        def stop() -> None:
            late.set()
            _kill(child)

        timer = threading.Timer(seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            for line in child.stdout or ():
                if last:
                    say(last)
                last = line.strip() or last
            code = child.wait()
        except BaseException:  # Ctrl-C, or a scheduler that has enough: the training ends with its parent
            _kill(child)
            raise
        finally:
            timer.cancel()
    if code == BUSY:
        raise TrainingBusy("another training is under way")
    if late.is_set():
        raise TrainingFailed(f"killed after {seconds:.0f} s")
    if code:
        raise TrainingFailed(f"killed by signal {-code}" if code < 0 else last or f"exit code {code}")
    return Outcome(**json.loads(last))


def _kill(child: "subprocess.Popen[str]") -> None:
    """The child and whatever it started to be quicker."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def _environment(where: Settings) -> dict[str, str]:
    """The store's address may hold a password: it goes by the environment, never by the command line."""
    return {
        **os.environ,
        "MINYI_HOME": str(where.home),
        "MINYI_CONFIG": str(where.config),
        "MINYI_STORE": where.store,
        "OMP_NUM_THREADS": "1",  # sums in one fixed order: the same model every time
        "PYTHONUNBUFFERED": "1",
    }


def _notice(where: Settings, key: str, words: str, now: datetime) -> None:
    """A store that cannot be written, as on a full disk, does not hide how the training ended."""
    try:
        with opened_store(where) as store, store.write() as conn:
            add_notice(conn, key, words, now)
    except StoreError as err:
        log.warning("a notice of the training could not be stored", extra={"key": key, "why": str(err)})

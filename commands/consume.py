"""`minyi consume`: the consumers, one thread and one bus connection each."""

import gc
import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bus.topics import ALERTS_RAISED, EVENTS_CHANGED, POSTS_COLLECTED, POSTS_SCORED, Topic
from commands.common import err, fail, load_analyzer, open_bus, open_store, out, settings
from commands.memory import GARBAGE, join_pages, keep_large_apart
from config.loader import ConfigError
from config.settings import Settings

if TYPE_CHECKING:
    from bus.api import Bus
    from bus.messages import Message
    from bus.runner import Outcomes
    from bus.state import Settled
    from store.engine import Store

log = logging.getLogger(__name__)

GROUPS: dict[str, tuple[str, tuple[Topic, ...]]] = {
    "score": ("score", (POSTS_COLLECTED,)),
    "detect": ("detect", (POSTS_SCORED,)),
    "archive": ("archive", (POSTS_SCORED, ALERTS_RAISED, EVENTS_CHANGED)),
    "notify": ("notify", (ALERTS_RAISED,)),
}
"""Consumer -> (group on the bus, topics it reads)."""

DETECT_TICK_S = 2.0  # all-clears in silence; pages of what was taken in since are joined

Run = Callable[["Bus", threading.Event, bool], "Outcomes"]


@dataclass
class Workplace:
    """What the consumers of one process share."""

    where: Settings
    rules: Path | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _store: "Store | None" = None

    @property
    def store(self) -> "Store":
        """The store, opened at first use."""
        if self._store is None:
            self._store = open_store(self.where)
        return self._store

    def close(self) -> None:
        """Close what was opened."""
        if self._store is not None:
            self._store.close()


def consume(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="score, detect, archive, notify or all.")],
    home: Annotated[
        Path | None, typer.Option(help="Folder for data, logs and keys (else MINYI_HOME, else ./var).")
    ] = None,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="End when the bus is drained.")] = False,
    metrics_port: Annotated[
        int | None, typer.Option(help="Serve Prometheus metrics on this port of 127.0.0.1.", min=1, max=65535)
    ] = None,
) -> None:
    """Run consumers in the foreground until Ctrl-C, or until nothing is left to do."""
    wanted = _chosen(names)
    work = Workplace(settings(home))
    try:
        runs = {name: RUNS[name](work) for name in wanted}
        if metrics_port is not None:
            _serve_metrics(metrics_port)
        outcomes = run_together(work.where, runs, until_idle=until_idle)
    except (ConfigError, ValueError) as problem:
        fail(str(problem), 2)
    finally:
        work.close()
    failed = False
    for name in wanted:
        found = outcomes[name]
        if isinstance(found, BaseException):
            failed = True
            err.print(f"{name}: {type(found).__name__}: {found}", style="red", markup=False, soft_wrap=True)
        else:
            counts = ", ".join(f"{n} {what}" for what, n in sorted(found.items())) or "nothing to do"
            err.print(f"{name}: {counts}", markup=False)
    if failed:
        raise SystemExit(1)


def run_together(
    where: Settings, runs: dict[str, Run], *, until_idle: bool, stop: threading.Event | None = None
) -> "dict[str, Outcomes | BaseException]":
    """Run consumers side by side; when one breaks, all stop. With until_idle they end in the order of the pipeline."""
    stop = stop or threading.Event()
    outcomes: dict[str, Any] = {}

    def work(name: str, run: Run, idle: bool) -> None:
        try:
            bus = open_bus(where)
            try:
                outcomes[name] = run(bus, stop, idle)
            finally:
                bus.close()
        except BaseException as problem:  # handed to the main thread, which reports it and ends the process
            outcomes[name] = problem
            stop.set()
            log.error("consumer broke", extra={"consumer": name, "error": type(problem).__name__})

    with _signals(stop):
        if until_idle:
            for name in (n for n in GROUPS if n in runs):
                if not stop.is_set():
                    work(name, runs[name], True)
                outcomes.setdefault(name, {})
            return outcomes
        threads = [threading.Thread(target=work, args=(n, r, False), name=n, daemon=True) for n, r in runs.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.5)
    return outcomes


def score_run(work: Workplace) -> Run:
    """The score consumer."""
    from bus.runner import run
    from consumers.score import scorer

    handle = scorer(load_analyzer(work.where))

    def go(bus: "Bus", stop: threading.Event, until_idle: bool) -> "Outcomes":
        group, sources = GROUPS["score"]
        return run(
            bus,
            group=group,
            sources=sources,
            handle=handle,
            sink=POSTS_SCORED,
            stop=stop,
            now=work.now,
            until_idle=until_idle,
        )

    return go


def detect_run(work: Workplace) -> Run:
    """The detect consumer; its state comes back from the log."""
    from bus.runner import run
    from config.alerts import load_alerts
    from consumers.detect import Detector
    from consumers.recall import recall

    rules = load_alerts(work.where.config / "alerts.yaml", work.rules)
    gc.set_threshold(*GARBAGE)
    keep_large_apart()

    def go(bus: "Bus", stop: threading.Event, until_idle: bool) -> "Outcomes":
        group, sources = GROUPS["detect"]
        detector = Detector(rules, partitions=bus.partitions(POSTS_SCORED.name))

        def rebuild(pair: tuple[str, int], settled: "Settled") -> None:
            recall(detector, pair, settled, work.now())

        def tick(now: datetime) -> "Sequence[Message]":
            join_pages()
            return detector.tick(now)

        return run(
            bus,
            group=group,
            sources=sources,
            handle=timed(detector.handle, work.now),
            sink=POSTS_SCORED,
            rebuild=rebuild,
            forget=detector.forget,
            on_tick=tick,
            tick_s=DETECT_TICK_S,
            stop=stop,
            now=work.now,
            until_idle=until_idle,
        )

    return go


def timed(
    handle: "Callable[[Sequence[Message]], Sequence[Sequence[Message]]]", now: Callable[[], datetime]
) -> "Callable[[Sequence[Message]], Sequence[Sequence[Message]]]":
    """`handle`, with minyi_alert_latency_seconds measured: from the collection of the firing post to its alert."""
    from bus.messages import AlertRaised, PostScored
    from bus.metrics import ALERT_LATENCY

    def timed_handle(messages: "Sequence[Message]", /) -> "Sequence[Sequence[Message]]":
        results = handle(messages)
        for post, published in zip(messages, results, strict=True):
            if isinstance(post, PostScored) and any(isinstance(m, AlertRaised) for m in published):
                ALERT_LATENCY.observe(max(0.0, (now() - post.collected_at).total_seconds()))
        return results

    return timed_handle


def archive_run(work: Workplace) -> Run:
    """The archive consumer."""
    from bus.runner import run
    from config.alerts import load_alerts
    from consumers.archive import archiver, passed_on

    handle = archiver(work.store, load_alerts(work.where.config / "alerts.yaml", work.rules), now=work.now)

    def go(bus: "Bus", stop: threading.Event, until_idle: bool) -> "Outcomes":
        group, sources = GROUPS["archive"]
        return run(
            bus,
            group=group,
            sources=sources,
            handle=handle,
            on_tick=passed_on(work.store),
            stop=stop,
            now=work.now,
            until_idle=until_idle,
            pure=False,
        )

    return go


def notify_run(work: Workplace, *, say: Callable[[str, str], None] | None = None) -> Run:
    """The notify consumer; `say` prints for terminal channels."""
    from bus.runner import run
    from config.alerts import load_alerts
    from config.audiences import load_audiences
    from consumers.notify import Notifier
    from consumers.senders import senders

    audiences = load_audiences(work.where.config / "audiences.yaml")
    rules = load_alerts(work.where.config / "alerts.yaml", work.rules)
    ways = senders(audiences, say=say or _say)
    notifier = Notifier(work.store, audiences, ways, rules, now=work.now, wide=_too_wide(work.where))

    def go(bus: "Bus", stop: threading.Event, until_idle: bool) -> "Outcomes":
        group, sources = GROUPS["notify"]
        return run(
            bus,
            group=group,
            sources=sources,
            handle=notifier.handle,
            on_tick=notifier.tick,
            stop=stop,
            now=work.now,
            until_idle=until_idle,
            pure=False,
        )

    return go


def _too_wide(where: Settings) -> frozenset[str]:
    """Places whose events are told each by itself; none when the list is missing or wrong (`minyi check` says so)."""
    from config.loader import ConfigError
    from config.places import load_places, too_wide

    try:
        return too_wide(load_places(where.config / "places.yaml"))
    except ConfigError:
        return frozenset()


RUNS: dict[str, Callable[[Workplace], Run]] = {
    "score": score_run,
    "detect": detect_run,
    "archive": archive_run,
    "notify": notify_run,
}


def _chosen(names: list[str]) -> list[str]:
    unknown = sorted(set(names) - {*RUNS, "all"})
    if unknown:
        fail(f"no consumer called {', '.join(unknown)}; expected {', '.join(RUNS)} or all", 2)
    return list(RUNS) if "all" in names else [name for name in RUNS if name in names]


def _say(text: str, colour: str) -> None:
    head, _, rest = text.partition("\n")
    out.print(head, style=colour, markup=False, soft_wrap=True)
    if rest:
        out.print(rest, markup=False, soft_wrap=True)
    out.file.flush()


def _serve_metrics(port: int) -> None:
    """A small page for Prometheus on the loopback."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    from bus.metrics import exposition

    class Page(BaseHTTPRequestHandler):
        """GET anything: the metrics."""

        def do_GET(self) -> None:
            body, kind = exposition()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """No access log."""

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Page)
    except OSError as problem:
        fail(f"port {port} for the metrics cannot be used ({problem.strerror}): use --metrics-port N", 2)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM ask for a clean stop, while this runs in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {sig: signal.signal(sig, lambda *_: stop.set()) for sig in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for sig, handler in before.items():
            signal.signal(sig, handler)

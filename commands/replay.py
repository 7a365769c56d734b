"""`minyi replay` and `minyi burst`: what the detectors would have said, at the data's own times."""

import csv
import dataclasses
import gzip
import hashlib
import io
import json
import sys
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bus.messages import AlertRaised, Message, PostCollected, encode
from bus.topics import POSTS_COLLECTED, POSTS_SCORED
from commands.common import err, fail, finite, load_analyzer, open_bus, open_store, out, print_json, settings
from config.loader import ConfigError
from config.settings import Settings

if TYPE_CHECKING:
    from bus.api import Bus
    from bus.state import Settled
    from config.alerts import AlertRules
    from store.engine import Store

CHUNK_POSTS = 4096
PACED_STEP_S = 0.25
PROGRESS_S = 2.0
SHOWN_CHARS = 40  # of a cell that is wrong
ONE_KEY = "replay"
"""All replayed posts share a key and with it a partition, so that they are handled in the order of the file."""


def replay(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSONL of posts (.gz too), - for standard input.")],
    speed: Annotated[str, typer.Option(help="max, or how many times faster than the posts' own times.")] = "max",
    rules: Annotated[Path | None, typer.Option(help="Another alerts.yaml; it may hold only what it changes.")] = None,
    home: Annotated[
        Path | None, typer.Option(help="Own folder for this replay (else `replay` below the usual home).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the alerts, one object a line.")] = False,
) -> None:
    """Play posts through bus, scoring, detection and archive at their own times; ends when all is through.

    The rows have the fields of PostCollected, oldest first; `text` and `published_at` are required. A replay that was
    interrupted goes on where it was when it is called again with the same file and home. Bad rows are named by
    line, good rows kept; the exit code is then 1.
    """
    pace = _pace(speed)
    name = "<stdin>" if file == "-" else file
    where = settings(home or settings().home / "replay")
    where = dataclasses.replace(where, bus="embedded", store=f"sqlite:///{where.home / 'minyi.db'}")
    from config.alerts import load_alerts

    try:
        alert_rules = load_alerts(where.config / "alerts.yaml", rules)
        with _opened(file) as lines:
            player = Player(where, alert_rules, name=name, as_json=as_json)
            try:
                player.play(lines, pace)
                player.report()
            finally:
                player.close()
            if player.bad:
                fail(f"{name}: {player.bad} rows could not be read, all others are played")
    except ConfigError as problem:
        fail(str(problem), 2)
    except ValueError as problem:
        fail(f"{file}: {problem}", 2)
    except OSError as problem:
        fail(f"{problem.filename or file}: {problem.strerror or problem}", 2)


class Player:
    """One replay: a bus, a store, and the three consumers on them, in one process."""

    def __init__(self, where: Settings, rules: "AlertRules", *, name: str, as_json: bool) -> None:
        from consumers.archive import archiver
        from consumers.detect import Detector
        from consumers.score import scorer

        self._name = name
        self._as_json = as_json
        self._bus: Bus = open_bus(where)
        self._store: Store = open_store(where)
        self._home = where.home
        self._detector = Detector(rules)
        self._event_time = datetime.fromtimestamp(0, UTC)
        self._score = scorer(load_analyzer(where))
        self._archive = archiver(self._store, rules, now=lambda: self._event_time)
        self._stop = threading.Event()
        self._known: set[tuple[str, int]] = set()
        self._first = True
        self.posts = self.bad = self.alerts = 0
        self.outcomes: dict[str, int] = {}
        self._said = self._began = time.monotonic()

    def play(self, lines: Iterator[str], pace: float | None) -> None:
        """Everything in `lines`, in chunks; with a pace, no post before its time."""
        rows = self._resume(self._read(lines))
        for chunk in _chunks(rows) if pace is None else _paced(rows, pace):
            for post in chunk:
                self._event_time = max(self._event_time, post.published_at)
                self._bus.publish(POSTS_COLLECTED.name, ONE_KEY, encode(post))
            self._bus.flush()
            self.posts += len(chunk)
            self._through()
            self._progress()
        self._through()

    def report(self) -> None:
        """All alerts of this home, oldest first, and what became of the posts."""
        from store.alerts import AlertFilter, find_alerts

        found: list[AlertRaised] = []
        after: str | None = None
        while True:
            with self._store.read() as conn:
                page = find_alerts(conn, AlertFilter(), limit=1000, after=after)
            found += [row.alert for row in page.items]
            after = page.next
            if after is None:
                break
        if self._as_json:
            for alert in reversed(found):
                print_json(alert)
        seconds = time.monotonic() - self._began
        counts = ", ".join(f"{n} {what}" for what, n in sorted(self.outcomes.items()))
        err.print(f"{self.posts} posts in {seconds:.1f} s ({counts or 'nothing new'})", markup=False)
        err.print(f"{len(found)} alerts in {self._home}", markup=False)

    def close(self) -> None:
        """Close bus and store."""
        self._bus.close()
        self._store.close()

    def _through(self) -> None:
        """Score, detect, archive until nothing is left."""
        from bus.runner import run
        from commands.consume import GROUPS

        known, self._known = self._known, set()

        def rebuild(pair: tuple[str, int], settled: "Settled") -> None:
            """State lives on between the chunks: only a new process or a broken handler needs the log."""
            again = pair in self._known
            self._known.add(pair)
            if again or pair not in known:
                self._detector.rebuild(pair, settled)

        common: dict[str, Any] = {"stop": self._stop, "until_idle": True, "now": lambda: self._event_time}
        group, sources = GROUPS["score"]
        scored = run(self._bus, group=group, sources=sources, handle=self._score, sink=POSTS_SCORED, **common)
        for outcome, n in scored.items():
            name = "scored" if outcome == "published" else outcome
            self.outcomes[name] = self.outcomes.get(name, 0) + n
        group, sources = GROUPS["detect"]
        run(self._bus, group=group, sources=sources, handle=self._detect, rebuild=rebuild, **common)
        group, sources = GROUPS["archive"]
        run(self._bus, group=group, sources=sources, handle=self._archive, pure=False, **common)

    def _detect(self, messages: Sequence[Message], /) -> Sequence[Sequence[Message]]:
        results = self._detector.handle(messages)
        for message in chain.from_iterable(results):
            if isinstance(message, AlertRaised):
                self.alerts += 1
                if not self._as_json:
                    _print_alert(message)
        return results

    def _read(self, lines: Iterator[str]) -> Iterator[PostCollected]:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield as_post(line)
                except ValueError as problem:
                    self.bad += 1
                    err.print(f"{self._name}:{number}: {problem}", markup=False, emoji=False, soft_wrap=True)

    def _resume(self, rows: Iterator[PostCollected]) -> Iterator[PostCollected]:
        """Pass over what this home has from an earlier, interrupted call. Raises ValueError for another file's home."""
        from bus.groups import key_bytes, partition_of

        name = POSTS_COLLECTED.name
        partition = partition_of(key_bytes(ONE_KEY), POSTS_COLLECTED.partitions)
        start, end = self._bus.bounds(name, partition)
        if start == end:
            yield from rows
            return
        last = next(iter(self._bus.read(name, partition, end - 1, end))).value
        for n, post in enumerate(rows, 1):
            self._event_time = max(self._event_time, post.published_at)
            if n == end:
                if encode(post) != last:
                    break
                err.print(f"going on after {n} posts", markup=False)
                yield from rows
                return
        raise ValueError(f"{self._home} holds the replay of another file: give --home a new folder")

    def _progress(self) -> None:
        if time.monotonic() - self._said >= PROGRESS_S:
            self._said = time.monotonic()
            err.print(
                f"{self.posts} posts, {self.alerts} alerts, event time {self._event_time:%Y-%m-%d %H:%M} UTC",
                markup=False,
            )


def as_post(line: str) -> PostCollected:
    """One row as a post. Raises ValueError with what is wrong."""
    import msgspec

    from models.text import strip_surrogates

    try:
        row = json.loads(line)
    except json.JSONDecodeError as problem:
        raise ValueError(f"not JSON: {problem.msg} at column {problem.colno}") from None
    except (RecursionError, ValueError):
        raise ValueError("not JSON: nested too deep or a number too long") from None
    if not isinstance(row, dict):
        raise ValueError("expected an object")
    row.pop("type", None)
    row = {
        name: strip_surrogates(value) if isinstance(value, str) else value
        for name, value in row.items()
        if value is not None
    }
    row.setdefault("collected_at", row.get("published_at"))
    if not row.get("id"):
        told = "\n".join(str(row.get(name, "")) for name in ("url", "platform", "text", "published_at"))
        row["id"] = hashlib.blake2b(told.encode("utf-8", "replace"), digest_size=16).hexdigest()
    try:
        return msgspec.convert(row, PostCollected)
    except msgspec.ValidationError as problem:
        raise ValueError(str(problem)) from None


def burst(
    file: Annotated[str, typer.Argument(metavar="FILE.csv", help="CSV with timestamp,value; - for standard input.")],
    bin_minutes: Annotated[
        float | None,
        typer.Option(help="Minutes between rows (else the first two rows tell).", min=0.01, callback=finite),
    ] = None,
) -> None:
    """Write timestamp,value,anomaly_score for a series of counts; a score of 0.5 or more is a burst."""
    try:
        with _opened(file) as lines:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(["timestamp", "value", "anomaly_score"])
            for stamp, value, score in scored_rows(lines, bin_minutes):
                writer.writerow([stamp, value, f"{score:.6f}"])
            sys.stdout.flush()
    except ValueError as problem:
        fail(f"{file}: {problem}", 2)
    except OSError as problem:
        if problem.filename is None and not isinstance(problem, gzip.BadGzipFile):
            raise  # of what is written, not of what is read
        fail(f"{file}: {problem.strerror or problem}", 2)


def scored_rows(lines: Iterator[str], bin_minutes: float | None = None) -> Iterator[tuple[str, str, float]]:
    """(timestamp, value, score) of each row, as they come; the first waits for the second. Raises ValueError."""
    from models.bursts import SeriesDetector, bin_minutes_of

    rows = _series(lines)
    first = list(_take(rows, 2))
    detector = SeriesDetector(bin_minutes=bin_minutes or bin_minutes_of(at for at, _, _, _ in first))
    before: datetime | None = None
    for at, stamp, value, number in chain(first, rows):
        if before is not None and at <= before:
            raise ValueError(f"line {number}: timestamps must rise: {stamp}")
        before = at
        try:
            count = float(value)
        except ValueError:
            raise ValueError(f"line {number}: not a number: {_brief(value)}") from None
        try:
            yield stamp, value, detector.push(count).score
        except ValueError as problem:
            raise ValueError(f"line {number}: {problem}") from None


def _series(lines: Iterator[str]) -> Iterator[tuple[datetime, str, str, int]]:
    reader = csv.DictReader(lines)
    if not {"timestamp", "value"} <= set(reader.fieldnames or ()):
        raise ValueError("the first line must name the columns timestamp and value")
    zoned: bool | None = None
    for row in reader:
        stamp, value = (row["timestamp"] or "").strip(), (row["value"] or "").strip()
        try:
            at = datetime.fromisoformat(stamp)
        except ValueError:
            raise ValueError(f"line {reader.line_num}: not a time: {_brief(stamp)}") from None
        zoned = bool(at.tzinfo) if zoned is None else zoned
        if zoned != bool(at.tzinfo):
            raise ValueError(f"line {reader.line_num}: times with and without a zone do not mix: {stamp}")
        yield at, stamp, value, reader.line_num


def _brief(cell: str) -> str:
    """A cell of a file as a message may show it: one short line."""
    line = "".join(c if c.isprintable() else "?" for c in " ".join(cell.split()))
    return line if 0 < len(line) <= SHOWN_CHARS else f"{line[:SHOWN_CHARS]}…" if line else "empty"


def _take(rows: Iterator[Any], n: int) -> Iterator[Any]:
    for _ in range(n):
        try:
            yield next(rows)
        except StopIteration:
            return


@contextmanager
def _opened(file: str) -> Iterator[Iterator[str]]:
    """The lines of a file, a .gz file or standard input, UTF-8. Only line feeds end a line."""
    raw: Any = sys.stdin.buffer
    if file != "-":
        raw = gzip.open(file) if file.endswith(".gz") else Path(file).open("rb")  # noqa: SIM115  # closed below
    text = io.TextIOWrapper(raw, encoding="utf-8-sig", errors="strict", newline="\n")
    try:
        yield iter(text)
    except UnicodeDecodeError:
        raise ValueError("not UTF-8; save it as UTF-8") from None
    except (EOFError, zlib.error):
        raise ValueError("a damaged .gz file") from None
    except csv.Error as problem:
        raise ValueError(f"not CSV: {problem}") from None
    finally:
        text.detach() if file == "-" else text.close()


def _pace(speed: str) -> float | None:
    if speed == "max":
        return None
    try:
        pace = float(speed)
    except ValueError:
        pace = 0.0
    if not 0 < pace < float("inf"):
        fail(f"--speed: expected max or a number above 0, got {speed}", 2)
    return pace


def _chunks(rows: Iterator[PostCollected]) -> Iterator[list[PostCollected]]:
    while chunk := list(_take(rows, CHUNK_POSTS)):
        yield chunk


def _paced(rows: Iterator[PostCollected], pace: float) -> Iterator[list[PostCollected]]:
    """What is due by now, every quarter of a second."""
    began, start = time.monotonic(), None
    chunk: list[PostCollected] = []
    for post in rows:
        start = start or post.published_at
        due = began + (post.published_at - start).total_seconds() / pace
        while (ahead := due - time.monotonic()) > 0:
            if chunk:
                yield chunk
                chunk = []
            time.sleep(min(PACED_STEP_S, ahead))
        chunk.append(post)
        if len(chunk) >= CHUNK_POSTS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _print_alert(alert: AlertRaised) -> None:
    from consumers.senders import COLOUR
    from models.deadlines import beijing
    from models.vocabulary import LEVEL

    out.print(
        f"{beijing(alert.raised_at)} 【{LEVEL[alert.level]}】{alert.headline}",
        style=COLOUR[alert.level],
        markup=False,
        soft_wrap=True,
    )
    for reason in alert.reasons:
        out.print(f"    {reason.words}", markup=False, soft_wrap=True)

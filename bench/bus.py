"""How fast the embedded log is, against plain SQLite inserts and selects of the same rows in the same run.

The ratio is the price of topics, partitions, keys and groups; the rates are this machine's. Appends are synced to the
disk (synchronous = FULL) on both sides. `python -m bench.bus --json`, or `minyi bench bus`.
"""

import json
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from bus.embedded import EmbeddedBus
from bus.topics import Topic

TOPIC = Topic("bench", 4, 7)
VALUE = b"x" * 1000
MESSAGES = 20_000
ROUNDS = 3
PINGS = 200


def measure() -> dict[str, Any]:
    """Rates in messages of 1 kB a second, ratios to plain SQLite, and publish-to-receive in milliseconds."""
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="minyi-bench-") as folder:
        for batch in (10, 100, 1000):
            ours, plain = _both(Path(folder), f"p{batch}", partial(produce, batch=batch), partial(insert, batch=batch))
            result[f"produce_{batch}_per_flush"] = _row(ours, plain)
        ours, plain = _both(Path(folder), "c", consume, select)
        result["consume"] = _row(ours, plain)
        result["latency_ms"] = latency(Path(folder) / "latency.db")
    return result


def produce(path: Path, batch: int) -> float:
    with closing(EmbeddedBus(path, [TOPIC])) as bus:
        started = time.perf_counter()
        for n in range(MESSAGES):
            bus.publish(TOPIC.name, f"key-{n}", VALUE)
            if n % batch == batch - 1:
                bus.flush()
        bus.flush()
        return MESSAGES / (time.perf_counter() - started)


def insert(path: Path, batch: int) -> float:
    with closing(_plain(path)) as db:
        started = time.perf_counter()
        for start in range(0, MESSAGES, batch):
            db.execute("BEGIN IMMEDIATE")
            for n in range(start, start + batch):
                db.execute("INSERT INTO log (key, value) VALUES (?, ?)", (f"key-{n}", VALUE))
            db.execute("COMMIT")
        return MESSAGES / (time.perf_counter() - started)


def consume(path: Path) -> float:
    """Poll and commit in batches of 256, as the runner does."""
    produce(path, 1000)
    with closing(EmbeddedBus(path, [TOPIC])) as bus:
        subscription = bus.subscribe([TOPIC.name], "bench")
        started, seen = time.perf_counter(), 0
        while seen < MESSAGES:
            batch = subscription.poll(256, 1)
            subscription.commit(batch)
            seen += len(batch)
        return MESSAGES / (time.perf_counter() - started)


def select(path: Path) -> float:
    insert(path, 1000)
    with closing(_plain(path)) as db:
        started, at = time.perf_counter(), 0
        while rows := db.execute("SELECT id, key, value FROM log WHERE id > ? ORDER BY id LIMIT 256", (at,)).fetchall():
            at = rows[-1][0]
        return MESSAGES / (time.perf_counter() - started)


def latency(path: Path) -> dict[str, float]:
    """Publish to receive, one message at a time, between two threads with a bus each."""
    waited: list[float] = []
    ready = threading.Event()

    def listen() -> None:
        with closing(EmbeddedBus(path, [TOPIC])) as bus:
            subscription = bus.subscribe([TOPIC.name], "bench")
            ready.set()
            while len(waited) < PINGS:
                for d in subscription.poll(10, 5):
                    waited.append((time.perf_counter() - float(d.value)) * 1000)
                    subscription.commit([d])

    thread = threading.Thread(target=listen)
    with closing(EmbeddedBus(path, [TOPIC])) as bus:
        thread.start()
        ready.wait(10)
        for _ in range(PINGS):
            time.sleep(0.005)
            bus.publish(TOPIC.name, "k", repr(time.perf_counter()).encode())
            bus.flush()
        thread.join(30)
    cuts = statistics.quantiles(waited, n=100)
    return {"p50": round(cuts[49], 2), "p99": round(cuts[98], 2)}


def _plain(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY, key TEXT, value BLOB)")
    return db


def _both(
    folder: Path, name: str, ours: Callable[[Path], float], plain: Callable[[Path], float]
) -> tuple[float, float]:
    """Best of ROUNDS each, taking turns, so that a busy moment hits both."""
    rates = [(ours(folder / f"{name}-{n}-a.db"), plain(folder / f"{name}-{n}-b.db")) for n in range(ROUNDS)]
    return max(a for a, _ in rates), max(b for _, b in rates)


def _row(ours: float, plain: float) -> dict[str, float]:
    return {"per_s": round(ours), "plain_sqlite_per_s": round(plain), "ratio": round(ours / plain, 2)}


def main() -> None:
    result = measure()
    if "--json" in sys.argv[1:]:
        sys.stdout.write(json.dumps(result) + "\n")
        return
    for name, row in result.items():
        sys.stdout.write(f"{name}: {', '.join(f'{key} {value}' for key, value in row.items())}\n")


if __name__ == "__main__":
    main()

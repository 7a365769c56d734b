"""From a post on the bus to the alert on the bus, with everything running: `python -m bench.latency --json`.

Starts `minyi run` on a home of its own (embedded bus, SQLite, the example city, Prefect, the desk), publishes ordinary
posts to posts.collected at a constant rate and, every second, a crisis in a district of its own. The latency of an
alert is counted from the moment the post that tipped it over was on the bus: each post carries its moment of
publication, and an alert the moment of its post. The bars: p50 <= 1 s, p99 <= 3 s at 500 posts a second on two cores.
"""

import argparse
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bus.api import Bus
from bus.messages import AlertRaised, PostCollected, decode, encode
from bus.topics import ALERTS_RAISED, POSTS_COLLECTED, POSTS_SCORED
from commands.common import open_bus
from config.settings import PROJECT, from_environment
from example import texts

STEP_S = 0.02
LOOK_S = 0.005
START_S = 240.0  # for all parts to run
WARM_UP_S = 5.0  # of posts before the first crisis
DRAIN_S = 30.0  # for the last alerts to appear
CRISIS_POSTS = 16
DISTRICTS = ("澜汀市", "云溯区", "望汐区", "砚池区", "青岬区")
ACCUSATION = "望汐派出所民警在{}号路口打伤了送餐的小伙子, 还抢走拍视频的人的手机, 太让人愤怒了"


def measure(rate: int = 500, seconds: float = 60.0) -> dict[str, Any]:
    """Milliseconds from the post to its alert; what was left unread at the end tells whether the rate was kept up."""
    with tempfile.TemporaryDirectory(prefix="minyi-bench-") as folder, _running(Path(folder)) as bus:
        published: dict[datetime, float] = {}
        seen: list[tuple[AlertRaised, float]] = []
        stop = threading.Event()
        ear = threading.Thread(target=_listen, args=(Path(folder), seen, stop))
        ear.start()
        began = time.monotonic()
        _feed(bus, rate, seconds, published)
        took = time.monotonic() - began
        behind = {
            "score": bus.group_lag("score", [POSTS_COLLECTED.name]),
            "detect": bus.group_lag("detect", [POSTS_SCORED.name]),
            "archive": bus.group_lag("archive", [POSTS_SCORED.name]),
        }
        time.sleep(min(DRAIN_S, 3.0 + sum(behind.values()) / 500))
        stop.set()
        ear.join()
    waited = [(at - published[a.raised_at]) * 1000 for a, at in seen if a.raised_at in published]
    if len(waited) < 2:
        raise RuntimeError("hardly any alert appeared: the crises of this bench no longer alarm, or nothing runs")
    cuts = statistics.quantiles(waited, n=100, method="inclusive")
    return {
        "rate_per_s": round(len(published) / took),
        "alerts": len(waited),
        "p50_ms": round(cuts[49]),
        "p99_ms": round(cuts[98]),
        "worst_ms": round(max(waited)),
        "unread_at_the_end": behind,
        "load_average": round(os.getloadavg()[0], 1),
    }


def _feed(bus: Bus, rate: int, seconds: float, published: dict[datetime, float]) -> None:
    """Publish at a constant rate; a step that comes late is made up for, as a queue in front would."""
    rng = random.Random(7)
    everyday = [text for platform in ("weibo", "bbs", "news") for _, _, text in texts.ordinary(platform)]
    began = time.monotonic()
    number = crises = 0
    while (now := time.monotonic() - began) < seconds:
        step: list[PostCollected] = []
        if now >= WARM_UP_S + crises:
            step += _crisis(crises)
            crises += 1
        due = int(now * rate)
        while number + len(step) < due:
            text = f"{rng.choice(everyday)} {rng.choice(texts.lines('names.txt'))}{rng.randrange(10_000)}"
            step.append(_post(f"o{number + len(step)}", text, rng.choice(DISTRICTS), rng.randrange(50_000)))
        number += len(step)
        for post in step:
            bus.publish(POSTS_COLLECTED.name, post.id, encode(post))
        bus.flush()
        there = time.time()
        published.update((post.published_at, there) for post in step)
        time.sleep(max(0.0, STEP_S - (time.monotonic() - began - now)))


def _crisis(number: int) -> list[PostCollected]:
    district = f"云溯区{number}号片"
    first = _post(f"c{number}", ACCUSATION.format(number), district, 0)
    rest = [
        _post(f"c{number}-{n}", "转发微博", district, n, repost_of=first.id, kind="repost")
        for n in range(1, CRISIS_POSTS)
    ]
    return [first, *rest]


def _post(ident: str, text: str, jurisdiction: str, author: int, **more: Any) -> PostCollected:
    now = datetime.now(UTC)
    return PostCollected(
        id=ident,
        platform="weibo",
        source="bench",
        jurisdiction=jurisdiction,
        text=text.replace("{街}", "云溯大道").replace("{区}", "云溯区"),
        author=f"a{author}",
        published_at=now,
        collected_at=now,
        **more,
    )


def _listen(home: Path, seen: list[tuple[AlertRaised, float]], stop: threading.Event) -> None:
    """Note every alert of the bench and when it could first be read."""
    bus = open_bus(from_environment({}, home=home / "home"))
    offsets = dict.fromkeys(range(ALERTS_RAISED.partitions), 0)
    while not stop.wait(LOOK_S):
        for partition, start in offsets.items():
            _, end = bus.bounds(ALERTS_RAISED.name, partition)
            now = time.time()
            for d in bus.read(ALERTS_RAISED.name, partition, start, end) if end > start else ():
                message = decode(d.value)
                if isinstance(message, AlertRaised):
                    seen.append((message, now))
            offsets[partition] = end
    bus.close()


@contextmanager
def _running(folder: Path) -> Iterator[Bus]:
    """`minyi run` until all its parts run, on ports of its own; its bus to publish on. Stopped at the end."""
    config, home, terminal = folder / "config", folder / "home", folder / "terminal.txt"
    shutil.copytree(PROJECT / "config", config, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    sources = (config / "sources.yaml").read_text(encoding="utf-8")
    (config / "sources.yaml").write_text(sources.replace(":8610/", f":{_free_port()}/"), encoding="utf-8")
    env = {**os.environ, "MINYI_CONFIG": str(config), "MINYI_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    argv = [sys.executable, "-m", "cli", "run", "--port", str(_free_port()), "--prefect-port", str(_free_port())]
    with terminal.open("wb") as out:
        process = subprocess.Popen(argv, env=env, stdout=out, stderr=subprocess.STDOUT, cwd=PROJECT)
    try:
        end = time.monotonic() + START_S
        while "all parts run" not in (said := terminal.read_text(encoding="utf-8")):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"minyi run did not come up:\n{said}")
            time.sleep(0.2)
        bus = open_bus(from_environment({}, home=home))
        yield bus
        bus.close()
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    result = measure(args.rate, args.seconds)
    print(json.dumps(result) if args.json else "\n".join(f"{k:18} {v}" for k, v in result.items()))


if __name__ == "__main__":
    main()

"""Speed and memory of the detector over simulated months: `python -m bench.detect --json [--posts N] [--days D]`.

Ordinary single posts, small events, forwards and a crisis every other day, in event time. Memory is read at the half
and at the end: it must be flat, because everything is pruned by event time.
"""

import argparse
import json
import random
import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bus.messages import AlertRaised, PostScored
from config.alerts import load_alerts
from consumers.detect import Detector

START = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = 20_000


def stream(posts: int, days: float, seed: int = 7) -> Iterator[PostScored]:
    """Scored posts in time order: 70 % singles, 25 % forwards of recent ones, 5 % forwards of the crisis of the day."""
    rng = random.Random(seed)
    step = days * 86_400 / posts
    recent: list[str] = ["p0"]
    crisis = "p0"
    for n in range(posts):
        at = START + timedelta(seconds=n * step)
        draw = rng.random()
        if n % max(1, int(posts / days * 2)) == 0:
            crisis = f"p{n}"
        original = None if draw < 0.7 else crisis if draw < 0.75 else rng.choice(recent)
        if original is None:
            recent = [*recent[-200:], f"p{n}"]
        tokens = [f"词{int(rng.paretovariate(0.4)) % WORDS}" for _ in range(0 if original else 14)]
        yield PostScored(
            id=f"p{n}",
            platform="weibo",
            source="bench",
            jurisdiction="澜汀市",
            text="转发微博" if original else f"第{n}件事情" + "".join(tokens),
            author=f"a{rng.randrange(50_000)}",
            published_at=at,
            collected_at=at,
            kind="repost" if original else "post",
            repost_of=original,
            tokens=tokens,
            sentiment=-1,
            attitude=-1,
            relevance=0.9,
            relevant=rng.random() < 0.3,
            category="service",
            places=["望汐派出所"] if rng.random() < 0.1 else [],
            keywords=tokens[:4],
            fingerprint=f"{rng.getrandbits(64):016x}",
        )


def resident_mb() -> float:
    """Memory in use now, in MB."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:  # no /proc: the highest so far
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / 2**20


def measure(posts: int = 100_000, days: float = 30.0) -> dict[str, object]:
    """One run; rates are of CPU time spent in the detector alone."""
    detector = Detector(load_alerts())
    spent, alerts, half = 0.0, 0, 0.0
    batch: list[PostScored] = []

    def handle() -> None:
        nonlocal spent, alerts
        began = time.process_time()
        results = detector.handle(batch)
        spent += time.process_time() - began
        alerts += sum(isinstance(m, AlertRaised) for result in results for m in result)
        batch.clear()

    for n, post in enumerate(stream(posts, days), 1):
        batch.append(post)
        if len(batch) == 256:
            handle()
        if n == posts // 2:
            half = resident_mb()
    handle()
    return {
        "posts": posts,
        "days": days,
        "posts_per_cpu_s": round(posts / spent),
        "alerts": alerts,
        "rss_mb_at_half": round(half, 1),
        "rss_mb_at_end": round(resident_mb(), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--days", type=float, default=30.0)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    result = measure(args.posts, args.days)
    print(json.dumps(result) if args.json else "\n".join(f"{k:18} {v}" for k, v in result.items()))


if __name__ == "__main__":
    main()

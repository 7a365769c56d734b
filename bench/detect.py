"""Speed and memory of the detector over a simulated month: `python -m bench.detect --json [--posts N] [--days D]`.

Memory is read at the half and at the end: it must be flat, because everything is pruned by event time. With `--attack
copies` or `random` a flood (`--flood N`) of near copies of one text, or of words at random, falls into one hour of the
middle, on one jurisdiction or on all (`--everywhere`), beside the usual posts. These are then handled once more without
it: what each of them costs in that hour, how long it waits behind the others, and whether the same alerts come of them.
"""

import argparse
import gc
import json
import resource
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from heapq import merge
from operator import attrgetter
from pathlib import Path

from bench.city import JURISDICTIONS, START, Attack, City
from bus.messages import EventChanged, PostScored, encode
from commands.consume import DETECT_TICK_S
from commands.memory import GARBAGE, join_pages, keep_large_apart
from config.alerts import load_alerts
from consumers.detect import Detector
from models.remembered import ClusterRule

BATCH = 256
HOUR = timedelta(hours=1)


@dataclass
class Spent:
    """What a run took: seconds of CPU spent in the detector alone, MB in use."""

    posts: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    beside: list[float] = field(default_factory=list)
    """Seconds of each usual post in the hour of the flood."""
    waits: list[float] = field(default_factory=list)
    """Seconds from the publication of each of these to its end, as if all came at their own times to this one core."""
    free: float = 0.0
    """When, in event time, the core would have been done with all so far."""
    half_mb: float = 0.0
    peak_mb: float = 0.0
    end_mb: float = 0.0
    alerts: dict[bytes, str] = field(default_factory=dict)
    """Everything said in the topic alerts.raised, and where."""


def resident_mb() -> float:
    """Memory in use now, in MB."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:  # no /proc: the highest so far
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / 2**20


def run(posts: Iterable[PostScored], expected: int, days: float, rule: ClusterRule | None = None) -> Spent:
    """Hand the posts to a new detector."""
    detector, spent = Detector(load_alerts(), clusters=rule), Spent()
    ticks = 0
    for batch in _batches(posts, days):
        began = time.process_time()
        if spent.seconds >= ticks * DETECT_TICK_S:
            ticks += 1
            join_pages()  # as the process does
        results = detector.handle(batch)
        took = time.process_time() - began
        spent.seconds += took
        spent.slowest = max(spent.slowest, took)
        for post in batch:
            at = post.published_at.timestamp()
            spent.free = max(spent.free, at) + took / len(batch)
        if len(batch) == 1 and not _is_flood(batch[0]):
            spent.beside.append(took)
            spent.waits.append(spent.free - batch[0].published_at.timestamp())
        for message in (m for result in results for m in result):
            if not isinstance(message, EventChanged):
                spent.alerts[encode(message)] = message.jurisdiction
        if spent.posts < expected // 2 <= spent.posts + len(batch):
            spent.half_mb = resident_mb()
        spent.posts += len(batch)
        spent.peak_mb = max(spent.peak_mb, resident_mb())
    spent.end_mb = resident_mb()
    return spent


def _batches(posts: Iterable[PostScored], days: float) -> Iterator[list[PostScored]]:
    """As they come; a usual post in the hour of the flood by itself, so that its cost can be told."""
    begins = START + timedelta(days=days / 2)
    batch: list[PostScored] = []
    for post in posts:
        alone = begins <= post.published_at < begins + HOUR and not _is_flood(post)
        if batch and (alone or len(batch) == BATCH):
            yield batch
            batch = []
        batch.append(post)
        if alone:
            yield batch
            batch = []
    if batch:
        yield batch


def _is_flood(post: PostScored) -> bool:
    return post.id.startswith("flood")


def measure(
    posts: int = 100_000,
    days: float = 30.0,
    attack: Attack | None = None,
    flood: int = 0,
    places: tuple[str, ...] = JURISDICTIONS[1:2],
    rule: ClusterRule | None = None,
) -> dict[str, object]:
    """One run, two with an attack; rates are of CPU time spent in the detector alone."""
    calm = City(posts, days)
    if attack is None:
        return _found(run(calm.stream(), posts, days, rule), days)
    usual = list(calm.stream())  # before memory is measured: the same in both runs
    others = City(flood, days, seed=8, name="flood").flood(attack, START + timedelta(days=days / 2), places)
    before = resident_mb()
    attacked = run(merge(usual, others, key=attrgetter("published_at")), posts + flood, days, rule)
    alone = run(usual, posts, days, rule)
    lost = [place for alert, place in alone.alerts.items() if alert not in attacked.alerts]
    return {
        **_found(attacked, days),
        "rss_mb_before": round(before, 1),
        "us_per_usual_post_in_the_hour": round(1e6 * sum(attacked.beside) / max(1, len(attacked.beside)), 1),
        "us_per_usual_post_without": round(1e6 * sum(alone.beside) / max(1, len(alone.beside)), 1),
        "ms_until_done_p99_in_the_hour": _p99_ms(attacked.waits),
        "ms_until_done_p99_without": _p99_ms(alone.waits),
        "alerts_without": len(alone.alerts),
        "of_these_other_where_attacked": sum(place in places for place in lost),
        "of_these_other_elsewhere": sum(place not in places for place in lost),
    }


def _p99_ms(seconds: list[float]) -> float:
    return round(1000 * sorted(seconds)[len(seconds) * 99 // 100], 2) if seconds else 0.0


def _found(spent: Spent, days: float) -> dict[str, object]:
    return {
        "posts": spent.posts,
        "days": days,
        "posts_per_cpu_s": round(spent.posts / spent.seconds),
        "slowest_batch_ms": round(spent.slowest * 1000, 1),
        "alerts": len(spent.alerts),
        "rss_mb_at_half": round(spent.half_mb, 1),
        "rss_mb_at_peak": round(spent.peak_mb, 1),
        "rss_mb_at_end": round(spent.end_mb, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--days", type=float, default=30.0)
    parser.add_argument("--attack", choices=["copies", "random"])
    parser.add_argument("--flood", type=int, default=1_000_000, help="posts of the attack")
    parser.add_argument("--everywhere", action="store_true", help="the attack is on all jurisdictions")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    gc.freeze()
    gc.set_threshold(*GARBAGE)  # both as the process does
    keep_large_apart()
    places = JURISDICTIONS if args.everywhere else JURISDICTIONS[1:2]
    result = measure(args.posts, args.days, args.attack, args.flood, places)
    print(json.dumps(result) if args.json else "\n".join(f"{k:30} {v}" for k, v in result.items()))


if __name__ == "__main__":
    main()

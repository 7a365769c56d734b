"""Speed and memory of the detector over a simulated month: `python -m bench.detect --json [--posts N] [--days D]`.

Scored posts in event time from a seeded generator (invented words, fictional places): everyday posts on many topics,
forwards and answers, near copies, and a crisis every other day that is told, retold and forwarded. Memory is read at
the half and at the end: it must be flat, because everything is pruned by event time. `--attack copies` or `random`
puts a flood of a third of all posts into one hour of the middle, for one jurisdiction.
"""

import argparse
import json
import math
import random
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

from bus.messages import AlertRaised, Category, PostScored
from config.alerts import load_alerts
from consumers.detect import Detector

START = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 256
SYLLABLES = "澜汀云溯望汐砚池青岬舟桥渡浦汇溪岭峰林原街巷里坊门井台阁亭轩灯船帆潮雾霜雪雨风晴阳月星辰早晚春夏秋冬东西"
PLACES = ("澜汀市", "云溯区", "望汐区", "砚池区", "青岬区", "望汐派出所", "砚池桥头", "青岬码头", "云溯广场", "溪岭路")
JURISDICTIONS = ("澜汀市", "云溯区", "望汐区", "砚池区", "青岬区")
SHARES = tuple(accumulate((0.6, 0.1, 0.1, 0.1, 0.1)))  # most posts are about one place
CATEGORIES: tuple[Category, ...] = ("service", "traffic", "crime", "conduct", "other")
HOURS = (3, 2, 1, 1, 1, 2, 4, 6, 7, 8, 8, 8, 9, 8, 7, 7, 7, 7, 8, 9, 10, 10, 8, 5)


@dataclass
class _Topic:
    """What people write about for a while: its words, its posts that others forward."""

    words: list[str]
    place: str
    jurisdiction: str
    heads: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    print: int = 0


class City:
    """Invents the posts; the same seed, the same posts."""

    def __init__(self, posts: int, days: float, seed: int = 7, attack: str = "") -> None:
        self._rng = random.Random(seed)
        self._posts, self._days, self._attack = posts, days, attack
        self._words = self._vocabulary(30_000)
        self._weights = tuple(accumulate(1 / (n + 20) for n in range(len(self._words))))  # Zipf
        self._topics = [self._topic() for _ in range(300)]
        self._crisis = self._topic()
        self._n = 0

    def stream(self) -> Iterator[PostScored]:
        """Posts in time order."""
        flood = self._posts // 3 if self._attack else 0
        calm = self._posts - flood
        hourly = calm / (self._days * sum(HOURS))
        per_crisis = max(1, round(2 * calm / self._days))
        for hour in range(math.ceil(self._days * 24)):
            rate = round(hourly * HOURS[hour % 24])
            attacked = flood and hour == int(self._days * 12)
            times = sorted(self._rng.random() for _ in range(rate + (flood if attacked else 0)))
            share = flood / max(1, len(times)) if attacked else 0.0
            for at in times:
                when = START + timedelta(hours=hour + at)
                if self._n % per_crisis == 0:
                    self._crisis = self._topic()
                    self._crisis.place = self._rng.choice(PLACES[5:])
                if self._rng.random() < 0.01:
                    self._topics[self._rng.randrange(len(self._topics))] = self._topic()
                yield self._flood(when) if self._rng.random() < share else self._post(when)
                self._n += 1

    def _post(self, when: datetime) -> PostScored:
        """40 % of its own, 30 % about a topic, 18 % forwards and answers, 4 % near copies, 8 % the crisis."""
        rng, draw = self._rng, self._rng.random()
        if draw < 0.4:
            return self._own(when, _Topic([], self._place(), self._jurisdiction()), rng.randint(6, 40))
        topic = self._crisis if draw > 0.92 else rng.choice(self._topics)
        kind = rng.random()
        if topic.heads and (0.7 <= draw < 0.88 or (topic is self._crisis and kind < 0.8)):
            return self._forward(when, topic)
        if topic.text and 0.88 <= draw < 0.92:
            return self._copy(when, topic)
        return self._own(when, topic, rng.randint(8, 40))

    def _flood(self, when: datetime) -> PostScored:
        """One post of the attack: a near copy of one text, or words at random."""
        jurisdiction = JURISDICTIONS[1]
        if self._attack == "copies":
            topic = _Topic([], PLACES[6], jurisdiction, text=["快来看看"] * 12, print=0x5A5A_5A5A_5A5A_5A5A)
            return self._copy(when, topic)
        return self._own(when, _Topic([], self._place(), jurisdiction), 20)

    def _own(self, when: datetime, topic: _Topic, length: int) -> PostScored:
        rng = self._rng
        about = rng.choices(topic.words, k=length // 3) if topic.words else []
        tokens = [*rng.choices(self._words, cum_weights=self._weights, k=length - len(about)), *about]
        rng.shuffle(tokens)
        topic.heads = [*topic.heads[-20:], f"p{self._n}"]
        topic.text, topic.print = tokens, rng.getrandbits(64)
        return self._scored(when, topic, "".join(tokens), tokens, topic.print)

    def _copy(self, when: datetime, topic: _Topic) -> PostScored:
        tokens = [*topic.text]
        tokens[self._rng.randrange(len(tokens))] = self._rng.choice(self._words)
        near = topic.print ^ 1 << self._rng.randrange(64)
        return self._scored(when, topic, "".join(tokens), tokens, near)

    def _forward(self, when: datetime, topic: _Topic) -> PostScored:
        rng = self._rng
        tokens = rng.choices(self._words, cum_weights=self._weights, k=rng.randint(1, 10)) if rng.random() < 0.5 else []
        text = "".join(tokens) or "转发微博"
        return self._scored(when, topic, text, tokens, rng.getrandbits(64), original=rng.choice(topic.heads))

    def _scored(
        self, when: datetime, topic: _Topic, text: str, tokens: list[str], near: int, original: str | None = None
    ) -> PostScored:
        rng = self._rng
        relevant = bool(tokens) and (topic is self._crisis or rng.random() < 0.3)
        return PostScored(
            id=f"p{self._n}",
            platform=rng.choice(("weibo", "forum", "news")),
            source="bench",
            jurisdiction=topic.jurisdiction,
            text=text,
            author=f"a{rng.randrange(200_000)}",
            published_at=when,
            collected_at=when,
            kind="repost" if original else "post",
            repost_of=original,
            tokens=tokens,
            sentiment=rng.choice((-1, -1, 0, 1)) if tokens else 0,
            attitude=rng.choice((-1, 0, None)) if relevant else None,
            relevance=0.9 if relevant else 0.1,
            relevant=relevant,
            category=rng.choice(CATEGORIES) if relevant else None,
            places=[topic.place] if topic.place and tokens and rng.random() < 0.5 else [],
            keywords=tokens[:5],
            fingerprint=f"{near:016x}",
        )

    def _topic(self) -> _Topic:
        words = self._rng.choices(self._words, k=60)
        return _Topic(words, self._place(), self._jurisdiction())

    def _place(self) -> str:
        return self._rng.choice(PLACES) if self._rng.random() < 0.3 else ""

    def _jurisdiction(self) -> str:
        return self._rng.choices(JURISDICTIONS, cum_weights=SHARES)[0]

    def _vocabulary(self, size: int) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < size:
            found["".join(self._rng.choices(SYLLABLES, k=self._rng.choice((2, 2, 2, 3))))] = None
        return list(found)


def resident_mb() -> float:
    """Memory in use now, in MB."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:  # no /proc: the highest so far
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / 2**20


def measure(posts: int = 100_000, days: float = 30.0, attack: str = "") -> dict[str, object]:
    """One run; rates are of CPU time spent in the detector alone."""
    detector = Detector(load_alerts())
    spent, alerts, half, slowest = 0.0, 0, 0.0, 0.0
    batch: list[PostScored] = []

    def handle() -> None:
        nonlocal spent, alerts, slowest
        began = time.process_time()
        results = detector.handle(batch)
        took = time.process_time() - began
        spent += took
        slowest = max(slowest, took)
        alerts += sum(isinstance(m, AlertRaised) for result in results for m in result)
        batch.clear()

    seen = 0
    for seen, post in enumerate(City(posts, days, attack=attack).stream(), 1):
        batch.append(post)
        if len(batch) == BATCH:
            handle()
        if seen == posts // 2:
            half = resident_mb()
    handle()
    return {
        "posts": seen,
        "days": days,
        "posts_per_cpu_s": round(seen / spent),
        "slowest_batch_ms": round(slowest * 1000, 1),
        "alerts": alerts,
        "rss_mb_at_half": round(half, 1),
        "rss_mb_at_end": round(resident_mb(), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--days", type=float, default=30.0)
    parser.add_argument("--attack", choices=["", "copies", "random"], default="")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    result = measure(args.posts, args.days, args.attack)
    print(json.dumps(result) if args.json else "\n".join(f"{k:18} {v}" for k, v in result.items()))


if __name__ == "__main__":
    main()

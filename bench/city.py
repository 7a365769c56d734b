"""A city that talks: scored posts in event time from a seeded generator, invented words and fictional places.

Everyday posts on many topics, forwards and answers, near copies, and a crisis every other day that is told, retold and
forwarded; beside them, when wanted, a flood within one hour.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Literal

from bus.messages import Category, PostScored

START = datetime(2026, 1, 1, tzinfo=UTC)
SYLLABLES = "澜汀云溯望汐砚池青岬舟桥渡浦汇溪岭峰林原街巷里坊门井台阁亭轩灯船帆潮雾霜雪雨风晴阳月星辰早晚春夏秋冬东西"
PLACES = ("澜汀市", "云溯区", "望汐区", "砚池区", "青岬区", "望汐派出所", "砚池桥头", "青岬码头", "云溯广场", "溪岭路")
Attack = Literal["copies", "random"]
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

    def __init__(self, posts: int, days: float, seed: int = 7, name: str = "p") -> None:
        self._rng = random.Random(seed)
        self._posts, self._days, self._name = posts, days, name
        self._words = self._vocabulary(30_000)
        self._weights = tuple(accumulate(1 / (n + 20) for n in range(len(self._words))))  # Zipf
        self._topics = [self._topic() for _ in range(300)]
        self._crisis = self._topic()
        self._n = 0

    def stream(self) -> Iterator[PostScored]:
        """Posts in time order."""
        hourly = self._posts / (self._days * sum(HOURS))
        per_crisis = max(1, round(2 * self._posts / self._days))
        for hour in range(math.ceil(self._days * 24)):
            for at in sorted(self._rng.random() for _ in range(round(hourly * HOURS[hour % 24]))):
                when = START + timedelta(hours=hour + at)
                if self._n % per_crisis == 0:
                    self._crisis = self._topic()
                    self._crisis.place = self._rng.choice(PLACES[5:])
                if self._rng.random() < 0.01:
                    self._topics[self._rng.randrange(len(self._topics))] = self._topic()
                yield self._post(when)
                self._n += 1

    def flood(self, attack: Attack, begins: datetime, places: Sequence[str]) -> Iterator[PostScored]:
        """All the posts within one hour: near copies of one text, or words at random; in these jurisdictions."""
        copied = {
            place: _Topic([], PLACES[6], place, text=["快来看看"] * 12, print=n << 40) for n, place in enumerate(places)
        }
        for at in sorted(self._rng.random() for _ in range(self._posts)):
            when, place = begins + timedelta(hours=at), self._rng.choice(places)
            if attack == "copies":
                yield self._copy(when, copied[place])
            else:
                yield self._own(when, _Topic([], self._place(), place), 20)
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

    def _own(self, when: datetime, topic: _Topic, length: int) -> PostScored:
        rng = self._rng
        about = rng.choices(topic.words, k=length // 3) if topic.words else []
        tokens = [*rng.choices(self._words, cum_weights=self._weights, k=length - len(about)), *about]
        rng.shuffle(tokens)
        topic.heads = [*topic.heads[-20:], f"{self._name}{self._n}"]
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
            id=f"{self._name}{self._n}",
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

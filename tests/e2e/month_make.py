"""A month of 澜汀市, written by hand: ordinary life, three crises and what only looks like one.

Every post is invented. Times are Beijing's; the calendar of the month is `CALENDAR`, in the words of its author.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import Any

from bus.messages import PostCollected
from example import texts
from example.items import DISTRICTS, HOURS, RATES, STREETS

FOLDER = Path(__file__).with_name("month")
BEIJING = timezone(timedelta(hours=8))
CITY = "澜汀市"
START = datetime(2026, 9, 7, tzinfo=BEIJING)  # a Monday
DAYS = 32
PLATFORMS = {"bbs": "forum", "news": "news", "weibo": "weibo"}
BARE = ("转发微博", "转发", "[怒]", "轻转发", "[怒][怒]", "转")

CALENDAR = {
    "elder": START + timedelta(days=8, hours=12, minutes=20),  # a crisis: it grows to red within the hour
    "outage": START + timedelta(days=12),  # a day on which nothing at all is collected
    "old": START + timedelta(days=13, hours=10),  # an affair of 2 September is collected: raises nothing
    "slow": START + timedelta(days=14, hours=9),  # 32 complaints about one station in four days
    "mother": START + timedelta(days=18, hours=8, minutes=10),  # a crisis: to orange
    "one_source_out": START + timedelta(days=19),  # the forum is silent for a day
    "flood": START + timedelta(days=21, hours=15),  # five accounts, one text, 200 posts: worth five voices
    "holiday": START + timedelta(days=24),  # a week with a quarter of the posts
    "custody": START + timedelta(days=28, hours=7),  # a crisis within the holiday: begins with a grave accusation
}


def month() -> list[PostCollected]:
    """All posts, in the order in which they are collected."""
    posts = [p for p in _ordinary() if not _unheard(p)]
    posts += _crisis("elder", forwards=110, minutes=80, seed=1)
    posts += _crisis("mother", forwards=44, minutes=150, seed=2)
    posts += _crisis("custody", forwards=60, minutes=90, seed=3)
    posts += [*_slow(), *_flood(), *_old()]
    return sorted(posts, key=lambda p: (p.collected_at, p.id))


def _post(number: str, platform: str, at: datetime, text: str, **more: Any) -> PostCollected:
    fields: dict[str, Any] = {"collected_at": at + timedelta(minutes=2), "author": f"a-{number}", **more}
    return PostCollected(
        id=f"month-{number}",
        platform=PLATFORMS[platform],  # type: ignore[arg-type]
        source=platform,
        jurisdiction=CITY,
        url=f"http://127.0.0.1/{platform}/{number}",
        text=text,
        published_at=at,
        **fields,
    )


def _ordinary() -> Iterator[PostCollected]:
    """Life goes on: each text comes round again after about a week, as other people's."""
    rng = Random(7)
    for platform, rate in RATES.items():
        deck: list[tuple[str, str, str]] = []
        for hour in range(DAYS * 24):
            holiday = 24 <= hour // 24 < 31
            expected = rate * HOURS[hour % 24] * (0.25 if holiday else 1.0)
            for _ in range(int(expected) + (rng.random() < expected % 1)):
                deck = deck or rng.sample(texts.ordinary(platform), len(texts.ordinary(platform)))
                outlet, title, text = deck.pop()
                text = text.replace("¶", "\n").format(街=rng.choice(STREETS), 区=rng.choice(DISTRICTS))
                title = title.format(街=rng.choice(STREETS), 区=rng.choice(DISTRICTS))
                at = START + timedelta(hours=hour, seconds=rng.randrange(3600))
                number = f"{platform}-{hour}-{rng.getrandbits(32):08x}"
                yield _post(number, platform, at, text, title=title, author=outlet or f"a{rng.randrange(900)}")


def _unheard(post: PostCollected) -> bool:
    """Lost in the outage of the collector, or in that of the forum."""
    day = timedelta(days=1)
    lost = CALENDAR["outage"] <= post.published_at < CALENDAR["outage"] + day
    silent = post.source == "bbs" and CALENDAR["one_source_out"] <= post.published_at < CALENDAR["one_source_out"] + day
    return lost or silent


def _crisis(story: str, *, forwards: int, minutes: float, seed: int) -> Iterator[PostCollected]:
    """The written lines of a story among bare forwards of its first one; dense at first, thinner later."""
    rng, start = Random(seed), CALENDAR[story]
    lines = [row[1:] for row in _rows("crises.tsv", "\t") if row[0] == story]
    first, rest = lines[0], [*lines[1:], *(("weibo", "-", rng.choice(BARE)) for _ in range(forwards))]
    later = rest[1:]
    rng.shuffle(later)
    root = f"{story}-0"
    yield _post(root, first[0], start, first[2], reposts=forwards)
    for n, (kind, title, text) in enumerate([rest[0], *later], 1):
        at = start + timedelta(minutes=minutes * (n / len(rest)) ** 1.5, seconds=rng.randrange(20))
        platform = "bbs" if kind == "forum" else kind
        linked: dict[str, Any] = {}
        if platform == "weibo":
            linked = {"kind": "repost", "repost_of": f"month-{root}"}
        elif title == "-" and platform == "bbs":
            linked = {"kind": "reply", "parent": f"month-{story}-1"}
        yield _post(f"{story}-{n}", platform, at, text, title=title.strip("-"), **linked)


def _slow() -> Iterator[PostCollected]:
    rng = Random(11)
    for n, (text,) in enumerate(_rows("slow.txt", "\t")):
        hour = 9 + rng.random() * 12
        at = CALENDAR["slow"].replace(hour=0) + timedelta(days=n // 8, hours=hour)
        yield _post(f"slow-{n}", "bbs" if n % 3 else "weibo", at, text)


def _flood() -> Iterator[PostCollected]:
    variants = [text for story, text in _rows("others.txt", "|") if story == "flood"]
    for n in range(200):
        at = CALENDAR["flood"] + timedelta(seconds=24 * n)
        yield _post(f"flood-{n}", "weibo", at, variants[n // 5 % len(variants)], author=f"flood-{n % 5}")


def _old() -> Iterator[PostCollected]:
    told = [text for story, text in _rows("others.txt", "|") if story == "old"]
    for n in range(60):
        at = datetime(2026, 9, 2, 21, tzinfo=BEIJING) + timedelta(minutes=n)
        linked = {"kind": "repost", "repost_of": "month-old-0"} if n else {}
        text = told[n] if n < len(told) else BARE[n % len(BARE)]
        collected = CALENDAR["old"] + timedelta(seconds=n)
        yield _post(f"old-{n}", "weibo", at, text, collected_at=collected, **linked)


def _rows(name: str, between: str) -> list[tuple[str, ...]]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [tuple(line.split(between)) for line in lines if line and not line.startswith("#")]

"""What can be read in the city at a moment: a pure function of that moment and of the moment the city was started."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from random import Random

from example import texts

CITY_ZONE = timezone(timedelta(hours=8))
KEPT = timedelta(days=8)  # a feed holds what is younger
BASELINE_HOURS = 7 * 24
TAKEN_BACK_AFTER = timedelta(minutes=24)

# Posts an hour on average. The texts of each platform last about a week before one comes round again.
RATES = {"weibo": 0.93, "bbs": 0.53, "news": 0.21}

# How busy each local hour is beside the average; sums to about 24.
HOURS = (
    *(0.5, 0.3, 0.15, 0.1, 0.1, 0.2, 0.5, 0.9, 1.2, 1.3, 1.3, 1.3),
    *(1.5, 1.4, 1.2, 1.1, 1.1, 1.2, 1.4, 1.6, 1.8, 1.8, 1.4, 0.9),
)

STREETS = ["云溯大道", "梧桐里", "鹭桥", "渔埠路", "汐口", "学宫路", "墨香老街", "石笋", "滨岬路", "盐埕", "岬湾"]
DISTRICTS = ["云溯区", "望汐区", "砚池区", "青岬区"]


@dataclass(frozen=True)
class Item:
    """One post, thread or article."""

    platform: str
    """bbs, news or weibo."""
    native: str
    """Its id at the platform: `<uid>/<bid>` on weibo, digits elsewhere."""
    author: str
    published_at: datetime
    text: str
    """Plain text; paragraphs are separated by a newline."""
    title: str = ""
    original: "Item | None" = None
    """What it forwards."""
    reposts: int = 0
    comments: int = 0
    likes: int = 0
    story: str = ""
    """crisis, other, or empty for ordinary life; for tests, never served."""
    tone: int = 0
    """-1, 0, 1 in a story; 0 in ordinary life."""
    gone_at: datetime | None = None

    @property
    def path(self) -> str:
        """The path of its page."""
        if self.platform == "bbs":
            return f"/bbs/thread-{self.native}.html"
        return f"/weibo/{self.native}" if self.platform == "weibo" else f"/news/{self.native}.html"

    @property
    def guid(self) -> str:
        """The id a feed gives it."""
        return f"https://weibo.com/{self.native}" if self.platform == "weibo" else f"{self.platform}-{self.native}"


def items(now: datetime, started: datetime) -> list[Item]:
    """Everything that can be read at `now`, newest first: what was said in the last eight days and not taken back.

    Both times are aware. The same two moments always give the same list.
    """
    return [item for item in said(now, started) if item.gone_at is None or item.gone_at > now]


def said(now: datetime, started: datetime) -> list[Item]:
    """As `items`, with what its author took back."""
    start = started.astimezone(UTC).replace(microsecond=0)
    seen = [item for item in (*_stories(start), *_ordinary(now, start)) if now - KEPT < item.published_at <= now]
    return sorted(seen, key=lambda item: (item.published_at, item.guid), reverse=True)


@lru_cache(maxsize=4)
def _stories(start: datetime) -> tuple[Item, ...]:
    by_key: dict[str, Item] = {}
    told = []
    for n, line in enumerate(texts.script()):
        at = start + timedelta(seconds=round(line.minute * 60))
        reposts, comments, likes = line.counts
        item = Item(
            platform=line.platform,
            native=_native(line.platform, line.author, f"{start.timestamp():.0f}:story:{n}"),
            author=line.author,
            published_at=at,
            text=line.text.replace("¶", "\n"),
            title=line.title,
            original=by_key[line.forwards] if line.forwards else None,
            reposts=reposts,
            comments=comments,
            likes=likes,
            story=line.story,
            tone=line.tone,
            gone_at=at + TAKEN_BACK_AFTER if line.key == "gone" else None,
        )
        if line.key:
            by_key[line.key] = item
        told.append(item)
    return tuple(told)


def _ordinary(now: datetime, start: datetime) -> Iterator[Item]:
    """Hour by hour since a week before the start: as many posts as the hour of the day deserves."""
    for platform, rate in RATES.items():
        owed, told = 0.0, 0
        for hour in range(-BASELINE_HOURS, math.floor((now - start) / timedelta(hours=1)) + 1):
            at = start + timedelta(hours=hour)
            owed += rate * HOURS[at.astimezone(CITY_ZONE).hour]
            while told < int(owed):
                if at > now - KEPT - timedelta(hours=1):
                    yield _everyday(platform, at, told, start)
                told += 1


@lru_cache(maxsize=4096)
def _everyday(platform: str, hour: datetime, n: int, start: datetime) -> Item:
    """The n-th ordinary post of a platform since the city began, said in the hour that begins at `hour`."""
    seed = f"{start.timestamp():.0f}:{platform}:{n}"
    rng = Random(seed)
    choices = list(texts.ordinary(platform))
    Random(f"{start.timestamp():.0f}:{platform}").shuffle(choices)
    outlet, title, text = choices[n % len(choices)]
    street, district = rng.choice(STREETS), rng.choice(DISTRICTS)
    author = outlet or rng.choice(texts.lines("names.txt"))
    return Item(
        platform=platform,
        native=_native(platform, author, seed),
        author=author,
        published_at=hour + timedelta(seconds=rng.randrange(3600)),
        text=_fill(text, street, district).replace("¶", "\n"),
        title=_fill(title, street, district),
        reposts=int(rng.paretovariate(1.2)) - 1 if platform == "weibo" else 0,
        comments=int(rng.paretovariate(0.9)) - 1,
        likes=int(3 * rng.paretovariate(0.9)) - 3 if platform == "weibo" else 0,
    )


def _fill(text: str, street: str, district: str) -> str:
    return text.replace("{街}", street).replace("{区}", district)


def _native(platform: str, author: str, seed: str) -> str:
    """An id as the platform would give it; twelve-digit user ids and ten-digit numbers, so that none is a real one."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])
    if platform != "weibo":
        return str(10**9 + number % (9 * 10**9))
    user = int.from_bytes(hashlib.sha256(author.encode()).digest()[:8]) % 10**11
    alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    bid = "".join(alphabet[number // 62**i % 62] for i in range(9))
    return f"9{user:011d}/{bid}"

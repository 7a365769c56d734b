"""Scored posts for the tests of this folder and its neighbour."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from bus.messages import PostScored

START = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
CITY = "澜汀市"


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def scored(n: int | str, minutes: float, **more: Any) -> PostScored:
    """A relevant, negative post of somebody new at `minutes` after START, collected at once."""
    when = more.pop("published_at", at(minutes))
    text = more.pop("text", f"第{n}个人说望汐派出所的事情太让人生气了")
    fields: dict[str, Any] = {
        "id": f"p{n}",
        "platform": "weibo",
        "source": "微博",
        "jurisdiction": CITY,
        "text": text,
        "author": f"a{n}",
        "published_at": when,
        "collected_at": when,
        "tokens": [],
        "sentiment": -1,
        "sentiment_score": -0.8,
        "attitude": -1,
        "relevance": 0.9,
        "relevant": True,
        "category": "service",
        "fingerprint": hashlib.blake2b(text.encode(), digest_size=8).hexdigest(),
        "model_version": "test",
    }
    return PostScored(**{**fields, **more})


def crisis(n: int, *, start: float = 0.0, apart: float = 0.1, root: str = "root", **more: Any) -> list[PostScored]:
    """An accusation and n - 1 forwards of it, `apart` minutes apart."""
    first = scored(0, start, id=root, text="望汐派出所民警在灯市口打伤了送餐的小伙子", author="first", **more)
    rest = [
        scored(i, start + i * apart, text="转发微博", kind="repost", repost_of=root, id=f"{root}-{i}", **_bare(more))
        for i in range(1, n)
    ]
    return [first, *rest]


def _bare(more: dict[str, Any]) -> dict[str, Any]:
    """What the analysis says of a forward without words of its own."""
    nothing = {"sentiment": 0, "sentiment_score": 0.0, "attitude": None, "relevance": 0.0, "relevant": False}
    return {**nothing, "category": None, **more}

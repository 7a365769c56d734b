"""Messages for the tests, with everything that does not matter filled in."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bus.messages import AlertCleared, AlertCounts, AlertRaised, EventChanged, PostScored, Reason, Window

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)  # a Monday, 20:00 in Beijing
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
GONE_AT = NOON + 30 * DAY  # after every post was collected


def post(ident: str = "p1", at: datetime = NOON, **fields: Any) -> PostScored:
    values: dict[str, Any] = {"text": "夜市噪声没人管", "jurisdiction": "澜汀市", "platform": "forum", "source": "论坛"}
    values |= {"collected_at": at + timedelta(minutes=5), **fields}
    return PostScored(id=ident, published_at=at, **values)


def negative(ident: str, at: datetime = NOON, **fields: Any) -> PostScored:
    values: dict[str, Any] = {
        "relevant": True,
        "relevance": 0.9,
        "sentiment": -1,
        "attitude": -1,
        "category": "conduct",
    }
    return post(ident, at, **(values | fields))


def alert(
    ident: str = "a1", event: str = "e1", level: str = "yellow", at: datetime = NOON, **fields: Any
) -> AlertRaised:
    values: dict[str, Any] = {
        "headline": "云溯区 执法行为",
        "first_post": "p1",
        "posts": ["p1", "p2"],
        "jurisdiction": "澜汀市",
        "reasons": [Reason(rule="event-burst", measured=12, threshold=5, unit="posts/h", words="一小时内 12 条")],
        "counts": AlertCounts(posts=12, relevant=12, negative=10, platforms={"forum": 12}),
        "window": Window(start=at - HOUR, end=at),
        "place": "云溯区",
        "category": "conduct",
    }
    return AlertRaised(id=ident, event=event, level=level, raised_at=at, **(values | fields))


def clear(ident: str = "c1", event: str = "e1", at: datetime = NOON + DAY, **fields: Any) -> AlertCleared:
    values: dict[str, Any] = {"previous_level": "yellow", "headline": "云溯区 执法行为", "words": "已平息"}
    return AlertCleared(id=ident, event=event, cleared_at=at, **(values | fields))


def event(ident: str = "e1", at: datetime = NOON, posts: int = 2, **fields: Any) -> EventChanged:
    values: dict[str, Any] = {
        "headline": "云溯区 执法行为",
        "first_post": "p1",
        "first_at": NOON - HOUR,
        "jurisdiction": "澜汀市",
        "place": "云溯区",
        "category": "conduct",
        "phase": "rising",
    }
    counts = AlertCounts(posts=posts, relevant=posts, negative=posts)
    return EventChanged(id=ident, last_at=at, counts=counts, **(values | fields))

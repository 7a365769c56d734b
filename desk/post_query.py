"""The filter of the posts, as the page and the API read it from the address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bus.messages import AlertRaised
from desk import words
from desk.choices import one_of, polarity
from desk.errors import BadRequest
from desk.times import field, parse_field, second_after
from store.alerts import get_alert
from store.engine import Connection
from store.posts import PostFilter

MAX_VALUE_CHARS = 300
FREE = ("jurisdiction", "source", "place", "event", "text", "same")
SCORES = ("relevant", "sentiment", "attitude", "against", "category", "intent")
NAMES = ("since", "until", *SCORES, "platform", *FREE, "alert", "copies")
COPIES = {"": None, "1": None, "0": False, "only": True}
"""The page lists each text once unless `copies` is given; for programs, and for counting, nothing given is 1."""


@dataclass(frozen=True)
class PostQuery:
    """A filter and the address values it came from."""

    where: PostFilter
    params: dict[str, str]
    """Every name of NAMES; empty text for what is not set."""

    @property
    def active(self) -> bool:
        """True when anything narrows the choice."""
        return any(self.params.values())


def read_query(given: Mapping[str, str]) -> PostQuery:
    """The filter in `given`. Raises BadRequest, naming the field, for values that cannot be used."""
    params = {name: given.get(name, "").strip() for name in NAMES}
    for name, value in params.items():
        if len(value) > MAX_VALUE_CHARS:
            raise BadRequest(f"参数 {name} 太长。")
    if params["relevant"] not in ("", "0", "1"):
        raise BadRequest("“涉警”没有这个选项。")
    if params["against"] not in ("", "1") or (params["against"] and not (params["event"] or params["alert"])):
        raise BadRequest("“预警所计负面”只能与事件或预警一起筛选。")
    if params["copies"] not in COPIES:
        raise BadRequest("“同文”没有这个选项。")
    free = {name: params[name] or None for name in FREE}
    where = PostFilter(
        since=_time(params["since"], "起始时间"),
        until=_time(params["until"], "截止时间"),
        relevant=None if not params["relevant"] else params["relevant"] == "1",
        sentiment=polarity(params["sentiment"], "情感"),
        attitude=polarity(params["attitude"], "对警态度"),
        against=True if params["against"] else None,
        category=one_of(params["category"], words.CATEGORY, "分类"),
        intent=one_of(params["intent"], words.INTENT, "意图"),
        platform=one_of(params["platform"], words.PLATFORM, "平台"),
        jurisdiction=free["jurisdiction"],
        source=free["source"],
        place=free["place"],
        event=free["event"],
        text=free["text"],
        same=free["same"],
        copies=COPIES[params["copies"]],
    )
    return PostQuery(where, params)


def within(conn: Connection, query: PostQuery) -> PostFilter:
    """The filter to ask the store with: `alert` becomes the posts the alert names. Raises BadRequest without it."""
    if not query.params["alert"]:
        return query.where
    row = get_alert(conn, query.params["alert"])
    if row is None:
        raise BadRequest("没有这条预警，可能已按期限清除。")
    return replace(query.where, ids=tuple({row.alert.first_post, *row.alert.posts}))


def counted(alert: AlertRaised) -> dict[str, str]:
    """The filter that lists the posts an alert counted.

    Exact while the alert names them all (50 at most); beyond that the event's posts published until then, which may
    include a few that arrived late. A slow rise has no posts of its own: those it names.
    """
    if is_rise(alert) or alert.counts.posts <= len({alert.first_post, *alert.posts}):
        return {"alert": alert.id}
    return {"event": alert.event, "until": field(second_after(max(alert.raised_at, alert.window.end)))}


def is_rise(alert: AlertRaised) -> bool:
    """Whether it tells of a swell and not of an event."""
    return any(reason.rule == "slow-rise" for reason in alert.reasons)


def _time(value: str, label: str) -> datetime | None:
    try:
        return parse_field(value)
    except (ValueError, OverflowError) as err:
        raise BadRequest(f"“{label}”不是有效的时间。") from err

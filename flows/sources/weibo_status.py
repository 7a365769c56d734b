"""One status object of a Weibo API -> what minyi keeps of it. Pure; both JSON APIs send nearly the same object."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bus.messages import AuthorKind
from flows import ids
from flows.found import Found
from flows.sources import weibo_ids, weibo_text
from flows.text import GOVERNMENT
from flows.wordings import Precision, parse_count, parse_time

KINDS: dict[int, AuthorKind] = {
    1: "government", 2: "organisation", 3: "media", 4: "organisation", 5: "organisation", 6: "organisation",
    7: "organisation", 8: "organisation",
}  # fmt: skip
"""verified_type of an account; -1 (none), 0 and the rest are people."""
PRIVATE = frozenset({1, 2, 3, 6})  # visible.type: for the author, friends or a group only
CORE_CHARS = 100  # of a long post every API shows at least this much
WITHIN: dict[Precision, timedelta] = {
    "second": timedelta(0),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "month": timedelta(days=31),
}
SLACK = timedelta(minutes=10)  # pages are cached, posts are checked before they show
_OFFICE = re.compile(rf"{GOVERNMENT.pattern}|新闻办|网信|人民政府|文明办")


@dataclass(frozen=True)
class Status:
    """A status as one answer shows it."""

    mid: str
    found: Found
    long: bool = False
    """The whole text has to be asked for."""
    pinned: bool = False
    """Held at the top of its timeline: not newest first."""
    original: bool = False
    """It came inside the one that forwards it."""


@dataclass(frozen=True)
class Reading:
    """The statuses of one answer in its order, each original before the post that forwards it."""

    statuses: list[Status] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    """Numbers of posts the answer calls deleted."""
    skipped: int = 0
    """Entries that are no public post: advertisements, notices, posts for friends only."""


def read(raw: Sequence[Any], clocks: Sequence[datetime], zone: str) -> Reading:
    """The public posts among status objects; anything else is counted, never an error.

    clocks: what a relative time may be meant against, the likeliest first.
    """
    statuses: dict[str, Status] = {}
    gone: dict[str, None] = {}
    skipped = 0
    for listed in raw:
        status = _status(listed, clocks, zone, gone)
        if status is None:
            skipped += 1
            continue
        inner = listed.get("retweeted_status")
        if isinstance(inner, Mapping):
            original = _status(inner, clocks, zone, gone)
            if original is not None:
                statuses.setdefault(original.mid, replace(original, original=True))
        known = statuses.get(status.mid)
        if known is None or known.original:
            statuses[status.mid] = status
    return Reading(list(statuses.values()), [mid for mid in gone if mid not in statuses], skipped)


def completed(status: Status, markup: str) -> Status:
    """The status with its whole text; its digest stays that of the listing, which is what is seen next time."""
    text = weibo_text.plain(markup)
    if len(text) < len(status.found.text):
        return status
    found = replace(status.found, text=text, digest=status.found.digest.removeprefix("cut "), complete=True)
    return replace(status, found=found, long=False)


def post_id(mid: str) -> str:
    """Id of the post with this number."""
    return ids.post_id("weibo", mid, "")


def mid_in(raw: Mapping[str, Any]) -> str:
    """The number of a status object, "" without a usable one."""
    for key in ("mid", "idstr", "id"):
        value = raw.get(key)
        if isinstance(value, str | int) and weibo_ids.is_mid(str(value).strip()):
            return str(value).strip()
    bid = raw.get("bid") or raw.get("mblogid")
    try:
        return weibo_ids.mid_of(bid) if isinstance(bid, str) else ""
    except ValueError:
        return ""


def _status(raw: Any, clocks: Sequence[datetime], zone: str, gone: dict[str, None]) -> Status | None:
    if not isinstance(raw, Mapping) or not (mid := mid_in(raw)):
        return None
    markup, user = _text(raw), raw.get("user")
    if is_deleted(raw):
        gone[mid] = None
        return None
    if not isinstance(user, Mapping) or _is_advertisement(raw) or _visible(raw) in PRIVATE:
        return None
    text = weibo_text.plain(markup)
    if not text:
        return None
    whole = _long_text(raw)
    long = not whole and (bool(raw.get("isLongText")) or raw.get("truncated") is True or weibo_text.is_cut(markup))
    edits = parse_count(raw.get("edit_count")) or 0
    core = weibo_text.core(markup)
    digest = ids.hashed("weibo", core[:CORE_CHARS], str(edits)) if long or whole else ids.hashed("weibo", core)
    inner = raw.get("retweeted_status")
    origin = mid_in(inner) if isinstance(inner, Mapping) else ""
    found = Found(
        id=post_id(mid),
        title="",
        text=weibo_text.plain(whole) if whole else text,
        url=weibo_ids.address(mid),
        author=str(user.get("screen_name") or user.get("name") or ""),
        author_id=_account(user),
        author_kind=_kind(user),
        followers=parse_count(user.get("followers_count")) or 0,
        published_at=_published(raw, mid, clocks, zone),
        kind="repost" if isinstance(inner, Mapping) else "post",
        repost_of=post_id(origin) if origin else None,
        reposts=parse_count(raw.get("reposts_count")) or 0,
        comments=parse_count(raw.get("comments_count")) or 0,
        likes=parse_count(raw.get("attitudes_count")) or 0,
        region=weibo_text.region(str(raw.get("region_name") or "")),
        complete=not long,
        digest=f"cut {digest}" if long else digest,
    )
    pinned = raw.get("mblogtype") == 2 or bool(raw.get("isTop")) or "置顶" in str(raw.get("title") or "")
    return Status(mid=mid, found=found, long=long, pinned=pinned)


def is_deleted(raw: Mapping[str, Any]) -> bool:
    """Whether the platform says the post is gone; a missing author alone does not."""
    if str(raw.get("deleted") or "0") in ("1", "true", "True"):
        return True
    return not isinstance(raw.get("user"), Mapping) and bool(weibo_text.GONE.search(_text(raw)))


def _text(raw: Mapping[str, Any]) -> str:
    text = raw.get("text") or raw.get("text_raw") or raw.get("raw_text")
    return text if isinstance(text, str) else ""


def _long_text(raw: Mapping[str, Any]) -> str:
    inside = raw.get("longText")
    if not isinstance(inside, Mapping):
        return ""
    whole = inside.get("longTextContent") or inside.get("content")
    return whole if isinstance(whole, str) else ""


def _account(user: Mapping[str, Any]) -> str:
    number = user.get("id") or user.get("idstr")
    return str(number) if isinstance(number, str | int) and not isinstance(number, bool) else ""


def _kind(user: Mapping[str, Any]) -> AuthorKind:
    verified = user.get("verified_type")
    kind = KINDS.get(verified, "person") if isinstance(verified, int) else "person"
    if kind == "person":
        return kind
    words = f"{user.get('screen_name') or ''} {user.get('verified_reason') or ''}"
    return "government" if _OFFICE.search(words) else kind


def _visible(raw: Mapping[str, Any]) -> int:
    visible = raw.get("visible")
    kind = visible.get("type") if isinstance(visible, Mapping) else 0
    return kind if isinstance(kind, int) else 0


def _is_advertisement(raw: Mapping[str, Any]) -> bool:
    promotion = raw.get("promotion")
    if isinstance(promotion, Mapping) and promotion.get("type") == "ad":
        return True
    return raw.get("ad_marked") is True or raw.get("is_ad") in (1, True) or raw.get("mblogtype") == 1


def _published(raw: Mapping[str, Any], mid: str, clocks: Sequence[datetime], zone: str) -> datetime | None:
    """The time stated; where that is coarse (3小时前, 11-07) the second its number was given out, if they agree."""
    said, number = str(raw.get("created_at") or ""), weibo_ids.moment(mid)
    readings = [known for now in clocks if (known := parse_time(said, now=now, zone=zone)) is not None]
    if number is not None and number > max(clocks):
        number = None
    if not readings:
        return number
    if number is not None:
        for when, precision in readings:
            if precision != "second" and abs(when - number) <= WITHIN[precision] + SLACK:
                return number
    return readings[0][0]

"""The JSON of m.weibo.cn: addresses to ask for, answers to statuses. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import msgspec

from flows.found import Unreadable
from flows.sources import weibo_status, weibo_text
from flows.sources.weibo_status import Status

EMPTY = re.compile(r"没有内容|没有找到|没有更多|暂无|没有相关|no data|no more|not? found|^$", re.I)
LOGIN = re.compile(r"登录|登陆|login|signin|passport", re.I)
CAPTCHA = re.compile(r"验证|captcha|geetest|verify", re.I)
BUSY = re.compile(r"频繁|繁忙|稍后|rate limit|too many", re.I)
MAX_DEPTH = 6
CACHED = timedelta(days=1)  # a page's clock further back is believed only where a post's number agrees with it

Outcome = Literal["page", "end", "blocked"]


@dataclass(frozen=True)
class Page:
    """One page of a search or a timeline."""

    outcome: Outcome = "page"
    reason: str = ""
    """Slug of a block: login, captcha, busy, refused."""
    statuses: list[Status] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    total: int = 0
    since: str = ""
    """What the next page of a timeline is asked with."""


@dataclass(frozen=True)
class Whole:
    """The full text of a long post."""

    outcome: Outcome = "page"
    reason: str = ""
    markup: str = ""


@dataclass(frozen=True)
class Shown:
    """One post asked for by its number."""

    outcome: Literal["post", "gone", "unknown", "blocked"] = "unknown"
    reason: str = ""
    statuses: list[Status] = field(default_factory=list)


def search_url(base: str, keyword: str, page: int, *, span: str = "") -> str:
    """A page of the keyword search. span: `2026-11-20-0:2026-11-20-12`, hours of a narrower search."""
    container = f"100103type=1&q={keyword}" + (f"&timescope=custom:{span}" if span else "")
    return f"{base}/api/container/getIndex?containerid={quote(container, safe='')}&page_type=searchall&page={page}"


def timeline_url(base: str, account: str, page: int, *, since: str = "") -> str:
    """A page of an account's posts; `since` comes from the page before where the site gives one."""
    more = f"&since_id={quote(since, safe='')}" if since else f"&page={page}"
    return f"{base}/api/container/getIndex?containerid=107603{account}{more}"


def extend_url(base: str, mid: str) -> str:
    """Where the full text of a long post is."""
    return f"{base}/statuses/extend?id={mid}"


def show_url(base: str, mid: str) -> str:
    """Where one post is asked for."""
    return f"{base}/statuses/show?id={mid}"


def base_of(url: str) -> str:
    """Scheme and host of an entry's address, with its path where the API sits below one."""
    parts = urlsplit(url)
    path = re.sub(r"/(?:api/container(?:/getIndex)?|index\.html?)?/?$", "", parts.path)
    return f"{parts.scheme}://{parts.netloc}{path.rstrip('/')}"


def parse_page(body: bytes, content_type: str, url: str, now: datetime, zone: str) -> Page:
    """A page of statuses. Raises Unreadable("not-json") for what is neither JSON nor a login or captcha page."""
    answer = _decoded(body)
    if isinstance(answer, str):
        return Page("blocked", answer)
    data = answer.get("data")
    cards = data.get("cards") if isinstance(data, Mapping) else None
    if answer.get("ok") != 1 or not isinstance(data, Mapping) or not isinstance(cards, list):
        return _no_page(answer, cards)
    info = data.get("cardlistInfo")
    info = info if isinstance(info, Mapping) else {}
    listed = list(_mblogs(cards))
    read = weibo_status.read(listed, _clocks(info, now), zone)
    return Page(
        "page" if listed else "end",
        statuses=read.statuses,
        gone=read.gone,
        total=_number(info.get("total")),
        since=str(info.get("since_id") or ""),
    )


def parse_whole(body: bytes, content_type: str, url: str, now: datetime, zone: str) -> Whole:
    """The full text of a long post; outcome `end` when the site has none for it."""
    answer = _decoded(body)
    if isinstance(answer, str):
        return Whole("blocked", answer)
    data = answer.get("data")
    for place in (data, answer.get("longText"), answer):
        text = place.get("longTextContent") if isinstance(place, Mapping) else None
        if isinstance(text, str) and text.strip():
            return Whole(markup=text)
    reason = _block(answer)
    return Whole("blocked", reason) if reason else Whole("end")


def parse_shown(body: bytes, content_type: str, url: str, now: datetime, zone: str) -> Shown:
    """One post, `gone` only when the site plainly says so; anything unclear is `unknown`."""
    answer = _decoded(body)
    if isinstance(answer, str):
        return Shown("blocked", answer)
    data = answer.get("data")
    raw = data.get("status", data) if isinstance(data, Mapping) else None
    if isinstance(raw, Mapping) and weibo_status.mid_in(raw):
        if weibo_status.is_deleted(raw):
            return Shown("gone")
        read = weibo_status.read([raw], [now], zone)
        return Shown("post" if read.statuses else "unknown", statuses=read.statuses)
    said = f"{answer.get('msg') or ''} {answer.get('message') or ''} {answer.get('error') or ''}"
    if answer.get("ok") == 0 and weibo_text.GONE.search(said):
        return Shown("gone")
    reason = _block(answer)
    return Shown("blocked", reason) if reason else Shown()


def _no_page(answer: Mapping[str, Any], cards: Any) -> Page:
    reason = _block(answer)
    if reason:
        return Page("blocked", reason)
    if answer.get("ok") == 0 and (cards == [] or _said(answer)) and EMPTY.search(_said(answer)):
        return Page("end")
    return Page("blocked", "captcha" if answer.get("ok") == 1 else "refused")


def _block(answer: Mapping[str, Any]) -> str:
    """Why the site answers no data, as a slug; empty when it does not say."""
    said = f"{_said(answer)} {answer.get('url') or ''}"
    if answer.get("ok") == -100 or LOGIN.search(said):
        return "captcha" if CAPTCHA.search(said) else "login"
    if CAPTCHA.search(said):
        return "captcha"
    return "busy" if BUSY.search(said) else ""


def _said(answer: Mapping[str, Any]) -> str:
    return str(answer.get("msg") or answer.get("message") or answer.get("error") or "").strip()


def _decoded(body: bytes) -> dict[str, Any] | str:
    """The JSON object, or the slug of the wall that stands before it. Raises Unreadable."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = body[:20_000].decode("utf-8", "replace")
        if text.lstrip().startswith("<"):
            if CAPTCHA.search(text):
                return "captcha"
            if LOGIN.search(text) or "Sina Visitor System" in text:
                return "login"
        raise Unreadable("not-json") from None
    if not isinstance(answer, dict):
        raise Unreadable("not-json")
    return answer


def _mblogs(cards: list[Any], depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """The statuses of cards and card groups; other cards are furniture."""
    for card in cards:
        if not isinstance(card, Mapping):
            continue
        if isinstance(card.get("mblog"), Mapping):
            yield card["mblog"]
        group = card.get("card_group")
        if isinstance(group, list) and depth < MAX_DEPTH:
            yield from _mblogs(group, depth + 1)


def _clocks(info: Mapping[str, Any], now: datetime) -> list[datetime]:
    """The page's own clock and the time of the fetch, the likelier first: pages come out of caches."""
    stated = _number(info.get("starttime"))
    try:
        own = datetime.fromtimestamp(stated, UTC) if stated else now
    except (ValueError, OverflowError, OSError):
        return [now]
    if own > now + timedelta(minutes=10):
        return [now]
    return [own, now] if now - own <= CACHED else [now, own]


def _number(value: Any) -> int:
    return int(value) if isinstance(value, int | float | str) and str(value).isdigit() else 0

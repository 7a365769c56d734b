"""The JSON of Weibo's Open API v2: addresses to ask for, answers to statuses. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from flows.found import Unreadable
from flows.sources import weibo_status
from flows.sources.weibo_status import Status

COUNT = 20  # statuses a page, the documented default
RATE = frozenset({10022, 10023, 10024, 10004, 10009})
TOKEN = frozenset({21301, 10006, 10013, 21501, 21602})
EXPIRED = frozenset({21314, 21315, 21316, 21317, 21319, 21327, 21332})
"""Error codes: the token was good once, or is none: somebody must make a new one."""
FORBIDDEN = frozenset({10005, 10007, 10014, 20007, 20008, 21321, 21324, 21335})
ACCOUNTS = frozenset({20003})
NO_ACCOUNT = "no-account"
"""No such account: of one place in the entry, not of the source."""
GONE = frozenset({20101, 20112, 20132})
"""Error codes: the status does not exist, or may not be seen any more."""


@dataclass(frozen=True)
class Timeline:
    """One page of statuses."""

    state: Literal["page", "end", "blocked", "broken"] = "page"
    reason: str = ""
    statuses: list[Status] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class One:
    """One status asked for by its number."""

    state: Literal["post", "gone", "unknown", "blocked"] = "unknown"
    reason: str = ""
    markup: str = ""
    """The full text of a long one."""
    statuses: list[Status] = field(default_factory=list)


def home_url(url: str, page: int) -> str:
    """A page of what the authorised account follows, or of the .json resource the entry names itself."""
    resource = url.partition("?")[0]
    if not resource.endswith(".json"):
        resource = f"{base_of(url)}/2/statuses/friends_timeline.json"
    elif page == 1 and not resource.endswith("_timeline.json"):
        return url
    return f"{resource}?count={COUNT}&page={page}"


def user_url(base: str, account: str, page: int) -> str:
    """A page of one account's statuses, by number or name."""
    who = "uid" if account.isdigit() else "screen_name"
    return f"{base}/2/statuses/user_timeline.json?{who}={quote(account, safe='')}&count={COUNT}&page={page}"


def show_url(base: str, mid: str) -> str:
    """One status with its full text."""
    return f"{base}/2/statuses/show.json?id={mid}&isGetLongText=1"


def base_of(url: str) -> str:
    """The address before `/2/`."""
    return url.split("?")[0].split("/2/")[0].removesuffix("/2").rstrip("/")


def parse_timeline(body: bytes, content_type: str, url: str, now: datetime, zone: str) -> Timeline:
    """A page of statuses, or what the error code means. Raises Unreadable("not-json")."""
    answer = _decoded(body)
    code = error_code(answer)
    if code:
        state, reason = refusal(code)
        return Timeline(state, reason)
    raw = answer.get("statuses")
    if not isinstance(raw, list):
        raise Unreadable("no-statuses")
    read = weibo_status.read(raw, [now], zone)
    return Timeline("page" if raw else "end", statuses=read.statuses, gone=read.gone)  # next_cursor: 0 even before more


def parse_one(body: bytes, content_type: str, url: str, now: datetime, zone: str) -> One:
    """One status; `gone` only for the codes that say so. Raises Unreadable("not-json")."""
    answer = _decoded(body)
    code = error_code(answer)
    if code:
        if code in GONE:
            return One("gone")
        state, reason = refusal(code)
        return One("blocked", reason) if state == "blocked" else One()
    if weibo_status.is_deleted(answer):
        return One("gone")
    read = weibo_status.read([answer], [now], zone)
    inside = answer.get("longText")
    markup = inside.get("longTextContent") if isinstance(inside, Mapping) else ""
    return One("post" if read.statuses else "unknown", markup=markup or "", statuses=read.statuses)


def parse_error(body: bytes, content_type: str, url: str, now: datetime, zone: str) -> int:
    """The error code in a refusal's body, 0 without one. Raises Unreadable("not-json")."""
    return error_code(_decoded(body))


def error_code(answer: Mapping[str, Any]) -> int:
    """The error code of an answer, 0 without one."""
    code = answer.get("error_code")
    return int(code) if isinstance(code, int | str) and str(code).isdigit() else 0


def refusal(code: int) -> tuple[Literal["blocked", "broken"], str]:
    """What an error code means for the source: state and slug."""
    if code in RATE:
        return "blocked", "rate-limit"
    if code in TOKEN:
        return "blocked", "login"
    if code in EXPIRED:
        return "blocked", "token-expired"
    if code in ACCOUNTS:
        return "broken", NO_ACCOUNT
    if code in FORBIDDEN:
        return "blocked", "no-permission"
    return "broken", f"api-{code}"


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unreadable("not-json") from None
    if not isinstance(answer, dict):
        raise Unreadable("not-json")
    return answer

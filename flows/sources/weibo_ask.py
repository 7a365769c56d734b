"""The two JSON APIs of Weibo behind one face: a page of a walk, a whole text, one post. Walls become FetchProblem."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import urlsplit

from flows.fetching import Fetched, FetchProblem
from flows.sources import weibo_mobile as mobile
from flows.sources import weibo_open as openapi
from flows.sources.weibo_status import Status

if TYPE_CHECKING:
    from flows.visit import Visit

WAITS = {
    "login": timedelta(hours=1),
    "token-expired": timedelta(hours=1),
    "captcha": timedelta(hours=1),
    "refused": timedelta(hours=1),
    "no-permission": timedelta(hours=6),
    "busy": timedelta(minutes=30),
    "rate-limit": timedelta(minutes=30),
}
"""When to try again after a wall, unless the site says so itself."""
CLOCK_TRUST = timedelta(hours=1)  # a site's clock further off than this is not believed


@dataclass(frozen=True)
class Leaf:
    """One page of a walk."""

    statuses: list[Status] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    end: bool = False
    more: str = ""
    """What the next page is asked with, where the site gives it."""


@dataclass(frozen=True)
class Place:
    """Where a walk goes: a keyword, an account, or the home timeline; `span` narrows a search to some hours."""

    kind: Literal["keyword", "user", "home"]
    words: str = ""
    span: str = ""
    label: str = field(default="", compare=False)
    """How a report calls it: the keyword, `users[0]`; no account's number."""

    @property
    def name(self) -> str:
        """What tells its memory from others'."""
        return f"{self.kind} {self.words} {self.span}".strip()


class Api(Protocol):
    """What a walk needs of an API."""

    async def page(self, place: Place, number: int, more: str) -> Leaf:
        """A page of statuses. Raises FetchProblem."""

    async def whole(self, status: Status) -> str | None:
        """The markup of the full text; "" when the site has none, None when it could not be had this time."""

    async def shown(self, mid: str) -> tuple[Literal["post", "gone", "unknown"], Sequence[Status]]:
        """One post as it stands now; `gone` only on a plain word of the site."""


@dataclass
class Mobile:
    """m.weibo.cn."""

    visit: "Visit"

    async def page(self, place: Place, number: int, more: str) -> Leaf:
        """A page of statuses. Raises FetchProblem."""
        base = mobile.base_of(self.visit.entry.url)
        if place.kind == "keyword":
            url = mobile.search_url(base, place.words, number, span=place.span)
        else:
            url = mobile.timeline_url(base, place.words, number, since=more)
        page: mobile.Page = await read(self.visit, "weibo_mobile:parse_page", url)
        if page.outcome == "blocked":
            raise wall(page.reason)
        return Leaf(page.statuses, page.gone, page.outcome == "end", page.since)

    async def whole(self, status: Status) -> str | None:
        """The full text's markup; see Api."""
        return await extended(self.visit, mobile.base_of(self.visit.entry.url), status.mid)

    async def shown(self, mid: str) -> tuple[Literal["post", "gone", "unknown"], Sequence[Status]]:
        """One post as it stands now; see Api."""
        url = mobile.show_url(mobile.base_of(self.visit.entry.url), mid)
        shown: mobile.Shown = await read(self.visit, "weibo_mobile:parse_shown", url)
        if shown.outcome == "blocked":
            raise wall(shown.reason)
        return shown.outcome, shown.statuses


@dataclass
class Open:
    """The Open API v2; the token travels in a header."""

    visit: "Visit"
    _extends: bool | None = None
    """Whether this base has m.weibo.cn's /statuses/extend; tried once."""

    async def page(self, place: Place, number: int, more: str) -> Leaf:
        """A page of statuses. Raises FetchProblem."""
        base = self.visit.entry.url
        if place.kind == "home":
            url = openapi.home_url(base, number)
        else:
            url = openapi.user_url(openapi.base_of(base), place.words, number)
        page: openapi.Timeline = await read(self.visit, "weibo_open:parse_timeline", url)
        refused(page.state, page.reason)
        return Leaf(page.statuses, page.gone, page.state == "end")

    async def whole(self, status: Status) -> str | None:
        """The full text's markup; see Api."""
        base = openapi.base_of(self.visit.entry.url)
        if self._extends is None:
            self._extends = urlsplit(base).hostname != "api.weibo.com"
        if self._extends:
            markup = await extended(self.visit, base, status.mid)
            if markup is not None:
                return markup
        with contextlib.suppress(Missing):
            one: openapi.One = await read(self.visit, "weibo_open:parse_one", openapi.show_url(base, status.mid))
            refused(one.state, one.reason)
            return one.markup
        return None

    async def shown(self, mid: str) -> tuple[Literal["post", "gone", "unknown"], Sequence[Status]]:
        """One post as it stands now; see Api."""
        url = openapi.show_url(openapi.base_of(self.visit.entry.url), mid)
        one: openapi.One = await read(self.visit, "weibo_open:parse_one", url)
        refused(one.state, one.reason)
        return (one.state if one.state != "blocked" else "unknown"), one.statuses


class Missing(FetchProblem):
    """A word, an account or a post the site does not have: no wall, no fault of the rest."""


async def read(visit: "Visit", job: str, url: str) -> Any:
    """What a parser of this folder makes of an address; asked once more when the answer came damaged.

    Raises FetchProblem; `Missing` for a 404.
    """
    try:
        return await _read(visit, job, url)
    except FetchProblem as problem:
        if problem.body and (told := await _told(visit, problem, url)) is not None:
            raise told from problem
        if problem.reason == "http-404":
            raise Missing("broken", problem.reason, problem.wait) from problem
        if problem.reason != "not-json":
            raise
    return await _read(visit, job, url)


async def _told(visit: "Visit", problem: FetchProblem, url: str) -> FetchProblem | None:
    """What the words of a refusal mean, where they hold an error code of the Open API."""
    try:
        code: int = await visit.parse("flows.sources.weibo_open:parse_error", problem.body, "application/json", url)
    except FetchProblem:
        return None
    if not code:
        return None
    state, reason = openapi.refusal(code)
    if reason == openapi.NO_ACCOUNT:
        return Missing(state, reason)
    usual = WAITS.get(reason) if state == "blocked" else None
    return FetchProblem(state, reason, problem.wait or usual, fresh=problem.fresh)


async def _read(visit: "Visit", job: str, url: str) -> Any:
    answer = await visit.get(url, headers={"accept": "application/json", "x-requested-with": "XMLHttpRequest"})
    now = clock(visit, answer)
    return await visit.parse(f"flows.sources.{job}", answer.body, answer.content_type, url, now=now)


def clock(visit: "Visit", answer: Fetched) -> datetime:
    """When the answer was made: the site's clock while it is near ours."""
    stated = answer.date
    return stated if stated is not None and abs(stated - visit.now) <= CLOCK_TRUST else visit.now


async def extended(visit: "Visit", base: str, mid: str) -> str | None:
    """Markup of the full text; "" when the site has none, None when it cannot be had. Raises only for walls."""
    try:
        whole: mobile.Whole = await read(visit, "weibo_mobile:parse_whole", mobile.extend_url(base, mid))
    except FetchProblem as problem:
        if problem.state == "blocked":
            raise
        return None
    if whole.outcome == "blocked":
        raise wall(whole.reason)
    return whole.markup


def wall(reason: str) -> FetchProblem:
    """The answer was a login page, a captcha or a refusal: never "nothing there"."""
    return FetchProblem("blocked", reason, WAITS.get(reason))


def refused(state: str, reason: str) -> None:
    """Raise what an error code of the Open API means."""
    if state == "blocked":
        raise wall(reason)
    if reason == openapi.NO_ACCOUNT:
        raise Missing("broken", reason)
    if state == "broken":
        raise FetchProblem("broken", reason)

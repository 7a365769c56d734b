"""Weibo through an RSSHub: one feed a keyword and account, read by the feed parser, with the ids of the other APIs."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from flows import ids
from flows.fetching import FetchProblem
from flows.found import Found
from flows.sources import weibo_places, weibo_text
from flows.sources.feed import Feed
from flows.sources.weibo_ask import Place
from flows.sources.weibo_status import CORE_CHARS

if TYPE_CHECKING:
    from flows.visit import Visit

LIST_CHARS = 140  # a longer text is one the JSON APIs show cut
_ACCOUNT = re.compile(r"^https?://(?:www\.|m\.)?weibo\.c(?:om|n)/(\d{5,})/[A-Za-z0-9]{6,20}")
_APPENDED = re.compile(r"\n?\s*-\s*转发\s*@.*", re.S)


def feeds(base: str, places: Sequence[Place]) -> dict[str, str]:
    """Feed address below an RSSHub -> how a report calls it; the address itself when nothing is to be searched for."""
    base = base.rstrip("/")
    if "/weibo/" in urlsplit(base).path or not places:
        return {base: ""}
    return {f"{base}/weibo/{p.kind}/{quote(p.words, safe='')}": p.label for p in places}


async def collect(visit: "Visit") -> None:
    """One conditional request a feed. One that fails is named in `visit.partly`; raises if all fail, and at a wall."""
    asked = feeds(visit.entry.url, weibo_places.places(visit.entry))
    problems: dict[str, FetchProblem] = {}
    for url, label in asked.items():
        try:
            await _feed(visit, url)
        except FetchProblem as problem:
            visit.conditions.pop(url, None)  # what could not be read must not count as known next time
            if problem.state == "blocked":
                raise
            problems[label] = problem
    if len(problems) == len(asked):
        raise next(iter(problems.values()))
    visit.partly |= {label: problem.reason for label, problem in problems.items()}


async def _feed(visit: "Visit", url: str) -> None:
    answer = await visit.get(url, limit=visit.manners.feed_bytes, conditional=True)
    if answer.unchanged:
        return
    feed: Feed = await visit.parse("feed", answer.body, answer.content_type, url, platform="weibo")
    await visit.keep([_as_status(found) for found in feed.found], refused=feed.refused)


def _as_status(found: Found) -> Found:
    """The entry as the other APIs would give it: the account's number, no title, the forwarding words alone."""
    account = _ACCOUNT.match(found.url)
    text = found.text
    if found.kind == "repost":
        text = _APPENDED.sub("", text).strip() or "转发微博"
    core = weibo_text.core(text)
    digest = ids.hashed("weibo", core[:CORE_CHARS], "0") if len(core) > LIST_CHARS else ids.hashed("weibo", core)
    number = account[1] if account else ""
    return replace(found, title="", text=weibo_text.plain(text), author_id=number, complete=True, digest=digest)

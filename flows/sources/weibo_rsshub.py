"""Weibo through an RSSHub: one feed a keyword and account, read by the feed parser, with the ids of the other APIs."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from flows import ids
from flows.fetching import FetchProblem
from flows.found import Found
from flows.sources import weibo_places, weibo_text
from flows.sources.feed import Feed
from flows.sources.weibo_status import CORE_CHARS

if TYPE_CHECKING:
    from flows.visit import Visit

LIST_CHARS = 140  # a longer text is one the JSON APIs show cut
_ACCOUNT = re.compile(r"^https?://(?:www\.|m\.)?weibo\.c(?:om|n)/(\d{5,})/[A-Za-z0-9]{6,20}")
_APPENDED = re.compile(r"\n?\s*-\s*转发\s*@.*", re.S)


def feeds(base: str, keywords: list[str], users: list[str]) -> list[str]:
    """The feed addresses below an RSSHub; the address itself when nothing is to be searched for."""
    base = base.rstrip("/")
    if "/weibo/" in urlsplit(base).path or not keywords + users:
        return [base]
    words = [f"{base}/weibo/keyword/{quote(word, safe='')}" for word in keywords]
    return words + [f"{base}/weibo/user/{quote(user, safe='')}" for user in users]


async def collect(visit: "Visit") -> None:
    """One conditional request a feed. A feed that fails does not stop the others; its problem is raised at the end."""
    places = weibo_places.places(visit.entry)
    keywords = [p.words for p in places if p.kind == "keyword"]
    problems: list[FetchProblem] = []
    for url in feeds(visit.entry.url, keywords, [p.words for p in places if p.kind == "user"]):
        try:
            await _feed(visit, url)
        except FetchProblem as problem:
            if problem.state == "blocked":
                raise
            problems.append(problem)
    if problems:
        raise problems[0]


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

"""A page that is watched: a list of articles (a section, a notice board without a feed), or one article. HTML -> posts.

On a list the links that look like articles are followed: those that stand in the page's own list (same shape of
address, titles rather than labels), newest first. Each linked page is one post; what is no article is left out.
A page that holds one article is that post, and is followed as it changes.
"""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from flows import charsets, ids, times
from flows.found import Found, Unreadable
from flows.sources import article as articles
from flows.sources import article_body, article_gone
from flows.text import one_line

if TYPE_CHECKING:
    from flows.feed_memory import Memory
    from flows.fetching import Fetched
    from flows.visit import Visit

MAX_LINKS = 100
TITLE_CHARS = 8  # a shorter link text is a section or a button
MIN_LISTED = 2
STORY_CHARS = 200  # of text, above which a page beside whose text there are links may be a story
OWN = "own"  # in the cursor of a watched article: its id, and the signs in a row that it is gone
PAGED = ("page", "p", "pn", "pageno", "pageindex", "curpage")
GONE = ("http-404", "http-410", "page-gone")
STORED = re.compile(r"<script[^>]{0,200}type=[\"']text/xml[\"'][^>]{0,200}>(.{0,500000}?)</script>", re.I | re.S)
"""Rows that a list keeps for its script (Hanweb on many government sites)."""
FILES = re.compile(r"\.(?:jpe?g|png|gif|pdf|docx?|xlsx?|zip|rar|apk|mp[34]|css|js|xml)$", re.I)
_DATED = re.compile(r"(?:19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?")


@dataclass(frozen=True)
class Link:
    """One entry of a list page."""

    url: str
    title: str
    published_at: datetime | None = None
    """The time beside the link, when an hour is stated."""


@dataclass(frozen=True)
class Listing:
    """What a watched page holds: links to articles, or (without any) one article."""

    links: list[Link]
    article: articles.Article | None = None


def parse_listing(body: bytes, content_type: str, url: str, now: datetime, zone: str) -> Listing:
    """The article links of a page in its order; its own text when it is no list.

    Raises Unreadable `not-a-list` when there is neither, `page-gone` when it says that it is not there.
    """
    text, _ = charsets.decode(body, charsets.of_header(content_type))
    text = STORED.sub(lambda m: re.sub(r"<!\[CDATA\[|\]\]>", "", m[1]), text)
    root = articles.load(text) if body.count(b"<") <= articles.MAX_TAGS else None
    if root is None:
        raise Unreadable("not-a-list")
    if article_gone.is_notice(root):
        raise Unreadable("page-gone")
    links = _listed(root, url, zone, now)
    own = articles.read(body, content_type, url=url, zone=zone, now=now)
    if own is not None and _is_article(own, links, url):
        return Listing([], own)
    if not links:
        raise Unreadable("not-a-list")
    return Listing(links[:MAX_LINKS])


def _is_article(own: articles.Article, links: list[Link], url: str) -> bool:
    """Whether the page is a story with a list of others beside it, and not a list with excerpts."""
    if len(links) < MIN_LISTED or _shape(url) in {_shape(link.url) for link in links}:
        return True
    named = urlsplit(ids.identity(url)).path.rpartition("/")[2]
    section = not re.search(r"\d|\.\w{3,5}$", named)
    if section or len(own.text) <= STORY_CHARS:
        return False
    excerpts = sum(link.title in own.text for link in links) >= MIN_LISTED
    return len(own.text) > sum(len(link.title) for link in links) or (own.published_at is not None and not excerpts)


def _listed(root: Any, url: str, zone: str, now: datetime) -> list[Link]:
    """The links of the shape most article links here have."""
    found: dict[str, tuple[str, Any, str]] = {}
    for node in root.iter("a"):
        title = one_line(node.get("title") or "") or one_line(node.text_content())
        shown = one_line(node.text_content())
        title = title if len(title) >= len(shown.rstrip(".…")) else shown
        target = urljoin(url, (node.get("href") or "").strip()).partition("#")[0]
        parts = urlsplit(target)
        if parts.scheme not in ("http", "https") or not ids.same_site(target, url) or FILES.search(parts.path):
            continue
        if len(title) < TITLE_CHARS or ids.identity(target) == ids.identity(url):
            continue
        found.setdefault(ids.identity(target), (target, node, title))
    shapes = Counter(_shape(target) for target, _, _ in found.values())
    usual = {shape for shape, count in shapes.items() if count >= MIN_LISTED and "#" in shape}
    homes = Counter(_home(node) for target, node, _ in found.values() if _shape(target) in usual)
    return [
        Link(target, title, _beside(node, zone, now))
        for target, node, title in found.values()
        if _shape(target) in usual or ("#" in _shape(target) and homes[_home(node)] > MIN_LISTED)
    ]


def _home(node: Any) -> Any:
    """The list a link's row stands in."""
    row = next((n for n in node.iterancestors() if n.tag in ("li", "tr", "dd", "dt", "article")), node.getparent())
    return row.getparent() if row is not None else None


def _shape(url: str) -> str:
    """An address with its numbers taken for one another."""
    parts = urlsplit(url)
    pairs = sorted(parse_qsl(parts.query))
    keys = ",".join(f"{k}=#" if re.search(r"\d", v) and k.lower() not in PAGED else k for k, v in pairs)
    return re.sub(r"[0-9a-f]{8,}|\d+", "#", parts.path.lower()) + f"?{keys}"


def _beside(node: Any, zone: str, now: datetime) -> datetime | None:
    """A time in the link's own row."""
    row = node
    for _ in range(3):
        row = row.getparent() if row.getparent() is not None else row
        if row.tag in ("li", "tr", "dd", "article") or (row.tag == "div" and len(list(row.iter("a"))) == 1):
            break
    if len(list(row.iter("a"))) > 3:
        return None
    text = " ".join(b.text for b in article_body.blocks_of(row))
    match = _DATED.search(text)
    known = times.parse(match[0], zone, now) if match else None
    return known[0] if known and known[1] else None


async def collect(visit: "Visit") -> None:
    """One round: the page, if it changed, then the pages of its new links; a few known ones are looked at again.

    A watched article that is gone is withdrawn when a second round confirms it; the round is broken all the same.
    """
    from flows.feed_memory import Memory
    from flows.fetching import FetchProblem
    from flows.rechecks import recheck
    from flows.sources.feed import as_posts

    failed: list[FetchProblem] = []
    entry, memory = visit.entry, Memory.load(visit.cursor)
    try:
        answer = await visit.get(entry.url, conditional=True)
        listing = None if answer.unchanged else await _listing(visit, answer)
    except FetchProblem as problem:
        visit.conditions.pop(entry.url, None)
        await _miss(visit, problem.reason)
        raise
    entries: dict[str, Found] = {}
    if listing is not None:
        if listing.article is not None:
            own = _own(entry.carries, entry.url, listing.article)
            await visit.keep([own], cursor={OWN: own.id})
            return
        listed = memory.named(_entry(entry.carries, link) for link in listing.links)
        entries = {f.id: f for f in listed}
        known = visit.recall(entries)
        skipped = _skipped([f.id for f in listed if f.id not in known], memory, visit)
        posts = await as_posts(visit, memory, listed, skipped, failed)
        await visit.keep([p for p in posts if p.text or p.id in known], cursor=memory.dump())
        if not visit.recall({*entries, *memory.rows}):  # nothing of this list was ever read: that is not silence
            raise failed[0] if failed else FetchProblem("broken", "no-articles")
    await recheck(visit, memory, entries)


async def _listing(visit: "Visit", answer: "Fetched") -> Listing:
    """What the page holds. Raises FetchProblem."""
    from flows.fetching import FetchProblem

    if article_gone.leads_away(visit.entry.url, answer.url) and OWN in visit.cursor:
        raise FetchProblem("broken", "page-gone")
    read: Listing = await visit.parse("flows.sources.page:parse_listing", answer.body, answer.content_type, answer.url)
    return read


async def _miss(visit: "Visit", reason: str) -> None:
    """A watched article was not there: once is a hiccup, twice in a row it is gone (410 says so at once)."""
    from flows.rechecks import STRIKES

    id_, _, strikes = visit.cursor.get(OWN, "").partition(" ")
    if not id_ or reason not in GONE:
        return
    count = STRIKES if reason == "http-410" else int(strikes or 0) + 1
    await visit.keep(withdrawn=[id_] if count >= STRIKES else [], cursor={OWN: f"{id_} {count}"})


def _skipped(fresh: list[str], memory: "Memory", visit: "Visit") -> set[str]:
    """Of the links without a post: what was no article and is not due again, and what this round has no room for."""
    stamp = int(visit.now.timestamp())
    waiting = {i for i in fresh if i in memory.rows and memory.rows[i].due > stamp}
    later = [i for i in fresh if i not in waiting][visit.manners.pages_per_round :]
    if later:  # the list must not be "unchanged" while some of it is unread
        visit.conditions.pop(visit.entry.url, None)
    return waiting.union(later)


def _entry(platform: str, link: Link) -> Found:
    """A link as an entry: its title is the page's business, lists cut theirs."""
    id_ = ids.post_id(platform, "", link.url)
    return Found(id_, "", "", link.url, published_at=link.published_at, complete=False)


def _own(platform: str, url: str, page: articles.Article) -> Found:
    return Found(
        ids.post_id(platform, "", page.canonical or url), page.title, page.text, page.canonical or url,
        author=page.outlet or page.author, published_at=page.published_at,
    )  # fmt: skip

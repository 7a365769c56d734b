"""RSS, Atom, RDF and JSON Feed bytes -> found entries. Pure; survives broken XML and wrong charsets."""

import io
import re
from calendar import timegm
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from bus.messages import Platform
from flows import charsets, ids, times
from flows.found import Found, Refused, Unreadable, author_kind, nameless
from flows.names import address
from flows.sources import jsonfeed
from flows.text import clean, one_line, to_text
from flows.wordings import parse_count

if TYPE_CHECKING:
    from flows.feed_memory import Memory
    from flows.fetching import Fetched, FetchProblem
    from flows.visit import Visit

MAX_ENTRIES = 5_000
MAX_TAGS = 600_000  # a real 10 MB feed has some 100,000
MAX_ENTRY_CHARS = 2_000_000  # one entry's markup; a longer one is refused, its neighbours go on
FULL_CHARS = 300  # a text this long that does not trail off is the article, not a teaser
TRAILS_OFF = re.compile(
    r"(?:\.\.\.|…|\[…\]|\[\.\.\.\]|阅读全文|查看全文|阅读更多|继续阅读|更多|Read more)\W{0,4}$", re.I
)
MORE_LINK = re.compile(r"<a\b[^<>]{0,500}\bmore-link\b[^<>]{0,500}>.{0,500}?</a>", re.I | re.S)
"""How WordPress ends an excerpt: a link that says the title again."""
TAG = re.compile(r"<[^<>]*>")
FORWARDED = re.compile(r"(?:^|\s)-?\s*转发\s*@|//@")  # how RSSHub and people mark a forwarded micro-blog
ORIGINAL = re.compile(r"\s*原博\s*[:：]\s*(https?://(?:www\.)?weibo\.com/\d{5,}/[A-Za-z0-9]{6,20})\S*\s*$")
PLAIN_YEAR = re.compile(r"\d{4}[-/.年]")
TIMES = ("published", "created", "updated")
MAX_REFUSED_CHARS = 8_000
UNREAD = "?"  # the digest of a page that could not be had: read when its turn comes again
MAX_NOTICE_CHARS = 300
DISABLED = re.compile(
    r"^\W*RSS\s*(?:is\s*)?Disabled|RSS\s*(?:功能|订阅)?\s*(?:已|未)(?:经)?(?:关闭|禁用|停用|开启|启用)", re.I
)
ROOT = re.compile(r"^<\?xml|<\s*(?:rss|feed|channel|item|entry|(?:\w+:)?(?:rdf|rss|feed))\b")


class NotAFeed(Unreadable):
    """The bytes hold no feed. `reason` is a slug: not-a-feed, empty, too-many-entries, too-complex,
    feed-disabled."""


@dataclass(frozen=True)
class Feed:
    """The entries of one feed, in its own order."""

    found: list[Found] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    encoding: str = ""
    damaged: bool = False
    """The XML was broken; what could be saved is here."""


@dataclass(frozen=True)
class Context:
    """What the adapter must know beside the bytes."""

    url: str
    platform: Platform
    zone: str
    now: datetime


async def collect(visit: "Visit") -> None:
    """One round of a feed: one conditional request, the pages of new teasers, a few pages looked at again."""
    from flows.feed_memory import Memory
    from flows.rechecks import recheck

    entry, memory = visit.entry, Memory.load(visit.cursor)
    answer = await visit.get(entry.url, limit=visit.manners.feed_bytes, conditional=True)
    entries: dict[str, Found] = {}
    if not answer.unchanged:
        feed = await _fetched_feed(visit, answer)
        listed = memory.named(feed.found)
        entries = {f.id: f for f in listed}
        found = await as_posts(visit, memory, listed)
        await visit.keep(found, refused=feed.refused, cursor=memory.dump())
    await recheck(visit, memory, entries)


async def _fetched_feed(visit: "Visit", answer: "Fetched") -> Feed:
    """The answer's entries. Discuz rebuilds an expired feed while it answers an empty one: asked once more."""
    entry = visit.entry
    feed: Feed = await visit.parse("feed", answer.body, answer.content_type, entry.url, platform=entry.carries)
    if feed.found or feed.refused or not ("mod=rss" in entry.url or b"Discuz" in answer.body[:3000]):
        return feed
    answer = await visit.get(entry.url, limit=visit.manners.feed_bytes)
    again: Feed = await visit.parse("feed", answer.body, answer.content_type, entry.url, platform=entry.carries)
    return again


async def as_posts(
    visit: "Visit",
    memory: "Memory",
    listed: list[Found],
    skipped: Collection[str] = (),
    failed: "list[FetchProblem] | None" = None,
) -> list[Found]:
    """The entries as posts: what has news completed from its page, the others as they are known. Noted in `memory`.

    skipped: ids of entries that are only noted. failed: as in pages.completed.
    """
    from flows.pages import completed, may_ask, needs_page

    entry = visit.entry
    known = visit.recall([f.id for f in listed])
    old = {f.id for f in listed if memory.is_known(f, known)}
    memory.note(
        listed, visit.now, looked_at=(entry.carries == "news" or entry.kind == "page") and may_ask(entry.url, entry)
    )
    whole = await completed([f for f in listed if f.id not in old and f.id not in skipped], visit, failed)
    posts = []
    for found in listed:
        if found.id in skipped:
            continue
        if found.id in old:
            found = replace(found, digest=known[found.id].digest)
        elif found.id in whole:
            found, article = whole[found.id]
            found = memory.noted_page(found, article, entry.carries)
        elif needs_page(found, entry):
            memory.rows[found.id].page = UNREAD
        posts.append(found)
    others = visit.recall([f.id for f in posts if f.id not in known])  # found under its page's own address
    return [replace(f, digest=others[f.id].digest) if f.id in others else f for f in posts]


def parse_feed(body: bytes, content_type: str, url: str, now: datetime, zone: str, *, platform: str) -> Feed:
    """`parse`, as the job `feed` of flows/parsing."""
    return parse(body, content_type, Context(url, cast(Platform, platform), zone, now))


def parse(body: bytes, content_type: str, context: Context) -> Feed:
    """All entries of the feed. An entry without id, address and text is refused, never an error.

    Raises NotAFeed when there is no feed in the bytes.
    """
    import feedparser

    if not body.strip():
        raise NotAFeed("empty")
    text, encoding = charsets.decode(body, charsets.of_header(content_type))
    if jsonfeed.looks_like_json(text, content_type):
        return _of_json(text, encoding, context)
    _bounded(text)
    parsed = feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": context.url},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.entries and not parsed.version:
        raise NotAFeed("not-a-feed")
    return _read(parsed.entries, encoding, bool(parsed.bozo), context)


def _of_json(text: str, encoding: str, context: Context) -> Feed:
    entries = jsonfeed.entries(text, context.url)
    if entries is None:
        raise NotAFeed("not-a-feed")
    if len(entries) > MAX_ENTRIES:
        raise NotAFeed("too-many-entries")
    return _read(entries, encoding, False, context)


def _read(entries: list[Any], encoding: str, damaged: bool, context: Context) -> Feed:
    names = _names(entries)
    outcomes = [_entry(entry, context, names) for entry in entries]
    return Feed(
        found=_unique([o for o in outcomes if isinstance(o, Found)]),
        refused=[o for o in outcomes if isinstance(o, Refused)],
        encoding=encoding,
        damaged=damaged,
    )


def _bounded(text: str) -> None:
    """Refuse what is plainly no feed, or would cost minutes of parsing."""
    head = text[:4096].lstrip().lower()
    if len(text) < MAX_NOTICE_CHARS and DISABLED.search(text):
        raise NotAFeed("feed-disabled")
    if head.startswith(("<!doctype html", "<html")) or not ROOT.search(head):
        raise NotAFeed("not-a-feed")
    if text.count("<item") + text.count("<entry") > MAX_ENTRIES:
        raise NotAFeed("too-many-entries")
    if text.count("<") > MAX_TAGS:
        raise NotAFeed("too-complex")


def _names(entries: list[Any]) -> Counter[str]:
    """How many different entries carry each native id and each link: broken feeds give all the same one."""
    different = {(str(e.get("id") or "").strip(), _link(e), str(e.get("title") or "")) for e in entries}
    return Counter(name for native, link, _ in different for name in {native, link} if name)


def _entry(entry: Any, context: Context, names: Counter[str]) -> Found | Refused:
    native, link = str(entry.get("id") or "").strip(), _link(entry)
    markup = _markup(entry)
    title = one_line(str(entry.get("title") or ""))
    scope = urlsplit(context.url).netloc.rpartition("@")[2].lower()
    stated = next((said for name in TIMES if (said := _said(entry, name))), "")
    if context.platform == "news" and names[link] == 1 and _names_a_page(link):
        id_ = ids.post_id(context.platform, "", link)  # what two feeds of one article have in common
    elif names[native] == 1:
        id_ = ids.post_id(context.platform, native, link, scope=scope)
    elif names[link] == 1:
        id_ = ids.post_id(context.platform, "", link)
    else:
        id_ = ids.hashed(context.platform, scope, native, link, title, markup[:2000], stated)
    if len(markup) > MAX_ENTRY_CHARS:
        return Refused(id_, "too-large", _known(entry, link, title, stated, context))
    text = to_text(markup)
    if not text and not title:
        return Refused(id_, "no-text", _known(entry, link, title, stated, context))
    if context.platform in ("weibo", "other") and _repeats(title, text):
        title = ""
    parent = _parent(entry, context, scope)
    original = None
    if context.platform == "weibo" and FORWARDED.search(text):
        original, text = _forwarded(text)
    return Found(
        id=id_,
        title=title,
        text=text or title,
        url=link,
        author=clean(str(entry.get("author") or ""), 200),
        published_at=_published(entry, context),
        kind="reply" if parent else "post" if original is None else "repost",
        parent=parent or None,
        repost_of=original or None,
        reposts=_count(entry, "reposts_count", "weibo_reposts", "reposts"),
        comments=_count(entry, "comments_count", "slash_comments", "thr_total", "weibo_comments"),
        likes=_count(entry, "attitudes_count", "likes_count", "upvotes", "weibo_likes"),
        complete=bool(text) and (context.platform != "news" or _is_full(text)),
    )


def _count(entry: Any, *names: str) -> int:
    """The first of these counters that states a number, 0 without one."""
    for name in names:
        stated = dict.get(entry, name)
        if isinstance(stated, str | int) and (known := parse_count(str(stated))) is not None:
            return known
    return 0


def _markup(entry: Any) -> str:
    """The one of the entry's contents and its summary that holds most words, without a link to the rest."""
    bodies = [str(c.get("value") or "") for c in entry.get("content") or []]
    bodies = [MORE_LINK.sub("", body) for body in (*bodies, str(entry.get("summary") or ""))]
    return max(bodies, key=_words)


def _words(markup: str) -> int:
    """How many characters of a markup are words; what says that it trails off is none."""
    return len(TRAILS_OFF.sub("", "".join(unescape(TAG.sub("", markup)).split())))


def _is_full(text: str) -> bool:
    """Whether this is the article. What a feed calls content may be its first page, or as short as a teaser."""
    return len(text) >= FULL_CHARS and not TRAILS_OFF.search(text[-40:])


def _link(entry: Any) -> str:
    link = str(entry.get("link") or "").strip()
    return clean(link, 2000) if link.startswith(("http://", "https://")) else ""


def _names_a_page(link: str) -> bool:
    """Whether a link is more than the address of a site."""
    parts = urlsplit(link)
    return len(parts.path) > 1 or bool(parts.query)


def _parent(entry: Any, context: Context, scope: str) -> str:
    """Id of the entry this one answers (Atom threading), else empty."""
    reply = entry.get("thr_in-reply-to") or entry.get("in-reply-to")
    if not isinstance(reply, dict):
        return ""
    native, link = str(reply.get("ref") or "").strip(), str(reply.get("href") or "").strip()
    if context.platform == "news" and link.startswith(("http://", "https://")) and _names_a_page(link):
        return ids.post_id(context.platform, "", link)
    return ids.post_id(context.platform, native, "", scope=scope) if native else ""


def _forwarded(text: str) -> tuple[str, str]:
    """(id of the forwarded original, "" when unknown; the text without the line that links to it)."""
    link = ORIGINAL.search(text)
    original = ids.post_id("weibo", link[1], "") if link else ""
    return original, ORIGINAL.sub("", text).strip()


def _said(entry: Any, name: str) -> str:
    """The time as it is written there; feedparser's own look-up would let one name stand in for another."""
    return str(dict.get(entry, name) or "").strip()


def _published(entry: Any, context: Context) -> datetime | None:
    """The entry's stated time in UTC; a time without zone is read in the source's zone; None without a usable one."""
    for name in TIMES:
        stated, parsed = _said(entry, name), dict.get(entry, f"{name}_parsed")
        if stated and (known := times.parse(stated, context.zone, context.now)) is not None:
            return known[0]
        if parsed is None or PLAIN_YEAR.match(stated):  # feedparser reads 2026/11/21 18:00 as the first of the month
            continue
        try:
            when = datetime.fromtimestamp(timegm(parsed), UTC)
        except (ValueError, TypeError, OverflowError, OSError):
            continue
        if not times.states_zone(stated):  # feedparser read it as UTC
            when = when.replace(tzinfo=ZoneInfo(context.zone))
        if (usable := times.usable(when, context.now)) is not None:
            return usable
    return None


def _repeats(title: str, text: str) -> bool:
    """Whether a title is only the beginning of the text (micro-blogs have none)."""
    start = re.sub(r"(?:\.\.\.|…)+$", "", title).strip()
    squeezed = "".join(text.split())
    return bool(start) and squeezed.startswith("".join(start.split()))


def _known(entry: Any, link: str, title: str, stated: str, context: Context) -> bytes:
    """What a refused entry's dead letter holds: everything but its author and whom it names, long text cut."""
    author, native = clean(str(entry.get("author") or ""), 200), str(entry.get("id") or "").strip()
    text = to_text(_markup(entry)[:MAX_REFUSED_CHARS])
    kind = author_kind(author, context.platform)
    title, text = nameless(title, text, author=author, kind=kind, platform=context.platform)
    native = ids.canonical_url(f"https://{native}" if native.startswith(("weibo.com/", "www.weibo.com/")) else native)
    link = address(ids.canonical_url(link), author) if link else ""
    kept = {"native_id": address(native, author), "link": link, "title": title, "published": stated, "text": text}
    return msgspec.json.encode({k: v.encode("utf-8", "replace").decode() for k, v in kept.items()})


def _unique(found: list[Found]) -> list[Found]:
    """One entry an id: some feeds repeat themselves; the first wins."""
    return list({f.id: f for f in reversed(found)}.values())[::-1]


def rhythm(stamps: list[datetime]) -> timedelta | None:
    """How long this source is usually silent: the 90th percentile of the gaps between its entries.

    None with fewer than five dated entries.
    """
    ordered = sorted(stamps)
    if len(ordered) < 5:
        return None
    gaps = sorted(b - a for a, b in pairwise(ordered))
    return gaps[min(len(gaps) - 1, int(len(gaps) * 0.9))]

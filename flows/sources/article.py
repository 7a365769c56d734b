"""HTML bytes of an article page -> its main text, title, time and outlet (trafilatura). Pure."""

import logging
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows import charsets, times
from flows.text import clean, one_line

MAX_TAGS = 60_000
MIN_CHARS = 30  # a shorter "main text" is a caption or a cookie notice: the feed's own text is better
TIME_NAMES = (
    "article:published_time", "og:published_time", "datepublished", "publishdate", "publish_date", "publishtime",
    "pubdate", "weibo:article:create_at", "og:release_date", "publication_date", "dc.date.issued", "date",
)  # fmt: skip


@dataclass(frozen=True)
class Article:
    """What a page says. `published_at` is None when it states no time with an hour."""

    title: str
    text: str
    published_at: datetime | None
    outlet: str


def read(body: bytes, content_type: str, *, url: str, zone: str, now: datetime) -> Article | None:
    """The article of a page; None when there is none to be found (list pages, login pages, bombs)."""
    if not body.strip() or body.count(b"<") > MAX_TAGS or b"\x00" in body[:1000]:
        return None
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    text, _ = charsets.decode(body, charsets.of_header(content_type))
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    try:
        tree = trafilatura.load_html(text)
        if tree is None:
            return None
        published = _published(tree, zone, now)
        found = trafilatura.bare_extraction(
            tree, url=url, with_metadata=True, include_comments=False, include_tables=False
        )
    except (ValueError, TypeError, AttributeError, RecursionError, MemoryError):  # what odd markup makes it raise
        return None
    if found is None or isinstance(found, dict):
        return None
    main = clean(found.text or "")
    if len(main) < MIN_CHARS:
        return None
    return Article(one_line(found.title or ""), main, published, clean(found.sitename or "", 100))


def _published(tree: Any, zone: str, now: datetime) -> datetime | None:
    """The first time with an hour among the page's metadata, its JSON-LD and its <time> elements."""
    stated: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        stated.setdefault(name, meta.get("content") or "")
    written = [stated.get(name, "") for name in TIME_NAMES]
    for script in tree.xpath("//script[@type='application/ld+json']"):
        written += re.findall(r'"datePublished"\s*:\s*"([^"]{8,40})"', script.text or "")
    written += [t.get("datetime") or "" for t in tree.iter("time")][:3]
    for words in written:
        known = times.parse(words, zone, now) if words else None
        if known is not None and known[1]:
            return known[0]
    return None

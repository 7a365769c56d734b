"""JSON Feed 1.0 and 1.1 text -> entries in the shape feedparser gives, so that feeds are read in one place. Pure."""

import html
import json
from typing import Any
from urllib.parse import urljoin

MAX_DEPTH = 40


def looks_like_json(text: str, content_type: str) -> bool:
    """Whether the bytes are meant as JSON rather than XML."""
    head = text[:200].lstrip("\ufeff \t\r\n")
    return head.startswith("{") or ("json" in content_type.lower() and not head.startswith("<"))


def entries(text: str, url: str) -> list[dict[str, Any]] | None:
    """The items in feedparser's names; None when the text is no JSON Feed.

    A broken or strange item (no object) is left out; numbers as ids are taken as their digits.
    """
    try:
        feed = json.loads(text.lstrip("\ufeff"), strict=False)
    except (ValueError, RecursionError):
        return None
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        return None
    if "jsonfeed" not in _text(feed.get("version")) and "title" not in feed:
        return None
    base = _text(feed.get("home_page_url")) or url
    outlet = _author(feed)
    return [_entry(item, base, outlet) for item in feed["items"] if isinstance(item, dict)]


def _entry(item: dict[str, Any], base: str, outlet: str) -> dict[str, Any]:
    link = _text(item.get("url")) or _text(item.get("external_url"))
    markup = _text(item.get("content_html")) or html.escape(_text(item.get("content_text")), quote=False)
    entry: dict[str, Any] = {
        "id": _text(item.get("id")),
        "link": urljoin(base, link) if link else "",
        "title": html.escape(_text(item.get("title")), quote=False),
        "summary": html.escape(_text(item.get("summary")), quote=False),
        "author": _author(item) or outlet,
        "published": _text(item.get("date_published")),
        "updated": _text(item.get("date_modified")),
    }
    if markup:
        entry["content"] = [{"value": markup}]
    return entry


def _author(owner: dict[str, Any]) -> str:
    """The first author's name: `authors` since 1.1, `author` before."""
    people = owner.get("authors")
    person = people[0] if isinstance(people, list) and people else owner.get("author")
    return _text(person.get("name")) if isinstance(person, dict) else _text(person)


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return ""
    return str(value).strip() if isinstance(value, str | int | float) else ""

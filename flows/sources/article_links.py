"""A page's element tree -> the address it calls its own, and that of its article's next page. Pure."""

import re
from urllib.parse import parse_qsl, urljoin, urlsplit

from flows import ids
from flows.sources.article_body import Element

MAX_LABEL = 20
_NEXT = re.compile(r"^\s*(?:下一?页|后一?页|下一頁|下頁|[Nn]ext(?:\s+[Pp]age)?|[>›»]{1,2})\s*[>›»→]*\s*$")


def canonical(root: Element, url: str) -> str:
    """The address the page calls its own, when that is on the same site; empty otherwise."""
    for link in root.xpath("//link[@rel='canonical'][@href] | //meta[@property='og:url'][@content]"):
        stated: str = urljoin(url, (link.get("href") or link.get("content") or "").strip())
        parts = urlsplit(stated)
        if parts.scheme in ("http", "https") and ids.same_site(stated, url) and (parts.path.strip("/") or parts.query):
            return stated
        if link.tag == "link":
            return ""
    return ""


def next_page(root: Element, url: str) -> str:
    """The address of the article's next page (下一页, a number behind the text); empty on the last or only one."""
    if not url:
        return ""
    here = _number(url)
    for link in root.xpath("//a[@href] | //link[@rel='next'][@href]"):
        text = " ".join("".join(link.itertext()).split()) if link.tag == "a" else ">"
        if len(text) > MAX_LABEL:
            continue
        numbered = re.fullmatch(rf"\s*[\[(]?\s*(?:[Pp]age|第)?\s*{here + 1}\s*页?\s*[\])]?\s*", text) is not None
        if not numbered and not _NEXT.match(text):
            continue
        target: str = urljoin(url, link.get("href").strip())
        if _number(target) == here + 1 and _stem(target) == _stem(url) and ids.same_site(target, url):
            return target.partition("#")[0]
    return ""


_PAGED = re.compile(
    r"^(?P<stem>.+?)(?:[_-](?P<a>\d{1,2})(?P<end>\.\w{2,6})?|(?P<tail>\.\w{2,6})?/(?:page/)?(?P<b>\d{1,2})/?)$"
)
_PAGE_KEYS = ("page", "p", "pn", "pageno", "pageindex")


def _number(url: str) -> int:
    """The page number an address names; 1 without."""
    parts = urlsplit(url)
    for key, value in parse_qsl(parts.query):
        if key.lower() in _PAGE_KEYS and value.isdigit() and len(value) <= 2:
            return int(value)
    match = _PAGED.match(parts.path)
    return int(match["a"] or match["b"]) if match else 1


def _stem(url: str) -> str:
    """What the addresses of one article's pages share."""
    parts = urlsplit(url)
    query = [(k, v) for k, v in parse_qsl(parts.query) if not (k.lower() in _PAGE_KEYS and v.isdigit())]
    match = _PAGED.match(parts.path)
    path = match["stem"] if match else re.sub(r"\.\w{2,6}$", "", parts.path)
    return f"{path.rstrip('/')}?{sorted(query)}"

"""A page's element tree -> its title, time, outlet, author, own address and next page. Pure.

Each is taken from where a reader would see it, checked against what the page states for machines: a heading that
begins the document's title is the title; a time in the page's metadata counts unless the one shown above the text
contradicts it (a zone taken for another, an hour of import).
"""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from flows import ids, times
from flows.sources.article_body import Block, Element
from flows.text import MEDIA, clean, one_line
from flows.wordings import parse_time

TIME_NAMES = (
    "article:published_time", "og:published_time", "datepublished", "publishdate", "publish_date", "publishtime",
    "publish_time", "pubdate", "pub_date", "weibo:article:create_at", "weibo: article:create_at", "og:release_date",
    "release_date", "og:time", "apub:time", "bytedance:published_time", "firstpublishedtime", "publication_date",
    "parsely-pub-date", "sailthru.date", "dc.date.issued", "dc.date", "dcterms.created", "createtime", "date",
    "datecreated", "dateupdate",
)  # fmt: skip
TITLE_NAMES = ("articletitle", "og:title", "headline", "twitter:title", "title", "dc.title")
OUTLET_NAMES = ("source", "contentsource", "mediaid", "article:source", "og:site_name", "application-name")
AUTHOR_NAMES = ("author", "article:author", "byl", "dc.creator", "og:article:author")
SAME = timedelta(minutes=15)  # a shown time this close to the stated one is the same publication, as readers saw it
MAX_TITLE = 150
MAX_SCRIPT = 400_000
FAR_CHARS = 400  # of text after the story's end in which a time may still be its own

_DATED = re.compile(
    r"(?:(?:19|20)\d{2}\s*(?:[-/.]|年)\s*\d{1,2}\s*(?:[-/.]|月)\s*\d{1,2}\s*日?|(?<!\d)\d{1,2}\.\d{1,2}\.(?:19|20)\d{2})"
    r"(?:[T\s,，]*(?:星期.|周.)?\s*(?:上午|下午|晚上|凌晨|中午|早上)?\s*\d{1,2}\s*[:：时点]\s*\d{1,2}(?:\s*[:：分]\s*\d{1,2}秒?)?)?"
)
_NAMED = re.compile(
    r"发布(?:时间|日期|于)?|发表(?:时间|于|日期)?|发稿|时间|日期|刊发|来源|來源|時間|發布|發表|Posted|Published|on\b",
    re.I,
)
_UPDATED = re.compile(r"(?:最后)?(?:更新|修改)(?:时间|日期|于)?\s*[:：]|最后(?:更新|编辑|修改)|Updated", re.I)
_RELATIVE = re.compile(
    r"^\s*(?:(?:发布|发表)于?\s*)?(?:刚刚|\d{1,2}\s*(?:秒|分钟|小时)前|(?:今天|昨天|前天)\s*\d{1,2}[:：]\d{2}|\d{1,2}[-月]\d{1,2}日?\s+\d{1,2}[:：]\d{2})\s*$"
)
_SCRIPTED = re.compile(
    r"""["']?(?:_*\$?pub_?(?:lish)?_?time|pub_?date|publish_?date|ptime|news_?time|create_?time|datePublished|time)["']?"""
    r"""\s*[:=]\s*["'](\d{4}[-/]\d{1,2}[-/]\d{1,2}[ T]\d{1,2}:\d{2}(?::\d{2})?[^"']{0,8})["']""",
    re.I,
)
_ATTRIBUTE = re.compile(r"p(?:ub)?-?time|pubdate", re.I)
_SPLIT = re.compile(r"\s*(?:[_|｜]|--+|—{1,2}|\s[-–·]\s|[-–](?=[^-–]*$))\s*")
_SOURCE = re.compile(r"(?:稿源|信息来源|文章来源|稿件来源|来源|來源)\s*[:：|丨]\s*([^\s|丨:：，,;；）)\]】]{2,30})")
_BYLINE = re.compile(
    r"(?:^|[\s|丨（(【])(?:作者|撰文|记者|文)\s*[:：/|丨]\s*"
    r"([\u4e00-\u9fffA-Za-z·.]{2,20}(?:[ 、]?[\u4e00-\u9fff·]{2,4}){0,3})"
)
_TITLED = re.compile(r"title|tit\b|headline|biaoti|bt\b", re.I)
_NEXT = re.compile(r"^\s*(?:下一?页|后一?页|下一頁|下頁|[Nn]ext(?:\s+[Pp]age)?|[>›»]{1,2})\s*[>›»→]*\s*$")


def metas(root: Element) -> dict[str, str]:
    """The page's metadata, names in lower case; the first of a name counts."""
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = " ".join((meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower().split())
        content = (meta.get("content") or "").strip()
        if name and content:
            found.setdefault(name, content)
    return found


def linked_data(root: Element) -> dict[str, Any]:
    """The JSON-LD object that describes the article; empty when there is none that can be read."""
    for script in root.xpath("//script[contains(@type, 'ld+json')]"):
        try:
            loaded = json.loads((script.text or "")[:MAX_SCRIPT], strict=False)
        except (ValueError, RecursionError):
            continue
        for item in _objects(loaded):
            kind = item.get("@type")
            kinds = kind if isinstance(kind, list) else [kind]
            if (
                any(isinstance(k, str) and re.search(r"Article|Posting|Report|WebPage", k) for k in kinds)
                or "datePublished" in item
            ):
                return item
    return {}


def _objects(loaded: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > 4:
        return
    if isinstance(loaded, list):
        for item in loaded[:50]:
            yield from _objects(item, depth + 1)
    elif isinstance(loaded, dict):
        inner = loaded.get("@graph")
        if inner is not None:
            yield from _objects(inner, depth + 1)
        yield loaded


def title(root: Element, blocks: list[Block], stated: dict[str, str], data: dict[str, Any]) -> str:
    """The headline: the heading on the page that the document's own title repeats, else that title without its site."""
    whole = next((one_line(t.text_content()) for t in root.iter("title")), "")
    named = [one_line(html.unescape(stated[n])) for n in TITLE_NAMES if stated.get(n)]
    headline = data.get("headline")
    if isinstance(headline, str):
        named.insert(0, one_line(headline))
    written = [_squeezed(t) for t in (whole, *named) if t]
    shown = [b.text for b in blocks if len(b.text) <= MAX_TITLE and (b.heading or _titled(b.owner) or not b.is_links)]
    agreed = [s for s in shown if any(_begins(w, s) for w in written) and len(_squeezed(s)) >= 4]
    if agreed:
        best = max(agreed, key=lambda s: len(_squeezed(s)))
        if _squeezed(best) != _squeezed(whole) or not _is_suffixed(whole):
            return one_line(best)
    explicit = stated.get("articletitle", "")
    if explicit:
        return one_line(html.unescape(explicit))
    for text in named:
        if not whole or _begins(_squeezed(whole), text):
            return without_site(text)
    if whole:
        return without_site(whole)
    return one_line(
        next((b.text for b in blocks if b.heading and b.owner.tag in ("h1", "h2")), named[0] if named else "")
    )


def _squeezed(text: str) -> str:
    return "".join(text.split()).rstrip(".…")


def _begins(whole: str, part: str) -> bool:
    """Whether a written title starts with this heading (or is it, behind a short label such as 图集|)."""
    bare = _squeezed(part)
    at = whole.find(bare)
    return at == 0 or (0 < at <= 8 and len(bare) >= 8) or (len(whole) >= 8 and bare.startswith(whole))


def _titled(node: Element) -> bool:
    names = f"{node.get('class') or ''} {node.get('id') or ''}"
    return bool(_TITLED.search(names)) and node.tag != "li"


def _is_suffixed(whole: str) -> bool:
    return len(_SPLIT.split(whole)) > 1 and without_site(whole) != whole


def without_site(whole: str) -> str:
    """A document's title without the names of site and channel behind it."""
    parts = [p for p in _SPLIT.split(whole) if p]
    if len(parts) < 2:
        return whole
    first = parts[0]
    if len(first) < 6 and len(parts[1]) > 2 * len(first) and _looks_like_site(first):
        return parts[1]
    at = len(first)
    for part in parts[1:]:  # what does not look like a site and follows without a site between belongs to the title
        if _looks_like_site(part) or len(part) <= 8:
            break
        found = whole.find(part, at)
        at = found + len(part)
    return whole[:at].strip()


def _looks_like_site(part: str) -> bool:
    return bool(
        re.search(
            r"网|網|新闻|频道|门户|论坛|博客|资讯|日报|晚报|早报|报$|在线|客户端|中心|视频|首页|财经|科技|订阅|号$|平台|\.(?:com|cn|net|org)|[A-Za-z]+$",
            part,
        )
    ) or bool(MEDIA.search(part))


@dataclass(frozen=True)
class Written:
    """The times a page states in its markup, as written: for machines, and left over in attributes and scripts."""

    machine: list[str]
    hidden: list[str]


def written_times(root: Element, stated: dict[str, str], data: dict[str, Any]) -> Written:
    """What the whole page, furniture included, states."""
    attributes = [v for n in root.iter() if isinstance(n.tag, str) for k, v in n.attrib.items() if _ATTRIBUTE.search(k)]
    scripts = [m[1] for s in root.iter("script") if s.text for m in _SCRIPTED.finditer(s.text[:MAX_SCRIPT])]
    return Written(_for_machines(root, stated, data), attributes + scripts)


def published(
    written: Written, blocks: list[Block], begin: int, end: int, zone: str, now: datetime
) -> tuple[datetime, bool] | None:
    """(time, whether its hour was stated). `blocks[begin:end]` is the story: the time stands before it, or behind."""
    machine = _first(written.machine, zone, now)
    shown = _shown(blocks, begin, end, zone, now)
    if machine and machine[1]:
        return _agreed(machine, shown)
    if shown and shown[1]:
        return shown
    day = shown or machine
    hidden = _first(written.hidden, zone, now)
    if hidden and hidden[1] and (day is None or abs(hidden[0] - day[0]) < timedelta(days=2)):
        return hidden
    return day


def _for_machines(root: Element, stated: dict[str, str], data: dict[str, Any]) -> list[str]:
    said = [str(data.get(k) or "") for k in ("datePublished", "dateCreated")]
    said += [stated.get(name, "") for name in TIME_NAMES]
    said += [t.get("datetime") or "" for t in root.xpath("//time[@itemprop='datePublished' or @pubdate]")]
    said += [t.get("datetime") or "" for t in root.iter("time")][:1]
    return [s for s in said if s]


def _first(written: list[str], zone: str, now: datetime) -> tuple[datetime, bool] | None:
    """The first usable time with an hour, else the first with a day."""
    day = None
    for words in written:
        known = times.parse(words, zone, now)
        if known is not None and known[1]:
            return known
        day = day or known
    return day


def _agreed(machine: tuple[datetime, bool], shown: tuple[datetime, bool] | None) -> tuple[datetime, bool]:
    """The stated time, unless the shown one differs by minutes or by whole hours of a confused zone."""
    if shown is None or not shown[1]:
        return machine
    apart = abs(machine[0] - shown[0])
    if timedelta(seconds=60) <= apart <= SAME or apart % timedelta(hours=8) < timedelta(
        minutes=1
    ) <= apart <= timedelta(hours=16):
        return shown
    return machine


def _shown(blocks: list[Block], begin: int, end: int, zone: str, now: datetime) -> tuple[datetime, bool] | None:
    """The time a reader sees: nearest above the text, in its first lines, or in a labelled line just behind it."""
    ranked: list[tuple[float, tuple[datetime, bool]]] = []
    behind = 0
    for index, block in enumerate(blocks):
        behind += len(block.text) if index >= end else 0
        if len(block.text) > 300 or block.is_links or behind > FAR_CHARS:
            continue
        short = len(block.text) <= 120
        known = _read(block.text, zone, now) if short or _NAMED.search(block.text[:60]) else None
        if known is None or (index >= begin and not short):
            continue
        named = bool(_NAMED.search(block.text)) and not _UPDATED.search(block.text)
        if index < begin:
            rank = 3.0 + 2 * known[1] + named - min(begin - index, 60) / 20
        elif index < end:
            rank = 1.0 + known[1] + 2 * named - min(index - begin, 60) / 20
        else:
            rank = known[1] + 2.0 * named - 1.5
        ranked.append((rank - 2 * bool(_UPDATED.search(block.text)), known))
    best = max(ranked, key=lambda r: r[0], default=None)
    return best[1] if best and best[0] > 0 else None


def _read(text: str, zone: str, now: datetime) -> tuple[datetime, bool] | None:
    match = _DATED.search(text)
    if match:
        return times.parse(match[0], zone, now)
    if _RELATIVE.match(text) and (known := parse_time(text.strip(), now=now, zone=zone)) is not None:
        return known[0], known[1] in ("second", "minute", "hour")
    return None


def outlet(
    blocks: list[Block], begin: int, end: int, stated: dict[str, str], data: dict[str, Any], whole_title: str
) -> str:
    """Who published it first, as the page says (来源：…), else the site's own name; empty when nobody is named."""
    near = [b.text for b in blocks[max(0, begin - 25) : begin + 3]] + [
        b.text for b in blocks[max(begin, end - 2) : end + 8]
    ]
    for text in near:
        if len(text) <= 200 and (match := _SOURCE.search(text)):
            return clean(re.sub(r"\d{4}[-年].*", "", match[1]), 60)
    publisher = data.get("publisher")
    named = [stated.get(n, "") for n in OUTLET_NAMES]
    named.insert(0, str(publisher.get("name") or "") if isinstance(publisher, dict) else "")
    for text in named:
        name = re.sub(r"^\s*(?:来源|來源)\s*[:：]?\s*", "", one_line(text))
        if 1 < len(name) <= 60 and not name.startswith("http"):
            return name
    last = _SPLIT.split(whole_title)[-1] if whole_title else ""
    return last if last != whole_title and _looks_like_site(last) and len(last) <= 20 else ""


def author(blocks: list[Block], begin: int, end: int, stated: dict[str, str], data: dict[str, Any]) -> str:
    """Who wrote it, as the page says; empty when nobody is named."""
    for block in blocks[max(0, begin - 25) : begin + 2]:
        if len(block.text) <= 200 and (match := _BYLINE.search(block.text)):
            return clean(match[1], 60)
    said = data.get("author")
    said = said[0] if isinstance(said, list) and said else said
    name = str(said.get("name") or "") if isinstance(said, dict) else said if isinstance(said, str) else ""
    for text in (name, *(stated.get(n, "") for n in AUTHOR_NAMES)):
        text = one_line(text)
        if 1 < len(text) <= 40 and not re.search(r"[@/]|^\d+$|admin|\.(?:com|cn|net)\b", text, re.I):
            return text
    return ""


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
        text = "".join(link.itertext()) if link.tag == "a" else ">"
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

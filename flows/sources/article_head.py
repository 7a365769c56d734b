"""A page's element tree -> its title, outlet and author. Pure.

Each is taken from where a reader would see it, checked against what the page states for machines: a heading that
begins (or ends) the document's title is the title.
"""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from flows.cleaning import is_spam
from flows.sources.article_body import Block, Element
from flows.sources.article_words import META
from flows.text import MEDIA, clean, one_line

TITLE_NAMES = ("articletitle", "og:title", "headline", "twitter:title", "title", "dc.title")
OUTLET_NAMES = ("account", "source", "contentsource", "mediaid", "article:source", "og:site_name", "application-name")
AUTHOR_NAMES = ("author", "article:author", "byl", "dc.creator", "og:article:author")
MAX_TITLE = 150
UNRELATED = 0.25  # of a title's pairs of characters in the text; headlines have more
MAX_SCRIPT = 400_000

_SPLIT = re.compile(r"\s*(?:[_|｜]|--+|—{1,2}|\s[-–·]\s|[-–](?=[^-–]*$))\s*")
_SOURCE = re.compile(r"(?:稿源|信息来源|文章来源|稿件来源|来源|來源)\s*[:：|丨]\s*([^\s|丨:：，,;；）)\]】]{2,30})")
_BYLINE = re.compile(
    r"(?:^|[\s|丨（(【])(?:作者|撰文|记者|文)\s*[:：/|丨]\s*"
    r"([\u4e00-\u9fffA-Za-z·.]{2,20}(?:[ 、]?[\u4e00-\u9fff·]{2,4}){0,3})"
)
_LAST_PART = re.compile(r"^(.{10,})[-–—]([\u4e00-\u9fff]{2,12})$")
_SPACED_SITE = re.compile(r"(?<=\S{8})\s+[\u4e00-\u9fff]{1,8}(?:网|网站|在线|日报|晚报|客户端|门户)$")
_LABELLED = re.compile(r"(?:稿源|信息来源|文章来源|稿件来源|来源|來源)\s*[:：|丨]\s*([^\s|丨:：，,;；）)\]】]{2,30})")
_LABEL_AFTER = re.compile(r"\s*(?:阅读|时间|日期|发布|来源|编辑|点击|浏览|评论)(?:量|数)?$")
_NO_AUTHOR = re.compile(r"[@/]|^[\w-]*_?\d{3,}$|admin|\.(?:com|cn|net)\b|\b(?:Inc|Team|CMS)\b", re.I)
_MARKUP = re.compile(r"[<>=\"]|https?:")
_TITLED = re.compile(r"title|tit\b|headline|biaoti|bt\b", re.I)


def metas(root: Element) -> dict[str, str]:
    """The page's metadata, names in lower case; the first of a name counts."""
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = " ".join((meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower().split())
        content = (meta.get("content") or "").strip()
        if name and content:
            found.setdefault(name, content)
    for node in root.xpath("//*[@id='js_name']"):  # the account, where site_name is its platform
        found.setdefault("account", one_line(node.text_content()))
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
    whole = "" if is_spam(whole) else whole  # a hacked page
    named = [t for n in TITLE_NAMES if stated.get(n) and not is_spam(t := one_line(html.unescape(stated[n])))]
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


def shown_above(blocks: list[Block], begin: int, said: str, text: str) -> str:
    """The headline where the document's title (`said`) is a site's or a section's name; `said` where it is not.

    That name has nothing to do with the text; a heading, or a line named or set like one, just above the text has.
    """
    known = nearness(said, text)
    shown = any(_squeezed(b.text) == _squeezed(said) and not b.is_links for b in blocks)
    names_a_place = len(said) <= 10 or _looks_like_site(said)
    if said and (known >= UNRELATED or not names_a_place or (shown and len(said) >= 8)):
        return said
    best, near = said, max(known, UNRELATED)
    for index in range(max(0, begin - 12), min(begin + 3, len(blocks))):
        block = blocks[index]
        size = len(_squeezed(block.text))
        if not 6 <= size <= 60 or block.is_links or META.search(block.text) or re.search(r"[。；]$", block.text):
            continue
        rest = text.replace(block.text, "", 1)
        named = block.heading or _titled(block.owner) or (index <= begin and _set_as_title(block.owner))
        if named and nearness(block.text, rest) > near:
            best, near = block.text, nearness(block.text, rest)
    return one_line(best)


def _set_as_title(node: Element) -> bool:
    """Whether its text is centred or bold as a whole."""
    styled = f"{node.get('align') or ''} {node.get('style') or ''}".lower()
    bold = "".join("".join(n.itertext()) for n in node.iter("strong", "b", "h1", "h2", "h3", "h4"))
    return "center" in styled or node.tag == "center" or _squeezed(bold) == _squeezed("".join(node.itertext()))


def nearness(title: str, text: str) -> float:
    """Share of the title's pairs of characters that the text has too."""
    bare, said = "".join(re.findall(r"\w", title)), "".join(re.findall(r"\w", text))
    pairs = {bare[i : i + 2] for i in range(len(bare) - 1)}
    return sum(p in said for p in pairs) / len(pairs) if pairs else 0.0


def _squeezed(text: str) -> str:
    return "".join(text.split()).rstrip(".…")


def _begins(whole: str, part: str) -> bool:
    """Whether a written title starts with this heading, is it behind a short label (图集|), or ends with it."""
    bare = _squeezed(part)
    at = whole.find(bare)
    if at == 0 or (0 < at <= 8 and len(bare) >= 8) or (len(whole) >= 8 and bare.startswith(whole)):
        return True
    return len(bare) >= 10 and whole.endswith(bare)


def _titled(node: Element) -> bool:
    names = f"{node.get('class') or ''} {node.get('id') or ''}"
    return bool(_TITLED.search(names)) and node.tag != "li"


def _is_suffixed(whole: str) -> bool:
    return len(_SPLIT.split(whole)) > 1 and without_site(whole) != whole


def without_site(whole: str) -> str:
    """A document's title without the names of site and channel behind it."""
    parts = [p for p in _SPLIT.split(whole) if p]
    if len(parts) < 2:
        return _SPACED_SITE.sub("", whole)
    first = parts[0]
    if len(first) < 6 and len(parts[1]) > 2 * len(first) and _looks_like_site(first):
        return parts[1]
    at = len(first)
    for part in parts[1:]:  # what does not look like a site and follows without a site between belongs to the title
        if _looks_like_site(part) or len(part) <= 8:
            break
        found = whole.find(part, at)
        at = found + len(part)
    return _without_sections(whole[:at].strip())


def _without_sections(text: str) -> str:
    """A title whose site is gone already, without the section before it (…-警情通报) or a second site."""
    while (match := _LAST_PART.match(text)) and (_looks_like_site(match[2]) or len(match[2]) <= 4):
        text = match[1].strip()
    return text


def _looks_like_site(part: str) -> bool:
    return bool(
        re.search(
            r"网|網|新闻|频道|门户|论坛|博客|资讯|日报|晚报|早报|报$|在线|客户端|中心|视频|首页|财经|科技|订阅|号$|平台|\.(?:com|cn|net|org)|[A-Za-z]+$",
            part,
        )
    ) or bool(MEDIA.search(part))


def outlet(
    blocks: list[Block], begin: int, end: int, stated: dict[str, str], data: dict[str, Any], whole_title: str
) -> str:
    """Who published it first, as the page says (来源：…), else the site's own name; empty when nobody is named."""
    for block in (*blocks[max(0, begin - 25) : begin + 3], *blocks[max(begin, end - 2) : end + 8]):
        if len(block.text) <= 200 and (match := _SOURCE.search(block.text)):
            named = _labelled(block.owner, match[1]) or clean(re.sub(r"\d{4}[-年].*", "", match[1]), 60)
            if not _MARKUP.search(named):
                return named
    publisher = data.get("publisher")
    publishers = [stated.get(n, "") for n in OUTLET_NAMES]
    publishers.insert(0, str(publisher.get("name") or "") if isinstance(publisher, dict) else "")
    for text in publishers:
        name = re.sub(r"^\s*(?:来源|來源)\s*[:：]?\s*", "", one_line(text))
        if 1 < len(name) <= 60 and not name.startswith("http"):
            return name
    last = _SPLIT.split(whole_title)[-1] if whole_title else ""
    return last if last != whole_title and _looks_like_site(last) and len(last) <= 20 else ""


def _labelled(owner: Element, named: str) -> str:
    """The source as the smallest element with its label has it: 来源：澜汀晚报, without 社会 of the next element."""
    texts = (clean("".join(node.itertext()), 60) for node in owner.iter() if isinstance(node.tag, str))
    found = [m[1] for text in texts if (m := _LABELLED.fullmatch(text)) and named.startswith(m[1])]
    return min(found, key=len, default="")


def author(blocks: list[Block], begin: int, end: int, stated: dict[str, str], data: dict[str, Any]) -> str:
    """Who wrote it, as the page says; empty when nobody is named."""
    for block in blocks[max(0, begin - 25) : begin + 2]:
        if len(block.text) <= 200 and (match := _BYLINE.search(block.text)):
            return clean(_LABEL_AFTER.sub("", match[1]), 60)
    said = data.get("author")
    said = said[0] if isinstance(said, list) and said else said
    name = str(said.get("name") or "") if isinstance(said, dict) else said if isinstance(said, str) else ""
    for text in (name, *(stated.get(n, "") for n in AUTHOR_NAMES)):
        text = one_line(text)
        if 1 < len(text) <= 40 and not _NO_AUTHOR.search(text):
            return text
    return ""

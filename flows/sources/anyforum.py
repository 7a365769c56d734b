"""Any forum page: the engine is recognised; an unknown one is read by its structure (repeated post blocks). Pure."""

import re
from datetime import datetime
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from flows.sources import discuz, forum_blocks, forum_links, mybb, phpbb, tieba
from flows.sources.forum_links import at_page
from flows.sources.forum_page import Doc, Notice, Page, is_whole, judged, open_doc, words

SHORT = 400  # characters of a message
_MESSAGE = re.compile(r"error|alert|notice|warning|fatal|message|login|information", re.I)

__all__ = ["ENGINES", "at_page", "native", "parse_page", "read"]

ENGINES: dict[str, ModuleType] = {"discuz": discuz, "mybb": mybb, "phpbb": phpbb, "tieba": tieba}


def parse_page(body: bytes, content_type: str, url: str, now: datetime, zone: str, engine: str = "auto") -> Page:
    """One page of a forum. engine: as in the source's entry; `auto` (or a wrong one) is settled by the page itself."""
    doc = open_doc(body, content_type, url, now, zone)
    named = ENGINES.get(engine)
    if named is not None:
        page: Page = named.read(doc)
        if page.kind != "unknown":
            return page
    for module in ENGINES.values():
        if module is not named and module.recognises(doc):
            page = module.read(doc)
            if page.kind != "unknown":
                return page
    return read(doc)


def read(doc: Doc) -> Page:
    """A page of unknown software: a thread when its address or its repeated blocks say so, else what it lists."""
    whole = is_whole(doc)
    tid, fid = forum_links.thread_id(doc.url), forum_links.board_id(doc.url)
    rows, boards = ([], []) if tid else (forum_links.rows(doc), forum_links.boards(doc, fid))
    if tid or not (fid or boards or len(rows) > 1):
        links, last, here = forum_links.pages(doc, tid, forum_links.thread_id)
        floors = forum_blocks.read(doc, first_page=here == 1)
        if floors:
            return Page(
                engine="any",
                kind="thread",
                tid=tid or native(doc.url),
                title=forum_links.heading(doc),
                floors=floors,
                page=here,
                pages=last,
                links=links,
                whole=whole,
            )
    if not boards and not rows:
        meaning = _notice(doc)
        return Page(engine="any", kind="notice" if meaning else "unknown", notice=meaning, whole=whole)
    links, last, here = forum_links.pages(doc, fid, forum_links.board_id)
    return Page(
        engine="any",
        kind="board" if rows else "home",
        boards=boards,
        rows=rows,
        page=here,
        pages=last,
        links=links,
        whole=whole,
    )


def _notice(doc: Doc) -> Notice:
    """What a page without threads and posts says: a short page as a whole, else the box of its message."""
    body = doc.tree.find("body")
    whole = words(body) if body is not None else ""
    boxes = [] if len(whole) < SHORT else doc.tree.xpath("//*[@class or @id]")
    said = [words(b) for b in boxes if _MESSAGE.search(_names(b))] if boxes else [whole]
    if judged(doc.tree.findtext(".//title") or "") == "captcha":  # its own words are often in a picture or a script
        return "captcha"
    meanings = [judged(message) for message in said if message and len(message) < SHORT]
    told: list[Notice] = [m for m in ("gone", *meanings) if m in meanings and m != "other"]
    return told[0] if told else ""


def _names(node: Any) -> str:
    return f"{node.get('class') or ''} {node.get('id') or ''}"


def native(address: str) -> str:
    """What tells a thread or board from others in its address: its number or name, else its path; pages are alike."""
    named = forum_links.thread_id(address) or forum_links.board_id(address)
    parts = urlsplit(address)
    numbers = re.findall(r"\d+", parts.path)
    return named or (numbers[-1] if numbers else parts.path.strip("/") or parts.query)

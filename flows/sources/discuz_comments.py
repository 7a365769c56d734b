"""The comments (点评) under a Discuz! floor: posts of their own, on the thread's page or on further pages. Pure.

Desktop pages give a comment no number, mobile pages do; so that the twins agree, its id is made of its floor, its
author and its words.
"""

import re
from typing import Any

from flows import ids
from flows.sources import forum_text
from flows.sources.forum_page import Doc, Floor, any_of, digits, first, has, parameter, parse_time, time_words, words

_ENTRY = f".//*[{has('pstl')} or starts-with(@id, 'commentdetail_')]"
_AUTHOR = ".//a[contains(@href, 'space') and normalize-space(.)]"
_MORE = re.compile(r"[\w./:?&;=%-]*action=commentmore[\w&;=%-]*")
_SAID_AT = re.compile(r"^\s*(?:发表于|發表於|posted (?:on|at)?)\s*", re.I)


def under(doc: Doc, box: Any, pid: str) -> list[Floor]:
    """The comments this page shows under a floor, `box` being the floor's element."""
    place = first(box, f".//*[@id='comment_{pid}']")
    return _read(doc, place, pid) if place is not None else []


def page(doc: Doc) -> list[Floor]:
    """The comments of a further page (`action=commentmore`)."""
    return _read(doc, doc.tree, parameter(doc.url, "pid"))


def further(doc: Doc) -> list[str]:
    """Addresses of the next page of comments, one for each floor that has one."""
    here = int(parameter(doc.url, "page") or 1) if is_page(doc.url) else 1
    found: dict[str, str] = {}
    for said in doc.tree.xpath("//a/@onclick[contains(., 'commentmore')] | //a/@href[contains(., 'commentmore')]"):
        match = _MORE.search(said)
        address = doc.address(match[0]) if match else ""
        if address and int(parameter(address, "page") or 1) == here + 1:
            found.setdefault(parameter(address, "pid"), f"{address}&inajax=1")
    return list(found.values())


def is_page(address: str) -> bool:
    """Whether an address is a further page of comments."""
    return "action=commentmore" in address


def _read(doc: Doc, place: Any, pid: str) -> list[Floor]:
    found = {c.pid: c for entry in place.xpath(_ENTRY) if pid and (c := _comment(doc, entry, pid)) is not None}
    return list(found.values())


def _comment(doc: Doc, entry: Any, pid: str) -> Floor | None:
    body = first(entry, f".//*[{has('mtxt')}]", f".//*[{has('psti')}]")
    if body is None:
        return None
    stated = first(entry, f".//*[{has('psti')}]//*[{has('xg1')}]", f".//*[{any_of('mtime', 'dateline')}]")
    known = parse_time(_SAID_AT.sub("", time_words(stated)), doc.now, doc.zone) if stated is not None else None
    link = first(entry, _AUTHOR)
    name = words(link)
    uid = parameter(link.get("href"), "uid") or digits(link.get("href")) if link is not None else ""
    named = (f"({_AUTHOR})[1]",) if link is not None and body in link.iterancestors() else ()  # older pages
    text = forum_text.read(body, without=(f".//*[{has('xg1')}]", f".//*[{has('mtime')}]", *named)).text
    if not text:
        return None
    return Floor(
        pid=f"{pid}c{ids.hashed(uid or name, ''.join(text.split()))[:12]}",
        author=name,
        author_id=uid,
        published_at=known[0] if known else None,
        exact=bool(known and known[1] in ("second", "minute")),
        text=text,
        parent=pid,
        comment=True,
    )

"""Discuz! X pages (desktop, mobile, rewritten addresses, other skins) -> boards, threads, floors. Pure."""

import re
from typing import Any

from flows.sources import discuz_comments, discuz_floors
from flows.sources.forum_page import (
    Board,
    Doc,
    Page,
    Row,
    activity,
    any_of,
    digits,
    first,
    has,
    is_whole,
    judged,
    parameter,
    words,
)
from flows.wordings import parse_count

_THREAD = re.compile(
    r"[?&]mod=viewthread\b.*?[?&]tid=(\d+)|[?&]tid=(\d+).*?mod=viewthread|/thread-(\d+)-\d+-\d+\.html|viewthread\.php\?.*?tid=(\d+)|[?/]tid-(\d+)"
)
_BOARD = re.compile(r"[?&]mod=forumdisplay\b.*?[?&]fid=(\w+)|/forum-(\w+)-\d+\.html|forumdisplay\.php\?.*?fid=(\d+)")
_NOT_A_BOARD = re.compile(
    r"[?&](?:filter|orderby|typeid|sortid|specialtype|dateline|digest|archiver)=|mod=post|mod=redirect"
)
_REWRITTEN = re.compile(r"/(?:thread-\d+|forum-\w+)-(\d+)")
_FURNITURE = (
    "@id='pt' or @id='nv' or @id='hd' or @id='ft' or @id='toptb' or @id='threadlist' or @id='postlist' or "
    + any_of("header", "pg", "pgs", "threadlist", "dhnav_box", "dhnavs_box", "tedt")
)
_SAID = ("postmessage_", "comment_", "ratelog_")
_MOVED = re.compile(r"(?:^|\s)(?:移动|移動|moved)\s*[:：]", re.I)


def recognises(doc: Doc) -> bool:
    """Whether a page comes from Discuz!."""
    generator = doc.tree.xpath("string(//meta[translate(@name, 'G', 'g')='generator']/@content)")
    return "discuz" in generator.lower() or bool(
        re.search(r"forum\.php\?mod=|Powered by (?:<[^>]+>)*\s*Discuz|Comsenz", doc.source)
    )


def thread_id(address: str) -> str:
    """Native id of the thread an address names; empty for any other."""
    if "mod=redirect" in address or "action=printable" in address:
        return ""
    return next((g for m in [_THREAD.search(address)] if m for g in m.groups() if g), "")


def board_id(address: str) -> str:
    """Native id of the board an address names; empty for any other."""
    if _NOT_A_BOARD.search(address):
        return ""
    return next((g for m in [_BOARD.search(address)] if m for g in m.groups() if g), "")


def full_version(address: str) -> str:
    """The page itself in place of its archiver twin, which shows neither post numbers nor links to authors."""
    site, archiver, rest = address.partition("/archiver/")
    if not archiver:
        return address
    kind, number = (m[1], m[2]) if (m := re.search(r"(fid|tid)-(\d+)", rest)) else ("", "")
    query = {"fid": f"?mod=forumdisplay&fid={number}", "tid": f"?mod=viewthread&tid={number}"}.get(kind, "")
    return f"{site}/forum.php{query}"


def as_desktop(address: str) -> str:
    """The same page as asked for by a reader who wants the full version on any device."""
    bare = re.sub(r"([?&])mobile=\w+&?", r"\1", address).rstrip("?&")
    return f"{bare}{'&' if '?' in bare else '?'}mobile=no"


def page_number(address: str) -> int:
    """Page of a board or thread an address names."""
    if match := _REWRITTEN.search(address):
        return int(match[1])
    return int(parameter(address, "page") or 1)


def at_page(address: str, number: int) -> str:
    """The same board or thread, at another page."""
    if _REWRITTEN.search(address):
        return re.sub(r"(/(?:thread-\d+|forum-\w+)-)\d+", rf"\g<1>{number}", address)
    address = re.sub(r"([?&])page=\d+&?", r"\1", address).rstrip("?&")
    return address if number <= 1 else f"{address}{'&' if '?' in address else '?'}page={number}"


def read(doc: Doc) -> Page:
    """The page. A notice in place of a page is judged, never an error."""
    whole = is_whole(doc)
    if discuz_comments.is_page(doc.url):
        comments = discuz_comments.page(doc)
        return Page(engine="discuz", kind="thread", floors=comments, more=discuz_comments.further(doc), whole=whole)
    floors = discuz_floors.floors_of(doc)
    tid, fid = thread_id(doc.url), board_id(doc.url)
    if floors:
        tid = tid or _own_thread(doc)
        links, pages = _pages(doc, tid, thread_id)
        return Page(
            engine="discuz",
            kind="thread",
            tid=tid,
            title=_title(doc),
            floors=floors,
            page=_current(doc),
            pages=pages,
            links=links,
            more=discuz_comments.further(doc),
            whole=whole,
        )
    if message := _message(doc):
        return Page(engine="discuz", kind="notice", notice=judged(message), tid=tid, whole=whole)
    boards, rows = _boards(doc, fid), _rows(doc)
    if not fid and not rows and boards:
        return Page(engine="discuz", kind="home", boards=boards, whole=whole)
    if fid or (rows and not boards):
        links, pages = _pages(doc, fid, board_id)
        return Page(
            engine="discuz",
            kind="board",
            boards=boards,
            rows=rows,
            page=_current(doc),
            pages=pages,
            links=links,
            whole=whole,
        )
    return Page(engine="discuz", kind="home" if boards else "unknown", boards=boards, rows=rows, whole=whole)


def _message(doc: Doc) -> str:
    node = first(
        doc.tree,
        "//*[@id='messagetext']",
        f"//*[{has('jump_c')}]",
        f"//*[{has('alert_error')} or {has('alert_info')}]",
        f"//*[{has('showmessage')}]",
        "//*[@id='messagelogin']",
        "//form[@id='loginform' or contains(@id, 'loginform_')]",
    )
    return words(node) if node is not None else ""


def _boards(doc: Doc, here: str) -> list[Board]:
    found: dict[str, Board] = {}
    for link in doc.tree.xpath("//a[@href]"):
        address = doc.address(link.get("href"))
        fid, title = board_id(address), words(link)
        if not fid or fid == here or not title or page_number(address) != 1 or fid in found:
            continue
        if link.xpath(f"ancestor::*[{_FURNITURE}]"):
            continue
        row = first(link, "ancestor::*[self::tr or self::li or self::dl][1]", "ancestor::td[1]")
        cell = first(link, "ancestor::td[1]")
        if cell is not None and row is not None and len(_board_ids(doc, row)) > 1:
            row = cell  # several boards side by side
        mark = activity(row) if row is not None and len(_board_ids(doc, row)) == 1 else ""
        title = words(first(link, f".//*[{has('mtit')}]/text()/..") if link.find(".//p") is not None else link)
        found[fid] = Board(id=fid, url=address, title=re.sub(r"\s*今日\s*\d*$", "", title)[:80], mark=mark)
    return list(found.values())


def _board_ids(doc: Doc, row: Any) -> set[str]:
    return {fid for href in row.xpath(".//a/@href") if (fid := board_id(doc.address(href)))}


def _rows(doc: Doc) -> list[Row]:
    named = doc.tree.xpath("//*[starts-with(@id, 'normalthread_') or starts-with(@id, 'stickthread_')]")
    named = [n for n in named if digits(n.get("id"))]
    if not named:
        seen: dict[Any, None] = {}
        for link in doc.tree.xpath("//a[@href]"):
            if thread_id(doc.address(link.get("href"))) and len(words(link)) >= 2:
                box = first(
                    link,
                    "ancestor::*[self::tr or self::li or self::tbody][1]",
                    f"ancestor::div[{has('list')}][1]",
                    "ancestor::div[1]",
                )
                if box is not None and not box.xpath(
                    f"ancestor-or-self::*[@id='pt' or @id='hd' or @id='ft' or {has('fl_tb')}]"
                ):
                    seen.setdefault(box)
        named = list(seen)
    rows = {r.tid + ("m" if r.moved else ""): r for box in reversed(named) if (r := _row(doc, box)) is not None}
    return list(rows.values())[::-1]


def _row(doc: Doc, box: Any) -> Row | None:
    links = [a for a in box.xpath(".//a[@href]") if thread_id(doc.address(a.get("href")))]
    titled = [a for a in links if re.search(r"(?:^|\s)(?:xst|s)(?:\s|$)", a.get("class") or "")] or [
        a for a in links if len(words(a)) >= 2 and not words(a).isdigit()
    ]
    if not titled:
        return None
    link = titled[0]
    address = at_page(doc.address(link.get("href")), 1)
    tid, own = thread_id(address), digits(box.get("id") or "")
    replies = first(
        box,
        f".//*[{has('num')}]//a",
        f".//*[{has('num')}]",
        f".//*[{has('nums')}]//strong",
        ".//i[contains(@class, 'chat')]/..",
        ".//i[contains(@class, 'reply')]/..",
    )
    counted = _count(replies)
    stub = bool(own and own != tid) or (replies is not None and words(replies) == "-")
    heading = first(link, "ancestor::*[self::th or self::td or self::div or self::li][1]")
    moved = stub or bool(heading is not None and _MOVED.search(words(heading)[:20]) and counted is None)
    last = box.xpath(f".//*[{has('by')}]")
    newest = last[-1] if len(last) > 1 else first(box, f".//td[{has('lastpost')}]")
    when = doc.time(first(newest, ".//em", ".")) if newest is not None else (None, False)
    return Row(
        tid=tid,
        url=address,
        title=_subject(link),
        replies=counted,
        last_at=when[0] if when[1] else None,
        sticky=(box.get("id") or "").startswith("stick"),
        moved=moved,
    )


def _subject(link: Any) -> str:
    inner = first(link, f".//*[{has('threadlist_tit')}]/em", f".//*[{has('threadlist_tit')}]")
    return words(inner if inner is not None else link)[:200]


def _count(node: Any) -> int | None:
    if node is None:
        return None
    exact = node.xpath("string(descendant-or-self::*[@title][1]/@title)").strip()
    return int(exact) if exact.isdigit() else parse_count(words(node))


def _title(doc: Doc) -> str:
    node = first(
        doc.tree,
        "//*[@id='thread_subject']",
        f"//*[{has('view_tit')}]",
        f"//h1[{has('ts')}]",
        f"//*[{has('postlist')}]/h2",
        "//h1",
    )
    if node is None:
        return ""
    own = " ".join("".join(node.xpath("text()")).split()) or words(node)
    if node.get("id") or words(doc.tree.find(".//title")).startswith(own):  # a category is no part of the title
        return own[:300]
    return re.sub(r"^(?:\[[^\]]{1,12}\]\s*)(?=\S)", "", own)[:300]


def _own_thread(doc: Doc) -> str:
    match = re.search(r"\btid\s*=\s*(?:parseInt\()?['\"]?(\d+)", doc.source)
    return match[1] if match else next((t for h in doc.tree.xpath("//a/@href") if (t := thread_id(doc.address(h)))), "")


def _current(doc: Doc) -> int:
    shown = doc.tree.xpath(f"string(//*[{has('pg')}]/strong[1])").strip()
    return int(shown) if shown.isdigit() else page_number(doc.url)


def _pages(doc: Doc, own: str, identify: Any) -> tuple[dict[int, str], int]:
    """(addresses by number, number of pages) of this board or thread."""
    links: dict[int, str] = {}
    for link in doc.tree.xpath(
        f"//*[{has('pg')} or {has('page')} or {has('pgs')} or {has('pages')}]//a[@href] | //a[{has('nxt')}]"
    ):
        address = doc.address(link.get("href"))
        if identify(address) == own and own and "authorid=" not in address and "ordertype=" not in address:
            links.setdefault(page_number(address), address)
    for href in doc.tree.xpath(f"//*[{has('pg')} or {has('page')}]//option/@value"):
        if identify(doc.address(href)) == own:
            links.setdefault(page_number(doc.address(href)), doc.address(href))
    stated = [
        int(n)
        for n in re.findall(r"共\s*(\d+)\s*页", " ".join(doc.tree.xpath(f"//*[{has('pg')} or {has('page')}]//@title")))
    ]
    return links, max([*links, *stated, _current(doc)])

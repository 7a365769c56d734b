"""MyBB pages (both post layouts, plain and rewritten addresses) -> boards, threads, floors. Pure."""

import re
from typing import Any

from flows.sources import forum_text
from flows.sources.forum_page import (
    Board,
    Doc,
    Floor,
    Page,
    Row,
    activity,
    any_of,
    digits,
    first,
    floor_number,
    has,
    is_whole,
    judged,
    parameter,
    words,
)
from flows.wordings import parse_count

_THREAD = re.compile(r"showthread\.php\?(?:.*&)?tid=(\d+)|/thread-(\d+)(?:-page-\d+)?\.html")
_BOARD = re.compile(r"forumdisplay\.php\?(?:.*&)?fid=(\d+)|/forum-(\d+)(?:-page-\d+)?\.html")
_SORTED = re.compile(r"[?&](?:sortby|order|datecut|prefix)=")
_ACTIONS = re.compile(r"[?&](?:action|mode|pid)=|-(?:lastpost|newpost|nextoldest|nextnewest|post-\d+)\b")
_PAGE = re.compile(r"-page-(\d+)\.html")
_FURNITURE = "@id='footer' or @id='header' or " + any_of("navigation", "thead", "tcat", "pagination", "tfoot")
_OF_BOARD = f"ancestor-or-self::*[{any_of('navigation', 'pagination_breadcrumb')}]"  # a thread's page names its board's
_MOVED = re.compile(r"^\W*(?:moved|已移动|移动)\s*[:：]", re.I)


def recognises(doc: Doc) -> bool:
    """Whether a page comes from MyBB."""
    return bool(
        re.search(
            r"//(?:www\.)?mybb\.com|MyBB Group|var my_post_key|<!-- start: (?:index|showthread|forumdisplay)",
            doc.source,
        )
    )


def thread_id(address: str) -> str:
    """Native id of the thread an address names; empty for any other."""
    match = None if _ACTIONS.search(address) else _THREAD.search(address)
    return next((g for g in match.groups() if g), "") if match else ""


def board_id(address: str) -> str:
    """Native id of the board an address names; empty for any other."""
    match = None if _SORTED.search(address) else _BOARD.search(address)
    return next((g for g in match.groups() if g), "") if match else ""


def page_number(address: str) -> int:
    """Page of a board or thread an address names."""
    match = _PAGE.search(address)
    return int(match[1]) if match else int(parameter(address, "page") or 1)


def at_page(address: str, number: int) -> str:
    """The same board or thread, at another page."""
    if address.endswith(".html"):
        bare = _PAGE.sub(".html", address)
        return bare if number <= 1 else f"{bare.removesuffix('.html')}-page-{number}.html"
    address = re.sub(r"([?&])page=\d+&?", r"\1", address).rstrip("?&")
    return address if number <= 1 else f"{address}{'&' if '?' in address else '?'}page={number}"


def read(doc: Doc) -> Page:
    """The page. A notice in place of a page is judged, never an error."""
    whole = is_whole(doc)
    floors = _floors(doc)
    tid, fid = thread_id(doc.url), board_id(doc.url)
    if floors:
        tid = tid or next((t for h in doc.tree.xpath("//a/@href") if (t := parameter(doc.address(h), "tid"))), "")
        links, pages = _pages(doc, tid, thread_id)
        return Page(
            engine="mybb",
            kind="thread",
            tid=tid,
            title=_title(doc),
            floors=floors,
            page=_current(doc),
            pages=pages,
            links=links,
            whole=whole,
        )
    rows, boards = _rows(doc), _boards(doc, fid)
    if (not rows and not boards) or tid:
        message = _message(doc)
        kind = "notice" if message else "unknown"
        return Page(engine="mybb", kind=kind, notice=judged(message) if message else "", tid=tid, whole=whole)  # type: ignore[arg-type]
    if fid or rows:
        links, pages = _pages(doc, fid, board_id)
        return Page(
            engine="mybb",
            kind="board",
            boards=boards,
            rows=rows,
            page=_current(doc),
            pages=pages,
            links=links,
            whole=whole,
        )
    return Page(engine="mybb", kind="home", boards=boards, whole=whole)


def _message(doc: Doc) -> str:
    for box in doc.tree.xpath(
        f"//*[@id='content']//table[{has('tborder')}] | //*[{has('error')}] | //*[@id='content']"
    ):
        if said := words(box):
            return said[:500]
    return ""


def _boards(doc: Doc, here: str) -> list[Board]:
    found: dict[str, Board] = {}
    for link in doc.tree.xpath("//a[@href]"):
        address = doc.address(link.get("href"))
        fid, title = board_id(address), words(link)
        if not fid or fid == here or not title or page_number(address) != 1 or fid in found:
            continue
        if link.xpath(f"ancestor::*[{_FURNITURE}]"):
            continue
        row = first(link, "ancestor::tr[1]")
        alone = row is not None and len({b for h in row.xpath(".//a/@href") if (b := board_id(doc.address(h)))}) == 1
        found[fid] = Board(id=fid, url=address, title=title[:80], mark=activity(row) if alone else "")
    return list(found.values())


def _rows(doc: Doc) -> list[Row]:
    found: dict[str, Row] = {}
    for box in doc.tree.xpath("//*[starts-with(@id, 'tid_') and .//a[@href]]"):
        link = first(box, ".//a[@href]")
        address = at_page(doc.address(link.get("href")), 1)
        tid = thread_id(address)
        line = first(box, "ancestor::tr[1]", "ancestor::li[1]", "ancestor::div[1]")
        if not tid or line is None:
            continue
        counter = first(line, ".//a[contains(@href, 'whoposted')]")
        if counter is None:
            numbers = [c for c in line.xpath("./td[@align='center']") if re.fullmatch(r"[\d,.万\-]+", words(c))]
            counter = numbers[0] if numbers else None
        replies = parse_count(words(counter)) if counter is not None else None
        moved = bool(_MOVED.match(words(box.getparent()))) or (counter is not None and words(counter) == "-")
        when, exact = doc.time(_last_post(line))
        key = f"{tid}{'m' if moved else ''}"
        found.setdefault(
            key,
            Row(
                tid=tid,
                url=address,
                title=words(link)[:200],
                replies=replies,
                last_at=when if exact else None,
                sticky=bool(line.xpath(".//*[contains(@class, 'sticky')]")),
                moved=moved,
            ),
        )
    return list(found.values())


def _last_post(line: Any) -> Any:
    """The last post's cell up to its line break: what follows names the author."""
    cell = first(line, f".//*[{has('lastpost')}]")
    if cell is None:
        return None
    out = cell.makeelement("span")
    out.text = cell.text
    for child in cell:
        if child.tag in ("br", "a"):
            break
        copied = cell.makeelement("span", dict(child.attrib))
        copied.text, copied.tail = words(child), child.tail
        out.append(copied)
    return out


def _floors(doc: Doc) -> list[Floor]:
    boxes = [n for n in doc.tree.xpath("//*[starts-with(@id, 'post_')]") if re.fullmatch(r"post_\d+", n.get("id"))]
    found = {f.pid: f for box in reversed(boxes) if (f := _floor(doc, box)) is not None}
    return list(found.values())[::-1]


def _floor(doc: Doc, box: Any) -> Floor | None:
    pid = digits(box.get("id"))
    body = first(box, f".//*[@id='pid_{pid}']", f".//*[{has('post_body')}]")
    if body is None:
        return None
    said = forum_text.read(body)
    author, author_id = _author(box)
    number = first(
        box, f".//*[{has('post_head')}]//a[contains(@href, 'pid')]", ".//strong/a[starts-with(normalize-space(.), '#')]"
    )
    when, exact = doc.time(_dated(box))
    return Floor(
        pid=pid,
        floor=floor_number(words(number)) if number is not None else None,
        author=author,
        author_id=author_id,
        published_at=when,
        exact=exact,
        text=said.text,
        parent=said.parent if said.parent != pid else "",
        quoted=said.quoted,
        quotation=said.quotation,
    )


def _author(box: Any) -> tuple[str, str]:
    place = first(
        box,
        f".//*[{has('author_information')}]",
        f".//*[{has('post_author')}]",
        f".//*[{has('largetext')}]",
        ".//td[1]",
    )
    if place is None:
        return "", ""
    for link in place.xpath(".//a[contains(@href, 'uid=') or contains(@href, 'user-')]"):
        if name := words(link):
            return name, parameter(link.get("href"), "uid") or digits(
                "".join(re.findall(r"user-\d+", link.get("href")))
            )
    name = first(place, f".//*[{has('largetext')}]", ".//strong")
    return (words(name), "") if name is not None else ("", "")


def _dated(box: Any) -> Any:
    """The element of a post's time without its edit notice."""
    import copy

    stated = first(
        box,
        f".//*[{has('post_date')}]",
        f".//*[{has('post_head')}]//span[@title]",
        f".//*[{has('smalltext')} and contains(., ':')]",
    )
    if stated is None:
        return None
    stated = copy.deepcopy(stated)
    stated.tail = None
    for junk in stated.xpath(f".//*[{has('post_edit')} or {has('edited_post')}]"):
        junk.drop_tree()
    return stated


def _title(doc: Doc) -> str:
    node = first(
        doc.tree,
        f"//*[{has('navigation')}]//*[{has('active')}]",
        "//*[@id='posts_container']/ancestor::table[1]//td[contains(@class, 'thead')]/div[not(@class)]/strong",
        "//title",
    )
    return words(node)[:300] if node is not None else ""


def _current(doc: Doc) -> int:
    shown = doc.tree.xpath(f"string(//*[{has('pagination_current')}][not({_OF_BOARD})][1])").strip()
    return int(shown) if shown.isdigit() else page_number(doc.url)


def _pages(doc: Doc, own: str, identify: Any) -> tuple[dict[int, str], int]:
    links: dict[int, str] = {}
    for href in doc.tree.xpath(f"//*[{has('pagination')}][not({_OF_BOARD})]//a/@href"):
        address = doc.address(href)
        if own and identify(address) == own:
            links.setdefault(page_number(address), address)
    return links, max([*links, _current(doc)])

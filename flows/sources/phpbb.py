"""phpBB pages (prosilver and its children, subsilver2) -> boards, threads, floors. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
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
    parse_time,
    time_words,
    words,
)
from flows.wordings import parse_count

_POST_BOX = f"//*[starts-with(@id, 'p') and ({has('post')})]"
_TIMES = (
    f".//*[{has('author')}]//time",
    f".//p[{has('author')}]",
    f".//td[{has('gensmall')}]/div[.//a[contains(@href, 'viewtopic.php?p=')]]",  # beside it stands the post's title
    f".//td[{has('gensmall')}]/div[last()]",
    f".//td[{has('gensmall')}]",
    ".//time",
)
_LOGIN = (  # that stands in place of the page, not in its head
    "//form[.//input[@type='password']][not(ancestor::header"
    " or ancestor::*[@id='page-header' or @id='wrapheader' or @role='banner'])]"
)
_BOARD_LINKS = f"//a[{has('forumtitle')} or {has('forumlink')}]"
_BOARD_LINKS_UNNAMED = (  # a style with names of its own
    f"//a[contains(@href, 'viewforum.php')][.//*[{has('forumtitle')}] or ancestor::*[{has('forumtitle')}]]"
)
_OWN_WORDS = any_of("content", "postbody")
_GUESTS = ("guest", "anonymous", "游客", "遊客", "访客", "訪客", "匿名")  # a guest who gave no name
_MESSAGES = (f"//*[@id='message']//*[{has('content')}]", "//*[@id='message']", f"//*[{has('message-title')}]/..")


def recognises(doc: Doc) -> bool:
    """Whether a page comes from phpBB."""
    return bool(re.search(r"phpbb\.com|phpBB (?:Group|Limited)|viewtopic\.php\?|id=\"phpbb\"", doc.source, re.I))


def thread_id(address: str) -> str:
    """Native id of the thread an address names; empty for any other."""
    if "viewtopic.php" in address and not re.search(r"[?&](?:p|view|hilit|watch|bookmark)=", address):
        return parameter(address, "t")
    match = re.search(r"-t(\d+)(?:-\d+)?\.html|/t(\d+)(?:-\d+)?\.html", address)
    return next((g for g in match.groups() if g), "") if match else ""


def board_id(address: str) -> str:
    """Native id of the board an address names; empty for any other."""
    if "viewforum.php" in address:
        return "" if re.search(r"[?&](?:sk|sd|st|mark|watch)=", address) else parameter(address, "f")
    match = re.search(r"-f(\d+)(?:-\d+)?/?(?:\.html)?$", address)
    return match[1] if match else ""


def start_of(address: str) -> int:
    """How many posts or threads come before the page an address names."""
    match = re.search(r"-[tf]\d+-(\d+)\.html", address)
    return int(match[1]) if match else int(parameter(address, "start") or 0)


def at_start(address: str, start: int) -> str:
    """The same board or thread, from another post or thread on."""
    address = re.sub(r"([?&])start=\d+&?", r"\1", address).rstrip("?&")
    return address if start <= 0 else f"{address}{'&' if '?' in address else '?'}start={start}"


def step_of(links: Mapping[int, str]) -> int:
    """How many posts or threads a page holds, as the addresses of pages by number tell; 0 when they do not."""
    return next((start_of(address) // (number - 1) for number, address in links.items() if number > 1), 0)


def read(doc: Doc) -> Page:
    """The page. A notice in place of a page is judged, never an error."""
    whole = is_whole(doc)
    tid, fid = thread_id(doc.url), board_id(doc.url)
    floors = _floors(doc)
    if floors:
        tid = tid or next((t for h in doc.tree.xpath("//a/@href") if (t := thread_id(doc.address(h)))), "")
        page, pages, links = _pages(doc, tid, thread_id)
        return Page(
            engine="phpbb",
            kind="thread",
            tid=tid,
            title=_title(doc),
            floors=floors,
            page=page,
            pages=pages,
            links=links,
            whole=whole,
        )
    rows, boards = _rows(doc), _boards(doc, fid)
    if not rows and not boards:
        message, login = words(first(doc.tree, *_MESSAGES)), doc.tree.xpath(_LOGIN)
        kind = "notice" if message or login else "board" if fid else "unknown"
        notice = judged(message) if message else "denied" if login else ""
        return Page(engine="phpbb", kind=kind, notice=notice, tid=tid, whole=whole)  # type: ignore[arg-type]
    if fid or (rows and not boards):
        page, pages, links = _pages(doc, fid, board_id)
        return Page(
            engine="phpbb", kind="board", boards=boards, rows=rows, page=page, pages=pages, links=links, whole=whole
        )
    return Page(engine="phpbb", kind="home", boards=boards, rows=rows, whole=whole)


def _boards(doc: Doc, here: str) -> list[Board]:
    found: dict[str, Board] = {}
    listed = doc.tree.xpath(_BOARD_LINKS) or doc.tree.xpath(_BOARD_LINKS_UNNAMED)
    for link in [*listed, *doc.tree.xpath(f"//a[{has('subforum')}]")]:
        address = doc.address(link.get("href") or "")
        fid = board_id(address)
        if not fid or fid == here or fid in found:
            continue
        row = None if "subforum" in (link.get("class") or "") else _row_of(link, listed)
        found[fid] = Board(id=fid, url=address, title=words(link)[:80], mark=activity(row) if row is not None else "")
    return list(found.values())


def _rows(doc: Doc) -> list[Row]:
    found: dict[str, Row] = {}
    links = doc.tree.xpath(f"//a[{has('topictitle')}]")
    for link in links:
        address = at_start(doc.address(link.get("href") or ""), 0)
        tid = thread_id(address)
        line = _row_of(link, links)
        if not tid or line is None:
            continue
        counter = first(
            line, f".//dd[{has('posts')}]", f"./td[{has('topicdetails')}][2]", ".//*[contains(@class, 'replies')]"
        )
        moved = bool(
            line.xpath("descendant-or-self::*[contains(@class, 'topic_moved') or contains(@style, 'topic_moved')]")
        )
        last = first(
            line,
            f".//dd[{has('lastpost')}]",
            f"./td[last()]//*[{has('topicdetails')}]",
            ".//*[contains(@class, 'lastpost') or contains(@class, 'last-post')]",
        )
        when, exact = doc.time(last)
        kinds = " ".join([line.get("class") or "", *line.xpath(".//dl/@class")])
        found.setdefault(
            f"{tid}{'m' if moved else ''}",
            Row(
                tid=tid,
                url=address,
                title=words(link)[:200],
                last_at=when if exact else None,
                newest=_newest(line),
                moved=moved,
                replies=_replies(counter),
                sticky=bool(re.search(r"sticky|announce|global", kinds)),
            ),
        )
    return list(found.values())


def _row_of(link: Any, links: Sequence[Any]) -> Any:
    """What belongs to one link of a list: its row, else the largest element that holds no other of them."""
    row = first(link, f"ancestor::li[{has('row')}][1]", "ancestor::tr[1]")
    if row is not None:
        return row
    others = {above for other in links if other is not link for above in other.iterancestors()}
    row = link
    for outer in link.iterancestors():
        if outer in others or outer.tag == "body":
            break
        row = outer
    return row


def _newest(line: Any) -> str:
    """Native id of a thread's newest reply, empty where its row does not link to it."""
    named = (re.search(r"[?&]p=\d+[^#]*#p(\d+)$", href) for href in line.xpath(".//a/@href"))
    return next((match[1] for match in named if match), "")


def _replies(counter: Any) -> int | None:
    if counter is None:
        return None
    match = re.search(r"\d[\d,.]*[万kK]?", words(counter))
    return parse_count(match[0]) if match else None


def _floors(doc: Doc) -> list[Floor]:
    boxes = [n for n in doc.tree.xpath(_POST_BOX) if re.fullmatch(r"p(?:ost)?[-_]?\d+", n.get("id"))]
    if not boxes:
        anchors = [a for a in doc.tree.xpath("//a[@name]") if re.fullmatch(r"p\d+", a.get("name"))]
        boxes = [first(a, f"ancestor::table[{has('tablebg')}][1]", "ancestor::table[1]") for a in anchors]
    before = start_of(doc.url)
    found: dict[str, Floor] = {}
    for box in boxes:
        if box is not None and (floor := _floor(doc, box, before + len(found) + 1)) is not None:
            found.setdefault(floor.pid, floor)
    return list(found.values())


def _floor(doc: Doc, box: Any, number: int) -> Floor | None:
    named = box.get("id") or next((n for n in box.xpath(".//a/@name") if re.fullmatch(r"p\d+", n)), "")
    pid = digits(named)
    body = first(box, f".//*[{has('content')}]", f".//div[{has('postbody')}]", f".//*[{has('postbody')}]")
    if not pid or body is None:
        return None
    said = forum_text.read(body)
    author, author_id = _author(box)
    stated = (_stated(doc, n) for path in _TIMES for n in box.xpath(path))
    when, exact = next((t for t in stated if t[0] is not None), (None, False))
    shown = first(
        box, f".//*[{has('post-number')}]", f".//*[{has('post-num')}]", ".//a[starts-with(normalize-space(.), '#')]"
    )
    return Floor(
        pid=pid,
        floor=(floor_number(words(shown)) if shown is not None else None) or number,
        author=author,
        author_id=author_id,
        published_at=when,
        exact=exact,
        text=said.text,
        parent=said.parent if said.parent != pid else "",
        quoted=said.quoted,
        quotation=said.quotation,
        shielded=not said.text
        and bool(box.xpath("self::*[contains(@class, 'deleted') or contains(@class, 'ignored')]")),
    )


def _stated(doc: Doc, node: Any) -> tuple[datetime | None, bool]:
    """(moment, known to the minute) of `by NAME » TIME`; what stands before the arrow may look like a time."""
    _name, arrow, said = time_words(node).rpartition("»")
    if not arrow or node.xpath("descendant-or-self::time"):
        return doc.time(node)
    known = parse_time(said, doc.now, doc.zone)
    return (known[0], known[1] in ("second", "minute")) if known else (None, False)


def _author(box: Any) -> tuple[str, str]:
    """(name, number of the account) of a post; both empty for a guest without a name."""
    name, number = _signed(box)
    return ("", "") if not number and name.lower() in _GUESTS else (name, number)


def _signed(box: Any) -> tuple[str, str]:
    for place in box.xpath(f".//p[{has('author')}] | .//*[{has('postprofile')}] | .//*[{has('postauthor')}]"):
        for link in place.xpath(
            f".//a[{has('username')} or {has('username-coloured')} or contains(@href, 'viewprofile')]"
        ):
            if name := words(link):
                return name, parameter(link.get("href") or "", "u")
    node = first(
        box,
        f".//span[{has('username')} or {has('username-coloured')}]",
        f".//*[{has('postauthor')}]",
        f".//*[{has('postprofile')}]//dt//strong",
    )
    linked = box.xpath(f".//tr[.//*[{has('postbody')}]]/following-sibling::tr//a[contains(@href, 'viewprofile')]/@href")
    return (words(node), parameter(linked[0], "u") if linked else "") if node is not None else ("", "")


def _title(doc: Doc) -> str:
    node = first(
        doc.tree,
        f"//*[{has('topic-title')}]",
        "//h2/a[contains(@href, 'viewtopic')]",
        f"//a[{has('titles')}]",
        "//h1[.//a[contains(@href, 'viewtopic')]]",
        "//h2[not(ancestor::form) and not(contains(@class, 'poll'))]",
        "//h1",
    )
    return words(node)[:300] if node is not None else ""


def _pages(doc: Doc, own: str, identify: Any) -> tuple[int, int, dict[int, str]]:
    """(this page, number of pages, addresses by number)."""
    starts: dict[int, str] = {}
    inside = f"//*[{has('pagination')}]//a/@href | //td[{has('nav')}]//a/@href"
    for hrefs in (inside, f"//a[not(ancestor::*[{_OWN_WORDS}])]/@href"):
        for address in map(doc.address, doc.tree.xpath(hrefs)):
            if own and identify(address) == own:
                starts.setdefault(start_of(address), address)
        if any(start != start_of(doc.url) for start in starts):
            break
    here = start_of(doc.url)
    size = min((abs(s - here) for s in starts if s != here), default=0)
    positive = sorted(s for s in {*starts, here} if s > 0)
    size = min([size, *positive]) if size and positive else size
    if not size:
        return 1, 1, {}
    links = {s // size + 1: a for s, a in starts.items()}
    stated = re.search(
        r"(?:Page|第)\s*\d+\s*(?:页)?\s*(?:of|[,，（(/]\s*共)\s*(\d+)",
        " ".join(words(n) for n in doc.tree.xpath(f"//*[{has('pagination')}]")),
    )
    return here // size + 1, max([*links, here // size + 1, int(stated[1]) if stated else 1]), links

"""Any forum page: the engine is recognised; an unknown one is read by its structure (repeated post blocks). Pure."""

import re
from collections import Counter, defaultdict
from datetime import datetime
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from flows.sources import discuz, forum_text, mybb, phpbb, tieba
from flows.sources.forum_page import (
    CLOCK,
    DATE,
    Board,
    Doc,
    Floor,
    Page,
    Row,
    digits,
    first,
    floor_number,
    is_whole,
    judged,
    open_doc,
    parse_time,
    words,
)

ENGINES: dict[str, ModuleType] = {"discuz": discuz, "mybb": mybb, "phpbb": phpbb, "tieba": tieba}

_THREADISH = re.compile(r"thread|topic|tid|read|/t/|/d/|/p/|post|discuss|question|show", re.I)
_BOARDISH = re.compile(r"forum|board|categor|node|section|fid|/f/|/c/|/go/|group|channel|bbs", re.I)
_NEVER = re.compile(
    r"login|register|logout|search|member|user|profile|space|rss|feed|tag|help|about|\.(?:jpe?g|png|gif|zip|css|js)$|javascript:|mailto:|action=|lastpost|newpost",
    re.I,
)
_PERSON = re.compile(
    r"/(?:u|user|users|member|members|people|profile|space|author)s?[/?.=-]|uid=|userid|mod=space", re.I
)
_PAGE = re.compile(r"([?&](?:page|p|pn|pg)=|/page[/-]|-page-|_)(\d{1,5})(?=\D*$)")
_CONTENT = re.compile(r"content|message|body|text|post-?entry|markdown|cooked|reply_content|article", re.I)
_TIME_LIKE = re.compile(
    rf"{DATE.pattern}|\d+\s*(?:秒|分钟|小时|天)前|半小时前|刚刚|[昨前今]天\s*\d|\d+ (?:minutes?|hours?|days?) ago"
)
MIN_BLOCK_CHARS = 4


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
    """A page of unknown software: a thread when it has repeated post blocks, else a board or home by its links."""
    links, whole = _links(doc), is_whole(doc)
    pages, last = _pages(doc)
    current = _number(doc.url)
    threads = _cluster(links, _THREADISH)
    floors = _floors(doc)
    if floors and len(floors) * 3 >= len(threads):
        title = first(doc.tree, "//h1", "//h2", "//title")
        return Page(
            engine="any",
            kind="thread",
            tid=native(doc.url),
            title=words(title)[:300],
            floors=floors,
            page=current,
            pages=last,
            links=pages,
            whole=whole,
        )
    boards = [
        Board(id=native(a), url=a, title=t[:80])
        for a, t in _cluster(links, _BOARDISH, least=1).items()
        if a not in threads
    ]
    rows = [_row(doc, a, t) for a, t in threads.items()]
    if not boards and not rows:
        message = words(doc.tree.find("body"))[:400] if doc.tree.find("body") is not None else ""
        meaning = judged(message) if message and len(message) < 400 else ""
        return Page(
            engine="any", kind="notice" if meaning and meaning != "other" else "unknown", notice=meaning, whole=whole
        )
    return Page(
        engine="any",
        kind="board" if rows else "home",
        boards=boards,
        rows=rows,
        page=current,
        pages=last,
        links=pages,
        whole=whole,
    )


def native(address: str) -> str:
    """What tells a thread or board from others in its address: its last number, else its path; pages are alike."""
    parts = urlsplit(_PAGE.sub("", address))
    named = re.findall(r"(?:tid|fid|id|t|f)=(\d+)", parts.query)
    numbers = re.findall(r"\d+", parts.path)
    return named[0] if named else numbers[-1] if numbers else (parts.path.strip("/") or parts.query)


def at_page(address: str, number: int) -> str:
    """The same board or thread at another page, where its address shows how pages are named; else empty."""
    return _PAGE.sub(lambda m: f"{m[1]}{number}", address) if _PAGE.search(address) else ""


def _number(address: str) -> int:
    match = _PAGE.search(address)
    return int(match[2]) if match else 1


def _links(doc: Doc) -> dict[str, str]:
    """Address -> the longest words of its links, within the site, furniture left out."""
    host = urlsplit(doc.url).netloc
    found: dict[str, str] = {}
    for link in doc.tree.xpath("//a[@href][not(ancestor::footer) and not(ancestor::nav)]"):
        address, said = doc.address(link.get("href")), words(link)
        if (
            urlsplit(address).netloc == host
            and said
            and not _NEVER.search(urlsplit(address)._replace(netloc="", scheme="").geturl())
        ):
            found[address] = max(found.get(address, ""), said, key=len)
    return found


def _shape(address: str) -> str:
    return re.sub(
        r"\d+",
        "N",
        re.sub(r"(?<=/)[^/?]*-(?=\d+)|(?<=/)[^/?]+\.(?=\d+)", "S", urlsplit(address)._replace(netloc="").geturl()),
    )


def _cluster(links: dict[str, str], like: re.Pattern[str], *, least: int = 2) -> dict[str, str]:
    """The links of the one address shape that fits best: many, long words, a fitting address."""
    shapes: dict[str, dict[str, str]] = defaultdict(dict)
    for address, said in links.items():
        if "N" in (shape := _shape(address)) and not said.isdigit() and not _PAGE.search(address):
            shapes[shape][address] = said
    fitting = {s: m for s, m in shapes.items() if like.search(s) and len(m) >= least}
    if not fitting:
        return {}
    best = max(fitting, key=lambda s: sum(min(len(t), 30) for t in fitting[s].values()))
    return fitting[best]


def _row(doc: Doc, address: str, title: str) -> Row:
    tail = urlsplit(address)
    link = (
        first(doc.tree, f"//a[contains(@href, '{(tail.path + ('?' + tail.query if tail.query else ''))[-40:]}')]")
        if "'" not in address
        else None
    )
    box = (
        first(link, "ancestor::*[self::tr or self::li or self::article][1]", "ancestor::div[2]", "..")
        if link is not None
        else None
    )
    match = _TIME_LIKE.search(words(box)) if box is not None else None
    known = parse_time(words(box)[match.start() :][:30], doc.now, doc.zone) if match and box is not None else None
    return Row(
        tid=native(address),
        url=address,
        title=title[:200],
        last_at=known[0] if known and known[1] in ("second", "minute") else None,
    )


def _floors(doc: Doc) -> list[Floor]:
    """The largest family of sibling blocks that look like posts: a time, somebody, and words."""
    families: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for node in doc.tree.xpath("//article | //li | //div | //section | //table | //tr"):
        parent = node.getparent()
        if parent is not None and (node.get("class") or node.get("id")):
            shape = re.sub(r"\d+", "", f"{node.tag}.{(node.get('class') or node.get('id')).split()[0]}")
            families[id(parent), shape].append(node)
    best: list[Floor] = []
    weight = 0
    for nodes in families.values():
        floors = [f for number, n in enumerate(nodes, 1) if (f := _floor(doc, n, number)) is not None]
        if len(floors) * 2 < len(nodes):
            continue
        total = sum(min(len(f.text), 200) + 50 * bool(f.author) + 50 * bool(f.published_at) for f in floors)
        if total > weight:
            best, weight = floors, total
    repeated = Counter(f.pid for f in best)
    return [f for f in best if repeated[f.pid] == 1]


def _floor(doc: Doc, box: Any, number: int) -> Floor | None:
    said = words(box)
    stated = first(
        box,
        ".//time",
        ".//abbr[@title]",
        ".//*[contains(@class, 'time') or contains(@class, 'date') or contains(@class, 'ago')]",
    )
    when, exact = doc.time(stated)
    if when is None:
        match = _TIME_LIKE.search(said)
        known = parse_time(said[match.start() :][:40], doc.now, doc.zone) if match else None
        when, exact = (known[0], known[1] in ("second", "minute")) if known else (None, False)
    person = next(
        (a for a in box.xpath(".//a[@href]") if _PERSON.search(a.get("href")) and words(a) and len(words(a)) <= 40),
        None,
    )
    name = words(person) or words(
        first(box, ".//*[contains(@class, 'author') or contains(@class, 'username') or contains(@class, 'nick')]")
    )
    content = _content(box)
    if when is None or not name or content is None:
        return None
    text = forum_text.read(content)
    if len(text.text) < MIN_BLOCK_CHARS:
        return None
    shown = next(
        (
            f
            for n in box.xpath(".//a | .//span | .//em")
            if len(w := words(n)) <= 8 and ("#" in w or "楼" in w) and (f := floor_number(w))
        ),
        None,
    )
    return Floor(
        pid=_pid(box, doc, number),
        floor=shown or number,
        author="" if "匿名" in name else name[:40],
        author_id=_person_id(person),
        published_at=when,
        exact=exact,
        text=text.text,
        parent=text.parent,
        quoted=text.quoted,
    )


def _content(box: Any) -> Any:
    named = [
        n
        for n in box.xpath(".//*[@class or @id or @itemprop]")
        if _CONTENT.search(f"{n.get('class')} {n.get('id')} {n.get('itemprop')}")
    ]
    named = [n for n in named if n.tag not in ("a", "time", "input", "textarea", "button") and words(n)]
    inner = [n for n in named if not any(o is not n and n in o.iterancestors() for o in named)]
    pick = max(inner or named, key=lambda n: len(words(n)), default=None)
    if pick is not None:
        return pick
    blocks = [n for n in box.xpath("./div | ./td | ./p | ./section | .//p/..") if not CLOCK.search(words(n)[:40])]
    return max(blocks, key=lambda n: len(words(n)), default=None)


def _pid(box: Any, doc: Doc, number: int) -> str:
    for value in (
        box.get("data-id"),
        box.get("data-post-id"),
        box.get("data-pid"),
        box.get("id"),
        *box.xpath(".//a/@name"),
        *box.xpath("(.//*[@id])[1]/@id"),
    ):
        if value and (found := digits(value)):
            return found
    for href in box.xpath(".//a/@href"):
        if match := forum_text.NATIVE.search(href):
            return match[1]
    return f"{_number(doc.url)}.{number}"


def _person_id(person: Any) -> str:
    if person is None:
        return ""
    href = person.get("href")
    return digits("".join(re.findall(r"(?:uid=|[/.-])\d+", href))) or re.split(r"[/=]", href.rstrip("/"))[-1][:60]


def _pages(doc: Doc) -> tuple[dict[int, str], int]:
    own = native(doc.url)
    links = {1: doc.url} if _number(doc.url) == 1 else {}
    for href in doc.tree.xpath("//a/@href"):
        address = doc.address(href)
        if _PAGE.search(address) and native(address) == own:
            links.setdefault(_number(address), address)
    return links, max([*links, _number(doc.url)])

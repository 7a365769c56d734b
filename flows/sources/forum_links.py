"""Addresses of a forum of unknown software: which lead to threads, to boards, to other pages of the same. Pure."""

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

from flows.sources.forum_page import Board, Doc, Row, clean_url, first, time_words, words
from flows.wordings import parse_count

_NUMBERED = r"(?:\?(?:[^#]*[&;])?(?:id|t|f|tid|fid)=|[=/.-](?!(?:php|html?|aspx?|jsp|cgi)\b))"
_ENDS = r"(?:\.\w{3,4}(?=\?))?" + _NUMBERED + r"([^?&;#]+)"
_THREAD = re.compile(
    r"(?:(?:^|[/?&;])(?:threads?|topics?|viewtopic|showthread|viewthread|tid|discussions?|questions?)|/(?:t|d|read))"
    + _ENDS,
    re.I,
)
_BOARD = re.compile(
    r"(?:(?:^|[/?&;])(?:forums?|viewforum|forumdisplay|boards?|category|categories|nodes?|sections?|channels?|fid"
    r"|thread_?list)|/(?:c|f|go))" + _ENDS,
    re.I,
)
_ACTION = re.compile(
    r"(?:^|[/?&;=_.-])(?:log-?in|logout|register|sign|search|rss|feed|print|reply|replies|quote|report|edit|delete|whoposted|goto|watch|"
    r"subscribe|favorite|share|new|newpost|lastpost|unread|latest|last|create|post-?thread|prev|next|sort|order|filter|mark-?read)"
    r"(?:$|[/?&;=_.-])|javascript:|mailto:|\.(?:jpe?g|png|gif|zip|css|js|xml)$",
    re.I,
)
_PAGE = re.compile(r"([?&](?:page|p|pn|pg)=|/page[/-]|-page-)(\d{1,5})(?=\D*$)")
_POST = re.compile(r"(?:^|[/#._-])(?:post|msg|reply|comment|pid|p|r)[-_=]?\d+")
_NEXT = re.compile(r"^\W*(?:下一页|下页|下一頁|后页|next(?: page)?|older)\W*$|^[›»>]+$", re.I)
_BEFORE = re.compile(r"^\W*(?:上一页|上页|上一頁|前页|prev(?:ious)?(?: page)?|newer)\W*$|^[‹«<]+$", re.I)
_REPLIES = (
    re.compile(r"(?:回复|回覆|回帖|评论|replies|comments)(?:数)?\s*[:：]\s*(\d[\d,.]*[万kK]?)", re.I),
    re.compile(
        r"(?:回复|回覆|回帖|评论|replies|comments)(?:数)?\s*(\d[\d,.]*[万kK]?)"
        r"|(\d[\d,.]*[万kK]?)\s*(?:条|个|篇|則)?\s*(?:回复|回覆|回帖|评论|replies|repl(?=y)|comments)",
        re.I,
    ),
)
_SIGN = re.compile(r"comment|repl|chat|message", re.I)  # an icon in place of the word


def thread_id(address: str) -> str:
    """What tells a thread from others in its address; empty for what is none."""
    return _named(_THREAD, address)


def board_id(address: str) -> str:
    """What tells a board from others in its address; empty for what is none."""
    return "" if _THREAD.search(_target(address)) else _named(_BOARD, address)


def page_number(address: str) -> int:
    """Page of a board or thread an address names, 1 when it names none."""
    match = _PAGE.search(_target(address))
    return max(1, int(match[2])) if match else 1


def at_page(address: str, number: int) -> str:
    """The same board or thread at another page, where its address shows how pages are named; else empty."""
    return _PAGE.sub(lambda m: f"{m[1]}{number}", address) if _PAGE.search(address) else ""


def rows(doc: Doc) -> list[Row]:
    """The threads a page lists, with what their rows tell of their last reply."""
    links: dict[str, list[Any]] = {}
    for link in doc.tree.xpath("//a[@href][not(ancestor::footer) and not(ancestor::nav)]"):
        if _here(doc, link) and (tid := thread_id(doc.address(link.get("href")))):
            links.setdefault(tid, []).append(link)
    found = [row for tid, same in links.items() if (row := _row(doc, tid, same)) is not None]
    told = [r for r in found if r.last_at is not None or r.replies is not None]
    return told if len(told) * 2 > len(found) else found  # what tells nothing stands beside the list: hot, similar


def boards(doc: Doc, here: str) -> list[Board]:
    """The boards a page leads to, itself left out."""
    found: dict[str, Board] = {}
    for link in doc.tree.xpath("//a[@href][not(ancestor::footer)]"):
        address, said = doc.address(link.get("href")), words(link)
        fid = board_id(address) if _here(doc, link) and said and not said.isdigit() else ""
        if fid and fid != here and not _ACTION.search(_target(address)) and page_number(address) == 1:
            known = found.get(fid)
            if known is None or len(address) < len(known.url):
                found[fid] = Board(id=fid, url=address, title=(known.title if known else said)[:80])
    return list(found.values())


def pages(doc: Doc, own: str, identify: Any) -> tuple[dict[int, str], int, int]:
    """(addresses by number, number of pages, this page) of the board or thread `own`, as its page links tell."""
    links: dict[int, str] = {}
    here, following, before = page_number(doc.url), "", ""
    for link in doc.tree.xpath("//a[@href]"):
        href, said = link.get("href"), words(link)
        address = clean_url(urljoin(doc.base, href.strip()))
        onward = link.get("rel") in ("next", "prev") or bool(_NEXT.match(said) or _BEFORE.match(said))
        same = address.partition("?")[0] == doc.url.partition("?")[0] or onward  # a page that has no id, like a home
        if not _here(doc, link) or (identify(address) != own if own else identify(address) or not same):
            continue
        if said.isdigit() and 0 < int(said) < 100_000 and not _POST.search(href) and not _furniture(link):
            links.setdefault(int(said), address)
        elif link.get("rel") == "next" or _NEXT.match(said):
            following = following or address
        elif link.get("rel") == "prev" or _BEFORE.match(said):
            before = address
    here = max(here, _current(doc, links))
    if before and here <= page_number(before):
        here = page_number(doc.url) + 1  # software that counts its pages from zero
    if following and here + 1 not in links:
        links[here + 1] = following
    return links, max([*links, here]), here


def _current(doc: Doc, links: dict[int, str]) -> int:
    """This page's number: where a page link leads here, or the number without a link among the page links."""
    if led := next((n for n, a in links.items() if a == doc.url), 0):
        return led
    for link in doc.tree.xpath("//a[@href]"):
        if words(link).isdigit() and doc.address(link.get("href")) in links.values():
            for around in list(link.iterancestors())[:2]:
                bare = [n for n in around if words(n).isdigit() and not n.xpath("descendant-or-self::a[@href]")]
                if len(bare) == 1:
                    return int(words(bare[0]))
    return 0


def _furniture(link: Any) -> bool:
    """A number that counts something is no page: it stands in a row, a heading or a label of its own."""
    return bool(
        link.xpath("ancestor::*[self::h1 or self::h2 or self::h3 or self::td or self::dl][1][not(.//a[@href][2])]")
    )


def _target(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _here(doc: Doc, link: Any) -> bool:
    return urlsplit(doc.address(link.get("href"))).netloc == urlsplit(doc.url).netloc


def _named(pattern: re.Pattern[str], address: str) -> str:
    """The id after the last naming word of an address: its number, else its words."""
    rest = ""
    for match in pattern.finditer(_target(address)):
        rest = match[1]
    head, _, tail = rest.partition("/")
    second = tail.partition("/")[0]
    if leading := re.match(r"(\d+)(?:[-._]|$)", head):
        return leading[1]
    if second.isdigit():
        return second
    if trailing := re.search(r"[.-](\d+)(?:\.\w{3,5})?$", head):
        return trailing[1]
    return "" if head in ("", "index.php") or _ACTION.fullmatch(head) else head


def _row(doc: Doc, tid: str, links: list[Any]) -> Row | None:
    titled = [
        a for a in links if len(w := words(a)) >= 2 and not re.fullmatch(r"[\d,.+万kK]+", w) and not _dated(doc, a)
    ]
    plain = [
        a
        for a in links
        if not _ACTION.search(_target(doc.address(a.get("href"))))
        and not _POST.search(_target(doc.address(a.get("href"))))
    ]
    if not titled or not plain:
        return None
    address = min((doc.address(a.get("href")) for a in plain), key=len)
    box = _box(doc, titled[0], tid)
    moments = [k[0] for n in _times(box) if (k := doc.moment(n)) and k[1] in ("second", "minute")]
    return Row(
        tid=tid,
        url=address,
        title=words(titled[0])[:200],
        replies=_replies(box),
        last_at=max(moments, default=None),
    )


def _dated(doc: Doc, link: Any) -> bool:
    said = time_words(link)
    return len(said) < 40 and doc.moment(said) is not None


def _box(doc: Doc, link: Any, tid: str) -> Any:
    """The largest element around a thread's link that holds no other thread's: its row."""
    box = link
    for around in link.iterancestors():
        others = {thread_id(doc.address(h)) for h in around.xpath(".//a/@href")} - {"", tid}
        if others or around.tag in ("body", "html", "main"):
            break
        box = around
    return box


def _times(box: Any) -> list[str]:
    stated = box.xpath(
        ".//time | .//abbr[@title] | .//*[@title and not(.//*)]"
        " | .//*[contains(@class, 'time') or contains(@class, 'date')]"
    )
    machine = [n.get("datetime") or n.get("title") or "" for n in stated]
    leaves = [n for n in box.iter() if isinstance(n.tag, str) and len(n) <= 3 and len(words(n)) < 60]
    return [
        t
        for t in (*machine, *(time_words(n) for n in (*stated, *leaves)))
        if any(c.isdigit() for c in t) and len(t) < 80
    ]


def _replies(box: Any) -> int | None:
    for node in box.xpath(
        ".//*[contains(@class, 'repl') or contains(@class, 'comment') or contains(@class, 'count')][not(.//*[2])]"
    ):
        said = re.sub(r"[^\d,.万kK]", "", words(node))
        if said and len(words(node)) < 16 and (count := parse_count(said)) is not None:
            return count
    for sign in box.xpath(".//i[@class] | .//svg[@class] | .//img[@class]"):
        said = words(sign.getparent())
        if _SIGN.search(sign.get("class")) and re.fullmatch(r"\d[\d,.]*[万kK]?", said):
            return parse_count(said)
    for head in box.xpath("self::tr/ancestor::table[1]//th"):
        if re.search(r"^(?:回复|回帖|replies)", words(head), re.I):
            cell = first(box, f"./*[self::td or self::th][{len(head.xpath('preceding-sibling::th')) + 1}]")
            return parse_count(words(cell)) if cell is not None else None
    match = next((m for pattern in _REPLIES if (m := pattern.search(words(box)))), None)
    return parse_count(next(g for g in match.groups() if g)) if match else None


def heading(doc: Doc) -> str:
    """The thread's title: the heading the page's own title begins with or holds, else its first heading."""
    whole = words(doc.tree.find(".//title"))
    named = [w for n in doc.tree.xpath("//h1 | //h2 | //h3 | //h4") if len(w := words(n)) > 1]
    inside = [w for w in named if w in whole]
    begins = [w for w in inside if whole.startswith(w)]
    if begins or inside:
        return max(begins or inside, key=len)[:300]
    node = first(doc.tree, "//h1")
    return (words(node) or re.split(r"\s+[-|»›·_]\s+", whole)[0])[:300]

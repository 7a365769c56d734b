"""Baidu Tieba pages (board lists, threads, nested replies) -> threads, floors. Pure."""

import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from flows.sources import forum_text
from flows.sources.forum_page import (
    Doc,
    Floor,
    Page,
    Row,
    any_of,
    first,
    floor_number,
    has,
    is_whole,
    judged,
    parameter,
    parse_time,
    words,
)
from flows.wordings import parse_count

BOARD_ROWS = 50  # rows a page of a board; its address counts rows, not pages
NESTED_ROWS = 10  # replies a page of those under one floor

_THREAD = re.compile(r"/p/(\d+)")
_BLOCKED = re.compile(r"百度安全验证|wappass\.baidu\.com|^\s*blocked\s*$", re.I)


def recognises(doc: Doc) -> bool:
    """Whether a page comes from Tieba."""
    return bool(
        re.search(r"tieba\.baidu\.com|j_thread_list|l_post\b.*data-field|PageData\.thread|lzl_single_post", doc.source)
    ) or bool(_BLOCKED.search(doc.source[:3000]) and "baidu" in doc.source)


def thread_id(address: str) -> str:
    """Native id of the thread an address names; empty for any other."""
    match = _THREAD.search(address)
    return match[1] if match else ""


def board_id(address: str) -> str:
    """Name of the board an address names, as it is written there; empty for any other."""
    match = re.search(r"/f\?(?:.*&)?kw=([^&#]+)", address)
    return match[1] if match else ""


def page_number(address: str) -> int:
    """Page of a board or thread an address names."""
    number = int(parameter(address, "pn") or (1 if thread_id(address) else 0))
    return number if thread_id(address) else number // BOARD_ROWS + 1


def at_page(address: str, number: int) -> str:
    """The same board or thread, at another page."""
    address = re.sub(r"([?&])pn=\d+&?", r"\1", address).rstrip("?&")
    shown = number if thread_id(address) else (number - 1) * BOARD_ROWS
    return address if number <= 1 else f"{address}{'&' if '?' in address else '?'}pn={shown}"


def nested_at(thread: str, pid: str, number: int) -> str:
    """Address of a page of the replies under a floor, as the site's own pages ask for it."""
    return urljoin(thread, f"/p/comment?tid={thread_id(thread)}&pid={pid}&pn={number}")


def read(doc: Doc) -> Page:
    """The page. A notice in place of a page is judged, never an error."""
    if urlsplit(doc.url).path.endswith("/p/comment"):
        return _nested_page(doc)
    tid = thread_id(doc.url)
    if floors := _floors(doc):
        tid = tid or str(_field(first(doc.tree, f"//*[{has('l_post')}]")).get("content", {}).get("thread_id", ""))
        links, pages = _pages(doc, tid, thread_id)
        title = first(doc.tree, f"//*[{has('core_title_txt')}]", "//h1", "//h3")
        return Page(
            engine="tieba",
            kind="thread",
            tid=tid,
            title=re.sub(r"^回复[:：]", "", words(title))[:300],
            floors=floors,
            page=page_number(doc.url),
            pages=pages,
            links=links,
            more=_folded(doc),
            whole=is_whole(doc),
        )
    rows = _rows(doc)
    if not rows:
        if _BLOCKED.search(doc.source[:3000]):
            return Page(engine="tieba", kind="notice", notice="captcha", tid=tid)
        message = words(first(doc.tree, f"//*[{has('page404')}]", "//*[@id='errorText']", "//body"))[:300]
        return Page(
            engine="tieba",
            kind="notice",
            notice="gone" if "被删除" in message else judged(message),
            tid=tid,
            whole=is_whole(doc),
        )
    links, pages = _pages(doc, board_id(doc.url), board_id)
    return Page(
        engine="tieba",
        kind="board",
        rows=rows,
        page=page_number(doc.url),
        pages=pages,
        links=links,
        whole=is_whole(doc),
    )


def _nested_page(doc: Doc) -> Page:
    """A page of the replies under one floor: nothing but their list. The pages before it follow, newest first."""
    tid = parameter(doc.url, "tid")
    floors = _nested(doc, doc.tree, parameter(doc.url, "pid"))
    if not floors and _BLOCKED.search(doc.source[:3000]):
        return Page(engine="tieba", kind="notice", notice="captcha", tid=tid)
    number = int(parameter(doc.url, "pn") or 1) - 1
    more = [re.sub(r"(?<=[?&]pn=)\d+", str(number), doc.url)] if floors and number else []
    return Page(engine="tieba", kind="thread", tid=tid, floors=floors, more=more)


def _field(node: Any) -> dict[str, Any]:
    """The JSON of an element's data-field, also in single quotes; {} when it has none that can be read."""
    said = (node.get("data-field") or "{}") if node is not None else "{}"
    for written in (said, said.replace("'", '"')):
        try:
            value = json.loads(written)
        except ValueError:
            continue
        return value if isinstance(value, dict) else {}
    return {}


def _person(data: dict[str, Any]) -> str:
    """Native id of an author. The portrait is the one that floors and the replies under them share."""
    return str(data.get("portrait") or "").partition("?")[0] or str(data.get("user_id") or "")


def _replies_under(box: Any, content: dict[str, Any]) -> int:
    """How many replies a floor says stand under it, shown or folded."""
    lists = [_field(n).get("total_num") for n in box.xpath(f".//*[{any_of('j_lzl_r', 'j_lzl_container')}]")]
    return max((n for n in (content.get("comment_num"), *lists) if isinstance(n, int)), default=0)


def _rows(doc: Doc) -> list[Row]:
    found: dict[str, Row] = {}
    for box in doc.tree.xpath(f"//*[{has('j_thread_list')} or {has('thread-card')}]"):
        data = _field(box)
        link = first(box, f".//a[{has('j_th_tit')}]", ".//a[contains(@href, '/p/')]")
        tid = str(data.get("id") or "") or (thread_id(link.get("href")) if link is not None else "")
        if not tid.isdigit():
            continue
        last = first(box, f".//*[{has('threadlist_reply_date')}]")
        when, exact = doc.time(last)
        replies = data.get("reply_num")
        found[tid] = Row(
            tid=tid,
            url=doc.address(f"/p/{tid}"),
            title=words(link)[:200],
            replies=replies
            if isinstance(replies, int)
            else parse_count(words(first(box, f".//*[{has('threadlist_rep_num')}]"))),
            last_at=when if exact else None,
            sticky=bool(data.get("is_top")),
        )
    return list(found.values())


def _floors(doc: Doc) -> list[Floor]:
    found: dict[str, Floor] = {}
    for box in doc.tree.xpath(f"//*[{has('l_post')}]"):
        data = _field(box)
        content, author = data.get("content") or {}, data.get("author") or {}
        pid = str(content.get("post_id") or box.get("data-pid") or "")
        if not pid.isdigit():  # an advertisement
            continue
        body = first(
            box, f".//*[@id='post_content_{pid}']", f".//*[{has('d_post_content')}]", f".//*[{has('p_content')}]"
        )
        said = forum_text.read(body) if body is not None else forum_text.Said("")
        if body is None and content.get("content"):
            from lxml import html

            said = forum_text.read(html.fromstring(f"<div>{content['content']}</div>"))
        when, number = _tail(doc, box, content)
        hidden = bool(content.get("is_anonym"))
        name = str(author.get("user_nickname") or author.get("user_name") or "") or words(
            first(box, f".//*[{has('d_name')}]")
        )
        found[pid] = Floor(
            pid=pid,
            floor=number,
            author="" if hidden else name,
            author_id="" if hidden else _person(author),
            published_at=when,
            exact=when is not None,
            text=said.text,
            parent=said.parent,
            quoted=said.quoted,
        )
        for nested in _nested(doc, box, pid):
            found.setdefault(nested.pid, nested)
    return list(found.values())


def _folded(doc: Doc) -> list[str]:
    """Where the replies under floors stand that the page folds away: of each floor the last page, the newest."""
    found: list[str] = []
    for box in doc.tree.xpath(f"//*[{has('l_post')}]"):
        content = _field(box).get("content") or {}
        pid, number = str(content.get("post_id") or ""), _replies_under(box, content)
        if pid.isdigit() and number > len(_nested(doc, box, pid)):
            found.append(nested_at(doc.url, pid, -(-number // NESTED_ROWS)))
    return found


def _tail(doc: Doc, box: Any, content: dict[str, Any]) -> tuple[datetime | None, int | None]:
    """(time, floor) from the small print under a floor, else from its data."""
    said = [words(n) for n in box.xpath(f".//*[{has('tail-info')}]")] + [str(content.get("date") or "")]
    number = content.get("post_no")
    floor = number if isinstance(number, int) else next((f for s in said if "楼" in s and (f := floor_number(s))), None)
    for words_ in said:
        if re.search(r"\d{4}-\d|\d:\d{2}|前$|刚刚", words_) and (known := parse_time(words_, doc.now, doc.zone)):
            return known[0], floor
    return None, floor


def _nested(doc: Doc, box: Any, parent: str) -> list[Floor]:
    """The replies under a floor; each answers that floor."""
    found = []
    for reply in box.xpath(f".//*[{has('lzl_single_post')}]"):
        data = _field(reply)
        pid = str(data.get("spid") or data.get("pid") or "")
        body = first(reply, f".//*[{has('lzl_content_main')}]")
        if not pid.isdigit() or body is None:
            continue
        when, exact = doc.time(first(reply, f".//*[{has('lzl_time')}]"))
        said = forum_text.read(body).text
        said = re.sub(r"^回复\s*@?\S{1,30}?\s*[:：]\s*", "", said)
        name = str(data.get("showname") or data.get("user_nickname") or data.get("user_name") or "")
        found.append(
            Floor(
                pid=pid,
                author=name,
                author_id=_person(data),
                published_at=when,
                exact=exact,
                text=said,
                parent=parent,
                comment=True,
            )
        )
    return found


def _pages(doc: Doc, own: str, identify: Any) -> tuple[dict[int, str], int]:
    links: dict[int, str] = {}
    for href in doc.tree.xpath("//a/@href"):
        address = doc.address(href)
        if own and "pn=" in address and identify(address) == own:
            links.setdefault(page_number(address), re.sub(r"[?&]see_lz=\d", "", address))
    stated = [int(n) for n in doc.tree.xpath(f"//li[{has('l_reply_num')}]//span[2]/text()") if n.strip().isdigit()]
    return links, max([*links, *stated, page_number(doc.url)])

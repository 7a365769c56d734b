"""The posts of a thread of unknown software: where each one's words stand, who wrote them and when. Pure.

Pages of forums repeat one shape. The element with a post's words is found by its name and its repetition; author, time
and number are the nearest ones before it within its block, the largest element around it that holds no other post.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flows import ids
from flows.sources import forum_text
from flows.sources.forum_page import DATE, Doc, Floor, digits, first, floor_number, time_words, words

_STRONG = (
    "bbwrapper", "cooked", "reply_content", "topic_content", "markdown_body", "markdown-body", "post/content",
    "articlebody", "post_message", "postmsg", "message-body", "post-content", "post_content", "post-body", "post_body",
    "postbody", "entry-content", "reply-content", "topic-content", "comment-content", "commenttext", "message-content",
)  # fmt: skip
_PLAIN = ("inner", "message", "text", "content", "body", "post", "reply", "comment")  # as a whole name only
_APART = re.compile(
    r"signature|\bsign\b|(?:^|[ _])(?:block|bbcode_|bbCodeBlock--)?quote(?:[ _]|$)|nav|footer|sidebar|related|similar"
    r"|breadcrumb|toolbar|attach|profile|userinfo",
    re.I,
)
_EDITED = re.compile(r"edit|modif", re.I)
_EDIT_WORDS = re.compile(r"编辑|修改|edited|modified", re.I)
_NAMED = re.compile(r"author|user-?name|nick|poster|creator|member-?name", re.I)
_NOT_NAMED = re.compile(r"_ip|group|title|avatar|rank|count|stat", re.I)
_PID = re.compile(
    r"(?:^|[^a-z])(?:post|msg|message|reply|comment|pid|floor|item|entry|cmt|p|r|c)s?[-_:]?\s?(\d+)(?:\D|$)", re.I
)
_TIME_LIKE = re.compile(
    rf"{DATE.pattern}|\d+\s*(?:秒|分钟|小时|天|个?月|年)前|半小时前|刚刚|[昨前今]天\s*\d"
    r"|\d+ (?:minutes?|hours?|days?) ago|\d{1,2}-\d{1,2} \d{1,2}:\d\d|\b(?:[Tt]oday|[Yy]esterday)\b[ ,]+(?:at )?\d"
)
_NUMBER_ALONE = re.compile(r"#\s?\d{1,6}|\d{1,6}\s?(?:#|楼|樓)")
_NO_NAME = re.compile(r"[\d,.]+|只看.*|.*(?:资料|主页|私信|空间)")
_ANONYMOUS = re.compile(r"\W*(?:匿名|anonymous)", re.I)
_TAGS = ("body html form input textarea button a time meta link script style h1 h2 h3 ul ol").split()  # noqa: SIM905
_INLINE = ("a", "span", "em", "strong", "b", "i", "small", "abbr", "font", "time", "img", "br", "sup")
_NEVER = " or ".join(f"self::{tag}" for tag in _TAGS)


@dataclass(frozen=True)
class _Post:
    """An element with a post's words, and what stands near it."""

    node: Any
    block: Any
    person: Any
    name: str
    when: datetime
    exact: bool


@dataclass
class _Map:
    """Where things stand on the page, in reading order."""

    start: dict[Any, int]
    end: dict[Any, int]
    people: list[tuple[int, Any]]
    times: list[tuple[int, datetime, bool]]


def read(doc: Doc, *, first_page: bool = True) -> list[Floor]:
    """The posts of a page, the opening post first where it stands apart from the replies."""
    groups = _groups(doc)
    if not groups:
        return []
    where = _map(doc)
    best = max(groups, key=lambda name: _rank(name, groups[name], where))
    posts = _posts(groups[best], where)
    if len(posts) * 2 <= len(groups[best]):
        return []
    opener = _opener(groups, best, where) if first_page else None
    if opener is not None:
        posts = _posts(groups[best], where, beside=(where.start[opener.node],))
    floors = [_floor(post) for post in ([opener, *posts] if opener is not None else posts)]
    return _numbered(floors, apart=opener is not None, first_page=first_page)


def _groups(doc: Doc) -> dict[str, list[Any]]:
    """Elements named like content, by their kind; quotes, signatures, forms and furniture left out."""
    groups: dict[str, list[Any]] = defaultdict(list)
    for node in doc.tree.xpath(f"//*[@class or @id or @itemprop or @component][not({_NEVER})]"):
        name = _name(node)
        if _strength(name) >= 0 and words(node) and not _apart(node):
            groups[name].append(node)
    return {
        name: [n for n in nodes if not any(a in nodes for a in n.iterancestors())] for name, nodes in groups.items()
    }


def _strength(name: str) -> int:
    """How surely a name means the words of a post; -1: it does not."""
    if (found := next((i for i, s in enumerate(_STRONG) if s in name), None)) is not None:
        return 100 - found
    tokens = name.partition(".")[2].split()
    return max((50 - i for i, s in enumerate(_PLAIN) if s in tokens or f"{s}_" in tokens), default=-1)


def _name(node: Any) -> str:
    said = " ".join(filter(None, (node.get("class"), node.get("itemprop"), node.get("component"))))
    return f"{node.tag}.{re.sub(r'[0-9]+', '', said or node.get('id') or '')}".lower().strip()


def _apart(node: Any) -> bool:
    """Whether an element belongs to a quote, a signature or the page's furniture."""
    for around in (node, *node.iterancestors()):
        if around.tag in ("body", "html"):
            return False
        named = f"{around.get('class') or ''} {around.get('id') or ''}"
        if around.tag in ("nav", "footer") or (around.tag == "blockquote" and "postcontent" not in named):
            return True
        if _APART.search(named) and not _holds_all(around):
            return True
    return False


def _holds_all(around: Any) -> bool:
    """Whether an element is the page rather than a part of it."""
    body = around.xpath("ancestor-or-self::body")
    return bool(body) and len(words(around)) * 2 > len(words(body[0]))


def _rank(name: str, nodes: list[Any], where: "_Map") -> tuple[int, int, int]:
    depth = sum(1 for _ in nodes[0].iterancestors()) if nodes else 0
    return len(_posts(nodes, where)), _strength(name), depth


def _map(doc: Doc) -> _Map:
    start = {node: position for position, node in enumerate(doc.tree.iter())}
    end = dict(start)
    for node in reversed(list(start)):  # children before their parents
        around = node.getparent()
        if around is not None:
            end[around] = max(end[around], end[node])
    people = [
        (start[n], n)
        for n in doc.tree.xpath("//a[@href]")
        if forum_text.PERSON.search(n.get("href")) and 0 < len(words(n)) <= 40 and not _NO_NAME.fullmatch(words(n))
    ]
    times = [t for n in start if isinstance(n.tag, str) and (t := _moment(doc, n, start)) is not None]
    return _Map(start, end, people, times)


def _moment(doc: Doc, node: Any, start: dict[Any, int]) -> tuple[int, datetime, bool] | None:
    """The time an element states, if it is the innermost to state one; times of edits left out."""
    said = node.get("datetime") or (node.get("content") if node.get("itemprop") == "datePublished" else "") or ""
    if not said and _TIME_LIKE.search(node.get("title") or "") and len(node.get("title")) < 60:
        said = time_words(node) or node.get("title")
    if not said and len(whole := words(node)) < 120 and all(c.tag in _INLINE for c in node.iterdescendants()):
        said = time_words(node) if _TIME_LIKE.search(_own(node)) or ":" in whole else ""
        match = _TIME_LIKE.search(said)
        said = said[match.start() :][:40] if match else ""
    if not said:
        return None
    near = [node, *list(node.iterancestors())[:2]]
    if any(_EDITED.search(n.get("class") or "") or _EDITED.search(n.get("id") or "") for n in near):
        return None
    if any(_EDIT_WORDS.search(_own(n)) for n in near[:2]):
        return None
    known = doc.moment(said)
    return (start[node], known[0], known[1] in ("second", "minute")) if known else None


def _own(node: Any) -> str:
    """An element's own words, those of its children left out."""
    return " ".join("".join([node.text or "", *(c.tail or "" for c in node)]).split())


def _posts(nodes: list[Any], where: _Map, beside: tuple[int, ...] = ()) -> list[_Post]:
    """Those of the elements that have an author and a time near them; `beside`: where other posts' words begin."""
    starts = [*beside, *(where.start[n] for n in nodes)]
    found, before = [], -1
    for node in nodes:
        post = _post(node, _block(node, starts, where), where, before)
        before = where.end[node]
        if post is not None:
            found.append(post)
    return found


def _block(node: Any, starts: list[int], where: _Map) -> Any:
    """The largest element around `node` that holds none of the others."""
    block = node
    for around in node.iterancestors():
        low, high = where.start[around], where.end[around]
        if around.tag in ("body", "html") or sum(1 for s in starts if low <= s <= high) > 1:
            break
        block = around
    return block


def _post(node: Any, block: Any, where: _Map, before: int) -> _Post | None:
    low, high = max(where.start[block], before + 1) if block is not node else before + 1, where.end[block]
    inner, outer = where.start[node], where.end[node]
    person = _nearest([(p, n) for p, n in where.people if low <= p <= high and not inner <= p <= outer], inner)
    name = words(person) if person is not None else _called(block, node)
    moments = [(p, (when, exact)) for p, when, exact in where.times if low <= p <= high and not inner <= p <= outer]
    stated = _nearest([m for m in moments if m[1][1]], inner) or _nearest(moments, inner)
    return _Post(node, block, person, name, *stated) if stated is not None and name else None


def _floor(post: _Post) -> Floor:
    text = forum_text.read(post.node)
    return Floor(
        pid=_pid(post.node, post.block),
        floor=_shown(post.block, post.node),
        author="" if _ANONYMOUS.match(post.name) else post.name[:40],
        author_id=_person_id(post.person),
        published_at=post.when,
        exact=post.exact,
        text=text.text,
        parent=text.parent,
        quoted=text.quoted,
        quotation=text.quotation,
    )


def _nearest(found: list[tuple[int, Any]], position: int) -> Any:
    """What stands nearest before a place, else nearest after it."""
    before = [f for f in found if f[0] < position]
    if before:
        return max(before, key=lambda f: f[0])[1]
    return min(found, key=lambda f: f[0])[1] if found else None


def _called(block: Any, node: Any) -> str:
    for other in block.xpath(".//*[@class or @itemprop]"):
        named = f"{other.get('class') or ''} {other.get('itemprop') or ''}"
        if (
            _NAMED.search(named)
            and not _NOT_NAMED.search(named)
            and node not in other.iter()
            and other not in node.iter()
            and 0 < len(words(other)) <= 40
        ):
            return words(first(other, ".//h4 | .//h5 | .//strong | .//b") if len(other) > 1 else other) or words(other)
    for other in block.xpath(".//dt | .//strong | .//b | .//h4 | .//h5"):
        said = words(other)
        plain = 0 < len(said) <= 40 and not any(c in said for c in ":：#") and not said.isdigit()
        if plain and node not in other.iter() and other not in node.iter():
            return said  # a guest has no page to lead to
    return ""


def _pid(node: Any, block: Any) -> str:
    """The post's own number; empty when its block names none."""
    for around in (node, *node.iterancestors()):
        for name in ("data-post-id", "data-pid", "data-msgid", "data-cid", "data-content", "data-id", "id"):
            value = around.get(name) or ""
            if value.isdigit() and name != "id":
                return str(value)
            if match := _PID.search(value):
                return match[1]
        if around is block:
            break
    for value in block.xpath(".//a/@name | .//*[not(self::a)]/@id"):
        if match := _PID.search(value):
            return match[1]
    for href in block.xpath(".//a/@href"):
        if node not in block or (match := forum_text.NATIVE.search(href)):
            return match[1] if match else ""
    return ""


def _shown(block: Any, node: Any) -> int | None:
    for other in block.xpath(".//a | .//span | .//em | .//strong | .//div"):
        said = words(other)
        marked = any(mark in said for mark in ("#", "楼", "沙发", "板凳")) and len(said) <= 8 and len(other) <= 2
        if not marked and _NUMBER_ALONE.fullmatch(_own(other)):  # beside a link
            said, marked = _own(other), True
        if marked and other not in node.iter() and (number := floor_number(said)) is not None:
            return number
    return None


def _person_id(person: Any) -> str:
    if person is None:
        return ""
    href = urlsplit(person.get("href"))._replace(scheme="", netloc="").geturl()
    named = re.search(r"(?:[?&;](?:uid|u|id)=|-|\.)(\d+)(?:\D|$)", href) or re.search(r"/(\d+)/?$", href)
    return named[1] if named else re.split(r"[/=]", href.rstrip("/"))[-1][:60]


def _opener(groups: dict[str, list[Any]], best: str, where: _Map) -> _Post | None:
    """The opening post where it is built otherwise than the replies: the surest element before the first of them."""
    replies = groups[best]
    starts = [where.start[r] for r in replies]
    found: list[tuple[int, int, _Post]] = []
    for name, nodes in groups.items():
        for node in nodes if name != best else []:
            if where.end[node] < starts[0]:
                post = _post(node, _block(node, [where.start[node], *starts], where), where, -1)
                if post is not None:
                    found.append((_strength(name), len(words(node)), post))
    return max(found, key=lambda f: f[:2])[2] if found else None


def _numbered(floors: list[Floor], *, apart: bool, first_page: bool) -> list[Floor]:
    """Every post with an id of its own. Places are left to who knows the pages before (forum_floors.placed)."""
    import msgspec

    taken: set[str] = set()
    out: list[Floor] = []
    for place, floor in enumerate(floors):
        pid = floor.pid
        if first_page and place == 0 and (apart or not pid):
            pid = "0"
        elif not pid or pid in taken:
            stamp = str(int(floor.published_at.timestamp())) if floor.published_at and floor.exact else floor.text
            pid = ids.hashed(floor.author, stamp)[:12]
        if pid in taken:
            continue
        taken.add(pid)
        out.append(msgspec.structs.replace(floor, pid=digits(pid) if pid.isdigit() else pid))
    return out

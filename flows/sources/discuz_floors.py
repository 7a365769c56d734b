"""The floors of a Discuz! thread page: number, author, time, words, on any skin. Pure."""

import re
from typing import Any

from flows.sources import discuz_comments, forum_text
from flows.sources.forum_page import (
    CLOCK,
    Doc,
    Floor,
    any_of,
    digits,
    first,
    floor_number,
    has,
    parameter,
    parse_time,
    time_words,
    words,
)

_SPACE = "(contains(@href, 'mod=space') or contains(@href, 'space-u') or contains(@href, 'space.php'))"
_SAID = ("postmessage_", "comment_", "ratelog_")
_IN_BODY = "ancestor::*[" + " or ".join(f"starts-with(@id, '{name}')" for name in _SAID) + "]"
_ANONYMOUS = re.compile(r"^\W*(?:匿名|anonymous)", re.I)
_SEALED = re.compile(r"屏蔽|被禁止|仅作者可见")


def floors_of(doc: Doc) -> list[Floor]:
    """The floors a page shows, each followed by its comments."""
    boxes = [n for n in doc.tree.xpath("//*[starts-with(@id, 'post_')]") if re.fullmatch(r"post_\d+", n.get("id"))]
    if not boxes:
        boxes = [n for n in doc.tree.xpath("//*[starts-with(@id, 'pid')]") if re.fullmatch(r"pid\d+", n.get("id"))]
    if not boxes:
        boxes = [
            first(n, "ancestor::*[self::table or self::div or self::li][2]", "..")
            for n in doc.tree.xpath("//*[starts-with(@id, 'postmessage_')]")
        ]
    found = {f.pid: (box, f) for box in reversed(boxes) if box is not None and (f := _floor(doc, box)) is not None}
    comments = {f.pid: discuz_comments.under(doc, box, f.pid) for box, f in found.values()}
    return [f for _, floor in list(found.values())[::-1] for f in (floor, *comments[floor.pid])]


def _floor(doc: Doc, box: Any) -> Floor | None:
    pid = digits(box.get("id") or "") or digits(box.xpath("string(.//*[starts-with(@id, 'postmessage_')]/@id)"))
    if not pid:
        return None
    body = first(
        box,
        f".//*[@id='postmessage_{pid}'][not(.//*[@id='postmessage_{pid}'])]",
        f".//*[{has('t_f')}]",
        f".//*[{has('message')}]",
        f".//*[{has('pcb')}]",
        f".//*[{has('postmessage')}]",
    )
    sealed = first(box, f".//*[{has('locked')}]", f".//*[{has('alert_error')}]")
    if body is None and sealed is None:
        return None
    said = forum_text.read(body) if body is not None else forum_text.Said("")
    author, author_id = _author(box)
    number = first(
        box,
        f".//*[@id='postnum{pid}']",
        f".//li[{has('mtit')}]/span[{has('y')}]",
        f".//ul[{has('authi')}]/li[1]/em",
        f".//*[{has('pi')}]/strong",
        f".//*[{has('authi')}]//em",
    )
    when, exact = _posted(doc, box, pid)
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
        shielded=not said.text and (sealed is not None or bool(_SEALED.search(words(body)))),
    )


def _author(box: Any) -> tuple[str, str]:
    """(name, native id); both empty for an anonymous author."""
    places = box.xpath(f".//*[{has('authi')} or {has('postauthor')} or {has('pi')}]")
    for place in places:
        for link in place.xpath(f".//a[{_SPACE} and not(contains(@href, 'spacecp'))]"):
            if name := words(link):
                uid = parameter(link.get("href"), "uid") or digits(
                    "".join(re.findall(r"space-uid-\d+", link.get("href")))
                )
                return name, uid
    for place in places[:2]:
        said = words(place)
        if _ANONYMOUS.match(said):
            return "", ""
    for link in box.xpath(f".//a[{_SPACE} and not(contains(@href, 'do=')) and not({_IN_BODY})]"):
        if (name := words(link)) and (uid := parameter(link.get("href"), "uid")):
            return name, uid  # a skin that names its authors beside the floor
    name = words(places[0]) if places else ""
    name = re.split(r"\s*(?:该用户已被删除|\d{1,3}\.\d{1,3}\.|发表于|楼主|未注册)", name)[0].strip()
    return (name, "") if 0 < len(name) <= 40 and not CLOCK.search(name) and not floor_number(name) else ("", "")


def _posted(doc: Doc, box: Any, pid: str) -> tuple[Any, bool]:
    stated = first(box, f".//*[@id='authorposton{pid}']", ".//*[starts-with(@id, 'authorposton')]")
    if stated is not None:
        return doc.time(stated)
    places = box.xpath(f".//*[{any_of('mtime', 'rela', 'dateline')}]")
    for place in [*places, *box.xpath(f".//*[{any_of('authi', 'pti', 'time')}]")]:
        said = re.sub(
            r"^(?:\s*\d+\s*)+(?=\d+\s*(?:秒|分|小时|天)|半小时|刚|昨天|前天|\d{4}-)",
            "",
            time_words(_without_counters(place)),
        )
        if known := parse_time(said, doc.now, doc.zone):
            return known[0], known[1] in ("second", "minute")
    return None, False


def _without_counters(place: Any) -> Any:
    counters = place.xpath(f"./span[{has('y')}]")
    if not counters or not (counters[0].tail or "").strip():
        return place
    tail = place.makeelement("span")
    tail.text = counters[0].tail
    return tail

"""Names in what is said: accounts called with @, quote heads, edit notices, profile addresses. Pure.

What replaces a name says what kind of account it was and, where config/places.yaml knows it, of which place:
`@用户`, `@望汐区警方账号`. Who may not be named, and why: docs/collection.md. Bylines: flows/bylines.py.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from bus.messages import AuthorKind
from config.places import Places
from flows.text import GOVERNMENT, MEDIA, PINGAN

PERSON, POLICE, OFFICE, PRESS = "用户", "警方账号", "政务账号", "媒体账号"
LINK = "网页链接"  # stands for an address that leads to a person's own page
LEAST_CHARS = 2  # a shorter name cannot be told from a word
LEAST_DIGITS = 4  # of an account number; a shorter one cannot be told from any number
REGIONS = frozenset({"province", "city", "district", "street", "village"})

_POLICE = re.compile(rf"公安|派出所|警(?!告|示|醒|钟|句)|{PINGAN}|反诈")
_OFFICE = re.compile(f"{GOVERNMENT.pattern}|发布厅?$|政法|政务|共青团|纪委|热线")
_BODY = re.compile(f"{_POLICE.pattern}|{_OFFICE.pattern}|{MEDIA.pattern}")
_SPEECH = re.compile(  # where a sentence goes on behind an account's name without a blank
    r"[你您我他她它们这那请快赶管来看为怎什能可有没不出就都是的在对处回给帮求也还到何真太谢辛好啊吧呢吗啥咋了说让把被要希应]"
)
_CALLS = re.compile(r"(?<![A-Za-z0-9._%+\-])(?:[@＠][\w\-·]{1,30})+")  # not in a mail address
_CALLED = re.compile(r"[@＠]([\w\-·]{1,30})")
_STANDING = re.compile(rf"[\w]{{0,20}}(?:{POLICE}|{OFFICE}|{PRESS})")

_HEADS = (  # (what a pattern cannot do without one of, the pattern): a pattern is run only where that stands
    (
        ("回复", "回覆"),
        re.compile(
            r"^([ \t]*(?:回复|回覆)\s{0,2}(?:\d{1,6}\s?[#楼樓]\s{0,2})?)"
            r"(?!如下|内容|时间|意见|情况|结果|摘要|单位|部门|全文|称|说|道|\d+\s?[#楼樓]?\s?[:：]|[@＠])[\w\-·.★]{2,20}(?=\s{0,2}[:：])",
            re.M,
        ),
    ),
    (
        ("发表于", "發表於", "写道", "寫道", "wrote"),
        re.compile(
            r"^([ \t]*(?:引用|原帖由|最初由|由|>)?\s{0,2}[:：]?\s{0,2})[^\s:：，。！？]{1,30}"
            r"(?=\s{0,3}(?:(?:于\s?)?\d{4}[-/年.].{5,20}|于.{5,25})?(?:发表于\s?\d|發表於\s?\d|写道\s?[:：]?$|寫道\s?[:：]?$|wrote\s?:))",
            re.M,
        ),
    ),
    (
        ("最后由",),
        re.compile(r"((?:本帖|本主题|此帖|该帖)?最后由\s{0,2})\S.{0,40}?(?=\s{0,2}(?:于|在)\s?.{4,40}?(?:编辑|修改))"),
    ),
    (("y", "Y"), re.compile(r"(Last edited by\s)\S.{0,40}?(?=\s(?:on|at)\s)", re.I)),
    (
        ("的微博", "的头条文章"),
        re.compile(r"((?:^|(?<=\s)))[\w\-·.]{2,30}(?=的(?:微博(?:视频|直播)|头条文章)(?:\s|$))", re.M),
    ),
    (("的微博", "的主页"), re.compile(r"(^)[\w\-·.]{2,30}(?=的(?:微博|主页)$)", re.M)),
)
_HOME_OF = re.compile(  # the page, picture or record of one account
    r"https?://[^\s<>\"'，。；）)]{0,300}?(?:space-(?:uid|username)-|[^/]/u/\d|weibo\.c(?:om|n)/n/|mod=space[^\s]{0,80}u(?:id|sername)=|"
    r"action=profile|mode=viewprofile|home/main\?|[^/]/(?:profile|people|user|author|member)s?/[^\s/]|avatar)[^\s<>\"'，。；）)]{0,300}"
)
_OWN_PAGE = re.compile(
    r"/(?:space-(?:uid|username)-|u/\d+/?$)|/weibo\.c(?:om|n)/n/|weibo\.c(?:om|n)/(?:profile/)?\d{5,}/?$"
)
_ACCOUNT_KEYS = re.compile(
    r"^(?:uid|authorid|author|userid|user_id|username|user|screen_name|nickname|un|portrait)$", re.I
)


@dataclass(frozen=True)
class Naming:
    """How accounts are called in texts. Without places only by their kind."""

    regions: Mapping[str, str] = field(default_factory=dict)
    """Every way to write a place or agency -> the region it is or answers for."""
    depth: Mapping[str, int] = field(default_factory=dict)
    """Region -> how many regions it lies in."""

    @classmethod
    def of(cls, places: Places) -> Self:
        """With the places of this installation."""
        region: dict[str, str] = {}
        depth: dict[str, int] = {}
        regions: dict[str, str] = {}
        for place in places.places:
            around = region.get(place.within, "")
            region[place.name] = place.name if place.kind in REGIONS else around
            if place.kind in REGIONS:
                depth[place.name] = depth.get(around, 0) + 1
            if region[place.name]:
                regions.update(dict.fromkeys((place.name, *place.aliases), region[place.name]))
        return cls(regions, depth)

    def place_of(self, name: str) -> str:
        """The narrowest known place an account's name holds; empty without one."""
        here = {region for written, region in self.regions.items() if written in name}
        return max(here, key=lambda region: (self.depth[region], region), default="")

    def account(self, name: str, kind: AuthorKind | None = None) -> str:
        """What stands for an account: 用户 for a person, its kind and place for a public body or medium."""
        if name == PERSON or _STANDING.fullmatch(name):
            return self._known(name)
        if _POLICE.search(name):
            word = POLICE
        elif _OFFICE.search(name) or kind == "government":
            word = OFFICE
        elif MEDIA.search(name) or kind == "media":
            word = PRESS
        else:
            return PERSON
        return f"{self.place_of(name)}{word}"

    def called(self, text: str) -> str:
        """`text` with every account that is called with @ unnamed."""
        if "@" not in text and "＠" not in text:
            return text
        return _CALLS.sub(lambda m: _CALLED.sub(self._call, m[0]), text)

    def said(self, text: str) -> str:
        """`text` as people posted it: also without the names in quote heads, edit notices and profile addresses."""
        text = _HOME_OF.sub(LINK, text) if "://" in text else text
        for needed, head in _HEADS:
            if any(word in text for word in needed):
                text = head.sub(lambda m: m[1] + self.account(m[0][len(m[1]) :]), text)
        return self.called(text)

    def _call(self, match: re.Match[str]) -> str:
        name = match[1]
        if before := _STANDING.match(name):
            return f"@{self._known(before[0])}{name[before.end() :]}"
        ends = [hit.end() for hit in _BODY.finditer(name)]
        rest = name[ends[-1] :] if ends and _SPEECH.match(name, ends[-1]) else ""
        return f"@{self.account(name.removesuffix(rest) if rest else name)}{rest}"

    def _known(self, name: str) -> str:
        """What was unnamed before stays as it is, if its place is one of ours."""
        word = next((w for w in (POLICE, OFFICE, PRESS) if name.endswith(w)), PERSON)
        place = name.removesuffix(word)
        return name if not place or place in self.depth else f"{self.place_of(place)}{word}"


PLAIN = Naming()


def without_author(title: str, text: str, name: str, stand_in: str = PERSON) -> tuple[str, str]:
    """Title and text without the marks that name their own author: a leading `name:`, every `@name`, `name 的微博`.

    A public body's name stays at the head of a title ("name 通报 ..."): there it is part of the sentence.
    """
    name = name.strip()
    if len(name) < LEAST_CHARS:
        return title, text
    in_title, in_text = name in title, name in text
    if not in_title and not in_text:  # nearly always: four patterns cost a hundred times more than this look
        return title.strip(), text
    bare = re.escape(name)
    said = re.compile(rf"^\s*{bare}\s*[:：]\s*")
    called = re.compile(rf"[@＠]{bare}(?![\w\-])")
    home = re.compile(rf"(?:(?<=\s)|^){bare}(?=\s?的\s?(?:微博|头条文章|主页|动态|帖子))")
    if in_title:
        title = home.sub(stand_in, said.sub("", called.sub(f"@{stand_in}", title)))
    if in_title and stand_in == PERSON:
        title = re.sub(rf"^\s*{bare}(?=\W|[对在说发回评转])|\s*\b[Bb]y:?\s*{bare}\s*$", "", title)
    if in_text:
        text = home.sub(stand_in, called.sub(f"@{stand_in}", said.sub("", text)))
    return title.strip(), text


def address(url: str, *people: str) -> str:
    """`url` without account names and numbers in its query; empty when its path is a person's page.

    people: the author's raw name and number.
    """
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return ""
    named = [p for p in (n.rpartition("/")[2].strip() for n in people) if len(p) >= LEAST_CHARS]
    secret = [p for p in named if not p.isdigit() or len(p) >= LEAST_DIGITS]
    path = f"{unquote(parts.path)}#{unquote(parts.fragment)}"
    if _OWN_PAGE.search(f"//{parts.netloc}{parts.path}") or any(_holds(path, s) for s in secret):
        return ""
    kept = [(k, v) for k, v in query if not _ACCOUNT_KEYS.match(k) and not any(_holds(v, s) for s in secret)]
    return url if kept == query else urlunsplit((*parts[:3], urlencode(kept), parts.fragment))


def _holds(text: str, name: str) -> bool:
    """Whether a part of an address is this name or number; longer numbers that hold it are others."""
    if name.isdigit():
        return re.search(rf"(?<!\d){name}(?!\d)", text) is not None
    return name in text or quote(name) in text

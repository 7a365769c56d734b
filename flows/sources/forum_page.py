"""What a page of a forum holds, the same for every engine, and the tools its parsers share. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit

import msgspec

from flows import charsets, wordings

Kind = Literal["home", "board", "thread", "notice", "unknown"]
Notice = Literal["", "gone", "denied", "closed", "captcha", "other"]

MAX_PAGE_CHARS = 4_000_000
SESSION = re.compile(
    r"^(?:extra|sid|s|highlight|mobile|my_post_key|phpsessid|hash|fromuid|_dsign|inajax|formhash)$", re.I
)
CLOCK = re.compile(r"\d{1,2}\s*[:：]\s*\d{2}")
DATE = re.compile(
    r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}|\b\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"
    r"|\b[A-Z][a-z]{2,8} \d{1,2}(?:st|nd|rd|th)?,? \d{4}|\b\d{1,2}(?:st|nd|rd|th)? [A-Z][a-z]{2,8}\.?,? \d{4}"
)
FLOOR_NAMES = {"楼主": 1, "樓主": 1, "沙发": 2, "沙發": 2, "板凳": 3, "地板": 4}

_GONE = re.compile(
    r"不存在|已被?删除|已被?刪除|正在被审核|正在审核|回收站|没有找到|無法找到|"
    r"either missing or off limits|does not exist|doesn't exist|invalid thread|specified thread|no such|not found",
    re.I,
)
_CLOSED = re.compile(
    r"(?:站点|网站|论坛|本站|社区).{0,8}(?:关闭|维护|暂停|升级)"
    r"|board is (?:currently )?(?:closed|disabled|unavailable)",
    re.I,
)
_DENIED = re.compile(
    r"权限|權限|无权|無權|登录|登錄|登陆|用户组|积分.{0,6}(?:不足|低于)|密码|隐藏|仅限|禁止|"
    r"not authori[sz]ed|permission|log ?in|password",
    re.I,
)
_CAPTCHA = re.compile(r"验证码|安全验证|访问过于频繁|captcha", re.I)
_STATED_ZONE = (
    re.compile(r"GMT\s*([+-]\d{1,2})(?::?00|\.0)?\s*,\s*\d{4}-\d"),
    re.compile(r"(?:All times are|时区|時區)[^\d+-]{0,40}?(?:UTC|GMT)\s*(?:([+-]\d{1,2})(?!:[1-9]))?", re.I),
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_FIRST = re.compile(r"\b([A-Z][a-z]{2})[a-z]{0,6}\.? (\d{1,2})(?:st|nd|rd|th)?,? '?(\d{4}|(?<=')\d{2})(?![\d:])")
_WEEKDAY = re.compile(r"[,\s]*\b(?:Mon|Tue|Tues|Wed|Wednes|Thu|Thurs|Fri|Sat|Satur|Sun)(?:day)?\b[,\s]*")
_YEAR_FIRST = re.compile(r"\b(\d{4}) ([A-Z][a-z]{2})[a-z]{0,6} (\d{1,2})(?:st|nd|rd|th)?(?![\d:])")
_DAY_FIRST = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)? ([A-Z][a-z]{2})[a-z]{0,6}\.?,? (\d{4})")
_ENGLISH_AGO = ((r"seconds?", "秒"), (r"minutes?", "分钟"), (r"hours?", "小时"), (r"days?", "天"), (r"weeks?", "周"))
_CHINESE_MONTHS = (  # (spelling, its parts as year, month, day): 周三 11月 18, 2026; 18 11月 2026; 2026 11月 18
    (
        re.compile(r"(?<!\d)(\d{1,2})月\s*(\d{1,2})(?:日|号|st|nd|rd|th)?\s*,?\s*'?(\d{4}|(?<=')\d{2})(?![\d:])"),
        (3, 1, 2),
    ),
    (re.compile(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)? (\d{1,2})月,? (\d{4})(?![\d:])"), (3, 2, 1)),
    (re.compile(r"(?<!\d)(\d{4}) (\d{1,2})月 (\d{1,2})(?![\d:])"), (1, 2, 3)),
    (re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)"), (3, 2, 1)),
)
_SURELY_DAY = re.compile(r"\b(1[3-9]|2\d|3[01])[-/.](0?\d|1[0-2])[-/.](\d{4})")
_DAY_BEFORE = re.compile(r"\b(0?[1-9]|[12]\d|3[01])[-/.](0?\d|1[0-2])[-/.](\d{4})")
_TWO_NUMBERS = re.compile(r"(?<![\d.-])(\d{1,2})[-/](\d{1,2})[-/](\d{4})(?=[^\d.-])")
_CLOCK_FIRST = re.compile(r"^\D*?(\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]m)?)[, ]+(\d{4}-\d{1,2}-\d{1,2})(?!.*\d:\d)", re.I)
_YEAR_STATED = re.compile(r"(?<!\d)(?:19|20)\d{2}(?![\d:])|\d月")
_TIME_STARTS = re.compile(
    r"\d{4}[-/.年]|\d{1,2}[-/]\d{1,2}[-/]\d{4}|\d{1,2}[-/月]\d|[今昨前]天|刚刚|半小时前|(?:\d+|[一二三半几])\s*[秒分小天周个]|\d{1,2}:\d{2}"
)
_DATED_WORDS = re.compile(r"年\s+(?=\d{1,2}月)|月\s+(?=\d{1,2}日)|\s*(?:星期|周)[一二三四五六日天]\s*")


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """A board as another page lists it."""

    id: str
    url: str
    title: str = ""
    mark: str = ""
    """Changes when the board has something new; empty when the page does not tell."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A thread as a board lists it."""

    tid: str
    url: str
    title: str = ""
    replies: int | None = None
    last_at: datetime | None = None
    """Of the newest reply, known to the minute; None when the list tells less."""
    newest: str = ""
    """Native id of the newest reply, where the list links to it."""
    sticky: bool = False
    moved: bool = False
    """A stub: the real thread stands elsewhere."""


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """One post of a thread. Holds raw names: it never leaves the collector."""

    pid: str
    floor: int | None = None
    author: str = ""
    author_id: str = ""
    published_at: datetime | None = None
    exact: bool = False
    """The time is known to the minute or better."""
    text: str = ""
    parent: str = ""
    """Native id of the post it answers."""
    quoted: str = ""
    """Name of the author it answers, where no link names the post."""
    quotation: str = ""
    """The words it quotes, without white space, where no link names the post."""
    shielded: bool = False
    comment: bool = False
    """A comment under the floor `parent`, no floor itself."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a forum, as read."""

    engine: str
    kind: Kind = "unknown"
    notice: Notice = ""
    boards: list[Board] = []
    rows: list[Row] = []
    tid: str = ""
    title: str = ""
    floors: list[Floor] = []
    page: int = 1
    pages: int = 1
    links: dict[int, str] = {}
    """Addresses of other pages of the same board or thread, by number."""
    more: list[str] = []
    """Addresses of further comments under its floors."""
    whole: bool = True
    """False: the page was cut off on its way."""


@dataclass(frozen=True)
class Doc:
    """A parsed page and what its reader must know beside it."""

    tree: Any
    url: str
    now: datetime
    zone: str
    source: str
    base: str
    """What relative links are relative to."""
    day_first: bool = False
    """Whether 2-11-2026 is the second of November here."""

    def address(self, href: str) -> str:
        """Absolute address of a link, without session parameters and fragment."""
        return clean_url(urljoin(self.base, href.strip()))

    def time(self, node: Any) -> tuple[datetime | None, bool]:
        """(moment, known to the minute) that an element states; (None, False) without one."""
        if node is None:
            return None, False
        machine = node.xpath("string(descendant-or-self::time[@datetime][1]/@datetime)")
        for said in (machine, time_words(node)):
            if said and (known := self.moment(said)):
                return known[0], known[1] in ("second", "minute")
        return None, False

    def moment(self, said: str) -> wordings.Dated | None:
        """What words of this page say of a time."""
        return parse_time(said, self.now, self.zone, day_first=self.day_first)


def parse_time(said: str, now: datetime, zone: str, *, day_first: bool = False) -> wordings.Dated | None:
    """A forum's time: what wordings.parse_time knows, and the English dates of forum software."""
    said = " ".join(said.replace("\xa0", " ").split())
    said = re.sub(r"不到\s*(?=\d)|(?<=\d) (?=(?:秒|分|小时|天|周|个))|(?<=[钟时天周]) (?=前)", "", said)
    if re.search(r"[A-Za-z]{3}", said):
        said = re.sub(r"\bYesterday\b", "昨天", re.sub(r"\bToday\b", "今天", said, flags=re.I), flags=re.I)
        for unit, word in _ENGLISH_AGO:
            said = re.sub(rf"(?:less than )?(\d+|an?|one) {unit} ago", rf"\1{word}前", said, flags=re.I)
        said = re.sub(r"\b(?:an?|one)(?=[秒分小天周])", "1", said, flags=re.I)
        said = _WEEKDAY.sub(" ", said)
        said = _MONTH_FIRST.sub(lambda m: _iso(m[3], m[1], m[2]) or m[0], said)
        said = _DAY_FIRST.sub(lambda m: _iso(m[3], m[2], m[1]) or m[0], said)
        said = _YEAR_FIRST.sub(lambda m: _iso(m[1], m[2], m[3]) or m[0], said)
        said = re.sub(r"^.*?(?=\d{4}-|今天|昨天|\d+[秒分小天周])|\bat\b", " ", said) if not said[:1].isdigit() else said
    said = (_DAY_BEFORE if day_first else _SURELY_DAY).sub(r"\3-\2-\1", said)
    for spelling, (year, month, day) in _CHINESE_MONTHS:
        said = spelling.sub(lambda m, y=year, mo=month, d=day: f"{_year(m[y])}-{m[mo]}-{m[d]}", said)  # type: ignore[misc]
    said = _DATED_WORDS.sub(lambda m: " " if m[0].strip()[:1] in "星周" else m[0].strip(), said)
    said = _CLOCK_FIRST.sub(r"\2 \1", said)
    starts = [said[m.start() :] for m in _TIME_STARTS.finditer(said)]
    if _YEAR_STATED.search(said):  # a clock alone would mean today
        starts = [s for s in starts if not CLOCK.match(s)]
    for words in dict.fromkeys((said.strip(), *starts[:8])):
        if words and (known := wordings.parse_time(words.replace("日,", "日"), now=now, zone=zone)):
            return known
    return None


def _iso(year: str, month: str, day: str) -> str:
    name = month.lower()
    return f"{_year(year)}-{_MONTHS.index(name) + 1}-{day}" if name in _MONTHS else ""


def _year(said: str) -> str:
    return said if len(said) == 4 else f"20{said}"


def time_words(node: Any) -> str:
    """The words of a time, with the absolute time of a title attribute in place of a relative wording."""
    parts: list[str] = []

    def walk(element: Any) -> None:
        inner = words(element)
        title = (element.get("title") or "").strip()
        if DATE.search(title) and len(title) < 60:
            if CLOCK.search(title) or not inner:
                parts.append(title)
            elif clock := CLOCK.search(inner):
                parts.append(f"{title} {clock[0]}")
            else:
                parts.append(inner if "前" in inner else title)
        else:
            parts.append(element.text or "")
            for child in element:
                if isinstance(child.tag, str) and child.tag not in ("script", "style"):
                    walk(child)
                parts.append(child.tail or "")

    walk(node)
    return " ".join("".join(parts).replace("\xa0", " ").split())


def open_doc(body: bytes, content_type: str, url: str, now: datetime, zone: str) -> Doc:
    """The page as a tree; its own statement of its zone wins over `zone`."""
    from lxml import html

    text, _ = charsets.decode(body, charsets.of_header(content_type))
    if "<![CDATA[" in text[:200]:  # a piece of a page, for a script to put in
        text = text.partition("<![CDATA[")[2].rpartition("]]>")[0]
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]", "", text[:MAX_PAGE_CHARS])
    if "pagelet_html" in text:  # Tieba hides its lists in comments
        text = re.sub(r"(<code[^>]*>)\s*<!--(.*?)-->\s*(</code>)", r"<div>\2</div>", text, flags=re.S)
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
    tree = html.document_fromstring((text.strip() or "<html></html>").encode("utf-8", "replace"), parser=parser)
    base = urljoin(url, tree.xpath("string(//base/@href)"))
    return Doc(tree, url, now, stated_zone(text) or zone, text, base, day_first=_day_first(text, now))


def _day_first(text: str, now: datetime) -> bool:
    """Whether dates of two numbers and a year begin with the day here: those that can be read in one way only tell.

    A date later than today can be read in the other way only.
    """
    votes, tomorrow = 0, (now + timedelta(days=1)).strftime("%Y%m%d")
    for first_number, second, year in _TWO_NUMBERS.findall(text):
        a, b = int(first_number), int(second)
        day_first = 0 < b <= 12 and 0 < a <= 31 and f"{year}{b:02}{a:02}" <= tomorrow
        month_first = 0 < a <= 12 and 0 < b <= 31 and f"{year}{a:02}{b:02}" <= tomorrow
        votes += day_first - month_first
    return votes > 0


def stated_zone(text: str) -> str:
    """The zone a board says its times are in, empty when it says none."""
    for pattern in _STATED_ZONE:
        if match := pattern.search(re.sub(r"<[^>]{0,200}>", "", text[-20_000:])):
            hours = int(match[1] or 0)
            return f"Etc/GMT{-hours:+d}" if -14 <= -hours <= 12 and hours else "UTC"
    return ""


def is_whole(doc: Doc) -> bool:
    """Whether the page arrived to its end."""
    return "<html" not in doc.source[:3000].lower() or "</html" in doc.source[-4000:].lower()


def clean_url(url: str) -> str:
    """An address without session parameters and fragment; everything else stays as it was linked."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    kept = [
        p for p in re.split(r"[&;]+", parts.query.replace("&amp;", "&")) if p and not SESSION.match(p.partition("=")[0])
    ]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "&".join(kept), ""))


def parameter(url: str, name: str) -> str:
    """A number in the query of an address, empty without."""
    try:
        pairs = parse_qsl(urlsplit(url).query.replace("&amp;", "&"))
    except ValueError:
        return ""
    return next((v for k, v in pairs if k == name and v.isdigit()), "")


def words(node: Any) -> str:
    """Text of an element on one line, scripts left out."""
    if node is None:
        return ""
    parts = node.xpath(".//text()[not(ancestor::script) and not(ancestor::style)]")
    return " ".join("".join(parts).split())


def first(node: Any, *paths: str) -> Any:
    """The first element any of the paths finds, in their order; None without."""
    for path in paths:
        if found := node.xpath(path):
            return found[0]
    return None


def has(name: str) -> str:
    """An XPath condition: the element has this class."""
    whole = f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"
    return f"(contains(@class, '{name}') and {whole})"  # the first is cheap, and false for nearly every element


def any_of(*names: str) -> str:
    """An XPath condition: the element has one of these classes."""
    return " or ".join(has(name) for name in names)


def digits(text: str) -> str:
    """The first number in a text, empty without."""
    match = re.search(r"\d+", text)
    return match[0] if match else ""


def floor_number(text: str) -> int | None:
    """5#, #5, 5楼, 沙发 as a floor's number."""
    text = text.strip()
    if name := next((n for n in FLOOR_NAMES if text.startswith(n)), ""):
        return FLOOR_NAMES[name]
    match = re.search(r"#\s*(\d{1,6})|(\d{1,6})\s*(?:#|楼|樓|F\b|\Z)", text)
    return int(match[1] or match[2]) if match else None


def judged(message: str) -> Notice:
    """What a forum's notice in place of a page means."""
    for pattern, meaning in ((_CAPTCHA, "captcha"), (_CLOSED, "closed"), (_GONE, "gone"), (_DENIED, "denied")):
        if pattern.search(message):
            return meaning  # type: ignore[return-value]
    return "other"


def activity(row: Any) -> str:
    """A board row's words, relative times as absolute ones or left out: equal until something happens there.

    Empty when the row shows neither counts nor a last post.
    """
    said = re.sub(
        r"(?:不到)?\s*[\d一二三半几]+\s*(?:秒|分钟?|小时|天|周|个月)钟?\s*前|刚刚|\d+ \w+ ago", " ", time_words(row)
    )
    links = sorted(set(re.findall(r"(?:tid=|thread-|[?&]t=|[?&]p=)(\d+)", " ".join(row.xpath(".//a/@href")))))
    numbers = re.findall(r"\d[\d,.]*万?", re.sub(r"\(\s*\d+\s*\)|今日\s*\d+", "", said))
    return " ".join([said, *links]) if numbers and (links or DATE.search(said)) else ""


def pager(doc: Doc, same: "re.Pattern[str]", number: Any) -> tuple[dict[int, str], int]:
    """(addresses by page number, highest number) from the links `same` matches; `number` reads a page number of one."""
    links: dict[int, str] = {}
    for href in doc.tree.xpath("//a/@href"):
        address = doc.address(href)
        if same.search(address) and (n := number(address)) and n not in links:
            links[n] = address
    return links, max(links, default=1)

"""The text of a Weibo post as people read it. Pure: mentions, #topics#, emoji kept as [怒], furniture cut."""

import re

from flows.names import PLAIN
from flows.sources import weibo_ids
from flows.text import MAX_HTML_CHARS, clean, to_text

_CUT_LINK = re.compile(
    r"(?:\.{3}|…)?\s{0,9}<a\b[^>]{0,500}>\s{0,9}(?:\.{3}|…)?\s{0,9}(?:全文|展开全文|展开)\s{0,9}c?\s{0,9}</a>"
    r"\s{0,9}(?:<br\s?/?>\s{0,9}){0,9}$",
    re.I,
)
_CUT_TAIL = re.compile(r"(?:\.{3}|…)?\s{0,9}全文\s{0,9}[:：]?\s{0,9}https?://\S{1,200}\s{0,9}$")
_CARD = re.compile(
    r"<a\b[^>]{0,2000}>\s*<span\s+class=['\"]?url-icon['\"]?>\s*<img[^>]{0,1000}timeline_card[^>]{0,1000}>\s*</span>"
    r"\s*(?:<span\s+class=['\"]?surl-text['\"]?>[^<]{0,300}</span>\s*)?</a>",
    re.I,
)
_BARE_EMOJI = re.compile(r"<img\b[^>]{0,500}?\balt=(\[[^\[\]<>\"']{1,12}\])(?=[\s>])[^>]{0,1000}>", re.I)
_OWN = re.compile(r"""((?:surl-text['"]?>|^|(?<=\s))\s?)([\w\-·.]{1,30})(?=的微博(?:视频|直播)(?:\s|<|$))""")
_ADDRESS = re.compile(
    r"https?://(?:www\.|m\.|e\.)?weibo\.c(?:om|n)(?P<path>/(?:u/|n/|profile/|p/100[0-9]{3})?[^\s/?#，。；）)]{0,60}"
    r"(?:/[A-Za-z0-9]{6,20})?)[^\s，。；）)]{0,300}"
)
_SHORT = re.compile(r"\s?https?://t\.cn/[A-Za-z0-9]{1,12}")  # a link in place of words; says nothing to a reader
_LINKS = re.compile(r"https?://[\w./?=&%#:+~-]{3,300}|网页链接|(?:(?<=\s)|^)\S{1,30}的微博视频")
_FOLDED = re.compile(r"[\W_]+")
GONE = re.compile(
    r"微博已被(?:作者|博主)?删除|该?微博(?:已经?)?(?:不存在|被删除)|没有找到该?微博|内容已被删除|"
    r"target weibo does not exist|weibo_not_exist|status not exist",
    re.I,
)


def plain(markup: str) -> str:
    """What people read; names in Weibo's own link words and addresses are taken out."""
    markup = _CUT_LINK.sub("", markup[:MAX_HTML_CHARS].rstrip().rstrip("\u200b\ufeff").rstrip())
    text = _CUT_TAIL.sub("", to_text(_BARE_EMOJI.sub(r"\1", _OWN.sub(_without_owner, markup))))
    return clean(_ADDRESS.sub(_without_account, _SHORT.sub("", text)))


def is_cut(markup: str) -> bool:
    """Whether the list shows only the beginning (it ends with a link to the whole text)."""
    tail = markup.rstrip("\u200b\ufeff \n")
    return bool(_CUT_LINK.search(tail) or _CUT_TAIL.search(tail))


def core(markup: str) -> str:
    """What stays the same however an API shows the post: words and digits, without links, cards and blanks."""
    return _FOLDED.sub("", _LINKS.sub("", plain(_CARD.sub("", markup))))


def region(said: str) -> str:
    """`发布于 澜汀` -> 澜汀."""
    return clean(re.sub(r"^\s*(?:发布于|来自|IP属地[:：]?)\s*", "", said), 30)


def _without_owner(match: re.Match[str]) -> str:
    return f"{match[1]}{PLAIN.account(match[2])}"


def _without_account(match: re.Match[str]) -> str:
    bid = weibo_ids.of_path(match["path"])
    return f"https://m.weibo.cn/status/{bid}" if bid else "网页链接"

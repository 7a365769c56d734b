"""Cleaning: what people typed -> the text that is scored.

Main text only, NFKC, simplified characters, mojibake repaired or refused; links, names and forwarding
chains reduced to what they mean; 警.察 and gongan read as what they stand for; [怒]-style emoticons kept, because they
carry the mood.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

from models.disguises import undisguised

MAX_CHARS = 5_000  # of one text; the longest police notices have about 2,000, and the mood of a post shows early

Unfitness = Literal["empty", "not-chinese", "mojibake", "spam"]


@dataclass(frozen=True)
class Unfit:
    """A text that cannot be judged, and why."""

    reason: Unfitness


class Cleaned(NamedTuple):  # cheaper to make than a frozen dataclass
    """A text ready for segmentation: no control characters, links or private @names; never empty."""

    text: str
    outer: int
    """Length of the outermost comment: `text[:outer]` is what this author wrote, the rest is forwarded."""


CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
SURROGATE = re.compile("[\ud800-\udfff]")
SUSPECT = re.compile("[\x80-\x9f\u00c0-\u00ff\ufffd]|&[a-zA-Z#0-9]+;")
GBK_MISREAD = re.compile("[锛銆€]")  # what full-width punctuation turns into
_LATIN = "[\u00c0-\u00d6\u00d8-\u00ff]"  # without ×, which stands for a name left out: 李××
UTF8_MISREAD = re.compile(f"[\x80-\x9f\ufffd]|{_LATIN}[\u0080-\u2e7f]|[\u0080-\u2e7f]{_LATIN}|\u00c3 ")
"""What UTF-8 read as Latin letters always holds: a character takes two of them or more."""
EVERYDAY = re.compile("[的了是不我在有人一这他大们来上]")  # misread text holds none of these, other text soon does
LOST = re.compile("锟斤拷|锟|烫烫烫|屯屯屯|\ufffd")
TAG = re.compile(r"<(?:br|/?[a-zA-Z][a-zA-Z0-9]{0,9})(?:\s[^<>]{0,500})?/?>")
URL = re.compile(r"(?:https?://|www\.)[\w\-./?%&=#:~+@!$,;*]+", re.ASCII | re.IGNORECASE)
APART = "\0"  # between texts that are searched together; cleaned text holds none
FORWARD = re.compile(rf"//?\s?@[^\s:@/{APART}]{{1,30}}\s?:?")
REPLY = re.compile(rf"回复\s?@[^\s:@{APART}]{{1,30}}\s?:")  # two patterns: each is looked for by its first character
MENTION = re.compile(r"@([\w\-·]{1,30})")
OFFICIAL = re.compile(
    r"政务账号|媒体账号|公安|警|平安|派出所|政法|发布|检察|法院|日报|晚报|新闻|时报|广播|电视台|共青团"
)
STAND_IN = re.compile(r"(\w{1,20})(警方|政务|媒体)账号")
AS_LEARNED = {"警方": "平安 {}", "政务": "{} 发布", "媒体": "{} 新闻"}  # apart: never an account's name
SEPARATORS = " .·-*_|/~"
SPACED = re.compile(rf"(?:[\u4e00-\u9fff][{re.escape(SEPARATORS)}]{{1,2}}){{3,}}[\u4e00-\u9fff]")
REPEATED = re.compile(r"(.)\1{3,}", re.DOTALL)
UNIT, COPIES = range(2, 11), 8
CHANTED = re.compile(rf"(.{{{UNIT[0]},{UNIT[-1]}}}?)\1{{{COPIES - 1},}}", re.DOTALL)
"""The same few characters over and over: they say no more than said three times, and would outweigh the rest."""
SPACES = re.compile(r"\s+")
HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002fa1f]")
HAN_RUN = re.compile(f"{HAN.pattern}+")
KANA_HANGUL = re.compile("[\u3041-\u30ff\uac00-\ud7a3]")
EMOTICON = re.compile(r"\[[\u4e00-\u9fffA-Za-z]{1,8}\]")
EMOJI = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")
PROMOTION = re.compile(r"(?:加|添加|咨询|联系|详询).{0,6}(?:微信|vx|qq|扣扣|薇信)", re.IGNORECASE)
PROMOTION_STARTS = "加添咨联详"  # without one of these and
PROMOTION_WAYS = "微vVxXqQ扣薇"  # one of these PROMOTION finds nothing
OFFER = re.compile(
    r"代开.{0,4}发票|包邮|秒到账|日结|高佣|刷单兼职|低息|免抵押|优惠券|点击链接|免费领取|限时抢购|代办.{0,3}证|办证刻章"
)


def clean(text: str, title: str = "") -> Cleaned | Unfit:
    """The text to score, its title in front unless it already begins with it; or why it cannot be judged.

    Total: any `str` is accepted. Longer texts are cut at MAX_CHARS characters.
    """
    repaired = repair(strip_surrogates(whole(text, title)))
    if repaired is None:
        return Unfit("mojibake")
    if "<" in repaired:
        repaired = TAG.sub(" ", repaired)
    shorter, links = unlinked(CONTROL.sub("", unicodedata.normalize("NFKC", repaired)))
    tidy, outer = outermost(squeezed(unnamed(simplify(shorter))))
    reason = unfitness(tidy, links)
    return Unfit(reason) if reason else Cleaned(tidy, outer)


def whole(text: str, title: str) -> str:
    """As much of the text as is read, its title in front."""
    text = text[: 4 * MAX_CHARS]
    if title and not text.lstrip().startswith(title):
        return f"{title[:300]}。{text}" if text else title[:300]
    return text


def strip_surrogates(text: str) -> str:
    """`text` with surrogate pairs joined and lone surrogates, which no encoding can carry, left out."""
    if not SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def repair(text: str) -> str | None:
    """`text` with HTML entities and wrong decodings undone; None when it is damaged beyond reading."""
    if GBK_MISREAD.search(text) or (len(text) > 3 and not EVERYDAY.search(text)):
        reread = _reread(text, "gb18030", "utf-8")
        text = reread if reread and 2 * len(HAN.findall(reread)) > len(reread) else text
    if SUSPECT.search(text):
        text = _fix(html.unescape(text))
    lost = LOST.findall(text)
    if lost:
        if 5 * sum(map(len, lost)) > len(text):
            return None
        text = LOST.sub("", text)
    return text


def _fix(text: str) -> str:
    """Latin letters that are really UTF-8 or GBK bytes; ftfy only knows the first."""
    latin = re.findall("[\x80-\xff]", text)
    if 3 * len(latin) > len(text):
        as_gbk = _reread(text, "latin-1", "gb18030")
        if as_gbk and len(HAN.findall(as_gbk)) * 3 > len(as_gbk):
            as_utf8 = _reread(text, "latin-1", "utf-8")
            return as_utf8 or as_gbk
    if not UTF8_MISREAD.search(text):
        return text
    import ftfy  # 50 ms, and few texts need it

    return ftfy.fix_text(text, unescape_html=False, normalization=None, uncurl_quotes=False)


def _reread(text: str, wrong: str, right: str) -> str | None:
    """`text` decoded as `right` instead of `wrong`, or None when it never was `right`."""
    try:
        data = text.encode(wrong)
    except UnicodeEncodeError:
        return None
    read = data.decode(right, "replace")
    return read.replace("\ufffd", "") if 20 * read.count("\ufffd") <= len(read) else None


@cache
def _to_simplified() -> "object":
    import opencc

    return opencc.OpenCC("t2s")


def simplify(text: str) -> str:
    """Traditional characters -> simplified ones.

    坏 stays: to OpenCC it is the traditional 坯 in 打坏, 一坏, 坏子, and 破坏子女关系 was read as 破坯子女关系.
    """
    convert: Callable[[str], str] = _to_simplified().convert  # type: ignore[attr-defined]
    return "坏".join(map(convert, text.split("坏")))


def unlinked(text: str) -> tuple[str, int]:
    """`text` without links, and how many it held."""
    return URL.subn(" ", text) if "://" in text or "www." in text else (text, 0)


def unnamed(text: str) -> str:
    """`text`, or several with APART between them, without private names and forwarding chains."""
    if "@" not in text:
        return text
    return MENTION.sub(_mention, REPLY.sub(" // ", FORWARD.sub(" // ", text)))


def unspaced(text: str) -> str:
    """`text` with 打.人.散.开 as 打人散开; the same object where there is nothing of the kind."""
    return SPACED.sub(lambda m: re.sub(r"[^\u4e00-\u9fff]", "", m[0]), text) if SPACED.search(text) else text


def squeezed(text: str) -> str:
    """`text` without 打.人.散.开 and jing察, at most three of one character in a row, single spaces, what is chanted
    three times, at most MAX_CHARS."""
    text = REPEATED.sub(r"\1\1\1", undisguised(unspaced(text)))
    return CHANTED.sub(r"\1\1\1", SPACES.sub(" ", text)).strip()[:MAX_CHARS]


def outermost(text: str) -> tuple[str, int]:
    """`text` without an empty comment in front, and the length of its outermost comment."""
    if text.startswith("// "):
        return text[3:], len(text) - 3
    cut = text.find(" // ")
    return text, (cut if cut > 0 else len(text))


def _mention(match: re.Match[str]) -> str:
    """Official accounts are part of the matter; private names are nobody's business.

    What stands for one of a known place (@望汐区警方账号) is read as such accounts call themselves: so it was learned.
    """
    if match[1].endswith("账号") and (stand_in := STAND_IN.fullmatch(match[1])):
        return f"@{AS_LEARNED[stand_in[2]].format(stand_in[1])} "
    return f"@{match[1]} " if OFFICIAL.search(match[1]) else "@"


def unfitness(text: str, links: int) -> Unfitness | None:
    """Why a tidied text that held so many links cannot be judged; None when it can."""
    han = sum(map(len, HAN_RUN.findall(text)))
    if not han:
        if EMOJI.search(text) or EMOTICON.search(text):
            return None
        return "not-chinese" if any(map(str.isalpha, text)) else "empty"
    letters = sum(map(str.isalpha, text)) if han * 5 < len(text) else han
    kana = len(KANA_HANGUL.findall(text)) if han * 2 < len(text) else 0
    if han * 10 < letters or kana > han:
        return "not-chinese"
    return "spam" if is_spam(text, links) else None


def is_spam(text: str, links: int) -> bool:
    """Link farms and offers with a contact. Narrow on purpose: a dropped complaint costs more than a kept advert."""
    if links >= 4 and len(text) < 15 * links:
        return True
    return bool(PROMOTION.search(text) and OFFER.search(text))

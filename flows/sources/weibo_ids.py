"""Weibo's two names of one post: the digits of the APIs (mid) and the base-62 word of its address (bid). Pure."""

import re
from datetime import UTC, datetime, timedelta

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUE = {c: i for i, c in enumerate(ALPHABET)}
EPOCH = 515_483_463  # seconds: a mid's upper bits count from here, its lower 22 are a serial number
FIRST = datetime(2009, 8, 1, tzinfo=UTC)  # Weibo opened this month: no post is older

_MID = re.compile(r"[1-9]\d{10,18}")
_PATH = re.compile(r"^/(?:status|statuses|detail|u?/?\d{5,})/([A-Za-z0-9]{6,20})/?$")


def is_mid(text: str) -> bool:
    """Whether `text` can be a post's number."""
    return _MID.fullmatch(text) is not None


def bid_of(mid: str) -> str:
    """The word in a post's address: each seven digits of the mid are four base-62 ones. Raises ValueError."""
    if not is_mid(mid):
        raise ValueError("not a mid")
    words = []
    rest = mid
    while rest:
        rest, part = rest[:-7], rest[-7:]
        words.append(_encoded(int(part)).rjust(4 if rest else 1, "0"))
    return "".join(reversed(words))


def mid_of(bid: str) -> str:
    """The number behind the word of an address. Raises ValueError."""
    digits = []
    rest = bid
    while rest:
        rest, part = rest[:-4], rest[-4:]
        digits.append(str(_decoded(part)).rjust(7 if rest else 1, "0"))
    mid = "".join(reversed(digits))
    if not is_mid(mid):
        raise ValueError("not a bid")
    return mid


def of_path(path: str) -> str:
    """The bid in the path of a Weibo address (/status/X, /detail/X, /UID/X); empty without one."""
    match = _PATH.match(path)
    if match is None:
        return ""
    return bid_of(match[1]) if is_mid(match[1]) else match[1]


def address(mid: str) -> str:
    """Where people read the post; it names no author."""
    return f"https://m.weibo.cn/status/{bid_of(mid)}"


def moment(mid: str) -> datetime | None:
    """When the number was given out, to the second; None for numbers of before that scheme."""
    when = datetime.fromtimestamp(0, UTC) + timedelta(seconds=(int(mid) >> 22) + EPOCH) if is_mid(mid) else None
    return when if when is not None and when >= FIRST and len(mid) == 16 else None


def _encoded(number: int) -> str:
    word = ""
    while number:
        number, digit = divmod(number, 62)
        word = ALPHABET[digit] + word
    return word or "0"


def _decoded(word: str) -> int:
    number = 0
    for character in word:
        if character not in _VALUE:
            raise ValueError("not a bid")
        number = number * 62 + _VALUE[character]
    return number

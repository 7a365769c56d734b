"""Bylines in the text of an article: who wrote, edited, photographed. The names go, the labels stay. Pure.

Only where a byline is plainly one: closing a line in brackets, or on a line of its own at the beginning or the end.
A dateline inside a sentence (`本报讯（记者 林小舟）昨日 ...`) is part of it; only the stated author goes.
"""

import re

from models.privacy import MASK

HEAD_LINES, TAIL_LINES = 3, 4  # of a text: where lines that are bylines stand

_HAN = "[\u4e00-\u9fff]"
_WRITER = rf"{_HAN}{{0,8}}?(?:记者|通讯员|实习生|评论员|撰稿人)"
_EDITOR = r"(?:责任|值班|本期|本版|网络|新媒体|执行|文字|图片|视频)?(?:编辑|编审|校对|审核|责编|编委|监制|终审)"
_MAKER = r"作者|撰文|撰稿|文字|摄影|摄像|供稿|图文|文|图|摄"
_COLON = r"\s{0,2}[:：/／|｜]\s{0,2}"
_ROLE = rf"(?:(?:{_WRITER}|{_EDITOR})(?:{_COLON}|\s{{1,2}})|(?:{_MAKER}){_COLON})"
_TIGHT_ROLE = rf"(?:(?:{_WRITER}|{_EDITOR})(?:{_COLON}|\s{{0,2}})|(?:{_MAKER}){_COLON})"
_NAME = (
    rf"(?!{_TIGHT_ROLE}|整理|部[\s,，)）]|报道|手记|了解|获悉|采访|谢谢|感谢|好的|您|你|请|未知|网络|本报|本网|综合|资料)"
    rf"(?:{_HAN}\s{_HAN}(?!{_HAN})|{_HAN}{{2,4}}(?:·{_HAN}{{1,10}})?(?!{_HAN})|{_HAN}{{2,3}}(?={_MAKER}|报道))"
)
_NAMES = rf"{_NAME}(?:[、,，/\s]{{1,3}}{_NAME}){{0,5}}"
_REST = rf"[\s,，;；、|｜/]{{0,3}}(?:{_HAN}{{0,6}}(?:报道|摄)|文/图|/文|/图)?[\s,，;；、|｜/]{{0,3}}"
_BRACKET = re.compile(rf"(?<=[（(【\[])\s?(?:{_TIGHT_ROLE}{_NAMES}{_REST}){{1,6}}(?=[)）】\]]\W{{0,3}}$)", re.M)
_LINE = re.compile(
    rf"\W{{0,3}}(?:{_ROLE}{_NAMES}{_REST}){{1,6}}(?:\s?[（(【\[][^（(【\[）)】\]\n]{{0,60}}[)）】\]])?\W{{0,3}}"
)
_CLOSING = re.compile(  # behind the last sentence of a line
    rf"(?<=[。！？”!?])\s?(?:{_ROLE}{_NAMES}{_REST}){{1,6}}(?:\s?[（(【\[][^（(【\[）)】\]\n]{{0,60}}[)）】\]])?\W{{0,3}}$"
)
CLOSING_CHARS = 120
_SHOT = re.compile(
    rf"(^|[\s。：:（(])(?!资料|航拍|无人机|视频|监控|图文|图片|记者|通讯员){_HAN}{{2,4}}(?=\s?/?摄影?\W{{0,3}}$)", re.M
)
_NAMED = re.compile(rf"({_TIGHT_ROLE})({_NAMES})")
_LABEL = re.compile(rf"{_WRITER}|{_EDITOR}|{_MAKER}")
_BEFORE = re.compile(rf"^(?:{_TIGHT_ROLE})+")


def unsigned(text: str, author: str = "") -> str:
    """`text` with the names of its bylines masked. author: as the page or feed states it, with or without label.

    A sentence that speaks of a journalist stays as it is.
    """
    text = _BRACKET.sub(lambda m: _NAMED.sub(rf"\1{MASK}", m[0]), text)
    lines = text.split("\n")
    ends = {*range(min(HEAD_LINES, len(lines))), *range(max(len(lines) - TAIL_LINES, 0), len(lines))}
    for i in ends:
        if len(lines[i]) <= CLOSING_CHARS and _LINE.fullmatch(lines[i]):
            lines[i] = _NAMED.sub(rf"\1{MASK}", lines[i])
        elif closing := _CLOSING.search(lines[i], max(len(lines[i]) - CLOSING_CHARS, 0)):
            lines[i] = lines[i][: closing.start()] + _NAMED.sub(rf"\1{MASK}", closing[0])
    return _without(_SHOT.sub(rf"\1{MASK}", "\n".join(lines)), people(author))


def people(author: str) -> list[str]:
    """The names in a stated author (`本报记者 林小舟 通讯员 何树`), labels left out."""
    parts = re.split(r"[\s、,，;；/／|｜]+", author.strip())
    bare = (_BEFORE.sub("", part.strip("（）()[]【】:：")) for part in parts)
    return [name for name in bare if 2 <= len(name) <= 20 and not _LABEL.fullmatch(name)]


def _without(text: str, names: list[str]) -> str:
    """The author's own name behind a label, in brackets or alone on a line."""
    for name in (n for n in names if n in text):  # the patterns of a name cost far more than this look
        bare = re.escape(name)
        alone = re.compile(rf"({_TIGHT_ROLE}|[（(【\[]\s?|^\W{{0,3}}){bare}(?=\W{{0,3}}$|\s?[)）】\]])", re.M)
        text = alone.sub(rf"\g<1>{MASK}", text)
        text = re.sub(rf"({_TIGHT_ROLE}){bare}(?=[\s、,，])", rf"\g<1>{MASK}", text)
    return text

"""HTML snippets and dirty strings to plain text, in bounded time and depth."""

import re
from typing import Any

from bus.messages import MAX_TEXT_CHARS

MAX_HTML_CHARS = 400_000  # a snippet beyond this is cut before it is parsed: 20 times the longest text we keep
MAX_TITLE_CHARS = 500
BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "footer",
        "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table",
        "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
    }
)  # fmt: skip
DROPPED = frozenset(
    {
        "script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "math", "head", "title",
        "select", "textarea",
    }
)  # fmt: skip

PINGAN = r"平安(?!喜乐|健康|是福|一生|银行|保险|人寿|证券|幸福|如意|快乐)[\u4e00-\u9fff]{2}"
"""平安望汐: how police call their accounts."""
GOVERNMENT = re.compile(
    rf"公安|派出所|交警|警方|警务|{PINGAN}|政府|发布$|法院|检察|消防|应急|街道办|管委会|委员会|宣传部"
)
MEDIA = re.compile(
    r"日报|晚报|早报|都市报|时报|新闻|广播|电视台|融媒|通讯社|新华|周刊|本报|编辑部|[\u4e00-\u9fff]网$|记者"
)

# C0 and C1 controls except \t \n \r, lone surrogates, non-characters, zero-width and direction marks
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_MARKUP = re.compile(r"<[a-zA-Z!/?]|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]\w*);")
_BLANKS = re.compile(r"[ \t\r\f\v\xa0\u3000]+")


def clean(text: str, limit: int = MAX_TEXT_CHARS) -> str:
    """Text that can travel: no controls, no lone surrogates, tidy blanks, at most `limit` characters."""
    text = _UNWANTED.sub("", text[: limit * 4])
    lines = (_BLANKS.sub(" ", line).strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return "\n".join(line for line in lines if line)[:limit].strip()


def one_line(text: str, limit: int = MAX_TITLE_CHARS) -> str:
    """A title: plain text on one line."""
    return " ".join(to_text(text, limit).split())


def to_text(markup: str, limit: int = MAX_TEXT_CHARS) -> str:
    """Plain text of an HTML snippet, a line a block; emoji pictures keep their bracketed name ([怒]).

    Text without markup is only cleaned. Never raises: markup nobody can parse is stripped of its tags.
    """
    markup = _UNWANTED.sub("", markup[:MAX_HTML_CHARS])
    if not _MARKUP.search(markup):
        return clean(markup, limit)
    return clean(_parsed(markup), limit)


def _parsed(markup: str) -> str:
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", huge_tree=False, recover=True, remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(f"<div>{markup}</div>".encode(), parser=parser)
    except (etree.LxmlError, ValueError):
        return re.sub(r"<[^>]{0,2000}>", " ", markup)
    parts: list[str] = []
    dropped = 0
    for event, node in etree.iterwalk(root, events=("start", "end")):
        tag = node.tag if isinstance(node.tag, str) else ""
        if tag in BLOCKS:
            parts.append("\n")
        if event == "start":
            dropped += tag in DROPPED
            if not dropped:
                parts.append(node.text or "")
                parts.append(_emoji(node) if tag == "img" else "")
        else:
            dropped -= tag in DROPPED
            parts.append(node.tail or "" if not dropped else "")
    return "".join(parts)


def _emoji(image: Any) -> str:
    """`[怒]` of an emoji picture; nothing of any other picture."""
    alt = image.get("alt") or ""
    return alt if re.fullmatch(r"\[[^\[\]]{1,12}\]", alt) else ""

"""Bytes to text for feeds and pages whose declared encoding cannot be trusted.

Order: byte-order mark; UTF-8 when the bytes are UTF-8 (Chinese text in another encoding never is, by chance);
the charset of the HTTP header; the one the document declares; then GB18030 against Big5 by which gives more
everyday characters. A few broken bytes (a cut in the middle of a character) do not rule an encoding out.
"""

import codecs
import re

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with the shorter one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
UNMARKED = ((b"\x00<\x00", "utf-16-be"), (b"<\x00", "utf-16-le"), (b"\x00\x00\x00<", "utf-32-be"))
WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "iso-8859-1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
}
PLAIN_SHARE = 0.08  # of everyday characters among the non-ASCII ones: plain text has 0.15 and more, misread text 0.02
VAGUE = frozenset({"cp1252"})  # servers send these for everything
EVERYDAY = frozenset(
    "的一是不了在人有我他这這中大来來上国國个個到说說们們为為子和你地出道也时時年得就那要下以生会會自着著"
    "去之过過家学學对對可里裡后後小么麼心多天而能好都然没沒日于於起还還发發成事只作当當想看文无無开開手用"
    "主行方又如前所本见見经經头頭面公同三已老从從动動两兩长長"
)

_DECLARED = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.I)


def decode(raw: bytes, header_charset: str = "") -> tuple[str, str]:
    """(text, the encoding used). Never raises; hopeless bytes become U+FFFD."""
    for mark, name in BOMS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(name, "replace"), name
    declared = _DECLARED.search(raw[:2048])
    named = [known(header_charset), known(declared[1].decode("ascii") if declared else "")]
    for start, name in UNMARKED:
        if raw.startswith(start):
            return raw.decode(name, "replace"), name
    for name in ("utf-8", *(n for n in named if n and n not in VAGUE)):
        text = raw.decode(name, "replace")
        if _bad(text) <= max(1, len(raw) // 2000):
            return _either(raw, text, name)
    guess = max(("gb18030", "big5hkscs"), key=lambda name: _chinese(raw.decode(name, "replace")))
    text = raw.decode(guess, "replace")
    if _chinese(text) > 0:
        return text, guess
    fallback = next((n for n in named if n), "utf-8")
    return raw.decode(fallback, "replace"), fallback


def _either(raw: bytes, text: str, name: str) -> tuple[str, str]:
    """The decoding, unless the bytes read far better in the other Chinese encoding: each takes the other's."""
    other = {"gb18030": "big5hkscs", "big5hkscs": "gb18030"}.get(name)
    if other is None:
        return text, name
    instead = raw.decode(other, "replace")
    if _chinese(instead) > max(PLAIN_SHARE, 3 * _chinese(text)):
        return instead, other
    return text, name


def known(charset: str) -> str:
    """The Python codec of a charset label, its superset where one is usual; empty for an unknown label."""
    label = charset.strip().strip("\"'").lower()
    try:
        name = codecs.lookup(WIDER.get(label, label)).name if label else ""
    except (LookupError, ValueError):
        return ""
    try:
        b"".decode(name) if name else ""
    except LookupError:  # a codec of bytes to bytes, such as "hex"
        return ""
    return WIDER.get(name, name)


def of_header(content_type: str) -> str:
    """The charset parameter of a Content-Type header; empty without one."""
    match = re.search(r"""charset\s*=\s*["']?([^\s;"',]{1,40})""", content_type, re.I)
    return match[1] if match else ""


def _bad(text: str) -> int:
    return text.count("\ufffd")


def _chinese(text: str) -> float:
    """Share of everyday characters among the non-ASCII ones, less the broken ones."""
    wide = [c for c in text[:20_000] if c > "\x7f"]
    if not wide:
        return 0.0
    return (sum(c in EVERYDAY for c in wide) - 3 * sum(c == "\ufffd" or "\ue000" <= c <= "\uf8ff" for c in wide)) / len(
        wide
    )

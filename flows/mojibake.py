"""Text decoded with the wrong charset: repaired where the bytes leave no doubt, marked where they do not. Pure.

Repaired: UTF-8 read as GBK (浣犲ソ), UTF-8 read as Latin-1 or Windows-1252, once or several times over (ä½ å¥½), cut in
the middle of a character too, GBK read as Latin-1 (ÄãºÃ), GBK read one byte off between two lost bytes. A
repair is certain when every byte of a run fits the other charset and what comes out is everyday Chinese while what
went in was not: ordinary text, traditional and rare characters included, never passes that.
Marked with one U+FFFD a passage: bytes that are gone (锟斤拷) and GBK read one byte off (private-use characters and
frame pieces between rare ones), which cannot be put back without inventing something.
"""

import codecs
import re
from functools import lru_cache

MARK = "\ufffd"
LEAST = 3  # Han characters a repair must bring forth
TIMES = 3  # a text may have been misread and saved again this often
CUT_BYTES = 12
LOST = 0.15  # of a repaired run may be lost bytes; they stay marked

# Windows-1252 shows 0x80-0x9F as these; UTF-8 read as Latin-1 is full of them
_CP1252 = {c: b for b in range(0x80, 0xA0) if (c := bytes([b]).decode("cp1252", "ignore"))}
_WESTERN = re.compile("[\x80-\xff" + "".join(_CP1252) + "]+(?: ?[\x80-\xff" + "".join(_CP1252) + "]+)*")
_FOLLOWERS = bytes(range(0x80, 0xC0))
_BETWEEN = re.compile(r"(?<=\ufffd)[^\x00-\x7f\ufffd]{3,60}(?=\ufffd)")
_WIDE = re.compile(r"[\u0080-\uffff?]{4,}")
_GONE = re.compile(r"(?:锟斤拷|锟斤|斤拷锟?|锟\ufffd?)*锟斤拷(?:锟斤拷|锟斤|锟|斤拷)*")
# private use, and frame pieces but those people draw with: ── as a dash, ━ │ ┃, the corners of plain tables, and
# lines of one piece (┅┅┅)
_ODD = re.compile("[\ue000-\uf8ff]|([\u2504-\u250b\u250d-\u250f\u2511-\u2513\u2515-\u2517\u2519-\u251b"
                  "\u251d-\u2523\u2525-\u252b\u252d-\u2533\u2535-\u253b\u253d-\u254f])(?!\\1)(?<!\\1\\1)")  # fmt: skip
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


def repair(text: str) -> tuple[str, set[str]]:
    """(text, what was done: mojibake-repaired, mojibake-marked). Clean text comes back as it is."""
    done: set[str] = set()
    if not text or text.isascii():
        return text, done
    fixed = _western(text)
    if fixed == text:
        fixed = _WESTERN.sub(lambda m: _western(m[0]), text)
        if fixed != text:  # once it is certain, the shorter runs between are the same
            fixed = _WESTERN.sub(lambda m: _western(m[0], least=1), fixed)
    if fixed == text and text.count(MARK) < len(text) // 4:
        fixed = _as_gbk(text)
        if fixed == text:
            fixed = _WIDE.sub(lambda m: _as_gbk(m[0]), text)
    if MARK in fixed:
        fixed = _BETWEEN.sub(lambda m: _one_byte_on(m[0]), fixed)
    if fixed != text:
        done.add("mojibake-repaired")
    marked = _GONE.sub(MARK, fixed)
    if _ODD.search(marked):
        marked = _shifted(marked)
    marked = re.sub(f"{MARK}{{2,}}", MARK, marked)
    if marked.count(MARK) > text.count(MARK) or MARK in marked:
        done.add("mojibake-marked")
    return marked, done


def _western(run: str, least: int = LEAST, times: int = TIMES) -> str:
    """A run of Western letters that is really UTF-8 or GBK; unchanged when it is neither."""
    squeezed = run.replace(" ", "\xa0") if "\xa0" not in run else run
    for candidate in dict.fromkeys((run, squeezed)):
        raw = _bytes(candidate)
        if raw is None or len(raw) < 2 * least:
            continue
        for charset in ("utf-8", "gb18030"):
            try:
                read = raw.decode(charset)
            except UnicodeDecodeError:
                continue
            if _is_chinese(read, least, level_one=charset == "gb18030"):
                return read
            if charset == "utf-8" and times > 1 and (again := _western(read, least, times - 1)) != read:
                return again
        if len(raw) >= CUT_BYTES and (read := _without_ends(raw)) and _is_chinese(read, least, level_one=False):
            return read
    return run


def _without_ends(raw: bytes) -> str:
    """UTF-8 whose first or last character was cut, a mark for each; empty when it is no UTF-8 even so."""
    inner = raw.lstrip(_FOLLOWERS)
    if len(raw) - len(inner) > 3:
        return ""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        read = decoder.decode(inner)
    except UnicodeDecodeError:
        return ""
    left = decoder.getstate()[0]
    return (MARK if len(inner) < len(raw) else "") + read + (MARK if left else "")


def _bytes(run: str) -> bytes | None:
    values = [_CP1252.get(c, ord(c)) for c in run]
    return bytes(values) if max(values) < 256 else None


def _is_chinese(read: str, least: int, *, level_one: bool) -> bool:
    """Whether a decoded run reads as Chinese: next to no other letters, no private use, mostly common characters."""
    han = _HAN.findall(read)
    if len(han) < least or re.search("[\ue000-\uf8ff\x80-\x9f\u2500-\u257f]", read):
        return False
    if _strange(read) > len(han) // 4:
        return False
    return sum(is_common(c) for c in han) >= (0.9 if level_one else 0.75) * len(han)


def _as_gbk(run: str) -> str:
    """A run that is really UTF-8 read as GBK; unchanged when it is not."""
    if not _HAN.search(run):
        return run
    try:
        raw = run.replace(MARK, "?").encode("gb18030")
    except UnicodeEncodeError:
        return run
    read = raw.decode("utf-8", "replace")
    lost = read.count(MARK)
    han = _HAN.findall(read)
    if len(han) < LEAST or lost > max(1, LOST * len(han)) or re.search("[\ue000-\uf8ff]", read):
        return run
    if _strange(read) > len(han) // 8 or _uncommon(read) > 0.3 or _uncommon(run) < 0.3:
        return run
    return re.sub(r"\ufffd\??", MARK, read) if lost else read


def _one_byte_on(run: str) -> str:
    """What stands between two lost bytes and was read one byte off; unchanged when it was not."""
    if not _strange(run):
        return run
    try:
        raw = run.encode("gbk")[1:]
    except UnicodeEncodeError:
        return run
    for end in (len(raw), len(raw) - 1):
        try:
            read = raw[:end].decode("gbk")
        except UnicodeDecodeError:
            continue
        han = _HAN.findall(read)
        if len(han) >= LEAST and not _strange(read) and all(is_common(c) for c in han):
            return read
    return run


def _strange(text: str) -> int:
    """How many characters are neither ASCII nor Han nor the punctuation that stands between them."""
    return len(re.sub(r"[\x00-\x7f\u00b7\u2010-\u206f\u3000-\u303f\uff00-\uffef\ufffd]", "", _HAN.sub("", text)))


def _uncommon(text: str) -> float:
    han = _HAN.findall(text)
    return sum(not is_common(c) for c in han) / len(han) if han else 1.0


@lru_cache(maxsize=30_000)
def is_common(char: str) -> bool:
    """Whether a character is in daily use: GB 2312 level one (simplified) or Big5 level one (traditional)."""
    try:
        if 0xB0 <= char.encode("gb2312")[0] <= 0xD7:
            return True
    except UnicodeEncodeError:
        pass
    try:
        return 0xA440 <= int.from_bytes(char.encode("big5"), "big") <= 0xC67E
    except UnicodeEncodeError:
        return False


def _shifted(text: str) -> str:
    """Passages read one byte off, each replaced by a mark."""
    parts: list[str] = []
    at = 0
    for match in _ODD.finditer(text):
        if match.start() < at:
            continue
        if not _broken_around(text, match.start()):
            continue  # a site's own icon between ordinary words
        begin, end = _left(text, match.start(), at), _right(text, match.end())
        parts += [text[at:begin], MARK]
        at = end
    return "".join(parts) + text[at:]


def _broken_around(text: str, index: int) -> bool:
    near = text[max(0, index - 8) : index + 9]
    strange = sum(_is_strange(c) for c in near)
    return strange >= 3 and bool(_HAN.search(near))


def _is_strange(char: str) -> bool:
    return bool(_ODD.match(char)) or (bool(_HAN.match(char)) and not is_common(char))


def _right(text: str, index: int) -> int:
    """Where the passage ends: after the last strange character that follows the one before closely."""
    end, ahead = index, index
    while ahead < len(text) and ahead - end < 5 and text[ahead] not in "\n。，,；;":
        if _is_strange(text[ahead]):
            end = ahead + 1
        ahead += 1
    halved = re.match(r"[\u3400-\u9fff]{1,2}[a-zA-Z](?![a-zA-Z])", text[end:])
    return end + halved.end() if halved else end


def _left(text: str, index: int, least: int) -> int:
    begin, back = index, index - 1
    while back >= least and begin - back < 5 and text[back] not in "\n。，,；;":
        if _is_strange(text[back]):
            begin = back
        back -= 1
    asked = text.rfind("?", max(least, begin - 5), begin)
    return asked if asked >= 0 else begin

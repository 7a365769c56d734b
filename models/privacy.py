"""What keeps people out of the data: keyed pseudonyms for authors, masks for quotes, buckets for followers.

The key is made once per installation and never leaves it: without it nobody can tell whether a known
account wrote a stored post, and two installations cannot join their data.
"""

import contextlib
import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

KEY_BYTES = 32
PSEUDONYM_CHARS = 16
MASK = "＊＊＊"  # always three: the length of what was hidden says nothing

_HALF_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94)}  # ！ to ～, one character for one character
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
_GAP = r"[ \-·.]?"
_HIDDEN = re.compile(
    r"(?P<mail>[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63})+)"
    r"|(?P<at>@(?!用户(?![\w\-·])|\w{0,20}(?:警方|政务|媒体)账号)[\w\-·]{1,30})"
    r"|(?P<id>(?<!\d)[1-9]\d{5}(?:18|19|20)\d{2}[01]\d[0-3]\d{4}[\dXx](?![\dA-Za-z]))"
    r"|(?P<card>(?<!\d)[1-9]\d{3}(?:[ \-]?\d{4}){3}(?:[ \-]?\d{1,3})?(?!\d))"
    rf"|(?P<mobile>(?<!\d)(?:\+?86{_GAP})?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d))"
    rf"|(?P<phone>(?<!\d)(?:\(0\d{{2,3}}\)|0\d{{2,3}}){_GAP}[2-9]\d{{6,7}}(?!\d))"
    rf"|(?P<plate>[{_PROVINCES}][A-HJ-NP-Z][·• .\-]?[A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳领](?![A-Za-z0-9]))"
    r"|(?P<chat>(?:(?i:qq|vx|wx|v信|加v|weixin|wechat)|微信|薇信|威信|扣扣|企鹅)(?:号码?|群号?)?\s{0,2}(?:是|为|[:=#])?\s{0,2}"
    r"(?P<account>[1-9]\d{4,11}(?!\d)|[A-Za-z][A-Za-z0-9_\-]{4,19}))"
    r"|(?P<badge>警号\s{0,2}(?:是|为|:)?\s{0,2}(?P<number>[A-Za-z]?\d{4,8}))"
)


class KeyFileError(Exception):
    """The key file cannot be used; `str()` says why and what to do."""


def load_or_make_key(path: Path) -> bytes:
    """The installation's secret key, made with mode 0600 at the first call.

    Safe when several processes start at once: all get the same key. A key that exists is never replaced.
    Raises KeyFileError when the file is damaged or the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make_key(path)
        key = path.read_bytes()
    except OSError as err:
        raise KeyFileError(f"{path}: {err.strerror or err}; the pseudonym key must be readable and writable") from err
    if len(key) != KEY_BYTES:
        raise KeyFileError(
            f"{path}: {len(key)} bytes instead of {KEY_BYTES}; restore it from the backup "
            "(a new key would give every author a new pseudonym)"
        )
    return key


def _make_key(path: Path) -> None:
    """Write a whole key under another name, then link it into place: no reader ever sees half a key."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first: its key holds
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def pseudonym(key: bytes, platform: str, native_id: str) -> str:
    """16 hex digits that stand for one account on one platform, the same each time; "" for an unknown account.

    HMAC-SHA256 with the installation's key, cut to 64 bits: not reversible by trying all account numbers.
    """
    if not native_id:
        return ""
    message = f"{platform}\x1f{native_id}".encode("utf-8", "surrogatepass")
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:PSEUDONYM_CHARS]


def mask(text: str) -> str:
    """`text` fit to be quoted: what points to one person becomes ＊＊＊.

    Phone, ID, card, badge and plate numbers, mail addresses, @names, QQ and WeChat accounts; full-width digits
    too. What stands for a name already (@用户, @望汐区警方账号) stays, and so do names of people in running text: no
    rule can tell them safely.
    Masking twice changes nothing.
    """
    parts: list[str] = []
    done = 0
    for hit in _HIDDEN.finditer(text.translate(_HALF_WIDTH)):
        start, end = hit.span()
        if hit["at"]:
            start += 1
        elif hit["account"]:
            start = hit.start("account")
        elif hit["number"]:
            start = hit.start("number")
        parts += [text[done:start], MASK]
        done = end
    return "".join(parts) + text[done:]


def follower_bucket(n: int) -> int:
    """The power of ten at or below `n`, from 100 on; 0 below 100 (and for nonsense below 0).

    Exact counts would single an account out; the order of magnitude is all that reach needs.
    """
    return 0 if n < 100 else int(10 ** (len(str(int(n))) - 1))

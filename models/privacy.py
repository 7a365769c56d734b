"""What keeps people out of the data: keyed pseudonyms for authors, masks for quotes, buckets for followers.

The key is made once per installation and never leaves it: without it nobody can tell whether a known
account wrote a stored post, and two installations cannot join their data.
"""

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from models.masks import FOLD, HIDDEN

KEY_BYTES = 32
PSEUDONYM_CHARS = 16
MASK = "＊＊＊"  # always three: the length of what was hidden says nothing


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

    Phone, ID, passport, card, badge and plate numbers, mail addresses, @names, QQ, WeChat and other accounts, in groups
    or full-width digits too (models/masks.py). What stands for a name already (@用户, @望汐区警方账号) stays, and so do
    names of people in running text: no rule can tell them safely.
    Masking twice changes nothing: what only the next one shows is hidden at once.
    """
    while (masked := _masked(text)) != text:
        text = masked
    return text


def _masked(text: str) -> str:
    parts: list[str] = []
    done = 0
    for hit in HIDDEN.finditer(text.translate(FOLD)):
        start, end = hit.span(hit.lastgroup or 0)
        parts += [text[done:start], MASK]
        done = end
    return "".join(parts) + text[done:]


def follower_bucket(n: int) -> int:
    """The power of ten at or below `n`, from 100 on; 0 below 100 (and for nonsense below 0).

    Exact counts would single an account out; the order of magnitude is all that reach needs.
    """
    return 0 if n < 100 else int(10 ** (len(str(int(n))) - 1))

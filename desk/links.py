"""Addresses: which outside links are safe to offer, and how the desk's own are built."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit


def safe_url(url: str) -> str | None:
    """`url` when a browser may follow it: absolute http(s) with a host and no hidden characters; else None."""
    if not url or len(url) > 2000 or any(ord(ch) <= 32 or ord(ch) == 127 or ch == "\\" for ch in url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and host and "@" not in parts.netloc else None


def host_of(url: str) -> str:
    """The host name of a safe link, for people; empty when the link is not safe."""
    safe = safe_url(url)
    return urlsplit(safe).hostname or "" if safe else ""


def local_path(path: str | None) -> str:
    """`path` when it stays on this desk, else the home page: no open redirect after signing in."""
    if not path or not path.startswith("/") or path.startswith("//") or any(ord(c) <= 32 or c == "\\" for c in path):
        return "/"
    return path


def query(path: str, values: Mapping[str, object]) -> str:
    """`path?…` with the values that are set: None, empty text are left out; booleans become 1 and 0."""
    kept: dict[str, str] = {}
    for name, value in values.items():
        if value is None or value == "":
            continue
        kept[name] = str(int(value)) if isinstance(value, bool) else str(value)
    return f"{path}?{urlencode(kept)}" if kept else path

"""Templates: one Jinja environment with the desk's words, times and links; everything is escaped by default."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape

from desk import links, times, words
from desk.gauges import gauge
from desk.post_query import counted, is_rise
from models.kinds import spread_words
from models.privacy import mask

HERE = Path(__file__).resolve().parent
STATIC_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
QUOTE_CHARS = 90


def read_static() -> dict[str, bytes]:
    """The desk's own style, scripts and icon, by file name."""
    return {path.name: path.read_bytes() for path in (HERE / "static").iterdir() if path.suffix in STATIC_TYPES}


def asset(name: str, content: bytes) -> str:
    """The address of a static file; it changes with the content, so browsers may keep it for good."""
    return f"/static/{name}?v={hashlib.blake2b(content, digest_size=6).hexdigest()}"


def quote(text: str, chars: int = QUOTE_CHARS) -> str:
    """`text` as one masked line of at most `chars` characters."""
    line = mask(" ".join(text.split()))
    return line if len(line) <= chars else line[: chars - 1].rstrip() + "…"


def number(value: float) -> str:
    """A measured value without noise: `12`, `3.4`, `0.07`, `12,345`."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:.2f}" if abs(value) < 1 else f"{value:.1f}"


def measure(value: float, unit: str) -> str:
    """A value of a reason: a relevance or a share always with two decimals, as its words have it."""
    return f"{value:.2f}" if unit in ("relevance", "share") else number(value)


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970, as scripts count time."""
    return int(at.timestamp() * 1000)


def environment(static: Mapping[str, bytes]) -> Environment:
    """The templates of desk/templates. A name a template misspells is an error, not an empty place.

    All are read now, as `static` was: of a program that is updated under a running desk, new pages would ask the old
    code for what it does not know.
    """
    files = (HERE / "templates").glob("*.html")
    sources = {path.name: (path.read_text(encoding="utf-8"), str(path), lambda: True) for path in files}
    env = Environment(
        loader=FunctionLoader(sources.get),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(
        {
            "asset": {name: asset(name, content) for name, content in static.items()}.__getitem__,
            "w": words,
            "word": words.word,
            "link": links.query,
            "gauge": gauge,
            "counted": counted,
            "is_rise": is_rise,
            "spread": spread_words,
        }
    )
    filters: dict[str, Any] = {
        "short": times.short,
        "full": times.full,
        "ago": times.ago,
        "span": times.span,
        "field": times.field,
        "field_minute": times.field_minute,
        "ms": to_ms,
        "quote": quote,
        "mask": mask,
        "number": number,
        "measure": measure,
        "safe_url": links.safe_url,
        "host": links.host_of,
    }
    env.filters.update(filters)
    return env

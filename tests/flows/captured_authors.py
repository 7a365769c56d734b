"""Raw author names and account numbers of the captured sites, and what people say there as ordinary words."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.settings import PROJECT
from flows.charsets import decode

WEB = Path(os.environ.get("MINYI_DATA") or PROJECT.parent / "shared" / "data") / "web"
SITES = ("forum_discuz", "forum_mybb", "weibo", "news_wordpress", "fetched_feeds", "fetched_articles")
WHO = ("author", "user", "last_poster", "author_uid", "user_id", "uid")
SAID = ("title", "body", "text", "text_in_list", "location")
LEAST_CHARS, LEAST_DIGITS = 2, 5
"""A name of one character and a number of four digits stand in any file."""
EPOCH = 1_795_262_400
META = re.compile(
    r"<meta[^>]*(?:name|property)=[\"'](?:article:)?author[\"'][^>]*content=[\"']([^\"'<>]{2,20})[\"']", re.I
)
SIGNED = re.compile(r"(?:责任编辑|责编)\s?[:：]\s?([\u4e00-\u9fff]{2,3})(?![\u4e00-\u9fff])")
MARK = r"(?:(?:责任编辑|记者|通讯员|作者|编辑)\s?[:：]?\s?)"


@contextmanager
def served(folder: str, *options: str) -> Iterator[tuple[str, datetime]]:
    """The site on loopback: its address and the moment of its capture."""
    command = [sys.executable, str(WEB / "serve.py"), str(WEB / folder), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout is not None
        try:
            said = json.loads(child.stdout.readline())
            yield said["url"], datetime.fromtimestamp(said["captured_at"] or EPOCH, UTC)
        finally:
            child.terminate()


def rows(folder: str) -> list[dict[str, Any]]:
    """The truth of a site, of its later state too."""
    files = sorted((WEB / folder).glob("expected*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def people(folder: str) -> tuple[set[str], set[str]]:
    """(names, account numbers): of the truth, and of feeds and pages as they state their authors themselves."""
    stated = {str(row.get(key) or "").strip() for row in rows(folder) for key in WHO}
    stated |= {c["author"] for row in rows(folder) if isinstance(row.get("comments"), list) for c in row["comments"]}
    stated |= {name for row in rows(folder) for name in row.get("mentions") or []}
    stated = {re.sub(rf"^(?:本报)?{MARK}", "", name) for name in stated}
    if folder == "fetched_feeds":
        stated |= _of_feeds(folder)
    if folder == "fetched_articles":
        stated |= _of_pages(folder)
    numbers = {s for s in stated if s.isdigit() and len(s) >= LEAST_DIGITS}
    return {s for s in stated if len(s) >= LEAST_CHARS and not s.isdigit()}, numbers


def ordinary(folder: str, name: str) -> int:
    """How often the site's own texts say this name as a word: not called with @, no byline, no link to a video."""
    said = "\n".join(str(row.get(key) or "") for row in rows(folder) for key in SAID)
    marked = re.compile(rf"@{re.escape(name)}(?![\w\-])|{MARK}{re.escape(name)}|{re.escape(name)}(?=的微博视频)")
    plain = re.sub(r"@[\w\-·]+", "@", marked.sub("", said))
    return plain.count(name)


def keywords() -> list[str]:
    """What the captured Weibo search was asked for."""
    return sorted({k for row in rows("weibo") for f in row.get("found") or [] if (k := f.get("kw"))})


def _of_feeds(folder: str) -> set[str]:
    import feedparser

    names: set[str] = set()
    for page in (WEB / folder / "pages").iterdir():
        parsed = feedparser.parse(io.BytesIO(page.read_bytes()))
        names |= {str(e.get("author") or "").strip() for e in [*parsed.entries, parsed.feed]}
    return names


def _of_pages(folder: str) -> set[str]:
    names: set[str] = set()
    for page in (WEB / folder / "pages").iterdir():
        text, _ = decode(page.read_bytes(), "")
        bare = re.sub(r"<[^>]+>", " ", text)
        names |= {n.strip() for n in META.findall(text)} | set(SIGNED.findall(bare))
    return names

"""What in sources.yaml is valid and still does not do what it seems to say: named before anybody waits for it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from config.loader import line_of, read
from config.sources import Manners, SourceEntry, Sources, duration

SHORTEST = duration("30s")  # the schedule looks no more often
FOR_FORUMS, FOR_WEIBO = ("engine",), ("keywords", "search_from", "api", "users")
PLAIN = SourceEntry(name="-", kind="feed", url="http://localhost/")  # for its defaults


@dataclass(frozen=True)
class Hint:
    """Something without effect. `str()` is `FILE:LINE: KEY: what is so`, for a person."""

    path: Path
    line: int
    key: str
    words: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.key}: {self.words}"


def hints(path: Path, loaded: Sources) -> list[Hint]:
    """What is without effect in the file `loaded` comes from, in file order; switched-off entries are looked at too."""
    node, _ = read(path)
    found: list[tuple[list[str | int], str]] = [
        (["sources", index, name], f"{entry.name}: {words}")
        for index, entry in enumerate(loaded.sources)
        for name, words in without_effect(entry)
    ]
    found += [(["manners", name], words) for name, words in idle_manners(loaded.manners)]
    return [Hint(path, line_of(node, keys), ".".join(map(str, keys)), words) for keys, words in found]


def without_effect(entry: SourceEntry) -> Iterator[tuple[str, str]]:
    """(field, why it does nothing) of one entry."""
    for names, kind in ((FOR_FORUMS, "forum"), (FOR_WEIBO, "weibo")):
        for name in names:
            if entry.kind != kind and getattr(entry, name) != getattr(PLAIN, name):
                yield name, f"no effect: only sources of kind {kind} use it, this one is a {entry.kind}"
    if entry.full_text != "auto" and entry.kind in ("forum", "weibo"):
        yield "full_text", f"no effect: only feeds and pages use it, this one is of kind {entry.kind}"
    if entry.interval < SHORTEST:
        yield "every", "the schedule looks every 30 seconds at most"
    if entry.kind == "weibo":
        yield from _of_weibo(entry)


def idle_manners(manners: Manners) -> Iterator[tuple[str, str]]:
    """(field, why it does nothing) of the manners."""
    for name in ("connect_seconds", "read_seconds"):
        if getattr(manners, name) > manners.total_seconds:
            yield name, f"no effect: longer than total_seconds ({manners.total_seconds:g})"
    if manners.total_seconds > manners.visit_seconds:
        yield "total_seconds", f"no effect: longer than visit_seconds ({manners.visit_seconds:g})"
    if manners.patience_seconds > manners.visit_seconds:
        yield "patience_seconds", f"no effect: longer than visit_seconds ({manners.visit_seconds:g})"
    if manners.host_connections > manners.connections:
        yield "host_connections", f"no effect above connections ({manners.connections})"


def _of_weibo(entry: SourceEntry) -> Iterator[tuple[str, str]]:
    path = urlsplit(entry.url).path
    for name in ("keywords", "users"):
        if any(not word.strip() for word in getattr(entry, name)):
            yield name, "an empty one is left out"
    match entry.api:
        case "open":
            yield from _of_the_open_api(entry, path)
        case "rsshub" if "/weibo/" in path:
            for name in ("keywords", "users", "search_from"):
                if getattr(entry, name):
                    yield (
                        name,
                        "no effect: `url` is a feed of its own; give the RSSHub's address alone to search with it",
                    )
        case "mobile":
            if not (any(map(str.strip, entry.keywords)) or any(map(str.strip, entry.users)) or entry.search_from):
                yield "keywords", "nothing to search for: give keywords, users or search_from: lexicon"
            if named := [n for n, user in enumerate(entry.users) if user.strip() and not re.search(r"\d{5,}", user)]:
                places = ", ".join(f"users[{n}]" for n in named)
                yield "users", f"{places}: m.weibo.cn knows accounts by their number only, not by name"


def _of_the_open_api(entry: SourceEntry, path: str) -> Iterator[tuple[str, str]]:
    for name in ("keywords", "search_from"):
        if getattr(entry, name):
            yield name, "no effect: the Open API has no public search; use api: mobile or rsshub, or users"
    if any(map(str.strip, entry.users)) and path.endswith(".json"):
        yield "url", "only its part before /2/ is used: the timelines of `users` are read, not this address"
    if not entry.auth and urlsplit(entry.url).hostname == "api.weibo.com":
        yield "auth", "missing: the Open API answers nobody without a token (env:NAME or file:PATH)"

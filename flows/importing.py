"""Rows of a file -> posts on the bus. Every row ends as imported, changed, duplicate or rejected."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec

from bus.api import Bus
from bus.messages import PostCollected
from flows import ids, settling, times
from flows.found import author_kind, nameless
from flows.names import PLAIN as WITHOUT_PLACES
from flows.names import Naming, address
from flows.rows import RowFile, RowProblem
from flows.text import clean, one_line
from models.privacy import follower_bucket, pseudonym
from store import seen
from store.engine import Store

BATCH = 500
ZONE = "Asia/Shanghai"  # of times that state none
TIME_NAMES = ("published_at", "t", "time")
COUNTS = ("followers", "reposts", "comments", "likes", "floor")
PLAIN = (
    "platform",
    "source",
    "jurisdiction",
    "author_kind",
    "kind",
    "parent",
    "region",
    "revision",
    "published_inferred",
)
NAME_CHARS, URL_CHARS = 200, 2000
NAMES = ("id", "author", "parent", "repost_of", "reposts_of", "source", "jurisdiction", "region", "platform", "kind")
LONGEST = {**dict.fromkeys((*NAMES, "author_kind", *TIME_NAMES, *COUNTS), NAME_CHARS), "url": URL_CHARS}
"""Field -> most characters. A longer one is refused, not cut: a cut id or name is that of something else."""
UNITS = {"": 1, "k": 1_000, "千": 1_000, "w": 10_000, "万": 10_000, "亿": 100_000_000}


@dataclass(frozen=True)
class Defaults:
    """What rows get that do not say it themselves."""

    source: str = "import"
    jurisdiction: str = ""
    platform: str = "other"


@dataclass
class Imported:
    """The account of one or more files: the first four add up to the rows."""

    new: int = 0
    changed: int = 0
    duplicates: int = 0
    rejected: int = 0
    without_time: int = 0
    """Of the imported: published_at was missing, now stands in and is marked as inferred."""
    without_zone: int = 0
    """Of the imported: the time named no zone and was read as Beijing time."""

    @property
    def rows(self) -> int:
        """All rows met."""
        return self.new + self.changed + self.duplicates + self.rejected


@dataclass(frozen=True)
class Row:
    """A row that can be published."""

    post: PostCollected
    without_time: bool
    without_zone: bool


def import_file(
    file: RowFile,
    *,
    store: Store,
    bus: Bus,
    key: bytes,
    defaults: Defaults,
    now: datetime,
    rejected: Callable[[int, str], None],
    progress: Callable[[int], None] | None = None,
    naming: Naming = WITHOUT_PLACES,
) -> Imported:
    """Publish the rows of one file; batch by batch, so that it can be stopped and started again at any moment.

    rejected: called with line and reason. progress: with the position in the file. Raises BusError,
    StoreUnavailable, and RowProblem for a file without a usable header.
    """
    account = Imported()

    def usable(rows: Iterable[tuple[int, dict[str, Any] | RowProblem]]) -> Iterator[Row]:
        for line, row in rows:
            try:
                if isinstance(row, RowProblem):
                    raise row
                yield to_row(row, key=key, defaults=defaults, now=now, naming=naming)
            except RowProblem as problem:
                account.rejected += 1
                rejected(line, str(problem))

    rows = usable(file.rows())
    while batch := list(islice(rows, BATCH)):
        _publish(batch, account, store=store, bus=bus, source=defaults.source, now=now)
        if progress is not None:
            progress(file.position)
    return account


def _publish(batch: list[Row], account: Imported, *, store: Store, bus: Bus, source: str, now: datetime) -> None:
    sorting = settling.Sorting(settling.recall(store, (r.post.id for r in batch)))
    fresh: list[tuple[Row, settling.Mark]] = []
    for row in batch:
        digest = ids.digest(row.post.title, row.post.text)
        mark = sorting.place(row.post.id, digest, revision=row.post.revision)
        if mark is not None:
            fresh.append((row, mark))
    posts = [msgspec.structs.replace(row.post, revision=mark.revision) for row, mark in fresh]
    settling.publish(bus, posts, [], now)
    with store.write() as conn:
        seen.remember(conn, settling.rows([mark for _, mark in fresh], source, now))
    account.new += sorting.new
    account.changed += sorting.changed
    account.duplicates += sorting.duplicates
    account.without_time += sum(row.without_time for row, _ in fresh)
    account.without_zone += sum(row.without_zone for row, _ in fresh)


def to_row(
    row: dict[str, Any], *, key: bytes, defaults: Defaults, now: datetime, naming: Naming = WITHOUT_PLACES
) -> Row:
    """The post of a row: fields of PostCollected, only `text` required, unknown fields ignored.

    `author` always becomes a keyed pseudonym, whatever stands there, and leaves title, text and address too.
    Raises RowProblem("field: what is wrong").
    """
    for name, most in LONGEST.items():
        if isinstance(value := row.get(name), str) and len(value) > most:
            raise RowProblem(f"{name}: {len(value)} characters, at most {most}")
    text = clean(_string(row, "text"))
    if not text:
        raise RowProblem("text: missing or empty")
    values: dict[str, Any] = {
        "platform": defaults.platform,
        "source": defaults.source,
        "jurisdiction": defaults.jurisdiction,
    }
    values |= {name: row[name] for name in PLAIN if row.get(name) not in (None, "")}
    platform, author = str(values["platform"]), _string(row, "author").strip()
    published, inferred, without_zone = _published(row, now)
    title, url, stated = one_line(_string(row, "title")), _url(row), _string(row, "id").strip()
    values |= {name: _count(name, row[name]) for name in COUNTS if row.get(name) not in (None, "")}
    kind = values.get("author_kind") or author_kind(author, platform)  # type: ignore[arg-type]
    made = _made_id(platform, url, author, title, text, "" if inferred else published.isoformat())
    title, text = nameless(title, text, author=author, kind=kind, platform=platform, naming=naming)  # type: ignore[arg-type]
    values |= {
        "id": _without(author, stated) or made,
        "text": text or title,
        "title": title,
        "url": address(url, author) if url else "",
        "author": pseudonym(key, platform, author),
        "author_kind": kind,
        "followers": follower_bucket(values.get("followers", 0)),
        "published_at": published,
        "published_inferred": inferred or values.get("published_inferred", False),
        "collected_at": now,
        "repost_of": _without(author, row.get("repost_of") or row.get("reposts_of") or None),
    }
    values |= {"parent": _without(author, values["parent"])} if "parent" in values else {}
    for name in ("source", "jurisdiction", "region", "parent"):
        if isinstance(values.get(name), str):
            values[name] = clean(values[name], NAME_CHARS)
    try:
        return Row(msgspec.convert(values, PostCollected, strict=False), inferred, without_zone)
    except msgspec.ValidationError as err:
        problem, _, at = str(err).partition(" - at `$.")
        raise RowProblem(f"{at.rstrip('`') or 'row'}: {problem}") from None


def _string(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if name in ("id", "author") and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise RowProblem(f"{name}: expected text, not {type(value).__name__}")


def _without(author: str, stated: Any) -> Any:
    """An id as it is given; hashed where it holds the author's name or number (`weibo.com/NUMBER/...`)."""
    told = isinstance(stated, str) and len(author) >= (4 if author.isdigit() else 2) and author in stated
    return ids.hashed("row", stated) if told else stated


def _url(row: dict[str, Any]) -> str:
    url = _string(row, "url").strip()
    if url and not url.startswith(("http://", "https://")):
        raise RowProblem("url: expected http://... or https://...")
    return ids.with_fragment(clean(url, URL_CHARS)) if url else ""


def _made_id(platform: str, url: str, author: str, title: str, text: str, stated: str) -> str:
    """Id of a row that has none: from its address, else from everything that is said, by whom and when."""
    return ids.post_id(platform, "", url) if url else ids.hashed("row", platform, author, title, text, stated)


def _published(row: dict[str, Any], now: datetime) -> tuple[datetime, bool, bool]:
    """(time, whether it had to be inferred, whether it named no zone). Raises RowProblem for a time that is none."""
    name = next((n for n in TIME_NAMES if row.get(n) not in (None, "")), "")
    if not name:
        return now, True, False
    value = row[name]
    if isinstance(value, str) and re.fullmatch(r"\d{9,13}(\.\d+)?", value.strip()):
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        when = times.epoch(value, now)
        without_zone = False
    elif isinstance(value, str):
        known = times.parse(value, ZONE, now)
        when = known[0] if known else None
        without_zone = not times.states_zone(value)
    else:
        when, without_zone = None, False
    if when is None:
        raise RowProblem(f"{name}: not a time from 1995 to now (ISO 8601, 2026-11-21 18:00 or epoch seconds)")
    return when, False, without_zone


def _count(name: str, value: Any) -> int:
    """`7`, `"7"`, `"1.2万"`, `"100万+"` as a number. Raises RowProblem."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e15:
        return int(value)
    match = re.fullmatch(r"([\d,]*\.?\d+)\s*([kKwW千万亿]?)\+?", value.strip()) if isinstance(value, str) else None
    if match is None or len(match[1]) > 15:
        raise RowProblem(f"{name}: expected a count of 0 or more")
    return round(float(match[1].replace(",", "")) * UNITS[match[2].lower()])

"""`minyi alerts`, `minyi posts`, `minyi events`: list or export what the store holds, newest first."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer

from commands import common

if TYPE_CHECKING:
    from store.engine import Connection
    from store.paging import Page

T = TypeVar("T")

Since = Annotated[
    str | None, typer.Option(help="From this time on: 2026-11-16 or 2026-11-16T08:00 (Asia/Shanghai unless it says).")
]
Until = Annotated[str | None, typer.Option(help="Before this time.")]
Jurisdiction = Annotated[str | None, typer.Option(help="E.g. 澜汀市.")]
Category = Annotated[
    Literal["conduct", "service", "crime", "traffic", "rumour", "praise", "misconduct", "other"] | None,
    typer.Option(help="Police category."),
]
Level = Literal["blue", "yellow", "orange", "red"]
Limit = Annotated[int, typer.Option(min=0, max=10**9, help="At most so many; 0 = all.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line, with all fields.")]
Home = Annotated[Path | None, typer.Option(help="Data folder instead of MINYI_HOME.")]

PAGE = 500
TEXT_CHARS = 60


def alerts(
    since: Since = None,
    until: Until = None,
    jurisdiction: Jurisdiction = None,
    level: Annotated[Level | None, typer.Option(help="Only this level.")] = None,
    min_level: Annotated[Level | None, typer.Option(help="This level and above.")] = None,
    category: Category = None,
    event: Annotated[str | None, typer.Option(help="Alerts of this event.")] = None,
    open: Annotated[bool | None, typer.Option("--open/--cleared", help="Not over yet, or over.")] = None,
    limit: Limit = 50,
    json: Json = False,
    home: Home = None,
) -> None:
    """List alerts by the time of the post that fired them; --json: AlertRaised, level_now, held_until.

    now: the event has stepped down since; its alert stays what it was.

    held: below red in quiet hours, silenced, or waiting to be told with others.
    """
    import msgspec

    from store.alerts import AlertFilter, AlertRow, find_alerts

    first, last = _between((since, "--since"), (until, "--until"))
    where = AlertFilter(
        since=first, until=last, jurisdiction=jurisdiction, level=level,
        min_level=min_level, category=category, event=event, open=open,
    )  # fmt: skip

    def row(found: AlertRow) -> list[str]:
        a = found.alert
        state = "open" if found.cleared_at is None else "cleared"
        if found.cleared_at is None and found.level_now not in (None, a.level):
            state += f", now {found.level_now}"
        if found.held_until is not None:
            state += f", held until {_clock(found.held_until)} ({found.held_why})"
        return [_clock(a.raised_at), a.level, state, str(a.counts.posts), a.place or a.jurisdiction, a.headline, a.id]

    _run(
        home, limit, json, lambda conn, size, after: find_alerts(conn, where, limit=size, after=after),
        lambda conn, found: {
            **msgspec.to_builtins(found.alert), "level_now": found.level_now, "held_until": found.held_until,
        },
        ("", "", "", "posts", ""), row,
    )  # fmt: skip


def posts(
    since: Since = None,
    until: Until = None,
    jurisdiction: Jurisdiction = None,
    platform: Annotated[Literal["news", "weibo", "forum", "other"] | None, typer.Option(help="Platform.")] = None,
    source: Annotated[str | None, typer.Option(help="Name of the source.")] = None,
    relevant: Annotated[
        bool | None, typer.Option("--relevant/--not-relevant", help="About the police, or not.")
    ] = None,
    sentiment: Annotated[int | None, typer.Option(min=-1, max=1, help="-1, 0 or 1.")] = None,
    attitude: Annotated[int | None, typer.Option(min=-1, max=1, help="Towards the police: -1, 0 or 1.")] = None,
    category: Category = None,
    intent: Annotated[
        Literal["question", "criticism", "inquiry", "complaint", "report", "praise", "statement"] | None,
        typer.Option(help="What the writer wants."),
    ] = None,
    place: Annotated[str | None, typer.Option(help="A place the post names.")] = None,
    event: Annotated[str | None, typer.Option(help="Posts of this event.")] = None,
    text: Annotated[str | None, typer.Option(help="Part of title or text.")] = None,
    same: Annotated[str | None, typer.Option(help="This post and all with exactly the same text.")] = None,
    copies: Annotated[
        Literal["show", "hide", "only"] | None,
        typer.Option(help="The same text at other addresses; unless given, --json shows and the list hides them."),
    ] = None,
    limit: Limit = 50,
    json: Json = False,
    home: Home = None,
) -> None:
    """List posts by time of publication, each text once.

    --json has the fields of PostScored, and copy_of: the post with exactly the same text that stands for this one.
    """
    import msgspec

    from store.posts import PostFilter, PostRow, find_posts

    shown = copies or ("show" if json or same else "hide")

    first, last = _between((since, "--since"), (until, "--until"))
    where = PostFilter(
        since=first, until=last, jurisdiction=jurisdiction, platform=platform,
        source=source, relevant=relevant, sentiment=sentiment, attitude=attitude, category=category, intent=intent,
        place=place, event=event, text=text, same=same,
        copies={"show": None, "hide": False, "only": True}[shown],
    )  # fmt: skip

    def row(found: PostRow) -> list[str]:
        p = found.post
        scores = (f"relevance {p.relevance:.2f}", f"sentiment {p.sentiment:+d}", p.category or "", p.intent or "")
        copy = f"copy of {found.copy_of}" if found.copy_of else ""
        return [_clock(p.published_at), p.source or p.platform, *scores, copy, p.title or p.text, p.id]

    _run(
        home, limit, json, lambda conn, size, after: find_posts(conn, where, limit=size, after=after),
        lambda conn, found: {**msgspec.to_builtins(found.post), "copy_of": found.copy_of},
        ("",) * 7, row, place,
    )  # fmt: skip


def events(
    since: Since = None,
    until: Until = None,
    jurisdiction: Jurisdiction = None,
    category: Category = None,
    phase: Annotated[
        Literal["emerging", "rising", "peak", "fading", "over", "reignited"] | None, typer.Option(help="Phase.")
    ] = None,
    place: Annotated[str | None, typer.Option(help="Place of the event.")] = None,
    text: Annotated[str | None, typer.Option(help="Part of the headline.")] = None,
    min_posts: Annotated[int | None, typer.Option(min=1, max=10**9, help="At least so many posts.")] = None,
    limit: Limit = 50,
    json: Json = False,
    home: Home = None,
) -> None:
    """List events by their newest post; --json has the fields of EventChanged, `added` holding all its posts.

    `minyi events merge A B`, `minyi events split EVENT POST...` and `minyi events undo EVENT` correct what was found;
    `minyi events similar EVENT` lists what may be merged with it.
    """
    import msgspec

    from store.events import EventFilter, EventRow
    from store.phases import events_now

    now = datetime.now(UTC)
    first, last = _between((since, "--since"), (until, "--until"))
    where = EventFilter(
        since=first, until=last, jurisdiction=jurisdiction, category=category,
        phase=phase, place=place, text=text, min_posts=min_posts,
    )  # fmt: skip

    def row(found: EventRow) -> list[str]:
        e = found.event
        counts = (str(n) for n in (e.counts.posts, e.counts.negative))
        return [_clock(e.last_at), e.phase, *counts, e.place or e.jurisdiction, e.headline, e.id]

    _run(
        home, limit, json, lambda conn, size, after: events_now(conn, where, now=now, limit=size, after=after),
        lambda conn, found: msgspec.structs.replace(found.event, added=_members(conn, found.event.id)),
        ("", "", "posts", "negative", ""), row, place,
    )  # fmt: skip


def _members(conn: "Connection", event: str) -> list[str]:
    """Ids of the event's archived posts, oldest first."""
    from store.posts import PostFilter, find_posts

    where = PostFilter(event=event)
    found = _pages(lambda size, after: find_posts(conn, where, limit=size, after=after))
    return [row.post.id for row in found][::-1]


def _run(
    home: Path | None,
    limit: int,
    as_json: bool,
    find: "Callable[[Connection, int, str | None], Page[T]]",
    message: "Callable[[Connection, T], Any]",
    units: tuple[str, ...],
    row: Callable[[T], list[str]],
    place: str | None = None,
) -> None:
    """Read page by page in one view of the store; JSON is written as it is read. place: what was asked for."""
    from store.errors import StoreUnavailable

    where = common.settings(home, there=True)
    try:
        store = common.open_store(where)
        try:
            with store.read() as conn:
                found = islice(_pages(lambda size, after: find(conn, size, after)), limit or None)
                if as_json:
                    _export(message(conn, item) for item in found)
                elif not _show(units, (row(item) for item in found), limit):
                    common.doubt(place or "", home, "nothing is filed under it")
        finally:
            store.close()
    except StoreUnavailable as err:
        common.fail(f"the store cannot be read: {err}")


def _pages(find: "Callable[[int, str | None], Page[T]]") -> Iterator[T]:
    after: str | None = None
    while True:
        page = find(PAGE, after)
        yield from page.items
        if page.next is None:
            return
        after = page.next


def _export(messages: Iterable[Any]) -> None:
    """The wire form, a line each; a reader that closes early (`| head`) is no error."""
    from bus.messages import encode

    out = sys.stdout.buffer
    try:
        for message in messages:
            out.write(encode(message) + b"\n")
        out.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _show(units: tuple[str, ...], rows: Iterable[list[str]], limit: int) -> int:
    """Two lines an entry: the facts with their units and the id, then the words. How many entries there are."""
    from rich.text import Text

    count = 0
    for *cells, words, ident in rows:
        line = Text("  ".join(f"{cell} {name}".strip() for name, cell in zip(units, cells, strict=True) if cell))
        common.out.print(line.append(f"  {ident}", style="dim").append(f"\n    {_words(words)}"), soft_wrap=True)
        count += 1
    if not count:
        common.out.print("nothing found")
    if limit and count == limit:
        common.err.print(f"the newest {limit}; --limit 0 shows all, --json exports", style="dim")
    return count


def _time(text: str | None, option: str) -> datetime | None:
    """Beijing time unless the text names a zone. Ends with code 2 for anything that is no time."""
    from reports.period import BEIJING

    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text.strip())
        return (at if at.tzinfo else at.replace(tzinfo=BEIJING)).astimezone(UTC)
    except (ValueError, OverflowError):
        common.fail(f"{option}: not a time: {text!r}; write it like 2026-11-16 or 2026-11-16T08:00", 2)


def _between(first: tuple[str | None, str], last: tuple[str | None, str]) -> tuple[datetime | None, datetime | None]:
    """Two times of the command line, each with its option. Ends with code 2 unless the first is before the last."""
    since, until = _time(*first), _time(*last)
    if since and until and since >= until:
        common.fail(f"{first[1]} must be before {last[1]}", 2)
    return since, until


def _clock(at: datetime) -> str:
    from reports.period import BEIJING

    return f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M}"


def _words(text: str) -> str:
    """One masked line: terminals are photographed and logged."""
    from models.privacy import mask
    from reports.words import cut

    return cut(mask(text[:400]), TEXT_CHARS)

"""`minyi events`: the list (commands/lists.py), likely twins, and what people change: merge, split, undo."""

import getpass
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from commands import common, lists

if TYPE_CHECKING:
    from models.edits import Edit
    from store.engine import Connection
    from store.twins import Candidate

ACTS = ("similar", "merge", "split", "undo")

WHY_NOT = {
    "same-event": "an event cannot be merged into itself",
    "merged": "it is part of another event already: {other}",
    "other-jurisdiction": "events of different jurisdictions cannot be merged",
    "no-posts": "no posts to split out",
    "not-inside": "this post is not in the event: {other}",
    "all-posts": "at least one post must stay in the event",
    "too-many": "too many posts at once",
    "nothing-to-undo": "nobody has changed this event, or everything is undone",
    "undo-first": "a later change builds on it; undo that of event {other} first",
}

Reason = Annotated[str, typer.Option(help="Why; kept in the log.")]
By = Annotated[str, typer.Option(help="Who; the system user unless given.")]
Home = Annotated[Path | None, typer.Option(help="Data folder instead of MINYI_HOME.")]
Json = Annotated[bool, typer.Option("--json", help="The decision as one JSON object.")]


class ListUnlessAct(TyperGroup):
    """`minyi events` lists, whatever options follow, unless the first word is one of ACTS."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `list` in front of what names no act."""
        return list(super().parse_args(ctx, args if args[:1] and args[0] in ("list", *ACTS) else ["list", *args]))


app = typer.Typer(cls=ListUnlessAct, add_completion=False, rich_markup_mode=None)
app.command("list", context_settings={"help_option_names": ["-h", "--help"]})(lists.events)


@app.command("similar")
def similar(
    event: Annotated[str, typer.Argument(help="The event that others are compared with.")],
    find: Annotated[str, typer.Option(help="Part of a headline or place: list these events instead.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=50, help="At most so many.")] = 5,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    home: Home = None,
) -> None:
    """List events that may be the same happening as EVENT, most alike first: candidates for `minyi events merge`."""
    from store.errors import StoreUnavailable
    from store.twins import likely_twins, search_events

    store = common.open_store(common.settings(home, there=True))
    try:
        with store.read() as conn:
            if find.strip():
                found = search_events(conn, event, find.strip(), limit=limit)
            else:
                found = likely_twins(conn, event, limit=limit)
    except LookupError as err:
        common.fail(str(err))
    except StoreUnavailable as err:
        common.fail(f"the store cannot be read: {err}")
    finally:
        store.close()
    for candidate in found:
        told = _candidate(candidate)
        if json:
            common.print_json(told)
        else:
            facts = (f"{told['score']:.2f}", told["level"] or "no alert", f"{told['posts']} posts", told["place"])
            common.out.print(f"{'  '.join(facts)}  {told['id']}\n    {told['headline']}", soft_wrap=True, markup=False)
    if not found and not json:
        common.out.print("nothing found")


def _candidate(found: "Candidate") -> dict[str, Any]:
    event, twin = found.row.event, found.twin
    return {
        "id": event.id,
        "headline": event.headline,
        "place": event.place,
        "first_at": event.first_at,
        "last_at": event.last_at,
        "posts": found.row.archived,
        "level": found.level,
        "score": round(twin.score, 3),
        "shared_places": twin.places,
        "gap_seconds": round(twin.gap_s),
    }


@app.command("merge")
def merge(
    event: Annotated[str, typer.Argument(help="The event that goes into the other.")],
    target: Annotated[str, typer.Argument(help="The event that stays.")],
    reason: Reason = "",
    by: By = "",
    json: Json = False,
    home: Home = None,
) -> None:
    """Count all posts of EVENT, those to come too, in TARGET; the id of EVENT leads there."""
    from store import edits

    now = datetime.now(UTC)
    _act(lambda conn, who: edits.merge(conn, event, target, by=who, reason=reason, now=now), by, json, home)


@app.command("split")
def split(
    event: Annotated[str, typer.Argument(help="The event the posts leave.")],
    posts: Annotated[list[str], typer.Argument(help="Ids of the posts.")],
    reason: Reason = "",
    by: By = "",
    json: Json = False,
    home: Home = None,
) -> None:
    """Make the POSTS an event of their own; prints its id."""
    from store import edits

    now = datetime.now(UTC)
    _act(lambda conn, who: edits.split(conn, event, posts, by=who, reason=reason, now=now), by, json, home)


@app.command("undo")
def undo(
    event: Annotated[str, typer.Argument(help="An event that was merged or split.")],
    reason: Reason = "",
    by: By = "",
    json: Json = False,
    home: Home = None,
) -> None:
    """Take back the last merge or split of EVENT; once more takes back the one before."""
    from store import edits

    now = datetime.now(UTC)
    _act(lambda conn, who: edits.undo(conn, event, by=who, reason=reason, now=now), by, json, home)


def _act(act: "Callable[[Connection, str], Edit]", by: str, as_json: bool, home: Path | None) -> None:
    from models.edits import NotPossible
    from store.errors import StoreUnavailable

    store = common.open_store(common.settings(home))
    try:
        with store.write() as conn:
            edit = act(conn, by.strip() or getpass.getuser())
    except (LookupError, NotPossible) as err:
        common.fail(WHY_NOT[err.reason].format(other=err.other) if isinstance(err, NotPossible) else str(err))
    except StoreUnavailable as err:
        common.fail(f"the store cannot be written: {err}")
    finally:
        store.close()
    if as_json:
        common.print_json(edit)
        return
    words = {
        "merge": f"{edit.event} is part of {edit.target} now",
        "split": f"{len(edit.posts)} posts are event {edit.target} now",
        "undo": f"undone: {edit.event} and {edit.target} are as they were before",
    }
    common.out.print(words[edit.kind], soft_wrap=True)

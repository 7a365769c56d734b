"""`minyi dead-letters list|replay|drop`: care for the messages that could not be handled."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands import common

if TYPE_CHECKING:
    from bus.api import Bus
    from bus.dead_letters import Letter

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="List, replay or drop messages that could not be handled."
)

Reason = Annotated[str, typer.Option(help="Only letters with this reason, e.g. undecodable or bug.")]
Consumer = Annotated[str, typer.Option(help="Only letters of this consumer, e.g. score.")]
Ids = Annotated[list[str] | None, typer.Option("--id", help="This letter (as list shows it); may be repeated.")]
Everything = Annotated[bool, typer.Option("--all", help="All letters.")]
Home = Annotated[Path | None, typer.Option(help="Data folder; MINYI_HOME unless given.")]


@app.command("list")
def list_(
    reason: Reason = "",
    consumer: Consumer = "",
    limit: Annotated[int, typer.Option(min=1, help="Newest so many.")] = 50,
    json: Annotated[bool, typer.Option("--json", help="One object a line, with the original bytes as text.")] = False,
    home: Home = None,
) -> None:
    """Show letters that are neither replayed nor dropped, oldest first."""
    with _bus(home) as bus:
        found = _matching(bus, reason=reason, consumer=consumer)
    shown = found[-limit:]
    if json:
        for letter in shown:
            common.print_json(_as_json(letter))
        return
    if not found:
        common.out.print("No dead letters.")
        return
    _table(shown)
    if len(shown) < len(found):
        common.out.print(f"{len(shown)} of {len(found)}; more with --limit {len(found)}")


@app.command()
def replay(
    reason: Reason = "", consumer: Consumer = "", ids: Ids = None, everything: Everything = False, home: Home = None
) -> None:
    """Send letters back to the topic they came from, with their original bytes and key."""
    from bus.dead_letters import replay as put_back

    with _bus(home) as bus:
        chosen = _chosen(bus, reason, consumer, ids, everything)
        count = put_back(bus, chosen, now=datetime.now(UTC))
    common.out.print(f"{count} replayed")


@app.command()
def drop(
    reason: Reason = "", consumer: Consumer = "", ids: Ids = None, everything: Everything = False, home: Home = None
) -> None:
    """Settle letters without sending them again."""
    from bus.dead_letters import drop as settle

    with _bus(home) as bus:
        chosen = _chosen(bus, reason, consumer, ids, everything)
        count = settle(bus, chosen, now=datetime.now(UTC))
    common.out.print(f"{count} dropped")


def _bus(home: Path | None) -> "closing[Bus]":
    return closing(common.open_bus(common.settings(home)))


def _chosen(bus: "Bus", reason: str, consumer: str, ids: list[str] | None, everything: bool) -> "list[Letter]":
    """The letters the options name. Ends the command when they name none, or nothing was said."""
    if not (reason or consumer or ids or everything):
        common.fail("Say which letters: --id, --reason, --consumer or --all.", 2)
    found = _matching(bus, reason=reason, consumer=consumer)
    if ids:
        unknown = set(ids) - {letter.id for letter in found}
        if unknown:
            common.fail(f"No such letter: {', '.join(sorted(unknown))} (see `minyi dead-letters list`); nothing done.")
        found = [letter for letter in found if letter.id in ids]
    return found


def _matching(bus: "Bus", *, reason: str, consumer: str) -> "list[Letter]":
    from bus.dead_letters import letters

    return [x for x in letters(bus) if reason in ("", x.reason) and consumer in ("", x.consumer)]


def _as_json(letter: "Letter") -> dict[str, str | int]:
    shown = {name: getattr(letter, name) for name in letter.__dataclass_fields__ if name != "value"}
    return {**shown, "value": letter.value.decode("utf-8", "backslashreplace")}


def _table(found: "list[Letter]") -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for name in ("id", "time", "consumer", "reason", "from", "error"):
        table.add_column(name, overflow="fold", no_wrap=name in ("id", "reason"))
    for x in found:
        place = f"{x.topic}/{x.partition}@{x.offset}"
        cells = (x.id, x.time[:19], x.consumer, x.reason, place, f"{x.error} {x.at}".strip())
        table.add_row(*map(Text, cells))  # Text: an error may hold [brackets]
    common.out.print(table)

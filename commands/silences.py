"""`minyi silences list|add|end`: what is not told about for a while, by whose order."""

import getpass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from commands import common
from commands.lists import _clock, _time

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="What is not told about for a while. Red is told all the same."
)

By = Annotated[str, typer.Option(help="Who; the system user unless given.")]
Home = Annotated[Path | None, typer.Option(help="Data folder instead of MINYI_HOME.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.command("list")
def list_(
    over: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    json: Json = False,
    home: Home = None,
) -> None:
    """Those in force, with their ids."""
    from store.silences import active_silences, all_silences

    with common.stored(home) as conn:
        found = all_silences(conn) if over else active_silences(conn, datetime.now(UTC))
    for s in found:
        if json:
            common.print_json(s)
            continue
        about = f"event {s.event}" if s.event else " ".join(p for p in (s.jurisdiction, s.place) if p)
        end = f"ended {_clock(s.ended_at)} by {s.ended_by}" if s.ended_at else f"until {_clock(s.until)}"
        common.out.print(f"{s.id}  {about}  {end}, ordered by {s.by}  {s.reason}", markup=False, soft_wrap=True)
    if not found and not json:
        common.out.print("no silences")


@app.command("add")
def add(
    event: Annotated[str, typer.Option(help="This event only.")] = "",
    place: Annotated[str, typer.Option(help="Events of this place only, as alerts name it.")] = "",
    jurisdiction: Annotated[str, typer.Option(help="Events of this jurisdiction only.")] = "",
    hours: Annotated[
        float | None,
        typer.Option(min=0.01, max=168, help="So long from now; or --until.", callback=common.finite),
    ] = None,
    until: Annotated[str | None, typer.Option(help="The end: 2026-11-17T07:00 (Asia/Shanghai unless it says).")] = None,
    reason: Annotated[str, typer.Option(help="Why; kept.")] = "",
    by: By = "",
    home: Home = None,
) -> None:
    """Hold back what is below red about an event, a place or a jurisdiction; it is told once when the silence ends."""
    from store.events import get_event
    from store.silences import silence

    now = datetime.now(UTC)
    if (hours is None) == (until is None):
        common.fail("give one of --hours and --until: a silence has one end", 2)
    end = _time(until, "--until") or now + timedelta(hours=hours or 0)
    with common.stored(home, writes=True) as conn:
        found = get_event(conn, event) if event else None
        if event and found is None:
            common.fail(f"no event {event}; `minyi events` lists them", 2)
        try:
            ident = silence(
                conn, jurisdiction=jurisdiction, event=found.event.id if found else "", place=place, until=end,
                by=by.strip() or getpass.getuser(), reason=reason, now=now,
            )  # fmt: skip
        except ValueError as err:
            common.fail(str(err), 2)
    common.out.print(f"silence {ident} until {_clock(end)}")
    common.doubt(place, home, "no alert will name it, the silence holds nothing back")


@app.command("end")
def end(ident: Annotated[int, typer.Argument(metavar="ID", min=1, max=10**9)], by: By = "", home: Home = None) -> None:
    """Take a silence back before its end; what it held back is told at once."""
    from store.silences import end_silence

    with common.stored(home, writes=True) as conn:
        if not end_silence(conn, ident, by=by.strip() or getpass.getuser(), now=datetime.now(UTC)):
            common.fail(f"no silence {ident} in force")
    common.out.print(f"silence {ident} is over")

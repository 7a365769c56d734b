"""`minyi backtest`: what changed rules would have raised from the same past, beside today's rules."""

import dataclasses
import functools
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.common import fail, out, print_json, settings
from commands.lists import Json, Jurisdiction, _between, _clock, _words

if TYPE_CHECKING:
    from bus.messages import AlertRaised
    from commands.past import Past, Reading
    from config.alerts import AlertRules
    from consumers.backtest import FalseAlarms, Row, Stored
    from store.past import Judged


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The same past by two sets of rules."""

    since: datetime
    until: datetime
    days: float
    today: "list[AlertRaised]"
    changed: "list[AlertRaised]"
    rows: "list[Row]"
    judged: "list[Judged]"
    reading: "Reading"
    raised: "dict[str, tuple[str, str | None]]"
    """Alerts that were really raised in that time: id -> (jurisdiction, digest of the rules)."""
    stored: "Stored"


def backtest(
    rules: Annotated[Path, typer.Option(help="Changed alerts.yaml; it may hold only what it changes.")],
    from_: Annotated[
        str | None, typer.Option("--from", help="Alerts from this time on (2026-11-16 or 2026-11-16T08:00).")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", help="Alerts before this time.")] = None,
    jurisdiction: Jurisdiction = None,
    home: Annotated[Path | None, typer.Option(help="Data folder instead of MINYI_HOME, e.g. that of a replay.")] = None,
    json: Json = False,
) -> None:
    """Play the past posts of the log through fresh detectors, by changed and by today's rules; touches nothing.

    Where retention has cut the log before --from, the archive stands for what is gone. --json prints a line for each
    alert (fires false: only today's rules raise it), then one for the whole.
    """
    from commands.past import opened
    from config.alerts import load_alerts

    where = settings(home)
    since, until = _between((from_, "--from"), (to, "--to"))
    today, changed = (load_alerts(where.config / "alerts.yaml", layer) for layer in (None, rules))
    began = time.monotonic()
    with opened(where) as past:
        outcome = play(past, today, changed, since=since, until=until, jurisdiction=jurisdiction)
    if json:
        _export(outcome, rules)
    else:
        _show(outcome, time.monotonic() - began)


def play(
    past: "Past",
    today: "AlertRules",
    changed: "AlertRules",
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    jurisdiction: str | None = None,
) -> Outcome:
    """One pass over the past with both detectors. Alerts count from `since` to `until`; all posts are played."""
    from commands.past import Reading
    from consumers.backtest import compared, days_between, stored_then, within
    from consumers.detect import Detector
    from consumers.recall import USUAL
    from store.past import judgements, raised_under

    reading = Reading()
    raised: tuple[list[AlertRaised], list[AlertRaised]] = ([], [])
    back_to = None if since is None else max(since, datetime.min.replace(tzinfo=UTC) + USUAL) - USUAL
    detectors = (Detector(today), Detector(changed))
    for part in past.played(detectors, since=back_to, reading=reading, jurisdiction=jurisdiction):
        for found, alerts in zip(raised, part.alerts, strict=True):
            found += alerts
    if reading.first is None or reading.last is None:
        fail("nothing to read: no scored post on the log" + (f" of {jurisdiction}" if jurisdiction else ""))
    rows = compared(*(within(alerts, None, None) for alerts in raised))
    shown = {a.id for a in within((row.alert for row in rows), since, until)}
    old, new = (within(alerts, since, until) for alerts in raised)
    rows = [row for row in rows if row.alert.id in shown]
    if not rows and ((since and since > reading.last) or (until and until <= reading.first)):
        fail(
            f"nothing to compare: the posts were collected from {_clock(reading.first)} to {_clock(reading.last)}, "
            "and that is outside --from and --to"
        )
    # alerts have the time of a post, and that may be hours before anything was collected
    times = [row.alert.raised_at for row in rows]
    start = min(max(since or reading.first, reading.first), *times, until or reading.last, reading.last)
    end = max(min(until or reading.last, reading.last), *times, start)
    days = days_between(start, end)
    raised_then = raised_under(past.conn, start, end, jurisdiction)
    stored = stored_then(raised_then, functools.cache(today.digest))
    return Outcome(start, end, days, old, new, rows, judgements(past.conn), reading, raised_then, stored)


def _export(outcome: Outcome, rules: Path) -> None:
    for row in outcome.rows:
        print_json({"type": "alert", **_row(row), "raised_then": row.alert.id in outcome.raised})
    from consumers.backtest import false_alarms, per_day

    def side(alerts: "list[AlertRaised]") -> dict[str, Any]:
        return {
            "alerts": len(alerts),
            "per_day": per_day(alerts, outcome.days),
            "false_alarms": false_alarms(alerts, outcome.judged),
        }

    whole = {
        "type": "summary",
        "rules": str(rules),
        "from": outcome.since,
        "to": outcome.until,
        "days": round(outcome.days, 2),
        "read": outcome.reading.row(),
        "stored": outcome.stored,
        "changes": _changes(outcome.rows),
        "changed": side(outcome.changed),
        "today": side(outcome.today),
    }
    print_json(whole)


def _row(row: "Row") -> dict[str, Any]:
    a = row.alert
    return {
        "fires": row.fires,
        "change": row.change,
        "minutes": row.minutes,
        "event_level_today": row.before,
        "event_level_changed": row.after,
        "raised_at": a.raised_at,
        "level": a.level,
        "headline": a.headline,
        "place": a.place,
        "jurisdiction": a.jurisdiction,
        "category": a.category,
        "reasons": a.reasons,
        "posts": a.counts.posts,
        "event": a.event,
        "id": a.id,
    }


def _changes(rows: "list[Row]") -> dict[str, int]:
    """How many alerts of each kind of change; `level` has two sides."""
    kinds = ("same", "earlier", "later", "new", "gone", "level raised", "level no longer")
    names = [("level raised" if r.fires else "level no longer") if r.change == "level" else r.change for r in rows]
    return {kind: names.count(kind) for kind in kinds}


def _show(outcome: Outcome, seconds: float) -> None:
    from rich.table import Table
    from rich.text import Text

    from commands.tables import show

    out.print(f"read: {outcome.reading.words()}, in {seconds:.1f} s", markup=False, soft_wrap=True)
    out.print(f"from {_clock(outcome.since)} to {_clock(outcome.until)} (Beijing), {outcome.days:.2f} days\n")
    table = Table("time", "level", "headline", "place", "reason", "beside today's rules", box=None)
    for row in outcome.rows:
        a = row.alert
        why = a.reasons[0] if a.reasons else None
        reason = f"{why.rule} {why.measured:g} ≥ {why.threshold:g} {why.unit}" if why else ""
        cells = (_clock(a.raised_at), a.level, _words(a.headline), a.place or a.jurisdiction, reason, _beside(row))
        table.add_row(*(Text(cell) for cell in cells), style=None if row.fires else "dim")
    if outcome.rows:
        show(table)
    else:
        out.print("neither set of rules raises anything")
    counts = ", ".join(f"{n} {what}" for what, n in _changes(outcome.rows).items() if n)
    numbers = f"{len(outcome.changed)} alerts, {len(outcome.today)} by today's rules"
    out.print(f"\n{numbers}; {counts or 'no difference'}", soft_wrap=True)
    then = outcome.stored
    if then.by_other_rules or then.rules_unknown:
        out.print(
            f"{then.alerts} alerts are stored of that time: {then.by_todays_rules} raised by today's rules, "
            f"{then.by_other_rules} by others, {then.rules_unknown} do not say",
            soft_wrap=True,
        )
    _show_rates(outcome)


def _beside(row: "Row") -> str:
    match row.change:
        case "same":
            return "same"
        case "earlier" | "later":
            return f"{abs(row.minutes):g} min {row.change}"
        case "new":
            return "new"
        case "gone":
            return "gone: only today's rules raise it"
    levels = f"event {row.before} -> {row.after}"
    return levels if row.fires else f"gone: only today's rules raise it; {levels}"


def _show_rates(outcome: Outcome) -> None:
    from rich.table import Table

    from commands.tables import show
    from consumers.backtest import false_alarms, per_day

    table = Table("a day", "blue", "yellow", "orange", "red", "false alarms, by the desk's judgements", box=None)
    for name, alerts in (("changed", outcome.changed), ("today's", outcome.today)):
        rates = (f"{rate:g}" for rate in per_day(alerts, outcome.days).values())
        table.add_row(name, *rates, _judged(false_alarms(alerts, outcome.judged)))
    show(table)


def _judged(found: "FalseAlarms") -> str:
    """The estimate, with what it stands on."""
    if found.interval is None:
        return f"no estimate: the desk has judged none of these {found.events} events"
    low, high = found.interval
    share = found.false / found.judged
    return (
        f"{share:.0%} ({low:.0%} to {high:.0%}, 95 %): {found.false} of {found.judged} judged events, "
        f"{found.events - found.judged} of {found.events} not judged"
    )

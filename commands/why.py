"""`minyi why`: an alert recomputed from the log, beside what was stored."""

import difflib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.common import fail, out, print_json, settings

if TYPE_CHECKING:
    from bus.messages import AlertRaised, PostScored
    from commands.past import Past, Reading
    from config.alerts import AlertRules
    from consumers.recomputed import Difference
    from store.engine import Connection

SHOWN = 10
QUOTE_CHARS = 60
MATCHES = 5
UNKNOWN = "today's (the alert is older than rules in alerts; --rules FILE takes others)"


@dataclass
class Found:
    """What the recomputation gave."""

    stored: "AlertRaised"
    again: "AlertRaised | None" = None
    posts: "dict[str, PostScored]" = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    """Named posts that were withdrawn."""
    differences: "list[Difference]" = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    changed: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    """Rules that are others today (or by --rules) than those it was raised under: key -> (then, now)."""

    @property
    def named(self) -> list[str]:
        """The posts of the stored alert, oldest first, and those withdrawn meanwhile as far as the log names them."""
        gone = [i for i in (self.again.posts if self.again else ()) if i in self.gone]
        return list(dict.fromkeys((self.stored.first_post, *self.stored.posts, *gone)))

    @property
    def equal(self) -> bool:
        """Every value is the stored one, or may differ."""
        return self.again is not None and all(d.because for d in self.differences)


def why(
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="Id of an alert, or how it begins.")],
    rules: Annotated[
        Path | None, typer.Option(help="By these rules instead; it may hold only what it changes of today's.")
    ] = None,
    today: Annotated[bool, typer.Option("--today", help="By today's rules instead.")] = False,
    home: Annotated[Path | None, typer.Option(help="Data folder instead of MINYI_HOME, e.g. that of a replay.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Recompute an alert from the log, by the rules it was raised under, beside the stored numbers.

    Rule, measured, threshold, counts, posts; and which of those rules have changed since.

    Exit code 0: every number is the stored one. 1: they differ, or cannot be computed any more. 2: no such alert.
    """
    from commands.past import Reading, opened
    from config.alerts import load_alerts

    where = settings(home)
    if rules and today:
        fail("--rules or --today, not both", 2)
    now = load_alerts(where.config / "alerts.yaml", rules)
    reading = Reading()
    with opened(where) as past:
        stored = stored_alert(past.conn, alert)
        then = None if rules or today else rules_then(stored)
        found = recompute(past, stored, then or now, reading)
    found.changed = changed_since(stored, now)
    told = _told(found, rules, today=today, known=then is not None)
    if as_json:
        print_json(_object(found, told, reading))
    else:
        _show(found, told, reading)
    if not found.equal:
        raise SystemExit(1)


def stored_alert(conn: "Connection", told: str) -> "AlertRaised":
    """The alert with this id, or the only one that begins so. Ends with code 2 and close matches otherwise."""
    from store.alerts import get_alert
    from store.past import alert_ids

    row = get_alert(conn, told)
    if row is None:
        ids = alert_ids(conn, told) if told else []
        if len(ids) > 1:
            fail(f"{told}: {len(ids)} alerts begin so: {_some(ids)}", 2)
        row = get_alert(conn, ids[0]) if ids else None
    if row is None:
        if told and (of_event := alert_ids(conn, event=told)):
            fail(f"{told} is an event; its alerts: {_some(of_event)}", 2)
        near = difflib.get_close_matches(told, alert_ids(conn), n=MATCHES, cutoff=0.5)
        hint = f"close: {_some(near)}" if near else "`minyi alerts` lists them"
        fail(f"no alert {told or '(empty)'}; {hint}", 2)
    return row.alert


def rules_then(stored: "AlertRaised") -> "AlertRules | None":
    """The rules the alert was raised under; None when it does not say, or in a form this version cannot read."""
    import msgspec

    from config.alerts import CATEGORIES, AlertRules

    if stored.rules is None:
        return None
    found = AlertRules(stored.rules.settings)
    try:
        for category in (None, *CATEGORIES):
            found.rules(stored.jurisdiction, category)
    except msgspec.ValidationError:
        return None
    return found


def changed_since(stored: "AlertRaised", now: "AlertRules") -> dict[str, tuple[Any, Any]]:
    """Settings that are others by `now` than those it was raised under: key -> (then, now). Empty when unknown."""
    from config.alerts import changed_keys

    return {} if stored.rules is None else changed_keys(stored.rules.settings, now.in_force(stored.jurisdiction))


def _told(found: Found, rules: Path | None, *, today: bool, known: bool) -> str:
    """Which rules it was recomputed by."""
    if rules:
        return str(rules)
    if today:
        return "today's"
    if not known:
        return UNKNOWN if found.stored.rules is None else "today's (its own are of a version this one cannot read)"
    digest = found.stored.rules.digest if found.stored.rules else ""
    same = "today's are others in what is listed below" if found.changed else "the same as today's"
    return f"those it was raised under ({digest}); {same}"


def recompute(past: "Past", stored: "AlertRaised", rules: "AlertRules", reading: "Reading") -> Found:
    """Play the past until the alert is there, or to its end, through the detector that raised it."""
    from bus.messages import PostScored
    from consumers.detect import Detector
    from consumers.recall import USUAL
    from consumers.recomputed import differences, nearest
    from store.quotes import withdrawn_among

    found = Found(stored)
    raised: list[AlertRaised] = []
    kept = set(found.named)
    since = stored.window.start - USUAL
    for part in past.played([Detector(rules)], since=since, reading=reading, jurisdiction=stored.jurisdiction):
        raised += part.alerts[0]
        for message in (step.message for step in part.steps):
            if isinstance(message, PostScored) and message.id in kept:
                found.posts[message.id] = message
        if any(a.id == stored.id for a in part.alerts[0]):
            break
    found.again = nearest(stored, raised)
    found.gone = withdrawn_among(past.conn, {*kept, *(found.again.posts if found.again else ())})
    if found.again is not None:
        found.differences = differences(stored, found.again, gone=found.gone)
    found.notes = _notes(found, reading)
    return found


def _notes(found: Found, reading: "Reading") -> list[str]:
    """Why numbers may differ, exactly as far as it is known."""
    from commands.lists import _clock
    from consumers.recall import USUAL

    notes: list[str] = []
    lost = [i for i in {found.stored.first_post, *found.stored.posts} if i not in found.posts and i not in found.gone]
    if found.gone:
        notes.append(f"{len(found.gone)} of its posts were withdrawn since and are not shown")
    if lost and found.again is None:
        notes.append(f"{len(lost)} of its posts are neither on the log nor in the archive any more (retention)")
    if reading.from_archive:
        gone = f"the log before {_clock(reading.log_from)}" if reading.log_from else "the whole log"
        notes.append(
            f"{gone} is gone (retention); the archive stood for it, in the order of collection and without "
            "withdrawn posts"
        )
    slow = any(d.field.startswith("reasons.slow-rise") for d in found.differences)
    thresholds = [
        d for d in found.differences if d.field.endswith(".threshold") and None not in (d.stored, d.recomputed)
    ]
    if thresholds or (found.again is None and not (lost or found.gone or reading.from_archive)):
        notes.append("the rules have changed since the alert, or --rules names others than were in force")
    if slow and not thresholds:
        back = f"{USUAL.days} days"
        notes.append(f"what is usual depends on how far back the detector had read when it last started ({back})")
    if any(d.because == "older" for d in found.differences):
        notes.append("the alert is from before alerts said who spreads an event")
    if any(d.because == "expired" for d in found.differences):
        notes.append("the archive has dropped the alert's words and posts (retention); its numbers stand")
    return notes


def _object(found: Found, rules: str, reading: "Reading") -> dict[str, Any]:
    posts = []
    for ident in found.named:
        post, gone = found.posts.get(ident), ident in found.gone
        posts.append({"id": ident, "state": _state(found, ident)} | ({} if gone or post is None else _post(post)))
    return {
        "alert": found.stored.id,
        "equal": found.equal,
        "rules": rules,
        "raised_under": found.stored.rules.digest if found.stored.rules else None,
        "rules_changed": {key: {"then": then, "now": now} for key, (then, now) in found.changed.items()},
        "read": reading.row(),
        "stored": found.stored,
        "recomputed": found.again if not found.gone else _without(found.again, found.gone),
        "differences": found.differences if not found.gone else [d for d in found.differences if not d.because],
        "notes": found.notes,
        "posts": posts,
    }


def _without(alert: "AlertRaised | None", gone: set[str]) -> Any:
    """What is printed of a recomputed alert quotes no withdrawn post."""
    import msgspec

    from store.quotes import allowed

    if alert is None:
        return None
    headline = allowed(alert.headline, alert.first_post, gone, alert.place, alert.category)
    return msgspec.structs.replace(alert, headline=headline, posts=[p for p in alert.posts if p not in gone])


def _post(post: "PostScored") -> dict[str, Any]:
    from models.privacy import mask
    from reports.words import cut

    quote = cut(mask(f"{post.title} {post.text}"[:400].strip()), QUOTE_CHARS)
    return {"at": post.published_at, "platform": post.platform, "url": post.url, "quote": quote}


def _state(found: Found, ident: str) -> str:
    return "withdrawn" if ident in found.gone else "here" if ident in found.posts else "lost"


def _show(found: Found, rules: str, reading: "Reading") -> None:
    from rich.table import Table

    from commands.lists import _clock
    from commands.tables import show
    from consumers.notices import spread_by
    from consumers.recomputed import values

    stored, again = found.stored, found.again
    out.print(f"{stored.id}  {stored.level}  {stored.headline}", markup=False, soft_wrap=True)
    out.print(f"rules: {rules}\nread:  {reading.words()}", markup=False, soft_wrap=True)
    for key, (then, now) in found.changed.items():
        out.print(f"  {key}: then {_cell(then)}, now {_cell(now)}", markup=False, soft_wrap=True)
    for reason in stored.reasons:
        out.print(f"  {reason.rule}: {reason.words}", markup=False, soft_wrap=True)
    if who := spread_by(stored, stored.raised_at):
        out.print(f"  who spreads it: {who}", markup=False, soft_wrap=True)
    table = Table("", "stored", "recomputed", "", box=None)
    old, new = values(stored), values(again) if again else {}
    differ = {d.field: d.because or "differs" for d in found.differences}
    for name in dict.fromkeys((*old, *new)):
        if name in ("posts", "id", "headline", "event") or name.endswith((".words", ".unit")):
            continue
        table.add_row(name, _cell(old.get(name)), _cell(new.get(name)), differ.get(name, "=" if again else ""))
    show(table)
    for d in (
        d for d in found.differences if d.field in ("id", "event", "posts", "headline") or d.field.endswith(".words")
    ):
        if d.because:
            out.print(f"{d.field}: {d.because}", markup=False)
        else:
            out.print(f"{d.field}: stored {d.stored}, recomputed {d.recomputed}", markup=False, soft_wrap=True)
    named = found.named
    for ident in named[:SHOWN]:
        post = found.posts.get(ident)
        if post is None or ident in found.gone:
            out.print(f"  {ident}  {_state(found, ident)}", style="dim", markup=False)
            continue
        row = _post(post)
        out.print(f"  {_clock(row['at'])}  {row['platform']}  {row['url'] or ident}", markup=False, soft_wrap=True)
        out.print(f"    {row['quote']}", markup=False, soft_wrap=True)
    if len(named) > SHOWN:
        out.print(f"  and {len(named) - SHOWN} more posts; --json has all", style="dim")
    for note in found.notes:
        out.print(note, markup=False, soft_wrap=True)
    _verdict(found)


def _verdict(found: Found) -> None:
    wrong = sum(not d.because for d in found.differences)
    if found.again is None:
        out.print("not recomputed: from what is left, and by these rules, this alert is not raised", style="red")
    elif wrong:
        out.print(f"differs: {wrong} values are not the stored ones", style="red")
    else:
        out.print("equal: every number is the stored one", style="green")


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _some(ids: list[str]) -> str:
    return ", ".join(ids[:MATCHES]) + (f" and {len(ids) - MATCHES} more" if len(ids) > MATCHES else "")

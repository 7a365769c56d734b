"""The register of incidents: one per event, five states, clocks, and a log that only grows.

Opened by consumers, moved by people at the desk. Reading is in store/incident_rows.py and offered here too.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update

from bus.messages import AlertRaised
from store import changes, quotes, tables
from store.alerts import level_number, level_word
from store.errors import ImpossibleMove, KeptElsewhere
from store.incident_families import Family, families, incident_of, members_of
from store.incident_rows import (
    MOVES,
    OPEN_STATES,
    STATES,
    ClockDue,
    ClockLike,
    ClockRow,
    Incident,
    IncidentFilter,
    LogEntry,
    State,
    Statement,
    count_incidents,
    due_clocks,
    find_incidents,
    find_statements,
    get_incident,
    incident_for,
    incident_log,
)
from store.outbox import told_since
from store.sql import affected, insert
from store.tables import clocks, incident_alerts, incidents, statements
from store.types import plain

__all__ = [
    "MOVES",
    "OPEN_STATES",
    "STATES",
    "ClockDue",
    "ClockLike",
    "ClockRow",
    "Incident",
    "IncidentFilter",
    "LogEntry",
    "State",
    "Statement",
    "add_note",
    "add_statement",
    "ask_from",
    "assign",
    "count_incidents",
    "due_clocks",
    "find_incidents",
    "find_statements",
    "get_incident",
    "incident_for",
    "incident_id",
    "incident_log",
    "mark_reminded",
    "matter_of",
    "meet_clock",
    "move",
    "open_incident",
    "reopen",
    "undo_move",
    "write_joins",
]

ACKNOWLEDGE = "acknowledge"
ANSWER_CLOCKS = ("authoritative_information", "response")
"""Met by the first official statement or by the move to `answered`; a press conference is met on its own."""

AT_ONCE = timedelta(minutes=1)  # between opening an incident and telling of it

JOINED = "merge:"
"""Before the id of the merge that brought a matter back, in the note of its log entry."""

SYSTEM = "minyi"
"""Who the log names when no person acted."""


def incident_id(event: str) -> str:
    """The id of the incident of an event."""
    return f"inc-{event}"


def matter_of(conn: Connection, event: str) -> str:
    """The id of the incident that keeps the matter of an event (store/incident_families.py), there or not."""
    return incident_of(conn, event) or incident_id(event)


def open_incident(conn: Connection, *, alert: AlertRaised, clocks: Sequence[ClockLike], now: datetime) -> str | None:
    """Open the incident of the alert's event, or tell the one that exists; idempotent for each alert.

    Returns the id when the incident was opened or reopened, None otherwise. A higher alert of the same event adds
    its clocks (a clock that exists keeps its earlier due time). A closed incident is reopened by any later alert, a
    false alarm only by a higher one; its clocks start anew then.
    """
    incident = incident_id(alert.event)
    level = level_number(alert.level)
    if _insert_new(conn, incident, alert, level, now):
        _know_alert(conn, incident, alert.id)
        _log(conn, incident, at=now, by=SYSTEM, what="opened", now=alert.level, note=alert.id)
        _add_clocks(conn, incident, alert, clocks)
        _reopen_keeper(conn, incident, alert, level, now)
        return incident
    row = _locked(conn, incident)
    if not _know_alert(conn, incident, alert.id):
        return None
    _reopen_keeper(conn, incident, alert, level, now)
    again = row.state == "closed" or (row.state == "false_alarm" and level > row.level)
    if again:
        _log(conn, incident, at=now, by=SYSTEM, what="reopened", was=row.state, now="waiting", note=alert.id)
        told = _headline(conn, alert)
        _change(conn, incident, now, state="waiting", level=max(level, row.level), alert=alert.id, headline=told)
        _add_clocks(conn, incident, alert, clocks, anew=True)
        return incident
    if level > row.level:
        _log(
            conn,
            incident,
            at=now,
            by=SYSTEM,
            what="escalated",
            was=level_word(row.level),
            now=alert.level,
            note=alert.id,
        )
        _change(conn, incident, now, level=level, alert=alert.id, headline=_headline(conn, alert))
        _add_clocks(conn, incident, alert, clocks)
    else:
        _log(conn, incident, at=now, by=SYSTEM, what="alert", now=alert.level, note=alert.id)
        _change(conn, incident, now)
    return None


def move(conn: Connection, incident: str, state: str, *, by: str, now: datetime, note: str = "") -> int:
    """Move an incident on; returns the log entry, by which `undo_move` takes it back.

    Leaving `waiting` meets the acknowledge clock; reaching `answered` meets the answer clocks.
    Raises ImpossibleMove (a ValueError that carries the allowed states), or LookupError without the incident.
    """
    row = _acting(conn, incident)
    if state not in MOVES[row.state]:
        raise ImpossibleMove(row.state, state, MOVES[row.state])
    entry = _log(conn, incident, at=now, by=by, what="moved", was=row.state, now=state, note=note)
    _change(conn, incident, now, state=state)
    met = [ACKNOWLEDGE] if row.state == "waiting" else []
    met += ANSWER_CLOCKS if state == "answered" else ()
    _meet(conn, incident, met, at=now, entry=entry)
    return entry


def undo_move(conn: Connection, incident: str, entry: int, *, by: str, now: datetime) -> State:
    """Take back the last move; returns the state the incident is in again. Clocks that the move met run again.

    Moves can be undone one after the other, the last one first. Raises ValueError when `entry` is not the last move
    that still stands, LookupError without the incident. The log keeps both the move and the undoing.
    """
    _acting(conn, incident)
    log = incident_log(conn, incident)
    undone = {line.undoes for line in log if line.undoes is not None}
    standing = [line for line in log if line.what in ("moved", "reopened") and line.entry not in undone]
    if not standing or standing[-1].entry != entry or standing[-1].what != "moved":
        raise ValueError(f"log entry {entry} is not the last move of {incident} that still stands")
    last = standing[-1]
    _log(conn, incident, at=now, by=by, what="undone", was=last.now, now=last.was, undoes=entry)
    _change(conn, incident, now, state=last.was)
    mine = (clocks.c.incident == incident, clocks.c.met_by == entry)
    conn.execute(update(clocks).where(*mine).values(met_at=None, met_by=None))
    return last.was  # type: ignore[return-value]  # the log holds states only in `was` of a move


def assign(conn: Connection, incident: str, owner: str, *, by: str, now: datetime) -> None:
    """Give the incident an owner ("" for none). Raises LookupError without the incident."""
    row = _acting(conn, incident)
    if row.owner != owner:
        _log(conn, incident, at=now, by=by, what="assigned", was=row.owner, now=owner)
        _change(conn, incident, now, owner=owner)


def add_note(conn: Connection, incident: str, note: str, *, by: str, now: datetime) -> int:
    """Write a note into the log; returns its entry. Raises LookupError without the incident."""
    _acting(conn, incident)
    _change(conn, incident, now)
    return _log(conn, incident, at=now, by=by, what="note", note=note)


def add_statement(
    conn: Connection, incident: str, *, text: str, url: str, published_at: datetime, by: str, now: datetime
) -> str:
    """Enter an official statement; it meets the answer clocks at `published_at`. Returns its id.

    The same statement again changes nothing. Raises LookupError without the incident.
    """
    _acting(conn, incident)
    text, url = plain(text), plain(url)
    digest = hashlib.blake2b(f"{incident}\0{published_at.timestamp()}\0{url}\0{text}".encode(), digest_size=16)
    statement = insert(conn, statements).values(
        id=digest.hexdigest(), incident=incident, text=text, url=url, published_at=published_at, by=by, added_at=now
    )
    if affected(conn, statement.on_conflict_do_nothing()):
        entry = _log(conn, incident, at=now, by=by, what="statement", now=digest.hexdigest(), note=url)
        _change(conn, incident, now)
        _meet(conn, incident, ANSWER_CLOCKS, at=published_at, entry=entry)
    return digest.hexdigest()


def meet_clock(conn: Connection, incident: str, clock: str, *, by: str, now: datetime, note: str = "") -> bool:
    """Mark one clock as met, e.g. after the press conference; False when it is met already or there is none."""
    _acting(conn, incident)
    shown = get_incident(conn, incident)
    if shown is None or not any(c.name == clock and c.met_at is None for c in shown.clocks):
        return False
    entry = _log(conn, incident, at=now, by=by, what="clock", now=clock, note=note)
    _change(conn, incident, now)
    _meet(conn, incident, [clock], at=now, entry=entry)
    return True


def ask_from(conn: Connection, event: str, *, due_at: datetime, now: datetime) -> bool:
    """Let the time to acknowledge begin now, as the first message about a matter goes out: before, nobody could know.

    False, and nothing changes, when somebody was told since the clock started, it is met, or there is none. The other
    clocks run from the matter itself.
    """
    mine = (clocks.c.incident == incident_id(event), clocks.c.name == ACKNOWLEDGE, clocks.c.met_at.is_(None))
    row = conn.execute(select(clocks).where(*mine)).first()
    if row is None or due_at - row.due_at < AT_ONCE or told_since(conn, event, row.started_at):
        return False
    conn.execute(update(clocks).where(*mine).values(due_at=due_at, reminded_at=None))
    _log(conn, row.incident, at=now, by=SYSTEM, what="told")
    _change(conn, row.incident, now)
    return True


def mark_reminded(conn: Connection, incident: str, clock: str, now: datetime) -> bool:
    """Note that people were reminded of a clock; True only the first time."""
    ours = clocks.c.incident.in_(members_of(conn, incident))
    mine = (ours, clocks.c.name == clock, clocks.c.reminded_at.is_(None))
    return conn.execute(update(clocks).where(*mine).values(reminded_at=now)).rowcount > 0


def _headline(conn: Connection, alert: AlertRaised) -> str:
    """What the alert that counts is called, so that reminders name what people were told of."""
    gone = quotes.withdrawn_among(conn, {alert.first_post, quotes.mark(alert.headline)})
    return plain(quotes.allowed(alert.headline, alert.first_post, gone, alert.place, alert.category))


def _insert_new(conn: Connection, incident: str, alert: AlertRaised, level: int, now: datetime) -> bool:
    statement = insert(conn, incidents).values(
        id=incident,
        event=alert.event,
        jurisdiction=alert.jurisdiction,
        level=level,
        headline=_headline(conn, alert),
        place=alert.place,
        category=alert.category,
        state="waiting",
        owner="",
        alert=alert.id,
        started_at=alert.raised_at,
        opened_at=now,
        changed_at=now,
    )
    changes.touch(conn, "incidents")
    return affected(conn, statement.on_conflict_do_nothing()) > 0


def _know_alert(conn: Connection, incident: str, alert: str) -> bool:
    statement = insert(conn, incident_alerts).values(incident=incident, alert=alert)
    return affected(conn, statement.on_conflict_do_nothing()) > 0


def _locked(conn: Connection, incident: str) -> Row[Any]:
    row = conn.execute(select(incidents).where(incidents.c.id == incident).with_for_update()).first()
    if row is None:
        raise LookupError(f"no incident {incident}")
    return row


def _reopen_keeper(conn: Connection, incident: str, alert: AlertRaised, level: int, now: datetime) -> None:
    """News of an incident that another keeps brings that one back, as its own news would."""
    family = families(conn).get(incident)
    if family is None or family.keeper == incident:
        return
    keeper = _locked(conn, family.keeper)
    if keeper.state == "closed" or (keeper.state == "false_alarm" and level > keeper.level):
        reopen(conn, family.keeper, by=SYSTEM, now=now, note=alert.id)


def _acting(conn: Connection, incident: str) -> Row[Any]:
    """The row of an incident a person acts on. Raises LookupError, or KeptElsewhere."""
    row = _locked(conn, incident)
    family = families(conn).get(incident)
    if family is not None and family.keeper != incident:
        raise KeptElsewhere(incident, family.keeper)
    return row


def reopen(conn: Connection, incident: str, *, by: str, now: datetime, note: str) -> bool:
    """Put an incident that is over back to waiting, for what `note` says; False when it is not over."""
    row = _locked(conn, incident)
    if row.state in OPEN_STATES:
        return False
    _log(conn, incident, at=now, by=by, what="reopened", was=row.state, now="waiting", note=note)
    _change(conn, incident, now, state="waiting")
    return True


def write_joins(
    conn: Connection, before: Mapping[str, Family], *, edit: str, undoes: str, by: str, now: datetime
) -> None:
    """Note in the logs which incidents a decision about events joined or parted; `before`: the families before it.

    A matter that is over comes back when something open joins it, and is over again when that is undone.
    """
    after = families(conn)
    for ident in sorted({*before, *after}):
        was, is_now = (f.keeper if (f := found.get(ident)) and f.keeper != ident else "" for found in (before, after))
        if was == is_now:
            continue
        if was:
            _log(conn, ident, at=now, by=by, what="parted", was=was)
            _log(conn, was, at=now, by=by, what="parted", was=ident)
            _close_again(conn, was, JOINED + undoes, by=by, now=now)
        if is_now:
            _log(conn, ident, at=now, by=by, what="joined", now=is_now)
            _log(conn, is_now, at=now, by=by, what="joined", now=ident)
            if _locked(conn, ident).state in OPEN_STATES:
                reopen(conn, is_now, by=by, now=now, note=JOINED + edit)
        changes.touch(conn, "incidents")


def _close_again(conn: Connection, incident: str, note: str, *, by: str, now: datetime) -> None:
    log = incident_log(conn, incident)
    undone = {line.undoes for line in log if line.undoes is not None}
    standing = [line for line in log if line.what in ("moved", "reopened") and line.entry not in undone]
    if standing and (standing[-1].what, standing[-1].note) == ("reopened", note):
        last = standing[-1]
        _log(conn, incident, at=now, by=by, what="undone", was=last.now, now=last.was, undoes=last.entry)
        _change(conn, incident, now, state=last.was)


def _change(conn: Connection, incident: str, now: datetime, **values: Any) -> None:
    conn.execute(update(incidents).where(incidents.c.id == incident).values(changed_at=now, **values))
    changes.touch(conn, "incidents")


def _log(
    conn: Connection,
    incident: str,
    *,
    at: datetime,
    by: str,
    what: str,
    was: str = "",
    now: str = "",
    note: str = "",
    undoes: int | None = None,
) -> int:
    log = tables.incident_log
    values = {"incident": incident, "at": at, "by": by, "what": what, "was": was, "now": now, "undoes": undoes}
    return int(conn.execute(insert(conn, log).values(**values, note=plain(note)).returning(log.c.entry)).scalar_one())


def _add_clocks(
    conn: Connection, incident: str, alert: AlertRaised, new: Sequence[ClockLike], *, anew: bool = False
) -> None:
    for clock in sorted(new, key=lambda c: c.name):
        values = {"alert": alert.id, "started_at": alert.raised_at, "due_at": clock.due_at}
        statement = insert(conn, clocks).values(incident=incident, name=clock.name, **values)
        fresh = {name: statement.excluded[name] for name in values}
        earlier = statement.excluded.due_at < clocks.c.due_at
        conn.execute(
            statement.on_conflict_do_update(
                index_elements=["incident", "name"],
                set_={**fresh, "met_at": None, "met_by": None, "reminded_at": None} if anew else fresh,
                where=None if anew else earlier & clocks.c.met_at.is_(None),
            )
        )


def _meet(conn: Connection, incident: str, names: Sequence[str], *, at: datetime, entry: int) -> None:
    """Meet the clocks of the matter. One that only a kept incident has is noted here: its own stays as it was."""
    shown = get_incident(conn, incident)
    for clock in shown.clocks if shown and shown.keeps else ():
        if clock.name in names:
            values = {"alert": clock.alert, "started_at": clock.started_at, "due_at": clock.due_at}
            row = insert(conn, clocks).values(incident=incident, name=clock.name, **values)
            conn.execute(row.on_conflict_do_nothing())
    unmet = (clocks.c.incident == incident, clocks.c.name.in_(names), clocks.c.met_at.is_(None))
    conn.execute(update(clocks).where(*unmet).values(met_at=at, met_by=entry))

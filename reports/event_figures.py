"""Store -> the report on one event: its course, the voices, alerts, the register entry, statements and their wake."""

from datetime import datetime, timedelta
from typing import Literal

from models.privacy import mask
from models.vocabulary import ATTITUDE, INTENT
from reports import event_lines, register
from reports.counting import Scope, share, slices
from reports.evidence import Desk
from reports.period import midnight
from reports.shapes import AlertLine, Bucket, EventLine, Figure, IncidentLine, Shape, Share, Slice
from reports.words import cut, day_words, local
from store.alerts import AlertFilter, find_alerts
from store.engine import Connection
from store.events import get_event
from store.figures import by_day, by_hour
from store.incidents import find_statements, get_incident, incident_log, matter_of

QUOTES = 8
HOURLY = timedelta(hours=36)  # a shorter event is drawn by the hour
WAKE = timedelta(hours=24)
LONGEST_DAYS = 62  # of an older event only the newest part is drawn
STATEMENT_CHARS = 400


class StatementLine(Shape, frozen=True, kw_only=True):
    """What was said officially, and the posts of the 24 hours before and after it."""

    text: str
    url: str
    published_at: datetime
    before: Figure
    after: Figure
    after_hours: float
    """Hours of the 24 that have passed."""
    negative_before: Share
    negative_after: Share


class LogLine(Shape, frozen=True, kw_only=True):
    """One line of the register."""

    at: datetime
    what: str
    was: str
    now: str


class EventReport(Shape, frozen=True, kw_only=True):
    """One event from its first post to `as_of`."""

    format: Literal["minyi.event.v1"] = "minyi.event.v1"
    as_of: datetime
    desk: str
    jurisdiction: str
    event: EventLine
    total: Figure
    copies: Figure
    """Of those: posts whose exact text an earlier post of the event has."""
    hourly: bool
    buckets: list[Bucket]
    attitudes: list[Slice]
    intents: list[Slice]
    alerts: list[AlertLine]
    incident: IncidentLine | None
    log: list[LogLine]
    statements: list[StatementLine]


def event_figures(conn: Connection, event: str, *, now: datetime, base_url: str) -> EventReport:
    """The figures of one event. Raises LookupError when the store does not know it."""
    row = get_event(conn, event)
    if row is None:
        raise LookupError(f"no event {event}")
    here = Scope(conn, Desk(base_url), None, None, None)
    then = Scope(conn, here.desk, None, row.event.first_at, None)
    alerts = [
        register.alert_line(here, r) for r in reversed(find_alerts(conn, AlertFilter(event=event), limit=500).items)
    ]
    levels = event_lines.highest_levels(alerts)
    incident = get_incident(conn, matter_of(conn, event))
    hourly = row.event.last_at - row.event.first_at <= HOURLY
    return EventReport(
        as_of=now.replace(second=0, microsecond=0),
        desk=here.desk.base,
        jurisdiction=row.event.jurisdiction,
        event=event_lines.line(here, then, row, levels=levels, now=now, quotes=QUOTES),
        total=here.figure(event=event),
        copies=here.figure(event=event, copies=True),
        hourly=hourly,
        buckets=_buckets(here, event, row.event.first_at, row.event.last_at, hourly),
        attitudes=slices(here, then, "attitude", ATTITUDE, keep_empty=True, event=event),
        intents=slices(here, then, "intent", INTENT, event=event),
        alerts=alerts,
        incident=register.incident_line(here, incident, now) if incident else None,
        log=_log(conn, event),
        statements=_statements(here, event, now),
    )


def _buckets(here: Scope, event: str, first: datetime, last: datetime, hourly: bool) -> list[Bucket]:
    step = timedelta(hours=1) if hourly else timedelta(days=1)
    start = midnight(local(max(first, last - LONGEST_DAYS * timedelta(days=1))).date())
    if hourly:
        start = first.replace(minute=0, second=0, microsecond=0)
    window = Scope(here.conn, here.desk, start, last + timedelta(microseconds=1), None)
    groups = (by_hour if hourly else by_day)(here.conn, window.where(event=event))
    found = []
    for group in groups:
        mine = Scope(here.conn, here.desk, group.start, group.start + step, None)
        at = local(group.start)
        found.append(
            Bucket(
                start=group.start,
                label=f"{day_words(at.date())}{at:%H}时" if hourly else day_words(at.date()),
                collected=mine.linked(group.totals.posts, event=event),
                relevant=mine.linked(group.totals.relevant, event=event, relevant=True),
                negative=mine.linked(group.totals.negative, event=event, relevant=True, sentiment=-1),
            )
        )
    return found


def _statements(here: Scope, event: str, now: datetime) -> list[StatementLine]:
    return [
        _wake(here, event, s.text, s.url, s.published_at, now)
        for s in find_statements(here.conn, matter_of(here.conn, event))
        if s.published_at <= now
    ]


def _wake(here: Scope, event: str, text: str, url: str, at: datetime, now: datetime) -> StatementLine:
    until = min(at + WAKE, now)
    before = Scope(here.conn, here.desk, at - WAKE, at, None)
    after = Scope(here.conn, here.desk, at, until, None)
    mine = {"event": event, "relevant": True}
    counts = [scope.figure(**mine) for scope in (before, after)]
    shares = [share(s.figure(**mine, sentiment=-1), whole) for s, whole in zip((before, after), counts, strict=True)]
    return StatementLine(
        text=cut(mask(text), STATEMENT_CHARS),
        url=url if url.startswith(("http://", "https://")) else "",
        published_at=at,
        before=counts[0],
        after=counts[1],
        after_hours=round((until - at) / timedelta(hours=1), 1),
        negative_before=shares[0],
        negative_after=shares[1],
    )


def _log(conn: Connection, event: str) -> list[LogLine]:
    """The moves of the register; notes and names stay on the desk."""
    kept = ("opened", "escalated", "reopened", "moved", "undone", "statement", "clock")
    return [
        LogLine(at=e.at, what=e.what, was=e.was, now="" if e.what == "statement" else e.now)
        for e in incident_log(conn, matter_of(conn, event))
        if e.what in kept
    ]

"""What `minyi why` and `minyi backtest` ask: archived posts in their order, alerts by prefix, judgements."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from bus.messages import AlertRaised, PostScored
from store.alerts import AlertFilter, conditions
from store.posts import make_row, select_posts
from store.tables import alerts, incidents, posts

ROWS = 1000
REAL = ("answered", "closed")
"""States of an incident that only a real matter reaches."""


@dataclass(frozen=True)
class Judged:
    """What the desk said about the alerts of one event."""

    event: str
    posts: frozenset[str]
    false: bool
    """False alarm. An event with judgements of both kinds was real."""


def jurisdictions(conn: Connection) -> list[str]:
    """Those that have archived posts."""
    return list(conn.execute(select(posts.c.jurisdiction).distinct().order_by(posts.c.jurisdiction)).scalars())


def archived_posts(conn: Connection, *, before: datetime, places: Sequence[str]) -> Iterator[PostScored]:
    """Posts of these jurisdictions collected before a time, in the order of their collection, read as needed."""
    query = select_posts().where(posts.c.collected_at < before, posts.c.jurisdiction.in_(places))
    query = query.order_by(posts.c.collected_at, posts.c.published_at, posts.c.id)
    for row in conn.execute(query.execution_options(yield_per=ROWS)):
        yield make_row(row).post


def alert_ids(conn: Connection, prefix: str = "", *, event: str | None = None) -> list[str]:
    """Ids of the alerts that begin with `prefix` (or belong to an event that does), oldest first."""
    column, start = (alerts.c.id, prefix) if event is None else (alerts.c.event, event)
    query = select(alerts.c.id).where(column.startswith(start, autoescape=True))
    return list(conn.execute(query.order_by(alerts.c.raised_at, alerts.c.id)).scalars())


def raised_under(
    conn: Connection, since: datetime, until: datetime, jurisdiction: str | None = None
) -> dict[str, tuple[str, str | None]]:
    """Stored alerts of a time (both ends included): id -> (jurisdiction, digest of the rules, None when unknown).

    Without those of drills, unless `jurisdiction` asks for them.
    """
    where = AlertFilter(since=since, jurisdiction=jurisdiction, drills=False)
    query = select(alerts.c.id, alerts.c.jurisdiction, alerts.c.body_json)
    query = query.where(*conditions(where), alerts.c.raised_at <= until).order_by(alerts.c.raised_at, alerts.c.id)
    found: dict[str, tuple[str, str | None]] = {}
    for row in conn.execute(query):
        rules = msgspec.json.decode(row.body_json, type=AlertRaised).rules
        found[row.id] = (row.jurisdiction, rules.digest if rules else None)
    return found


def judgements(conn: Connection) -> list[Judged]:
    """One per judged event: by what was said of its alerts, and by what became of its incident."""
    said: dict[str, set[bool]] = {}
    named: dict[str, set[str]] = {}
    opened = select(incidents.c.event, incidents.c.state).order_by(incidents.c.opened_at)
    state = {row.event: row.state for row in conn.execute(opened)}
    for row in conn.execute(select(alerts.c.event, alerts.c.feedback, alerts.c.body_json).order_by(alerts.c.id)):
        found = said.setdefault(row.event, set())
        if row.feedback in ("useful", "false_alarm"):
            found.add(row.feedback == "false_alarm")
        if state.get(row.event) == "false_alarm" or state.get(row.event) in REAL:
            found.add(state[row.event] == "false_alarm")
        alert = msgspec.json.decode(row.body_json, type=AlertRaised)
        named.setdefault(row.event, set()).update((alert.first_post, *alert.posts))
    return [Judged(event, frozenset(named[event]), found == {True}) for event, found in sorted(said.items()) if found]

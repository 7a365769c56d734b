"""posts.scored, alerts.raised, events.changed -> the store: everything the desk and the reports read.

Every write is idempotent: the same messages again, in any batches, leave the same rows. Exact copies of a text are
joined on the way (store/copies.py). Alerts of yellow and above open an incident with its clocks.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from bus.errors import Transient
from bus.messages import (
    AlertCleared,
    AlertLowered,
    AlertRaised,
    EventChanged,
    EventEdited,
    Message,
    PostScored,
    PostWithdrawn,
)
from bus.runner import Handler, Result
from config.alerts import AlertRules
from consumers.drills import is_stale
from consumers.rules import clock_rules
from models.deadlines import clocks
from store.alerts import clear_alert, save_alert
from store.edits import save_edit, unlogged
from store.engine import Connection, Store
from store.errors import StoreUnavailable
from store.events import save_event
from store.incidents import open_incident
from store.posts import upsert_posts, withdraw_post
from store.step_downs import lower_alert

INCIDENT_LEVELS = ("yellow", "orange", "red")


def archiver(store: Store, rules: AlertRules, *, now: Callable[[], datetime]) -> Handler:
    """The handler: one transaction a batch. A store that is briefly away is Transient."""

    def handle(messages: Sequence[Message], /) -> list[Result]:
        try:
            with store.write() as conn:
                _save(conn, messages, rules, now())
        except StoreUnavailable as err:
            raise Transient(str(err)) from err
        return [[] for _ in messages]

    return handle


def passed_on(store: Store) -> Callable[[datetime], list[Message]]:
    """The tick: what people decided about events goes to the bus, once a process, until it is seen there.

    A decision that was published by a process that died before it was seen is published again: it has its id.
    """
    sent: set[str] = set()

    def tick(_now: datetime, /) -> list[Message]:
        try:
            with store.read() as conn:
                found = [message for message in unlogged(conn) if message.id not in sent]
        except StoreUnavailable as err:
            raise Transient(str(err)) from err
        sent.update(message.id for message in found)
        return list(found)

    return tick


def _save(conn: Connection, messages: Sequence[Message], rules: AlertRules, now: datetime) -> None:
    waiting: list[PostScored] = []
    for message in messages:
        if is_stale(message, now):
            continue
        if isinstance(message, PostScored):
            waiting.append(message)
            continue
        if waiting:
            upsert_posts(conn, waiting)
            waiting = []
        _save_other(conn, message, rules, now)
    if waiting:
        upsert_posts(conn, waiting)


def _save_other(conn: Connection, message: Message, rules: AlertRules, now: datetime) -> None:
    match message:
        case PostWithdrawn():
            withdraw_post(conn, message.id, message.seen_gone_at)
        case EventChanged():
            save_event(conn, message)
        case EventEdited():
            save_edit(conn, message)
        case AlertRaised():
            save_alert(conn, message)
            if message.level in INCIDENT_LEVELS:
                _open(conn, message, rules, now)
        case AlertLowered():
            lower_alert(conn, message)
        case AlertCleared():
            clear_alert(conn, message)


def _open(conn: Connection, alert: AlertRaised, rules: AlertRules, now: datetime) -> None:
    settings = clock_rules(rules.rules(alert.jurisdiction, alert.category))
    known_at = max(now, alert.raised_at)
    due = clocks(alert.level, alert.category, alert.raised_at, settings, known_at=known_at)
    open_incident(conn, alert=alert, clocks=due, now=known_at)

"""alerts.raised -> people: every audience once, tried again until it arrives, logged.

Alerts of one event that arrive together are told as one, the highest. For each audience and channel: claim in the
delivery log (committed), send, settle. A claim exists once, so neither a redelivered alert nor a restart sends
twice; a sender killed between sending and settling is the one exception, and its repeat carries the same
Idempotency-Key. One channel that is down holds up no other.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from bus import metrics
from bus.errors import Transient
from bus.messages import AlertCleared, AlertRaised, Message, PostScored
from bus.runner import Result
from config.alerts import AlertRules
from config.audiences import Audience, Audiences, Channel
from consumers import notices
from consumers.drills import is_stale, listens, with_console
from consumers.notices import Notice
from consumers.rules import clock_rules
from consumers.senders import Sender, SendFailed
from models.deadlines import ClockRules, clocks
from models.drill import is_drill
from models.levels import rank
from store.alerts import get_alert, get_all_clear
from store.deliveries import Claim, claim, pending, settle
from store.engine import Store
from store.errors import StoreUnavailable
from store.incidents import ClockDue, due_clocks, mark_reminded
from store.posts import PostFilter, find_posts

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 1800.0
POSTS_WAIT_S = 3.0  # the archive is usually this close behind; without the posts the message goes out unquoted
POSTS_GIVE_UP_S = 60.0  # after one wait in vain nobody waits for so long
SETTLE_PAUSES_S = (0.1, 0.5, 2.0)
Target = tuple[Audience, Channel]


class Notifier:
    """The handler of the notify consumer and its tick."""

    def __init__(
        self,
        store: Store,
        audiences: Audiences,
        senders: Mapping[tuple[str, str], Sender],
        rules: AlertRules,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
        posts_wait_s: float = POSTS_WAIT_S,
    ) -> None:
        """posts_wait_s: so long a first message waits for its posts to be archived."""
        self._store, self._audiences, self._senders, self._rules = store, with_console(audiences), senders, rules
        self._now, self._sleep, self._posts_wait_s = now, sleep, posts_wait_s
        self._no_wait_until = 0.0

    def handle(self, messages: Sequence[Message]) -> list[Result]:
        """Tell everybody concerned. Raises Transient when the delivery log cannot be written."""
        try:
            top = _highest(messages)
            for message in messages:
                if is_stale(message, self._now()):
                    continue
                if isinstance(message, AlertRaised):
                    self._tell_alert(message, superseded=top[message.event] != message.id)
                elif isinstance(message, AlertCleared):
                    self._tell_clear(message)
        except StoreUnavailable as err:
            raise Transient(str(err)) from err
        return [[] for _ in messages]

    def tick(self, now: datetime) -> None:
        """Send again what is due, and remind of clocks. Raises Transient when the store is away."""
        try:
            self._retry(now)
            self._remind(now)
        except StoreUnavailable as err:
            raise Transient(str(err)) from err

    def _tell_alert(self, alert: AlertRaised, *, superseded: bool) -> None:
        targets = self._targets(alert.level, alert.jurisdiction)
        notice: Notice | None = None
        too_old = self._now() - alert.raised_at > timedelta(hours=self._audiences.max_age_hours)
        for target in targets:
            taken = self._claim(target, "alert", alert.id)
            if taken is None:
                continue
            if superseded or too_old:
                why = "superseded by a higher level" if superseded else "too old when it reached delivery"
                self._settle(taken, ok=False, error=why)
                continue
            notice = notice or self._alert_notice(alert, wait=True)
            self._send(target, taken, notice)

    def _tell_clear(self, clear: AlertCleared) -> None:
        too_old = self._now() - clear.cleared_at > timedelta(hours=self._audiences.max_age_hours)
        for target in self._targets(clear.previous_level, clear.jurisdiction):
            if not target[0].all_clear or too_old:
                continue
            taken = self._claim(target, "all_clear", clear.id)
            if taken is not None:
                self._send(target, taken, notices.of_all_clear(clear, self._now()))

    def _targets(self, level: str, jurisdiction: str) -> list[Target]:
        return [(a, c) for a in self._audiences.audiences if listens(a, level, jurisdiction) for c in a.channels]

    def _claim(self, target: Target, kind: str, subject: str) -> Claim | None:
        with self._store.write() as conn:
            return claim(
                conn,
                audience=target[0].name,
                channel=target[1].label,
                subject=subject,
                kind=kind,
                now=self._now(),
            )

    def _send(self, target: Target, taken: Claim, notice: Notice) -> None:
        audience, channel = target
        try:
            self._senders[audience.name, channel.label].send(notice)
        except SendFailed as err:
            last = taken.attempt >= channel.attempts
            pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 3 ** (taken.attempt - 1))
            self._settle(
                taken, ok=False, error=str(err), retry_at=None if last else self._now() + timedelta(seconds=pause)
            )
            outcome = "failed" if last else "retried"
        else:
            self._settle(taken, ok=True)
            outcome = "delivered"
        metrics.DELIVERIES.labels(channel.kind, outcome).inc()
        log.info(
            "delivery",
            extra={"channel": channel.kind, "kind": notice.kind, "outcome": outcome, "attempt": taken.attempt},
        )

    def _settle(self, taken: Claim, *, ok: bool, error: str = "", retry_at: datetime | None = None) -> None:
        """Write the outcome; worth some patience, for an unsettled claim is sent again when its lease ends."""
        for pause in (*SETTLE_PAUSES_S, None):
            try:
                with self._store.write() as conn:
                    settle(conn, taken, ok=ok, error=error, now=self._now(), retry_at=retry_at)
                return
            except StoreUnavailable:
                if pause is None:
                    raise
                self._sleep(pause)

    def _alert_notice(self, alert: AlertRaised, *, wait: bool) -> Notice:
        rules = self._clock_rules(alert.jurisdiction, alert.category)
        now = self._now()
        due = clocks(alert.level, alert.category, alert.raised_at, rules, known_at=max(now, alert.raised_at))
        return notices.of_alert(alert, self._posts(alert, wait=wait), due, now)

    def _posts(self, alert: AlertRaised, *, wait: bool) -> list[PostScored]:
        """The alert's posts as far as they are archived."""
        wanted = [alert.first_post, *alert.posts]
        end = time.monotonic() + (self._posts_wait_s if wait and time.monotonic() >= self._no_wait_until else 0.0)
        while True:
            with self._store.read() as conn:
                rows = find_posts(conn, PostFilter(ids=wanted), limit=len(wanted)).items
            if rows:
                return [row.post for row in rows]
            if time.monotonic() >= end:
                self._no_wait_until = time.monotonic() + POSTS_GIVE_UP_S
                return []
            self._sleep(0.2)

    def _clock_rules(self, jurisdiction: str, category: str | None) -> ClockRules:
        return clock_rules(self._rules.rules(jurisdiction, category))

    def _retry(self, now: datetime) -> None:
        with self._store.read() as conn:
            waiting = pending(conn, now)
        by_name = {(a.name, c.label): (a, c) for a in self._audiences.audiences for c in a.channels}
        for row in waiting:
            target = by_name.get((row.audience, row.channel))
            if target is None:
                continue  # switched off for now: it stays in the log as waiting
            notice = self._again(row.kind, row.subject, now)
            young = now - row.first_at < timedelta(hours=self._audiences.max_age_hours)
            if notice is None and row.kind != "reminder" and young:
                continue  # not archived yet
            taken = self._claim(target, row.kind, row.subject)
            if taken is None:
                continue
            if notice is None or (is_drill(notice.jurisdiction) and not target[0].drills):
                self._settle(taken, ok=False, error="nothing to tell any more")
            else:
                self._send(target, taken, notice)

    def _again(self, kind: str, subject: str, now: datetime) -> Notice | None:
        """The message once more, from the store; None when it is moot."""
        if kind == "reminder":
            due = next((d for d in self._due(now) if notices.clock_subject(d) == subject), None)
            return None if due is None else notices.of_clock(due, now)
        with self._store.read() as conn:
            row = get_alert(conn, subject) if kind == "alert" else None
            clear = get_all_clear(conn, subject) if kind == "all_clear" else None
        if row is not None:
            return self._alert_notice(row.alert, wait=False)
        return None if clear is None else notices.of_all_clear(clear, now)

    def _due(self, now: datetime) -> list[ClockDue]:
        longest = max((a.remind_minutes for a in self._audiences.audiences), default=0.0)
        with self._store.read() as conn:
            return due_clocks(conn, now=now, within=timedelta(minutes=longest))

    def _remind(self, now: datetime) -> None:
        for due in self._due(now):
            if due.reminded_at is not None:
                continue
            told = False
            for audience in self._audiences.audiences:
                if not audience.reminders or not listens(audience, due.level, due.jurisdiction):
                    continue
                if due.due_at - now > self._ahead(audience, due):
                    continue
                told = True
                for channel in audience.channels:
                    taken = self._claim((audience, channel), "reminder", notices.clock_subject(due))
                    if taken is not None:
                        self._send((audience, channel), taken, notices.of_clock(due, now))
            if told:
                with self._store.write() as conn:
                    mark_reminded(conn, due.incident, due.name, now)

    def _ahead(self, audience: Audience, due: ClockDue) -> timedelta:
        """So long before it is due: the audience's wish, at most the last third of the clock's time."""
        rules = self._clock_rules(due.jurisdiction, None)
        lengths = {
            "acknowledge": timedelta(minutes=rules.acknowledge_minutes),
            "authoritative_information": timedelta(hours=rules.authoritative_information_hours),
            "press_conference": timedelta(hours=rules.press_conference_hours),
            "response": timedelta(hours=rules.response_hours),
        }
        wish = timedelta(minutes=audience.remind_minutes)
        return min(wish, lengths[due.name] / 3) if due.name in lengths else wish


def _highest(messages: Sequence[Message]) -> dict[str, str]:
    """Event -> id of its highest alert among these messages."""
    top: dict[str, AlertRaised] = {}
    for message in messages:
        if isinstance(message, AlertRaised):
            best = top.get(message.event)
            if best is None or rank(message.level) >= rank(best.level):
                top[message.event] = message
    return {event: alert.id for event, alert in top.items()}

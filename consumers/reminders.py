"""Clocks about to run out -> a reminder to every audience that wants it, once; in quiet hours and silences not yet."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from config.alerts import AlertRules
from config.audiences import Audience, Audiences, Channel
from consumers import notices
from consumers.drills import listens
from consumers.holding import reminder_waits
from consumers.rules import clock_rules
from consumers.sending import Sending, Target
from models.drill import is_drill
from store import outbox
from store.deliveries import claim, pending
from store.engine import Store
from store.incidents import ClockDue, due_clocks, mark_reminded
from store.silences import Silence, active_silences

KIND = "reminder"


class Reminders:
    """What the tick of notify does about clocks."""

    def __init__(self, store: Store, audiences: Audiences, rules: AlertRules, sending: Sending) -> None:
        self._store, self._audiences, self._rules, self._sending = store, audiences, rules, sending

    def tick(self, now: datetime) -> None:
        """Try again what did not arrive, then remind of what is due. Raises StoreUnavailable."""
        longest = max((a.remind_minutes for a in self._audiences.audiences), default=0.0)
        with self._store.read() as conn:
            due = due_clocks(conn, now=now, within=timedelta(minutes=longest))
            silences = active_silences(conn, now)
        self._retry(due, silences, now)
        for clock in due:
            if clock.reminded_at is None:
                self._remind(clock, silences, now)

    def _retry(self, due: Sequence[ClockDue], silences: Sequence[Silence], now: datetime) -> None:
        with self._store.read() as conn:
            waiting = [row for row in pending(conn, now) if row.kind == KIND]
        targets = {(a.name, c.label): (a, c) for a in self._audiences.audiences for c in a.channels}
        for row in waiting:
            target = targets.get((row.audience, row.channel))
            if target is None:
                continue  # switched off for now: it stays in the log as waiting
            clock = next((d for d in due if notices.clock_subject(d) == row.subject), None)
            if clock is not None and is_drill(clock.jurisdiction) and not target[0].drills:
                clock = None
            if clock is None or not reminder_waits(self._rules, target[0], clock, silences, now):
                self._send(target, row.subject, clock, now)

    def _remind(self, clock: ClockDue, silences: Sequence[Silence], now: datetime) -> None:
        told = waits = False
        for audience in self._audiences.audiences:
            if not audience.reminders or not listens(audience, clock.level, clock.jurisdiction):
                continue
            if clock.due_at - now > self._ahead(audience, clock):
                continue
            if reminder_waits(self._rules, audience, clock, silences, now):
                waits = True
                continue
            for channel in audience.channels:
                if self._unheard(audience, channel, clock, now):
                    waits = True
                    continue
                told = True
                self._send((audience, channel), notices.clock_subject(clock), clock, now)
        if told and not waits:
            with self._store.write() as conn:
                mark_reminded(conn, clock.incident, clock.name, now)

    def _send(self, target: Target, subject: str, clock: ClockDue | None, now: datetime) -> None:
        audience, channel = target
        with self._store.write() as conn:
            taken = claim(conn, audience=audience.name, channel=channel.label, subject=subject, kind=KIND, now=now)
        if taken is None:
            return
        if clock is None:
            self._sending.give_up(taken, why="nothing to tell any more")
        else:
            self._sending.send(target, [taken], notices.of_clock(clock, now))

    def _unheard(self, audience: Audience, channel: Channel, clock: ClockDue, now: datetime) -> bool:
        """Whether this asks to acknowledge what still waits to be told here: the time for it has not begun."""
        if clock.name != "acknowledge":
            return False
        with self._store.read() as conn:
            known = outbox.told_level(conn, audience.name, channel.label, (clock.event,))
            waiting = outbox.open_of_event(conn, audience.name, channel.label, clock.event, now)
        return known is None and any(line.kind == "alert" for line in waiting)

    def _ahead(self, audience: Audience, clock: ClockDue) -> timedelta:
        """So long before it is due: the audience's wish, at most the last third of the clock's time."""
        rules = clock_rules(self._rules.rules(clock.jurisdiction, clock.category))
        lengths = {
            "acknowledge": timedelta(minutes=rules.acknowledge_minutes),
            "authoritative_information": timedelta(hours=rules.authoritative_information_hours),
            "press_conference": timedelta(hours=rules.press_conference_hours),
            "response": timedelta(hours=rules.response_hours),
        }
        wish = timedelta(minutes=audience.remind_minutes)
        return min(wish, lengths[clock.name] / 3) if clock.name in lengths else wish

"""alerts.raised -> people: every audience once, tried again until it arrives, logged.

News is first noted in the delivery log, then told or held back (consumers/telling.py), in one transaction; what is
told is claimed before it is sent and settled after. A line exists once, so neither a redelivered alert nor a restart
sends twice, and what is held survives both; a sender killed between sending and settling is the one exception, and
its repeat carries the same Idempotency-Key. One channel that is down holds up no other.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bus.errors import Transient
from bus.messages import AlertCleared, AlertLowered, AlertRaised, Level, Message, PostScored
from bus.runner import Result
from config.alerts import AlertRules
from config.audiences import Audience, Audiences
from consumers import grouped, notices
from consumers.drills import is_stale, listens, with_console
from consumers.holding import News
from consumers.notices import Notice
from consumers.reminders import Reminders
from consumers.rules import clock_rules
from consumers.senders import Sender
from consumers.sending import Sending, Target
from consumers.telling import Bundle, Teller, group_of
from models.deadlines import Clock, clocks
from models.drill import is_drill
from store import outbox
from store.alerts import get_alert, get_all_clear
from store.edits import merged_into
from store.engine import Connection, Store
from store.errors import StoreUnavailable
from store.incidents import OPEN_STATES, ask_from, incident_for
from store.outbox import Line, NewsKind
from store.posts import PostFilter, find_posts
from store.step_downs import get_step_down

POSTS_WAIT_S = 3.0  # the archive is usually this close behind; without the posts the message goes out unquoted
POSTS_GIVE_UP_S = 60.0  # after one wait in vain nobody waits for so long
TOO_OLD = "too old when it reached delivery"


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
        wide: Collection[str] = (),
    ) -> None:
        """posts_wait_s: so long a first message waits for its posts to be archived. wide: places that tell nobody
        where, so that their events have nothing else in common."""
        self._store, self._audiences, self._rules = store, with_console(audiences), rules
        self._now, self._sleep, self._posts_wait_s = now, sleep, posts_wait_s
        self._sending = Sending(store, senders, now=now, sleep=sleep)
        self._reminders = Reminders(store, self._audiences, rules, self._sending)
        self._patience = timedelta(hours=audiences.max_age_hours)
        self._wide = wide
        self._no_wait_until = 0.0
        self._woken = False

    def handle(self, messages: Sequence[Message]) -> list[Result]:
        """Tell everybody concerned. Raises Transient when the delivery log cannot be written."""
        try:
            fresh: dict[str, News] = {}
            for message in messages:
                if not isinstance(message, AlertRaised | AlertLowered | AlertCleared) or is_stale(message, self._now()):
                    continue
                if not isinstance(message, AlertRaised) and any(n.event == message.event for n in fresh.values()):
                    self._tell(fresh)  # whoever is told how it went on is told of the alert first
                    fresh = {}
                fresh[message.id] = message
            self._tell(fresh)
        except StoreUnavailable as err:
            raise Transient(str(err)) from err
        return [[] for _ in messages]

    def tick(self, now: datetime) -> None:
        """Tell what is due by now, and remind of clocks. Raises Transient when the store is away."""
        try:
            self._due(now)
            self._reminders.tick(now)
        except StoreUnavailable as err:
            raise Transient(str(err)) from err

    def _tell(self, fresh: Mapping[str, News]) -> None:
        for audience in self._audiences.audiences:
            heard = [n for n in fresh.values() if listens(audience, _level(n), n.jurisdiction)]
            heard = [n for n in heard if _wanted(audience, n)]
            for channel in audience.channels if heard else ():
                target = (audience, channel)
                with self._store.write() as conn:
                    lines = self._enrolled(conn, target, heard)
                    bundles = self._planned(conn, target, lines, fresh) if lines else []
                self._send(target, bundles)

    def _enrolled(self, conn: Connection, target: Target, heard: Sequence[News]) -> list[Line]:
        """Note what is new to this audience; what is due to it now. What is too old is logged, not told."""
        now, (audience, channel) = self._now(), target
        new: set[str] = set()
        old: set[str] = set()
        for n in heard:
            if outbox.enroll(
                conn, audience=audience.name, channel=channel.label, subject=n.id, event=n.event, now=now,
                place=_group(conn, target, n, self._wide), kind=_kind(n), level=_level(n),
            ):  # fmt: skip
                (old if now - _at(n) > self._patience else new).add(n.id)
        if not (new or old):
            return []
        mine = [
            line for line in outbox.due(conn, now) if (line.audience, line.channel) == (audience.name, channel.label)
        ]
        outbox.drop(conn, [line for line in mine if line.subject in old], why=TOO_OLD, now=now)
        return [line for line in mine if line.subject not in old]

    def _due(self, now: datetime) -> None:
        """Held back until now, to be tried again, or left by a sender that died."""
        if not self._woken:  # quiet hours may be others than when this was held back
            with self._store.write() as conn:
                outbox.wake(conn, now)
            self._woken = True
        with self._store.read() as conn:
            lines = outbox.due(conn, now)
        targets = {(a.name, c.label): (a, c) for a in self._audiences.audiences for c in a.channels}
        for name in dict.fromkeys((line.audience, line.channel) for line in lines):
            target = targets.get(name)
            if target is None:
                continue  # switched off for now: it stays in the log
            with self._store.write() as conn:
                mine = [line for line in lines if (line.audience, line.channel) == name]
                bundles = self._planned(conn, target, mine, {})
            self._send(target, bundles)

    def _planned(
        self, conn: Connection, target: Target, lines: Sequence[Line], fresh: Mapping[str, News]
    ) -> list[Bundle]:
        """What is to be sent now, claimed; what it tells of is to be acknowledged from now on, if nobody knew of it.

        What fell due long ago (nothing ran, or the channel was switched off) is logged, not told.
        """
        now = self._now()
        missed = {line.id for line in outbox.due(conn, now - self._patience)}
        outbox.drop(conn, [line for line in lines if line.id in missed], why=TOO_OLD, now=now)
        bundles = self._teller(conn, target, fresh).plan([line for line in lines if line.id not in missed])
        for alert in (n for bundle in bundles for n in bundle.news if isinstance(n, AlertRaised)):
            rules = clock_rules(self._rules.rules(alert.jurisdiction, alert.category))
            ask_from(conn, alert.event, due_at=now + timedelta(minutes=rules.acknowledge_minutes), now=now)
        return bundles

    def _teller(self, conn: Connection, target: Target, fresh: Mapping[str, News]) -> Teller:
        return Teller(
            conn=conn,
            audience=target[0],
            channel=target[1].label,
            rules=self._rules,
            now=self._now(),
            find=lambda line: fresh.get(line.subject) or _archived(conn, line),
            patience=self._patience,
        )

    def _send(self, target: Target, bundles: Sequence[Bundle]) -> None:
        for bundle in bundles:
            notice = self._notice(bundle, target)
            if bundle.held is not None:
                now_level = self._stands(bundle.news[0])
                notice = notices.said_late(notice, bundle.held.why, bundle.held.first_at, self._now(), now_level)
            with self._store.write() as conn:  # what went before may have taken long
                claims = outbox.begin(conn, bundle.claims, now=self._now())
            if claims:
                self._sending.send(target, claims, notice)

    def _notice(self, bundle: Bundle, target: Target) -> Notice:
        now, first = self._now(), bundle.news[0]
        if isinstance(first, AlertCleared):
            clears = [n for n in bundle.news if isinstance(n, AlertCleared)]
            return grouped.of_all_clears(clears, now) if len(clears) > 1 else notices.of_all_clear(first, now)
        if isinstance(first, AlertLowered):
            return notices.of_step_down(first, now)
        alerts = [n for n in bundle.news if isinstance(n, AlertRaised)]
        due = self._clocks(first, now)
        posts, told = self._posts(first), self._told(first.event, target)
        if len(alerts) > 1:
            nowhere = group_of(first, self._wide) == outbox.nowhere(first.jurisdiction)
            return grouped.of_alerts(alerts, posts, due, now, told, place="" if nowhere else first.place)
        return notices.of_alert(first, posts, due, now, told)

    def _clocks(self, alert: AlertRaised, now: datetime) -> list[Clock]:
        """What is due by when: as the register has it, without what is done; what it does not have yet is added."""
        rules = clock_rules(self._rules.rules(alert.jurisdiction, alert.category))
        wanted = clocks(alert.level, alert.category, alert.raised_at, rules, known_at=max(now, alert.raised_at))
        with self._store.read() as conn:
            incident = incident_for(conn, alert.event)
        if incident is None or incident.state not in OPEN_STATES:
            return wanted
        known = {row.name: row for row in incident.clocks}
        due = [replace(c, due_at=known[c.name].due_at) if c.name in known else c for c in wanted]
        unmet = (c for c in due if c.name not in known or known[c.name].met_at is None)
        return sorted(unmet, key=lambda c: (c.due_at, c.name))

    def _told(self, event: str, target: Target) -> Level | None:
        """The level this audience was last told of the event, or of one merged into it, on this channel."""
        with self._store.read() as conn:
            return outbox.told_level(conn, target[0].name, target[1].label, (event, *merged_into(conn, event)))

    def _stands(self, news: News) -> str | None:
        """The level an event has stepped down to since its alert; None when it has not, or is not known."""
        with self._store.read() as conn:
            row = get_alert(conn, news.id)
        return row.level_now if row and row.level_now != row.alert.level else None

    def _posts(self, alert: AlertRaised) -> list[PostScored]:
        """The alert's posts as far as they are archived."""
        wanted = [alert.first_post, *alert.posts]
        end = time.monotonic() + (self._posts_wait_s if time.monotonic() >= self._no_wait_until else 0.0)
        while True:
            with self._store.read() as conn:
                rows = find_posts(conn, PostFilter(ids=wanted), limit=len(wanted)).items
            if rows:
                return [row.post for row in rows]
            if time.monotonic() >= end:
                self._no_wait_until = time.monotonic() + POSTS_GIVE_UP_S
                return []
            self._sleep(0.2)


def _wanted(audience: Audience, news: News) -> bool:
    return (
        isinstance(news, AlertRaised)
        or (isinstance(news, AlertCleared) and audience.all_clear)
        or (isinstance(news, AlertLowered) and audience.step_downs)
    )


def _kind(news: News) -> NewsKind:
    return "alert" if isinstance(news, AlertRaised) else "lowered" if isinstance(news, AlertLowered) else "all_clear"


def _group(conn: Connection, target: Target, news: News, wide: Collection[str]) -> str:
    """What the news must share with other news to be told with it: what the alert it ends was told under."""
    if isinstance(news, AlertCleared):
        return "" if is_drill(news.jurisdiction) else outbox.told_in(conn, target[0].name, target[1].label, news.event)
    return group_of(news, wide)


def _at(news: News) -> datetime:
    if isinstance(news, AlertRaised):
        return news.raised_at
    return news.lowered_at if isinstance(news, AlertLowered) else news.cleared_at


def _level(news: News) -> str:
    return news.level if isinstance(news, AlertRaised) else news.previous_level


def _archived(conn: Connection, line: Line) -> News | None:
    if line.kind == "alert":
        row = get_alert(conn, line.subject)
        return row.alert if row else None
    if line.kind == "lowered":
        return get_step_down(conn, line.subject)
    return get_all_clear(conn, line.subject)

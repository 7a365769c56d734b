"""Waiting news -> messages: for one audience on one channel, one message an event and one a place.

Of an event only what is newest is told: the highest level of what is waiting; nothing of what was over before it
could be told, and no end of what was never told. Alerts of one place that can be told together are one message; those
not higher than what was told of the place lately wait, and are told together when the time is over.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bus.messages import AlertRaised
from config.alerts import AlertRules
from config.audiences import Audience
from consumers.holding import News, held_until
from models.drill import is_drill
from models.levels import rank
from store import outbox
from store.deliveries import Claim
from store.engine import Connection
from store.outbox import Line, NewsKind
from store.silences import active_silences

NEWER = "superseded by newer news of the event"
OVER = "over before it could be told"
MOOT = "nothing to tell any more"


@dataclass(frozen=True)
class Bundle:
    """One message."""

    claims: tuple[Claim, ...]
    news: tuple[News, ...]
    """Of one event each; alerts, the gravest first, when there are several."""
    held: Line | None = None
    """The line that waited longest, when one of these was held back."""


@dataclass(frozen=True)
class Teller:
    """Plans the messages of one audience on one channel, within one transaction."""

    conn: Connection
    audience: Audience
    channel: str
    rules: AlertRules
    now: datetime
    find: Callable[[Line], News | None]
    """What a line is about; None while it is not archived, or when it is gone."""
    patience: timedelta
    """So long news that cannot be found is waited for."""

    def plan(self, lines: Iterable[Line]) -> list[Bundle]:
        """What is to be sent now; it is claimed. The rest is held back or dropped, and the log says so."""
        ready: list[tuple[Line, News]] = []
        silences = active_silences(self.conn, self.now)
        for event in dict.fromkeys(line.event for line in lines):
            chosen = self._newest(event)
            if chosen is None:
                continue
            line, news = chosen
            held = held_until(self.rules, self.audience, news, silences, self.now)
            if held is None:
                ready.append(chosen)
            else:
                outbox.hold(self.conn, [line], until=held[0], why=held[1])
        return self._bundles(ready)

    def _newest(self, event: str) -> tuple[Line, News] | None:
        lines = outbox.open_of_event(self.conn, self.audience.name, self.channel, event, self.now)
        told = outbox.last_told(self.conn, self.audience.name, self.channel, event)
        while lines:
            chosen = newest(lines, told)
            news = self.find(chosen) if chosen else None
            if chosen and news is None and self.now - chosen.first_at < self.patience:
                return None  # not archived yet
            if chosen and (news is None or (is_drill(news.jurisdiction) and not self.audience.drills)):
                self._drop([chosen], MOOT)
                lines.remove(chosen)
                continue
            over = lines[-1].kind == "all_clear"
            self._drop([line for line in lines if line is not chosen], OVER if over else NEWER)
            return (chosen, news) if chosen and news else None
        return None

    def _bundles(self, ready: Sequence[tuple[Line, News]]) -> list[Bundle]:
        together: dict[str, list[tuple[Line, AlertRaised]]] = {}
        bundles: list[Bundle] = []
        for line, news in ready:
            if isinstance(news, AlertRaised) and line.place and self._minutes(news) > 0:
                together.setdefault(line.place, []).append((line, news))
            else:
                bundles += self._claimed([(line, news)])
        for place, items in together.items():
            bundles += self._of_place(place, items)
        return bundles

    def _of_place(self, place: str, items: Sequence[tuple[Line, AlertRaised]]) -> list[Bundle]:
        wait = timedelta(minutes=self._minutes(items[0][1]))
        near = outbox.told_near(self.conn, self.audience.name, self.channel, place, self.now - wait)
        if near is None:
            return self._claimed(items)
        news = [(line, alert) for line, alert in items if alert.level == "red" or line.level > near.level]
        known = {line.event for line, _ in news}
        late = [line for line, _ in items if line.event not in known]
        outbox.hold(self.conn, late, until=near.at + wait, why="together")
        if not news:
            return []
        waiting = outbox.held_together(self.conn, self.audience.name, self.channel, place)
        others = [(line, alert) for line in waiting if line.event not in known and (alert := self.find(line))]
        return self._claimed([*news, *others])

    def _claimed(self, items: Sequence[tuple[Line, News]]) -> list[Bundle]:
        claims = outbox.take(self.conn, [line for line, _ in items], now=self.now)
        mine = {claim.id for claim in claims}
        left = sorted(((line, news) for line, news in items if line.id in mine), key=_gravest)
        if not left:
            return []
        held = min((line for line, _ in left if line.why in outbox.HELD), key=lambda line: line.id, default=None)
        return [Bundle(tuple(claims), tuple(news for _, news in left), held)]

    def _minutes(self, alert: AlertRaised) -> float:
        return self.rules.rules(alert.jurisdiction, alert.category).group_minutes

    def _drop(self, lines: Sequence[Line], why: str) -> None:
        outbox.drop(self.conn, lines, why=why, now=self.now)


def newest(lines: Sequence[Line], told: NewsKind | None) -> Line | None:
    """What of an event's untold news is told: its highest alert, or its end if it was told of; None for nothing.

    lines: of one event, in the order in which they came. told: the kind of the newest news this audience got.
    """
    if not lines:
        return None
    last = lines[-1]
    knows = told in ("alert", "lowered")
    if last.kind == "all_clear":
        return last if knows else None
    ends = [n for n, line in enumerate(lines) if line.kind == "all_clear"]
    tail = lines[ends[-1] + 1 :] if ends else lines
    alerts = [line for line in tail if line.kind == "alert"]
    if alerts:
        return max(alerts, key=lambda line: (line.level, line.id))
    return last if knows else None


def _gravest(item: tuple[Line, News]) -> tuple[int, int]:
    line, news = item
    return -rank(news.level) if isinstance(news, AlertRaised) else 0, line.id

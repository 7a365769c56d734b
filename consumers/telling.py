"""Waiting news -> messages: for one audience on one channel, one message an event and one a group.

Of an event only what is newest is told: the highest level of what is waiting; nothing of what was over before it
could be told, and no end of what was never told. Alerts of one group (a place, or the single accusations of a
jurisdiction that name none) that can be told together are one message; those not higher than what was told of the group
lately wait, and are told together when the time is over. So do all-clears of what was told of the group.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bus.messages import AlertCleared, AlertRaised
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
RED = rank("red")
ACCUSATION = frozenset({"severe-post", "severe-reach", "coordinated-copies"})  # reasons of what nothing but a post says


@dataclass(frozen=True)
class Bundle:
    """One message."""

    claims: tuple[Claim, ...]
    news: tuple[News, ...]
    """Of one event each; when there are several, alerts (the gravest first) or all-clears."""
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
        together: dict[tuple[NewsKind, str], list[tuple[Line, News]]] = {}
        bundles: list[Bundle] = []
        for line, news in ready:
            if line.kind != "lowered" and line.place and self._minutes(news) > 0:
                together.setdefault((line.kind, line.place), []).append((line, news))
            else:
                bundles += self._claimed([(line, news)])
        for (kind, group), items in together.items():
            bundles += self._of_group(kind, group, items)
        return bundles

    def _of_group(self, kind: NewsKind, group: str, items: Sequence[tuple[Line, News]]) -> list[Bundle]:
        wait = timedelta(minutes=self._minutes(items[0][1]))
        near = outbox.told_near(self.conn, self.audience.name, self.channel, group, self.now - wait, kind=kind)
        if near is None:
            return self._claimed(items)
        news = [(line, n) for line, n in items if kind == "alert" and (line.level > near.level or line.level == RED)]
        known = {line.event for line, _ in news}
        late = [line for line, _ in items if line.event not in known]
        outbox.hold(self.conn, late, until=near.at + wait, why="together")
        if not news:
            return []
        waiting = outbox.held_together(self.conn, self.audience.name, self.channel, group)
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

    def _minutes(self, news: News) -> float:
        category = None if isinstance(news, AlertCleared) else news.category
        return self.rules.rules(news.jurisdiction, category).group_minutes

    def _drop(self, lines: Sequence[Line], why: str) -> None:
        outbox.drop(self.conn, lines, why=why, now=self.now)


def group_of(news: News, wide: Collection[str]) -> str:
    """What alerts must share to be told together; empty for what is told by itself.

    That is their place. Without one (none is named, or one of `wide`, or the whole jurisdiction) blue alerts that rest
    on single accusations share their jurisdiction: differently worded, they are events of their own, and many of them
    say little more than one. What spreads, whatever is graver, and drills, are told by themselves.
    """
    if not isinstance(news, AlertRaised):
        return ""
    spot = "" if news.place in wide else outbox.spot(news.jurisdiction, news.place)
    if spot or news.level != "blue" or is_drill(news.jurisdiction):
        return spot
    return outbox.nowhere(news.jurisdiction) if all(r.rule in ACCUSATION for r in news.reasons) else ""


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

"""Alerts of one past by today's rules and by changed ones: what is new, gone, earlier or later, and how often."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bus.messages import AlertRaised, Level
from models.intervals import wilson
from models.levels import LEVELS, rank
from store.past import Judged

Change = Literal["same", "earlier", "later", "new", "gone", "level"]
PAIR_S = 24 * 3600.0  # the same event and level within a day are one alert that moved (the shipped cool-down)


@dataclass(frozen=True)
class Row:
    """One alert that the changed rules raise, or (gone, level) no longer raise."""

    alert: AlertRaised
    change: Change
    minutes: float = 0.0
    """Later (positive) or earlier (negative) than by today's rules."""
    fires: bool = True
    """False: only today's rules raise it."""
    before: Level | None = None
    """Highest level of its event by today's rules."""
    after: Level | None = None
    """Highest level of its event by the changed rules."""


@dataclass(frozen=True)
class FalseAlarms:
    """What the desk's judgements say about a set of alerts, counted in events."""

    events: int
    judged: int
    false: int
    interval: tuple[float, float] | None
    """Wilson, 95 %, of the share false / judged; None when nothing was judged."""


@dataclass(frozen=True)
class Stored:
    """The alerts that were really raised in that time, by the rules they carry."""

    alerts: int
    by_todays_rules: int
    by_other_rules: int
    rules_unknown: int


def stored_then(found: Mapping[str, tuple[str, str | None]], digest_today: Callable[[str], str]) -> Stored:
    """found: alert -> (jurisdiction, digest of its rules). digest_today: jurisdiction -> digest of today's rules."""
    unknown = sum(digest is None for _, digest in found.values())
    today = sum(digest is not None and digest == digest_today(place) for place, digest in found.values())
    return Stored(len(found), today, len(found) - today - unknown, unknown)


def within(alerts: Iterable[AlertRaised], since: datetime | None, until: datetime | None) -> list[AlertRaised]:
    """Those raised from `since` (inclusive) until `until` (exclusive), oldest first, each id once."""
    chosen = {
        a.id: a for a in alerts if (since is None or a.raised_at >= since) and (until is None or a.raised_at < until)
    }
    return sorted(chosen.values(), key=_when)


def compared(today: Sequence[AlertRaised], changed: Sequence[AlertRaised]) -> list[Row]:
    """What the changed rules raise, and what only today's do, oldest first."""
    of = happenings((*today, *changed))
    before, after = _tops(today, of), _tops(changed, of)
    pairs = _pairs(today, changed, of)
    rows: list[Row] = []
    for alert in changed:
        event = of[alert.id]
        levels = (before.get(event), after[event])
        old = pairs.get(alert.id)
        if old is None:
            rows.append(Row(alert, "level" if event in before else "new", 0.0, True, *levels))
            continue
        change: Change
        minutes = (alert.raised_at - old.raised_at).total_seconds() / 60
        change = "later" if minutes > 0 else "earlier" if minutes else "same"
        rows.append(Row(alert, change, round(minutes, 2), True, *levels))
    paired = {old.id for old in pairs.values()}
    for alert in today:
        if alert.id not in paired:
            event = of[alert.id]
            change = "level" if event in after else "gone"
            rows.append(Row(alert, change, 0.0, False, before[event], after.get(event)))
    return sorted(rows, key=lambda row: _when(row.alert))


def happenings(alerts: Iterable[AlertRaised]) -> dict[str, str]:
    """Alert -> one name for all events that share a post with its event.

    Which id an event keeps depends on what was told of it (decision 0017), so other rules may name it otherwise.
    """
    parents: dict[str, str] = {}

    def top(name: str) -> str:
        while (above := parents.setdefault(name, name)) != name:
            name = above
        return name

    chosen = list(alerts)
    for alert in chosen:
        for post in (alert.first_post, *alert.posts):
            parents[top(f"post {post}")] = top(alert.event)
    return {alert.id: top(alert.event) for alert in chosen}


def _tops(alerts: Iterable[AlertRaised], of: Mapping[str, str]) -> dict[str, Level]:
    """Event, by the name in `of` -> the highest level it reached."""
    found: dict[str, Level] = {}
    for alert in alerts:
        if rank(alert.level) > rank(found.get(of[alert.id])):
            found[of[alert.id]] = alert.level
    return found


def per_day(alerts: Iterable[AlertRaised], days: float) -> dict[Level, float]:
    """Alerts a day of each level."""
    counts = Counter(a.level for a in alerts)
    return {level: round(counts[level] / days, 3) for level in LEVELS}


def days_between(start: datetime, end: datetime) -> float:
    """Length in days, at least one: an hour of alerts says nothing about a day of them."""
    return max(1.0, (end - start) / timedelta(days=1))


def false_alarms(alerts: Sequence[AlertRaised], judged: Sequence[Judged]) -> FalseAlarms:
    """How many of the alerted events the desk called false. A judgement is found by the event, else by its posts."""
    by_event = {j.event: j for j in judged}
    by_post = {post: j for j in judged for post in j.posts}
    posts: dict[str, list[str]] = {}
    for alert in alerts:
        posts.setdefault(alert.event, []).extend((alert.first_post, *alert.posts))
    said: list[bool] = []
    for event, named in posts.items():
        found = [by_event[event]] if event in by_event else [by_post[p] for p in named if p in by_post]
        if found:
            said.append(all(j.false for j in found))
    return FalseAlarms(len(posts), len(said), sum(said), wilson(sum(said), len(said)))


def _pairs(
    today: Sequence[AlertRaised], changed: Sequence[AlertRaised], of: Mapping[str, str]
) -> dict[str, AlertRaised]:
    """Id by the changed rules -> the same alert by today's: same id, else same event and level within a day."""
    by_id = {a.id: a for a in today}
    pairs = {a.id: by_id[a.id] for a in changed if a.id in by_id}
    free = [a for a in today if a.id not in pairs]
    for alert in (a for a in changed if a.id not in by_id):
        apart = [
            (abs((old.raised_at - alert.raised_at).total_seconds()), old.id, old)
            for old in free
            if (of[old.id], old.level) == (of[alert.id], alert.level)
        ]
        near = min(apart, key=lambda found: found[:2], default=None)
        if near is not None and near[0] <= PAIR_S:
            pairs[alert.id] = near[2]
            free.remove(near[2])
    return pairs


def _when(alert: AlertRaised) -> tuple[datetime, int, str]:
    return alert.raised_at, rank(alert.level), alert.id

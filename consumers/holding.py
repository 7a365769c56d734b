"""Whether news may be told now: quiet hours of the audience or the place, silences that people ordered."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bus.messages import AlertCleared, AlertLowered, AlertRaised
from config.alerts import AlertRules
from config.audiences import Audience
from models.drill import is_drill
from models.levels import rank
from models.quiet import DailyHours
from store.incidents import ClockDue
from store.outbox import Held
from store.silences import Silence

News = AlertRaised | AlertLowered | AlertCleared
BREAKS_SILENCE = "red"


def held_until(
    rules: AlertRules, audience: Audience, news: News, silences: Sequence[Silence], now: datetime
) -> tuple[datetime, Held] | None:
    """Until when news is held back for this audience, and why; None when it may be told.

    Good news never breaks quiet hours. Drills are never held back: they are played to be seen.
    """
    if is_drill(news.jurisdiction):
        return None
    urgency = news.level if isinstance(news, AlertRaised) else None
    category, place = (None, "") if isinstance(news, AlertCleared) else (news.category, news.place)
    found: list[tuple[datetime, Held]] = []
    if until := quiet_until(rules, audience, news.jurisdiction, category, urgency, now):
        found.append((until, "quiet hours"))
    if urgency != BREAKS_SILENCE:
        found += [(s.until, "silence") for s in silences if s.covers(news.jurisdiction, news.event, place)]
    return max(found, default=None)


def reminder_waits(
    rules: AlertRules, audience: Audience, clock: ClockDue, silences: Sequence[Silence], now: datetime
) -> bool:
    """Whether this audience is not to be reminded of the clock yet; as an alert of its level would be held back."""
    if is_drill(clock.jurisdiction):
        return False
    if quiet_until(rules, audience, clock.jurisdiction, clock.category, clock.level, now):
        return True
    silent = any(s.covers(clock.jurisdiction, clock.event, clock.place) for s in silences)
    return silent and clock.level != BREAKS_SILENCE


def quiet_until(
    rules: AlertRules, audience: Audience, jurisdiction: str, category: str | None, level: str | None, now: datetime
) -> datetime | None:
    """The end of the quiet hours that hold back this level (None: the least urgent) now; None when none do."""
    quiet = audience.quiet_hours
    if isinstance(quiet, msgspec.UnsetType):
        quiet = rules.rules(jurisdiction, category).quiet_hours
    if quiet is None or rank(level) >= rank(quiet.breaks) or is_drill(jurisdiction):
        return None
    return DailyHours(*quiet.hours).until(now)

"""What a digest holds: figures and the links that open them. Frozen, JSON-ready, no words of judgement.

A figure is never a bare number: `evidence` lists the desk pages whose posts (alerts, events) it counts; for a
difference, `less` lists the pages taken away. `reports/evidence.py` counts them again.
"""

from datetime import datetime
from typing import Literal

import msgspec

SMALL = 20
"""Below this base no percentage is formed: 2 to 4 is "2条增至4条", not "+100%"."""


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """Base of everything below."""


class Figure(Shape, frozen=True, kw_only=True):
    """A number that can be opened."""

    value: int
    evidence: list[str]
    less: list[str] = []


class Share(Shape, frozen=True, kw_only=True):
    """Part of a whole; `percent` is null when the whole is below SMALL."""

    part: Figure
    whole: Figure
    percent: float | None


class Compared(Shape, frozen=True, kw_only=True):
    """A figure against the period before; `percent` is null when the base is below SMALL."""

    now: Figure
    before: Figure
    change: int
    percent: float | None


class Slice(Shape, frozen=True, kw_only=True):
    """Police posts of one category, place, platform or source."""

    key: str
    name: str
    relevant: Compared
    negative: Share


class Volume(Shape, frozen=True, kw_only=True):
    """How much was said, and how."""

    collected: Compared
    copies: Figure
    """Of those collected: posts whose exact text an earlier post of the period has. Counted in every figure."""
    relevant: Compared
    relevant_copies: Figure
    """The same among the police posts."""
    negative: Compared
    negative_share: Share
    negative_share_before: Share
    points: float | None
    """Change of the negative share in percentage points; null when either base is below SMALL."""
    attitudes: list[Slice]
    """Towards the police: key 1, 0, -1."""


class Bucket(Shape, frozen=True, kw_only=True):
    """One day (one hour for a daily report)."""

    start: datetime
    label: str
    collected: Figure
    relevant: Figure
    negative: Figure


class AlertLine(Shape, frozen=True, kw_only=True):
    """One alert of the period."""

    id: str
    event: str
    level: str
    previous_level: str | None
    headline: str
    reasons: list[str]
    raised_at: datetime
    cleared_at: datetime | None
    place: str
    category: str | None
    misfire: bool
    """The desk marked it 误报."""
    link: str


class ClockLine(Shape, frozen=True, kw_only=True):
    """One deadline of an incident, as of the digest."""

    name: str
    due_at: datetime
    met_at: datetime | None
    state: Literal["met", "late", "overdue", "running", "void", "dropped"]
    """Met in time, met late, not met and past, not yet due; void: the incident was a 误报; dropped: closed unmet."""
    minutes: int
    """Late or overdue by, left over when met or still running."""


class IncidentLine(Shape, frozen=True, kw_only=True):
    """One incident opened in the period or still open in it."""

    id: str
    event: str
    headline: str
    level: str
    state: str
    owner: str
    started_at: datetime
    clocks: list[ClockLine]
    statements: int
    link: str


class QuoteLine(Shape, frozen=True, kw_only=True):
    """What somebody wrote, masked; never who."""

    post: str
    text: str
    platform: str
    published_at: datetime
    intent: str
    link: str
    url: str


class EventLine(Shape, frozen=True, kw_only=True):
    """One event by what was said about it in the period."""

    id: str
    headline: str
    place: str
    category: str | None
    phase: str
    level: str
    """Highest alert level of the period, or empty."""
    first_at: datetime
    last_at: datetime
    posts: Compared
    """Police posts in the period against the period before."""
    negative: Share
    platforms: list[Slice]
    is_new: bool
    """Its first post is of this period."""
    answered: int
    """Official statements so far."""
    quotes: list[QuoteLine]
    link: str


class AskedEvent(Shape, frozen=True, kw_only=True):
    """An event without an answer, and how much was asked about it."""

    id: str
    headline: str
    place: str
    category: str | None
    asks: Figure
    last_at: datetime
    link: str


class Unanswered(Shape, frozen=True, kw_only=True):
    """Questions, inquiries and complaints; open while no statement is out and the desk did not close the matter."""

    total: Figure
    asked: Figure
    """All of them, answered or not."""
    intents: list[Slice]
    events: list[AskedEvent]
    """Those most asked about."""
    single: list[QuoteLine]
    """Newest of those that belong to no event."""


class SourceLine(Shape, frozen=True, kw_only=True):
    """One source and how long nothing could be seen through it."""

    name: str
    kind: str
    state: str
    reason: str
    last_success: datetime | None
    posts: Figure
    blind_hours: float
    link: str


class Digest(Shape, frozen=True, kw_only=True):
    """One day, week or month."""

    format: Literal["minyi.digest.v1"] = "minyi.digest.v1"
    kind: Literal["day", "week", "month"]
    period: str
    since: datetime
    until: datetime
    before_since: datetime
    before_until: datetime
    as_of: datetime
    complete: bool
    """False while the period is still running at `as_of`."""
    jurisdiction: str
    desk: str
    """Address of the desk the links point to."""
    volume: Volume
    buckets: list[Bucket]
    categories: list[Slice]
    places: list[Slice]
    platforms: list[Slice]
    sources: list[Slice]
    alerts_total: Compared
    alerts_by_level: dict[str, Figure]
    alerts: list[AlertLine]
    incidents: list[IncidentLine]
    events: list[EventLine]
    events_link: str
    praise: Compared
    praise_quotes: list[QuoteLine]
    unanswered: Unanswered
    health: list[SourceLine]
    blind_hours: float

"""Alerts, all-clears and event changes as messages: ids, counts and words."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from math import isfinite
from typing import cast

from bus.messages import (
    AlertCleared,
    AlertCounts,
    AlertLowered,
    AlertRaised,
    Category,
    EventChanged,
    Level,
    Phase,
    PostScored,
    Reason,
    Window,
)
from models.deadlines import beijing
from models.drill import marked
from models.echoes import Chorus
from models.events import Event, event_id
from models.kinds import both, note_author, shown, tallied
from models.levels import COUNTED_WORDS, Counts, Ladder, StepDown, Verdict, alert_id, phase_of
from models.privacy import mask
from models.rises import NEWEST, Rise
from models.vocabulary import CATEGORY, LEVEL


@dataclass(frozen=True)
class OpenRise:
    """A swell that was announced and is not over yet."""

    event: str
    level: Level
    at: float
    headline: str


def alert(
    event: Event,
    verdict: Verdict,
    ladder: Ladder,
    *,
    before: str | None,
    post: PostScored,
    chorus: Chorus | None = None,
) -> AlertRaised:
    """The alert of an event that reached a level with `post`."""
    return AlertRaised(
        id=alert_id(event.id, verdict.level, first_at=event.first_at, time=ladder.times[verdict.level]),
        event=event.id,
        jurisdiction=post.jurisdiction,
        level=verdict.level,
        previous_level=cast("Level | None", before),
        headline=marked(headline(event), post.jurisdiction),
        reasons=_reasons(verdict),
        counts=counts(event, chorus),
        first_post=event.first_post,
        posts=[i for _, i in event.newest],
        place=event.place,
        category=cast("Category | None", event.category),
        window=Window(start=utc(event.first_at), end=utc(max(event.last_at, verdict.at))),
        raised_at=utc(verdict.at),
        model_version=post.model_version,
    )


def rise_alert(rise: Rise, verdict: Verdict, *, post: PostScored, counts: Counts, before: str | None) -> AlertRaised:
    """The alert of a swell: an event of its own that names the newest posts but takes none from their events."""
    place, category = rise.key
    kind = f"{CATEGORY[category]}类" if category else ""
    start = rise.at - rise.hours * 3600
    event = event_id("\n".join(("rise", post.jurisdiction, place, category)))
    return AlertRaised(
        id=alert_id(event, verdict.level, first_at=rise.at, time=int(rise.at // 3600)),
        event=event,
        jurisdiction=post.jurisdiction,
        level=verdict.level,
        previous_level=cast("Level | None", before),
        headline=marked(
            f"{place or post.jurisdiction or '本辖区'}{kind}{COUNTED_WORDS[counts]}明显增多", post.jurisdiction
        ),
        reasons=_reasons(verdict),
        counts=_counts_of(rise),
        first_post=rise.posts[0][1],
        posts=[i for _, i in rise.posts],
        place=place,
        category=cast("Category | None", category or None),
        window=Window(start=utc(min(start, rise.posts[0][0])), end=utc(rise.at)),
        raised_at=utc(rise.at),
        model_version=post.model_version,
    )


def lowered(ident: str, event: Event, step: StepDown, ladder: Ladder, jurisdiction: str) -> AlertLowered:
    """A step down of the ladder of event `ident`; `event` is what stands for it. Raises ValueError below blue."""
    if step.level is None:
        raise ValueError("an event that stands on no level any more is cleared, not lowered")
    raised = sum(ladder.times.values())
    return AlertLowered(
        id=alert_id(ident, f"lowered {step.was}", first_at=event.first_at, time=raised),
        event=ident,
        jurisdiction=jurisdiction,
        previous_level=step.was,
        level=step.level,
        headline=marked(headline(event), jurisdiction),
        place=event.place,
        category=cast("Category | None", event.category),
        words=f"{LEVEL[step.was]}预警降为{LEVEL[step.level]}：突发强度和声势值已{step.hours:g}小时低于{LEVEL[step.was]}线的一半",
        lowered_at=utc(step.at),
    )


def all_clear(event: Event, ladder: Ladder, jurisdiction: str, now: float, hours: float) -> AlertCleared:
    """The event is over; closes the ladder's episode."""
    raised = sum(ladder.times.values())
    level = ladder.clear(now)
    return AlertCleared(
        id=alert_id(event.id, "cleared", first_at=event.first_at, time=raised),
        event=event.id,
        jurisdiction=jurisdiction,
        previous_level=level,
        headline=marked(headline(event), jurisdiction),
        words=f"{LEVEL[level]}预警解除：已{hours:g}小时没有新的相关帖文（最后一条{beijing(utc(ladder.counted_at))}）",
        cleared_at=utc(now),
    )


def rise_over(rise: OpenRise, jurisdiction: str, now: float) -> AlertCleared:
    """The all-clear of a swell."""
    return AlertCleared(
        id=alert_id(rise.event, "cleared", first_at=rise.at, time=int(rise.at // 3600)),
        event=rise.event,
        jurisdiction=jurisdiction,
        previous_level=rise.level,
        headline=rise.headline,
        words=f"{LEVEL[rise.level]}预警解除：数量已回到往常水平附近",
        cleared_at=utc(now),
    )


def change(
    event: Event, ladder: Ladder | None, jurisdiction: str, *, was_cleared: bool, chorus: Chorus | None = None
) -> EventChanged:
    """The event as it stands."""
    phase = "over" if was_cleared and ladder and not ladder.announced else ""
    found = phase_of(event, ladder, was_cleared=was_cleared)
    return EventChanged(
        id=event.id,
        jurisdiction=jurisdiction,
        headline=marked(headline(event), jurisdiction),
        keywords=event.keywords,
        place=event.place,
        category=cast("Category | None", event.category),
        phase=cast("Phase", found if found == "reignited" or not phase else phase),
        first_post=event.first_post,
        first_at=utc(event.first_at),
        last_at=utc(event.last_at),
        counts=counts(event, chorus),
        added=event.added,
        was=list(event.was),
    )


def headline(event: Event) -> str:
    """The first post's title or opening, without personal data."""
    return _masked(event.headline)


@lru_cache(maxsize=4096)
def _masked(headline: str) -> str:
    return mask(headline)  # an event is told again with every batch, mostly under the same headline


def counts(event: Event, chorus: Chorus | None = None) -> AlertCounts:
    """The event's numbers so far."""
    return AlertCounts(
        posts=event.posts,
        relevant=event.relevant,
        negative=event.negative,
        authors=event.voices,
        reposts=max(event.reposts, event.stated_reposts),
        platforms=dict(sorted(event.platforms.items())),
        last_hour=event.last_hour,
        copies=chorus.copies if chorus else 0,
        copiers=chorus.authors if chorus else 0,
        posts_by_kind=shown(event.kinds),
        authors_by_kind=shown(event.voices_by_kind),
        media_at=utc(event.media_at) if isfinite(event.media_at) else None,
    )


def _counts_of(rise: Rise) -> AlertCounts:
    """A swell's numbers; kinds and authors are those of the posts it names."""
    authors: dict[str, str] = {}
    for author, kind in rise.authors:
        if author:
            note_author(authors, author, kind, room=NEWEST, spare=0)
    unnamed = tallied(kind for author, kind in rise.authors if not author)
    media = [at for (at, _), (_, kind) in zip(rise.posts, rise.authors, strict=True) if kind == "media"]
    return AlertCounts(
        posts=round(rise.count),
        authors=len(authors) + sum(unnamed) if len(rise.posts) == round(rise.count) else 0,
        posts_by_kind=shown(tallied(kind for _, kind in rise.authors)),
        authors_by_kind=shown(both(tallied(authors.values()), unnamed)),
        media_at=utc(min(media)) if media else None,
    )


def utc(seconds: float) -> datetime:
    """Epoch seconds as an aware time."""
    return datetime.fromtimestamp(seconds, UTC)


def _reasons(verdict: Verdict) -> list[Reason]:
    return [
        Reason(rule=r.rule, measured=r.measured, threshold=r.threshold, unit=r.unit, words=r.words)
        for r in verdict.reasons
    ]

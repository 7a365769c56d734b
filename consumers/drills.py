"""Who hears of a drill, and how old one may be: never a real channel, unless its audience says so."""

from datetime import datetime, timedelta

import msgspec

from bus.messages import (
    AlertCleared,
    AlertLowered,
    AlertRaised,
    EventChanged,
    EventEdited,
    Message,
    PostCollected,
    PostScored,
)
from config.audiences import Audience, Audiences, Channel
from models.drill import DRILL, is_drill

CONSOLE = Audience(name="演练控制台", channels=[Channel(kind="terminal")], jurisdictions=[DRILL], drills=True)
"""Hears drills when no audience of audiences.yaml does; real alerts never come here."""
LIFE = timedelta(hours=12)
"""What a drill said longer ago is over: a replay of the log does not bring it back."""


def with_console(audiences: Audiences) -> Audiences:
    """`audiences`, with CONSOLE when none of them hears drills."""
    if any(audience.drills for audience in audiences.audiences):
        return audiences
    others = [audience for audience in audiences.audiences if audience.name != CONSOLE.name]
    return msgspec.structs.replace(audiences, audiences=[*others, CONSOLE])


def listens(audience: Audience, level: str, jurisdiction: str) -> bool:
    """Whether an alert of this level and place is for them; one of a drill only when they take part in drills."""
    if not is_drill(jurisdiction):
        return audience.hears(level, jurisdiction)
    return audience.drills and msgspec.structs.replace(audience, jurisdictions=[]).hears(level, jurisdiction)


def is_stale(message: Message, now: datetime) -> bool:
    """Whether a message belongs to a drill that is over."""
    if not is_drill(message.jurisdiction):
        return False
    match message:
        case PostScored() | PostCollected():
            at = message.collected_at
        case AlertRaised():
            at = message.raised_at
        case AlertLowered():
            at = message.lowered_at
        case AlertCleared():
            at = message.cleared_at
        case EventChanged():
            at = message.last_at
        case EventEdited():
            at = message.at
        case _:
            return False
    return now - at > LIFE

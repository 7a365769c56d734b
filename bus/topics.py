"""The topics, what travels on each, and how a message is keyed."""

from dataclasses import dataclass

from bus.messages import (
    AlertCleared,
    AlertLowered,
    AlertRaised,
    EventChanged,
    EventEdited,
    Message,
    PostCollected,
    PostScored,
    PostWithdrawn,
)


@dataclass(frozen=True)
class Topic:
    """A named, partitioned log."""

    name: str
    partitions: int
    retention_days: int


POSTS_COLLECTED = Topic("posts.collected", 8, 14)
POSTS_SCORED = Topic("posts.scored", 8, 60)
EVENTS_CHANGED = Topic("events.changed", 4, 30)
ALERTS_RAISED = Topic("alerts.raised", 4, 90)
DEAD_LETTERS = Topic("dead-letters", 1, 90)

ALL_TOPICS = (POSTS_COLLECTED, POSTS_SCORED, EVENTS_CHANGED, ALERTS_RAISED, DEAD_LETTERS)


def route(message: Message, *, sink: Topic | None = None) -> tuple[Topic, str]:
    """Topic and key of a message.

    `sink` settles the one message with two homes: a PostWithdrawn goes to the topic its handler writes to
    (posts.collected unless told otherwise), keyed as that topic is.
    """
    match message:
        case PostCollected():
            return POSTS_COLLECTED, message.id
        case PostScored() | EventEdited():
            return POSTS_SCORED, message.jurisdiction
        case EventChanged():
            return EVENTS_CHANGED, message.jurisdiction
        case AlertRaised() | AlertLowered() | AlertCleared():
            return ALERTS_RAISED, message.jurisdiction
        case PostWithdrawn():
            topic = sink or POSTS_COLLECTED
            return topic, message.jurisdiction if topic is POSTS_SCORED else message.id

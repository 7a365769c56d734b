"""The messages on the bus: past-tense facts, JSON on the wire, tagged `subject.action.vN`.

Fields are only added, with defaults; a changed meaning is a new tag. Times are aware and in UTC.
`encode` and `decode` are the only way on and off the wire.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from bus.errors import Rejected

Platform = Literal["news", "weibo", "forum", "other"]
AuthorKind = Literal["person", "media", "government", "organisation", "unknown"]
PostKind = Literal["post", "reply", "repost", "comment"]
Polarity = Literal[-1, 0, 1]
Category = Literal["conduct", "service", "crime", "traffic", "rumour", "praise", "misconduct", "other"]
Intent = Literal["question", "criticism", "inquiry", "complaint", "report", "praise", "statement"]
Level = Literal["blue", "yellow", "orange", "red"]
Phase = Literal["emerging", "rising", "peak", "fading", "over", "reignited"]

Time = Annotated[datetime, msgspec.Meta(tz=True)]
Count = Annotated[int, msgspec.Meta(ge=0)]

MAX_TEXT_CHARS = 20_000  # longer texts are cut by the collector; the whole stays at `url`


class PostFields(msgspec.Struct, frozen=True, kw_only=True):
    """What a collected and a scored post have in common."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    """The same post always has the same id: hex BLAKE2b-128 of platform + native id, else of the canonical URL."""
    platform: Platform = "other"
    source: str = ""
    """Name of the entry in sources.yaml (or of the import)."""
    jurisdiction: str = ""
    """The place whose desk answers, as the source states it, e.g. 澜汀市."""
    url: str = ""
    title: str = ""
    text: str
    """Plain text, at most MAX_TEXT_CHARS characters. May hold personal data: never log it."""
    author: str = ""
    """Keyed pseudonym (models.privacy); empty when unknown. Never a name, never a native id."""
    author_kind: AuthorKind = "unknown"
    followers: Count = 0
    """Rounded bucket (0, 100, 1000, 10000, ...), never the exact figure."""
    published_at: Time
    collected_at: Time
    published_inferred: bool = False
    """True when the source stated no usable time and the collection time stands in."""
    kind: PostKind = "post"
    parent: str | None = None
    """Id of the post this one replies to."""
    repost_of: str | None = None
    """Id of the original this one forwards."""
    reposts: Count = 0
    comments: Count = 0
    likes: Count = 0
    region: str = ""
    revision: Count = 0
    """0 at first sight; an edited item keeps its id and gains a revision."""
    floor: Count = 0
    """Place of a forum's post in its thread as the page shows it, the opening post being 1; 0 for what has none
    (other platforms, replies nested under a floor)."""


class PostCollected(PostFields, frozen=True, kw_only=True, tag_field="type", tag="post.collected.v1"):
    """A public post, fetched and cleaned, not yet scored. Topic posts.collected, keyed by id. Written by flows."""


class PostWithdrawn(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="post.withdrawn.v1"):
    """A post gone at its source. Travels the posts' own topics; what was derived from the post follows it."""

    id: str
    source: str
    seen_gone_at: Time
    jurisdiction: str = ""


class PostScored(PostFields, frozen=True, kw_only=True, tag_field="type", tag="post.scored.v1"):
    """A post with its analysis. Topic posts.scored, keyed by jurisdiction. Written by consumers/score."""

    tokens: list[str] = []
    sentiment: Polarity = 0
    sentiment_score: Annotated[float, msgspec.Meta(ge=-1, le=1)] = 0.0
    attitude: Polarity | None = None
    """Towards the police. As category and intent null below a relevance of 0.03; from there to the threshold it says
    what holds if the post is relevant after all."""
    relevance: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    relevant: bool = False
    category: Category | None = None
    intent: Intent | None = None
    places: list[str] = []
    keywords: list[str] = []
    fingerprint: str = ""
    """16 hex digits, near-duplicate hash of the cleaned text; equal or near for re-worded copies."""
    model_version: str = ""


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that fired, with the numbers that made it fire."""

    rule: str
    """Slug, e.g. severe-post, event-burst, slow-rise; documented in docs/alerts.md."""
    measured: float
    threshold: float
    unit: str = ""
    words: str
    """Simplified Chinese, for the liaison."""


class AlertCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The event so far, at the moment of the alert."""

    posts: Count = 0
    relevant: Count = 0
    negative: Count = 0
    authors: Count = 0
    reposts: Count = 0
    platforms: dict[str, int] = {}
    last_hour: Count = 0
    copies: Count = 0
    """Posts with nearly the same text, when they are many and by few authors; else 0."""
    copiers: Count = 0
    """How many authors those have."""
    posts_by_kind: dict[str, int] = {}
    """`posts` by the kind of their authors (AuthorKind), without kinds there are none of; empty in messages from before
    it was counted. Of a slow rise: the posts it names, the newest 50 at most."""
    authors_by_kind: dict[str, int] = {}
    """`authors` likewise."""
    media_at: Time | None = None
    """When the first of the posts by media accounts was published."""


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Event time covered: start inclusive, end inclusive."""

    start: Time
    end: Time


class RulesUsed(msgspec.Struct, frozen=True, kw_only=True):
    """The rules an alert was raised under: what config/alerts.py says for its jurisdiction, every value spelled out."""

    digest: str
    """Equal for equal settings, whatever files they came from."""
    settings: dict[str, Any] = {}


class AlertRaised(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="alert.raised.v1"):
    """An event reached a level. Topic alerts.raised, keyed by jurisdiction. Written by consumers/detect."""

    id: str
    """Deterministic from event, level and episode: the same log always gives the same id."""
    event: str
    jurisdiction: str = ""
    level: Level
    previous_level: Level | None = None
    headline: str
    reasons: list[Reason]
    counts: AlertCounts
    first_post: str
    posts: list[str]
    """Ids of the event's posts so far, newest 50 at most, oldest first."""
    place: str = ""
    category: Category | None = None
    window: Window
    raised_at: Time
    """Event time: the published_at of the post that made it fire."""
    model_version: str = ""
    rules: RulesUsed | None = None
    """None: raised before alerts carried their rules."""


class AlertCleared(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="alert.cleared.v1"):
    """All-clear: an alerted event is over. Topic alerts.raised."""

    id: str
    event: str
    jurisdiction: str = ""
    previous_level: Level
    headline: str
    words: str
    cleared_at: Time


class AlertLowered(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="alert.lowered.v1"):
    """An alerted event left the level it stood on for the one below. Its alerts stay as they are.

    Topic alerts.raised. Written by consumers/detect.
    """

    id: str
    """Deterministic from event, level left and how often its levels were raised before."""
    event: str
    jurisdiction: str = ""
    previous_level: Level
    level: Level
    headline: str
    place: str = ""
    category: Category | None = None
    words: str
    lowered_at: Time
    """Event time."""


class EventChanged(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="event.changed.v1"):
    """An event grew or changed phase. Topic events.changed, keyed by jurisdiction. Written by consumers/detect.

    Sent for events of two posts or more, at most once an event and batch; `added` names the posts that
    joined since the last one, so that the whole membership is on the log.
    """

    id: str
    jurisdiction: str = ""
    headline: str
    keywords: list[str] = []
    place: str = ""
    category: Category | None = None
    phase: Phase = "emerging"
    first_post: str
    first_at: Time
    last_at: Time
    counts: AlertCounts
    added: list[str] = []
    was: list[str] = []
    """Ids of earlier messages that the event no longer has: an earlier post came to light before people were told."""


class EventEdited(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="event.edited.v1"):
    """A person merged two events, split posts out of one, or took such a decision back (models/edits.py).

    Travels posts.scored, keyed by jurisdiction, so that detection takes it at its place among the posts. Written by
    consumers/archive, which passes on what the desk and the command line left in the store.
    """

    id: str
    jurisdiction: str = ""
    kind: Literal["merge", "split", "undo"]
    event: str
    """merge: the event that goes into `target`; split: the event the posts leave; undo: as in what it undoes."""
    target: str
    """merge: the event that stays; split: the new event."""
    posts: list[str] = []
    """split: the chosen posts."""
    undoes: str = ""
    """undo: the id of the decision taken back."""
    at: Time
    by: str
    """The desk's name for who decided."""
    reason: str = ""
    headline: str = ""
    """split: of the new event, masked; the next fields too are those of the chosen posts."""
    place: str = ""
    category: Category | None = None
    authors: list[str] = []
    """Distinct pseudonyms."""
    platforms: dict[str, int] = {}


Message = (
    PostCollected | PostWithdrawn | PostScored | AlertRaised | AlertLowered | AlertCleared | EventChanged | EventEdited
)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


def encode(message: Message) -> bytes:
    """The wire form: UTF-8 JSON, one object.

    Raises Rejected("unencodable") for text that UTF-8 cannot carry (lone surrogates).
    """
    try:
        return _encoder.encode(message)
    except UnicodeEncodeError as err:
        raise Rejected("unencodable", str(err)) from err


def decode(value: bytes) -> Message:
    """The message in `value`.

    Raises Rejected("undecodable") for anything that is not exactly one known message: broken JSON, a wrong or
    missing field, an unknown tag, a naive time, bytes that are not UTF-8.
    """
    try:
        return _decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise Rejected("undecodable", str(err)) from err

"""What detection keeps of one jurisdiction: its events, levels, swells, sources, and the decisions of people."""

from dataclasses import dataclass, field

from consumers import wording
from models.clusters import Clusterer
from models.echoes import Chorus, ChorusRule
from models.events import Event
from models.levels import Ladder
from models.likeness import RARITY_S
from models.rises import LOOK_BACK_HOURS, Key, RiseWatch
from models.views import Views

NEW_SOURCE_S = 6 * 3600.0  # a new source's undated posts are taken for old ones for so long
AWAY_S = LOOK_BACK_HOURS * 3600.0  # a source that is silent for longer is a new one afterwards
SOURCES = 10_000


@dataclass
class Place:
    """The state of one jurisdiction."""

    clusters: Clusterer
    rises: RiseWatch | None
    ladders: dict[str, Ladder] = field(default_factory=dict)
    sources: dict[str, tuple[float, float]] = field(default_factory=dict)
    """When the first post and the newest of each were collected."""
    risen: dict[Key, wording.OpenRise] = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)
    swept: float = 0.0
    views: Views = field(default_factory=Views)

    def may_be_cut(self, since: float) -> bool:
        """Whether an event that still plays a part may hang on posts from before `since`, where reading began.

        One that began before and lives had a post within `keep_hours` of then, or it would have been forgotten; and
        for RARITY_S from then the words of a text were rarer than they should be.
        """
        edge = since + self.clusters.rule.keep_hours * 3600 + RARITY_S
        return min(self.clusters.begun(), self.views.begun()) < edge

    def has_told(self, post: str) -> bool:
        """Whether an alert was raised about the event this post belongs to."""
        member = self.clusters.member(post)
        if member is None:
            return False
        found = member.event.id
        names = dict.fromkeys((found, self.views.layout.place(post, found)))
        return any(ladder.raised for name in names for ladder in self.ladders_of(name))

    def chorus(self, post: str, rule: ChorusRule | None) -> Chorus | None:
        """The one voice of many copies in the event this post was found in."""
        member = self.clusters.member(post)
        echo = member.event.echo if member else None
        return echo.chorus(member.event.posts, rule) if member and echo and rule else None

    def ladders_of(self, event: str) -> list[Ladder]:
        """The event's own ladder and those of the events merged into it, as far as there are."""
        names = (event, *self.views.parts(event)) if self.views.touches(event) else (event,)
        return [ladder for name in names if (ladder := self.ladders.get(name))]

    def ladder(self, event: Event) -> Ladder:
        """The event's ladder, made when there is none; from now on the event keeps its id."""
        event.told = True
        return self.ladders.setdefault(event.id, Ladder())

    def is_new(self, source: str, collected: float) -> bool:
        """Whether a source was first heard of just now: its undated posts may be old ones."""
        if len(self.sources) >= SOURCES:
            self.sources.clear()
        first, newest = self.sources.get(source, (collected, collected))
        if collected - newest > AWAY_S:
            first = collected
        self.sources[source] = (first, max(newest, collected))
        return collected - first < NEW_SOURCE_S

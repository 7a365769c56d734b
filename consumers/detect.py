"""posts.scored -> alerts.raised, events.changed: which happenings are there, and which need people.

State is a function of the log: posts are taken strictly in log order, one by one, so batches may be cut anywhere.
Time is the posts' own: a post that was more than the grace old when it was collected joins its event and raises
nothing, so that neither the first look at a feed nor an import of last week alarms. Neither the clock on the wall nor
the time of handling plays a part: after an outage the backlog alarms as it would have. Numbers of an event do not
depend on the order in which its posts come.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from bus.groups import Pair, key_bytes, partition_of
from bus.messages import AlertRaised, EventChanged, EventEdited, Message, PostScored, PostWithdrawn
from bus.topics import POSTS_SCORED
from config.alerts import AlertRules, Rules
from consumers import wording
from consumers.place import Place
from consumers.readings import as_edit, as_event_post
from consumers.rules import RulesFor, cached, rules_used
from consumers.weighing import capped, count, echoes, speaks, stir, watched
from models.clusters import Clusterer
from models.drill import is_drill
from models.events import Event, EventPost
from models.levels import (
    Ladder,
    LevelRules,
    Verdict,
    burns_again,
    faded,
    highest,
    judge_burst,
    judge_chorus,
    judge_rise,
    judge_severe,
    rank,
)
from models.remembered import ClusterRule
from models.rises import RiseWatch, keys_of

SWEEP_S = 60.0
IDLE_S = 600.0  # without messages for so long, the clock on the wall may declare events over


class Detector:
    """The handler of the detect consumer, with its rebuild, forget and tick hooks."""

    def __init__(
        self, rules: AlertRules, *, clusters: ClusterRule | None = None, partitions: int = POSTS_SCORED.partitions
    ) -> None:
        """partitions: how many posts.scored has on the broker."""
        self._rules: RulesFor = cached(rules)
        self._partitions = partitions
        self._used = rules_used(rules)
        self._cluster_rule = clusters
        self._places: dict[str, Place] = {}
        self._touched: dict[str, Event] = {}
        self._busy = True
        self._idle_since: datetime | None = None

    def handle(self, messages: Sequence[Message]) -> list[list[Message]]:
        """Alerts where they fire; each touched event's change once, at the last message that touched it."""
        self._busy = True
        results: list[list[Message]] = []
        last: dict[tuple[str, str], int] = {}
        for i, message in enumerate(messages):
            results.append(self._one(message))
            for event in self._touched:
                last[message.jurisdiction, event] = i
            self._touched.clear()
        for (jurisdiction, event), i in last.items():
            change = self._change(jurisdiction, event)
            if change is not None:
                results[i].append(change)
        return results

    def rebuild(self, partition: Pair, messages: Iterable[Message]) -> None:
        """Take in what was handled before, without output."""
        self.forget(partition)
        for message in messages:
            self._one(message)
            for event in self._touched:
                self._change(message.jurisdiction, event)
            self._touched.clear()

    def forget(self, partition: Pair) -> None:
        """Drop the jurisdictions of a partition that went to somebody else."""
        for jurisdiction in list(self._in(partition)):
            del self._places[jurisdiction]

    def may_be_cut(self, partition: Pair, since: datetime) -> bool:
        """Whether what lives in a partition may hang on messages from before `since`, where it was rebuilt from."""
        return any(self._places[name].may_be_cut(since.timestamp()) for name in self._in(partition))

    def _in(self, partition: Pair) -> Iterator[str]:
        return (name for name in self._places if partition_of(key_bytes(name), self._partitions) == partition[1])

    def tick(self, now: datetime) -> list[Message]:
        """All-clears of places where nothing is said any more; only when this consumer has caught up for a while."""
        if self._busy:
            self._busy, self._idle_since = False, now
            return []
        if self._idle_since is None or (now - self._idle_since).total_seconds() < IDLE_S:
            return []
        return [m for name, place in self._places.items() for m in self._sweep(name, place, now.timestamp())]

    def _one(self, message: Message) -> list[Message]:
        match message:
            case PostScored():
                return [self._signed(found) for found in self._post(message)]
            case PostWithdrawn():
                place = self._places.get(message.jurisdiction)
                event = place.clusters.withdraw(message.id) if place else None
                if place is not None and event is not None and place.views.touches(event.id):
                    place.views.lay(place.clusters)
                if is_drill(message.jurisdiction):
                    if place is not None and not place.clusters.events:
                        del self._places[message.jurisdiction]  # the drill is over: the next one begins afresh
                    return []
                if event is not None and event.posts > 0:
                    self._touched[event.id] = event
            case EventEdited():
                place = self._place(message.jurisdiction)
                for ident in (message.event, message.target):
                    if ident in place.clusters.events:
                        place.clusters.events[ident].told = True
                place.views.decide(place.clusters, *as_edit(message))
        return []

    def _signed(self, message: Message) -> Message:
        """An alert with the rules it was raised under; anything else as it is."""
        if not isinstance(message, AlertRaised):
            return message
        return msgspec.structs.replace(message, rules=self._used(message.jurisdiction))

    def _place(self, jurisdiction: str) -> Place:
        place = self._places.get(jurisdiction)
        if place is None:
            _, rules = self._rules(jurisdiction, None)
            rises = RiseWatch(rules.rise) if rules.rise else None
            place = self._places[jurisdiction] = Place(Clusterer(self._cluster_rule), rises)
        return place

    def _post(self, post: PostScored) -> list[Message]:
        place = self._place(post.jurisdiction)
        item = as_event_post(post)
        collected = post.collected_at.timestamp()
        joined = place.clusters.add(item, known_at=collected)
        if not joined.new and not joined.revised:
            return []
        event = joined.event
        self._touched[event.id] = event
        found: list[Message] = []
        if place.clusters.newest - place.swept >= SWEEP_S:  # what has ended by now has, whatever this post begins
            place.swept = place.clusters.newest
            found += self._sweep(post.jurisdiction, place, place.clusters.newest)
        settings, rules = self._rules(post.jurisdiction, event.category)
        fresh_from = collected - rules.grace_hours * 3600
        undated = post.published_inferred and place.is_new(post.source, collected)
        repeats = joined.new and rules.chorus is not None and echoes(event, item)
        counted_from = None if undated else count(event, joined, rules, repeats=repeats)
        stirred_from = None if undated else stir(place.clusters, joined, rules.watch, repeats=repeats)
        if place.views.touches(event.id):
            event = place.views.take(place.clusters, item, joined, rules.paces)
            settings, rules = self._rules(post.jurisdiction, event.category)
        verdicts = [] if undated else self._verdicts(place, item, event, counted_from, rules, fresh_from)
        if stirred_from is not None and event is joined.event:
            verdicts += watched(place, event, max(stirred_from, fresh_from), rules, told=verdicts)
        if settings.enabled:
            found += self._raise(place, post, event, verdicts, settings, rules)
        if joined.new and not undated:
            found += self._rise(place, post, item, collected, repeats=repeats, fresh=item.at >= fresh_from)
        return found

    def _verdicts(
        self,
        place: Place,
        item: EventPost,
        event: Event,
        counted_from: float | None,
        rules: LevelRules,
        fresh_from: float,
    ) -> list[Verdict]:
        verdicts: list[Verdict] = []
        if item.at >= fresh_from:
            severe = judge_severe(item, relevant=item.relevant, rule=rules.severe)
            if severe is not None:
                place.ladder(event).accuse(severe)
                verdicts.append(severe)
        if counted_from is None or event.pulse is None:
            return verdicts
        states = event.pulse.since(max(counted_from, fresh_from))
        for state in states:
            event.peak60 = max(event.peak60, state.recent60)
        ladders = place.ladders_of(event.id)
        for ladder in ladders:
            if event.pulse.now is not None:
                ladder.counted_at = max(ladder.counted_at, event.pulse.now.at)
                ladder.heat(event.pulse.now, rules)
        burst = judge_burst(event, states, rules)
        for ladder in ladders:
            if rules.severe.escalates:
                burst = ladder.weighed(burst)
        return verdicts + ([burst] if burst else [])

    def _raise(
        self,
        place: Place,
        post: PostScored,
        event: Event,
        verdicts: list[Verdict],
        settings: Rules,
        rules: LevelRules,
    ) -> list[Message]:
        top = highest(verdicts)
        if top is None:
            return []
        top = capped(top, settings)
        ladder = place.ladder(event)
        ladder.counted_at = max(ladder.counted_at, top.at)
        told = place.ladders_of(event.id)
        hours, anew = rules.cool_down_hours, burns_again(event)
        if any(part.holds(top, cool_down_hours=hours, anew=anew) for part in told if part is not ladder):
            return []
        before = max((part.armed for part in told), key=rank)
        if not ladder.offer(top, cool_down_hours=hours, anew=anew):
            return []
        top = ladder.explained(top)
        chorus = place.chorus(post.id, rules.chorus)
        if chorus is not None and rules.chorus is not None:
            top = Verdict(top.level, top.at, (*top.reasons, judge_chorus(chorus, rules.chorus)))
        return [wording.alert(event, top, ladder, before=before, post=post, chorus=chorus)]

    def _rise(
        self,
        place: Place,
        post: PostScored,
        item: EventPost,
        collected: float,
        *,
        repeats: bool = False,
        fresh: bool = True,
    ) -> list[Message]:
        settings, rules = self._rules(post.jurisdiction, post.category)
        if place.rises is None:
            return []
        speaking = speaks(item, rules.counts) and not repeats
        keys = keys_of(item.places, item.category, post.jurisdiction) if speaking else ()
        at, author = min(item.at, collected), (item.author, item.author_kind)
        if not fresh:
            place.rises.remember(at, item.id, keys, source=item.source)
            return []
        rise = place.rises.push(at, item.id, keys, place.has_told, author=author, source=item.source)
        if rise is None or not settings.enabled:
            return []
        verdict = capped(judge_rise(rise, rules), settings)
        open_rise = place.risen.get(rise.key)
        before = open_rise.level if open_rise else None
        if rank(verdict.level) <= rank(before):
            return []
        alert = wording.rise_alert(rise, verdict, post=post, counts=rules.counts, before=before)
        place.risen[rise.key] = wording.OpenRise(alert.event, verdict.level, rise.at, alert.headline)
        return [alert]

    def _sweep(self, jurisdiction: str, place: Place, now: float) -> list[Message]:
        found: list[Message] = []
        place.views.prune(place.clusters)
        for event_id, ladder in list(place.ladders.items()):
            event = place.views.of(place.clusters, event_id)
            if event is None:
                del place.ladders[event_id]
                place.cleared.discard(event_id)
                continue
            _, rules = self._rules(jurisdiction, event.category)
            if ladder.over(now, clear_after_hours=rules.clear_after_hours):
                found.append(wording.all_clear(event, ladder, jurisdiction, now, rules.clear_after_hours))
                place.cleared.add(event_id)
            else:
                found += self._step_down(place, event_id, ladder, jurisdiction, now)
        for key in place.rises.over(now) if place.rises else ():
            risen = place.risen.pop(key, None)
            if risen is not None:
                found.append(wording.rise_over(risen, jurisdiction, now))
        return found

    def _step_down(self, place: Place, event_id: str, ladder: Ladder, jurisdiction: str, now: float) -> list[Message]:
        """What an event that calms down says of it; judged as people laid it out."""
        if ladder.armed is None:
            return []
        event = place.views.of(place.clusters, place.views.layout.into(event_id))
        state = faded(event.pulse, now) if event and event.pulse else None
        if event is None or state is None:
            return []
        _, rules = self._rules(jurisdiction, event.category)
        step = ladder.step_down(state, rules)
        if step is None or step.level is None:
            return []
        return [wording.lowered(event_id, event, step, ladder, jurisdiction)]

    def _change(self, jurisdiction: str, event_id: str) -> EventChanged | None:
        place = self._places.get(jurisdiction)
        event = place.clusters.events.get(event_id) if place else None
        if place is None or event is None or (event.posts < 2 and event_id not in place.ladders):
            return None
        rule = self._rules(jurisdiction, event.category)[1].chorus
        change = wording.change(
            event,
            place.ladders.get(event_id),
            jurisdiction,
            was_cleared=event_id in place.cleared,
            chorus=event.echo.chorus(event.posts, rule) if event.echo and rule else None,
        )
        event.added, event.was = [], ()
        return change

"""What a post adds to its event: to the pulse that levels are judged on, to the stir, to its echo."""

from collections.abc import Sequence

from config.alerts import Rules
from consumers.place import Place
from models.bursts import EventPulse
from models.clusters import Clusterer, Joined
from models.echoes import Echo
from models.events import Event, EventPost, Member, paced, polarity
from models.levels import LEVELS, Counts, LevelRules, Verdict, judge_watch, rank
from models.likeness import quoted, says_nothing


def is_counted(member: Member, rules: LevelRules) -> bool:
    """Whether a member counts for the levels of its event."""
    if rules.counts == "all":
        return True
    return member.relevant and (rules.counts == "relevant" or member.negative)


def speaks(post: EventPost, counts: Counts) -> bool:
    """Whether a post counts for a slow rise: by its own words, never for what it forwards."""
    counted = counts == "all" or (post.relevant and (counts == "relevant" or polarity(post) == -1))
    return counted and post.kind != "repost" and not says_nothing(post.text + post.title)


def count(event: Event, joined: Joined, rules: LevelRules, *, repeats: bool = False) -> float | None:
    """Feed what newly counts to the event's pulse; the earliest time fed, None when nothing was."""
    fed = None
    for member in joined.awakened if repeats else (joined.member, *joined.awakened):
        if not member.counted and is_counted(member, rules):
            member.counted = True
            paced(event, rules.paces).add(member.at)
            fed = member.at if fed is None else min(fed, member.at)
    return fed


def echoes(event: Event, post: EventPost) -> bool:
    """Whether a post that has just joined this event repeats what its author said there before."""
    if event.posts < 2:
        return False
    if event.echo is None:
        event.echo = Echo()
        first = next((a for a in event.authors if a != post.author), "" if any(event.unnamed) else post.author)
        event.echo.repeats(first, f"{event.prints[0]:016x}" if event.prints else "", own_text=True)
    own_text = post.kind != "repost" and not says_nothing(post.text) and not quoted(post.text)
    return event.echo.repeats(post.author, post.fingerprint, own_text=own_text)


def stir(clusters: Clusterer, joined: Joined, watch: LevelRules | None, *, repeats: bool) -> float | None:
    """Feed what is newly about the police, whatever its tone, to the event's stir; the earliest time fed, if any.

    An event of one such post has none yet.
    """
    if watch is None:
        return None
    event, members = joined.event, joined.awakened if repeats else (joined.member, *joined.awakened)
    fresh = [m for m in members if m.relevant and not m.stirs]
    for member in fresh:
        member.stirs = True
    if not fresh or event.relevant < 2:
        return None
    if event.stir is None or event.stir.paces != watch.paces:
        known = [m for i in event.members if (m := clusters.member(i))]
        event.stir = EventPulse(watch.paces)
        event.stir.take_in([m.at for m in known if m.stirs])
    else:
        for member in fresh:
            event.stir.add(member.at)
    return min(m.at for m in fresh)


def watched(place: Place, event: Event, since: float, rules: LevelRules, *, told: Sequence[Verdict]) -> list[Verdict]:
    """What the event's stir says from `since` on beyond `told`; it also keeps the level alive the event stands on."""
    if rules.watch is None or event.stir is None or event.stir.now is None:
        return []
    for ladder in place.ladders_of(event.id):
        ladder.counted_at = max(ladder.counted_at, event.stir.now.at)
        ladder.heat(event.stir.now, rules.watch)
    found = judge_watch(event, event.stir.since(since), rules.watch)
    return [found] if found and all(rank(v.level) < rank(found.level) for v in told) else []


def capped(verdict: Verdict, settings: Rules) -> Verdict:
    """The verdict, at most at the highest level the settings allow."""
    if rank(verdict.level) <= rank(settings.max_level):
        return verdict
    return Verdict(LEVELS[rank(settings.max_level) - 1], verdict.at, verdict.reasons)

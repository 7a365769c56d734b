"""Settings of config/alerts.py -> the rule values the pure models take."""

from collections.abc import Callable
from functools import lru_cache

from bus.messages import RulesUsed
from config.alerts import LEVELS, AlertRules, Rules, digest_of
from models.deadlines import ClockRules
from models.echoes import ChorusRule
from models.levels import LevelRule, LevelRules, SevereRule
from models.rises import RiseRule, RiseScale

RulesFor = Callable[[str, str | None], tuple[Rules, LevelRules]]


def cached(rules: AlertRules) -> RulesFor:
    """A look-up (jurisdiction, category) -> (settings, level rules) that converts each pair once."""
    made: dict[tuple[str, str | None], tuple[Rules, LevelRules]] = {}

    def find(jurisdiction: str, category: str | None) -> tuple[Rules, LevelRules]:
        key = (jurisdiction, category)
        found = made.get(key)
        if found is None:
            if len(made) > 10_000:
                made.clear()
            settings = rules.rules(jurisdiction, category)
            found = made[key] = (settings, level_rules(settings))
        return found

    return find


def rules_used(rules: AlertRules) -> Callable[[str], RulesUsed]:
    """A look-up: jurisdiction -> its rules as alerts carry them, made once."""

    @lru_cache(maxsize=10_000)
    def find(jurisdiction: str) -> RulesUsed:
        settings = rules.in_force(jurisdiction)
        return RulesUsed(digest=digest_of(settings), settings=settings)

    return find


def level_rules(rules: Rules) -> LevelRules:
    """Everything that decides levels, scaled to the place."""
    scale = rules.scale * (rules.negative_share if rules.counts == "negative_relevant" else 1.0)
    return LevelRules(
        counts=rules.counts,
        levels=_levels(rules, scale),
        severe=_severe(rules),
        rise=_rise(rules),
        chorus=_chorus(rules),
        cool_down_hours=rules.cool_down_hours,
        clear_after_hours=rules.clear_after_hours,
        grace_hours=rules.grace_hours,
        watch=_watch(rules),
    )


def clock_rules(rules: Rules) -> ClockRules:
    """The deadlines."""
    clocks = rules.clocks
    return ClockRules(
        acknowledge_minutes=clocks.acknowledge_minutes,
        authoritative_information_hours=clocks.authoritative_information_hours,
        press_conference_hours=clocks.press_conference_hours,
        response_hours=clocks.response_hours,
        no_clocks_for=tuple(clocks.no_clocks_for),
    )


def _levels(rules: Rules, scale: float) -> tuple[LevelRule, ...]:
    bars = {name: getattr(rules.levels, name) for name in LEVELS}
    return tuple(
        LevelRule(
            level=name,
            high_per_hour=bar.high_per_hour,
            low_per_hour=bar.low_per_hour,
            evidence=bar.evidence,
            momentum=bar.momentum,
            day_posts=bar.day_posts,
            min_posts=bar.min_posts,
            min_authors=bar.min_authors,
            step_down_hours=bar.step_down_hours,
        ).scaled(scale)
        for name, bar in bars.items()
    )


def _watch(rules: Rules) -> LevelRules | None:
    if rules.counts != "negative_relevant" or rules.any_tone_level is None:
        return None
    highest = LEVELS.index(rules.any_tone_level)
    return LevelRules(counts="relevant", levels=_levels(rules, rules.scale)[: highest + 1])


def _severe(rules: Rules) -> SevereRule:
    s = rules.severe_post
    return SevereRule(
        enabled=s.enabled,
        categories=tuple(s.categories),
        grave_words=tuple(s.grave_words),
        serious_words=tuple(s.serious_words),
        min_relevance=s.min_relevance,
        sure_relevance=s.sure_relevance,
        reach_followers=s.reach_followers,
        reach_reposts=s.reach_reposts,
        reach_comments=s.reach_comments,
        grave_with_reach=s.grave_with_reach,
        grave=s.grave,
        serious_with_reach=s.serious_with_reach,
        serious=s.serious,
        escalates=s.escalates,
    )


def _chorus(rules: Rules) -> ChorusRule | None:
    c = rules.coordinated
    return ChorusRule(c.min_copies, c.copies_per_author, c.min_share) if c.enabled else None


def _rise(rules: Rules) -> RiseRule | None:
    r = rules.slow_rise
    if not r.enabled:
        return None
    return RiseRule(
        scales=tuple(RiseScale(s.hours, s.z) for s in r.scales),
        min_count=r.min_count,
        min_times=r.min_times,
        quiet_minutes=r.quiet_minutes,
        warm_up_minutes=r.warm_up_minutes,
    )

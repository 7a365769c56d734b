"""From numbers to a level: blue, yellow, orange, red; with the reasons in words, and memory of what was said.

Pure rules. A `Ladder` remembers per event what was announced, so that one event is announced once a level within the
cool-down, only ever upwards while it is active, and is declared over after a silence.
"""

import hashlib
import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal

from models.bursts import DAY_S, HALF_LIFE_10_S, HALF_LIFE_60_S, EventPulse, Evidence, Pace
from models.echoes import Chorus, ChorusRule
from models.events import Event, EventPost
from models.likeness import own_words
from models.rises import Rise, RiseRule
from models.vocabulary import CATEGORY, LEVEL

Level = Literal["blue", "yellow", "orange", "red"]
LEVELS: tuple[Level, ...] = ("blue", "yellow", "orange", "red")
Counts = Literal["all", "relevant", "negative_relevant"]
COUNTED_WORDS: dict[Counts, str] = {"all": "帖文", "relevant": "涉警帖文", "negative_relevant": "涉警负面帖文"}
ANEW_SHARE = 0.5  # of its busiest hour: an event that was over and comes back
CALM_SHARE = 0.5  # a level is left after its own time below this share of each of its bars


@dataclass(frozen=True)
class LevelRule:
    """When one level is reached: any criterion that is above zero, and all guards."""

    level: Level
    high_per_hour: float = 0.0
    low_per_hour: float = 0.0
    evidence: float = 0.0
    """Bar of the running evidence (nats) that the event runs at high rather than at low posts an hour."""
    momentum: float = 0.0
    """Bar of posts in 24 h + 4 x recent (10 min) + recent (60 min)."""
    day_posts: int = 0
    """Bar of counted posts within 24 h of the event's first counted one; what takes longer needs momentum."""
    min_posts: int = 0
    min_authors: int = 0
    step_down_hours: float = 2.0
    """Left for the level below after so long below half of its bars."""

    def scaled(self, scale: float) -> "LevelRule":
        """The same rule for a place with `scale` times the volume; guards never below 3."""
        return LevelRule(
            level=self.level,
            high_per_hour=self.high_per_hour * scale,
            low_per_hour=self.low_per_hour * scale,
            evidence=self.evidence,
            momentum=self.momentum * scale,
            day_posts=round(self.day_posts * scale),
            min_posts=_guard(self.min_posts, scale),
            min_authors=_guard(self.min_authors, scale),
            step_down_hours=self.step_down_hours,
        )


@dataclass(frozen=True)
class SevereRule:
    """A single post that alarms by itself: a serious allegation, and somebody hears it."""

    enabled: bool = True
    categories: tuple[str, ...] = ("conduct", "misconduct")
    grave_words: tuple[str, ...] = ()
    serious_words: tuple[str, ...] = ()
    min_relevance: float = 0.6
    sure_relevance: float = 0.9
    """Without reach a post needs so much relevance."""
    reach_followers: int = 10_000
    reach_reposts: int = 50
    reach_comments: int = 100
    grave_with_reach: Level = "orange"
    grave: Level = "yellow"
    serious_with_reach: Level = "yellow"
    serious: Level | None = "blue"
    escalates: bool = True
    """A burst at yellow whose event holds a severe post is orange."""


@dataclass(frozen=True)
class LevelRules:
    """Everything that decides levels in one jurisdiction."""

    counts: Counts = "negative_relevant"
    levels: tuple[LevelRule, ...] = ()
    severe: SevereRule = field(default_factory=SevereRule)
    rise: RiseRule | None = None
    """None: the slow rise is not watched."""
    chorus: ChorusRule | None = field(default_factory=ChorusRule)
    """When copies are called coordinated; None: repetitions count like any post."""
    cool_down_hours: float = 24.0
    clear_after_hours: float = 12.0
    grace_hours: float = 6.0
    watch: "LevelRules | None" = None
    """For posts about the police of any tone, where only negative ones count: what spreads is told, at a low level."""

    @cached_property
    def paces(self) -> tuple[Pace, ...]:
        """One pace per level that weighs evidence, in the order of `levels`."""
        return tuple(Pace(r.high_per_hour, r.low_per_hour) for r in self.levels if r.evidence > 0)

    @cached_property
    def highest_first(self) -> tuple[LevelRule, ...]:
        """The levels from red down."""
        return tuple(sorted(self.levels, key=lambda r: -rank(r.level)))


@dataclass(frozen=True, slots=True)
class Why:
    """One rule that fired, with its numbers, for the liaison."""

    rule: str
    measured: float
    threshold: float
    unit: str
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A level reached at a moment of event time, and why."""

    level: Level
    at: float
    reasons: tuple[Why, ...]


@dataclass(frozen=True, slots=True)
class StepDown:
    """An event left a level it stood on."""

    was: Level
    level: Level | None
    """The one below; None when it stands on none any more."""
    at: float
    hours: float
    """So long everything was below half of the bars of `was`."""


def rank(level: str | None) -> int:
    """0 for no level, 1 blue .. 4 red."""
    return LEVELS.index(level) + 1 if level in LEVELS else 0


def judge_burst(event: Event, states: Iterable[Evidence], rules: LevelRules) -> Verdict | None:
    """The highest level any of these moments reached, at the first moment that reached it; None below blue."""
    best: tuple[int, Evidence, LevelRule] | None = None
    for now in states:
        rule = _reached(event, now, rules)
        if rule is not None and (best is None or rank(rule.level) > best[0]):
            best = (rank(rule.level), now, rule)
    if best is None:
        return None
    _, now, rule = best
    return Verdict(rule.level, now.at, tuple(_burst_reasons(event, now, rule, rules)))


def judge_watch(event: Event, states: Iterable[Evidence], watch: LevelRules) -> Verdict | None:
    """The level posts about the police reach whatever their tone; says so in its reasons. None below blue."""
    found = judge_burst(event, states, watch)
    if found is None:
        return None
    first, *rest = found.reasons
    most = LEVEL[watch.levels[-1].level]
    said = replace(first, words=f"{first.words}；不论态度，涉警帖文都计入，仅凭扩散最高为{most}")
    return Verdict(found.level, found.at, (said, *rest))


def judge_severe(post: EventPost, *, relevant: bool, rule: SevereRule) -> Verdict | None:
    """Whether this post alone alarms: its author alleges something serious about the police.

    Only the author's own words count, so that forwarding an allegation is not a second allegation.
    """
    if not rule.enabled or not relevant or post.attitude != -1 or post.category not in rule.categories:
        return None
    if post.relevance < rule.min_relevance:
        return None
    said = post.title + "\n" + own_words(post.text)
    grave = next((w for w in rule.grave_words if w in said), None)
    word = grave or next((w for w in rule.serious_words if w in said), None)
    if word is None:
        return None
    reach = _reach(post, rule)
    if reach is None and post.relevance < rule.sure_relevance:
        return None
    if reach is not None:
        level: Level | None = rule.grave_with_reach if grave else rule.serious_with_reach
    else:
        level = rule.grave if grave else rule.serious
    return None if level is None else Verdict(level, post.at, _severe_reasons(post, word, bool(grave), reach, rule))


def judge_rise(rise: Rise, rules: LevelRules) -> Verdict:
    """The level of a swell: blue, yellow at twice its bar; in words, on how much history it rests."""
    level = LEVELS[rise.rank - 1]
    place, category = rise.key
    kind = f"{CATEGORY[category]}类" if category else ""
    words = (
        f"{place or '本辖区'}最近{rise.hours}小时{kind}{COUNTED_WORDS[rules.counts]}{rise.count:.0f}条，往常同一时段约"
        f"{rise.expected:.1f}条（依据前{rise.weeks:.1f}周{_history_words(rise.weeks)}）；"
        f"异常强度为预警线的{rise.strength:.2f}倍（{LEVEL[level]}线：{rise.rank}倍）"
    )
    return Verdict(level, rise.at, (Why("slow-rise", round(rise.strength, 3), float(rise.rank), "x", words),))


def judge_chorus(chorus: Chorus, rule: ChorusRule) -> Why:
    """What the liaison should know of an event of copies of one text by few; by itself no reason to alarm."""
    words = (
        f"一个声音、多份副本：{chorus.copies}帖内容基本相同，出自{chorus.authors}个发布者，"
        f"相同文本占事件帖文的{chorus.share:.0%}；同一发布者的重复帖不计入热度与声势"
    )
    return Why("coordinated-copies", round(chorus.share, 3), rule.min_share, "share", words)


def _history_words(weeks: float) -> str:
    if weeks < 1:
        return "数据，不足一周，还不能按星期几比较，仅供参考"
    return "数据，历史较短，基线尚不稳" if weeks < 2 else "数据"


def _reached(event: Event, now: Evidence, rules: LevelRules) -> LevelRule | None:
    voices = event.voices
    for rule in rules.highest_first:
        if voices < rule.min_authors or now.day < rule.min_posts:
            continue
        if any(measured >= bar for _, measured, bar in _criteria(event, now, rule, rules)):
            return rule
    return None


def _criteria(event: Event, now: Evidence, rule: LevelRule, rules: LevelRules) -> list[tuple[str, float, float]]:
    """(kind, measured, bar) of each criterion in use."""
    found = _running(now, rule, rules)
    first = event.pulse.times[0] if event.pulse and event.pulse.times else now.at
    if rule.day_posts > 0 and now.at - first <= DAY_S:
        found.append(("day_posts", float(now.day), float(rule.day_posts)))
    return found


def _running(now: Evidence, rule: LevelRule, rules: LevelRules) -> list[tuple[str, float, float]]:
    """(kind, measured, bar) of the criteria that fade when nothing is said."""
    found: list[tuple[str, float, float]] = []
    if rule.evidence > 0:
        place = [r.level for r in rules.levels if r.evidence > 0].index(rule.level)
        found.append(("evidence", now.cusum[place], rule.evidence))
    if rule.momentum > 0:
        found.append(("momentum", now.momentum, rule.momentum))
    return found


def _hot(now: Evidence, rule: LevelRule, rules: LevelRules) -> bool:
    return any(measured >= CALM_SHARE * bar for _, measured, bar in _running(now, rule, rules))


def _burst_reasons(event: Event, now: Evidence, rule: LevelRule, rules: LevelRules) -> list[Why]:
    span = max(1, round((now.at - event.first_at) / 60))
    what = COUNTED_WORDS[rules.counts]
    reasons: list[Why] = []
    for kind, measured, bar in _criteria(event, now, rule, rules):
        if measured < bar:
            continue
        if kind == "evidence":
            words = (
                f"首帖后{span}分钟，24小时内{what}{now.day}条，最近10分钟热度{now.recent10:.1f}；"
                f"突发强度{measured:.1f}，{LEVEL[rule.level]}线{bar:g}"
                f"（按每小时{rule.high_per_hour:g}条而非{rule.low_per_hour:g}条的速度扩散）"
            )
            reasons.append(Why("event-burst", round(measured, 2), bar, "nats", words))
        elif kind == "momentum":
            words = (
                f"声势值{measured:.0f}，{LEVEL[rule.level]}线{bar:g}（24小时{what}{now.day}条 + 4×近10分钟热度"
                f"{now.recent10:.1f} + 近60分钟热度{now.recent60:.1f}）"
            )
            reasons.append(Why("event-momentum", round(measured, 2), bar, "posts", words))
        else:
            words = f"首帖后24小时内{what}{now.day}条，{LEVEL[rule.level]}线{bar:g}条"
            reasons.append(Why("event-size", measured, bar, "posts", words))
    return reasons


def _reach(post: EventPost, rule: SevereRule) -> tuple[str, float, float] | None:
    """(words, measured, bar) of the strongest sign that many people hear it."""
    if post.author_kind == "media":
        return "媒体发布", 1.0, 1.0
    signs = [
        ("转发{:.0f}次", float(post.reposts), float(rule.reach_reposts)),
        ("评论{:.0f}条", float(post.comments), float(rule.reach_comments)),
        ("作者粉丝{:.0f}以上", float(post.followers), float(rule.reach_followers)),
    ]
    reached = [(words.format(n), n, bar) for words, n, bar in signs if bar > 0 and n >= bar]
    return max(reached, key=lambda r: r[1] / r[2]) if reached else None


def _severe_reasons(
    post: EventPost, word: str, grave: bool, reach: tuple[str, float, float] | None, rule: SevereRule
) -> tuple[Why, ...]:
    kind = "极严重" if grave else "严重"
    needed = rule.min_relevance if reach else rule.sure_relevance
    allegation = Why(
        "severe-post",
        round(post.relevance, 3),
        needed,
        "relevance",
        f"{kind}指控：出现“{word}”，对警方态度负面，涉警相关度{post.relevance:.2f}（要求{needed:g}）",
    )
    if reach is None:
        return (allegation,)
    words, measured, bar = reach
    return allegation, Why("severe-reach", measured, bar, "reach", f"传播力：{words}（要求{bar:g}）")


@dataclass(slots=True)
class Ladder:
    """What was announced about one event, in event time."""

    armed: Level | None = None
    """Level the event stands on; a lower or equal verdict says nothing new. Left step by step (step_down)."""
    announced: Level | None = None
    """Highest level told and not yet cleared."""
    raised: dict[str, float] = field(default_factory=dict)
    """Level -> when it was last raised."""
    cleared_at: float = -math.inf
    """Of the last all-clear; what was raised before it does not hold back an event that burns again."""
    times: dict[str, int] = field(default_factory=dict)
    hot_at: float = 0.0
    counted_at: float = 0.0
    severe: Verdict | None = None
    """The gravest single post so far."""

    def accuse(self, verdict: Verdict) -> None:
        """Remember a severe post: it belongs to the reasons of whatever the event raises later."""
        if self.severe is None or rank(verdict.level) > rank(self.severe.level):
            self.severe = verdict

    def weighed(self, burst: Verdict | None) -> Verdict | None:
        """A burst around a severe post is graver than either alone: yellow becomes orange."""
        if burst is None or self.severe is None or burst.level != "yellow":
            return burst
        first, *rest = burst.reasons
        said = replace(first, words=f"{first.words}；因围绕严重指控，由黄色提为橙色")
        return Verdict("orange", burst.at, (said, *rest, *self.severe.reasons))

    def explained(self, verdict: Verdict) -> Verdict:
        """The verdict with the event's gravest post among its reasons."""
        if self.severe is None or any(r.rule == "severe-post" for r in verdict.reasons):
            return verdict
        return Verdict(verdict.level, verdict.at, verdict.reasons + self.severe.reasons)

    def offer(self, verdict: Verdict, *, cool_down_hours: float, anew: bool = False) -> bool:
        """True when this level is to be announced now; remembers it. anew: see `holds`."""
        mine = rank(verdict.level)
        if mine <= rank(self.armed):
            self.hot_at = max(self.hot_at, verdict.at)
            return False
        if self.holds(verdict, cool_down_hours=cool_down_hours, anew=anew):
            return False
        self.armed = verdict.level
        self.hot_at = max(self.hot_at, verdict.at)
        self.raised[verdict.level] = verdict.at
        self.times[verdict.level] = self.times.get(verdict.level, 0) + 1
        if mine > rank(self.announced):
            self.announced = verdict.level
        return True

    def holds(self, verdict: Verdict, *, cool_down_hours: float, anew: bool = False) -> bool:
        """True when this level, or a higher one, has been told and is not to be told again yet.

        anew: the event burns again (`burns_again`). Who was told that it is over is told then, however soon.
        """
        mine, since = rank(verdict.level), verdict.at - cool_down_hours * 3600
        if anew:
            since = max(since, self.cleared_at)
        return mine <= rank(self.armed) or any(rank(level) >= mine and at > since for level, at in self.raised.items())

    def heat(self, now: Evidence, rules: LevelRules) -> None:
        """Note that the level the event stands on is still borne out, if it is."""
        rule = next((r for r in rules.levels if r.level == self.armed), None)
        if rule is not None and _hot(now, rule, rules):
            self.hot_at = max(self.hot_at, now.at)

    def step_down(self, now: Evidence, rules: LevelRules) -> StepDown | None:
        """One level down when everything stayed below half of the level's bars for its own time; else None.

        One step at a time: the level below has its own bars and its own time, which begins now. A level that was
        left is not raised again within the cool-down, so that numbers around a bar raise it once.
        """
        rule = next((r for r in rules.levels if r.level == self.armed), None)
        if rule is None:
            return None
        if _hot(now, rule, rules):
            self.hot_at = max(self.hot_at, now.at)
            return None
        if now.at - self.hot_at < rule.step_down_hours * 3600:
            return None
        below = rank(rule.level) - 2
        self.armed = LEVELS[below] if below >= 0 else None
        self.hot_at = now.at
        return StepDown(rule.level, self.armed, now.at, rule.step_down_hours)

    def over(self, now: float, *, clear_after_hours: float) -> bool:
        """True when an announced event has been silent long enough for the all-clear."""
        return self.announced is not None and now - self.counted_at >= clear_after_hours * 3600

    def clear(self, now: float) -> Level:
        """Close the episode; the level that was announced. Raises ValueError when none was."""
        if self.announced is None:
            raise ValueError("nothing was announced")
        was, self.announced, self.armed, self.cleared_at = self.announced, None, None, now
        return was


def faded(pulse: EventPulse, at: float) -> Evidence | None:
    """The running numbers at epoch seconds `at`, when nothing was counted since the newest post; None without any."""
    last = pulse.now
    if last is None or at <= last.at:
        return last
    gap = at - last.at
    return Evidence(
        at,
        tuple(max(0.0, s - p.loss * gap / 3600) for p, s in zip(pulse.paces, last.cusum, strict=True)),
        last.recent10 * 2 ** (-gap / HALF_LIFE_10_S),
        last.recent60 * 2 ** (-gap / HALF_LIFE_60_S),
        len(pulse.times) - bisect_right(pulse.times, at - DAY_S),
    )


def alert_id(event: str, level: str, *, first_at: float, time: int) -> str:
    """The same event, level and episode always give the same id.

    first_at: the event's first post; its day tells apart two lives of an event that was forgotten in between.
    time: how often this level was raised in this life, from 1.
    """
    day = datetime.fromtimestamp(first_at, UTC).strftime("%Y%m%d")
    name = "\n".join((event, level, day, str(time)))
    return hashlib.blake2b(name.encode(), digest_size=16, person=b"minyi.alert").hexdigest()


def burns_again(event: Event) -> bool:
    """Whether an event that was over is as hot as half its peak; a straggler is not, nor what the day still counts."""
    now = event.pulse.now if event.pulse else None
    return now is not None and now.recent60 >= ANEW_SHARE * event.peak60


def phase_of(event: Event, ladder: Ladder | None, *, was_cleared: bool = False) -> str:
    """Where the event stands: emerging, rising, peak, fading, reignited."""
    now = event.pulse.now if event.pulse else None
    if now is None or now.day < 5:
        return "emerging"
    share = now.recent60 / event.peak60 if event.peak60 else 1.0
    if was_cleared and share >= ANEW_SHARE:
        return "reignited"
    if share < 0.4:
        return "fading"
    if now.recent10 * 6 >= now.recent60 * 1.2:
        return "rising"
    return "peak" if ladder is not None and ladder.announced else "emerging"


def highest(verdicts: Sequence[Verdict]) -> Verdict | None:
    """The verdict of the highest level; the reasons of all that reached it, of one rule once."""
    if not verdicts:
        return None
    top = max(verdicts, key=lambda v: (rank(v.level), -v.at))
    reasons = [r for v in verdicts if v.level == top.level for r in v.reasons]
    return Verdict(top.level, top.at, tuple(reasons))


def _guard(least: int, scale: float) -> int:
    return least if scale >= 1 or least <= 3 else max(3, round(least * scale))

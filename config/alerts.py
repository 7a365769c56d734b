"""alerts.yaml: what counts, when which level is reached, how often it is said, which clocks run.

Three layers, each holding only what it changes: the file shipped beside this module, the installation's alerts.yaml,
a rules file given on the command line. Inside a file: common values, then `jurisdictions` by name, then `categories`
(common or inside a jurisdiction). The narrowest wins.
"""

import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from config.loader import ConfigError, line_of, load, merged, read
from config.quiet import QuietHours

SHIPPED = Path(__file__).with_name("alerts.yaml")
Level = Literal["blue", "yellow", "orange", "red"]
Counts = Literal["all", "relevant", "negative_relevant"]
CATEGORIES = ("conduct", "service", "crime", "traffic", "rumour", "praise", "misconduct", "other")
LEVELS: tuple[Level, ...] = ("blue", "yellow", "orange", "red")
NotNegative = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
Positive = Annotated[float, msgspec.Meta(gt=0, le=1e9)]
Number = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the file; unknown keys are errors."""


class LevelSettings(_Strict, frozen=True, kw_only=True):
    """When an event reaches one level: any bar above zero, and all guards."""

    high_per_hour: NotNegative = 0.0
    low_per_hour: NotNegative = 0.0
    evidence: NotNegative = 0.0
    momentum: NotNegative = 0.0
    day_posts: Number = 0
    """Within 24 h of the event's first counted post; later on only momentum and evidence raise a level."""
    min_posts: Number = 0
    min_authors: Number = 0
    step_down_hours: NotNegative = 2.0
    """Down to the next lower level after so long below half of the bars."""


class Levels(_Strict, frozen=True, kw_only=True):
    """The four levels."""

    blue: LevelSettings = LevelSettings()
    yellow: LevelSettings = LevelSettings()
    orange: LevelSettings = LevelSettings()
    red: LevelSettings = LevelSettings()


class SevereSettings(_Strict, frozen=True, kw_only=True):
    """A single post that alarms by itself."""

    enabled: bool = True
    categories: tuple[str, ...] = ("conduct", "misconduct")
    grave_words: tuple[str, ...] = ()
    serious_words: tuple[str, ...] = ()
    min_relevance: Share = 0.6
    sure_relevance: Share = 0.9
    reach_followers: Number = 10_000
    reach_reposts: Number = 50
    reach_comments: Number = 100
    grave_with_reach: Level = "orange"
    grave: Level = "yellow"
    serious_with_reach: Level = "yellow"
    serious: Level | None = "blue"
    escalates: bool = True


class ScaleSettings(_Strict, frozen=True, kw_only=True):
    """One window of the slow rise."""

    hours: Annotated[int, msgspec.Meta(ge=1, le=168)]
    z: Positive


class RiseSettings(_Strict, frozen=True, kw_only=True):
    """The swell of a place, of a category at it, or of the whole jurisdiction above its own past."""

    enabled: bool = True
    scales: Annotated[tuple[ScaleSettings, ...], msgspec.Meta(min_length=1, max_length=8)] = (
        ScaleSettings(hours=6, z=5.0),
        ScaleSettings(hours=24, z=5.0),
        ScaleSettings(hours=72, z=4.5),
    )
    min_count: Positive = 10.0
    min_times: Annotated[float, msgspec.Meta(ge=1, le=1000)] = 2.0
    quiet_minutes: NotNegative = 1080.0
    warm_up_minutes: NotNegative = 3750.0


class CoordinatedSettings(_Strict, frozen=True, kw_only=True):
    """Nearly the same text many times by few; repetitions of one author then count once."""

    enabled: bool = True
    min_copies: Annotated[int, msgspec.Meta(ge=2, le=1_000_000)] = 10
    copies_per_author: Annotated[float, msgspec.Meta(ge=1, le=1e6)] = 3.0
    min_share: Share = 0.3


class ClockSettings(_Strict, frozen=True, kw_only=True):
    """Deadlines of an alert; they never pause."""

    acknowledge_minutes: Positive = 30.0
    authoritative_information_hours: Positive = 5.0
    press_conference_hours: Positive = 24.0
    response_hours: Positive = 48.0
    no_clocks_for: tuple[str, ...] = ("praise",)


class Rules(_Strict, frozen=True, kw_only=True):
    """What holds for one jurisdiction and category."""

    enabled: bool = True
    counts: Counts = "negative_relevant"
    scale: Annotated[float, msgspec.Meta(gt=0, le=1000)] = 1.0
    """Volume of the place against the measured one: rates, momentum, day_posts and guards are multiplied by it."""
    negative_share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.3
    """By which they shrink once more where only negative posts count: the bars were measured on all posts."""
    any_tone_level: Level | None = None
    """Where only negative posts count: the highest level that posts about the police of any tone reach by spreading,
    at the bars of all posts. None: they raise nothing."""
    max_level: Level = "red"
    grace_hours: Positive = 6.0
    cool_down_hours: NotNegative = 24.0
    clear_after_hours: Positive = 12.0
    quiet_hours: QuietHours | None = None
    """None: everything is told at once. An audience may have hours of its own."""
    group_minutes: NotNegative = 30.0
    """Alerts of other events of the same place, none higher than what was told, wait so long and are told together."""
    levels: Levels = Levels()
    severe_post: SevereSettings = SevereSettings()
    slow_rise: RiseSettings = RiseSettings()
    coordinated: CoordinatedSettings = CoordinatedSettings()
    clocks: ClockSettings = ClockSettings()


class CategoryChange(_Strict, frozen=True, kw_only=True):
    """What is different for one category."""

    enabled: bool | msgspec.UnsetType = msgspec.UNSET
    counts: Counts | msgspec.UnsetType = msgspec.UNSET
    scale: Annotated[float, msgspec.Meta(gt=0, le=1000)] | msgspec.UnsetType = msgspec.UNSET
    negative_share: Annotated[float, msgspec.Meta(gt=0, le=1)] | msgspec.UnsetType = msgspec.UNSET
    any_tone_level: Level | msgspec.UnsetType | None = msgspec.UNSET
    max_level: Level | msgspec.UnsetType = msgspec.UNSET
    grace_hours: Positive | msgspec.UnsetType = msgspec.UNSET
    cool_down_hours: NotNegative | msgspec.UnsetType = msgspec.UNSET
    clear_after_hours: Positive | msgspec.UnsetType = msgspec.UNSET
    quiet_hours: QuietHours | msgspec.UnsetType | None = msgspec.UNSET
    group_minutes: NotNegative | msgspec.UnsetType = msgspec.UNSET
    levels: Levels | msgspec.UnsetType = msgspec.UNSET
    severe_post: SevereSettings | msgspec.UnsetType = msgspec.UNSET
    coordinated: CoordinatedSettings | msgspec.UnsetType = msgspec.UNSET
    clocks: ClockSettings | msgspec.UnsetType = msgspec.UNSET


class PlaceChange(CategoryChange, frozen=True, kw_only=True):
    """What is different in one jurisdiction. A slow rise has one past for all categories: it is no matter of one."""

    slow_rise: RiseSettings | msgspec.UnsetType = msgspec.UNSET
    categories: dict[str, CategoryChange] = {}


class _File(Rules, frozen=True, kw_only=True):
    """The whole file."""

    categories: dict[str, CategoryChange] = {}
    jurisdictions: dict[str, PlaceChange] = {}


class AlertRules:
    """The rules of all jurisdictions and categories."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data
        self._made: dict[tuple[str, str], Rules] = {}

    def rules(self, jurisdiction: str = "", category: str | None = None) -> Rules:
        """The rules for posts of `jurisdiction` and events of `category`."""
        key = (jurisdiction, category or "")
        if key not in self._made:
            if len(self._made) > 10_000:
                self._made.clear()
            self._made[key] = msgspec.convert(self._effective(*key), Rules)
        return self._made[key]

    def in_force(self, jurisdiction: str) -> dict[str, Any]:
        """Everything that decides about alerts in a jurisdiction, spelled out, as a rules file could hold it.

        AlertRules(in_force(...)) judges this jurisdiction alike, also when defaults have changed meanwhile.
        """
        whole = _deciding(self.rules(jurisdiction))
        others = {name: _deciding(self.rules(jurisdiction, name)) for name in CATEGORIES}
        return {**whole, "categories": {name: _over(whole, other) for name, other in others.items() if other != whole}}

    def digest(self, jurisdiction: str) -> str:
        """A short name for `in_force`: 16 hex digits."""
        return digest_of(self.in_force(jurisdiction))

    @property
    def jurisdictions(self) -> list[str]:
        """Those with values of their own."""
        return sorted(self._data.get("jurisdictions") or {})

    def _effective(self, jurisdiction: str, category: str) -> dict[str, Any]:
        common = {k: v for k, v in self._data.items() if k not in ("categories", "jurisdictions")}
        place = dict((self._data.get("jurisdictions") or {}).get(jurisdiction) or {})
        own = place.pop("categories", None) or {}
        rules: dict[str, Any] = merged(common, (self._data.get("categories") or {}).get(category) or {})
        rules = merged(rules, place)
        return dict(merged(rules, own.get(category) or {}))


def digest_of(settings: dict[str, Any]) -> str:
    """The digest of what `in_force` gave: equal for equal settings."""
    return hashlib.blake2b(msgspec.json.encode(settings, order="sorted"), digest_size=8).hexdigest()


def changed_keys(then: dict[str, Any], now: dict[str, Any], path: str = "") -> dict[str, tuple[Any, Any]]:
    """Dotted key -> (then, now) of every setting that differs; None where there is none."""
    found: dict[str, tuple[Any, Any]] = {}
    for key in dict.fromkeys((*then, *now)):
        old, new = then.get(key), now.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            found.update(changed_keys(old, new, f"{path}{key}."))
        elif old != new:
            found[f"{path}{key}"] = (old, new)
    return found


def load_alerts(path: Path | None = None, rules: Path | None = None) -> AlertRules:
    """The rules: shipped values, under `path` (the installation's alerts.yaml), under `rules` (a file of changes).

    Raises ConfigError, naming file, line and key.
    """
    data: dict[str, Any] = {}
    for layer in (SHIPPED, path, rules):
        if layer is None or (layer is not rules and layer is not SHIPPED and layer.resolve() == SHIPPED.resolve()):
            continue
        load(layer, _File, over=data)
        data = merged(data, read(layer)[1])
        _check(layer, AlertRules(data), data)
    return AlertRules(data)


def _deciding(rules: Rules) -> dict[str, Any]:
    """The settings without those that only say who is told when, and what is due."""
    whole: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(rules))
    return {key: value for key, value in whole.items() if key not in ("clocks", "quiet_hours", "group_minutes")}


def _over(base: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What `other` has that `base` has not, key by key."""
    found = {key: (base.get(key), value) for key, value in other.items() if base.get(key) != value}
    return {k: _over(b, v) if isinstance(b, dict) and isinstance(v, dict) else v for k, (b, v) in found.items()}


def _check(path: Path, rules: AlertRules, data: dict[str, Any]) -> None:
    """What no type can say; every jurisdiction and category is tried."""
    places = data.get("jurisdictions") or {}
    for place in ["", *places]:
        own = (places.get(place) or {}).get("categories") or {}
        for category in ["", *(data.get("categories") or {}), *own]:
            where = ".".join(
                p for p in (place and f"jurisdictions.{place}", category and f"categories.{category}") if p
            )
            if category and category not in CATEGORIES:
                raise _wrong(path, where, f"no such category; expected one of {', '.join(CATEGORIES)}")
            _check_one(path, where, rules.rules(place, category))


def _wrong(path: Path, key: str, problem: str) -> ConfigError:
    return ConfigError(path, line_of(read(path)[0], key.split(".")), key, problem)


def _check_one(path: Path, where: str, rules: Rules) -> None:
    def wrong(key: str, problem: str) -> ConfigError:
        return _wrong(path, f"{where}.{key}" if where else key, problem)

    for name in LEVELS:
        level: LevelSettings = getattr(rules.levels, name)
        if level.evidence > 0 and not level.high_per_hour > level.low_per_hour > 0:
            raise wrong(f"levels.{name}", "evidence needs high_per_hour > low_per_hour > 0")
    bars = {name: bar for name in LEVELS if (bar := getattr(rules.levels, name).momentum) > 0}
    if list(bars.values()) != sorted(bars.values()):
        told = ", ".join(f"{name} {bar:g}" for name, bar in bars.items())
        raise wrong("levels", f"momentum must not fall from one level to the next higher one: {told}")
    named = {
        "severe_post.categories": rules.severe_post.categories,
        "clocks.no_clocks_for": rules.clocks.no_clocks_for,
    }
    for key, category in ((key, category) for key, categories in named.items() for category in categories):
        if category not in CATEGORIES:
            raise wrong(key, f"no such category: {category}; expected one of {', '.join(CATEGORIES)}")
    for key in ("grave_words", "serious_words"):
        if any(not word.strip() for word in getattr(rules.severe_post, key)):
            raise wrong(f"severe_post.{key}", "an empty word would match every post")

"""audiences.yaml: who is told what, and on which channels."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from config.loader import load
from config.quiet import QuietHours

Level = Literal["blue", "yellow", "orange", "red"]
LEVELS: tuple[Level, ...] = ("blue", "yellow", "orange", "red")
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
EnvironmentName = Annotated[str, msgspec.Meta(pattern=r"^([A-Z][A-Z0-9_]{0,99})?$")]
Attempts = Annotated[int, msgspec.Meta(ge=1, le=20)]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the file; unknown keys are errors."""


class Channel(_Strict, frozen=True, kw_only=True):
    """One way to an audience."""

    kind: Literal["terminal", "webhook"]
    name: str = ""
    """Shown in the delivery log; the kind when empty. Unique within the audience."""
    url_env: EnvironmentName = ""
    """Webhook: the environment variable that holds the address. Addresses are secrets and never stand here."""
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, le=30)] = 5.0
    attempts: Attempts = 8
    """Tries before a delivery is given up and shown as failed."""

    @property
    def label(self) -> str:
        """Its name in the delivery log."""
        return self.name or self.kind

    def __post_init__(self) -> None:
        if self.kind == "webhook" and not self.url_env:
            raise ValueError("url_env: a webhook needs the name of the environment variable that holds its address")


class Audience(_Strict, frozen=True, kw_only=True):
    """People who are told together; nothing is told twice to one audience on one channel."""

    name: Name
    channels: list[Channel]
    min_level: Level = "blue"
    jurisdictions: list[str] = []
    """Empty: all."""
    all_clear: bool = True
    """Told when an alerted event is over."""
    step_downs: bool = False
    """Told when an alerted event leaves its level for the one below."""
    reminders: bool = True
    """Told once before a clock runs out."""
    remind_minutes: Annotated[float, msgspec.Meta(ge=0, le=10_080)] = 30.0
    """So long before a clock is due, but never earlier than the last third of its time."""
    quiet_hours: QuietHours | msgspec.UnsetType | None = msgspec.UNSET
    """Instead of those of alerts.yaml; null: none, somebody is always awake here."""
    drills: bool = False
    """Takes part in drills: also told, marked 【演练】, what `minyi drill` plays. Without it, never."""

    def __post_init__(self) -> None:
        labels = [channel.label for channel in self.channels]
        if len(labels) != len(set(labels)):
            raise ValueError(f"channels: {self.name}: two channels have the same name")

    def hears(self, level: str, jurisdiction: str) -> bool:
        """Whether an alert of this level and place is for them."""
        if self.jurisdictions and jurisdiction not in self.jurisdictions:
            return False
        return LEVELS.index(level) >= LEVELS.index(self.min_level)


class Audiences(_Strict, frozen=True, kw_only=True):
    """The whole file."""

    audiences: list[Audience] = []
    max_age_hours: Annotated[float, msgspec.Meta(gt=0)] = 24.0
    """An alert older than this when it reaches delivery is put into the log as too old and told to nobody."""

    def __post_init__(self) -> None:
        names = [audience.name for audience in self.audiences]
        if len(names) != len(set(names)):
            raise ValueError("audiences: two audiences have the same name")


def load_audiences(path: Path) -> Audiences:
    """The audiences; raises ConfigError, naming file, line and key."""
    return load(path, Audiences)

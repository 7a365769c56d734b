"""A stored alert beside the same alert recomputed: every value, what differs, and why it may."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from bus.messages import AlertRaised
from store.quotes import neutral
from store.retain import EXPIRED

Because = Literal["withdrawn", "expired", "older"]

BY_KIND = ("counts.posts_by_kind", "counts.authors_by_kind", "counts.media_at")
"""What alerts have not always said."""


@dataclass(frozen=True)
class Difference:
    """One value that is not the same."""

    field: str
    stored: Any
    recomputed: Any
    because: Because | None = None
    """Why it may differ: posts were withdrawn, or are past the time they are kept, or the alert is from before alerts
    said this. None: it may not."""


def values(alert: AlertRaised) -> dict[str, Any]:
    """Everything an alert says of its event, flat: `counts.posts`, `reasons.event-burst.measured`, ..."""
    body = msgspec.to_builtins(alert)
    flat: dict[str, Any] = {}
    for name, value in body.items():
        if name in ("type", "rules"):
            continue
        if name == "reasons":
            flat.update(_reasons(value))
        elif isinstance(value, dict):
            flat.update({f"{name}.{key}": part for key, part in value.items()})
        else:
            flat[name] = value
    return flat


def differences(stored: AlertRaised, again: AlertRaised, *, gone: Collection[str] = ()) -> list[Difference]:
    """What differs between two alerts. `gone`: posts that were withdrawn meanwhile."""
    old, new = values(stored), values(again)
    return [
        Difference(name, old.get(name), new.get(name), _because(name, stored, again, gone))
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    ]


def nearest(stored: AlertRaised, found: Iterable[AlertRaised]) -> AlertRaised | None:
    """The recomputed alert that is this one or comes closest: by id, by event and level, by level and posts."""
    alerts = list(found)
    posts = {stored.first_post, *stored.posts}
    tests: tuple[Callable[[AlertRaised], bool], ...] = (
        lambda a: a.id == stored.id,
        lambda a: a.event == stored.event and a.level == stored.level,
        lambda a: a.level == stored.level and not posts.isdisjoint((a.first_post, *a.posts)),
    )
    for test in tests:
        if chosen := [a for a in alerts if test(a)]:
            return min(chosen, key=lambda a: (abs((a.raised_at - stored.raised_at).total_seconds()), a.id))
    return None


def _reasons(reasons: Sequence[dict[str, Any]]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for reason in reasons:
        name = f"reasons.{reason['rule']}"
        while f"{name}.measured" in flat:
            name += "+"
        flat.update({f"{name}.{key}": value for key, value in reason.items() if key != "rule"})
    return flat


def _because(name: str, stored: AlertRaised, again: AlertRaised, gone: Collection[str]) -> Because | None:
    if name in BY_KIND or (name == "counts.authors" and not stored.counts.authors):
        return "older" if stored.counts.posts and not stored.counts.posts_by_kind else None
    if name == "headline":
        if stored.headline == neutral(stored.place, stored.category):
            return "withdrawn"
        if stored.headline == neutral(stored.place, stored.category, EXPIRED):
            return "expired"
    if name == "posts":
        if not stored.posts and EXPIRED in stored.headline:
            return "expired"
        if stored.posts == [post for post in again.posts if post not in gone]:
            return "withdrawn"
    return None

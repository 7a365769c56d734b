"""Counts with their links: one period of one jurisdiction, asked in many ways."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reports.evidence import Desk
from reports.shapes import SMALL, Compared, Figure, Share, Slice
from store.engine import Connection
from store.figures import By, Totals, by
from store.posts import PostFilter, count_posts


@dataclass(frozen=True)
class Scope:
    """What a report looks at: posts of one stretch of time, of one jurisdiction or of all."""

    conn: Connection
    desk: Desk
    since: datetime | None
    until: datetime | None
    jurisdiction: str | None

    def where(self, **fields: Any) -> PostFilter:
        """The scope, narrowed."""
        return PostFilter(since=self.since, until=self.until, jurisdiction=self.jurisdiction, **fields)

    def figure(self, **fields: Any) -> Figure:
        """How many posts, with the page that lists them."""
        return self.linked(count_posts(self.conn, self.where(**fields)), **fields)

    def linked(self, value: int, **fields: Any) -> Figure:
        """A count made elsewhere (in a GROUP BY), with the page that lists the same posts."""
        return Figure(value=value, evidence=[self.desk.posts(self.where(**fields))])


def compared(here: Scope, then: Scope, **fields: Any) -> Compared:
    """A count against the same count of the period before."""
    return against(here.figure(**fields), then.figure(**fields))


def against(now: Figure, before: Figure) -> Compared:
    """Two figures side by side; no percentage on a base below SMALL."""
    change = now.value - before.value
    percent = round(100 * change / before.value, 1) if before.value >= SMALL else None
    return Compared(now=now, before=before, change=change, percent=percent)


def share(part: Figure, whole: Figure) -> Share:
    """Part of a whole; no percentage on a whole below SMALL."""
    percent = round(100 * part.value / whole.value, 1) if whole.value >= SMALL else None
    return Share(part=part, whole=whole, percent=percent)


def slices(
    here: Scope,
    then: Scope,
    what: By,
    names: Mapping[Any, str] | None = None,
    *,
    keep_empty: bool = False,
    **fields: Any,
) -> list[Slice]:
    """Relevant posts by one field, the largest first; with `names` only those keys, in words.

    keep_empty: keys without a post in both periods stay, in the order of `names`.
    """
    now = {g.key: g.totals for g in by(here.conn, here.where(relevant=True, **fields), what)}
    before = {g.key: g.totals for g in by(then.conn, then.where(relevant=True, **fields), what)}
    known = {key: key for key in sorted({*now, *before}) if key} if names is None else names
    found = []
    for key, name in known.items():
        mine = {**fields, what: key}
        found.append(_slice(here, then, mine, name, now.get(str(key), Totals()), before.get(str(key), Totals())))
    if keep_empty:
        return found
    kept = [s for s in found if s.relevant.now.value or s.relevant.before.value]
    return sorted(kept, key=lambda s: (-s.relevant.now.value, -s.relevant.before.value, s.key))


def _slice(here: Scope, then: Scope, fields: Mapping[str, Any], name: str, now: Totals, before: Totals) -> Slice:
    mine = {**fields, "relevant": True}
    key = str(list(fields.values())[-1])
    whole = here.linked(now.relevant, **mine)
    negative = here.linked(now.negative, **{**mine, "sentiment": -1})
    return Slice(
        key=key,
        name=name,
        relevant=against(whole, then.linked(before.relevant, **mine)),
        negative=share(negative, whole),
    )

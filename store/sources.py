"""Sources and their rounds: cursors and health. Written by flows, read by desk, health and reports."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

import msgspec
from sqlalchemy import ColumnElement, Connection, func, select, update

from store import changes
from store.sql import affected, insert
from store.tables import posts, rounds, sources
from store.types import plain

RoundState = Literal["ok", "quiet", "blocked", "broken"]
SourceState = Literal["new", "ok", "quiet", "blocked", "broken"]

SEEING: tuple[RoundState, ...] = ("ok", "quiet")
DEFAULT_INTERVAL = timedelta(hours=1)  # how far a good round reaches when it states no next try
SLACK = 0.5  # a next round may be late by half its interval before the source counts as unseen
MIN_SLACK = timedelta(minutes=5)
LOOK_BACK = timedelta(days=7)  # no source is visited less often: earlier rounds cannot reach into a window


class SourceLike(Protocol):
    """What `register_sources` needs of an entry; config.sources' entries and SourceEntry fit."""

    @property
    def name(self) -> str:
        """Unique."""

    @property
    def kind(self) -> str:
        """Name of its adapter."""

    @property
    def jurisdiction(self) -> str:
        """The place whose desk answers."""


@dataclass(frozen=True)
class SourceEntry:
    """The plain form of a SourceLike."""

    name: str
    kind: str = ""
    jurisdiction: str = ""


@dataclass(frozen=True, kw_only=True)
class Round:
    """One visit to a source.

    ok: something was read; quiet: read well, nothing there; blocked: refused (login, captcha, 403, robots);
    broken: could not be reached or read. `reason` says why for the last two.
    """

    source: str
    started_at: datetime
    seconds: float
    state: RoundState
    reason: str = ""
    new: int = 0
    changed: int = 0
    duplicates: int = 0
    rejected: int = 0
    next_try: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class SourceHealth:
    """How a source stands. state `new`: registered, never visited."""

    name: str
    kind: str
    jurisdiction: str
    state: SourceState
    since: datetime | None
    """Start of the first round of the present state."""
    reason: str
    last_round: datetime | None
    last_success: datetime | None
    """Start of the last ok or quiet round."""
    last_new: datetime | None
    """Start of the last round that found something new."""
    next_try: datetime | None
    posts_24h: int
    """Posts archived from it, published in the 24 hours before."""
    active: bool = True
    """False: it has posts or rounds, but sources.yaml no longer has it."""


def register_sources(conn: Connection, entries: Iterable[SourceLike]) -> None:
    """Make the sources of sources.yaml known; others stay with their history, but no longer as active."""
    listed = {entry.name: entry for entry in entries}
    conn.execute(update(sources).where(sources.c.name.not_in(list(listed))).values(active=False))
    for name, entry in sorted(listed.items()):
        values = {"kind": entry.kind, "jurisdiction": entry.jurisdiction, "active": True}
        statement = insert(conn, sources).values(name=name, **values, state="new", reason="", cursor_json="{}")
        conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
    changes.touch(conn, "sources")


def cursor(conn: Connection, source: str) -> dict[str, str]:
    """What the adapter noted for its next round (ETag, newest id, ...); empty before the first."""
    found = conn.execute(select(sources.c.cursor_json).where(sources.c.name == source)).scalar_one_or_none()
    return {} if found is None else msgspec.json.decode(found, type=dict[str, str])


def save_cursor(conn: Connection, source: str, values: Mapping[str, str]) -> None:
    """Replace the cursor of a source."""
    _ensure(conn, source)
    text = msgspec.json.encode(dict(values)).decode()
    conn.execute(update(sources).where(sources.c.name == source).values(cursor_json=text))


def save_round(conn: Connection, round: Round) -> bool:
    """Keep a round and bring the health of its source up to date; the same round again changes nothing.

    A round older than the newest known one is kept, but does not change the present state.
    """
    values = {**vars(round), "reason": plain(round.reason)}
    _ensure(conn, round.source)
    if affected(conn, insert(conn, rounds).values(values).on_conflict_do_nothing()) == 0:
        return False
    row = conn.execute(select(sources).where(sources.c.name == round.source).with_for_update()).one()
    news: dict[str, Any] = {}
    if round.state in SEEING:
        news["last_success"] = _later(row.last_success, round.started_at)
    if round.new:
        news["last_new"] = _later(row.last_new, round.started_at)
    if row.last_round is None or round.started_at > row.last_round:
        news |= {"last_round": round.started_at, "reason": values["reason"], "next_try": round.next_try}
        if row.state != round.state:
            news |= {"state": round.state, "since": round.started_at}
    if news:
        conn.execute(update(sources).where(sources.c.name == round.source).values(**news))
    changes.touch(conn, "sources")
    return True


def source_health(conn: Connection, *, now: datetime | None = None, inactive: bool = False) -> list[SourceHealth]:
    """Every source by name; `inactive` adds those that left sources.yaml.

    now: the end of the 24 hours of `posts_24h`; without it the start of the newest round of all sources.
    """
    last = now or conn.execute(select(func.max(sources.c.last_round))).scalar_one()
    counts: dict[str, int] = {}
    if last is not None:
        day = (posts.c.published_at >= last - timedelta(hours=24), posts.c.published_at <= last)
        query = select(posts.c.source, func.count().label("n")).where(*day).group_by(posts.c.source)
        counts = {row.source: row.n for row in conn.execute(query)}
    names = [sources.c[name] for name in SourceHealth.__dataclass_fields__ if name != "posts_24h"]
    only: list[ColumnElement[bool]] = [] if inactive else [sources.c.active]
    rows = conn.execute(select(*names).where(*only).order_by(sources.c.name))
    return [SourceHealth(**row._mapping, posts_24h=counts.get(row.name, 0)) for row in rows]


def rounds_between(conn: Connection, source: str, since: datetime, until: datetime) -> list[Round]:
    """The rounds of a source that started in [since, until), oldest first."""
    query = select(rounds).where(rounds.c.source == source, rounds.c.started_at >= since, rounds.c.started_at < until)
    return [Round(**row._mapping) for row in conn.execute(query.order_by(rounds.c.started_at))]


def blind_hours(conn: Connection, source: str, since: datetime, until: datetime) -> float:
    """Hours of [since, until) in which nobody looked at the source, or could not.

    A good round (ok, quiet) covers the time from its start to the start of the next round, but at most to its
    `next_try` plus half of that interval (five minutes at least; one hour is the interval when no next try is
    stated). Everything else is blind: after a blocked or broken round, after a round that never came, and before
    the first one. `until` should not lie after now: the future is blind.
    """
    if until <= since:
        return 0.0
    at = rounds.c.started_at
    query = select(at, rounds.c.state, rounds.c.next_try).order_by(at)
    visits = conn.execute(query.where(rounds.c.source == source, at >= since - LOOK_BACK, at < until)).all()
    starts = [visit.started_at for visit in visits[1:]] + [until]
    seen = timedelta()
    for visit, following in zip(visits, starts, strict=False):
        if visit.state in SEEING:
            end = min(_reach(visit.started_at, visit.next_try), following)
            seen += max(end - max(visit.started_at, since), timedelta())
    return (until - since - seen) / timedelta(hours=1)


def _reach(started_at: datetime, next_try: datetime | None) -> datetime:
    interval = DEFAULT_INTERVAL if next_try is None or next_try <= started_at else next_try - started_at
    return started_at + interval + max(interval * SLACK, MIN_SLACK)


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)


def _ensure(conn: Connection, source: str) -> None:
    values = {"name": source, "kind": "", "jurisdiction": "", "active": True, "state": "new"}
    conn.execute(insert(conn, sources).values(**values, reason="", cursor_json="{}").on_conflict_do_nothing())

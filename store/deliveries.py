"""Deliveries: what was told to whom, once. Written by consumers/notify."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select, update

from store import changes
from store.paging import Page, fetch_page
from store.sql import insert
from store.tables import deliveries
from store.types import plain

LEASE = timedelta(minutes=5)  # a claim this old belongs to a sender that died: senders give up after one minute
MAX_ERROR_CHARS = 500


@dataclass(frozen=True)
class Claim:
    """The right to send one thing once. `attempt` counts from 1."""

    id: int
    audience: str
    channel: str
    subject: str
    kind: str
    attempt: int
    claimed_at: datetime


@dataclass(frozen=True)
class Delivery:
    """One line of the delivery log.

    state: held (store/outbox.py says why and until when), claimed, waiting (for another try), delivered, failed.
    """

    id: int
    audience: str
    channel: str
    subject: str
    kind: str
    state: str
    attempts: int
    first_at: datetime
    at: datetime
    retry_at: datetime | None
    error: str


@dataclass(frozen=True, kw_only=True)
class DeliveryFilter:
    """Which deliveries; every field that is set narrows the choice."""

    since: datetime | None = None
    """first_at, inclusive."""
    until: datetime | None = None
    """first_at, exclusive."""
    audience: str | None = None
    channel: str | None = None
    subject: str | None = None
    kind: str | None = None
    state: str | None = None


def claim(
    conn: Connection, *, audience: str, channel: str, subject: str, kind: str, now: datetime, lease: timedelta = LEASE
) -> Claim | None:
    """Take the right to send `subject` (an alert's id, ...) to one audience on one channel.

    None when it was delivered, has failed for good, waits for its next try, or is being sent. A claim older than
    `lease` was left by a sender that died, and is given again: then, and only then, a message may arrive twice.
    Commit before sending, and `settle` in a transaction of its own.
    """
    what = {"audience": audience, "channel": channel, "subject": subject, "kind": kind}
    fresh = insert(conn, deliveries).values(**what, state="claimed", attempts=1, first_at=now, at=now, error="")
    changes.touch(conn, "deliveries")
    taken = conn.execute(fresh.on_conflict_do_nothing().returning(*CLAIM)).first()
    if taken is None:
        same = [deliveries.c[name] == value for name, value in what.items()]
        again = update(deliveries).where(*same, _claimable(now, lease))
        again = again.values(state="claimed", attempts=deliveries.c.attempts + 1, at=now, retry_at=None)
        taken = conn.execute(again.returning(*CLAIM)).first()
    return None if taken is None else Claim(*taken)


def settle(
    conn: Connection, claim: Claim, *, ok: bool, error: str = "", now: datetime, retry_at: datetime | None = None
) -> bool:
    """Say how sending ended: delivered, to be tried again at `retry_at`, or failed for good (no retry_at).

    A success always counts. A failure counts only while the claim is the newest; False when it is not.
    """
    mine = [deliveries.c.id == claim.id]
    if not ok:
        mine += [deliveries.c.state == "claimed", deliveries.c.attempts == claim.attempt]
    state = "delivered" if ok else "failed" if retry_at is None else "waiting"
    values = {"state": state, "at": now, "error": plain(error)[:MAX_ERROR_CHARS], "retry_at": None if ok else retry_at}
    changes.touch(conn, "deliveries")
    return conn.execute(update(deliveries).where(*mine).values(**values)).rowcount > 0


def postpone(conn: Connection, claim: Claim, *, why: str, until: datetime) -> bool:
    """Give a claim back untried: it waits until then, and no try is counted. False when it is no longer the newest."""
    mine = (deliveries.c.id == claim.id, deliveries.c.state == "claimed", deliveries.c.attempts == claim.attempt)
    values = {
        "state": "waiting",
        "attempts": claim.attempt - 1,
        "error": plain(why)[:MAX_ERROR_CHARS],
        "retry_at": until,
    }
    changes.touch(conn, "deliveries")
    return conn.execute(update(deliveries).where(*mine).values(**values)).rowcount > 0


def pending(conn: Connection, now: datetime, *, lease: timedelta = LEASE) -> list[Delivery]:
    """What is to be sent again by now: due for another try, or left by a sender that died. Oldest first."""
    rows = conn.execute(select(deliveries).where(_claimable(now, lease)).order_by(deliveries.c.first_at)).all()
    return [_make(row) for row in rows]


def find_deliveries(
    conn: Connection, where: DeliveryFilter | None = None, *, limit: int = 50, after: str | None = None
) -> Page[Delivery]:
    """The delivery log, newest first; `after` is the `next` of the page before."""
    where = where or DeliveryFilter()
    exact = ("audience", "channel", "subject", "kind", "state")
    query = select(deliveries).where(
        *(deliveries.c[name] == value for name in exact if (value := getattr(where, name)) is not None)
    )
    if where.since is not None:
        query = query.where(deliveries.c.first_at >= where.since)
    if where.until is not None:
        query = query.where(deliveries.c.first_at < where.until)
    return fetch_page(conn, query, by=(deliveries.c.first_at, deliveries.c.id), limit=limit, after=after, make=_make)


CLAIM = (
    deliveries.c.id,
    deliveries.c.audience,
    deliveries.c.channel,
    deliveries.c.subject,
    deliveries.c.kind,
    deliveries.c.attempts,
    deliveries.c.at,
)


def _claimable(now: datetime, lease: timedelta) -> ColumnElement[bool]:
    return or_(
        and_(deliveries.c.state == "waiting", deliveries.c.retry_at <= now),
        and_(deliveries.c.state == "claimed", deliveries.c.at <= now - lease),
    )


def _make(row: Row[Any]) -> Delivery:
    return Delivery(*row[: len(Delivery.__dataclass_fields__)])

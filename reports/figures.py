"""Store -> Digest: the figures of a day, a week or a month, each with the links that open it.

Everything is counted by the time of publication (alerts by the time of the post that fired them), for relevant posts
unless it says otherwise; negative = relevant and of negative sentiment, as everywhere in the store.
"""

from datetime import datetime, timedelta

from models.vocabulary import ATTITUDE, CATEGORY, PLATFORM
from reports import asking, event_lines, register
from reports.counting import Scope, compared, share, slices
from reports.evidence import Desk
from reports.period import IsoWeek, Period
from reports.quotes import quoted
from reports.shapes import Bucket, Digest, QuoteLine, Share, Slice, Volume
from reports.words import day_words, local
from store.engine import Connection
from store.figures import TimeGroup, by_day, by_hour
from store.posts import find_posts

TOP_EVENTS = 10
PRAISE_QUOTES = 3
LOOK_AT = 200  # newest posts among which the quotes are chosen


def week_figures(
    conn: Connection, week: IsoWeek, *, now: datetime, base_url: str, jurisdiction: str | None = None
) -> Digest:
    """The figures of one ISO week; see `period_figures`."""
    return period_figures(conn, week.period(), now=now, base_url=base_url, jurisdiction=jurisdiction)


def period_figures(
    conn: Connection, period: Period, *, now: datetime, base_url: str, jurisdiction: str | None = None
) -> Digest:
    """The figures of a period, for one jurisdiction or for all.

    now: what "overdue" and "blind until" are measured at. An empty period gives zeros, never an error.
    """
    before = period.before(now)
    until = max(period.since, min(period.until, now))  # a running period is counted, and compared, up to now
    here = Scope(conn, Desk(base_url), period.since, until, jurisdiction)
    then = Scope(conn, Desk(base_url), before.since, before.until, jurisdiction)
    alerts = register.alert_lines(here)
    incidents = register.incident_lines(here, alerts, now)
    health = register.source_lines(here, now)
    attitudes = slices(here, then, "attitude", ATTITUDE, keep_empty=True)
    return Digest(
        kind=period.kind if period.kind != "event" else "day",
        period=period.slug,
        since=period.since,
        until=period.until,
        before_since=before.since,
        before_until=before.until,
        as_of=now.replace(second=0, microsecond=0),
        complete=now >= period.until,
        jurisdiction=jurisdiction or "",
        desk=here.desk.base,
        volume=_volume(here, then, attitudes),
        buckets=_buckets(here, period),
        categories=slices(here, then, "category", CATEGORY),
        places=slices(here, then, "place"),
        platforms=slices(here, then, "platform", PLATFORM),
        sources=slices(here, then, "source"),
        alerts_total=register.alerts_compared(here, then, alerts),
        alerts_by_level=register.by_level(here, alerts),
        alerts=alerts,
        incidents=incidents,
        events=event_lines.top(here, then, alerts, limit=TOP_EVENTS, now=now),
        events_link=here.desk.posts(here.where(relevant=True)),
        praise=compared(here, then, relevant=True, attitude=1),
        praise_quotes=_praise(here),
        unanswered=asking.unanswered(here, then, now),
        health=health,
        blind_hours=round(sum(s.blind_hours for s in health), 1),
    )


def _volume(here: Scope, then: Scope, attitudes: list[Slice]) -> Volume:
    now_share, before_share = _negative(here), _negative(then)
    points = None
    if now_share.percent is not None and before_share.percent is not None:
        points = round(now_share.percent - before_share.percent, 1)
    return Volume(
        collected=compared(here, then),
        copies=here.figure(copies=True),
        relevant=compared(here, then, relevant=True),
        relevant_copies=here.figure(relevant=True, copies=True),
        negative=compared(here, then, relevant=True, sentiment=-1),
        negative_share=now_share,
        negative_share_before=before_share,
        points=points,
        attitudes=attitudes,
    )


def _negative(scope: Scope) -> Share:
    return share(scope.figure(relevant=True, sentiment=-1), scope.figure(relevant=True))


def _buckets(here: Scope, period: Period) -> list[Bucket]:
    """Every day (every hour of a day), also those without a post."""
    if period.kind == "day":
        return [
            _bucket(here, g, timedelta(hours=1), f"{local(g.start):%H}时") for g in by_hour(here.conn, here.where())
        ]
    days = by_day(here.conn, here.where())
    return [_bucket(here, g, timedelta(days=1), day_words(local(g.start).date())) for g in days]


def _bucket(here: Scope, group: TimeGroup, length: timedelta, label: str) -> Bucket:
    end = group.start + length if here.until is None else min(group.start + length, here.until)
    mine = Scope(here.conn, here.desk, group.start, end, here.jurisdiction)
    return Bucket(
        start=group.start,
        label=label,
        collected=mine.linked(group.totals.posts),
        relevant=mine.linked(group.totals.relevant, relevant=True),
        negative=mine.linked(group.totals.negative, relevant=True, sentiment=-1),
    )


def _praise(here: Scope) -> list[QuoteLine]:
    rows = find_posts(here.conn, here.where(relevant=True, attitude=1), limit=LOOK_AT).items
    return quoted([row.post for row in rows], PRAISE_QUOTES, here.desk)

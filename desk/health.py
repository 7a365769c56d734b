"""来源健康 (/health): what every source and process does, since when, and where nobody could look."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from desk.view import ViewDep
from store.engine import Connection
from store.notices import find_notices
from store.processes import Process, processes
from store.sources import SourceHealth, blind_hours, rounds_between, source_health

router = APIRouter()

DAY = timedelta(hours=24)
KNOWN = timedelta(days=2)  # a source without a round before the last 24 hours counts as new; none is visited so rarely
BEAT_OLD = timedelta(seconds=60)  # the supervisor beats every 5 s
ORDER = {"broken": 0, "blocked": 1, "new": 2, "quiet": 3, "ok": 4}


@dataclass(frozen=True)
class SourceRow:
    """A source and its last 24 hours."""

    source: SourceHealth
    rounds: int
    new: int
    changed: int
    duplicates: int
    rejected: int
    blind_hours: float
    """Hours nobody could look, of the last 24 or since the first round ever."""


@dataclass(frozen=True)
class ProcessRow:
    """A process; `silent` when it has not been heard of for BEAT_OLD although it should run."""

    process: Process
    silent: bool


@router.get("/health", response_class=HTMLResponse)
def health_page(view: ViewDep) -> HTMLResponse:
    """Sources first, worst first; then processes and what the system itself had to say."""
    now = view.desk.now()
    with view.desk.store.read() as conn:
        rows = [_row(conn, source, now) for source in source_health(conn, now=now)]
        return view.render(
            conn,
            "health.html",
            here="health",
            sources=sorted(rows, key=lambda r: (ORDER.get(r.source.state, 0), r.source.name)),
            counts={state: sum(r.source.state == state for r in rows) for state in ORDER},
            processes=[ProcessRow(p, silent(p, now)) for p in processes(conn)],
            all_notices=find_notices(conn, limit=20),
            day_ago=now - DAY,
        )


def silent(process: Process, now: datetime) -> bool:
    """Whether a process that should run has not been heard of for a while."""
    return process.state != "stopped" and now - process.beat_at > BEAT_OLD


def _row(conn: Connection, source: SourceHealth, now: datetime) -> SourceRow:
    visits = rounds_between(conn, source.name, now - DAY, now)
    return SourceRow(
        source=source,
        rounds=len(visits),
        new=sum(v.new for v in visits),
        changed=sum(v.changed for v in visits),
        duplicates=sum(v.duplicates for v in visits),
        rejected=sum(v.rejected for v in visits),
        blind_hours=_blind(conn, source, now),
    )


def _blind(conn: Connection, source: SourceHealth, now: datetime) -> float:
    """A source that was set up this morning was not blind yesterday."""
    hours = blind_hours(conn, source.name, now - DAY, now)
    if source.last_round is None or hours == 0 or rounds_between(conn, source.name, now - KNOWN, now - DAY):
        return hours
    first = rounds_between(conn, source.name, now - DAY, now)
    return blind_hours(conn, source.name, first[0].started_at, now) if first else hours

"""What surrounds every page: the figures of the navigation, open notices, the version and time of what is shown."""

from dataclasses import dataclass
from datetime import datetime

from store.alerts import AlertFilter, find_alerts
from store.changes import version
from store.drills import drill_on
from store.engine import Connection
from store.incidents import IncidentFilter, count_incidents
from store.notices import Notice, find_notices
from store.sources import source_health

MAX_NOTICES = 20
MAX_OPEN = 300  # open alerts counted; more than a desk can work on


@dataclass(frozen=True)
class Frame:
    """Read in the same transaction as the page, so that figures and page agree."""

    version: int
    now: datetime
    active_alerts: int
    """Events with an alert that is not over."""
    newest_alert: str
    waiting: int
    """Incidents nobody has taken yet."""
    blind: int
    """Sources that are blocked or broken."""
    notices: tuple[Notice, ...]
    drill: bool = False
    """Whether anything shown belongs to a drill."""


def frame_of(conn: Connection, now: datetime) -> Frame:
    """The frame at this moment."""
    newest = find_alerts(conn, AlertFilter(), limit=1).items
    return Frame(
        version=version(conn),
        now=now,
        active_alerts=len({row.alert.event for row in find_alerts(conn, AlertFilter(open=True), limit=MAX_OPEN).items}),
        newest_alert=newest[0].alert.id if newest else "",
        waiting=count_incidents(conn, IncidentFilter(state="waiting")),
        blind=sum(source.state in ("blocked", "broken") for source in source_health(conn, now=now)),
        notices=tuple(find_notices(conn, dismissed=False, limit=MAX_NOTICES)),
        drill=drill_on(conn),
    )

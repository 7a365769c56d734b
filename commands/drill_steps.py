"""What a drill looks for in the store, step by step, and when it found it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from models.drill import DRILL, MARK
from store.alerts import LEVELS, AlertFilter, AlertRow, find_alerts
from store.deliveries import Delivery, DeliveryFilter, find_deliveries
from store.drills import count_drill_posts
from store.engine import Connection
from store.events import EventFilter, find_events
from store.incidents import IncidentFilter, find_incidents

WANTED = ("blue", "yellow", "orange")
WORDS = {
    "published": "first post on the bus",
    "scored": "first post scored and archived",
    "event": "event found",
    "blue": "alert 蓝",
    "yellow": "alert 黄",
    "orange": "alert 橙",
    "red": "alert 红",
    "incident": "incident opened",
    "delivered": "notice delivered",
    "complete": "every post archived",
    "marked": "everything marked 【演练】",
    "acknowledged": "incident acknowledged",
    "cleaned": "cleaned up",
}
OPTIONAL = frozenset({"red", "acknowledged"})


@dataclass
class Step:
    """One step of a drill. ok: None while (or because) it has not happened and need not."""

    step: str
    ok: bool | None = None
    after_s: float | None = None
    """Seconds since the first post."""
    latency_s: float | None = None
    """Alerts: since the post that made them fire. Notices: since the alert's post, too."""
    detail: str = ""


class Watch:
    """The steps so far. `look` reads the store; nothing here writes."""

    def __init__(self, began: datetime, posts: int, *, somebody_hears: bool) -> None:
        self.began, self.posts, self._heard = began, posts, somebody_hears
        self.steps = {name: Step(name) for name in WORDS}
        self._unmarked: set[str] = set()

    def look(self, conn: Connection, now: datetime) -> list[Step]:
        """The steps that are new."""
        before = {name for name, step in self.steps.items() if step.ok}
        archived = count_drill_posts(conn)
        if archived:
            self.reach("scored", now)
        if archived >= self.posts:
            self.reach("complete", now, detail=f"{archived} posts")
        events = find_events(conn, EventFilter(jurisdiction=DRILL)).items
        if events:
            self.reach("event", now, detail=events[0].event.headline)
        alerts = find_alerts(conn, AlertFilter(jurisdiction=DRILL)).items
        self._alerts(alerts, now)
        incidents = find_incidents(conn, IncidentFilter(jurisdiction=DRILL)).items
        if incidents:
            self.reach("incident", now)
        if any(clock.name == "acknowledge" and clock.met_at for i in incidents for clock in i.clocks):
            self.reach("acknowledged", now)
        self._deliveries(conn, alerts, now)
        self._marks([*(e.event.headline for e in events), *(a.alert.headline for a in alerts)])
        self._marks(i.headline for i in incidents)
        return [step for name, step in self.steps.items() if step.ok and name not in before]

    def reach(self, name: str, now: datetime, *, detail: str = "", since: datetime | None = None) -> bool:
        """This step is done; False when it was before."""
        step = self.steps[name]
        if step.ok is not None:
            return False
        step.ok, step.detail = True, detail
        step.after_s = round((now - self.began).total_seconds(), 2)
        step.latency_s = None if since is None else round(max(0.0, (now - since).total_seconds()), 2)
        return True

    def done(self) -> bool:
        """Whether all that is wanted has happened (cleaning and marks are judged at the end)."""
        open_ = {name for name, step in self.steps.items() if step.ok is None}
        spare = OPTIONAL | {"cleaned", "marked"} | (set() if self._heard else {"delivered"})
        return not open_ - spare

    def finish(self, now: datetime) -> None:
        """Judge what has not happened."""
        if self.steps["event"].ok:
            self.reach("marked", now)
        if self._unmarked:
            self.steps["marked"].ok = False
            self.steps["marked"].detail = "；".join(sorted(self._unmarked))
        for name, step in self.steps.items():
            if step.ok is None and name == "delivered" and not self._heard:
                step.detail = "no audience of drills hears so low a level"
            elif step.ok is None and name not in OPTIONAL and name != "cleaned":
                step.ok = False
                step.detail = step.detail or "did not happen"

    def passed(self) -> bool:
        """Whether no step failed."""
        return all(step.ok is not False for step in self.steps.values())

    def _alerts(self, rows: Iterable[AlertRow], now: datetime) -> None:
        for row in rows:
            level = row.alert.level
            self.reach(level, now, since=row.alert.raised_at, detail=row.alert.reasons[0].words)
            for lower in LEVELS[: LEVELS.index(level)]:
                if level in WANTED:
                    self.reach(lower, now, detail=f"passed over: {level} was reached at once")

    def _deliveries(self, conn: Connection, alerts: Iterable[AlertRow], now: datetime) -> None:
        for row in alerts:
            for found in find_deliveries(conn, DeliveryFilter(subject=row.alert.id, kind="alert")).items:
                if found.state == "delivered":
                    self.reach("delivered", found.at, since=row.alert.raised_at, detail=_target(found))
                elif self.steps["delivered"].ok is None and found.error:
                    self.steps["delivered"].detail = f"{_target(found)}: {found.state}: {found.error}"

    def _marks(self, headlines: Iterable[str]) -> None:
        self._unmarked |= {words for words in headlines if not words.startswith(MARK)}


def _target(found: Delivery) -> str:
    return f"{found.audience} / {found.channel}"

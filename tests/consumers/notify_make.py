"""A notifier with a clock that stands still, its terminal and its web hook."""

from datetime import datetime
from typing import Any

from consumers_make import Hook, at, audiences

from config.alerts import AlertRules, load_alerts
from config.audiences import Audiences
from consumers.archive import archiver
from consumers.notify import Notifier
from consumers.senders import senders
from store.deliveries import DeliveryFilter, find_deliveries
from store.engine import Store


class Desk:
    """What notify works with; each `notifier()` is a new process over the same store."""

    def __init__(self, store: Store, hook: Hook, rules: AlertRules | None = None) -> None:
        self.store, self.hook = store, hook
        self.now = at(1)
        self.said: list[str] = []
        self.rules = rules or load_alerts()
        self.wide: frozenset[str] = frozenset()
        self.archive = archiver(store, self.rules, now=self.clock)

    def clock(self) -> datetime:
        return self.now

    def notifier(self, who: Audiences | None = None) -> Notifier:
        who = who or audiences()
        ways = senders(who, say=lambda text, colour: self.said.append(text), environ={"HOOK": self.hook.url})
        return Notifier(self.store, who, ways, self.rules, now=self.clock, posts_wait_s=0, wide=self.wide)

    def log(self, **where: Any) -> list[tuple[str, str, int]]:
        with self.store.read() as conn:
            rows = find_deliveries(conn, DeliveryFilter(**where)).items
        return sorted((row.channel, row.state, row.attempts) for row in rows)

"""A home with a past: posts on its log, alerts raised and archived by the real consumers."""

import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from bus.embedded import EmbeddedBus
from bus.messages import AlertRaised, Message, encode
from bus.topics import POSTS_SCORED, route
from commands.consume import Workplace, archive_run, detect_run, run_together
from config.settings import Settings, from_environment
from store.alerts import AlertFilter, find_alerts
from store.engine import Store, open_store

NOW = datetime(2026, 11, 20, tzinfo=UTC)
FULL_SIZE = "negative_share: 1.0\n"


def installation(folder: Path, rules: str = FULL_SIZE) -> tuple[Settings, dict[str, str]]:
    """Settings of a home with a config folder of its own, and the environment that names them."""
    config = folder / "config"
    config.mkdir(parents=True)
    (config / "alerts.yaml").write_text(rules, encoding="utf-8")
    environ = {"MINYI_HOME": str(folder / "home"), "MINYI_CONFIG": str(config)}
    return from_environment(environ), environ


def live(where: Settings, messages: Iterable[Message], *, at: datetime = NOW) -> None:
    """Put messages on the log at a time and run the consumers until nothing is left."""
    bus = EmbeddedBus(where.home / "bus.db", now=lambda: at)
    for message in messages:
        topic, key = route(message, sink=POSTS_SCORED)
        bus.publish(topic.name, key, encode(message))
    bus.flush()
    bus.close()
    work = Workplace(where, now=lambda: at)
    try:
        done = run_together(
            where, {"detect": detect_run(work), "archive": archive_run(work)}, until_idle=True, stop=threading.Event()
        )
    finally:
        work.close()
    assert not [problem for problem in done.values() if isinstance(problem, BaseException)], done


def archive(where: Settings) -> Store:
    return open_store(where.store)


def stored(where: Settings) -> list[AlertRaised]:
    """The archived alerts, oldest first."""
    store = archive(where)
    with store.read() as conn:
        found = [row.alert for row in find_alerts(conn, AlertFilter(), limit=1000).items]
    store.close()
    return found[::-1]


def footprint(where: Settings) -> tuple[list[tuple[str, int, int]], list[str]]:
    """Where every topic ends, and every row of the store: what a command that touches nothing leaves as it is."""
    import sqlite3

    from bus.topics import ALL_TOPICS

    bus = EmbeddedBus(where.home / "bus.db")
    ends = [(t.name, p, bus.bounds(t.name, p)[1]) for t in ALL_TOPICS for p in range(bus.partitions(t.name))]
    bus.close()
    db = sqlite3.connect(where.home / "minyi.db")
    rows = list(db.iterdump())
    db.close()
    return ends, rows

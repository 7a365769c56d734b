"""The processes of one installation and their last sign of life. Written by the supervisor and its children."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from store.sql import insert
from store.tables import processes as table


@dataclass(frozen=True)
class Process:
    """One process. state: as its supervisor says (starting, running, stopped, failed, ...)."""

    name: str
    pid: int
    state: str
    started_at: datetime
    beat_at: datetime
    restarts: int


def beat(
    conn: Connection,
    *,
    name: str,
    pid: int,
    started_at: datetime,
    now: datetime,
    state: str = "running",
    restarts: int = 0,
) -> None:
    """A sign of life. Not counted in changes.version: beats are no news for the desk."""
    values = {"pid": pid, "state": state, "started_at": started_at, "beat_at": now, "restarts": restarts}
    statement = insert(conn, table).values(name=name, **values)
    conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def processes(conn: Connection) -> list[Process]:
    """All processes that beat lately (store.retain.FORGOTTEN), by name."""
    return [Process(*row) for row in conn.execute(select(table).order_by(table.c.name))]

"""Step-downs: an alerted event left the level it stood on for the one below. Saved by consumers/archive."""

import msgspec
from sqlalchemy import Connection, select

from bus.messages import AlertLowered, AlertRaised
from store import changes
from store.alerts import level_number
from store.sql import affected, archive_alone, insert
from store.tables import alerts, step_downs

_body = msgspec.json.Decoder(AlertLowered)


def lower_alert(conn: Connection, step: AlertLowered) -> bool:
    """Keep a step down; True when it is new. Its headline is that of the event's newest alert, kept there only."""
    archive_alone(conn)
    bare = msgspec.structs.replace(step, headline="")
    statement = insert(conn, step_downs).values(
        id=step.id,
        event=step.event,
        level=level_number(step.level),
        lowered_at=step.lowered_at,
        body_json=msgspec.json.encode(bare).decode(),
    )
    changes.touch(conn, "alerts")
    return affected(conn, statement.on_conflict_do_nothing()) > 0


def get_step_down(conn: Connection, step: str) -> AlertLowered | None:
    """The step down with this id, or None."""
    body = conn.execute(select(step_downs.c.body_json).where(step_downs.c.id == step)).scalar_one_or_none()
    return None if body is None else _worded(conn, _body.decode(body))


def step_downs_of(conn: Connection, event: str) -> list[AlertLowered]:
    """Every step down of an event, oldest first."""
    query = select(step_downs.c.body_json).where(step_downs.c.event == event)
    rows = conn.execute(query.order_by(step_downs.c.lowered_at, step_downs.c.id)).scalars()
    return [_worded(conn, _body.decode(body)) for body in rows]


def _worded(conn: Connection, step: AlertLowered) -> AlertLowered:
    newest = select(alerts.c.body_json).where(alerts.c.event == step.event).order_by(alerts.c.raised_at.desc()).limit(1)
    body = conn.execute(newest).scalar()
    if body is None:
        return step
    return msgspec.structs.replace(step, headline=msgspec.json.decode(body, type=AlertRaised).headline)

"""What people at the desk corrected: becomes training data for `minyi train`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import Connection, delete, select

from models.drill import DRILL
from store import changes
from store.sql import chunks, insert
from store.tables import labels as table
from store.tables import posts
from store.types import plain

Field = Literal["relevant", "sentiment", "attitude", "category", "intent", "event", "alert"]
FIELDS: tuple[str, ...] = get_args(Field)


@dataclass(frozen=True)
class Label:
    """One correction: `field` of `post` should be `value` (as text: "true", "-1", "service")."""

    id: int
    post: str
    field: str
    value: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Correction:
    """A correction of a post's scores with the post it is about."""

    post: str
    title: str
    text: str
    """May hold personal data: masked before it leaves the house."""
    field: str
    value: str
    at: datetime


def add_label(conn: Connection, *, post: str, field: str, value: str, by: str, now: datetime) -> int:
    """Note a correction; returns its id, by which `remove_label` takes it back. The same one again gives the same id.

    Raises ValueError for an unknown field.
    """
    if field not in FIELDS:
        raise ValueError(f"field: expected one of {', '.join(FIELDS)}, got {field}")
    key = {"post": post, "field": field, "by": by, "at": now}
    conn.execute(insert(conn, table).values(**key, value=plain(value)).on_conflict_do_nothing())
    changes.touch(conn, "posts")
    return int(
        conn.execute(select(table.c.id).where(*(table.c[name] == part for name, part in key.items()))).scalar_one()
    )


def labels(conn: Connection, *, post: str | None = None) -> list[Label]:
    """The newest correction of each field of each post (or of one post), oldest first."""
    query = select(table).order_by(table.c.at, table.c.id)
    if post is not None:
        query = query.where(table.c.post == post)
    newest = {(row.post, row.field): Label(*row) for row in conn.execute(query)}
    return sorted(newest.values(), key=lambda label: (label.at, label.id))


def corrections(conn: Connection) -> list[Correction]:
    """The newest correction of each score of each post still archived, oldest first.

    Judgements of events and alerts are no scores of a post and are left out, as are the invented posts of drills.
    """
    found = [label for label in labels(conn) if label.field not in ("event", "alert")]
    texts = select(posts.c.id, posts.c.title, posts.c.text)
    said: dict[str, tuple[str, str]] = {}
    for ids in chunks(sorted({label.post for label in found})):
        for row in conn.execute(texts.where(posts.c.id.in_(ids), posts.c.jurisdiction != DRILL)):
            said[row.id] = (row.title, row.text)
    return [Correction(x.post, *said[x.post], x.field, x.value, x.at) for x in found if x.post in said]


def remove_label(conn: Connection, label: int) -> bool:
    """Take a correction back; the one before it, if any, counts again. False when there is none."""
    changes.touch(conn, "posts")
    return conn.execute(delete(table).where(table.c.id == label)).rowcount > 0

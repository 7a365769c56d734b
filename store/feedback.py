"""What people at the desk said about scores, corrected or confirmed: becomes training data.

A label taken back stays in the table with who did it and when, and counts no more.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import Connection, select, update

from bus.messages import PostScored
from models.drill import DRILL
from store import changes
from store.sql import chunks, insert
from store.tables import labels as table
from store.tables import posts
from store.types import plain

Field = Literal["relevant", "sentiment", "attitude", "category", "intent", "event", "alert"]
FIELDS: tuple[str, ...] = get_args(Field)
ABOUT_POLICE = ("attitude", "category", "intent")
CORRECTED, CONFIRMED = "corrected", "confirmed"


@dataclass(frozen=True)
class Label:
    """What a person said: `field` of `post` should be `value` (as text: "true", "-1", "service")."""

    id: int
    post: str
    field: str
    value: str
    by: str
    at: datetime
    kind: str = CORRECTED
    """corrected: chosen by a person; confirmed: the models' answer, found right."""
    undone_by: str = ""
    undone_at: datetime | None = None


@dataclass(frozen=True)
class Correction:
    """A label of a post's scores with the post it is about."""

    post: str
    title: str
    text: str
    """May hold personal data: masked before it leaves the house."""
    field: str
    value: str
    at: datetime
    by: str = ""
    """The operator; stays in the house."""
    kind: str = CORRECTED


def add_label(
    conn: Connection, *, post: str, field: str, value: str, by: str, now: datetime, kind: str = CORRECTED
) -> int:
    """Note a label; returns its id, by which `remove_label` takes it back. The same one again gives the same id.

    Raises ValueError for an unknown field.
    """
    if field not in FIELDS:
        raise ValueError(f"field: expected one of {', '.join(FIELDS)}, got {field}")
    key = {"post": post, "field": field, "by": by, "at": now}
    conn.execute(insert(conn, table).values(**key, value=plain(value), kind=kind).on_conflict_do_nothing())
    changes.touch(conn, "posts")
    return int(
        conn.execute(select(table.c.id).where(*(table.c[name] == part for name, part in key.items()))).scalar_one()
    )


def answers(post: PostScored) -> dict[str, str]:
    """What the models said about a post, as labels say it: nothing for a post without a score."""
    if not post.model_version:
        return {}
    said = {"relevant": ("false", "true")[post.relevant], "sentiment": str(post.sentiment)}
    about = {question: getattr(post, question) for question in ABOUT_POLICE} if post.relevant else {}
    return said | {question: str(answer) for question, answer in about.items() if answer is not None}


def unspoken(post: PostScored, standing: Iterable[Label]) -> dict[str, str]:
    """The models' answers nobody has confirmed or corrected; nothing about the police where somebody says it is not."""
    spoken = {label.field: label.value for label in standing}
    settled = {*spoken, *(ABOUT_POLICE if spoken.get("relevant") == "false" else ())}
    return {question: answer for question, answer in answers(post).items() if question not in settled}


def confirm(conn: Connection, post: PostScored, *, by: str, now: datetime) -> int:
    """Note that the models' answers are right, of those nobody has spoken about; returns how many."""
    left = unspoken(post, labels(conn, post=post.id))
    for question, answer in left.items():
        add_label(conn, post=post.id, field=question, value=answer, by=by, now=now, kind=CONFIRMED)
    return len(left)


def labels(conn: Connection, *, post: str | None = None) -> list[Label]:
    """The newest label of each field of each post (or of one post) that stands, oldest first."""
    newest = {(label.post, label.field): label for label in label_history(conn, post) if label.undone_at is None}
    return sorted(newest.values(), key=lambda label: (label.at, label.id))


def label_history(conn: Connection, post: str | None = None) -> list[Label]:
    """Every label (of one post), also those replaced or taken back, oldest first."""
    query = select(table).order_by(table.c.at, table.c.id)
    return [Label(*row) for row in conn.execute(query if post is None else query.where(table.c.post == post))]


def corrections(conn: Connection) -> list[Correction]:
    """The newest label of each score of each post still archived, oldest first.

    Judgements of events and alerts are no scores of a post and are left out, as are the invented posts of drills.
    """
    found = [label for label in labels(conn) if label.field not in ("event", "alert")]
    texts = select(posts.c.id, posts.c.title, posts.c.text)
    said: dict[str, tuple[str, str]] = {}
    for ids in chunks(sorted({label.post for label in found})):
        for row in conn.execute(texts.where(posts.c.id.in_(ids), posts.c.jurisdiction != DRILL)):
            said[row.id] = (row.title, row.text)
    return [Correction(x.post, *said[x.post], x.field, x.value, x.at, x.by, x.kind) for x in found if x.post in said]


def remove_label(conn: Connection, label: int, *, by: str, now: datetime) -> bool:
    """Take a label back; the one before it, if any, counts again. False when it does not stand.

    Of a confirmation everything goes that was confirmed with it.
    """
    one = conn.execute(select(table).where(table.c.id == label)).first()
    if one is None:
        return False
    these = table.c.id == label
    if one.kind == CONFIRMED:
        these = (table.c.post == one.post) & (table.c.by == one.by) & (table.c.at == one.at)
        these &= table.c.kind == CONFIRMED
    changes.touch(conn, "posts")
    taken = update(table).where(these, table.c.undone_at.is_(None)).values(undone_by=by, undone_at=now)
    return conn.execute(taken).rowcount > 0

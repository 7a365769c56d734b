"""Exact copies among the archived posts: `posts.copy_of`, kept whenever a post comes, changes or goes.

Every text has its own few rows, found by the hash in `posts.text_key`; they are compared by `store.sameness` again
whenever one of them changes. So the column never depends on the order of arrival.
"""

from collections.abc import Iterable
from itertools import groupby

from sqlalchemy import BigInteger, Connection, bindparam, func, or_, select, type_coerce, update

from store.sameness import Member, originals
from store.sql import chunks
from store.tables import posts


def texts_of(conn: Connection, ids: Iterable[str]) -> set[str]:
    """The text keys of these posts; what is never joined has none."""
    query = select(posts.c.text_key).where(posts.c.text_key.is_not(None))
    return {key for part in chunks(ids) for key in conn.execute(query.where(posts.c.id.in_(part))).scalars()}


def rejoin(conn: Connection, texts: Iterable[str]) -> int:
    """Say again which posts of these texts are copies of which; how many rows that changed.

    The caller holds `archive_alone`.
    """
    changed: list[dict[str, str | None]] = []
    for part in chunks(sorted(set(texts))):
        changed += _changed(conn, part)
    if changed:
        statement = update(posts).where(posts.c.id == bindparam("post")).values(copy_of=bindparam("original"))
        conn.execute(statement, changed)
    return len(changed)


def addresses(conn: Connection, shown: Iterable[tuple[str, str | None]]) -> dict[str, int]:
    """At how many addresses the text of a post stands, its own included; only where it is more than one.

    shown: (id, copy_of) of the posts asked about.
    """
    first = {post: copy_of or post for post, copy_of in shown}
    found: dict[str, int] = {}
    query = select(posts.c.copy_of, func.count()).group_by(posts.c.copy_of)
    for part in chunks(sorted(set(first.values()))):
        found |= {row[0]: row[1] + 1 for row in conn.execute(query.where(posts.c.copy_of.in_(part)))}
    return {post: found[original] for post, original in first.items() if original in found}


def _changed(conn: Connection, texts: Iterable[str]) -> list[dict[str, str | None]]:
    wanted = list(texts)
    several = select(posts.c.text_key).where(posts.c.text_key.in_(wanted)).group_by(posts.c.text_key)
    several = several.having(or_(func.count() > 1, func.count(posts.c.copy_of) > 0))
    shared = list(conn.execute(several).scalars())
    if not shared:
        return []
    at = type_coerce(posts.c.published_at, BigInteger)
    query = select(posts.c.text_key, posts.c.id, at, posts.c.title_key, posts.c.copy_of)
    rows = conn.execute(query.where(posts.c.text_key.in_(shared)).order_by(posts.c.text_key)).all()
    changed: list[dict[str, str | None]] = []
    for _, same in groupby(rows, key=lambda row: row[0]):
        had = {ident: (Member(ident, when, title), copy_of) for _, ident, when, title, copy_of in same}
        now = originals(member for member, _ in had.values())
        changed += [{"post": post, "original": now[post]} for post, (_, old) in had.items() if old != now[post]]
    return changed

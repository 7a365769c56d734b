"""Exact copies: the keys of a post's text and title, and the post it is a copy of; filled in for what is there."""

from collections.abc import Iterator

import msgspec
import sqlalchemy as sa
from alembic import op

from bus.messages import PostScored
from store.copies import rejoin
from store.sameness import keys

revision = "0002"
down_revision = "0001"

BATCH = 1000

posts = sa.table(  # as this step leaves it
    "posts",
    *(sa.column(name) for name in ("id", "title", "text", "rest_json", "text_key", "title_key", "copy_of")),
)


def upgrade() -> None:
    op.add_column("posts", sa.Column("text_key", sa.Text(), nullable=True))
    op.add_column("posts", sa.Column("title_key", sa.Text(), nullable=False, server_default=""))
    op.add_column("posts", sa.Column("copy_of", sa.Text(), nullable=True))
    conn = op.get_bind()
    fill = sa.update(posts).where(posts.c.id == sa.bindparam("post"))
    fill = fill.values(text_key=sa.bindparam("its_text"), title_key=sa.bindparam("its_title"))
    texts: set[str] = set()
    for batch in _batches(conn):
        found = [
            {"post": post.id, "its_text": key.text, "its_title": key.title}
            for post in batch
            if (key := keys(post)).text is not None
        ]
        if found:
            conn.execute(fill, found)
        texts |= {str(row["its_text"]) for row in found}
    op.create_index(
        "ix_posts_text_key",
        "posts",
        ["text_key"],
        sqlite_where=sa.text("text_key IS NOT NULL"),
        postgresql_where=sa.text("text_key IS NOT NULL"),
    )
    op.create_index(
        "ix_posts_copy_of",
        "posts",
        ["copy_of", "published_at", "id"],
        sqlite_where=sa.text("copy_of IS NOT NULL"),
        postgresql_where=sa.text("copy_of IS NOT NULL"),
    )
    rejoin(conn, texts)


def _batches(conn: sa.Connection) -> Iterator[list[PostScored]]:
    last = ""
    query = sa.select(posts.c.id, posts.c.title, posts.c.text, posts.c.rest_json).order_by(posts.c.id).limit(BATCH)
    while rows := conn.execute(query.where(posts.c.id > last)).all():
        yield [
            msgspec.structs.replace(msgspec.json.decode(row.rest_json, type=PostScored), title=row.title, text=row.text)
            for row in rows
        ]
        last = rows[-1].id

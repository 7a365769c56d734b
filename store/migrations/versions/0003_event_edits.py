"""Decisions of people about events, and what detection itself found beneath them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("members", sa.Column("found", sa.Text(), nullable=True))
    op.create_index(
        "ix_members_found",
        "members",
        ["found", "post"],
        sqlite_where=sa.text("found IS NOT NULL"),
        postgresql_where=sa.text("found IS NOT NULL"),
    )
    op.create_table(
        "event_edits",
        sa.Column("entry", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("posts_json", sa.Text(), nullable=False),
        sa.Column("undoes", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry"),
        sa.UniqueConstraint("id", name=op.f("uq_event_edits_id")),
    )
    op.create_table(
        "edited_events",
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("into", sa.Text(), nullable=False),
        sa.Column("found_json", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("event"),
    )

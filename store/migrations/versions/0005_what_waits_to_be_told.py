"""What a delivery is about, so that news can wait and be told together; and silences with an end."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ABOUT = """
UPDATE deliveries SET
  event = coalesce((SELECT event FROM alerts WHERE alerts.id = deliveries.subject),
                   (SELECT event FROM all_clears WHERE all_clears.id = deliveries.subject), subject),
  level = coalesce((SELECT level FROM alerts WHERE alerts.id = deliveries.subject), 0)
WHERE kind IN ('alert', 'all_clear')
"""


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("event", sa.Text(), nullable=False, server_default=""))
    op.add_column("deliveries", sa.Column("place", sa.Text(), nullable=False, server_default=""))
    op.add_column("deliveries", sa.Column("level", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_deliveries_subject", "deliveries", ["subject"])
    op.create_index("ix_deliveries_event", "deliveries", ["event"])
    op.create_index("ix_deliveries_place", "deliveries", ["place", "at"])
    op.execute(ABOUT)
    op.create_table(
        "silences",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_silences_until", "silences", ["until"])

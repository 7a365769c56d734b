"""Which decisions about events have been seen on the bus."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("event_edits", sa.Column("logged", sa.Boolean(), nullable=False, server_default=sa.false()))

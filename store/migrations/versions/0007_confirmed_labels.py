"""Labels that confirm what the models said; and a label taken back stays, with who did it and when."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("labels", sa.Column("kind", sa.Text(), nullable=False, server_default="corrected"))
    op.add_column("labels", sa.Column("undone_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("labels", sa.Column("undone_at", sa.BigInteger(), nullable=True))

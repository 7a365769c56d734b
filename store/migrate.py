"""Bringing a database to the newest layout, safely when several processes start at once."""

import re
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from store.errors import StoreTooNew
from store.sql import MIGRATION_LOCK, is_postgres

FOLDER = Path(__file__).parent / "migrations"


def known_revisions() -> list[str]:
    """The revisions this installation knows, oldest first; the file names begin with them."""
    names = (path.name for path in (FOLDER / "versions").iterdir())
    return sorted(match[1] for name in names if (match := re.match(r"(\d{4})_\w+\.py$", name)))


def migrate(engine: Engine) -> None:
    """Run the missing migrations, all or none; the second of two processes waits, then finds nothing to do.

    Raises StoreTooNew when the database is ahead of this installation.
    """
    with engine.connect() as conn:
        if _is_current(conn):
            return
    exclusive = engine.execution_options(minyi_begin="BEGIN EXCLUSIVE")
    with exclusive.begin() as conn:
        if is_postgres(conn):
            conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        if not _is_current(conn):
            _upgrade(conn)


def revision(conn: Connection) -> str | None:
    """The layout of the database, None when it is empty."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    return conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _is_current(conn: Connection) -> bool:
    at, known = revision(conn), known_revisions()
    if at is not None and at not in known:
        raise StoreTooNew(
            f"the database has layout {at}, this installation knows up to {known[-1]}: update minyi before opening it"
        )
    return at == known[-1]


def _upgrade(conn: Connection) -> None:
    from alembic import command  # heavy, and needed only when something is to be done
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = conn
    command.upgrade(config, "head")

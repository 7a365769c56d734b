"""Run by Alembic: migrates on the connection that store/migrate.py hands over, inside its transaction."""

from alembic import context

from store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()

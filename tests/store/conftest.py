"""The one contract suite runs on SQLite, and on PostgreSQL where MINYI_TEST_POSTGRES names a server."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from store.engine import Store, open_store

NO_SERVER = "no PostgreSQL: set MINYI_TEST_POSTGRES to a SQLAlchemy URL (scripts/postgres.sh start prints one)"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database: a new file, or a new schema on the server."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'home' / 'minyi.db'}"
        return
    server = os.environ.get("MINYI_TEST_POSTGRES")
    if not server:
        pytest.skip(NO_SERVER)
    schema = f"t_{uuid.uuid4().hex}"
    engine = create_engine(server)
    with engine.begin() as conn:
        conn.execute(text(f"CREATE SCHEMA {schema}"))
    address = make_url(server).update_query_dict({"options": f"-csearch_path={schema}"})
    yield address.render_as_string(hide_password=False)
    with engine.begin() as conn:
        conn.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An open store with nothing in it."""
    opened = open_store(url)
    yield opened
    opened.close()

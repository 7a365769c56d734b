"""The week that is counted by hand, in a store of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import reports_week

from store.engine import Store, open_store


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    """A store with nothing in it."""
    store = open_store(f"sqlite:///{tmp_path / 'minyi.db'}")
    yield store
    store.close()


@pytest.fixture(scope="session")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The store of tests/reports/reports_week.py; only read from."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('week') / 'minyi.db'}")
    reports_week.seed(store)
    yield store
    store.close()

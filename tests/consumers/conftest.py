from collections.abc import Iterator
from pathlib import Path

import pytest
from consumers_make import web_hook
from notify_make import Desk

from store.engine import open_store


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = open_store(f"sqlite:///{tmp_path / 'm.db'}")
    with web_hook() as hook:
        yield Desk(store, hook)
    store.close()

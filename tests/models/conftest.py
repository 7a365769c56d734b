import os
from pathlib import Path

import pytest

from config.settings import PROJECT
from models.analysis import Analyzer


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    return Analyzer.load(
        PROJECT / "models" / "artifacts", PROJECT / "config" / "lexicon", PROJECT / "config" / "places.yaml"
    )


@pytest.fixture(scope="session")
def data() -> Path:
    folder = Path(os.environ.get("MINYI_DATA") or PROJECT.parent / "shared" / "data")
    if not (folder / "police_dev.jsonl").exists():
        pytest.skip("no labelled data beside the project (MINYI_DATA)")
    return folder

from pathlib import Path

import pytest
from tiny_feedback import World, invented, write

from config.settings import PROJECT, Settings, from_environment
from flows.proposing import Job
from models import train


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """models/{artifacts,corpus} of a small model, and data/ with two labelled files more."""
    folder = tmp_path_factory.mktemp("shipped")
    write(folder / "models" / "corpus" / "own.jsonl", invented())
    write(folder / "data" / "police_train.jsonl", invented(2))
    write(folder / "data" / "hot_train.jsonl", invented(2)[:6])
    train.train(
        train.gather(None, folder / "models" / "corpus"),
        data=None,
        lexicon_folder=PROJECT / "config" / "lexicon",
        out=folder / "models" / "artifacts",
        say=lambda _: None,
    )
    return folder


@pytest.fixture
def world(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(Settings, "artifacts", property(lambda _: trained / "models" / "artifacts"))
    monkeypatch.delenv("MINYI_DATA", raising=False)
    monkeypatch.setenv("MINYI_HOME", str(tmp_path / "home"))
    where = from_environment()
    where.home.mkdir()
    return World(where, Job(trained / "models" / "corpus", trained / "data", where.artifacts, None))

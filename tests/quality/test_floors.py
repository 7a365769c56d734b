"""The models may not get worse unnoticed: floors.json is lowered only on purpose (MINYI_TEST_LOWER_FLOORS=1)."""

import json
import os
from pathlib import Path

import pytest

from config.settings import PROJECT
from models import dataset, train
from models.analysis import Analyzer
from models.cards import Trial, summary
from models.dataset import Row
from models.evaluate import answers

FLOORS = PROJECT / "models" / "floors.json"
SLACK = 0.01  # floors stand this far below what was measured


def trial(name: str, rows: list[Row]) -> Trial:
    config = PROJECT / "config"
    analyzer = Analyzer.load(PROJECT / "models" / "artifacts", config / "lexicon", config / "places.yaml")
    return Trial(name, rows, answers(rows, analyzer))


def check(name: str, rows: list[Row]) -> None:
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    found = {q: dict(v) for q, v in summary(trial(name, rows)).items()}
    if os.environ.get("MINYI_TEST_LOWER_FLOORS"):
        floors[name] = {q: {k: round(x - SLACK, 3) for k, x in v.items()} for q, v in found.items()}
        FLOORS.write_text(json.dumps(floors, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    worse = [
        f"{question} {measure}: {found[question][measure]} < {floor}"
        for question, measures in floors[name].items()
        for measure, floor in measures.items()
        if found[question][measure] < floor
    ]
    assert not worse, worse


def test_own_posts_held_back_from_training_are_judged_as_well_as_before() -> None:
    name, rows = next(iter(train.held_out(None, PROJECT / "models" / "corpus").items()))
    check(name, rows)


def test_real_posts_held_back_from_training_are_judged_as_well_as_before() -> None:
    data = Path(os.environ.get("MINYI_DATA") or PROJECT.parent / "shared" / "data")
    if not (data / dataset.HELD_OUT).exists():
        pytest.skip("no labelled data beside the project (MINYI_DATA)")
    for name, rows in train.held_out(data, PROJECT / "models" / "corpus").items():
        if name.startswith("police_dev"):
            check(name, rows)

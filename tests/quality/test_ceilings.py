"""Probabilities stay honest and ordinary posts stay out: ceilings.json is raised only on purpose.

MINYI_TEST_LOWER_FLOORS=1 writes the ceilings of ordinary posts anew, as it does the floors; the ceiling of the
calibration error is what is aimed at.
"""

import json
import os
from pathlib import Path

import pytest

from config.settings import PROJECT
from models import calibration, dataset, ordinary
from models.analysis import Analyzer
from models.card_parts import BAR_CALIBRATION
from models.evaluate import answers

CEILINGS = Path(__file__).with_name("ceilings.json")
SLACK = 0.003  # ceilings stand this far above what was measured: six to nine posts of a kind


@pytest.fixture(scope="module")
def data() -> Path:
    folder = Path(os.environ.get("MINYI_DATA") or PROJECT.parent / "shared" / "data")
    if not (folder / dataset.HELD_OUT).exists():
        pytest.skip("no labelled data beside the project (MINYI_DATA)")
    return folder


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return Analyzer.load(PROJECT / "models" / "artifacts", PROJECT / "config" / "lexicon", None)


@pytest.mark.parametrize("question", ["relevant", "sentiment"])
def test_stated_probabilities_are_honest_on_real_posts_held_back(data: Path, analyzer: Analyzer, question: str) -> None:
    rows = dataset.read_rows(data / dataset.HELD_OUT)
    bins = calibration.of_answers(question, rows, answers(rows, analyzer))
    assert sum(b.posts for b in bins) > 1000
    assert calibration.error(bins) <= BAR_CALIBRATION


def test_no_more_ordinary_posts_pass_as_relevant_than_before(data: Path, analyzer: Analyzer) -> None:
    found = ordinary.measure(data, PROJECT / "models" / "labels", ordinary.by(analyzer))
    shares = {p.kind: round(p.share, 5) for p in (*found, ordinary.total(found))}
    if os.environ.get("MINYI_TEST_LOWER_FLOORS"):
        text = json.dumps({kind: round(share + SLACK, 4) for kind, share in shares.items()}, indent=1)
        CEILINGS.write_text(text + "\n", encoding="utf-8")
    ceilings = json.loads(CEILINGS.read_text(encoding="utf-8"))
    assert shares.keys() == ceilings.keys()
    assert not {kind: share for kind, share in shares.items() if share > ceilings[kind]}

"""Which model is in use, decided by people only."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tiny_feedback import NOON

from models.proposal import Comparison, Warning
from models.shelf import KEPT, Shelf, ShelfError

PLAIN = Comparison("linear-1.ship", "linear-1.aa", NOON, "trained", "x", 100, [], [], [])
BY = {"by": "值班员", "at": NOON}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts" / "model.json").write_text('{"version": "linear-1.ship"}', encoding="utf-8")
    return Shelf(tmp_path / "models", tmp_path / "artifacts")


def put(shelf: Shelf, version: str, **fields: object) -> None:
    making = shelf.workplace()
    (making / "model.json").write_text(f'{{"version": "{version}"}}', encoding="utf-8")
    shelf.place(making, replace(PLAIN, candidate=version, **fields))  # type: ignore[arg-type]


def test_a_candidate_made_anew_says_what_it_was_compared_with_now(shelf: Shelf) -> None:
    for current in ("shipped", "bb"):
        making = shelf.workplace()
        (making / "cards").mkdir()
        for name in ("card.md", "cards/relevant.md"):
            (making / name).write_text(current, encoding="utf-8")
        (making / "model.json").write_text('{"version": "aa"}', encoding="utf-8")
        placed = shelf.place(making, replace(PLAIN, candidate="aa", current=current))
    assert placed.comparison.current == "bb"
    assert {(placed.folder / name).read_text("utf-8") for name in ("card.md", "cards/relevant.md")} == {"bb"}
    assert [path.name for path in shelf.folder.iterdir()] == ["candidate-aa"]


def test_a_candidate_is_never_in_use_by_itself(shelf: Shelf) -> None:
    put(shelf, "aa")
    assert shelf.in_use() == "shipped"
    assert shelf.artifacts() == shelf.shipped
    assert [c.version for c in shelf.candidates()] == ["aa"]


def test_adopting_and_rolling_back_go_one_step_each(shelf: Shelf) -> None:
    put(shelf, "aa")
    put(shelf, "bb", current="aa")
    shelf.adopt("aa", **BY)  # type: ignore[arg-type]
    shelf.adopt("bb", **BY)  # type: ignore[arg-type]
    assert shelf.version() == "bb"
    assert shelf.roll_back(**BY) == "aa"  # type: ignore[arg-type]
    assert shelf.roll_back(**BY) == "shipped"  # type: ignore[arg-type]
    with pytest.raises(ShelfError, match="none before it"):
        shelf.roll_back(**BY)  # type: ignore[arg-type]
    assert [step.did for step in shelf.steps()] == ["adopted", "adopted", "rolled-back", "rolled-back"]
    assert {step.by for step in shelf.steps()} == {"值班员"}


def test_a_warned_candidate_needs_force(shelf: Shelf) -> None:
    put(shelf, "aa", warnings=[Warning("worse", "police_dev", "intent", "macro_f1", 0.5, 0.6)])
    with pytest.raises(ShelfError, match=r"police_dev: intent macro_f1 0\.500, worse than 0\.600.*--force"):
        shelf.adopt("aa", **BY)  # type: ignore[arg-type]
    assert shelf.in_use() == "shipped"
    shelf.adopt("aa", **BY, force=True)  # type: ignore[arg-type]
    assert shelf.steps()[-1].forced


def test_a_candidate_compared_with_another_model_needs_force(shelf: Shelf) -> None:
    put(shelf, "aa")
    put(shelf, "bb")
    shelf.adopt("aa", **BY)  # type: ignore[arg-type]
    with pytest.raises(ShelfError, match=r"compared with linear-1\.ship, and aa is in use"):
        shelf.adopt("bb", **BY)  # type: ignore[arg-type]


@pytest.mark.parametrize("version", ["zz", "../../etc", "", "making-1"])
def test_what_is_no_candidate_cannot_be_adopted(shelf: Shelf, version: str) -> None:
    put(shelf, "aa")
    with pytest.raises(ShelfError, match="no candidate"):
        shelf.adopt(version, **BY)  # type: ignore[arg-type]


def test_old_candidates_go_adopted_ones_stay(shelf: Shelf) -> None:
    for number in range(KEPT + 3):
        put(shelf, f"v{number}", made_at=NOON + timedelta(days=7 * number))
        if number == 0:
            shelf.adopt("v0", **BY)  # type: ignore[arg-type]
    assert [c.version for c in shelf.candidates()] == [f"v{n}" for n in range(KEPT + 2, 2, -1)] + ["v0"]


def test_an_old_candidate_whose_removal_is_interrupted_is_no_candidate_any_more(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(KEPT):
        put(shelf, f"v{number}", made_at=NOON + timedelta(days=7 * number))
    monkeypatch.setattr("models.shelf.shutil.rmtree", lambda _: None)  # as if killed before the first file
    put(shelf, "last", made_at=NOON + timedelta(days=100))
    assert "v0" not in {c.version for c in shelf.candidates()}
    monkeypatch.undo()
    shelf.workplace()
    assert len(list(shelf.folder.iterdir())) == KEPT + 1


def test_rolling_back_passes_over_a_model_that_is_gone(shelf: Shelf) -> None:
    for name, current in (("aa", "linear-1.ship"), ("bb", "aa"), ("cc", "bb")):
        put(shelf, name, current=current)
        shelf.adopt(name, **BY)  # type: ignore[arg-type]
    (shelf.folder / "candidate-bb").rename(shelf.folder / "lost")
    assert shelf.roll_back(by="乙", at=NOON) == "aa"
    assert shelf.artifacts() == shelf.folder / "candidate-aa"
    assert [step.version for step in shelf.steps()][-2:] == ["bb", "aa"]
    (shelf.folder / "candidate-aa").rename(shelf.folder / "lost too")
    assert shelf.roll_back(by="乙", at=NOON) == "shipped"


def test_a_damaged_log_or_a_lost_model_is_said_not_guessed(shelf: Shelf) -> None:
    put(shelf, "aa")
    shelf.adopt("aa", **BY)  # type: ignore[arg-type]
    (shelf.folder / "candidate-aa").rename(shelf.folder / "lost")
    with pytest.raises(ShelfError, match="the adopted model is gone"):
        shelf.artifacts()
    (shelf.folder / "adopted.json").write_text("[{", encoding="utf-8")
    with pytest.raises(ShelfError, match="remove it to use the shipped model"):
        shelf.in_use()


def test_an_adapted_model_is_adapted_anew_from_the_one_it_came_from(shelf: Shelf) -> None:
    assert shelf.base() == shelf.shipped
    put(shelf, "linear-1.ship+1")
    shelf.adopt("linear-1.ship+1", **BY)  # type: ignore[arg-type]
    assert shelf.base() == shelf.shipped
    put(shelf, "aa", current="linear-1.ship+1")
    put(shelf, "aa+2", current="aa")
    shelf.adopt("aa", **BY)  # type: ignore[arg-type]
    shelf.adopt("aa+2", **BY)  # type: ignore[arg-type]
    assert shelf.base() == shelf.folder / "candidate-aa"

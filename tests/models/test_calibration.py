"""Stated probabilities against what came true: bins, plots, and learnt texts judged by other folds."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from test_training import LEXICON, invented

from models import card_parts, crossed, plots, train
from models.calibration import Bin, bins, error, of_answers
from models.figures import Honesty, load


def test_bins_hold_mean_stated_and_real_share() -> None:
    found = bins([0.11, 0.19, 1.0, 0.95], [0, 1, 1, 0])
    assert [(b.low, b.posts, b.real) for b in found] == [(0.1, 2, 0.5), (0.9, 2, 0.5)]
    assert found[0].stated == pytest.approx(0.15)
    assert error(found) == pytest.approx((2 * 0.35 + 2 * 0.475) / 4)
    assert error([]) == 0


def test_a_question_without_stated_probability_has_no_bins() -> None:
    assert of_answers("category", [], []) == []


def test_a_plot_is_a_picture_with_every_bin_and_no_stray_markup() -> None:
    found = [Bin(0.1, 0.2, 7, 0.15, 0.4), Bin(0.9, 1.0, 3, 0.95, 1.0)]
    alone = ElementTree.fromstring(plots.reliability([("a < b", found), ("c", found)]))
    kind = "{http://www.w3.org/2000/svg}"
    assert len(alone.findall(f"{kind}circle")) == 4
    assert "a < b" in [t.text for t in alone.findall(f"{kind}text")]
    assert "prefers-color-scheme" in (alone.findtext(f"{kind}style") or "")
    inside = ElementTree.fromstring(plots.reliability([("a", found)], alone=False))
    assert inside.find(f"{kind}style") is None, "the desk allows no style but its own"
    heights = [float(c.get("cy", "0")) for c in inside.findall(f"{kind}circle")]
    assert heights[0] > heights[1], "a larger real share stands higher"


def test_the_card_says_which_sets_were_learnt_from_and_which_are_too_far_off() -> None:
    card = "\n".join(card_parts.honesty("sentiment", [Honesty("x", "sentiment", bins([0.9] * 4, [0, 0, 0, 1]), True)]))
    assert "| x * | 4 | 0.650 (above 0.05) |" in card
    assert "| x | 0.9-1.0 | 4 | 0.900 | 0.250 |" in card
    assert "weights that had not seen it" in card
    assert card_parts.honesty("category", []) == []


def test_learnt_texts_are_judged_by_the_other_folds(tmp_path: Path) -> None:
    made = train.train(invented(), data=None, lexicon_folder=LEXICON, out=tmp_path, say=lambda _: None)
    stated = crossed.relevance(made)
    about = [stated(f"[泪]{row.text}@某人") for row in made.rows if row.labels["relevant"]]
    assert min(p or 0.0 for p in about) > 0.5
    assert stated("谁也没有说过的一句话,说的是别的事情") is None
    assert crossed.moods(made) == {}, "no public set was learnt from"
    assert crossed.titles(made) is None


def test_titles_count_for_the_titles_they_stand_for(tmp_path: Path) -> None:
    rows = [
        replace(row, source="weibo_hot", weight=9.0 if row.labels["relevant"] == 0 else 2.0) if i % 2 else row
        for i, row in enumerate(invented())
    ]
    made = train.train(rows, data=None, lexicon_folder=LEXICON, out=tmp_path, say=lambda _: None)
    found = crossed.titles(made)
    assert found is not None
    assert found.titles == 60
    about = sum(row.labels["relevant"] for row in rows if row.source == "weibo_hot")
    assert found.base == pytest.approx(2 * about / (2 * about + 9 * (60 - about)))
    assert found.recall > 0.9
    assert "precision" in "".join(card_parts.feed(found))


def test_figures_of_another_version_or_none_are_no_figures(tmp_path: Path) -> None:
    assert load(tmp_path) is None
    (tmp_path / "figures.json").write_text('{"version": 1}', encoding="utf-8")
    assert load(tmp_path) is None

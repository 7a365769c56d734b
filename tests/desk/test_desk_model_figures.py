"""The page of the models shows how honest the one in use is, what it confuses and what wrongly passes."""

import re
from dataclasses import replace

import pytest
from desk_seed import NOW, post
from fastapi import FastAPI
from msgspec.structs import replace as changed
from starlette.testclient import TestClient

from config.settings import PROJECT
from models.calibration import Bin
from models.figures import Answered, Figures, Honesty
from models.ordinary import Passing
from models.proposal import Comparison
from models.shelf import Shelf
from store.engine import Store
from store.posts import upsert_posts

VERSION = "linear-1.figured"
FIGURES = Figures(
    VERSION,
    [
        Answered("police_dev", "category", 9, 0.8, 0.7, {"crime": {"p": 0.8, "r": 0.7, "f1": 0.747, "n": 9}},
                 {"conduct > misconduct": 3, "crime > None": 1}),
    ],
    [Honesty("police_dev", "relevant", [Bin(0.9, 1.0, 12, 0.95, 0.75)])],
    [Passing("waimai_10k_train", 2000, 9, 1, 6, 0)],
)  # fmt: skip


@pytest.fixture
def shelf(app: FastAPI) -> Shelf:
    return Shelf(app.state.desk.home / "models", PROJECT / "models" / "artifacts")


def adopt(shelf: Shelf, figures: Figures) -> None:
    making = shelf.workplace()
    (making / "model.json").write_text(f'{{"version": "{VERSION}"}}', encoding="utf-8")
    (making / "cards").mkdir()
    figures.save(making / "cards")
    shelf.place(making, Comparison(shelf.version(), VERSION, NOW, "trained", "", 500, [], [], []))
    shelf.adopt(VERSION, by="何主任", at=NOW)


def test_plots_passing_posts_and_confusions_are_in_chinese(client: TestClient, shelf: Shelf) -> None:
    adopt(shelf, FIGURES)
    page = client.get("/models").text
    part = page[page.index('id="model-figures"') : page.index('id="model-candidate"')]
    for words in (
        "校准误差 0.200",
        "真实帖文（留出）",
        "模型给出 0.950, 实际 0.750, 12 条",
        "外卖评价",
        "<b>0.30%</b>",
        "0.14%–0.79%",
        "合计",
        "执法行为 → 违纪违法",
        "0.747",
    ):
        assert words in part, words
    assert "<style" not in part, "the desk's policy allows none"


def test_figures_of_another_version_are_not_shown(client: TestClient, shelf: Shelf) -> None:
    adopt(shelf, replace(FIGURES, version="linear-1.other"))
    assert 'id="model-figures"' not in client.get("/models").text


def test_a_post_says_how_often_such_scores_are_right(client: TestClient, shelf: Shelf, store: Store) -> None:
    counted = replace(
        FIGURES,
        answered=[
            *FIGURES.answered,
            Answered("police_dev", "sentiment", 500, 0.8, 0.8, {"-1": {"p": 0.84, "r": 0.8, "f1": 0.82, "n": 200}}, {}),
        ],
    )
    adopt(shelf, counted)
    judged = post(
        7001, at=NOW, text="望汐派出所门口没有人管", relevant=True, relevance=1.0, sentiment=-1, category="crime"
    )
    unsure = changed(judged, id=f"{7002:032x}", relevant=False, relevance=0.95)
    other = changed(judged, id=f"{7003:032x}", model_version="linear-1.other")
    with store.write() as conn:
        upsert_posts(conn, [changed(judged, model_version=VERSION), changed(unsure, model_version=VERSION), other])
    said = re.findall(r"(\d+)%对", client.get(f"/posts/{judged.id}").text)
    assert said == ["75", "84"], "crime was given eight times only, the other questions were not counted"
    assert re.findall(r"(\d+)%对", client.get(f"/posts/{unsure.id}").text) == ["25", "84"]
    page = client.get(f"/posts/{judged.id}").text
    assert "真实帖文（留出）中，同样的判断有多少是对的" in page
    assert 'href="/models"' in page
    assert "%对" not in client.get(f"/posts/{other.id}").text

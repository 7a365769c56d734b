"""The page of the models: what is in use, what is proposed, in Chinese; nothing can be changed there."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from desk_seed import NOW
from fastapi import FastAPI
from starlette.testclient import TestClient

from config.settings import PROJECT
from desk.models import answer_word, warning_words
from models.proposal import Comparison, DeskLabels, Measured, Question, Warning
from models.shelf import Shelf


@pytest.fixture
def shelf(app: FastAPI) -> Shelf:
    return Shelf(app.state.desk.home / "models", PROJECT / "models" / "artifacts")


def put(shelf: Shelf, version: str, warnings: list[Warning], **more: Any) -> None:
    per = {"1": {"p": 0.9, "r": 0.8, "f1": 0.85, "n": 120}}
    question = Question(
        "police_dev", "relevant", 240, Measured(0.8, 0.79, per), Measured(0.91, 0.9, per), 30, 4, {"0 > 1": 34}, ["x"]
    )
    desk = [DeskLabels("category", 9, 1, 8, 3, 0, 2)]
    making = shelf.workplace()
    (making / "model.json").write_text(f'{{"version": "{version}"}}', encoding="utf-8")
    made_at = NOW - timedelta(hours=3)
    made = Comparison(shelf.version(), version, made_at, "trained", "", 500, [question], desk, warnings)
    shelf.place(making, replace(made, **more))


def test_without_a_candidate_the_page_names_the_shipped_model(client: TestClient, shelf: Shelf) -> None:
    page = client.get("/models").text
    assert shelf.version() in page
    assert "随程序附带" in page
    assert "没有等待启用的候选模型" in page
    assert 'href="/models"' in client.get("/health").text


def test_a_candidate_is_compared_and_its_warnings_said(client: TestClient, shelf: Shelf) -> None:
    put(shelf, "linear-1.new", [Warning("worse", "police_dev", "intent", "macro_f1", 0.41, 0.5)])
    page = client.get("/models").text
    for words in (
        "linear-1.new",
        "尚未启用",
        "0.800 → <b>0.910</b>",
        "真实帖文（留出）",
        "0 → <b>2</b> / 3",
        "--force",
    ):
        assert words in page, words
    assert "“意图”宏平均 F1 0.410，低于现用模型的 0.500" in page
    assert "测过的指标没有变差的" in page
    assert "无关 → 涉警" in page
    assert "<form" not in page[page.index("<main") :]


def test_an_adapted_candidate_says_what_moved_it_and_what_got_worse(client: TestClient, shelf: Shelf) -> None:
    then, now = ({"crime": {"p": 0.9, "r": 0.8, "f1": f1, "n": 12}} for f1 in (0.8, 0.55))
    question = Question("police_dev", "category", 80, Measured(0.8, 0.7, then), Measured(0.82, 0.69, now), 3, 1, {}, [])
    desk = [DeskLabels("category", 20, 0, 15, 3, 0, 2), DeskLabels("category", 30, 30, 29, 4, 4, 4, "confirmed", 15.0)]
    put(
        shelf,
        "linear-1.x+1",
        [],
        questions=[question],
        desk=desk,
        how="adapted",
        base="linear-1.x",
        accounts=3,
        heaviest=0.41,
    )
    page = client.get("/models").text
    for words in (
        "由 linear-1.x 按人工反馈调整而成",
        "3 个账号，其中最多的一个占分量的 41%",
        "<td>确认</td>",
        "30 → <b>29</b>",
        "真实帖文（留出）“分类”（案件治安）F1 0.800 → 0.550，12 条",
        "真实帖文（留出）“分类”宏平均 F1 0.700 → 0.690，80 条",
    ):
        assert words in page, words
    assert page.index("0.800 → 0.550") < page.index("0.700 → 0.690") < page.index("minyi models adopt linear-1.x+1")


def test_an_adopted_model_is_shown_with_who_did_it(client: TestClient, shelf: Shelf) -> None:
    put(shelf, "linear-1.new", [])
    shelf.adopt("linear-1.new", by="<b>管理员", at=NOW)
    page = client.get("/models").text
    assert "人工启用" in page
    assert "&lt;b&gt;管理员" in page
    assert "没有等待启用的候选模型" in page


def test_a_damaged_log_is_said_on_the_page(client: TestClient, shelf: Shelf) -> None:
    shelf.folder.mkdir()
    (shelf.folder / "adopted.json").write_text("[", encoding="utf-8")
    page = client.get("/models").text
    assert "模型目录有问题" in page
    assert "remove it" not in page, "English"


def test_every_warning_and_answer_has_chinese_words() -> None:
    assert answer_word("relevant", "1") == "涉警"
    assert answer_word("sentiment", "-1") == "负面"
    assert "下限" in warning_words(Warning("floor", "police_dev", "relevant", "f1", 0.8, 0.9))
    assert "答对 2 条" in warning_words(Warning("desk", "desk", "category", "right", 2, 3))

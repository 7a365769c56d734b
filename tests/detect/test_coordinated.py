"""A flood by few weighs as much as those few; a cascade of many keeps its weight."""

from pathlib import Path
from typing import Any

import pytest
from detect_make import CITY, crisis, scored

from bus.messages import AlertRaised, EventChanged, Message, PostScored
from config.alerts import AlertRules, load_alerts
from consumers.detect import Detector

TEXT = "望汐派出所又不给老人办证，大家快转发让他们看看什么叫为人民服务"
WORDS = [TEXT[i : i + 2] for i in range(0, len(TEXT), 2)]


@pytest.fixture(scope="module", name="rules")
def rules_(tmp_path_factory: pytest.TempPathFactory) -> AlertRules:
    return rules(tmp_path_factory.mktemp("rules"))


def rules(folder: Path, more: str = "") -> AlertRules:
    path = folder / "rules.yaml"
    path.write_text(f"jurisdictions: {{{CITY}: {{scale: 1.0}}}}\n{more}", encoding="utf-8")
    return load_alerts(None, path)


def flood(posts: int, authors: int, **more: Any) -> list[PostScored]:
    return [scored(n, n / 4, text=TEXT, author=f"a{n % authors}", tokens=WORDS, **more) for n in range(posts)]


def said(rules: AlertRules, posts: list[PostScored]) -> list[Message]:
    return [m for result in Detector(rules).handle(posts) for m in result]


def levels(messages: list[Message]) -> list[str]:
    return [m.level for m in messages if isinstance(m, AlertRaised)]


def test_a_flood_by_few_weighs_as_much_as_those_few(rules: AlertRules) -> None:
    few = said(rules, flood(400, 5))
    assert levels(few) == levels(said(rules, flood(5, 5)))
    assert len(levels(few)) <= 1
    assert "red" in levels(said(rules, flood(400, 400)))


def test_without_the_rule_repetitions_count(tmp_path: Path) -> None:
    assert "orange" in levels(said(rules(tmp_path, "coordinated: {enabled: false}\n"), flood(400, 8)))


def test_the_event_of_a_flood_says_how_many_copies_and_authors(rules: AlertRules) -> None:
    changes = [m for m in said(rules, flood(200, 5)) if isinstance(m, EventChanged)]
    assert (changes[-1].counts.copies, changes[-1].counts.copiers, changes[-1].counts.posts) == (200, 5, 200)


def test_an_alert_about_a_flood_says_so_among_its_reasons(rules: AlertRules) -> None:
    noise = flood(30, 3)
    others = [scored(f"x{n}", 8 + n / 60, parent="p0", text=f"第{n}个人也这么觉得，真气人") for n in range(40)]
    (first, *_) = [m for m in said(rules, [*noise, *others]) if isinstance(m, AlertRaised)]
    (why,) = [r for r in first.reasons if r.rule == "coordinated-copies"]
    assert "30帖" in why.words
    assert "3个发布者" in why.words
    assert why.measured >= why.threshold
    assert (first.counts.copies, first.counts.copiers) == (30, 3)


def test_a_cascade_of_many_authors_is_no_flood_and_loses_nothing(rules: AlertRules, tmp_path: Path) -> None:
    cascade = crisis(120)
    with_rule, without = said(rules, cascade), said(rules_without(tmp_path), cascade)
    assert levels(with_rule) == levels(without) == ["blue", "yellow", "orange", "red"]
    assert all(m.counts.copies == 0 for m in with_rule if isinstance(m, AlertRaised | EventChanged))


def rules_without(folder: Path) -> AlertRules:
    return rules(folder, "coordinated: {enabled: false}\n")

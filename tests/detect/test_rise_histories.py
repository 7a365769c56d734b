"""Slow rises when sources come and go: imported history warms, a source that is added says nothing by being there."""

from typing import Any

import pytest
from detect_make import at, scored

from bus.messages import AlertRaised, PostScored
from config.alerts import AlertRules, load_alerts
from consumers.detect import Detector

DAY = 1440.0  # minutes


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> AlertRules:
    """The shipped ones, where single posts raise nothing."""
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    path.write_text("severe_post: {enabled: false}\n", encoding="utf-8")
    return load_alerts(None, path)


def said(source: str, start: float, days: float, a_day: float, **more: Any) -> list[PostScored]:
    """Small matters at one station, spread evenly."""
    return [
        scored(
            f"{source}-{start}-{n}",
            (start + n / a_day) * DAY,
            text=f"{source}{start}第{n}件不同的小事",
            source=source,
            places=["望汐派出所"],
            **more,
        )
        for n in range(round(days * a_day))
    ]


def raised(rules: AlertRules, *parts: list[PostScored]) -> list[AlertRaised]:
    posts = sorted((p for part in parts for p in part), key=lambda p: (p.collected_at, p.id))
    results = Detector(rules).handle(posts)
    return [m for result in results for m in result if isinstance(m, AlertRaised)]


LIVE = [*said("论坛", 28, 1, 6), *said("论坛", 28.5, 0.2, 200)]


def test_an_import_of_the_last_weeks_makes_the_first_day_comparable(rules: AlertRules) -> None:
    history = said("论坛", 0, 28, 6, collected_at=at(28 * DAY))
    assert raised(rules, LIVE) == []
    first, *_ = raised(rules, history, LIVE)
    assert first.reasons[0].rule == "slow-rise"
    assert first.raised_at > at(28.5 * DAY)
    assert "依据前4.0周数据" in first.reasons[0].words


def test_a_source_that_is_added_raises_nothing(rules: AlertRules) -> None:
    assert raised(rules, said("论坛", 0, 22, 4), said("微博", 15.3, 6.7, 30)) == []


def test_nor_do_the_older_posts_its_first_page_lists(rules: AlertRules) -> None:
    page = said("微博", 13, 2.3, 30, collected_at=at(15.3 * DAY))
    assert raised(rules, said("论坛", 0, 22, 4), page, said("微博", 15.3, 6.7, 30)) == []

"""What spreads about the police is told at blue, whatever its tone."""

from pathlib import Path
from typing import Any

import pytest
from detect_make import at, crisis, scored

from bus.messages import AlertRaised, Message, PostScored, PostWithdrawn
from config.alerts import AlertRules, load_alerts
from consumers.detect import Detector

PLAIN: dict[str, Any] = {"sentiment": 0, "sentiment_score": 0.0, "attitude": 0}


def raised(messages: list[Message], rules: AlertRules | None = None) -> list[AlertRaised]:
    results = Detector(rules or load_alerts()).handle(messages)
    return [m for result in results for m in result if isinstance(m, AlertRaised)]


def notices(n: int, **more: Any) -> list[PostScored]:
    """A neutral post about the police and its forwards, six seconds apart."""
    return crisis(n, **{**PLAIN, "category": "traffic", **more})


def test_a_neutral_story_that_spreads_is_blue_and_no_more() -> None:
    (alert,) = raised([*notices(400)])
    assert alert.level == "blue"
    assert alert.raised_at == at(0.7)
    assert "涉警帖文8条" in alert.reasons[0].words
    assert "不论态度" in alert.reasons[0].words
    assert alert.counts.negative == 0


def test_one_that_spreads_slowly_is_told_by_its_size() -> None:
    assert raised([*notices(120, apart=4)]) == []
    (alert,) = raised([*notices(200, apart=4)])
    assert (alert.level, alert.reasons[0].rule) == ("blue", "event-momentum")


def test_what_is_not_about_the_police_raises_nothing_by_spreading() -> None:
    first, *forwards = notices(400)
    assert raised([scored(0, 0, id=first.id, **PLAIN, relevance=0.1, relevant=False), *forwards]) == []


def test_negative_posts_climb_as_before_and_by_their_own_numbers() -> None:
    found = raised([*crisis(120)])
    assert [a.level for a in found] == ["blue", "yellow", "orange", "red"]
    assert all("不论态度" not in reason.words for a in found for reason in a.reasons)
    assert [r.rule for r in found[0].reasons] == ["event-burst"]


@pytest.mark.parametrize("level", ["null", "yellow"])
def test_how_high_it_goes_is_a_setting(tmp_path: Path, level: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(f"any_tone_level: {level}\n", encoding="utf-8")
    found = [a.level for a in raised([*notices(400)], load_alerts(None, path))]
    assert found == ([] if level == "null" else ["blue", "yellow"])


def test_copies_by_few_authors_are_no_spread() -> None:
    copies = [scored(n, n / 10, text="望汐派出所明天上午办理居住证", author=f"a{n % 5}", **PLAIN) for n in range(200)]
    assert raised([*copies]) == []


def test_forwards_count_once_the_original_shows_that_they_are_about_the_police() -> None:
    first, *forwards = notices(20)
    (alert,) = raised([*forwards, first])
    assert (alert.level, alert.counts.relevant) == ("blue", 20)


def test_a_withdrawn_post_is_no_spread() -> None:
    posts = notices(10)
    gone = [PostWithdrawn(id=p.id, source=p.source, jurisdiction=p.jurisdiction, seen_gone_at=at(1)) for p in posts]
    assert [a.level for a in raised([*posts])] == ["blue"]
    assert raised([*posts[:6], *gone[1:6], *posts[6:]]) == []

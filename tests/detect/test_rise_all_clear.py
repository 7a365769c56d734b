"""The all-clear of a slow rise in a quiet place: by another place's post, else by the clock, once."""

from datetime import timedelta

import pytest
from detect_make import at, scored

from bus.messages import AlertCleared, AlertRaised, Message, PostScored
from config.alerts import AlertRules, load_alerts
from consumers.detect import IDLE_S, Detector

DAY = 1440.0
IDLE = timedelta(seconds=IDLE_S)


@pytest.fixture(scope="module", name="rules")
def rules_(tmp_path_factory: pytest.TempPathFactory) -> AlertRules:
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    path.write_text("severe_post: {enabled: false}\n", encoding="utf-8")
    return load_alerts(None, path)


def a_swell() -> list[PostScored]:
    """Four posts a day, then twenty within six hours."""
    times = [n * DAY / 4 for n in range(60)] + [15.3 * DAY + n * 18 for n in range(20)]
    return [scored(n, t, text=f"第{n}件不同的小事", places=["望汐派出所"]) for n, t in enumerate(times)]


def fed(detector: Detector, posts: list[PostScored]) -> list[Message]:
    return [m for post in posts for m in detector.handle([post])[0]]


def cleared(messages: list[Message]) -> list[AlertCleared]:
    return [m for m in messages if isinstance(m, AlertCleared)]


def test_a_post_about_another_place_shows_that_it_is_over(rules: AlertRules) -> None:
    detector = Detector(rules)
    (alert,) = [m for m in fed(detector, a_swell()) if isinstance(m, AlertRaised)]
    other = scored("other", 16.6 * DAY, text="另一个地方的另一件事", places=["砚池派出所"])
    (clear,) = cleared(fed(detector, [other]))
    assert (clear.event, clear.cleared_at) == (alert.event, other.published_at)


def test_when_nothing_comes_in_the_clock_shows_it_once_and_restarts_say_the_same(rules: AlertRules) -> None:
    posts, ids = a_swell(), []
    for restarted in (False, True):
        detector = Detector(rules)
        if restarted:
            detector.rebuild(("posts.scored", 0), iter(posts))
        else:
            fed(detector, posts)
        said: list[Message] = []
        for hours in (1, 10, 30, 31):
            now = at(15.6 * DAY + hours * 60)
            said += [*detector.tick(now - IDLE), *detector.tick(now)]
            if hours == 10:
                assert said == []
        (clear,) = cleared(said)
        assert at(15.6 * DAY + 29 * 60) < clear.cleared_at <= at(15.6 * DAY + 30 * 60)
        ids.append(clear.id)
    assert ids[0] == ids[1]

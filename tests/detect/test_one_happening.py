"""One happening is one event: whatever is said of it, in whatever order its posts are collected."""

import math
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from detect_make import CITY, scored

from bus.errors import Rejected
from bus.messages import AlertRaised, PostCollected, PostScored
from config.alerts import load_alerts
from config.settings import PROJECT
from consumers.detect import Detector
from consumers.readings import as_event_post
from consumers.score import scorer
from example.items import Item, items
from models.analysis import Analyzer
from models.clusters import Clusterer
from models.events import EventPost

STARTED = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)
ROUNDS = 100  # a look at the city every minute
PLATFORMS: dict[str, Any] = {"bbs": "forum", "news": "news", "weibo": "weibo"}
ACCUSED = "灯市口菜市场门口辅警把送餐的小伙子按倒在地，眼镜都打掉了"
WORDS = ["灯市口", "菜市场", "辅警", "送餐", "小伙子", "按倒", "眼镜", "打掉"]


def post(n: int | str, minutes: float, words: list[str], **more: Any) -> EventPost:
    fields: dict[str, Any] = {"text": "，".join(words) * 2, "tokens": words, "fingerprint": "", **more}
    return as_event_post(scored(n, minutes, **fields))


@pytest.mark.parametrize("text", ["警察打人！", "警察打人了，太过分了！", "民警打人" * 2500])
def test_many_who_cry_the_same_few_words_are_one_event_and_not_an_alert_each(text: str) -> None:
    words = ["警察", "打人", "太过分"]
    posts = [scored(n, n, text=text, tokens=words, category="conduct", relevance=1.0) for n in range(20)]
    raised = [m for found in Detector(load_alerts()).handle(posts) for m in found if isinstance(m, AlertRaised)]
    assert [a.level for a in raised] == ["blue", "orange"]
    assert len({a.event for a in raised}) == 1


def test_few_words_that_are_not_against_the_police_join_nothing() -> None:
    clusters = Clusterer()
    for n, more in enumerate(({"relevant": False}, {"attitude": 1}, {"attitude": None, "sentiment": 0})):
        said = [post(f"{n}-{k}", k, ["支持", "警察"], text="支持警察", **more) for k in range(2)]
        assert len({clusters.add(one).event.id for one in said}) == 2


def test_a_forward_of_an_unknown_original_joins_what_the_quoted_original_is_about() -> None:
    clusters = Clusterer()
    event = clusters.add(post(1, 0, WORDS, text=ACCUSED)).event
    event.told = True
    said = {"text": f"太过分了 - 转发 @某人: {ACCUSED}", "kind": "repost", "repost_of": "unknown"}
    assert clusters.add(post(2, 5, ["过分", *WORDS], **said)).event is event
    assert clusters.add(post(3, 6, [], text="转发微博", kind="repost", repost_of="unknown")).event is event
    late = clusters.add(post("late", -1, WORDS, id="unknown", text=ACCUSED))
    assert late.event is event
    assert len(late.awakened) == 2


def test_a_forward_that_quotes_no_more_than_a_name_waits_for_its_original() -> None:
    clusters = Clusterer()
    event = clusters.add(post(1, 0, WORDS, text=ACCUSED)).event
    chain = {"text": f"{ACCUSED}//@某人:[怒]", "kind": "repost", "repost_of": "unknown"}
    assert clusters.add(post(2, 5, WORDS, **chain)).event is not event


def test_much_talk_of_one_happening_does_not_make_its_words_common() -> None:
    clusters = Clusterer()
    for n in range(200):
        clusters.add(post(f"life{n}", n / 10, [f"平常{n}", f"琐事{n}", f"街坊{n % 50}"]))
    event = clusters.add(post("first", 30, WORDS)).event
    for n in range(60):
        assert clusters.add(post(f"talk{n}", 31 + n / 10, [*WORDS[n % 3 :], f"感想{n}"])).event is event
    own = [f"街坊{n}" for n in range(12)]  # words that others use too, but each for something else
    assert clusters.add(post("later", 60, [*WORDS[:6], *own[:4]])).event is event


@pytest.mark.parametrize(
    ("kind", "one"), [("person", True), ("unknown", True), ("media", False), ("government", False)]
)
def test_a_person_who_spoke_in_an_event_and_tells_on_is_heard_there_a_medium_is_not(kind: str, one: bool) -> None:
    clusters = Clusterer()
    said = [f"细节{n}" for n in range(10)]
    event = clusters.add(post("first", 0, WORDS, author="a", author_kind=kind)).event
    again = clusters.add(post("again", 90, [*WORDS[:3], *said], author="a", author_kind=kind)).event
    assert (again is event) is one
    stranger = Clusterer()
    event = stranger.add(post("first", 0, WORDS, author="a", author_kind=kind)).event
    assert stranger.add(post("again", 90, [*WORDS[:3], *said], author="b", author_kind=kind)).event is not event


@pytest.fixture(scope="module")
def city() -> dict[str, tuple[Item, PostScored]]:
    """Everything that is said in the example city until an hour and a half after the crisis began, scored."""
    analyzer = Analyzer.load(PROJECT / "models/artifacts", PROJECT / "config/lexicon", PROJECT / "config/places.yaml")
    said = items(STARTED + timedelta(minutes=ROUNDS), STARTED)
    results = scorer(analyzer)([collected(item) for item in said])
    return {
        item.guid: (item, message)
        for item, result in zip(said, results, strict=True)
        if not isinstance(result, Rejected)
        for message in result
        if isinstance(message, PostScored)
    }


def collected(item: Item) -> PostCollected:
    """As the collector publishes what it finds in the feed; a look a minute, the first when the city starts."""
    minute = max(0, math.ceil((item.published_at - STARTED) / timedelta(minutes=1)))
    at = STARTED + timedelta(minutes=minute, seconds=30)
    original = item.original
    return PostCollected(
        id=item.guid,
        platform=PLATFORMS[item.platform],
        source=item.platform,
        jurisdiction=CITY,
        title=item.title,
        text=item.text if original is None else f"{item.text} - 转发 @某人: {original.text}",
        author=item.author,
        published_at=item.published_at,
        collected_at=at,
        kind="post" if original is None else "repost",
        repost_of=original.guid if original else None,
        reposts=item.reposts,
        comments=item.comments,
    )


@pytest.mark.parametrize("order", ["in time", "forum first", "news first", "microblog first", "shuffled"])
def test_the_crisis_of_the_example_city_is_alerted_as_one_event_in_any_order(
    city: dict[str, tuple[Item, PostScored]], order: str
) -> None:
    platforms = {"forum first": "bbs", "news first": "news", "microblog first": "weibo"}
    rng = random.Random(3)

    def place(row: tuple[Item, PostScored]) -> tuple[Any, ...]:
        item, message = row
        if order == "in time":
            return (item.published_at,)
        newest_first = -item.published_at.timestamp()
        rest = rng.random() if order == "shuffled" else (item.platform != platforms[order], item.platform, newest_first)
        return (message.collected_at, rest)

    detector = Detector(load_alerts())
    found = [m for _, message in sorted(city.values(), key=place) for r in detector.handle([message]) for m in r]
    stories = {
        alert.event: {city[i][0].story for i in alert.posts} for alert in found if isinstance(alert, AlertRaised)
    }
    assert sorted(story for told in stories.values() for story in told) == ["crisis", "other"]
    clusters = detector._places[CITY].clusters
    events = Counter(
        member.event.id for i, (item, _) in city.items() if item.story == "crisis" and (member := clusters.member(i))
    )
    assert events.most_common(1)[0][1] >= 70

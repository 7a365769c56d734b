"""What the example city says, and when."""

from datetime import UTC, datetime, timedelta
from difflib import SequenceMatcher
from itertools import pairwise

import pytest

from example import texts
from example.items import BASELINE_HOURS, KEPT, Item, items, said

STARTED = datetime(2026, 3, 5, 3, 30, tzinfo=UTC)


def after(minutes: float) -> list[Item]:
    return items(STARTED + timedelta(minutes=minutes), STARTED)


def test_the_same_moments_always_give_the_same_city() -> None:
    assert after(7) == after(7)
    assert items(STARTED, STARTED) != items(STARTED, STARTED - timedelta(minutes=1))


def test_the_start_may_be_stated_in_any_zone() -> None:
    local = STARTED.astimezone(datetime.fromisoformat("2026-01-01T00:00:00+08:00").tzinfo)
    assert items(STARTED, local) == items(STARTED, STARTED)


def test_a_week_of_ordinary_life_precedes_the_start() -> None:
    ordinary = [item for item in after(0) if not item.story]
    assert 250 <= len(ordinary) <= 360
    assert {item.platform for item in ordinary} == {"bbs", "news", "weibo"}
    days = {(STARTED - item.published_at).days for item in ordinary}
    assert days == set(range(BASELINE_HOURS // 24))
    assert len({item.author for item in ordinary}) > 60


def test_newest_comes_first_and_nothing_is_of_tomorrow() -> None:
    now = STARTED + timedelta(minutes=11)
    readable = items(now, STARTED)
    times = [item.published_at for item in readable]
    assert times == sorted(times, reverse=True)
    assert all(now - KEPT < t <= now for t in times)


def test_at_the_start_the_crisis_is_already_a_burst_of_many_authors() -> None:
    negative = [item for item in after(0) if item.story == "crisis" and item.tone < 0]
    assert len(negative) >= 25
    assert len({item.author for item in negative}) >= 25
    assert {item.platform for item in negative} == {"bbs", "news", "weibo"}
    assert all(item.published_at >= STARTED - timedelta(minutes=12) for item in negative)


def test_before_its_first_minute_there_is_no_crisis() -> None:
    assert not [item for item in after(-12) if item.story == "crisis"]


def test_the_crisis_grows_by_one_to_three_posts_a_minute_at_first() -> None:
    counts = [sum(item.story == "crisis" for item in after(minute)) for minute in range(0, 31, 5)]
    assert all(later > earlier for earlier, later in pairwise(counts))
    assert all(1 <= (later - earlier) / 5 <= 3 for earlier, later in pairwise(counts[:4]))


def test_half_an_hour_on_the_authorities_answer_and_it_fades() -> None:
    assert not [item for item in after(30) if item.author == "望汐公安分局"]
    assert [item for item in after(32) if item.author == "望汐公安分局"]
    late = [
        item for item in after(120) if item.story == "crisis" and item.published_at > STARTED + timedelta(minutes=31)
    ]
    assert sum(item.tone >= 0 for item in late) > sum(item.tone < 0 for item in late)
    assert len(late) < 20


def test_no_two_texts_of_the_first_week_are_near_copies() -> None:
    written = [item.text for item in after(60)]
    assert len(set(written)) == len(written)
    for n, one in enumerate(written):
        for other in written[n + 1 :]:
            close = SequenceMatcher(None, one, other, autojunk=False)
            assert close.real_quick_ratio() < 0.8 or close.quick_ratio() < 0.8 or close.ratio() < 0.8, (one, other)


def test_every_item_has_its_own_id() -> None:
    readable = after(60)
    assert len({item.guid for item in readable}) == len({item.path for item in readable}) == len(readable)


def test_another_start_gives_new_ids() -> None:
    restarted = items(STARTED, STARTED - timedelta(hours=3))
    assert not {item.guid for item in restarted} & {item.guid for item in after(0)}


def test_reposts_name_an_item_that_was_said_before() -> None:
    everything = after(60)
    reposts = [item for item in everything if item.original]
    assert len(reposts) > 20
    assert all(item.original in everything and item.original.published_at < item.published_at for item in reposts)


def test_one_severe_allegation_travels_far() -> None:
    far = [item for item in after(0) if item.reposts > 2000]
    assert len(far) == 1
    assert "派出所" in far[0].text
    assert far[0].tone == -1


def test_a_post_that_its_author_takes_back_leaves_the_feeds() -> None:
    (gone,) = [item for item in said(STARTED, STARTED) if item.gone_at]
    assert gone in after(0)
    assert gone not in after(30)


def test_ordinary_life_goes_on_for_weeks_without_repeating_an_id() -> None:
    later = items(STARTED + timedelta(days=20), STARTED)
    assert 250 <= len(later) <= 380
    assert not [item for item in later if item.story]
    assert len({item.guid for item in later}) == len(later)


@pytest.mark.parametrize("name", ["weibo.txt", "bbs.txt", "news.txt", "names.txt", "crisis.tsv", "others.tsv"])
def test_no_text_names_a_slot_that_is_not_filled(name: str) -> None:
    assert not [line for line in texts.lines(name) if set("{}") & set(line.replace("{街}", "").replace("{区}", ""))]
    assert not [item for item in after(0) if "{" in item.text + item.title]

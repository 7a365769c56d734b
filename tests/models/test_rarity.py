"""How rare a word is follows from the happenings of a week, whatever came before."""

from collections.abc import Sequence

from models.likeness import HOUR_TEXTS, RARITY_S, RARITY_TEXTS, WordIndex

DAY = 86_400.0
MONDAY = 20_000 * DAY


def index_of(texts: Sequence[tuple[float, str]]) -> WordIndex[int]:
    index: WordIndex[int] = WordIndex()
    for owner, (at, text) in enumerate(texts):
        index.put(owner, index.words(text.split()), at, now=at)
    return index


def shared(index: WordIndex[int], text: str, at: float) -> list[float]:
    """The nats that known texts share with this one."""
    found = index.matches(index.words(text.split()), at, within_s=2 * DAY, least=lambda owner: (1, 0.0))
    return [match.shared for match in found]


def test_a_word_of_many_happenings_weighs_little_until_a_week_has_gone() -> None:
    common = [(MONDAY + n * 60, "灯市口 路灯") for n in range(200)]
    soon, late = MONDAY + DAY, MONDAY + RARITY_S + DAY
    known = shared(index_of([*common, (soon, "灯市口 路灯")]), "灯市口 路灯", soon)
    fresh = shared(index_of([*common, (late, "灯市口 路灯")]), "灯市口 路灯", late)
    never = shared(index_of([(late, "灯市口 路灯")]), "灯市口 路灯", late)
    assert max(known) < min(fresh)
    assert fresh == never


def test_what_came_more_than_a_week_ago_does_not_change_what_is_found_today() -> None:
    before = [(MONDAY + n * 3000, f"灯市口 骑手{n % 7} 第{n}件") for n in range(300)]
    week = MONDAY + RARITY_S + 12 * DAY
    today = [(week + n * 600, f"灯市口 骑手{n % 5} 车站{n % 3}") for n in range(60)]
    asked, end = "灯市口 骑手2 车站1", week + 60 * 600
    assert shared(index_of([*before, *today]), asked, end) == shared(index_of(today), asked, end) != []


def test_an_hour_that_floods_teaches_no_more_than_a_lively_one() -> None:
    flood = [(MONDAY + n * 0.1, "灯市口 路灯") for n in range(3 * HOUR_TEXTS)]
    lively = flood[:HOUR_TEXTS]
    after = MONDAY + 2 * 3600
    assert shared(index_of(flood), "灯市口 路灯", after) == shared(index_of(lively), "灯市口 路灯", after) != []


def test_in_a_lively_city_only_the_newest_texts_say_how_rare_a_word_is() -> None:
    before = [(MONDAY + n, "灯市口 路灯") for n in range(300)]
    begin, apart = MONDAY + 3 * 3600, 2 * 3600 / HOUR_TEXTS
    lively = [(begin + n * apart, f"第{n}件") for n in range(RARITY_TEXTS - 1)]
    end = begin + RARITY_TEXTS * apart
    newest = [*lively, (end, "灯市口 路灯")]
    assert end < MONDAY + DAY
    expected = shared(index_of(newest), "灯市口 路灯", end)
    assert len(expected) == 1
    assert set(shared(index_of([*before, *newest]), "灯市口 路灯", end)) == set(expected)


def test_unused_words_are_forgotten_in_the_end() -> None:
    index: WordIndex[int] = WordIndex()
    for n in range(120_000):
        at = MONDAY + n * 20
        index.forget(index.put(n, index.words([f"词语{n}号", "灯市口"]), at, now=at))
    assert len(index._known) < 110_000
    assert len(index) == 0

"""Which events are offered for merging: shared words weigh by rarity, places and time count too."""

from models.twins import Sketch, Twin, rank

HOUR = 3600.0
ACCUSED = "望汐区灯市口菜市场辅警按倒外卖骑手"


def sketch(name: str, text: str = ACCUSED, *places: str, at: float = 0.0, lasts: float = HOUR) -> Sketch:
    return Sketch(name, text, frozenset(places), at, at + lasts)


def order(event: Sketch, *others: Sketch) -> list[str]:
    return [twin.id for twin in rank(event, others, limit=9)]


def test_the_same_story_in_other_words_comes_before_other_stories_of_the_place() -> None:
    event = sketch("event", ACCUSED, "灯市口菜市场")
    told = sketch("told", "外卖小哥在灯市口被辅警拽下车", "灯市口菜市场")
    parking = sketch("parking", "早高峰门口乱停车没人管", "灯市口菜市场")
    lost = sketch("lost", "走失老人已经找到", "岬湾派出所")
    assert order(event, lost, parking, told) == ["told", "parking"]


def test_a_word_that_every_event_uses_says_less_than_a_rare_one() -> None:
    event = sketch("event", "派出所民警砸秤掀摊")
    rare = sketch("rare", "老人哭诉砸秤掀摊")
    common = [
        sketch(f"common{n}", f"派出所民警{word}") for n, word in enumerate(("开会", "宣讲", "巡查", "慰问", "培训"))
    ]
    assert order(event, *common, rare)[0] == "rare"


def test_a_shared_street_or_station_is_worth_more_than_a_shared_district() -> None:
    event = sketch("event", "甲乙丙丁", "望汐区", "望汐派出所")
    station = sketch("station", "戊己庚辛", "望汐派出所")
    district = sketch("district", "壬癸子丑", "望汐区")
    found = rank(event, [district, station], limit=9)
    assert [(twin.id, twin.places) for twin in found] == [("station", ("望汐派出所",)), ("district", ("望汐区",))]


def test_silence_between_two_events_makes_them_less_alike() -> None:
    event, now, later = sketch("event"), sketch("now", at=HOUR / 2), sketch("later", at=9 * HOUR)
    found = rank(event, [later, now], limit=9)
    assert [(twin.id, twin.gap_s) for twin in found] == [("now", 0.0), ("later", 8 * HOUR)]
    assert found[1].score < found[0].score


def test_events_without_anything_in_common_and_the_event_itself_are_not_offered() -> None:
    event = sketch("event", "甲乙丙丁", "望汐派出所")
    assert order(event, event, sketch("other", "戊己庚辛", "岬湾派出所"), sketch("wordless", "")) == []


def test_the_order_does_not_depend_on_the_order_of_the_candidates_and_at_most_limit_are_given() -> None:
    event = sketch("event")
    others = [sketch(name, ACCUSED[:n]) for n, name in enumerate("abcdef", 9)]
    found = rank(event, others, limit=3)
    assert found == rank(event, others[::-1], limit=3)
    assert len(found) == 3
    assert all(isinstance(twin, Twin) and 0 < twin.score <= 1 for twin in found)

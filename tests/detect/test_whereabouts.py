"""A near copy that names another station is another happening; a repost or quote of the original is not."""

from typing import Any

import pytest
from detect_make import scored

from consumers.readings import as_event_post
from models.clusters import Clusterer
from models.events import EventPost
from models.whereabouts import elsewhere, names_of

STORY = "{}民警昨晚在烧烤摊前打人，摊主被推倒在地，桌椅全被掀翻，围观的人都拍了视频，到现在没有人出来给说法。"
TOKENS = ["民警", "昨晚", "烧烤摊", "打人", "摊主", "推倒", "桌椅", "掀翻", "围观", "视频", "说法"]


def told(n: int, minutes: float, station: str, places: list[str], **more: Any) -> EventPost:
    fields: dict[str, Any] = {"text": STORY.format(station), "tokens": [station, *TOKENS], "places": places}
    return as_event_post(scored(n, minutes, **{**fields, "fingerprint": f"ffff0000ffff000{n}", **more}))


@pytest.mark.parametrize(
    ("station", "places"),
    [
        ("砚池派出所", ["砚池区"]),  # not on the list of places: known by its name
        ("汐口派出所", ["汐口派出所"]),
        ("岬湾街道", ["岬湾街道"]),
    ],
)
def test_a_near_copy_that_names_another_station_is_another_event(station: str, places: list[str]) -> None:
    clusters = Clusterer()
    own = ["灯市口菜市场"] if station == "岬湾街道" else ["望汐派出所"]
    first = clusters.add(told(1, 0, own[0], own)).event
    other = clusters.add(told(2, 5, station, places)).event
    assert other is not first
    assert clusters.add(told(3, 6, own[0], own)).event is first
    assert clusters.add(told(4, 7, station, places)).event is other


def test_even_with_the_same_fingerprint_it_is_another_event() -> None:
    clusters = Clusterer()
    first = clusters.add(told(1, 0, "望汐派出所", ["望汐派出所"])).event
    other = clusters.add(told(2, 5, "砚池派出所", ["砚池区"], fingerprint="ffff0000ffff0001")).event
    assert other is not first
    assert clusters.add(told(3, 6, "砚池派出所", ["砚池区"], fingerprint="ffff0000ffff0001")).event is other


def test_a_repost_or_a_quote_of_the_original_joins_whatever_station_it_names() -> None:
    clusters = Clusterer()
    original = told(1, 0, "望汐派出所", ["望汐派出所"])
    first = clusters.add(original).event
    link = told(2, 5, "砚池派出所", ["砚池区"], repost_of="p1", kind="repost")
    quote = told(3, 6, "砚池派出所", ["砚池区"], text=f"砚池派出所也这样打人//@某人:{original.text}")
    assert clusters.add(link).event is first
    assert clusters.add(quote).event is first


def test_a_copy_without_a_station_or_with_one_more_joins() -> None:
    clusters = Clusterer()
    first = clusters.add(told(1, 0, "望汐派出所", ["望汐派出所"])).event
    assert clusters.add(told(2, 5, "附近派出所", [])).event is first
    assert clusters.add(told(3, 6, "望汐分局望汐派出所", ["望汐公安分局", "望汐派出所"])).event is first


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("望汐派出所打人", "砚池派出所打人", True),
        ("在望汐派出所门口", "望汐区派出所的民警", False),
        ("望汐公安分局通报", "望汐分局通报", False),
        ("望汐分局通报", "望汐派出所通报", False),  # the one may be over the other
        ("云溯交警大队查车", "青岬交警大队查车", True),
        ("我们派出所打人", "砚池派出所打人", False),
        ("去了派出所", "报案到派出所", False),
        ("交警大队来了", "云溯交警大队来了", False),
        ("墨池街派出所", "石笋街派出所", True),
    ],
)
def test_units_are_told_apart_by_their_names_however_they_are_written(one: str, other: str, apart: bool) -> None:
    assert elsewhere(names_of(one, ()), names_of(other, ())) is apart
    assert elsewhere(names_of(other, ()), names_of(one, ())) is apart


def test_places_of_the_list_count_by_their_kind_and_a_shared_spot_settles_it() -> None:
    def apart(one: list[str], other: list[str]) -> bool:
        return elsewhere(names_of("", one), names_of("", other))

    assert apart(["望汐区"], ["砚池区"])
    assert apart(["灯市口菜市场"], ["岬湾街道"])
    assert not apart(["望汐区", "灯市口菜市场"], ["砚池区", "灯市口菜市场"])
    assert not apart(["望汐区"], ["灯市口菜市场"])
    assert not apart(["澜汀市", "望汐区"], ["澜汀市", "望汐区", "砚池区"])
    assert apart(["澜汀市", "望汐区"], ["澜汀市", "砚池区"])

"""Which places and police units a text names, and whether two texts can be about the same spot.

A template is filled in with one station after another ("X派出所民警打人"): such copies tell of different happenings,
however alike they are.
"""

import re
from collections.abc import Iterable
from sys import intern

WIDE = ("省", "市", "区", "县", "州", "公安局", "分局", "支队", "交警", "警方")
"""Places and agencies with such names are too wide to tell one happening from another."""
SPOTS = ("派出所", "中队", "")
"""Kinds of names that mark one spot; "" is a street, a market, a building of the list of places."""

_UNIT = re.compile(
    r"([㐀-鿿]{2})(?:[省市区县镇乡村街路]|街道|新区)?(?:公安|交警|交通|刑警|刑侦|特警|巡警|治安)?"
    r"(派出所|公安局|分局|支队|大队|中队)"
)
_AREA = re.compile(r"([㐀-鿿]{2,})(省|市|区|县|州)")
_NO_NAME = re.compile(  # "附近派出所", "去了派出所", "如果派出所" name none; read off real posts
    r"[这那哪我你他她它们咱谁某该各每本当地附近隔壁个家些的得去到在从被向给找叫让等把跟和与及或是有没来回进出过了着说问打报案"
    r"里外前后上下又再还也都就才只由经请归属按以为同派时并且但而将已正另外共要需求局县者一两几多全]|公安|[交刑巡特民辅协]警|警[察方务]"
    r"|治安|户籍|直属|联系|证明|辖区|执法|监察|机动|城管|消防|围攻|受理|怎样|如果|难道|部门|部分|官员|学校|咨询|冒充|发现|反映|希望|涉事"
    r"|投诉|举报|建议|感谢|配合|[男女]子|[昨今][天晚]"
)

Names = frozenset[str]
"""`kind:name`; equal for the ways in which a unit is commonly written."""
NOWHERE: Names = frozenset()


def names_of(text: str, places: Iterable[str]) -> Names:
    """The units that `text` names, known or not, and the `places` that were recognised in it."""
    found = [_named(place) for place in places]
    if "所" in text or "局" in text or "队" in text:
        found += [_unit(hit) for hit in _UNIT.finditer(text) if not _NO_NAME.search(hit[1])]
    return frozenset(found) if found else NOWHERE


def elsewhere(one: Names, other: Names) -> bool:
    """True when the names say that two texts are about different spots.

    They do when for some kind (stations, districts, streets ...) both name some and none in common, unless they share
    a spot after all. A text that names nothing may be about any place.
    """
    if not one or not other or one == other:
        return False
    common = one & other
    if any(_kind(name) in SPOTS for name in common):
        return False
    shared = {_kind(name) for name in common}
    return bool({_kind(name) for name in one} & {_kind(name) for name in other} - shared)


def _named(place: str) -> str:
    unit = _UNIT.search(place)
    if unit is not None:
        return _unit(unit)
    area = _AREA.fullmatch(place)
    return intern(f"{area[2]}:{area[1]}" if area else f":{place}")


def _unit(hit: re.Match[str]) -> str:
    return intern(f"{hit[2]}:{hit[1]}")


def _kind(name: str) -> str:
    return name.partition(":")[0]

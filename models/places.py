"""Places named in a text, by the list in config/places.yaml; the longest name wins where it means the place.

The same letters may stand for something else. What tells them apart (decision 0037):

- words: 西安 is no place in 江西安全, 南山 none in 钟南山;
- a street called after a city need not be in it: 南京路;
- the same name elsewhere: 溪州市望汐区 is not the 望汐区 of 澜汀市;
- a name of several places means the one that the rest of the text or the post's jurisdiction is about, else none;
- an ordinary word (和平) counts only where it is joined to something that has an address (和平派出所), or beside a
  place around it or in it.
"""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.features import Batch
from models.segment import Words

CITIES = Path(__file__).with_name("cities.txt")
ORDINARY = frozenset({
    "和平", "光明", "平安", "太平", "东方", "新华", "白云", "人民", "解放", "团结", "幸福", "胜利",
    "建设", "文化", "民主", "友谊", "友好", "吉祥", "红旗", "青山", "前进", "振兴", "向阳", "文明",
    "繁荣", "富强", "新城", "长安", "安定", "永安", "光华", "兴隆", "先锋", "民生", "中华",
})  # fmt: skip
"""Names of districts and streets that stand for something else in most texts; `unsure` names more."""
WIDE = frozenset(("province", "city", "district"))
LONGEST_CITY = 4  # characters of a short name in cities.txt

_ALL_OR_WHERE = re.compile(
    r"(?<![出管守])所(?:有(?!个|一|没|位|几|些|两|[民辅交协]?警)|属(?!于)|在(?=[的地区县市街村镇]|单位|社区|小区))"
)
"""The 所 of 所有, 所属 and 所在, with which no short name of a station ends: 望汐所有居民 are those of 望汐."""
_STREET = re.compile(
    r"[东西南北中]?(?:路(?![过边人政透演程途费况灯面])|街(?![道头边拍访舞])|大道|大街(?!小巷)|巷|胡同)"
)
_WHOLE = re.compile(r"[省市区县州盟旗人话籍队站]|自治[州县区旗]")
"""What may follow a place within one word, as words of their own may: 上海市, 上海人."""
_JOINED = re.compile(
    r"(?<!人民)(?:[区县市镇乡村桥站]|[东西南北中]?路|大?街|大道|小区|社区|广场|公园|派出所|[分市]局|公安|交警|警方|[东西南北]门)"
)
"""What has an address when it is called after a place."""
_CITY = re.compile(r"[㐀-鿿][㐀-鿿](?<![城都超夜门集早股楼车花菜全我们咱本该贵各外农地级辖在到是去从和与及了的这那])市")
"""What ends like a city's name; 超市, 我市 and 在市 do not."""
_BARE = re.compile(r"(.{2,})[省市区县]")
_UNITS = "省市区县镇乡村州路街所站队局"
_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林郭马罗梁宋郑谢韩唐冯董萧程曹袁邓傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎潘杜戴钟汪田姜范石姚谭廖邹熊陆郝孔崔邱"
)


@dataclass(frozen=True)
class PlaceName:
    """One place: how it is shown, every way people write it, and where it lies."""

    name: str
    aliases: Sequence[str] = ()
    kind: str = "other"
    within: str = ""
    unsure: Sequence[str] = ()
    """Further ways of writing it, which mean something else as well."""


class PlacesError(Exception):
    """A places file that cannot be used; config/places.py names the line."""


class Hit(NamedTuple):
    """A name in a text that may mean these places, where it ends, and those of them it says are elsewhere."""

    places: Sequence[str]
    end: int
    elsewhere: frozenset[str]
    unsure: bool


class PlaceFinder:
    """Finds names in texts; cost grows with the text, not with the number of places."""

    def __init__(
        self, places: Iterable[PlaceName], cities: Mapping[str, str] | None = None, known: Collection[str] = ()
    ) -> None:
        """cities: short names of provinces and cities of the country, with their provinces (`read_cities`).

        known: words that are words for certain; the segmenter makes up others, and what it makes up refutes nothing.
        """
        self._places = {place.name: place for place in places}
        self._provinces, self._known = cities or {}, known
        self._called = {written: place.name for place in self._places.values() for written in place.aliases}
        self._lineage = {name: self._around(name) for name in self._places}
        self._written = {
            name: tuple(chain.from_iterable(map(self._spellings, line))) for name, line in self._lineage.items()
        }
        """By place: how it and those around it are written."""
        self._names: dict[str, list[str]] = {}
        for place in self._places.values():
            for written in dict.fromkeys((place.name, *place.aliases, *place.unsure)):
                if len(written) > 1 and (written == place.name or written not in self._places):
                    self._names.setdefault(written, []).append(place.name)
        self._unsure = set(chain.from_iterable(place.unsure for place in self._places.values()))
        self._unsure |= ORDINARY & self._names.keys()
        self._cities = {name: self._city_of(name) for name in self._places}
        """By place: the city it lies in, if any, and the provinces this may be of."""
        self._lengths: dict[str, list[int]] = {}
        for written in sorted(self._names, key=len, reverse=True):
            lengths = self._lengths.setdefault(written[0], [])
            if len(written) not in lengths:
                lengths.append(len(written))
        firsts = "".join(sorted(map(re.escape, self._lengths)))
        self._first = re.compile(f"[{firsts}]") if firsts else None
        self._firsts, self._seconds = (_among({written[i] for written in self._names}) for i in (0, 1))

    def find_all(
        self, batch: Batch, texts: Sequence[str], words: Words, jurisdictions: Sequence[str]
    ) -> list[list[str]]:
        """`find` in every text of the batch; those without the first two letters of a name are passed over.

        jurisdictions: of the posts, "" where it is not known.
        """
        may = self._firsts.take(batch.points[:-1], mode="clip")
        may &= self._seconds.take(batch.points[1:], mode="clip")
        found: list[list[str]] = [[] for _ in texts]
        for row in set(batch.rows(np.flatnonzero(may)).tolist()):
            places = words.places[words.indptr[row] : words.indptr[row + 1]].tolist()
            found[row] = self.find(texts[row], [words.spelled[place] for place in places], jurisdictions[row])
        return found

    def find(self, text: str, tokens: Sequence[str] = (), jurisdiction: str = "") -> list[str]:
        """Distinct places in the order in which they are first named.

        tokens: the words of the text, end to end; without them a name may begin and end anywhere.
        """
        hits = list(self._hits(text, list(accumulate(map(len, tokens)))))
        away = frozenset(chain.from_iterable(hit.elsewhere for hit in hits))
        if away:  # and so are all that lie in one of these
            hits = [hit._replace(places=[n for n in hit.places if away.isdisjoint(self._lineage[n])]) for hit in hits]
        sure = {hit.places[0] for hit in hits if len(hit.places) == 1 and not hit.unsure}
        found: dict[str, None] = {}
        for hit in hits:
            name = self._meant(hit, text, sure, jurisdiction)
            if name is not None:
                found[name] = None
        return list(found)

    def _hits(self, text: str, ends: Sequence[int]) -> Iterator[Hit]:
        done = 0
        for letter in self._first.finditer(text) if self._first else ():
            start = letter.start()
            if start < done:
                continue
            for length in self._lengths[letter[0]]:
                written, end = text[start : start + length], start + length
                names = self._names.get(written)
                if names is None or _ALL_OR_WHERE.match(text, end - 1) or self._is_in_a_word(text, start, end, ends):
                    continue
                left = [name for name in names if not self._is_street(name, written, text, end)]
                if left:
                    away = frozenset(name for name in left if self._is_elsewhere(name, text, start, ends))
                    yield Hit(left, end, away, written in self._unsure)
                    done = end
                    break

    def _meant(self, hit: Hit, text: str, sure: set[str], jurisdiction: str) -> str | None:
        if len(hit.places) == 1 and not hit.unsure:
            return hit.places[0]
        near = [name for name in hit.places if self._is_near(name, sure)]
        if hit.unsure and not near and not _JOINED.match(text, hit.end):
            return None
        there = near or [name for name in hit.places if len(hit.places) == 1 or jurisdiction in self._written[name]]
        return there[0] if len(there) == 1 else None

    def _is_near(self, name: str, others: set[str]) -> bool:
        """Is one of the others around this place or in it?"""
        line = self._lineage[name]
        return any(other in line or name in self._lineage[other] for other in others)

    def _is_in_a_word(self, text: str, start: int, end: int, ends: Sequence[int]) -> bool:
        """Is a name that stands from `start` to `end` a piece of other words?"""
        for number in range(bisect_right(ends, start), len(ends)):
            begin, close = ends[number - 1] if number else 0, ends[number]
            if begin >= end:
                break
            before, behind = text[begin:start], text[end:close]
            if before in _SURNAMES and not behind and end - start == 2:
                return True
            if text[begin:close] not in self._known:
                continue
            if begin <= start and close >= end:
                if before or not (not behind or behind in self._known or _WHOLE.fullmatch(behind)):
                    return True
            elif begin < start or (close > end and not (begin == end - 1 and text[begin] in _UNITS)):
                return True  # but 望汐区政府 may be cut before 区政府, and names the district
        return False

    def _is_street(self, name: str, written: str, text: str, end: int) -> bool:
        """Is a street called after the place that need not lie in it? One called after a district mostly does."""
        kind = self._places[name].kind
        far = kind in ("province", "city") or (kind == "district" and written in self._unsure)
        return far and not _WHOLE.match(written[-1]) and _STREET.match(text, end) is not None

    def _is_elsewhere(self, name: str, text: str, start: int, ends: Sequence[int]) -> bool:
        """Does another city than the one the place lies in stand right before it?"""
        city, provinces = self._cities[name]
        if not city:
            return False
        told, said = text.endswith("市", 0, start), self._written[name]
        stop = start - told
        if text.endswith(said, 0, start) or text.endswith(said, 0, stop):
            return False
        if told and _CITY.search(text, max(stop - 2, 0), start):
            return True  # 溪州市, however it is cut
        for begin in range(stop - 2, max(stop - LONGEST_CITY, 0) - 1, -1):
            province = self._provinces.get(text[begin:stop])
            if province is not None and _begins_word(begin, ends):
                return bool(provinces) and (text[begin:stop] != province or province not in provinces)
        return False

    def _city_of(self, name: str) -> tuple[str, frozenset[str]]:
        city = next((outer for outer in self._lineage[name][1:] if self._places[outer].kind == "city"), "")
        spellings = self._spellings(city) if city else ()
        return city, frozenset(self._provinces[written] for written in spellings if written in self._provinces)

    def _around(self, name: str) -> tuple[str, ...]:
        """The place, the one it lies in, and so on."""
        line = [name]
        while (within := self._places[line[-1]].within) not in line:
            outer = within if within in self._places else self._called.get(within)
            if outer is None or outer in line:
                break
            line.append(outer)
        return tuple(line)

    def _spellings(self, name: str) -> Iterator[str]:
        place = self._places[name]
        yield from (name, *place.aliases, *place.unsure)
        if place.kind in WIDE and (bare := _BARE.fullmatch(name)):
            yield bare[1]


def _word_begin(position: int, ends: Sequence[int]) -> int:
    """Where the word begins that holds the character at `position`; 0 without words."""
    number = bisect_right(ends, position)
    return ends[number - 1] if number else 0


def _begins_word(position: int, ends: Sequence[int]) -> bool:
    return not ends or _word_begin(position, ends) == position


def _among(letters: Collection[str]) -> NDArray[np.bool_]:
    """By code point: is it one of the letters? The last entry stands for everything beyond."""
    numbers = [ord(letter) for letter in letters]
    among = np.zeros(max(numbers, default=0) + 2, dtype=np.bool_)
    among[numbers] = True
    return among


def read_cities(path: Path = CITIES) -> dict[str, str]:
    """Short name of every province and city of the country -> that of its province."""
    lines = (line.split() for line in path.read_text("utf-8").splitlines() if not line.startswith("#"))
    return {city: line[0] for line in lines for city in line}


def read(path: Path | None) -> list[PlaceName]:
    """The places of a YAML file; none when there is no file.

    Raises PlacesError for a file of another form; `minyi check` says where it is wrong.
    """
    if path is None or not path.exists():
        return []
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8-sig")) or {}
        return [_place(entry) for entry in data.get("places") or ()]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, AttributeError) as err:
        raise PlacesError(f"{path}: not a list of places (`minyi check` names the line): {err}") from err


def _place(entry: Any) -> PlaceName:
    aliases, unsure = ([str(written) for written in entry.get(key) or ()] for key in ("aliases", "unsure"))
    kind, within = (str(entry.get(key) or "") for key in ("kind", "within"))
    return PlaceName(str(entry["name"]), aliases, kind, within, unsure)

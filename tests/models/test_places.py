from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.loader import ConfigError
from config.places import load_places
from config.settings import PROJECT
from models.analysis import Analyzer, TextIn
from models.features import Batch
from models.places import PlaceFinder, PlaceName, PlacesError, read, read_cities
from models.segment import Words

FINDER = PlaceFinder(
    [
        PlaceName("澜汀市", ["澜汀"]),
        PlaceName("望汐区", ["望汐"]),
        PlaceName("望汐派出所", ["望汐所"]),
        PlaceName("澜汀市公安局", ["澜汀警方"]),
    ]
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("望汐派出所抓人了", ["望汐派出所"]),
        ("望汐的望汐派出所在望汐区", ["望汐区", "望汐派出所"]),
        ("澜汀市公安局通报,澜汀警方已介入", ["澜汀市公安局"]),
        ("澜汀澜汀市", ["澜汀市"]),
        ("别处的事", []),
        ("", []),
    ],
)
def test_the_longest_name_wins_and_aliases_are_shown_by_name(text: str, found: list[str]) -> None:
    assert FINDER.find(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("望汐所有居民请注意", ["望汐区"]),
        ("望汐所有人都看见了", ["望汐区"]),
        ("望汐所在的街道又堵了", ["望汐区"]),
        ("望汐所属社区", ["望汐区"]),
        ("望汐所有民警打人", ["望汐派出所"]),
        ("望汐所有个辅警骂人", ["望汐派出所"]),
        ("望汐所在处理了", ["望汐派出所"]),
        ("望汐所属于望汐分局", ["望汐派出所", "望汐区"]),
        ("望汐所所长", ["望汐派出所"]),
        ("望汐派出所有居民报警", ["望汐派出所"]),
        ("我去了望汐所", ["望汐派出所"]),
    ],
)
def test_a_station_called_by_its_short_name_is_not_read_into_all_and_where(text: str, found: list[str]) -> None:
    assert FINDER.find(text) == found


CITY = [
    PlaceName("澜汀市", ["澜汀"], "city"),
    PlaceName("望汐区", ["望汐"], "district", "澜汀市"),
    PlaceName("云溯区", ["云溯"], "district", "澜汀市"),
    PlaceName("砚池区", [], "district", "澜汀", unsure=["砚池"]),
    PlaceName("渔埠路", [], "street", "望汐区"),
    PlaceName("和平街道", ["和平"], "street", "望汐区"),
    PlaceName("岬湾街道", ["岬湾"], "street", "云溯区"),
    PlaceName("望汐城关派出所", ["城关派出所"], "station", "望汐区"),
    PlaceName("云溯城关派出所", ["城关派出所"], "station", "云溯区"),
    PlaceName("溯州市", ["溯州"], "city"),
    PlaceName("溯州城关派出所", ["城关派出所"], "station", "溯州市"),
]
PROVINCES = {"汀江": "汀江", "澜汀": "汀江", "溪州": "汀江", "北溪": "北溪", "石埠": "北溪"}
KNOWN = {"青岬", "湾里", "区政府", "望汐楼", "小望汐", "望汐店家", "店家"}
MADE = PlaceFinder(CITY, PROVINCES, KNOWN)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("青岬 湾里 有人 打架", []),
        ("岬湾 有人 打架", ["岬湾街道"]),
        ("青 岬 湾 有人 打架", ["岬湾街道"]),
        ("望汐楼 请客", []),
        ("小望汐 请客", []),
        ("老望汐 请客", ["望汐区"]),
        ("望汐店家 请客", ["望汐区"]),
        ("望汐 区政府 通报", ["望汐区"]),
        ("张望汐 报警", []),
        ("去望汐 报警", ["望汐区"]),
    ],
)
def test_a_piece_of_other_words_is_no_place(words: str, found: list[str]) -> None:
    assert MADE.find(words.replace(" ", ""), words.split()) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("澜汀路堵车", []),
        ("澜汀东路堵车", []),
        ("澜汀大街封了", []),
        ("澜汀路口追尾", []),
        ("澜汀市路灯坏了", ["澜汀市"]),
        ("澜汀路边有人打架", ["澜汀市"]),
        ("澜汀街道办", ["澜汀市"]),
        ("澜汀街头有人打架", ["澜汀市"]),
        ("渔埠路堵车", ["渔埠路"]),
        ("岬湾路堵车", ["岬湾街道"]),
        ("望汐东路堵车", ["望汐区"]),
        ("砚池东路堵车", []),
        ("和平路堵车", ["和平街道"]),
    ],
)
def test_a_street_called_after_a_city_need_not_be_in_it(text: str, found: list[str]) -> None:
    assert MADE.find(text) == found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("澜汀市 望汐区", ["澜汀市", "望汐区"]),
        ("澜汀 市 望汐 区", ["澜汀市", "望汐区"]),
        ("我市 望汐区", ["望汐区"]),
        ("有家 超市 望汐 分店", ["望汐区"]),
        ("湾北市 望汐区", []),
        ("湾北 市 望汐 区", []),
        ("湾 北市 望汐 区", []),
        ("我们 市 望汐 区", ["望汐区"]),
        ("市 望汐 区", ["望汐区"]),
        ("从 湾北市 到 望汐区", ["望汐区"]),
        ("溪州 望汐", []),
        ("溪州 望汐区", []),
        ("汀江 望汐", ["望汐区"]),
        ("北溪 望汐", []),
        ("小溪州 望汐", ["望汐区"]),
        ("湾北市 望汐区 大雨 , 望汐 积水 , 渔埠路 封了", []),
        ("湾北市 望汐区 大雨 , 云溯 没事", ["云溯区"]),
        ("汀江 澜汀", ["澜汀市"]),
        ("石埠 溯州城关派出所", ["溯州城关派出所"]),
    ],
)
def test_a_place_of_the_same_name_in_another_city_is_elsewhere(words: str, found: list[str]) -> None:
    assert MADE.find(words.replace(" ", ""), words.split()) == found


@pytest.mark.parametrize(
    ("text", "jurisdiction", "found"),
    [
        ("城关派出所打人", "", []),
        ("城关派出所打人", "澜汀市", []),
        ("城关派出所打人", "溯州市", ["溯州城关派出所"]),
        ("城关派出所打人", "望汐区", ["望汐城关派出所"]),
        ("城关派出所打人,望汐人都看见了", "溯州市", ["望汐城关派出所", "望汐区"]),
        ("渔埠路的人去城关派出所", "", ["渔埠路"]),
        ("望汐和云溯都有城关派出所", "", ["望汐区", "云溯区"]),
        ("云溯城关派出所打人", "溯州市", ["云溯城关派出所"]),
    ],
)
def test_a_name_of_several_places_means_the_one_that_is_talked_of(
    text: str, jurisdiction: str, found: list[str]
) -> None:
    assert MADE.find(text, jurisdiction=jurisdiction) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("世界和平", []),
        ("和平派出所打人", ["和平街道"]),
        ("望汐的和平那边打起来了", ["望汐区", "和平街道"]),
        ("云溯的和平那边打起来了", ["云溯区"]),
        ("他家有方砚池", []),
        ("砚池分局通报", ["砚池区"]),
        ("澜汀砚池", ["澜汀市", "砚池区"]),
        ("砚池区的事", ["砚池区"]),
    ],
)
def test_an_ordinary_word_counts_in_company_only(text: str, found: list[str]) -> None:
    assert MADE.find(text) == found


@given(
    st.lists(
        st.lists(st.sampled_from([*"澜汀望汐市区派出所公安局城关路张和平 ", "澜汀市", "望汐区", "城关"]), max_size=12),
        min_size=1,
        max_size=6,
    )
)
def test_a_batch_names_the_places_each_text_names(cut: list[list[str]]) -> None:
    texts = ["".join(words) for words in cut]
    one_by_one = [MADE.find(text, words, "溯州市") for text, words in zip(texts, cut, strict=True)]
    assert MADE.find_all(Batch.of(texts), texts, Words.of(cut), ["溯州市"] * len(texts)) == one_by_one


def test_no_places_find_nothing() -> None:
    assert PlaceFinder([]).find_all(Batch.of(["望汐区"]), ["望汐区"], Words.of([["望汐区"]]), [""]) == [[]]
    assert PlaceFinder([]).find("望汐区") == []
    assert PlaceFinder([PlaceName("区")]).find("区") == []


def test_places_within_one_another_come_to_an_end() -> None:
    assert PlaceFinder([PlaceName("望汐", within="云溯"), PlaceName("云溯", within="望汐")]).find("望汐") == ["望汐"]


def test_cities_have_one_province_each() -> None:
    cities = read_cities()
    assert len(set(cities.values())) == 34
    assert all(cities[province] == province for province in cities.values())
    assert (cities["海口"], cities["上海"]) == ("海南", "上海")
    assert all(2 <= len(city) <= 4 for city in cities)


def test_the_jurisdiction_of_a_post_reaches_the_places(tmp_path: Path) -> None:
    listed = tmp_path / "places.yaml"
    listed.write_text(
        "places:\n - {name: 澜汀市, kind: city}\n - {name: 澜汀城关派出所, within: 澜汀市, aliases: [城关派出所]}\n"
        " - {name: 溯州市, kind: city}\n - {name: 溯州城关派出所, within: 溯州市, aliases: [城关派出所]}\n"
        " - {name: 砚池区, within: 溯州市, unsure: [砚池]}\n",
        encoding="utf-8",
    )
    assert len(load_places(listed).places) == 5
    analyzer = Analyzer.load(PROJECT / "models" / "artifacts", PROJECT / "config" / "lexicon", listed)
    text = "城关派出所的民警态度太差了"
    said = analyzer.analyze([TextIn(text, jurisdiction=name) for name in ("澜汀市", "溯州市", "")])
    assert [result.places for result in said] == [["澜汀城关派出所"], ["溯州城关派出所"], []]  # type: ignore[union-attr]
    [other] = analyzer.analyze([TextIn("他家有方砚池，报警也没用")])
    assert other.places == []  # type: ignore[union-attr]


def test_the_shipped_places_can_be_read_both_ways() -> None:
    path = PROJECT / "config" / "places.yaml"
    strict = load_places(path)
    assert [p.name for p in read(path)] == [p.name for p in strict.places]
    assert "望汐区" in {p.name for p in strict.places}


@pytest.mark.parametrize(
    ("yaml", "problem"),
    [
        ("places:\n - {name: 望汐区, within: 澜汀市}\n", r"places\.yaml:2: within: .*not listed before"),
        ("places:\n - {name: 望汐区}\n - {name: 云溯区, aliases: [望汐区]}\n", r":3: .*belongs to 望汐区 already"),
        ("places:\n - {name: 望汐区}\n - {name: 云溯区, unsure: [望汐区]}\n", r":3: .*belongs to 望汐区 already"),
        ("places:\n - {name: 望汐区}\n - {name: 望汐区}\n", r":3: .*belongs to 望汐区 already"),
        ("places:\n - {name: 望}\n", r":2: "),
        ("places:\n - {name: 望汐区, nick: 望}\n", r":2: .*nick"),
    ],
)
def test_a_wrong_places_file_names_the_line(tmp_path: Path, yaml: str, problem: str) -> None:
    path = tmp_path / "places.yaml"
    path.write_text(yaml, encoding="utf-8")
    with pytest.raises(ConfigError, match=problem):
        load_places(path)


def test_the_analysis_refuses_a_file_of_another_form(tmp_path: Path) -> None:
    path = tmp_path / "places.yaml"
    path.write_text("places: [望汐区]\n", encoding="utf-8")
    with pytest.raises(PlacesError, match=r"places\.yaml"):
        read(path)
    assert read(tmp_path / "none.yaml") == []
    assert read(None) == []

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.loader import ConfigError
from config.places import load_places
from config.settings import PROJECT
from models.features import Batch
from models.places import PlaceFinder, PlaceName, PlacesError, read

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


@given(st.lists(st.text(alphabet="澜汀望汐市区派出所公安局 ", max_size=12), min_size=1, max_size=6))
def test_a_batch_names_the_places_each_text_names(texts: list[str]) -> None:
    assert FINDER.find_all(Batch.of(texts), texts) == [FINDER.find(text) for text in texts]


def test_no_places_find_nothing() -> None:
    assert PlaceFinder([]).find_all(Batch.of(["望汐区"]), ["望汐区"]) == [[]]
    assert PlaceFinder([]).find("望汐区") == []
    assert PlaceFinder([PlaceName("区")]).find("区") == []


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

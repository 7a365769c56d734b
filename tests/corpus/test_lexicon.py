"""The dictionaries and the places that the analysis loads."""

import re
from pathlib import Path

import pytest
import yaml

CONFIG = Path(__file__).resolve().parents[2] / "config"
POLICE = ("station", "agency")
"""Kinds of places whose names stay several words: 望汐派出所 as one word is a word no model ever met."""
DICTIONARIES = ["police.txt", "slang.txt", "places.txt"]
SIGNALS = ["positive.txt", "negative.txt", "degree.txt", "negation.txt"]


def words(name: str) -> list[str]:
    lines = (CONFIG / "lexicon" / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("name", DICTIONARIES)
def test_a_dictionary_line_is_word_frequency_tag(name: str) -> None:
    for line in (CONFIG / "lexicon" / name).read_text("utf-8").splitlines():
        assert re.fullmatch(r"\S+ [1-9]\d* [a-z]+", line), line


def test_no_word_is_in_two_dictionaries() -> None:
    entries = [line.split()[0] for name in DICTIONARIES for line in words(name)]
    assert len(set(entries)) == len(entries)


def test_a_signal_word_has_one_meaning() -> None:
    entries = [word for name in SIGNALS for word in words(f"signals/{name}")]
    assert len(set(entries)) == len(entries)
    assert all(word == word.strip() and " " not in word for word in entries)


def test_places_lie_in_a_place_listed_before_them() -> None:
    seen: set[str] = set()
    for place in yaml.safe_load((CONFIG / "places.yaml").read_text("utf-8"))["places"]:
        assert place["kind"] in ("city", "district", "street", "station", "agency")
        assert (place["kind"] == "city") == ("within" not in place)
        assert place.get("within") is None or place["within"] in seen
        seen.add(place["name"])


def test_every_name_of_a_place_means_one_place_and_is_in_the_dictionary() -> None:
    places = yaml.safe_load((CONFIG / "places.yaml").read_text("utf-8"))["places"]
    names = [name for place in places for name in [place["name"], *place["aliases"]]]
    assert len(set(names)) == len(names)
    apart = {name for place in places if place["kind"] in POLICE for name in [place["name"], *place["aliases"]]}
    assert sorted(set(names) - apart) == sorted(line.split()[0] for line in words("places.txt"))

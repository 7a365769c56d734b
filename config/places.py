"""config/places.yaml: the places the analysis recognises, checked strictly."""

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from config.loader import ConfigError, load

Name = Annotated[str, msgspec.Meta(min_length=2, max_length=40)]
Kind = Literal["province", "city", "district", "street", "village", "station", "agency", "other"]


class Place(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One place or the agency that answers there."""

    name: Name
    """As it is shown."""
    kind: Kind = "other"
    within: str = ""
    """The place it lies in; must be listed before it."""
    aliases: list[Name] = []
    """Other ways people write it. One of several places means the one that the text or the jurisdiction is about."""
    unsure: list[Name] = []
    """Further ways of writing it that mean something else as well: they count only in company, see models/places.py."""


class Places(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    places: list[Place] = []


def too_wide(places: Places) -> frozenset[str]:
    """Names that tell nobody where: whole provinces, cities and districts, and the police of one of them as a whole."""
    wide = {place.name for place in places.places if place.kind in ("province", "city", "district")}
    return frozenset(wide | {f"{name}公安局" for name in wide})


def meant(places: Places, name: str) -> str | None:
    """Which place `name` may stand for; empty when none is like it, None when alerts name one exactly so."""
    shown = {written: place.name for place in places.places for written in (place.name, *place.aliases)}
    if shown.get(name) == name:
        return None
    return next((shown[near] for near in get_close_matches(name, shown, n=1)), "")


def shared(places: Places) -> dict[str, list[str]]:
    """Every way of writing that several places have -> these places."""
    owners: dict[str, list[str]] = {}
    for place in places.places:
        for written in dict.fromkeys((place.name, *place.aliases, *place.unsure)):
            owners.setdefault(written, []).append(place.name)
    return {written: names for written, names in owners.items() if len(names) > 1}


def load_places(path: Path) -> Places:
    """The places at `path`.

    Raises ConfigError naming file, line and key; also for a place given twice, one that is called what another is
    shown as, and an unknown `within`.
    """
    found = load(path, Places)
    shown = [place.name for place in found.places]
    listed: set[str] = set()
    for number, place in enumerate(found.places):
        also = {*place.aliases, *place.unsure} - {place.name}
        if place.within and place.within not in listed:
            _refuse(
                path, place.within, "within", f"{place.name}: lies within {place.within}, which is not listed before it"
            )
        taken = place.name if place.name in shown[:number] else next(iter(sorted(also.intersection(shown))), "")
        if taken:
            _refuse(path, taken, "places", f"{taken}: belongs to {taken} already")
        listed |= {place.name, *also}
    return found


def _refuse(path: Path, name: str, key: str, problem: str) -> None:
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    last = max((i for i, line in enumerate(lines, 1) if name in line), default=0)
    raise ConfigError(path, last, key, problem)

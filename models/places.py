"""Places named in a text, by the list in config/places.yaml; the longest name wins."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.features import Batch

_ALL_OR_WHERE = re.compile(
    r"(?<![出管守])所(?:有(?!个|一|没|位|几|些|两|[民辅交协]?警)|属(?!于)|在(?=[的地区县市街村镇]|单位|社区|小区))"
)
"""The 所 of 所有, 所属 and 所在, with which no short name of a station ends: 望汐所有居民 are those of 望汐."""


@dataclass(frozen=True)
class PlaceName:
    """One place: how it is shown, and every way people write it."""

    name: str
    aliases: Sequence[str] = ()


class PlacesError(Exception):
    """A places file that cannot be used; config/places.py names the line."""


class PlaceFinder:
    """Finds names in texts; cost grows with the text, not with the number of places."""

    def __init__(self, places: Iterable[PlaceName]) -> None:
        self._names: dict[str, str] = {}
        for place in places:
            for written in (place.name, *place.aliases):
                self._names.setdefault(written, place.name)
        self._names = {written: name for written, name in self._names.items() if len(written) > 1}
        self._lengths = sorted({len(written) for written in self._names}, reverse=True)
        firsts = "".join(sorted({re.escape(written[:1]) for written in self._names}))
        self._first = re.compile(f"[{firsts}]") if firsts else None
        self._firsts, self._seconds = (_among({written[i] for written in self._names}) for i in (0, 1))

    def find_all(self, batch: Batch, texts: Sequence[str]) -> list[list[str]]:
        """`find` of every text of the batch; those without the first two letters of a name are passed over."""
        may = self._firsts.take(batch.points[:-1], mode="clip")
        may &= self._seconds.take(batch.points[1:], mode="clip")
        found: list[list[str]] = [[] for _ in texts]
        for row in set(batch.rows(np.flatnonzero(may)).tolist()):
            found[row] = self.find(texts[row])
        return found

    def find(self, text: str) -> list[str]:
        """Distinct places in the order in which they are first named."""
        found: dict[str, None] = {}
        done = 0
        for hit in self._first.finditer(text) if self._first else ():
            start = hit.start()
            if start < done:
                continue
            for length in self._lengths:
                name = self._names.get(text[start : start + length])
                if name is not None and not _ALL_OR_WHERE.match(text, start + length - 1):
                    found[name] = None
                    done = start + length
                    break
        return list(found)


def _among(letters: Collection[str]) -> NDArray[np.bool_]:
    """By code point: is it one of the letters? The last entry stands for everything beyond."""
    numbers = [ord(letter) for letter in letters]
    among = np.zeros(max(numbers, default=0) + 2, dtype=np.bool_)
    among[numbers] = True
    return among


def read(path: Path | None) -> list[PlaceName]:
    """The places of a YAML file; none when there is no file.

    Raises PlacesError for a file of another form; `minyi check` says where it is wrong.
    """
    if path is None or not path.exists():
        return []
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8-sig")) or {}
        return [PlaceName(str(p["name"]), [str(a) for a in p.get("aliases") or ()]) for p in data.get("places") or ()]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, AttributeError) as err:
        raise PlacesError(f"{path}: not a list of places (`minyi check` names the line): {err}") from err

"""The fictional crises that `minyi drill` plays: invented posts about invented places, in the order they are said."""

from dataclasses import dataclass
from functools import cache

from example.texts import lines

SCENARIOS = {
    "station": "派出所执法争议：派出所门口带离卖菜老人",
    "traffic": "交通执法：交警夜查与扣车",
    "rumour": "谣言：一条未经证实的传言被大量转发",
}
"""Name -> what happens."""


@dataclass(frozen=True)
class Said:
    """One post of a scenario."""

    platform: str
    about: int | None
    """Which earlier post it forwards or answers, counted from 0."""
    counts: tuple[int, int, int]
    """Reposts, comments, likes."""
    title: str
    text: str


@cache
def scenario(name: str) -> tuple[Said, ...]:
    """The posts of a scenario, first to last. Raises KeyError for a name that is not in SCENARIOS."""
    if name not in SCENARIOS:
        raise KeyError(name)
    rows = [line.split("\t") for line in lines(f"drill/{name}.tsv")]
    keys = {key: n for n, (key, *_) in enumerate(rows) if key != "-"}
    return tuple(_said(row, keys) for row in rows)


def _said(row: list[str], keys: dict[str, int]) -> Said:
    _, platform, about, counts, title, text = row
    reposts, comments, likes = (int(n) for n in counts.split("/"))
    return Said(platform, keys.get(about), (reposts, comments, likes), title.strip("-"), text)

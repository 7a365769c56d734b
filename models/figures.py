"""The figures of one model, kept beside its cards: what the cards, their plots and the desk's page are drawn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from models.calibration import Bin, error
from models.crossed import Feed
from models.ordinary import Passing

FILE = "figures.json"


@dataclass(frozen=True)
class Answered:
    """How one question of one set was answered."""

    set: str
    question: str
    posts: int
    accuracy: float
    macro_f1: float
    per_class: Mapping[str, Mapping[str, float]]
    """Answer -> p (precision), r (recall), f1, n."""
    wrong: Mapping[str, int]
    """`right > given` -> posts, most frequent first."""


@dataclass(frozen=True)
class Honesty:
    """How honest the stated probability of one question is on one set."""

    set: str
    question: str
    bins: Sequence[Bin]
    crossed: bool = False
    """The set was learnt from, and judged by weights that had not seen its posts."""

    @property
    def error(self) -> float:
        """Expected calibration error, 0..1."""
        return error(self.bins)

    @property
    def posts(self) -> int:
        """Posts of all bins."""
        return sum(b.posts for b in self.bins)


@dataclass(frozen=True)
class Figures:
    """Everything measured of one model."""

    version: str
    answered: Sequence[Answered]
    honesty: Sequence[Honesty]
    ordinary: Sequence[Passing]
    """Kinds of ordinary posts; none where no data folder was at hand."""
    feed: Feed | None = None
    """Titles at the base rate of a feed; None where none was learnt from."""

    def save(self, folder: Path) -> None:
        """Write beside the cards."""
        (folder / FILE).write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n")


def load(folder: Path) -> Figures | None:
    """The figures beside the cards in `folder`; None when there are none or they cannot be read."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Figures)
    except (OSError, msgspec.DecodeError):
        return None

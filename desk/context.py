"""What every page works with: one value made by `create_app`, handed to handlers as a dependency."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Request
from jinja2 import Environment

from config.places import Places
from desk.live import Live
from store.engine import Store

if TYPE_CHECKING:
    from models.analysis import Analyzer


@dataclass(frozen=True)
class Desk:
    """One running desk."""

    store: Store
    home: Path
    """Where the digests are (`home/digests`)."""
    now: Callable[[], datetime]
    analyzer: "Analyzer | None"
    """Explains scores on the post page; without it the page goes without explanation."""
    static: Mapping[str, bytes]
    """Style, scripts and icon by file name, as they were at the start."""
    templates: Environment
    live: Live
    places: Places | None
    """What alerts may name as their place; None where the list cannot be read."""
    secret: bytes
    """Signs the sign-in form; new at every start."""


def desk_of(request: Request) -> Desk:
    """The desk that serves this request."""
    return cast(Desk, request.app.state.desk)


DeskDep = Annotated[Desk, Depends(desk_of)]

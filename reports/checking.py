"""Does every figure of a report still say what its links show? Counts everything again, one by one."""

from collections.abc import Iterator

import msgspec

from reports.evidence import recount
from reports.shapes import Figure, Shape
from store.engine import Connection


def figures_in(shape: object, path: str = "$") -> Iterator[tuple[str, Figure]]:
    """Every figure below `shape`, with its place (`$.volume.relevant.now`)."""
    if isinstance(shape, Figure):
        yield path, shape
    elif isinstance(shape, Shape):
        for field in msgspec.structs.fields(shape):
            yield from figures_in(getattr(shape, field.name), f"{path}.{field.name}")
    elif isinstance(shape, dict):
        for key, value in shape.items():
            yield from figures_in(value, f"{path}.{key}")
    elif isinstance(shape, list):
        for number, value in enumerate(shape):
            yield from figures_in(value, f"{path}[{number}]")


def wrong_figures(conn: Connection, shape: Shape) -> list[str]:
    """`$.place: said 5, its links show 4` for each figure that does not agree; empty when all do.

    Posts that arrived, were withdrawn or moved to another event since the report was made show up here.
    """
    wrong = []
    for path, figure in figures_in(shape):
        shown = recount(conn, figure)
        if shown is not None and shown != figure.value:
            wrong.append(f"{path}: said {figure.value}, its links show {shown}")
    return wrong

"""Tables on the terminal: folded to its width; into a file or a pipe a row is one line, however long."""

from typing import TYPE_CHECKING

from commands import common

if TYPE_CHECKING:
    from rich.table import Table

PIPE_WIDTH = 400


def show(table: "Table") -> None:
    """Print a table on stdout."""
    from rich.console import Console

    console = common.out if common.out.is_terminal else Console(width=PIPE_WIDTH, highlight=False)
    console.print(table)

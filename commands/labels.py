"""`minyi labels`: what the desk corrected, for eyes and as training data."""

from pathlib import Path
from typing import Annotated

import typer

from commands import common


def labels(
    json: Annotated[
        bool, typer.Option("--json", help="One text a line with its corrected fields, as `minyi evaluate` reads it.")
    ] = False,
    home: Annotated[Path | None, typer.Option(help="Data folder instead of MINYI_HOME.")] = None,
) -> None:
    """List what the desk corrected and confirmed, oldest first; texts are masked.

    --json writes what a training learns: without authors and operators, and without confirmations of questions that
    nobody corrected.
    """
    from models import feedback
    from models.privacy import mask
    from store.feedback import corrections

    store = common.open_store(common.settings(home))
    try:
        with store.read() as conn:
            said = corrections(conn)
    finally:
        store.close()
    if json:
        for row in feedback.by_text(feedback.rows(said)):
            common.print_json(feedback.exported(row, mask(row.text), mask(row.title)))
        return
    for c in said:
        line = " ".join(mask(f"{c.title} {c.text}").split())[:60]
        told = f"{c.at:%Y-%m-%d %H:%M}Z  {c.kind}  {c.field}={c.value}  {c.post}  {line}"
        common.out.print(told, markup=False, soft_wrap=True)
    if not said:
        common.err.print("no corrections yet", markup=False)

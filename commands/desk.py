"""`minyi desk`: the web desk alone."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from commands.common import err, known_places, load_analyzer, open_store, settings


def desk(
    home: Annotated[
        Path | None, typer.Option(help="Folder for data, logs and keys (else MINYI_HOME, else ./var).")
    ] = None,
) -> None:
    """Run only the web desk, on MINYI_DESK_HOST:MINYI_DESK_PORT (127.0.0.1:8600 unless set)."""
    from desk.accounts import ensure_operator
    from desk.serve import serve
    from models.analysis import ArtifactsError
    from models.lexicon import LexiconError
    from models.places import PlacesError
    from models.shelf import ShelfError

    where = settings(home)
    store = open_store(where)
    try:
        password = ensure_operator(store, where.home)
        if password:
            err.print(f"operator admin, password {password} (shown once)", markup=False)
        analyzer = None
        try:
            analyzer = load_analyzer(where)
        except (ArtifactsError, LexiconError, PlacesError, ShelfError) as problem:
            # the desk lives without the models; it only cannot explain a score
            err.print(f"no explanations: {problem}", markup=False, soft_wrap=True)
        code = serve(
            store, where.desk_host, where.desk_port, home=where.home, analyzer=analyzer, names=where.desk_names,
            places=known_places(where),
        )  # fmt: skip
    finally:
        store.close()
    sys.stdout.flush()
    if code:
        os._exit(code)

"""The desk put together: every page and action, in one list."""

import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI

from config.places import Places
from desk import (
    alert_detail,
    alert_feedback,
    alerts,
    api_alerts,
    api_health,
    api_incidents,
    api_posts,
    digest_file,
    digest_make,
    digests,
    errors,
    event_detail,
    event_edit,
    health,
    healthz,
    incident_assign,
    incident_clock,
    incident_detail,
    incident_move,
    incident_note,
    incident_statement,
    incident_undo,
    incidents,
    login,
    logout,
    metrics,
    models,
    notice_dismiss,
    password,
    post_confirm,
    post_detail,
    post_feedback,
    post_feedback_undo,
    posts,
    silences,
    static_files,
    stream,
)
from desk.context import Desk
from desk.guard import Guard
from desk.live import Live
from desk.rendering import environment, read_static
from store.changes import version
from store.engine import Store

if TYPE_CHECKING:
    from models.analysis import Analyzer

PUBLIC = (login, static_files, healthz, metrics)  # metrics looks at its caller itself
SIGNED_IN = (
    alerts,
    alert_detail,
    alert_feedback,
    event_edit,
    event_detail,
    silences,
    posts,
    post_detail,
    post_confirm,
    post_feedback,
    post_feedback_undo,
    incidents,
    incident_detail,
    incident_move,
    incident_undo,
    incident_assign,
    incident_note,
    incident_statement,
    incident_clock,
    health,
    models,
    notice_dismiss,
    digests,
    digest_make,
    digest_file,
    password,
    logout,
    stream,
    api_alerts,
    api_posts,
    api_incidents,
    api_health,
)


def create_app(
    store: Store,
    *,
    home: Path,
    analyzer: "Analyzer | None" = None,
    host: str = "127.0.0.1",
    names: Iterable[str] = (),
    places: Places | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    watch_every_s: float = 1.0,
) -> FastAPI:
    """The desk over `store`.

    home: where the digests are. host: the address it listens on; on loopback only loopback names are answered.
    names: further host names people use (a reverse proxy's). places: those alerts may name. now: the clock, aware, UTC.
    """

    def current() -> int:
        with store.read() as conn:
            return version(conn)

    static = read_static()
    desk = Desk(
        store=store,
        home=home,
        now=now,
        analyzer=analyzer,
        static=static,
        templates=environment(static),
        places=places,
        live=Live(current, now, every_s=watch_every_s),
        secret=secrets.token_bytes(32),
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        desk.live.close()

    app = FastAPI(title="minyi", openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.desk = desk
    app.add_middleware(Guard, host=host, names=names)
    errors.install(app)
    for page in (*PUBLIC, *SIGNED_IN):
        app.include_router(page.router)
    return app

"""The desk on a port: uvicorn with our socket, our words when the port is taken, and an end that does not hang."""

import contextlib
import signal
import socket
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI

from config.places import Places
from desk.app import create_app
from store.engine import Store

if TYPE_CHECKING:
    from models.analysis import Analyzer

GRACE_S = 3  # for requests under way when the desk is stopped
WRONG_USE = 2


class PortTaken(Exception):
    """The address cannot be listened on; `str()` is one line that says why and what to do."""


class DeskServer(uvicorn.Server):
    """A server that ends the live streams first: they would otherwise keep it open until the grace is over."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM, and then return to the caller, who closes the store, instead of dying."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {sig: signal.signal(sig, self.handle_exit) for sig in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, end the streams, finish what is under way."""
        app = self.config.app
        if isinstance(app, FastAPI):
            app.state.desk.live.close()
        await super().shutdown(sockets)


def serve(
    store: Store,
    host: str,
    port: int,
    *,
    home: Path,
    analyzer: "Analyzer | None" = None,
    names: Iterable[str] = (),
    places: Places | None = None,
) -> int:
    """Serve the desk until SIGINT or SIGTERM. Returns the exit code: 0, or 2 when the address cannot be used.

    names: further host names people use, e.g. a reverse proxy's. places: those alerts may name. A wrong address is
    said on stderr in one line.
    """
    try:
        listener = listen(host, port)
    except PortTaken as err:
        print(err, file=sys.stderr)
        return WRONG_USE
    with contextlib.closing(listener):
        app = create_app(store, home=home, analyzer=analyzer, host=host, names=names, places=places)
        make_server(app).run(sockets=[listener])
    return 0


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, so whoever connects before the server runs waits for it; port 0 takes any free one.

    Raises PortTaken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError as err:
        listener.close()
        why = err.strerror or str(err)
        todo = "stop the other program or set MINYI_DESK_PORT"
        raise PortTaken(f"desk: cannot listen on {host}:{port} ({why}): {todo}") from err
    return listener


def make_server(app: FastAPI) -> DeskServer:
    """The server of `app`, for a socket from `listen`; says nothing but warnings and errors."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=GRACE_S,
        h11_max_incomplete_event_size=32 * 1024,
    )
    return DeskServer(config)

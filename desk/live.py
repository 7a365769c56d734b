"""Live pages: one watcher of the store's change counter wakes every open browser (server-sent events)."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Callable
from datetime import datetime

from store.errors import StoreUnavailable

log = logging.getLogger(__name__)

QUIET_S = 15.0  # a comment line this often keeps proxies from closing a silent stream and carries the server's clock


class Live:
    """Watches `version` while at least one browser listens; costs nothing otherwise.

    version: reads the change counter (blocking, called in a thread); may raise StoreUnavailable.
    now: the server's clock, sent along so that countdowns do not depend on the browser's.
    """

    def __init__(self, version: Callable[[], int], now: Callable[[], datetime], *, every_s: float = 1.0) -> None:
        self._read = version
        self._now = now
        self._every_s = every_s
        self._listeners: set[asyncio.Queue[str]] = set()
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self.version: int | None = None

    @property
    def listeners(self) -> int:
        """How many browsers listen now."""
        return len(self._listeners)

    async def stream(self, still_welcome: Callable[[], bool]) -> AsyncIterator[str]:
        """The event stream of one browser: `version` now and at every change, `store` trouble, the clock.

        Ends when `still_welcome` (blocking; asked every QUIET_S) says no, or the desk closes.
        """
        queue: asyncio.Queue[str] = asyncio.Queue(maxsize=100)
        self._listeners.add(queue)
        try:
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._watch())
            yield "retry: 2000\n\n"
            if self.version is not None:
                yield self._event("version", self.version)
            while not self._closed:
                try:
                    item = await asyncio.wait_for(queue.get(), QUIET_S)
                except TimeoutError:
                    if not await asyncio.to_thread(still_welcome):
                        yield self._event("signed-out", self.version)
                        return
                    item = self._event("clock", self.version)
                if item:
                    yield item
        finally:
            self._listeners.discard(queue)

    def close(self) -> None:
        """End every stream: the server is stopping."""
        self._closed = True
        self._tell("")
        if self._task is not None:
            self._task.cancel()

    async def _watch(self) -> None:
        trouble = False
        while self._listeners and not self._closed:
            try:
                version = await asyncio.to_thread(self._read)
            except StoreUnavailable:
                if not trouble:
                    log.warning("the store cannot be read; live pages wait")
                    self._tell(self._event("trouble", self.version))
                trouble = True
            else:
                if trouble or version != self.version:
                    self.version = version
                    self._tell(self._event("version", version))
                trouble = False
            await asyncio.sleep(self._every_s)

    def _tell(self, item: str) -> None:
        for queue in self._listeners:
            with contextlib.suppress(asyncio.QueueFull):  # a browser that does not read misses nothing but hints
                queue.put_nowait(item)

    def _event(self, name: str, version: int | None) -> str:
        data = json.dumps({"version": version, "now": int(self._now().timestamp() * 1000)})
        return f"event: {name}\ndata: {data}\n\n"

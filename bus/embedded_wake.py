"""Hints between processes: "there is something for you", as a datagram nobody depends on.

Linux only (abstract socket names: no files to clean up, no path limit). Elsewhere, or when a hint is lost,
readers look into the log every FLOOR_S seconds anyway.
"""

import contextlib
import select
import socket
import sys
import time
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

FLOOR_S = 0.05  # 40 us a look: 0.1 % of a core


class Wake:
    """The ear of one member."""

    def __init__(self, path: Path, member: str) -> None:
        self._socket: socket.socket | None = None
        if sys.platform == "linux":
            with contextlib.suppress(OSError):
                self._socket = _datagrams()
                self._socket.bind(_name(path, member))

    def wait(self, seconds: float) -> None:
        """Return at a hint, or after `seconds`, FLOOR_S at most."""
        seconds = min(seconds, FLOOR_S)
        if self._socket is None:
            time.sleep(seconds)
        elif select.select([self._socket], [], [], seconds)[0]:
            with contextlib.suppress(OSError):
                while self._socket.recv(16):  # drain: many hints, one look
                    pass

    def close(self) -> None:
        """Stop listening."""
        if self._socket is not None:
            self._socket.close()


def wake_members(path: Path, members: Iterable[str]) -> None:
    """Send each member a hint; those gone or with a full ear are skipped."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError), _datagrams() as out:
        for member in members:
            with contextlib.suppress(OSError):
                out.sendto(b"1", _name(path, member))


def _datagrams() -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    made.setblocking(False)
    return made


def _name(path: Path, member: str) -> bytes:
    where = blake2b(str(path.resolve()).encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
    return f"\0minyi-{where}-{member}".encode()

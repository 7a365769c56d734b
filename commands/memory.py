"""The memory of detection: hundreds of MB of small things that stay for days and are met at random.

All settings are for that process alone. None changes what is said, only the time and the memory it takes
(docs/decisions/0024).
"""

import ctypes
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

GARBAGE = (50_000, 20, 1000)
"""Objects between two searches for cycles, of which detection makes none: all that it remembers is never walked."""
HUGE_PAGE = 2 << 20
COLLAPSE = 25  # MADV_COLLAPSE, Linux 6.1
LARGE = 512 << 10  # bytes
THRESHOLD = -3  # M_MMAP_THRESHOLD of glibc's mallopt

Advise = Callable[[int, int, int], int]
"""madvise(2): address, bytes, advice; 0 when it was done."""


def join_pages(maps: Path = Path("/proc/self/maps"), advise: Advise | None = None) -> int:
    """Ask the kernel to join this process's pages to huge ones, where 2 MB lie together; how many bytes it joined.

    A look-up of something long untouched is then found by one step instead of several. 0 where the kernel cannot do
    so. Costs some milliseconds for every 2 MB that are new, hardly anything for those joined before.
    """
    advise = advise or _madvise()
    if advise is None:
        return 0
    try:
        lines = maps.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return 0
    joined = 0
    for line in lines:
        place, rights, *more = line.split(maxsplit=5)
        if not rights.startswith("rw-p") or more[3:] not in ([], ["[heap]"]):
            continue
        low, high = (int(end, 16) for end in place.split("-"))
        first, last = -(-low // HUGE_PAGE), high // HUGE_PAGE
        if first < last and advise(first * HUGE_PAGE, (last - first) * HUGE_PAGE, COLLAPSE) == 0:
            joined += (last - first) * HUGE_PAGE
    return joined


def keep_large_apart() -> bool:
    """Have blocks of LARGE bytes or more in pages of their own, which go back when they are freed; was it done?

    Left alone, glibc takes larger and larger ones from the heap after the first was freed, and tables that grow and
    move leave holes there that nothing else fills: 25 MB in a month of a million posts.
    """
    tune = _of_libc("mallopt", ctypes.c_int, ctypes.c_int)
    return tune is not None and tune(THRESHOLD, LARGE) == 1


@lru_cache(maxsize=1)
def _madvise() -> Advise | None:
    return _of_libc("madvise", ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


def _of_libc(name: str, *takes: type[Any]) -> Callable[..., int] | None:
    """A function of the C library that answers with an int; None where there is none of that name."""
    if sys.platform != "linux":
        return None
    try:
        found = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError):
        return None
    found.argtypes, found.restype = takes, ctypes.c_int
    function: Callable[..., int] = found
    return function

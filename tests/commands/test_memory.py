"""Huge pages are asked for where memory is the process's own and large enough; what is large does not fill the heap."""

import mmap
import subprocess
import sys
from pathlib import Path

import pytest

from commands.memory import COLLAPSE, HUGE_PAGE, join_pages
from config.settings import PROJECT

MAPS = """\
55d000000000-55d000400000 r-xp 00000000 fe:00 7        /usr/bin/python3
55d000a00000-55d000e00000 rw-p 00000000 00:00 0        [heap]
7f0000100000-7f0000900000 rw-p 00000000 00:00 0
7f0001000000-7f0001400000 rw-p 00000000 fe:00 9        /some/file with a blank
7f0002000000-7f0002100000 rw-p 00000000 00:00 0
7f0003000000-7f0003400000 rw-s 00000000 00:00 0
7ffe00000000-7ffe00400000 rw-p 00000000 00:00 0        [stack]
"""


@pytest.fixture
def maps(tmp_path: Path) -> Path:
    path = tmp_path / "maps"
    path.write_text(MAPS, encoding="utf-8")
    return path


def test_whole_huge_pages_of_the_processs_own_memory_are_joined(maps: Path) -> None:
    asked: list[tuple[int, int, int]] = []
    joined = join_pages(maps, lambda *what: asked.append(what) or 0)
    assert asked == [
        (0x55D000A00000, 2 * HUGE_PAGE, COLLAPSE),
        (0x7F0000200000, 3 * HUGE_PAGE, COLLAPSE),
    ]
    assert joined == 5 * HUGE_PAGE


def test_what_the_kernel_refuses_is_not_counted(maps: Path) -> None:
    assert join_pages(maps, lambda *_: -1) == 0


def test_without_a_list_of_its_memory_nothing_is_asked(tmp_path: Path) -> None:
    assert join_pages(tmp_path / "none", lambda *_: pytest.fail("asked")) == 0


def huge_kb() -> int:
    rows = Path("/proc/self/smaps_rollup").read_text(encoding="utf-8").splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("AnonHugePages:"))


def test_the_real_kernel_joins_them_and_leaves_every_byte_as_it_was() -> None:
    with mmap.mmap(-1, 8 * HUGE_PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        text = bytes(range(256)) * (len(memory) // 256)
        memory[:] = text
        before = huge_kb()
        if not join_pages():
            pytest.skip("this kernel cannot join pages (Linux 6.1 can)")
        assert memory[:] == text
        assert huge_kb() - before >= 7 * HUGE_PAGE // 1024


APART = """
import ctypes, sys
from commands.memory import keep_large_apart

class Blocks(ctypes.Structure):  # glibc's struct mallinfo2
    _fields_ = [(name, ctypes.c_size_t) for name in "arena ordblks smblks hblks hblkhd usm fsm uord ford keep".split()]

apart = sys.argv[1] == "1" and keep_large_apart()
look = ctypes.CDLL(None).mallinfo2
look.restype = Blocks
before = look().hblkhd
for _ in range(3):
    block = bytearray(8 << 20)  # the second and third come from the heap, where glibc is left alone
    inside = look().hblkhd - before
    del block
print(int(apart), int(inside >= 8 << 20), look().hblkhd - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc only")
@pytest.mark.parametrize(("asked", "said"), [("1", "1 1 0"), ("0", "0 0 0")])
def test_large_blocks_go_back_when_they_are_freed(asked: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", APART, asked], cwd=PROJECT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == said.split()

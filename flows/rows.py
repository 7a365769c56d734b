"""Rows of a JSONL or CSV file or pipe, gzipped or not, each with its line number; a bad row never ends the file."""

import codecs
import csv
import gzip
import io
import json
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Literal

Format = Literal["auto", "jsonl", "csv"]
MAX_LINE = 8_000_000  # bytes; a longer line is rejected without being kept
_SAMPLE = 1_000_000
_BLOCK = 1 << 16
STDIN = Path("-")


class RowProblem(Exception):
    """A row (or a file) that cannot be used; `str()` is the reason, for a person."""


class _Whole(io.RawIOBase):
    """A stream whose first bytes were read before, from its beginning; `done` counts what was taken."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head, self._rest = io.BytesIO(head), rest
        self.done = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        block = self._head.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(block)] = block
        self.done += len(block)
        return len(block)

    def close(self) -> None:
        self._rest.close()
        super().close()


class RowFile:
    """One file of rows, or a pipe of them. `encoding` and `kind` say how it is read; `position` moves up to `size`."""

    def __init__(self, path: Path, kind: Format = "auto") -> None:
        """Look at the file's beginning. Raises OSError or RowProblem for one that cannot be read at all.

        path: `-` is standard input. What is no regular file can be read only once, so its beginning is kept.
        """
        self.path = path
        self.name = "<stdin>" if path == STDIN else str(path)
        file = sys.stdin.buffer if path == STDIN else path.open("rb")
        head = file.read(_SAMPLE)
        self._whole = _Whole(head, file)
        self._once = path == STDIN or not path.is_file()
        self.size = None if self._once else path.stat().st_size
        """Bytes of the file as it lies on disk; None for a pipe."""
        if not self._once:
            file.close()
        self._zipped = head.startswith(b"\x1f\x8b")
        sample = _unzipped(head) if self._zipped else head
        self.encoding = self._find_encoding(sample, cut=max(len(head), len(sample)) >= _SAMPLE)
        self.kind: Literal["jsonl", "csv"] = kind if kind != "auto" else self._find_kind(sample)

    @property
    def position(self) -> int:
        """Bytes of the file (as it lies on disk) read so far."""
        return self._whole.done

    def rows(self) -> Iterator[tuple[int, dict[str, Any] | RowProblem]]:
        """(line number from 1, the row or why it is none), in file order. Blank lines are no rows."""
        if not self._once:
            self._whole = _Whole(b"", self.path.open("rb"))
        with io.BufferedReader(self._whole, _BLOCK) as raw:
            stream: IO[bytes] = gzip.GzipFile(fileobj=raw) if self._zipped else raw  # type: ignore[assignment]
            yield from self._csv(stream) if self.kind == "csv" else self._jsonl(stream)

    def _lines(self, stream: IO[bytes]) -> Iterator[tuple[int, bytes | RowProblem]]:
        number = 0
        while True:
            try:
                line = stream.readline(MAX_LINE + 1)
                if not line:
                    return
                number += 1
                if len(line) > MAX_LINE:
                    while line and not line.endswith(b"\n"):
                        line = stream.readline(MAX_LINE)
                    yield number, RowProblem(f"longer than {MAX_LINE} bytes")
                    continue
            except (EOFError, OSError, zlib.error) as err:
                yield number + 1, RowProblem(f"the compressed file is damaged from here on ({type(err).__name__})")
                return
            yield number, line.removeprefix(codecs.BOM_UTF8) if number == 1 else line

    def _jsonl(self, stream: IO[bytes]) -> Iterator[tuple[int, dict[str, Any] | RowProblem]]:
        for number, line in self._lines(stream):
            if isinstance(line, RowProblem):
                yield number, line
            elif line.strip():
                yield number, self._object(line)

    def _object(self, line: bytes) -> dict[str, Any] | RowProblem:
        try:
            value = json.loads(line.decode(self.encoding))
        except UnicodeDecodeError as err:
            return RowProblem(f"not {self.encoding} (byte {err.start + 1} of the line)")
        except json.JSONDecodeError as err:
            return RowProblem(f"not JSON: {err.msg} (column {err.colno})")
        except (RecursionError, ValueError):
            return RowProblem("not JSON: nested too deeply or a number too long")
        return value if isinstance(value, dict) else RowProblem("not a JSON object")

    def _csv(self, stream: IO[bytes]) -> Iterator[tuple[int, dict[str, Any] | RowProblem]]:
        csv.field_size_limit(MAX_LINE)
        problems: list[tuple[int, RowProblem]] = []

        def texts() -> Iterator[str]:
            for number, line in self._lines(stream):
                if isinstance(line, RowProblem):
                    problems.append((number, line))
                    yield "\n"
                    continue
                try:
                    yield line.decode(self.encoding)
                except UnicodeDecodeError as err:
                    problems.append((number, RowProblem(f"not {self.encoding} (byte {err.start + 1} of the line)")))
                    yield "\n"

        reader = csv.reader(texts())
        header: list[str] | None = None
        while True:
            start = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as err:
                problems.append((start, RowProblem(f"not CSV: {err}")))
                cells = []
            yield from problems
            problems.clear()
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                if "text" not in header:
                    raise RowProblem(f"{self.name}:{start}: the header names no column `text`")
                continue
            yield start, _row(header, cells)
        yield from problems

    def _find_encoding(self, sample: bytes, *, cut: bool) -> str:
        """UTF-8 unless most lines with non-ASCII bytes are something else, and all of the sample is GB18030."""
        if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise RowProblem(f"{self.name}: UTF-16; save it as UTF-8")
        lines = [line for line in sample.split(b"\n")[: -1 if cut else None] if not line.isascii()]
        broken = sum(not _decodes(line, "utf-8") for line in lines)
        if broken * 2 > len(lines) and _decodes(b"\n".join(lines), "gb18030"):
            return "gb18030"
        return "utf-8"

    def _find_kind(self, sample: bytes) -> Literal["jsonl", "csv"]:
        names = self.path.name.lower().removesuffix(".gz")
        if names.endswith((".jsonl", ".ndjson", ".json")):
            return "jsonl"
        if names.endswith(".csv"):
            return "csv"
        return "jsonl" if sample.lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith(b"{") else "csv"


def _unzipped(head: bytes) -> bytes:
    """What the first bytes of a gzipped file hold, at most a sample; what a damaged one still gives."""
    stream, found = gzip.GzipFile(fileobj=io.BytesIO(head)), bytearray()
    with suppress(EOFError, OSError, zlib.error):
        while len(found) < _SAMPLE and (block := stream.read1(_BLOCK)):
            found += block
    return bytes(found[:_SAMPLE])


def _row(header: list[str], cells: list[str]) -> dict[str, Any] | RowProblem:
    if len(cells) > len(header):
        return RowProblem(f"{len(cells)} cells, but the header has {len(header)}")
    return {name: cell for name, cell in zip(header, cells, strict=False) if name}


def _decodes(value: bytes, encoding: str) -> bool:
    try:
        value.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True

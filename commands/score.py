"""`minyi score`: JSONL in, the same lines with the analysis out; no bus, no store."""

import errno
import gc
import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from commands import common

if TYPE_CHECKING:
    from models.analysis import Analyzer

FIELDS = (
    "tokens",
    "sentiment",
    "sentiment_score",
    "attitude",
    "relevance",
    "relevant",
    "category",
    "intent",
    "places",
    "keywords",
    "fingerprint",
    "model_version",
)
MAX_BATCH = 512
READ_BYTES = 1 << 20
GARBAGE = 100_000  # objects between two searches for cycles, of which scoring makes none: some 10,000 posts


def score(
    file: Annotated[str, typer.Argument(help="JSONL file with `text` (and optional `title`), or - for stdin.")] = "-",
    fields: Annotated[str | None, typer.Option("--fields", help="Only these analysis fields, comma-separated.")] = None,
    json: Annotated[bool, typer.Option("--json", help="JSON is what comes out anyway; accepted for symmetry.")] = False,
) -> None:
    """Score posts; lines come out in the order they came in, own fields kept, analysis fields added.

    A text that cannot be judged gets `"unfit": REASON` and null scores. A line that cannot be read is reported on
    stderr as FILE:LINE: REASON and left out; the exit code is then 1.
    """
    wanted = _wanted(fields)
    if file != "-":
        _readable(file)
    for library in ("OMP", "OPENBLAS", "MKL"):  # the products are small: threads would cost more than they save
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    analyzer = common.load_analyzer(common.settings())
    gc.freeze()  # the dictionaries stay for good: no use in walking through them for every few posts
    gc.set_threshold(GARBAGE)
    name = "<stdin>" if file == "-" else file
    try:
        if file == "-":
            bad = stream(sys.stdin.buffer, sys.stdout.buffer, name, analyzer, wanted)
        else:
            with Path(file).open("rb") as source:
                bad = stream(source, sys.stdout.buffer, name, analyzer, wanted)
    except BrokenPipeError:  # the reader has seen enough, as in `minyi score FILE | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    if bad:
        common.fail(f"{name}: {bad} lines could not be read, all others are scored")


def stream(source: BinaryIO, sink: BinaryIO, name: str, analyzer: "Analyzer", wanted: Sequence[str]) -> int:
    """Score `source` into `sink`, a batch as soon as lines are there; returns how many lines were bad."""
    import msgspec

    bad = 0
    decode = msgspec.json.Decoder().decode
    for batch in _batches(source):
        good: list[dict[str, Any]] = []
        for number, line in batch:
            value = _parse(line, decode)
            if isinstance(value, str):
                bad += 1
                common.err.print(f"{name}:{number}: {value}", markup=False, emoji=False, soft_wrap=True)
            else:
                good.append(value)
        sink.write(_encode(analysed(good, analyzer, wanted)))
        sink.flush()
    return bad


def analysed(objects: Sequence[dict[str, Any]], analyzer: "Analyzer", wanted: Sequence[str]) -> list[dict[str, Any]]:
    """Each object with the wanted analysis fields added; an unfit text gets nulls and `unfit`."""
    from msgspec.structs import asdict

    from models.analysis import TextIn, Unfit

    results = analyzer.analyze([TextIn(o["text"], o.get("title") or "", _jurisdiction(o)) for o in objects])
    out = []
    for given, result in zip(objects, results, strict=True):
        if "unfit" in given:  # said by an earlier run
            given = {name: value for name, value in given.items() if name != "unfit"}
        if isinstance(result, Unfit):
            version = {"model_version": analyzer.version} if "model_version" in wanted else {}
            out.append({**given, **dict.fromkeys(wanted), "unfit": result.reason, **version})
        elif wanted == FIELDS:
            out.append({**given, **asdict(result)})
        else:
            out.append({**given, **{field: getattr(result, field) for field in wanted}})
    return out


def _jurisdiction(given: dict[str, Any]) -> str:
    """What the line says of it, where that is a name; a line may hold anything under this key."""
    named = given.get("jurisdiction")
    return named if isinstance(named, str) else ""


def _readable(file: str) -> None:
    """Say what is wrong with a file before the models are loaded; a pipe is as good as a file."""
    try:
        if Path(file).is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not os.access(file, os.R_OK):
            Path(file).open("rb").close()
    except OSError as problem:
        common.fail(f"{file}: {problem.strerror}", 2)


def _wanted(fields: str | None) -> tuple[str, ...]:
    if fields is None:
        return FIELDS
    named = tuple(f.strip() for f in fields.split(",") if f.strip())
    for field in named:
        if field not in FIELDS:
            common.fail(f"--fields: {field}: not one of {', '.join(FIELDS)}", 2)
    return named


def _batches(source: BinaryIO) -> Iterator[list[tuple[int, bytes]]]:
    """Numbered lines, at most MAX_BATCH together, never waiting for more than has arrived; blank lines left out."""
    number, rest = 0, b""
    read = getattr(source, "read1", source.read)
    while True:
        block = read(READ_BYTES)
        lines = (rest + block).split(b"\n") if b"\n" in block or not block else []
        if block and not lines:
            rest += block
            continue
        rest = lines.pop() if block else b""
        numbered = [(number + i, line) for i, line in enumerate(lines, 1) if line.strip()]
        number += len(lines)
        for i in range(0, len(numbered), MAX_BATCH):
            yield numbered[i : i + MAX_BATCH]
        if not block:
            return


def _parse(line: bytes, decode: Callable[[bytes], Any]) -> dict[str, Any] | str:
    """The object of a line, or what is wrong with it."""
    try:
        value = decode(line)
    except (ValueError, RecursionError):
        try:
            value = _read_slowly(line)
        except UnicodeDecodeError as err:
            return f"not UTF-8 (byte {err.start + 1})"
        except RecursionError:
            return "not JSON: nested too deep"
        except json.JSONDecodeError as err:
            return f"not JSON: {err.msg} at column {err.colno}"
        except ValueError as err:
            return f"not JSON: {err}"
    if not isinstance(value, dict):
        return "not a JSON object"
    if not isinstance(value.get("text"), str):
        return "text: expected a string" if "text" in value else "text: missing"
    title = value.get("title")
    if title is not None and not isinstance(title, str):
        return "title: expected a string"
    return value


def _read_slowly(line: bytes) -> Any:
    """Reads lone surrogates, a byte order mark and numbers of any size too, and says where an error is."""
    text = line.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    return json.loads(text, parse_constant=_refuse, parse_float=_finite)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _finite(number: str) -> float:
    value = float(number)
    if math.isinf(value):
        raise ValueError(f"{number} is too large a number")
    return value


def _encode(values: Sequence[dict[str, Any]]) -> bytes:
    """One line of JSON for each value."""
    import msgspec

    try:
        return msgspec.json.Encoder().encode_lines(values)
    except (UnicodeEncodeError, OverflowError):
        if len(values) > 1:
            return b"".join(_encode([value]) for value in values)
        return json.dumps(values[0]).encode() + b"\n"

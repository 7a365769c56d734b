"""Parsing of foreign bytes in a child process that can be stopped: a bomb costs its own source a few seconds.

`python -m flows.parsing` is the child: requests on stdin, answers on stdout, each a 4-byte length and MessagePack.
It may use MEMORY_BYTES; a job that takes longer than its limit, or kills the child, is that source's problem only.
A job is the name of a pure function `(body, content_type, url, now, zone, **extra)`, see JOBS. What it returns must be
what msgspec can carry, and be named in its annotation: that is how the answer is decoded here.
"""

import asyncio
import contextlib
import functools
import importlib
import os
import sys
import typing
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, BinaryIO

import msgspec

from bus.dead_letters import place
from config.settings import PROJECT
from flows.found import Unreadable

JOBS = {
    "feed": "flows.sources.feed:parse_feed",
    "article": "flows.sources.article:parse_article",
}
"""Name -> "module:function"; any other "module:function" below flows.sources is a job too."""
SECONDS = {"feed": 30.0}  # a 10 MB feed of 5,000 entries takes about 12 s on one busy core
JOB_SECONDS = 15.0
MEMORY_BYTES = 2_000_000_000
MAX_FRAME = 200_000_000


class Request(msgspec.Struct, kw_only=True):
    """One document to read."""

    job: str
    body: bytes
    content_type: str
    url: str
    zone: str
    now: datetime
    extra: dict[str, str] = {}


class Answer(msgspec.Struct, kw_only=True):
    """What was read, or why not (a slug, and for a bug of ours its place)."""

    value: msgspec.Raw = msgspec.Raw(b"\xc0")
    problem: str = ""
    at: str = ""


class ParseProblem(Exception):
    """A document that cannot be read. `reason` is a slug: the parser's own, parse-timeout, parser-died, parser-bug."""

    def __init__(self, reason: str, at: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at


class Parser:
    """The child process, started at the first document and again after it had to be stopped. Use as a context.

    seconds: limits that differ from SECONDS and JOB_SECONDS, by job.
    """

    def __init__(self, *, seconds: Mapping[str, float] | None = None) -> None:
        self._seconds = {**SECONDS, **(seconds or {})}
        self._child: Process | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> "Parser":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def parse(
        self, job: str, body: bytes, content_type: str, url: str, *, now: datetime, zone: str, **extra: str
    ) -> Any:
        """What the job's function returns. Raises ParseProblem."""
        kind = typing.get_type_hints(resolved(job)).get("return", Any)
        request = Request(job=job, body=body, content_type=content_type, url=url, zone=zone, now=now, extra=extra)
        answer = await self._ask(request)
        if answer.problem:
            raise ParseProblem(answer.problem, answer.at)
        return msgspec.msgpack.decode(answer.value, type=kind)

    async def _ask(self, request: Request) -> Answer:
        async with self._turn:
            try:
                child = await self._running()
                async with asyncio.timeout(self._seconds.get(request.job, JOB_SECONDS)):
                    return await _exchange(child, request)
            except TimeoutError:
                await self._stop()
                raise ParseProblem("parse-timeout") from None
            except (OSError, EOFError, asyncio.IncompleteReadError, msgspec.DecodeError):
                await self._stop()
                raise ParseProblem("parser-died") from None
            except BaseException:  # cancelled in the middle of an exchange: the pipe is out of step
                await self._stop()
                raise

    async def _running(self) -> Process:
        if self._child is None or self._child.returncode is not None:
            path = os.pathsep.join(filter(None, (str(PROJECT), os.environ.get("PYTHONPATH", ""))))
            self._child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "flows.parsing", stdin=PIPE, stdout=PIPE, stderr=DEVNULL,
                env={**os.environ, "PYTHONPATH": path}, limit=MAX_FRAME,
            )  # fmt: skip
        return self._child

    async def _stop(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        if child.stdin is not None:
            child.stdin.close()
        await child.wait()


async def _exchange(child: Process, request: Request) -> Answer:
    assert child.stdin is not None
    assert child.stdout is not None
    value = msgspec.msgpack.encode(request)
    child.stdin.write(len(value).to_bytes(4, "big") + value)
    await child.stdin.drain()
    size = int.from_bytes(await child.stdout.readexactly(4), "big")
    return msgspec.msgpack.decode(await child.stdout.readexactly(size), type=Answer)


@functools.cache
def resolved(job: str) -> Callable[..., Any]:
    """The function of a job. Raises LookupError for an unknown one."""
    module, _, name = JOBS.get(job, job).partition(":")
    if not name or not module.startswith("flows.sources."):
        raise LookupError(f"no parser is called {job}")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


def work(request: Request) -> Answer:
    """Read one document: what the child does."""
    try:
        value = resolved(request.job)(
            request.body, request.content_type, request.url, request.now, request.zone, **request.extra
        )
        return Answer(value=msgspec.Raw(msgspec.msgpack.encode(value)))
    except Unreadable as problem:
        return Answer(problem=problem.reason)
    except (RecursionError, MemoryError):
        return Answer(problem="too-complex")
    except Exception as err:  # one document's oddity; its place is for the log, its words are not
        return Answer(problem="parser-bug", at=f"{type(err).__name__} {place(err)}")


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the other side closes."""
    while len(head := requests.read(4)) == 4:
        request = msgspec.msgpack.decode(requests.read(int.from_bytes(head, "big")), type=Request)
        value = msgspec.msgpack.encode(work(request))
        answers.write(len(value).to_bytes(4, "big") + value)
        answers.flush()


def main() -> None:
    """The child: bounded memory, no terminal, ends with its parent."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a stray print of a library must not land in the answers
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()

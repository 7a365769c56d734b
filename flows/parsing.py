"""Parsing of foreign bytes in child processes that can be stopped: a bomb costs its own source half a minute.

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
import time
import typing
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
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
PROMPT_SECONDS = 3.0  # of processor time; ordinary documents take under 0.3 s, a fresh child about one more
STARVED = 3  # times as long by the clock, where the machine has too much to do
CHILDREN = 2
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


class _Child:
    """One child process, started at its first document and again after it had to be stopped."""

    def __init__(self) -> None:
        self.process: Process | None = None

    async def ask(self, request: Request, seconds: float, busy_s: float = float("inf")) -> Answer:
        """Its answer, within `seconds` and before it cost `busy_s` of processor time.

        Raises TimeoutError, and ParseProblem("parser-died"); the process is gone then.
        """
        try:
            process = await self._running()
            async with asyncio.timeout(seconds):
                answer = asyncio.ensure_future(_exchange(process, request))
                try:
                    await _watched(answer, process.pid, busy_s)
                    return answer.result()
                finally:
                    answer.cancel()
        except (EOFError, asyncio.IncompleteReadError, msgspec.DecodeError):
            await self.stop()
            raise ParseProblem("parser-died") from None
        except TimeoutError:
            await self.stop()
            raise
        except OSError:
            await self.stop()
            raise ParseProblem("parser-died") from None
        except BaseException:  # cancelled in the middle of an exchange: the pipe is out of step
            await self.stop()
            raise

    async def _running(self) -> Process:
        if self.process is None or self.process.returncode is not None:
            path = os.pathsep.join(filter(None, (str(PROJECT), os.environ.get("PYTHONPATH", ""))))
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "flows.parsing", stdin=PIPE, stdout=PIPE, stderr=DEVNULL,
                env={**os.environ, "PYTHONPATH": path}, limit=MAX_FRAME,
            )  # fmt: skip
        return self.process

    async def stop(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


class Parser:
    """The child processes: CHILDREN for everybody, and one for documents that took them too long. Use as a context.

    A document that costs more than PROMPT_SECONDS of processor time is taken from its child, and read again, with all
    the time it may take, where only others like it wait: a bomb holds nobody else up for longer. Children start when
    they are needed.
    seconds: limits that differ from SECONDS and JOB_SECONDS, by job.
    """

    def __init__(self, *, seconds: Mapping[str, float] | None = None, prompt_s: float = PROMPT_SECONDS) -> None:
        self._seconds = {**SECONDS, **(seconds or {})}
        self._prompt_s = prompt_s
        self._free = [_Child() for _ in range(CHILDREN)]
        self._all = [*self._free]
        self._turn = asyncio.Semaphore(CHILDREN)
        self._slow, self._slow_turn = _Child(), asyncio.Lock()

    async def __aenter__(self) -> "Parser":
        return self

    async def __aexit__(self, *_: object) -> None:
        for child in (*self._all, self._slow):
            await child.stop()

    @property
    def children(self) -> list[int]:
        """Process ids of the children at work now."""
        return [c.process.pid for c in (*self._all, self._slow) if c.process is not None]

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
        limit = self._seconds.get(request.job, JOB_SECONDS)
        try:
            async with self._turn:
                child = self._free.pop()  # the one used last: a second one starts only when both are needed
                try:
                    return await child.ask(request, min(limit, self._prompt_s * STARVED), self._prompt_s)
                finally:
                    self._free.append(child)
        except TimeoutError:
            if limit <= self._prompt_s:  # it has had all its time
                raise ParseProblem("parse-timeout") from None
        try:
            async with self._slow_turn:
                return await self._slow.ask(request, limit)
        except TimeoutError:
            raise ParseProblem("parse-timeout") from None


async def _watched(answer: "asyncio.Future[Answer]", pid: int, busy_s: float) -> None:
    """Wait for the answer. Raises TimeoutError when the process worked on it for longer than `busy_s`."""
    began, left = _busy(pid), busy_s
    while not (await asyncio.wait([answer], timeout=min(left, 3600)))[0]:
        left = busy_s - (_busy(pid) - began)
        if left <= 0.01:
            raise TimeoutError


def _busy(pid: int) -> float:
    """Seconds of processor time a process has used; the clock where the system does not tell."""
    try:
        user, system = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[11:13]
    except OSError:
        return time.monotonic()
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


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

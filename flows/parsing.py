"""Parsing of foreign bytes in a child process that can be stopped: a bomb costs its own source a few seconds.

`python -m flows.parsing` is the child: requests on stdin, answers on stdout, each a 4-byte length and MessagePack.
It may use MEMORY_BYTES; a job that takes longer than its limit, or kills the child, is that source's problem only.
"""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from datetime import datetime
from typing import BinaryIO, Literal

import msgspec

from bus.messages import Platform
from config.settings import PROJECT
from flows.sources.article import Article
from flows.sources.feed import Context, Feed, NotAFeed

FEED_SECONDS = 30.0  # a 10 MB feed of 5,000 entries takes about 12 s on one busy core
PAGE_SECONDS = 15.0
MEMORY_BYTES = 2_000_000_000
MAX_FRAME = 200_000_000


class Request(msgspec.Struct, kw_only=True):
    """One document to read."""

    job: Literal["feed", "page"]
    body: bytes
    content_type: str
    url: str
    platform: Platform
    zone: str
    now: datetime


class Answer(msgspec.Struct, kw_only=True):
    """What was read, or why not (a slug)."""

    feed: Feed | None = None
    article: Article | None = None
    problem: str = ""


class ParseProblem(Exception):
    """A document that cannot be read. `reason` is a slug: one of NotAFeed, or parse-timeout, parser-died."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Parser:
    """The child process, started at the first document and again after it had to be stopped. Use as a context."""

    def __init__(self, *, feed_seconds: float = FEED_SECONDS, page_seconds: float = PAGE_SECONDS) -> None:
        self._seconds = {"feed": feed_seconds, "page": page_seconds}
        self._child: Process | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> "Parser":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def feed(self, body: bytes, content_type: str, context: Context) -> Feed:
        """The entries of a feed. Raises ParseProblem."""
        answer = await self._ask("feed", body, content_type, context)
        if answer.feed is None:
            raise ParseProblem(answer.problem)
        return answer.feed

    async def page(self, body: bytes, content_type: str, context: Context) -> Article | None:
        """The article of a page, None when there is none or it cannot be read in time."""
        try:
            return (await self._ask("page", body, content_type, context)).article
        except ParseProblem:
            return None

    async def _ask(self, job: Literal["feed", "page"], body: bytes, content_type: str, context: Context) -> Answer:
        request = Request(
            job=job, body=body, content_type=content_type, url=context.url, platform=context.platform,
            zone=context.zone, now=context.now,
        )  # fmt: skip
        async with self._turn:
            try:
                child = await self._running()
                async with asyncio.timeout(self._seconds[job]):
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


def work(request: Request) -> Answer:
    """Read one document: what the child does."""
    from flows.sources import article, feed

    context = Context(url=request.url, platform=request.platform, zone=request.zone, now=request.now)
    try:
        if request.job == "page":
            page = article.read(request.body, request.content_type, url=request.url, zone=request.zone, now=request.now)
            return Answer(article=page)
        return Answer(feed=feed.parse(request.body, request.content_type, context))
    except NotAFeed as problem:
        return Answer(problem=problem.reason)
    except (RecursionError, MemoryError):
        return Answer(problem="too-complex")


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

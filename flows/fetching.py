"""One polite, bounded HTTP request: conditional, size and time limited, with an honest reason when it fails.

A problem is either `blocked` (the site does not want us now: 401, 403, 418, 429, 432, a captcha, robots.txt)
or `broken` (nobody there, time-out, error page, too large). Reasons are slugs, listed in docs/collection.md.
"""

import asyncio
import ipaddress
import logging
import random
import re
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Literal
from urllib.parse import urljoin, urlsplit

import httpx

from config.sources import Manners
from flows.hosts import Hosts

BLOCKED_STATUS = frozenset({401, 403, 407, 418, 429, 432, 451})
AGAIN_STATUS = frozenset({500, 502, 503, 504})
PUBLIC_ONLY = "minyi.public_only"
MAX_HOPS = 6
REFUSAL_BYTES, REFUSAL_SECONDS = 65_536, 3.0  # of a refusal's own words
LONGEST_WAIT = timedelta(hours=6)  # a longer Retry-After is taken as this

Permit = Callable[[str], Awaitable[float]]

for noisy in ("httpx", "httpcore"):  # they log whole addresses and headers, tokens and cookies included
    logging.getLogger(noisy).setLevel(logging.WARNING)


class FetchProblem(Exception):
    """A request that gave nothing usable: `state` is blocked or broken, `reason` a slug, `wait` the site's wish."""

    def __init__(
        self,
        state: Literal["blocked", "broken"],
        reason: str,
        wait: timedelta | None = None,
        *,
        fresh: bool = True,
        at: str = "",
        body: bytes = b"",
    ) -> None:
        super().__init__(reason)
        self.body = body  # of a refusal: its words tell an API's reason; foreign, never for the log
        self.fresh = fresh  # said by the site just now, not remembered
        self.at = at  # of a bug of ours: error and place, for the log
        self.state: Literal["blocked", "broken"] = state
        self.reason = reason
        self.wait = wait


@dataclass(frozen=True)
class Fetched:
    """An answer. `body` is decompressed; empty when `unchanged` (304)."""

    url: str
    status: int
    body: bytes
    content_type: str
    etag: str = ""
    last_modified: str = ""
    date: datetime | None = None
    """The site's own clock when it answered; what "5 分钟前" on the page is meant against."""

    @property
    def unchanged(self) -> bool:
        """The site said: nothing new since the last time."""
        return self.status == 304


@dataclass
class Fetcher:
    """Requests of one round, within the manners: overall and per-host concurrency, pauses, limits, retries."""

    client: httpx.AsyncClient
    manners: Manners
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    folder: Path | None = None
    """Where what hosts asked for is kept for other processes and later rounds."""
    hosts: Hosts = field(init=False)
    _gate: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._gate = asyncio.Semaphore(self.manners.connections)
        self.hosts = Hosts(self.manners.host_connections, self.folder)

    async def get(
        self,
        url: str,
        *,
        limit: int,
        headers: Mapping[str, str] | None = None,
        secret: Mapping[str, str] | None = None,
        permit: Permit | None = None,
        spend: Callable[[], None] | None = None,
        retries: int | None = None,
    ) -> Fetched:
        """The answer to GET `url` (200 or 304), after redirects.

        limit: bytes of body after decompression. secret: headers that go to the site of `url` only, by its scheme.
        permit: asked before each hop: the site's own crawl delay, or a FetchProblem. spend: called before each
        request; may raise FetchProblem (budget). Lost connections and 5xx are tried again with back-off; a time-out
        is not: it was long enough, and the next round is the next try. A Retry-After is waited for when it is short,
        else it is the problem's `wait`. Raises FetchProblem.
        """
        first = _site_of(url)
        for _ in range(MAX_HOPS):
            sent = {**(headers or {}), **((secret or {}) if _site_of(url) == first else {})}
            delay = await permit(url) if permit is not None else 0.0
            answer = await self._patiently(url, limit, sent, delay, spend, retries)
            if isinstance(answer, Fetched):
                return answer
            if not is_private(url) and is_private(answer):
                raise FetchProblem("broken", "bad-address")
            url = answer
        raise FetchProblem("broken", "too-many-redirects")

    async def _patiently(
        self, url: str, limit: int, headers: Mapping[str, str], delay: float, spend: Callable[[], None] | None,
        retries: int | None,
    ) -> "Fetched | str":  # fmt: skip
        """One address, again and again where that makes sense: the answer, or the address it leads to."""
        left = self.manners.retries if retries is None else retries
        patience = self.manners.patience_seconds
        attempt = 0
        while True:
            try:
                async with self._turn(url, delay, patience) as waited:
                    patience -= waited
                    if spend is not None:
                        spend()
                    answer = await self._once(url, limit, headers)
                self.hosts.answered(host_of(url))
                return answer
            except FetchProblem as problem:
                if problem.wait is None or problem.state != "blocked" or not problem.fresh:
                    raise
                self.hosts.close(host_of(url), problem.wait.total_seconds(), problem.reason)
                if problem.wait.total_seconds() > patience:
                    raise
                continue  # the turn waits until the host is open again
            except (httpx.TransportError, TimeoutError, _ServerError) as err:
                lost = FetchProblem("broken", _slug_of(err))
            except (httpx.InvalidURL, httpx.DecodingError, ValueError) as err:
                raise FetchProblem("broken", _slug_of(err)) from err
            if attempt >= left or lost.reason in ("timeout", "bad-address"):
                raise lost
            await self.sleep((2**attempt) * (0.5 + random.random()))  # 0.5-1.5 s, 1-3 s, ...
            attempt += 1

    @asynccontextmanager
    async def _turn(self, url: str, delay: float, patience: float) -> AsyncIterator[float]:
        """Wait for the host's turn and a free connection; gives the seconds waited for a closed host.

        Raises FetchProblem when the host is closed for longer than `patience`.
        """
        name = host_of(url)
        usual = self.manners.host_delay_seconds
        pause = max(delay, (0.0 if is_loopback(url) else 1.0) if usual is None else usual)
        waited = 0.0
        async with self.hosts.connection(name):
            while True:
                wait, closed = self.hosts.reserve(name, pause)
                if closed:
                    if wait > patience - waited:
                        raise FetchProblem("blocked", closed, timedelta(seconds=wait), fresh=False)
                    waited += wait
                    wait += 0.05 + 0.2 * random.random()
                if wait > 0:
                    await self.sleep(wait)
                if not closed and not self.hosts.closed(name):
                    break
            async with self._gate:
                try:
                    yield waited
                finally:
                    self.hosts.touched(name)

    async def _once(self, url: str, limit: int, headers: Mapping[str, str]) -> "Fetched | str":
        extensions = {PUBLIC_ONLY: not is_private(url)}
        async with (
            asyncio.timeout(self.manners.total_seconds),
            self.client.stream(
                "GET", url, headers=dict(headers), extensions=extensions, follow_redirects=False
            ) as answer,
        ):
            if answer.is_redirect and "location" in answer.headers:
                return urljoin(str(answer.url), answer.headers["location"].strip())
            if answer.status_code in AGAIN_STATUS and "retry-after" not in answer.headers:
                raise _ServerError(answer.status_code)
            if answer.status_code not in (200, 203, 304):
                raise await _refusal(answer, min(REFUSAL_SECONDS, self.manners.total_seconds / 2))
            body = b"" if answer.status_code == 304 else await _body(answer, limit)
            return Fetched(
                url=str(answer.url),
                status=answer.status_code,
                body=body,
                content_type=answer.headers.get("content-type", ""),
                etag=answer.headers.get("etag", ""),
                last_modified=answer.headers.get("last-modified", ""),
                date=_date(answer.headers.get("date", "")),
            )


class _ServerError(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(f"http-{status}")


def make_client(manners: Manners) -> httpx.AsyncClient:
    """A client that names itself, follows redirects and never sends loopback requests through a proxy."""
    contact = manners.contact.encode("ascii", "ignore").decode().strip()
    return httpx.AsyncClient(
        headers={
            "user-agent": f"minyi/0.1 (public-opinion feed reader{f'; +{contact}' if contact else ''})",
            "accept": "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/html;q=0.8, */*;q=0.5",
            "accept-encoding": "gzip, deflate",
            "accept-language": "zh-CN,zh;q=0.9,en;q=0.3",
        },
        timeout=httpx.Timeout(
            manners.read_seconds, connect=manners.connect_seconds, pool=None, write=manners.read_seconds
        ),
        limits=httpx.Limits(max_connections=manners.connections * 2, max_keepalive_connections=manners.connections),
        follow_redirects=True,
        max_redirects=5,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # none kept: no site follows us about
        event_hooks={"request": [_refuse_private]},
        mounts={"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None},
    )


def host_of(url: str) -> str:
    """host:port of an address, lower case; empty for what is none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def _site_of(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise FetchProblem("broken", "bad-address") from None
    return parts.scheme, parts.netloc


def is_loopback(url: str) -> bool:
    """Whether the address is this machine."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return host in ("localhost", "::1") or host.startswith("127.")


def is_private(url: str) -> bool:
    """Whether an address names this machine or the local network: no public site may send us there."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return True
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


async def _refuse_private(request: httpx.Request) -> None:
    """Called for every hop: a redirect from a public address into the local network is not followed."""
    if request.extensions.get(PUBLIC_ONLY) and is_private(str(request.url)):
        raise httpx.UnsupportedProtocol("a public address leads into the local network", request=request)


def retry_after(value: str, now: datetime) -> timedelta | None:
    """The wait a Retry-After header asks for (seconds or a date), at most LONGEST_WAIT; None when unreadable."""
    try:
        seconds = float(value) if re.fullmatch(r"\d{1,9}", value.strip()) else None
        wait = timedelta(seconds=seconds) if seconds is not None else parsedate_to_datetime(value) - now
    except (ValueError, TypeError):
        return None
    return min(max(wait, timedelta()), LONGEST_WAIT)


async def _refusal(answer: httpx.Response, patience_s: float) -> FetchProblem:
    status = answer.status_code
    wait = retry_after(answer.headers["retry-after"], datetime.now(UTC)) if "retry-after" in answer.headers else None
    state: Literal["blocked", "broken"] = "broken"
    if status in BLOCKED_STATUS or (status == 503 and wait is not None):
        state = "blocked"
    return FetchProblem(state, f"http-{status}", wait, body=await _words(answer, patience_s))


async def _words(answer: httpx.Response, patience_s: float) -> bytes:
    """The body of a refusal that is no web page; nothing when it cannot be had soon."""
    if "html" in answer.headers.get("content-type", "").lower():
        return b""
    try:
        async with asyncio.timeout(patience_s):
            return await _body(answer, REFUSAL_BYTES)
    except (FetchProblem, httpx.TransportError, TimeoutError):
        return b""


async def _body(answer: httpx.Response, limit: int) -> bytes:
    """The body, decompressed piece by piece so that a small bomb cannot fill the memory. Raises FetchProblem."""
    coding = answer.headers.get("content-encoding", "").lower().strip()
    if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise FetchProblem("broken", "unknown-content-encoding")
    if coding in ("", "identity") and int(answer.headers.get("content-length") or 0) > limit:
        raise FetchProblem("broken", "too-large")
    unzip = zlib.decompressobj(47) if "gzip" in coding else None
    parts: list[bytes] = []
    size = 0
    async for raw in answer.aiter_raw():
        if coding == "deflate" and unzip is None:  # RFC says zlib; many servers send it bare
            unzip = zlib.decompressobj(15 if raw[:1] == b"\x78" else -15)
        try:
            piece = raw if unzip is None else unzip.decompress(raw, limit - size + 1)
        except zlib.error as err:
            raise FetchProblem("broken", "bad-compression") from err
        size += len(piece)
        if size > limit:
            raise FetchProblem("broken", "too-large")
        parts.append(piece)
    return b"".join(parts)


def _date(value: str) -> datetime | None:
    try:
        stated = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return stated if stated.tzinfo is not None else stated.replace(tzinfo=UTC)


def _slug_of(err: Exception) -> str:
    match err:
        case _ServerError():
            return str(err)
        case httpx.ConnectTimeout() | httpx.ReadTimeout() | httpx.WriteTimeout() | httpx.PoolTimeout() | TimeoutError():
            return "timeout"
        case httpx.ConnectError():
            return "no-connection"
        case httpx.TooManyRedirects():
            return "too-many-redirects"
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return "bad-address"
        case httpx.RemoteProtocolError() | httpx.ReadError() | httpx.WriteError():
            return "connection-lost"
        case _:
            return "http-error"

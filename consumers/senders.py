"""The ways out: terminal and web hook. A sender either delivered, or raises SendFailed."""

import os
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import urlsplit

import httpx

from config.audiences import Audiences, Channel
from consumers.drills import with_console
from consumers.notices import Notice

COLOUR = {"blue": "blue", "yellow": "yellow", "orange": "dark_orange", "red": "bold red"}
Say = Callable[[str, str], None]
"""(text, colour) -> printed."""


class SendFailed(Exception):
    """It did not arrive, or nobody knows. `str()` is for the delivery log; it never holds the address."""


class Sender(Protocol):
    """One channel."""

    def send(self, notice: Notice) -> None:
        """Deliver; raises SendFailed."""


class TerminalSender:
    """Prints the message as one block."""

    def __init__(self, say: Say) -> None:
        self._say = say

    def send(self, notice: Notice) -> None:
        """Print it; raises SendFailed when the terminal is gone or cannot show it (an encoding without Chinese)."""
        try:
            self._say(notice.text, COLOUR.get(notice.level, "default") if notice.kind != "all_clear" else "green")
        except (OSError, ValueError) as err:
            raise SendFailed(f"terminal: {getattr(err, 'strerror', None) or type(err).__name__}") from err


class WebhookSender:
    """Posts the message as one JSON object; any answer but 2xx is a failure."""

    def __init__(self, url: str, *, timeout_seconds: float = 5.0) -> None:
        self._url = url
        self._client = httpx.Client(timeout=timeout_seconds)

    def __repr__(self) -> str:
        return "WebhookSender()"

    def send(self, notice: Notice) -> None:
        """POST it. The same message always carries the same Idempotency-Key, so that a receiver can tell a repeat."""
        headers = {"Idempotency-Key": f"{notice.kind}:{notice.subject}"}
        try:
            with self._client.stream("POST", self._url, json=notice.as_json(), headers=headers) as answer:
                status = answer.status_code  # its words are not read: they may never end
        except (httpx.HTTPError, httpx.InvalidURL) as err:
            raise SendFailed(f"{type(err).__name__}") from err
        if not 200 <= status < 300:
            raise SendFailed(f"HTTP {status}")


class ChannelError(ValueError):
    """A channel cannot be set up; `str()` says what to set."""


def senders(
    audiences: Audiences, *, say: Say, environ: Mapping[str, str] | None = None
) -> dict[tuple[str, str], Sender]:
    """(audience, channel label) -> sender. Raises ChannelError when a web hook's variable is not set or no address."""
    env = os.environ if environ is None else environ
    return {
        (audience.name, channel.label): _sender(audience.name, channel, say, env)
        for audience in with_console(audiences).audiences
        for channel in audience.channels
    }


def _sender(audience: str, channel: Channel, say: Say, env: Mapping[str, str]) -> Sender:
    if channel.kind == "terminal":
        return TerminalSender(say)
    url = env.get(channel.url_env, "").strip()
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        problem = "is not set" if not url else "is not an http(s) address"
        raise ChannelError(f"audiences.yaml: {audience}: {channel.label}: {channel.url_env} {problem}")
    return WebhookSender(url, timeout_seconds=channel.timeout_seconds)

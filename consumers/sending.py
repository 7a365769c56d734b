"""One message out: sent, settled in the delivery log, counted. A sender that fails is tried again later.

A sender that fails after a long wait is left alone for a while: what comes meanwhile waits, so that a hook that hangs
costs the others one time-out, not one a message.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from bus import metrics
from config.audiences import Audience, Channel
from consumers.notices import Notice
from consumers.senders import Sender, SendFailed
from store.deliveries import Claim, postpone, settle
from store.engine import Store
from store.errors import StoreUnavailable

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 1800.0
SLOW_S, REST_S = 1.0, 60.0  # a failure after so long is one that hangs; it is left alone for so long at most
SETTLE_PAUSES_S = (0.1, 0.5, 2.0)
Target = tuple[Audience, Channel]


class Sending:
    """The senders and the log of what they did."""

    def __init__(
        self,
        store: Store,
        senders: Mapping[tuple[str, str], Sender],
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store, self._senders, self._now, self._sleep = store, senders, now, sleep
        self._resting: dict[tuple[str, str], tuple[datetime, str]] = {}
        """Channels that hang -> until when, and how the last try failed."""

    def send(self, target: Target, claims: Sequence[Claim], notice: Notice) -> None:
        """Send one message and settle all it tells of. Raises StoreUnavailable when the log cannot be written."""
        audience, channel = target
        name = audience.name, channel.label
        until, why = self._resting.get(name, (None, ""))
        if until is not None and until > self._now():
            with self._store.write() as conn:
                for claim in claims:
                    postpone(conn, claim, why=why, until=until)
            return
        attempt = max(claim.attempt for claim in claims)
        began = time.monotonic()
        try:
            self._senders[name].send(notice)
        except SendFailed as err:
            last = attempt >= channel.attempts
            pause = timedelta(seconds=min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 3 ** (attempt - 1)))
            if time.monotonic() - began >= SLOW_S:
                self._resting[name] = self._now() + min(pause, timedelta(seconds=REST_S)), str(err)
            self._settle(claims, ok=False, error=str(err), retry_at=None if last else self._now() + pause)
            outcome = "failed" if last else "retried"
        else:
            self._settle(claims, ok=True)
            outcome = "delivered"
        metrics.DELIVERIES.labels(channel.kind, outcome).inc()
        log.info(
            "delivery", extra={"channel": channel.kind, "kind": notice.kind, "outcome": outcome, "attempt": attempt}
        )

    def give_up(self, claim: Claim, *, why: str) -> None:
        """Settle what is moot by now. Raises StoreUnavailable."""
        self._settle([claim], ok=False, error=why)

    def _settle(self, claims: Sequence[Claim], *, ok: bool, error: str = "", retry_at: datetime | None = None) -> None:
        """Write the outcome; worth some patience, for an unsettled claim is sent again when its lease ends."""
        for pause in (*SETTLE_PAUSES_S, None):
            try:
                with self._store.write() as conn:
                    for claim in claims:
                        settle(conn, claim, ok=ok, error=error, now=self._now(), retry_at=retry_at)
                return
            except StoreUnavailable:
                if pause is None:
                    raise
                self._sleep(pause)

"""One message out: sent, settled in the delivery log, counted. A sender that fails is tried again later."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from bus import metrics
from config.audiences import Audience, Channel
from consumers.notices import Notice
from consumers.senders import Sender, SendFailed
from store.deliveries import Claim, settle
from store.engine import Store
from store.errors import StoreUnavailable

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 1800.0
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

    def send(self, target: Target, claims: Sequence[Claim], notice: Notice) -> None:
        """Send one message and settle all it tells of. Raises StoreUnavailable when the log cannot be written."""
        audience, channel = target
        attempt = max(claim.attempt for claim in claims)
        try:
            self._senders[audience.name, channel.label].send(notice)
        except SendFailed as err:
            last = attempt >= channel.attempts
            pause = timedelta(seconds=min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 3 ** (attempt - 1)))
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

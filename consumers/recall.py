"""How far back detection reads its log when it starts: as far as what still lives goes."""

import logging
from datetime import datetime, timedelta

from bus.groups import Pair
from bus.state import Settled
from consumers.detect import Detector
from models.rises import LOOK_BACK_HOURS
from models.seasons import KEPT_HOURS

log = logging.getLogger(__name__)

USUAL = timedelta(hours=KEPT_HOURS + LOOK_BACK_HOURS)
"""What a slow rise knows of the past, and what tells whether the silences in it were outages; nearly all events are
over long before that."""


def recall(detector: Detector, partition: Pair, settled: Settled, now: datetime) -> None:
    """Bring back the state of a partition as if the detector had never stopped.

    When an event still lives that may go back further than USUAL, everything the log holds is taken in.
    """
    since = now - USUAL
    detector.rebuild(partition, settled.since(since))
    if detector.may_be_cut(partition, since) and settled.reach_before(since):
        log.info("an event goes further back: reading the whole log", extra={"partition": partition[1]})
        detector.rebuild(partition, settled)

"""Weekly retraining, on Prefect: Sundays at 02:00 Beijing time. A candidate is made and proposed, nothing is installed.

Without a new desk label since the newest candidate nothing is trained. A failed or killed training leaves the model in
use, the other flows and the shelf of candidates as they were; the operator is told.
"""

import logging
import os
from datetime import UTC, datetime

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from config.settings import from_environment
from flows.proposing import SECONDS, TrainingBusy, data_folder, job, propose

log = logging.getLogger(__name__)


@task(name="propose-model", cache_policy=NO_CACHE, timeout_seconds=SECONDS + 60)
def propose_model() -> dict[str, str | int]:
    """Train a candidate in a child process and compare it. Returns how that ended; see flows.proposing.Outcome."""
    where = from_environment()
    what = job(where, data_folder(os.environ), always=False)
    try:
        outcome = propose(where, what, datetime.now(UTC), say=lambda step: log.info("training: %s", step))
    except TrainingBusy:
        return {"state": "busy"}
    return dict(vars(outcome))


@flow(name="retrain", timeout_seconds=SECONDS + 120)
def retrain() -> dict[str, str | int]:
    """One proposal at most. Returns its state: proposed, few, unchanged, same or busy."""
    return propose_model()

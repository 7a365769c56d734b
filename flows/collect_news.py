"""The scheduled collection of feeds and news, on Prefect. The work itself is in flows/collecting.

Runs at the smallest `every` of sources.yaml; each source is visited when its own `every` has passed. One broken
source costs the others nothing. Returns the numbers of the round.
"""

import asyncio

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from config.settings import from_environment
from config.sources import load_sources
from flows.collecting import RoundResult
from flows.due import collect_named, due_now, summary
from flows.wiring import only_one

BATCH = 100  # sources a task: each task costs the server some 50 ms
BATCH_SECONDS = 900
AGAIN_S = [5.0, 30.0]
ROUND_SECONDS = 1800


@task(
    name="collect-batch", retries=2, retry_delay_seconds=AGAIN_S, cache_policy=NO_CACHE, timeout_seconds=BATCH_SECONDS
)
async def collect_batch(names: list[str]) -> list[RoundResult]:
    """Fetch, publish and settle some sources; tried again when the bus or the store was away."""
    return await collect_named(from_environment(), names)


@flow(name="collect-news", timeout_seconds=ROUND_SECONDS, retries=0)
async def collect_news() -> dict[str, int]:
    """One round over the sources that are due. Ends at once while another round is at work here."""
    log = get_run_logger()
    where = from_environment()
    with only_one(where.home, "collect") as alone:
        if not alone:
            log.info("another round is still at work")
            return summary([])
        names = [e.name for e in due_now(where, load_sources(where.config / "sources.yaml"))]
        batches = [names[i : i + BATCH] for i in range(0, len(names), BATCH)]
        results = [r for part in await asyncio.gather(*(collect_batch(b) for b in batches)) for r in part]
    for r in results:
        if r.state in ("blocked", "broken"):
            log.warning("source %s is %s: %s", r.source, r.state, r.reason)
    log.info("collected %s", summary(results))
    return summary(results)

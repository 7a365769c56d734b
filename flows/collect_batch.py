"""What the collection flows share: the one task that meets the network, and a round of one group of sources.

Rounds and hosts are kept apart by file locks (flows/wiring, flows/hosts), which die with their process; slots on a
server would stay taken when a worker is killed.
"""

import asyncio

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from config.settings import from_environment
from config.sources import load_sources
from flows.collecting import RoundResult
from flows.due import collect_named, due_now, of_group, summary
from flows.wiring import only_one

BATCH = 100  # sources a task: each task costs the server some 50 ms
BATCH_SECONDS = 1500  # two visits one after the other, and what the bus and the store need
AGAIN_S = [5.0, 30.0]
ROUND_SECONDS = 3600


@task(
    name="collect-batch", retries=2, retry_delay_seconds=AGAIN_S, cache_policy=NO_CACHE, timeout_seconds=BATCH_SECONDS
)
async def collect_batch(names: list[str]) -> list[RoundResult]:
    """Fetch, publish and settle some sources; tried again when the bus or the store was away."""
    return await collect_named(from_environment(), names)


async def round_of(group: str) -> dict[str, int]:
    """One round over the sources of a group that are due. Ends at once while another one is at work here."""
    log = get_run_logger()
    where = from_environment()
    with only_one(where.home, f"collect-{group}") as alone:
        if not alone:
            log.info("another round is still at work")
            return summary([])
        names = [e.name for e in of_group(due_now(where, load_sources(where.config / "sources.yaml")), group)]
        batches = [names[i : i + BATCH] for i in range(0, len(names), BATCH)]
        results = [r for part in await asyncio.gather(*(collect_batch(b) for b in batches)) for r in part]
    for r in results:
        if r.state in ("blocked", "broken"):
            log.warning("source %s is %s: %s", r.source, r.state, r.reason)
    log.info("collected %s", summary(results))
    return summary(results)

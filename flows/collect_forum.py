"""The scheduled collection of forums, on Prefect. The work itself is in flows/collecting."""

from prefect import flow

from flows.collect_batch import ROUND_SECONDS, round_of


@flow(name="collect-forum", timeout_seconds=ROUND_SECONDS, retries=0)
async def collect_forum() -> dict[str, int]:
    """Runs at the smallest `every` of its sources; each source is visited when its own `every` has passed.

    One broken source costs the others nothing. Returns the numbers of the round.
    """
    return await round_of("forum")

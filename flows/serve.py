"""`python -m flows.serve`: all flows on their schedules, against the local Prefect server.

The first round of collection does not wait for Prefect: it runs as a plain function while the server starts. The same
thread collects when the schedule falls behind, whatever the reason.
"""

import asyncio
import logging
import os
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

from config.loader import ConfigError
from config.settings import Settings, from_environment
from config.sources import Sources, load_sources
from flows.collecting import due
from flows.due import collect_due, of_group, summary
from flows.wiring import opened_store
from store.errors import StoreUnavailable

log = logging.getLogger("flows.serve")

SERVER_SECONDS = 180.0
SHORTEST, LONGEST = timedelta(seconds=30), timedelta(minutes=10)
GRACE = timedelta(seconds=30)  # a run of the schedule needs some seconds to start
ZONE = "Asia/Shanghai"
PROCESSES = 6  # a round of each group, one digest, one retention, one retraining at a time
NAME = "minyi"
SWEPT = 200  # runs of each kind looked at; more cannot have been left by one process


def interval(loaded: Sources, group: str = "") -> timedelta:
    """How often a round (of this group) starts: the smallest `every` of its enabled sources, within bounds."""
    entries = of_group(loaded.enabled(), group) if group else loaded.enabled()
    every = min((e.interval for e in entries), default=LONGEST)
    return min(max(every, SHORTEST), LONGEST)


def collect_plainly(where: Settings) -> None:
    """Collect what is due, now, without Prefect. A failure here is only logged: there is a next try."""
    try:
        results = asyncio.run(collect_due(where))
    except Exception as err:  # whatever it is, the flows must still be served
        log.error("round without the schedule failed: %s", type(err).__name__)
        return
    log.info("round without the schedule: %s", summary(results))


def overdue(where: Settings, every: timedelta, now: datetime) -> bool:
    """Whether a source has been waiting for longer than the schedule can explain."""
    loaded = load_sources(where.config / "sources.yaml")
    with opened_store(where) as store:
        return bool(due(loaded.enabled(), store, now - every - GRACE))


def watch(where: Settings, every: timedelta, stop: threading.Event) -> None:
    """The first round at once, then a look now and then: collection goes on even when the schedule does not."""
    collect_plainly(where)
    while not stop.wait(every.total_seconds()):
        try:
            late = overdue(where, every, datetime.now(UTC))
        except (ConfigError, StoreUnavailable) as err:
            log.warning("cannot tell whether the schedule is late: %s", type(err).__name__)
            continue
        if late:
            log.warning("the schedule is late: collecting without it")
            collect_plainly(where)


def wait_for_server(api: str, seconds: float = SERVER_SECONDS) -> bool:
    """Whether the server at `api` answers within `seconds`."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with opener.open(f"{api}/health", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    return False


async def serve(where: Settings, loaded: Sources) -> None:
    """Register the flows with their schedules and run them until the process is stopped."""
    from prefect.deployments.runner import RunnerDeployment
    from prefect.runner import Runner
    from prefect.schedules import Cron, Interval, Schedule
    from prefect.types.entrypoint import EntrypointType

    from flows.collect_forum import collect_forum
    from flows.collect_news import collect_news
    from flows.collect_weibo import collect_weibo
    from flows.digest import missed, weekly_digest
    from flows.retain import retain
    from flows.retrain import retrain

    await sweep()

    async def add(flow: object, schedule: Schedule) -> str:
        deployment: RunnerDeployment = await flow.ato_deployment(  # type: ignore[attr-defined]
            NAME, schedule=schedule, entrypoint_type=EntrypointType.MODULE_PATH
        )
        return str(await runner.aadd_deployment(deployment))

    runner = Runner(name=NAME, limit=PROCESSES, pause_on_shutdown=False)
    for group, flow in (("news", collect_news), ("forum", collect_forum), ("weibo", collect_weibo)):
        await add(flow, Interval(interval(loaded, group)))
    digest = await add(weekly_digest, Cron("0 8 * * 1", timezone=ZONE))
    await add(retain, Cron("30 3 * * *", timezone=ZONE))
    await add(retrain, Cron("0 2 * * 0", timezone=ZONE))
    if missed(where, datetime.now(UTC)):
        from prefect.client.orchestration import get_client

        async with get_client() as client:
            await client.create_flow_run_from_deployment(digest)  # type: ignore[arg-type]
    log.info("serving: collection every %s s", int(interval(loaded).total_seconds()))
    await runner.start()


async def sweep() -> None:
    """Close what an earlier, killed process left open: running runs have crashed, missed runs are not made up for."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName, FlowRunFilter
    from prefect.client.schemas.objects import StateType
    from prefect.client.schemas.sorting import FlowRunSort
    from prefect.states import Cancelled, Crashed

    open_states = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
    async with get_client() as client:
        ours = DeploymentFilter(name=DeploymentFilterName(any_=[NAME]))
        left = await client.read_flow_runs(
            flow_run_filter=FlowRunFilter.model_validate({"state": {"type": {"any_": open_states}}}),
            deployment_filter=ours,
            sort=FlowRunSort.EXPECTED_START_TIME_DESC,
            limit=SWEPT,
        )
        late = await client.read_flow_runs(
            flow_run_filter=FlowRunFilter.model_validate(
                {
                    "state": {"type": {"any_": [StateType.SCHEDULED]}},
                    "expected_start_time": {"before_": datetime.now(UTC)},
                }
            ),
            deployment_filter=ours,
            sort=FlowRunSort.EXPECTED_START_TIME_DESC,
            limit=SWEPT,
        )
        for run in left:
            await client.set_flow_run_state(run.id, Crashed(message="its process is gone"), force=True)
        for run in late:
            await client.set_flow_run_state(run.id, Cancelled(message="missed while nothing ran"), force=True)
    if left or late:
        log.info("swept: %s crashed, %s missed", len(left), len(late))


def main() -> None:
    """Serve until stopped. Exit code 2 for wrong configuration, 1 when there is no Prefect server."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    where = from_environment()
    api = os.environ.get("PREFECT_API_URL", "")
    try:
        loaded = load_sources(where.config / "sources.yaml")
    except ConfigError as err:
        print(err, file=sys.stderr)
        raise SystemExit(2) from None
    if not api:
        print("PREFECT_API_URL is not set; `minyi run` starts a local server and sets it", file=sys.stderr)
        raise SystemExit(2)
    every = interval(loaded)
    threading.Thread(target=watch, args=(where, every, threading.Event()), daemon=True).start()
    if not wait_for_server(api):
        print(f"no Prefect server answers at {api} within {SERVER_SECONDS:.0f} s", file=sys.stderr)
        raise SystemExit(1)
    try:
        asyncio.run(serve(where, loaded))
    except KeyboardInterrupt:
        raise SystemExit(0) from None


if __name__ == "__main__":
    main()

"""A round over what is due, wired from the environment: what the schedule, and the very first start, run."""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime

from config.loader import ConfigError
from config.places import load_places
from config.settings import Settings
from config.sources import SourceEntry, Sources, load_sources
from flows.collecting import RoundResult, collect_round, due
from flows.names import PLAIN, Naming
from flows.wiring import only_one, opened_bus, opened_store
from models.privacy import load_or_make_key
from store.sources import register_sources

GROUPS = {"news": ("feed", "page"), "forum": ("forum",), "weibo": ("weibo",)}
"""Flow -> kinds of sources: a slow first reading of a forum must not hold up the news."""


def of_group(entries: Sequence[SourceEntry], group: str) -> list[SourceEntry]:
    """The entries one flow looks after."""
    return [e for e in entries if e.kind in GROUPS[group]]


def due_now(where: Settings, loaded: Sources) -> list[SourceEntry]:
    """The enabled sources whose time has come; makes all enabled ones known to the store first."""
    with opened_store(where) as store:
        with store.write() as conn:
            register_sources(conn, loaded.enabled())
        return due(loaded.enabled(), store, datetime.now(UTC))


async def collect_named(where: Settings, names: Sequence[str]) -> list[RoundResult]:
    """Collect those of `names` that are (still) enabled and due; safe to call again after a failure."""
    loaded = load_sources(where.config / "sources.yaml")
    now = datetime.now(UTC)
    with opened_store(where) as store, opened_bus(where) as bus:
        entries = due([e for e in loaded.enabled() if e.name in set(names)], store, now)
        key = load_or_make_key(where.key_file)
        return await collect_round(
            entries, store=store, bus=bus, key=key, manners=loaded.manners, now=now, home=where.home,
            naming=naming_of(where),
        )  # fmt: skip


def naming_of(where: Settings) -> Naming:
    """How accounts are called here; a places file that is missing or wrong (`minyi check` says so) costs the places."""
    try:
        return Naming.of(load_places(where.config / "places.yaml"))
    except ConfigError:
        return PLAIN


async def collect_due(where: Settings) -> list[RoundResult]:
    """One round over everything due, less the groups another process is at."""
    loaded = load_sources(where.config / "sources.yaml")
    with ExitStack() as stack:
        ours = [g for g in GROUPS if stack.enter_context(only_one(where.home, f"collect-{g}"))]
        if not ours:
            return []
        entries = due_now(where, loaded)
        return await collect_named(where, [e.name for g in ours for e in of_group(entries, g)])


def summary(results: Sequence[RoundResult]) -> dict[str, int]:
    """Numbers of a round: sources by state, posts by outcome."""
    counts = {state: sum(r.state == state for r in results) for state in ("ok", "quiet", "blocked", "broken")}
    posts = ("new", "changed", "duplicates", "rejected", "withdrawn")
    return {"sources": len(results), **counts, **{n: sum(getattr(r, n) for r in results) for n in posts}}

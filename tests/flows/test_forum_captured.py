"""Two captured forums against their truth: the bar, the manners, and what faults do. Skipped without the captures."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from forum_truth import ENGINES, SITES, Score, Served, score, score_floors, serve, truth
from local_site import HASTY, KEY, QUICK, deliveries

from bus.memory import MemoryBus
from bus.messages import PostCollected, decode
from config.sources import Manners, SourceEntry
from flows.collecting import RoundResult, collect_round
from store.engine import Store

pytestmark = pytest.mark.skipif(not (SITES / "serve.py").exists(), reason="the captured sites are not here")

RECALL = 0.995
RIGHT = 0.99


def collected(bus: MemoryBus) -> list[PostCollected]:
    found = [decode(d.value) for d in deliveries(bus, "posts.collected")]
    return [m for m in found if isinstance(m, PostCollected)]


def rounds(
    site: Served, store: Store, bus: MemoryBus, count: int, *, manners: Manners = QUICK, path: str = ""
) -> list[RoundResult]:
    entry = SourceEntry(name="captured", kind="forum", url=site.url + path, jurisdiction="澜汀市")
    results: list[RoundResult] = []
    for number in range(count):
        now = site.now + timedelta(minutes=number)
        results += asyncio.run(collect_round([entry], store=store, bus=bus, key=KEY, manners=manners, now=now))
    return results


def judged(name: str, site: Served, bus: MemoryBus) -> Score:
    return score(collected(bus), truth(SITES / name), engine=ENGINES[name], url=site.url, key=KEY)


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_a_captured_forum_is_collected_whole_and_right(
    name: str, store: Store, bus: MemoryBus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve(SITES / name, tmp_path / "log.jsonl") as site:
        first, *later = rounds(site, store, bus, 3)
        asked = site.requests()
        found = judged(name, site, bus)
    floors = score_floors(SITES / name, truth(SITES / name))
    with capsys.disabled():
        print(f"\n{name}: {found}  floor {floors:.4f}  requests {len(asked)}  seconds {first.seconds}")
    assert found.recall >= RECALL
    assert found.extra == 0
    assert {w: found.right(w) >= RIGHT for w in ("author", "time", "text", "title", "parent")} == dict.fromkeys(
        ("author", "time", "text", "title", "parent"), True
    )
    assert floors >= RIGHT
    assert [(r.state, r.new, r.changed, r.withdrawn) for r in later] == [("ok", 0, 0, 0)] * 2
    assert len(collected(bus)) == len({p.id for p in collected(bus)})
    assert not [r for r in asked if r.get("disallowed")]
    assert len({r["target"] for r in asked}) >= len(asked) - 3  # nothing twice, but the home page and robots.txt


@pytest.mark.parametrize(
    "faults", ["--error-every 5", "--truncate-every 5", "--drop-every 5", "--too-many-every 9", "--no-charset --gzip"]
)
def test_faults_of_the_server_cost_rounds_not_posts(faults: str, store: Store, bus: MemoryBus, tmp_path: Path) -> None:
    with serve(SITES / "forum_mybb", tmp_path / "log.jsonl", *faults.split()) as site:
        results = rounds(site, store, bus, 4)
        found = judged("forum_mybb", site, bus)
    assert found.recall >= RECALL
    assert found.extra == 0
    assert min(found.right(w) for w in ("author", "time", "text", "title", "parent")) >= RIGHT
    assert {r.reason for r in results} <= {"", "http-500", "connection-lost", "http-429"}
    assert len(collected(bus)) == len({p.id for p in collected(bus)})


@pytest.mark.parametrize(
    ("faults", "state", "reason"),
    [
        ("--robots-disallow /", "blocked", "robots"),
        ("--robots-status 500", "blocked", "robots-unavailable"),
        ("--delay 3", "broken", "timeout"),
        ("--error-every 1", "broken", "http-500"),
    ],
)
def test_a_forum_that_does_not_answer_says_why(
    faults: str, state: str, reason: str, store: Store, bus: MemoryBus, tmp_path: Path
) -> None:
    with serve(SITES / "forum_mybb", tmp_path / "log.jsonl", *faults.split()) as site:
        result = rounds(site, store, bus, 1, manners=HASTY)[0]
    assert (result.state, result.reason, result.new) in ((state, reason, 0), ("blocked", "robots-unavailable", 0))


def test_a_board_read_through_its_mobile_twin_gives_the_same_posts(
    store: Store, bus: MemoryBus, tmp_path: Path
) -> None:
    with serve(SITES / "forum_discuz", tmp_path / "log.jsonl") as site:
        rounds(site, store, bus, 1, path="forum.php?mod=forumdisplay&fid=38&mobile=2")
        twin = {p.id for p in collected(bus)}
        rounds(site, store, bus, 1)
        found = judged("forum_discuz", site, bus)
    assert found.recall >= RECALL
    assert found.extra == 0
    assert len(collected(bus)) == len({p.id for p in collected(bus)})
    assert twin <= {p.id for p in collected(bus)}

"""Several processes on one log, and kill -9 at any moment: nothing acknowledged is lost, nobody stays without work."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from test_kafka_bus import BROKER, needs_broker

from bus import connect
from bus.api import Bus
from bus.messages import decode
from bus.topics import POSTS_COLLECTED, POSTS_SCORED

WORKER = Path(__file__).with_name("worker.py")
ROOT = Path(__file__).parents[2]
addresses = pytest.mark.parametrize(
    "address", ["embedded", pytest.param(f"kafka://{BROKER}", marks=needs_broker)], ids=["embedded", "kafka"]
)


class Crew:
    """Worker processes on one log."""

    def __init__(self, address: str, home: Path) -> None:
        self.address, self.home = address, home
        self.bus = connect(address, home=home)
        self.name = uuid4().hex[:10]
        self.started: list[subprocess.Popen[str]] = []

    def start(self, what: str, count: int = 0) -> subprocess.Popen[str]:
        log = (self.home / f"{what}-{len(self.started)}.out").open("w+")
        args = [sys.executable, str(WORKER), what, self.address, str(self.home), self.name, str(count)]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=log, text=True, env=env)
        log.close()
        self.started.append(process)
        return process

    def said(self, number: int) -> list[str]:
        paths = [p for p in self.home.iterdir() if p.name.endswith(f"-{number}.out")]
        return paths[0].read_text().splitlines()

    def publish(self, count: int) -> set[str]:
        """`count` posts from a writer process that ends well; their ids."""
        writer = self.start("write", count)
        assert writer.wait(60) == 0
        return {f"{self.name}-{n}" for n in range(count)}

    def ids(self, topic: str) -> list[str]:
        """Ids of this crew's posts on a topic."""
        found = [decode(d.value).id for d in everything(self.bus, topic)]
        return [i for i in found if i.startswith(self.name)]

    def lag(self) -> int:
        return self.bus.group_lag(self.name, [POSTS_COLLECTED.name])


@pytest.fixture
def crew(address: str, tmp_path: Path) -> Iterator[Crew]:
    made = Crew(address, tmp_path)
    yield made
    for process in made.started:
        process.kill()
        process.wait()
        if process.stdin:
            process.stdin.close()
    made.bus.close()


def everything(bus: Bus, topic: str) -> Iterator:  # type: ignore[type-arg]
    for partition in range(bus.partitions(topic)):
        yield from bus.read(topic, partition, *bus.bounds(topic, partition))


def wait_for(fact: Callable[[], object], what: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, what
        time.sleep(0.02)


@addresses
def test_two_consumers_share_the_work(crew: Crew) -> None:
    crew.start("consume")
    crew.start("consume")
    wanted: set[str] = set()
    deadline = time.monotonic() + 30
    while not (crew.said(0) and crew.said(1)):  # both have had something to do
        assert time.monotonic() < deadline
        wanted |= crew.publish(len(wanted) + 100)
    wait_for(lambda: crew.lag() == 0, "all is consumed")
    assert set(crew.ids(POSTS_SCORED.name)) == wanted


@addresses
def test_a_killed_consumer_loses_nothing_and_its_partitions_go_to_the_others(crew: Crew) -> None:
    first, second = crew.start("consume"), crew.start("consume")
    wanted = crew.publish(1500)
    wait_for(lambda: len(crew.ids(POSTS_SCORED.name)) > 100, "work has begun")
    os.kill(first.pid, signal.SIGKILL)
    wait_for(lambda: crew.lag() == 0, "the other one does the rest")
    assert second.poll() is None
    assert set(crew.ids(POSTS_SCORED.name)) == wanted


@addresses
def test_a_consumer_stopped_for_longer_than_its_lease_goes_on_without_harm(crew: Crew) -> None:
    first = crew.start("consume")
    wanted = crew.publish(100)
    wait_for(lambda: crew.lag() == 0, "it works")
    time.sleep(0.2)  # SQLite: a process stopped inside a transaction would keep the file locked
    os.kill(first.pid, signal.SIGSTOP)
    crew.start("consume")
    wanted |= crew.publish(300)
    wait_for(lambda: crew.lag() == 0, "the other one takes over")
    os.kill(first.pid, signal.SIGCONT)
    wanted |= crew.publish(600)
    wait_for(lambda: crew.lag() == 0, "both go on")
    assert first.poll() is None
    assert set(crew.ids(POSTS_SCORED.name)) == wanted


@addresses
def test_a_killed_writer_loses_nothing_it_was_told_is_safe(crew: Crew) -> None:
    for number in range(3):
        writer = crew.start("write", 100_000)
        wait_for(lambda n=number: len(crew.said(n)) > 5 + 10 * n, "it writes")
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        acknowledged = int(crew.said(number)[-1])
        found = set(crew.ids(POSTS_COLLECTED.name))
        assert found >= {f"{crew.name}-{n}" for n in range(acknowledged)}
    for partition in range(POSTS_COLLECTED.partitions):
        start, end = crew.bus.bounds(POSTS_COLLECTED.name, partition)
        offsets = [d.offset for d in crew.bus.read(POSTS_COLLECTED.name, partition, start, end)]
        assert offsets == list(range(start, end)), "no gaps"
    if crew.address == "embedded":
        with sqlite3.connect(crew.home / "bus.db") as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        db.close()

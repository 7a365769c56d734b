"""What every broker must do; `Contract` is run on each of them (test_memory_bus, test_embedded_bus, test_kafka_bus)."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from wire import NOW, post

from bus.api import Bus, Delivery, Subscription
from bus.dead_letters import letters
from bus.errors import PartitionsLost
from bus.groups import partition_of
from bus.messages import Message, PostScored, encode
from bus.runner import each, run
from bus.topics import POSTS_SCORED, Topic

ODD_BYTES = [b"", b"\x00\xff\xfe", "涉警舆情".encode("gbk"), "民意".encode(), b"{" * 5000]
OpenBus = Callable[[], Bus]


def topic_named(partitions: int, name: str = "t") -> Topic:
    """A topic nobody else uses: a real broker keeps what earlier tests wrote."""
    return Topic(f"{name}-{uuid4().hex[:12]}", partitions, 7)


def drain(subscription: Subscription, count: int, *, commit: bool = True, seconds: float = 20) -> list[Delivery]:
    """Poll until `count` messages have come (or fail); then make sure that no more come."""
    found: list[Delivery] = []
    end = time.monotonic() + seconds
    while len(found) < count and time.monotonic() < end:
        batch = subscription.poll(100, 0.2)
        found += batch
        if commit and batch:
            subscription.commit(batch)
    assert len(found) == count, f"{len(found)} of {count} messages in {seconds} s"
    assert list(subscription.poll(100, 0)) == []
    return found


def until(fact: Callable[[], bool], what: str, subscriptions: Iterable[Subscription] = (), seconds: float = 20) -> None:
    """Poll the subscriptions (which must have nothing to read) until `fact` holds."""
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, what
        for subscription in subscriptions:
            assert not subscription.poll(1, 0.05)


class Contract:
    """Subclasses give the fixture `open_bus`: it returns a new Bus on the same log, each time it is called."""

    @pytest.fixture
    def topic(self) -> Topic:
        return topic_named(4)

    @pytest.fixture
    def group(self) -> str:
        return f"g-{uuid4().hex[:12]}"

    @pytest.fixture
    def open_bus(self, topic: Topic) -> Iterator[OpenBus]:
        raise NotImplementedError

    @pytest.fixture
    def bus(self, open_bus: OpenBus) -> Bus:
        return open_bus()

    def fill(self, bus: Bus, topic: Topic, count: int) -> None:
        for n in range(count):
            bus.publish(topic.name, f"k{n}", f"v{n}".encode())
        bus.flush()

    def test_a_message_comes_back_as_it_was_sent(self, bus: Bus, topic: Topic, group: str) -> None:
        before = datetime.now(UTC) - timedelta(seconds=5)
        for n, value in enumerate(ODD_BYTES):
            bus.publish(topic.name, f"钥匙{n}", value, {"reason": "测试", "n": str(n)})
        bus.flush()
        found = drain(bus.subscribe([topic.name], group), len(ODD_BYTES))
        assert {(d.key, d.value) for d in found} == {(f"钥匙{n}", value) for n, value in enumerate(ODD_BYTES)}
        assert {(d.headers["reason"], d.headers["n"]) for d in found} == {("测试", str(n)) for n in range(5)}
        assert all(d.appended_at and before < d.appended_at < datetime.now(UTC) + timedelta(seconds=5) for d in found)

    def test_the_key_decides_the_partition_by_crc32(self, bus: Bus, topic: Topic, group: str) -> None:
        self.fill(bus, topic, 40)
        found = drain(bus.subscribe([topic.name], group), 40)
        assert all(d.partition == partition_of(d.key.encode(), 4) for d in found)
        assert len({d.partition for d in found}) == 4

    def test_a_key_that_is_not_utf8_survives(self, bus: Bus, topic: Topic, group: str) -> None:
        key = b"\xb2\xe2\xca\xd4".decode("utf-8", "surrogateescape")
        bus.publish(topic.name, key, b"v")
        bus.flush()
        assert [d.key for d in drain(bus.subscribe([topic.name], group), 1)] == [key]

    def test_messages_of_a_partition_come_in_order_without_gaps(self, bus: Bus, topic: Topic, group: str) -> None:
        self.fill(bus, topic, 200)
        found = drain(bus.subscribe([topic.name], group), 200)
        for partition in range(4):
            offsets = [d.offset for d in found if d.partition == partition]
            assert offsets == list(range(len(offsets)))

    def test_unflushed_messages_are_not_seen(self, bus: Bus, open_bus: OpenBus, topic: Topic, group: str) -> None:
        reader = open_bus()
        subscription = reader.subscribe([topic.name], group)
        drain(subscription, 0)
        self.fill(bus, topic, 1)
        drain(subscription, 1)

    def test_a_new_group_starts_at_the_oldest_message_and_each_group_gets_all(
        self, bus: Bus, topic: Topic, group: str
    ) -> None:
        self.fill(bus, topic, 10)
        assert len(drain(bus.subscribe([topic.name], group), 10)) == 10
        assert len(drain(bus.subscribe([topic.name], group + "b"), 10)) == 10

    def test_a_group_goes_on_after_what_it_committed(self, bus: Bus, topic: Topic, group: str) -> None:
        self.fill(bus, topic, 20)
        first = bus.subscribe([topic.name], group)
        done: list[Delivery] = []
        while len(done) < 5:
            batch = list(first.poll(5, 1))
            first.commit(batch)
            done += batch
        first.poll(5, 0)  # read on, without committing
        first.close()
        again = drain(bus.subscribe([topic.name], group), 20 - len(done))
        assert not {(d.partition, d.offset) for d in done} & {(d.partition, d.offset) for d in again}

    def test_uncommitted_messages_come_again(self, bus: Bus, topic: Topic, group: str) -> None:
        self.fill(bus, topic, 8)
        first = bus.subscribe([topic.name], group)
        drain(first, 8, commit=False)
        first.close()
        drain(bus.subscribe([topic.name], group), 8)

    def test_two_members_share_the_partitions(self, open_bus: OpenBus, topic: Topic, group: str) -> None:
        one = open_bus().subscribe([topic.name], group)
        until(lambda: len(one.assignment()) == 4, "one member owns all", [one])
        two = open_bus().subscribe([topic.name], group)
        until(lambda: len(one.assignment()) == len(two.assignment()) == 2, "both own two", [one, two])
        assert not one.assignment() & two.assignment()

    def test_partitions_of_a_member_that_leaves_go_to_the_others(
        self, open_bus: OpenBus, topic: Topic, group: str
    ) -> None:
        one = open_bus().subscribe([topic.name], group)
        two = open_bus().subscribe([topic.name], group)
        until(lambda: len(one.assignment()) == len(two.assignment()) == 2, "both own two", [one, two])
        two.close()
        until(lambda: len(one.assignment()) == 4, "the other owns all", [one])

    def test_newly_owned_partitions_are_announced(self, open_bus: OpenBus, topic: Topic, group: str) -> None:
        news: list[set[tuple[str, int]]] = []
        one = open_bus().subscribe([topic.name], group, on_assigned=news.append)
        until(lambda: len(one.assignment()) == 4, "one member owns all", [one])
        assert set().union(*news) == {(topic.name, p) for p in range(4)}

    def test_a_commit_for_partitions_of_another_member_is_refused(
        self, open_bus: OpenBus, topic: Topic, group: str
    ) -> None:
        bus = open_bus()
        self.fill(bus, topic, 40)
        one = bus.subscribe([topic.name], group)
        held = drain(one, 40, commit=False)
        two = open_bus().subscribe([topic.name], group)
        end = time.monotonic() + 20
        while len(two.assignment()) < 2 or len(one.assignment()) > 2:  # polling on without a commit gives them up
            assert time.monotonic() < end
            one.poll(1, 0.05)
            two.poll(1, 0.05)
        with pytest.raises(PartitionsLost):
            one.commit([d for d in held if (d.topic, d.partition) in two.assignment()])
        assert bus.group_lag(group, [topic.name]) == 40

    def test_how_far_a_group_is_can_be_asked_without_joining_it(
        self, open_bus: OpenBus, topic: Topic, group: str
    ) -> None:
        bus = open_bus()
        self.fill(bus, topic, 40)
        drain(bus.subscribe([topic.name], group), 40)
        for p in range(topic.partitions):
            assert open_bus().group_offset(group, topic.name, p) == bus.bounds(topic.name, p)[1]
        assert bus.group_offset(group + "-other", topic.name, 0) == 0

    def test_a_heartbeat_keeps_the_position(self, bus: Bus, topic: Topic, group: str) -> None:
        subscription = bus.subscribe([topic.name], group)
        drain(subscription, 0)
        until(lambda: len(subscription.assignment()) == 4, "owns all", [subscription])
        self.fill(bus, topic, 20)
        found: list[Delivery] = []
        while not found:
            found += subscription.poll(5, 1)
        for _ in range(3):
            subscription.heartbeat()
        subscription.commit(found)
        drain(subscription, 20 - len(found))

    def test_lag_counts_what_is_not_committed(self, bus: Bus, topic: Topic, group: str) -> None:
        self.fill(bus, topic, 30)
        assert bus.group_lag(group, [topic.name]) == 30
        subscription = bus.subscribe([topic.name], group)
        held = drain(subscription, 30, commit=False)
        assert subscription.lag() == 30
        subscription.commit(held[:12])
        assert bus.group_lag(group, [topic.name]) == subscription.lag()
        subscription.commit(held)
        assert (subscription.lag(), bus.group_lag(group, [topic.name])) == (0, 0)
        assert sum(subscription.committed(topic.name, p) for p in range(4)) == 30

    def test_read_and_bounds_need_no_group(self, bus: Bus, topic: Topic) -> None:
        self.fill(bus, topic, 60)
        for partition in range(4):
            oldest, following = bus.bounds(topic.name, partition)
            found = list(bus.read(topic.name, partition, oldest, following))
            assert (oldest, [d.offset for d in found]) == (0, list(range(following)))
            assert [d.offset for d in bus.read(topic.name, partition, 2, 5)] == list(range(2, min(5, following)))
            assert list(bus.read(topic.name, partition, 3, 3)) == []
            assert [d.offset for d in bus.read(topic.name, partition, following - 1, following + 99)] == [following - 1]
        assert sum(bus.bounds(topic.name, p)[1] for p in range(4)) == 60

    def test_a_time_finds_its_offset(self, bus: Bus, topic: Topic) -> None:
        bus.publish(topic.name, "k", b"1")
        bus.flush()
        time.sleep(0.02)
        between = datetime.now(UTC)
        time.sleep(0.02)
        bus.publish(topic.name, "k", b"2")
        bus.flush()
        partition = partition_of(b"k", 4)
        long_ago, later = between - timedelta(days=1), between + timedelta(days=1)
        assert [bus.offset_at(topic.name, partition, t) for t in (long_ago, between, later)] == [0, 1, 2]
        assert bus.offset_at(topic.name, (partition + 1) % 4, between) == 0

    def test_a_consumer_accounts_for_every_message(self, bus: Bus, open_bus: OpenBus, topic: Topic, group: str) -> None:
        values = [encode(post(n)) for n in range(30)] + ODD_BYTES
        for n, value in enumerate(values):
            bus.publish(topic.name, f"k{n}", value)
        bus.flush()

        def score(message: Message) -> list[Message]:
            if message.id == "post-7":
                raise KeyError
            return [PostScored(id=message.id, text="", published_at=NOW, collected_at=NOW, jurisdiction=group)]

        runner = open_bus()
        outcomes = run(
            runner,
            group=group,
            sources=[topic],
            handle=each(score),
            stop=threading.Event(),
            now=lambda: datetime.now(UTC),
            until_idle=True,
            max_batch=7,
        )
        assert outcomes == {"published": 29, "bug": 1, "rejected": len(ODD_BYTES)}
        assert bus.group_lag(group, [topic.name]) == 0
        assert sorted(x.value for x in letters(bus) if x.consumer == group) == sorted([encode(post(7)), *ODD_BYTES])
        home = partition_of(group.encode(), bus.partitions(POSTS_SCORED.name))
        scored = bus.read(POSTS_SCORED.name, home, *bus.bounds(POSTS_SCORED.name, home))
        assert {d.value for d in scored if d.key == group} == {encode(score(post(n))[0]) for n in range(30) if n != 7}

    def test_an_unknown_topic_is_an_error_at_once(self, bus: Bus, topic: Topic, group: str) -> None:
        assert bus.partitions(topic.name) == 4
        with pytest.raises(ValueError, match="no topic named nowhere"):
            bus.publish("nowhere", "k", b"v")
        with pytest.raises(ValueError, match="no topic named nowhere"):
            bus.subscribe(["nowhere"], group)

    def test_closing_twice_is_harmless(self, open_bus: OpenBus, topic: Topic, group: str) -> None:
        bus = open_bus()
        subscription = bus.subscribe([topic.name], group)
        subscription.poll(1, 0)
        subscription.close()
        subscription.close()
        bus.close()
        bus.close()

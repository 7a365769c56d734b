"""The bus on Apache Kafka: idempotent producer, manual commits, cooperative rebalancing.

The only module that imports the Kafka client. Its IO runs on background threads, and so do its rebalance callbacks:
they only take notes here, which poll and commit act upon. Decision: docs/decisions/0002-three-buses.md.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from kafka import ConsumerRebalanceListener, KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka import errors as kafka_errors
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor

from bus.api import Delivery, OnAssigned
from bus.errors import BusUnavailable, PartitionsLost, PublishError
from bus.groups import Pair, key_bytes, key_text, partition_of
from bus.kafka_options import typed
from bus.topics import ALL_TOPICS, DEAD_LETTERS, Topic

MAX_MESSAGE_BYTES = 4 << 20
DEAD_LETTER_EXTRA_BYTES = 1 << 16  # a letter is its message plus headers
QUEUE_MESSAGES = 10_000  # acknowledgements outstanding at most
PATIENCE_S = 60.0  # for a broker that does not answer: a restart takes 10 to 30 s
READ_MESSAGES = 500
MIN_POLL_S = 0.1  # joining and fetching offsets make next to no headway in polls of no length
_COMMON = {"bootstrap_timeout_ms": 15_000, "reconnect_backoff_max_ms": 2_000}
_PRODUCER = {
    "acks": -1,
    "enable_idempotence": True,
    "allow_auto_create_topics": False,
    "linger_ms": 20,  # flush does not wait for it
    "batch_size": 256 << 10,
    "max_request_size": MAX_MESSAGE_BYTES + 2 * DEAD_LETTER_EXTRA_BYTES,
    "request_timeout_ms": 10_000,
    "delivery_timeout_ms": int(PATIENCE_S * 1000),
    "max_block_ms": int(PATIENCE_S * 1000),
    "metrics_enabled": False,
}
_CONSUMER = {
    "enable_auto_commit": False,
    "auto_offset_reset": "earliest",
    "allow_auto_create_topics": False,
    "partition_assignment_strategy": (CooperativeStickyAssignor,),
    "session_timeout_ms": 10_000,  # a killed member's partitions go to others after this
    "heartbeat_interval_ms": 2_000,
    "metrics_enabled": False,
}


class KafkaBus:
    """All topics on a Kafka cluster. Missing topics are made; those that exist keep their settings."""

    def __init__(
        self, brokers: Sequence[str], topics: Sequence[Topic] = ALL_TOPICS, *, options: Mapping[str, str] | None = None
    ) -> None:
        """Connect. Raises BusUnavailable, and ValueError for an option the client cannot take."""
        self._where = ",".join(brokers)
        defaults = {**KafkaAdminClient.DEFAULT_CONFIG, **KafkaProducer.DEFAULT_CONFIG, **KafkaConsumer.DEFAULT_CONFIG}
        self._options = {**_COMMON, **typed(options or {}, defaults), "bootstrap_servers": list(brokers)}
        self._producer: Any = None
        self._sent: list[Any] = []
        self._readers: list[Any] = []
        self._subscriptions: list[KafkaSubscription] = []
        with _last_words() as heard, self.clear_words(heard=heard):
            self._admin: Any = KafkaAdminClient(**self._settings(KafkaAdminClient, {}))
        try:
            with self.clear_words():
                self._counts = self._find_or_make(topics)
        except BaseException:
            self._admin.close()
            raise

    def publish(self, topic: str, key: str, value: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Hand one message to the producer; errors come out of flush."""
        raw = key_bytes(key)
        partition = partition_of(raw, self.partitions(topic))
        wire = [(name, text.encode("utf-8", "surrogateescape")) for name, text in (headers or {}).items()]
        with self.clear_words(PublishError):
            if self._producer is None:
                self._producer = KafkaProducer(**self._settings(KafkaProducer, _PRODUCER))
            self._sent.append(self._producer.send(topic, value=value, key=raw, headers=wire, partition=partition))
        if len(self._sent) >= QUEUE_MESSAGES:
            self.flush()

    def flush(self) -> None:
        """Wait for every acknowledgement; one that is missing is a PublishError."""
        sent, self._sent = self._sent, []
        if not sent:
            return
        with self.clear_words(PublishError):
            self._producer.flush(PATIENCE_S + 10)
            failed = [future for future in sent if not future.succeeded()]
            if failed:
                why = failed[0].exception or "no answer"
                raise PublishError(f"Kafka at {self._where}: {len(failed)} of {len(sent)} messages not stored: {why!r}")

    def subscribe(
        self, topics: Sequence[str], group: str, *, on_assigned: OnAssigned | None = None
    ) -> "KafkaSubscription":
        """Join a consumer group; the partitions come with the first polls."""
        for topic in topics:
            self.partitions(topic)
        with self.clear_words():
            consumer = KafkaConsumer(**self._settings(KafkaConsumer, {**_CONSUMER, "group_id": group}))
        subscription = KafkaSubscription(self, consumer, topics, group, on_assigned)
        self._subscriptions.append(subscription)
        return subscription

    def read(self, topic: str, partition: int, start: int, end: int) -> Iterator[Delivery]:
        """Messages with start <= offset < end, over a client outside all groups."""
        oldest, following = self.bounds(topic, partition)
        start, end = max(start, oldest), min(end, following)
        if start >= end:
            return
        place = TopicPartition(topic, partition)
        with self.clear_words():
            reader = self._readers.pop() if self._readers else KafkaConsumer(**self._settings(KafkaConsumer, _CONSUMER))
            reader.assign([place])
            reader.seek(place, start)
        try:
            heard = time.monotonic()
            while reader.position(place) < end:
                with self.clear_words():
                    records = reader.poll(timeout_ms=1000, max_records=READ_MESSAGES).get(place, [])
                heard = time.monotonic() if records else heard
                if time.monotonic() - heard > PATIENCE_S:
                    raise BusUnavailable(f"Kafka at {self._where}: {topic}/{partition} cannot be read")
                for record in records:
                    if record.offset >= end:
                        return
                    yield _delivery(record)
        finally:
            self._readers.append(reader)

    def partitions(self, topic: str) -> int:
        """How many partitions the topic has. Raises ValueError for a topic that does not exist."""
        if topic not in self._counts:
            raise ValueError(f"no topic named {topic}")
        return self._counts[topic]

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """(oldest kept offset, next offset to be written)."""
        places = [self._place(topic, partition)]
        return self._offsets(places, OffsetSpec.EARLIEST)[places[0]], self._offsets(places, OffsetSpec.LATEST)[
            places[0]
        ]

    def offset_at(self, topic: str, partition: int, when: datetime) -> int:
        """Offset of the first message appended at or after `when`, to the millisecond."""
        place = self._place(topic, partition)
        offset = self._offsets([place], max(0, int(when.timestamp() * 1000)))[place]
        return offset if offset >= 0 else self.bounds(topic, partition)[1]

    def group_lag(self, group: str, topics: Sequence[str]) -> int:
        """Messages of `topics` the group has not committed, over all partitions."""
        places = [TopicPartition(topic, p) for topic in topics for p in range(self.partitions(topic))]
        oldest, following = self._offsets(places, OffsetSpec.EARLIEST), self._offsets(places, OffsetSpec.LATEST)
        with self.clear_words():
            committed = self._admin.list_group_offsets({group: places})[group]
        done = {place: committed[place].offset if place in committed else -1 for place in places}
        return sum(following[place] - max(oldest[place], done[place]) for place in places)

    def group_offset(self, group: str, topic: str, partition: int) -> int:
        """Next offset of a group; 0 when it has committed nothing."""
        place = TopicPartition(topic, partition)
        with self.clear_words():
            committed = self._admin.list_group_offsets({group: [place]})[group]
        return max(0, committed[place].offset) if place in committed else 0

    def close(self) -> None:
        """Leave all groups and close every connection."""
        for subscription in self._subscriptions:
            subscription.close()
        for reader in self._readers:
            reader.close(autocommit=False)
        self._readers.clear()
        if self._producer is not None:
            with contextlib.suppress(kafka_errors.KafkaError):  # unflushed messages may be dropped
                self._producer.close(timeout=5)
        if not self._admin._closed:
            self._admin.close()

    @contextlib.contextmanager
    def clear_words(
        self, kind: type[BusUnavailable] | type[PublishError] = BusUnavailable, heard: Sequence[str] = ()
    ) -> Iterator[None]:
        """Turn the client's errors into ours, with what is wrong and where; never with a password."""
        try:
            yield
        except kafka_errors.KafkaConfigurationError as err:
            raise ValueError(f"Kafka options: {err}") from err
        except kafka_errors.KafkaTimeoutError as err:
            why = heard[-1] if heard else str(err)
            raise kind(f"Kafka at {self._where}: no answer in time ({why})") from err
        except kafka_errors.AuthorizationError as err:
            raise kind(f"Kafka at {self._where}: this user has no permission: {err}") from err
        except kafka_errors.SaslAuthenticationFailedError as err:
            raise kind(f"Kafka at {self._where}: login refused; check sasl_* options") from err
        except kafka_errors.KafkaError as err:
            raise kind(f"Kafka at {self._where}: {err!r}") from err
        except OSError as err:  # certificate files, sockets
            raise kind(f"Kafka at {self._where}: {err}") from err

    def _settings(self, client: Any, ours: Mapping[str, Any]) -> dict[str, Any]:
        asked = {name: value for name, value in self._options.items() if name in client.DEFAULT_CONFIG}
        return {**ours, **asked}

    def _find_or_make(self, topics: Sequence[Topic]) -> dict[str, int]:
        names = [topic.name for topic in topics]
        counts = self._existing(names)
        missing = {t.name: _new_topic(t) for t in topics if t.name not in counts}
        if missing:
            with contextlib.suppress(kafka_errors.TopicAlreadyExistsError):  # another process was faster
                self._admin.create_topics(missing)
            self._admin.wait_for_topics(list(missing))
            counts = self._existing(names)
        return counts

    def _existing(self, names: list[str]) -> dict[str, int]:
        found = self._admin.describe_topics(names)
        return {topic["name"]: len(topic["partitions"]) for topic in found if not topic["error_code"]}

    def _place(self, topic: str, partition: int) -> Any:
        if not 0 <= partition < self.partitions(topic):
            raise ValueError(f"no partition {partition} of {topic}")
        return TopicPartition(topic, partition)

    def _offsets(self, places: Sequence[Any], spec: int) -> dict[Any, int]:
        with self.clear_words():
            found = self._admin.list_partition_offsets(dict.fromkeys(places, spec))
        return {place: answer.offset for place, answer in found.items()}


class KafkaSubscription(ConsumerRebalanceListener):  # type: ignore[misc]  # the client has no types
    """A member of a consumer group on Kafka; listens to its own rebalances."""

    def __init__(
        self, bus: KafkaBus, consumer: Any, topics: Sequence[str], group: str, on_assigned: OnAssigned | None
    ) -> None:
        self._bus, self._consumer, self._group, self._on_assigned = bus, consumer, group, on_assigned
        self._notes = threading.Lock()
        self._fresh: set[Pair] = set()
        self._gone: set[Pair] = set()
        self._early: list[Delivery] = []
        self._closed = False
        consumer.subscribe(topics=list(topics), listener=self)

    def on_partitions_assigned(self, assigned: Any) -> None:
        """Note what came (on the client's thread)."""
        with self._notes:
            self._fresh |= {(place.topic, place.partition) for place in assigned}

    def on_partitions_revoked(self, revoked: Any) -> None:
        """Note what went (on the client's thread)."""
        with self._notes:
            pairs = {(place.topic, place.partition) for place in revoked}
            self._gone |= pairs
            self._fresh -= pairs

    def on_partitions_lost(self, lost: Any) -> None:
        """The same, when the group had already given them to others."""
        self.on_partitions_revoked(lost)

    def poll(self, max_messages: int, timeout_s: float) -> Sequence[Delivery]:
        """Up to `max_messages`, waiting up to `timeout_s` seconds (at least MIN_POLL_S) for the first."""
        with self._notes:
            self._gone.clear()  # what was delivered before this poll is settled or comes again
        found = self._early[:max_messages]
        self._early = self._early[max_messages:]
        if not found:
            found = self._fetch(max_messages, timeout_s)
        with self._notes:
            fresh, self._fresh = self._fresh, set()
        if fresh and self._on_assigned:
            self._on_assigned(fresh)
        return found

    def commit(self, deliveries: Sequence[Delivery]) -> None:
        """Mark these settled. Kafka itself would let a member commit what another one owns: we look first."""
        offsets: dict[Any, int] = {}
        for d in deliveries:
            place = TopicPartition(d.topic, d.partition)
            offsets[place] = max(offsets.get(place, 0), d.offset + 1)
        wire = {place: OffsetAndMetadata(offset, "", -1) for place, offset in offsets.items()}
        end = time.monotonic() + PATIENCE_S
        while True:
            self._check_owned({(place.topic, place.partition) for place in offsets})
            try:
                with self._bus.clear_words():
                    self._consumer.commit(wire, timeout_ms=int(PATIENCE_S * 1000))
                return
            except BusUnavailable as err:
                if isinstance(err.__cause__, kafka_errors.CommitFailedError):
                    self._rewind()
                    raise PartitionsLost(f"group {self._group}: {err.__cause__}") from err
                if not isinstance(err.__cause__, kafka_errors.RebalanceInProgressError) or time.monotonic() > end:
                    raise
            self._stay(0.1)  # lets the rebalance finish; ours may stay ours

    def heartbeat(self) -> None:
        """A sign of life while one batch takes long. Raises PartitionsLost when partitions went away meanwhile."""
        self._stay(0)
        with self._notes:
            gone = set(self._gone)
        if gone:
            self._check_owned(gone)

    def assignment(self) -> set[Pair]:
        """(topic, partition) pairs owned now."""
        return {(place.topic, place.partition) for place in self._consumer.assignment()}

    def committed(self, topic: str, partition: int) -> int:
        """Next offset of the group; the log's start when that is later."""
        with self._bus.clear_words():
            offset = self._consumer.committed(TopicPartition(topic, partition), timeout_ms=int(PATIENCE_S * 1000))
        return max(offset or 0, self._bus.bounds(topic, partition)[0])

    def lag(self) -> int:
        """Messages of the owned partitions not yet committed."""
        return sum(self._bus.bounds(*pair)[1] - self.committed(*pair) for pair in self.assignment())

    def close(self) -> None:
        """Leave the group."""
        if not self._closed:
            self._closed = True
            with contextlib.suppress(kafka_errors.KafkaError):  # an unreachable broker ends our session by itself
                self._consumer.close(autocommit=False, timeout_ms=5000)

    def _fetch(self, max_messages: int, timeout_s: float) -> list[Delivery]:
        self._finish_joining()
        with self._bus.clear_words():
            try:
                timeout_ms = int(max(timeout_s, MIN_POLL_S) * 1000)
                records = self._consumer.poll(timeout_ms=timeout_ms, max_records=max_messages)
            except kafka_errors.RetriableError:  # a broker restarts, a leader moves
                time.sleep(min(timeout_s, 0.1))
                records = {}
        return [_delivery(record) for part in records.values() for record in part]

    def _finish_joining(self) -> None:
        """Work around the client (3.0.12): a join begun because metadata changed is forgotten when a poll times out
        while it is under way; the member then owns nothing, for ever, and polls without sleeping. Decision 0002."""
        coordinator = self._consumer._coordinator
        if coordinator._join_task is not None and not coordinator.need_rejoin():
            coordinator.request_rejoin()

    def _stay(self, timeout_s: float) -> None:
        """Poll without fetching from what we own; what a new partition brings is kept for the next poll."""
        owned = self._consumer.assignment()
        self._consumer.pause(*owned)
        try:
            self._early += self._fetch(READ_MESSAGES, timeout_s)
        finally:
            self._consumer.resume(*(self._consumer.assignment() & owned))

    def _check_owned(self, pairs: set[Pair]) -> None:
        with self._notes:
            lost = (pairs & self._gone) | (pairs - self.assignment())
        if lost:
            self._rewind()
            raise PartitionsLost(f"group {self._group}: {sorted(lost)} went to another member")

    def _rewind(self) -> None:
        """Back to the committed offsets of what is still ours."""
        self._early.clear()
        for topic, partition in self.assignment():
            with contextlib.suppress(ValueError):  # taken away this moment
                self._consumer.seek(TopicPartition(topic, partition), self.committed(topic, partition))


@contextlib.contextmanager
def _last_words() -> Iterator[list[str]]:
    """Why connections failed. The client only logs it: a refused login ends as a time-out like a wrong address."""
    heard: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            _, lost, why = record.getMessage().partition("Connection lost: ")
            if lost and (not heard or "socket disconnected" not in why):
                heard.append(why)

    listener = Listener()
    source = logging.getLogger("kafka.net.connection")
    source.addHandler(listener)
    try:
        yield heard
    finally:
        source.removeHandler(listener)


def _new_topic(topic: Topic) -> dict[str, Any]:
    extra = DEAD_LETTER_EXTRA_BYTES if topic.name == DEAD_LETTERS.name else 0
    configs = {
        "retention.ms": str(timedelta(days=topic.retention_days) // timedelta(milliseconds=1)),
        "max.message.bytes": str(MAX_MESSAGE_BYTES + extra),
        "message.timestamp.type": "LogAppendTime",
    }
    return {"num_partitions": topic.partitions, "replication_factor": -1, "configs": configs}


def _delivery(record: Any) -> Delivery:
    return Delivery(
        record.topic,
        record.partition,
        record.offset,
        key_text(record.key),
        record.value or b"",
        {name: (raw or b"").decode("utf-8", "surrogateescape") for name, raw in record.headers or ()},
        datetime.fromtimestamp(record.timestamp / 1000, UTC) if record.timestamp >= 0 else None,
    )

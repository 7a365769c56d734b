"""The metric names of minyi, in one place. Prometheus; counts of several processes add up.

With PROMETHEUS_MULTIPROC_DIR set (the supervisor does) every process writes into that folder and `exposition`
answers for all of them. Names and meanings: docs/bus.md.
"""

import os
from typing import Literal

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client import generate_latest as _generate
from prometheus_client import multiprocess as _multiprocess

MetricName = Literal[
    "minyi_messages_total",
    "minyi_batch_seconds",
    "minyi_consumer_lag",
    "minyi_retries_total",
    "minyi_rebalances_total",
    "minyi_alert_latency_seconds",
    "minyi_deliveries_total",
]

_SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
_LATENCY = (1.0, 3.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 18000.0)


def _counter(name: MetricName, what: str, *labels: str) -> Counter:
    return Counter(name, what, labels)


def _histogram(name: MetricName, what: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
    return Histogram(name, what, labels, buckets=buckets)


MESSAGES = _counter("minyi_messages_total", "Messages settled, by outcome.", "consumer", "outcome")
BATCH_SECONDS = _histogram("minyi_batch_seconds", "Poll to commit of one batch.", _SECONDS, "consumer")
LAG = Gauge(
    "minyi_consumer_lag", "Messages the group has not committed.", ["consumer"], multiprocess_mode="livemostrecent"
)
RETRIES = _counter("minyi_retries_total", "Batches tried again after a transient failure.", "consumer")
REBALANCES = _counter("minyi_rebalances_total", "Times a consumer was given partitions.", "consumer")
ALERT_LATENCY = _histogram("minyi_alert_latency_seconds", "Collection of the firing post to its alert.", _LATENCY)
DELIVERIES = _counter("minyi_deliveries_total", "Messages to people, by outcome.", "channel", "outcome")


def exposition() -> tuple[bytes, str]:
    """The page for Prometheus and its content type: of all processes when they share a folder, else of this one."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        _multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return _generate(registry), CONTENT_TYPE_LATEST

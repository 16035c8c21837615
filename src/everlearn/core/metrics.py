"""What a process counts for Prometheus; labels never carry a tenant or a person."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST as CONTENT_TYPE
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

__all__ = [
    "CONTENT_TYPE",
    "REGISTRY",
    "counter",
    "gauge",
    "histogram",
    "observe_request",
    "render",
]

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

_SECONDS = Histogram(
    "everlearn_http_request_seconds",
    "Time from a request's first byte to its answer, in seconds.",
    ["method", "path", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)


def counter(name: str, text: str, labels: tuple[str, ...] = ()) -> Counter:
    """Declare a counter of a module; the name begins with `everlearn_`."""
    return Counter(name, text, labels, registry=REGISTRY)


def gauge(name: str, text: str, labels: tuple[str, ...] = ()) -> Gauge:
    """Declare a gauge of a module; the name begins with `everlearn_` and ends with its unit."""
    return Gauge(name, text, labels, registry=REGISTRY)


def histogram(name: str, text: str, *, buckets: tuple[float, ...]) -> Histogram:
    """Declare a histogram of a module; the name begins with `everlearn_`."""
    return Histogram(name, text, buckets=buckets, registry=REGISTRY)


def observe_request(method: str, path: str, status: int, seconds: float) -> None:
    """Count one answered request by its route, not by its address, so that labels stay few."""
    _SECONDS.labels(method, path, str(status)).observe(seconds)


def render() -> bytes:
    """Give the text that Prometheus reads."""
    return generate_latest(REGISTRY)

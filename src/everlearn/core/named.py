"""How long named queries take, in this process.

    with named("predictions.recent"):
        rows = tx.execute(...)

Names are written in the code, so they are few; they never hold a tenant's word. The times are shown
to Prometheus as a histogram, and `drain` gives them as sketches for the rows from which p95 and its
baseline are told (`operations.query_timings`). Measuring costs an append to a list; whoever reads
does the sums.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import ParamSpec, TypeVar

import numpy as np
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

from everlearn.core import metrics, sketches

P = ParamSpec("P")
R = TypeVar("R")

#: Upper bounds of the histogram's buckets, in seconds; the asked limits are among them.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
#: Times that are kept as they are before they are summed up.
_PENDING = 4096


@dataclass(frozen=True, slots=True)
class Timing:
    """The times of one query since the last `drain`, in milliseconds."""

    name: str
    n: int
    sum_ms: float
    sketch: list[int]


class _Query:
    """The times of one query."""

    __slots__ = ("counts", "fresh", "fresh_s", "lock", "pending", "sum_s")

    def __init__(self) -> None:
        self.pending: list[float] = []
        self.counts = np.zeros(len(BOUNDS) + 1, np.int64)
        self.sum_s = 0.0
        self.fresh: sketches.Sketch = np.empty(0, np.int64)
        self.fresh_s = 0.0
        self.lock = threading.Lock()

    def observe(self, seconds: float) -> None:
        self.pending.append(seconds)
        if len(self.pending) >= _PENDING:
            self.fold()

    def fold(self) -> None:
        """Take what is pending into the sums."""
        with self.lock:
            # Others append meanwhile, always at the end: what is taken is exactly what is cut off.
            taken = np.asarray(self.pending[: len(self.pending)])
            del self.pending[: len(taken)]
            if not len(taken):
                return
            places = np.searchsorted(BOUNDS, taken, side="left")
            self.counts += np.bincount(places, minlength=len(self.counts))
            self.sum_s += float(taken.sum())
            self.fresh = sketches.merge([self.fresh, sketches.build(taken * 1000)])
            self.fresh_s += float(taken.sum())

    def drain(self, name: str) -> Timing | None:
        self.fold()
        with self.lock:
            taken, seconds = self.fresh, self.fresh_s
            self.fresh, self.fresh_s = np.empty(0, np.int64), 0.0
        if not len(taken):
            return None
        return Timing(name, sketches.count(taken), seconds * 1000, [int(each) for each in taken])

    def give_back(self, timing: Timing) -> None:
        with self.lock:
            self.fresh = sketches.merge([self.fresh, timing.sketch])
            self.fresh_s += timing.sum_ms / 1000


_queries: dict[str, _Query] = {}


class named:  # noqa: N801 - reads as a statement: `with named("x"):`
    """Measure what happens inside as a run of the query of this name; errors are not counted."""

    __slots__ = ("_query", "_started")

    def __init__(self, name: str) -> None:
        """Name the query: module and what it gives, such as `predictions.recent`."""
        query = _queries.get(name)
        self._query = _queries.setdefault(name, _Query()) if query is None else query
        self._started = 0.0

    def __enter__(self) -> None:
        """Begin."""
        self._started = time.perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        """Note how long it took."""
        if kind is None:
            self._query.observe(time.perf_counter() - self._started)


def timed(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Give a decorator that measures every call of a function as a run of the query."""

    def around(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with named(name):
                return function(*args, **kwargs)

        return call

    return around


def drain() -> list[Timing]:
    """Give the times since the last call, and begin anew."""
    found = [query.drain(name) for name, query in list(_queries.items())]
    return [each for each in found if each is not None]


def give_back(timings: list[Timing]) -> None:
    """Take back what could not be written, for the next time."""
    for each in timings:
        _queries[each.name].give_back(each)


class _Times(Collector):
    """Shows the times to Prometheus."""

    def describe(self) -> Iterator[HistogramMetricFamily]:
        yield HistogramMetricFamily(
            "everlearn_query_seconds", "Time of a named query, in seconds.", labels=["query"]
        )

    def collect(self) -> Iterator[HistogramMetricFamily]:
        (family,) = self.describe()
        for name, query in sorted(_queries.items()):
            query.fold()
            with query.lock:
                upto, sum_s = np.cumsum(query.counts), query.sum_s
            bounds = [*(repr(bound) for bound in BOUNDS), "+Inf"]
            buckets = [(bound, float(n)) for bound, n in zip(bounds, upto, strict=True)]
            family.add_metric([name], buckets, sum_s)
        yield family


metrics.REGISTRY.register(_Times())

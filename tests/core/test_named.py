"""Named queries: no run is lost, and the histogram says the same as the sketch."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from everlearn.core import metrics, named, sketches
from everlearn.core.named import BOUNDS, timed


@pytest.fixture(autouse=True)
def anew(monkeypatch):
    monkeypatch.setattr(named, "_queries", {})


def observe(name, *seconds):
    query = named._queries.setdefault(name, named._Query())
    for each in seconds:
        query.observe(each)


def test_p95_is_at_most_one_percent_off():
    times = np.random.default_rng(7).lognormal(-5, 1, 5000)
    observe("a.b", *times)
    (timing,) = named.drain()
    assert timing.n == 5000
    assert timing.sum_ms == pytest.approx(times.sum() * 1000)
    wanted = np.percentile(times, 95) * 1000
    assert sketches.quantile(timing.sketch, 0.95) == pytest.approx(wanted, rel=0.0101)


def test_drained_once_and_given_back_on_request():
    observe("a.b", 0.001, 0.002)
    taken = named.drain()
    assert named.drain() == []
    named.give_back(taken)
    observe("a.b", 0.004)
    (again,) = named.drain()
    assert again.n == 3
    assert again.sum_ms == pytest.approx(7.0)


def test_threads_lose_nothing():
    def work():
        for _ in range(20_000):
            with named.named("a.b"):
                pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    found = 0
    while any(each.is_alive() for each in threads):
        found += sum(timing.n for timing in named.drain())
    for each in threads:
        each.join()
    found += sum(timing.n for timing in named.drain())
    assert found == 80_000


def test_a_failed_run_is_no_time():
    @timed("a.b")
    def work(fails):
        if fails:
            raise ValueError("planned")
        return 5

    assert work(fails=False) == 5
    with pytest.raises(ValueError, match="planned"):
        work(fails=True)
    (timing,) = named.drain()
    assert timing.n == 1


def test_the_histogram_counts_every_run_for_ever():
    observe("a.b", *(bound for bound in BOUNDS), 1000.0)
    named.drain()
    lines = metrics.render().decode().splitlines()
    wanted = 'everlearn_query_seconds_bucket{le="0.01",query="a.b"} 4.0'
    assert wanted in lines
    assert f'everlearn_query_seconds_count{{query="a.b"}} {len(BOUNDS) + 1:.1f}' in lines
    assert 'everlearn_query_seconds_bucket{le="+Inf",query="a.b"} 16.0' in lines

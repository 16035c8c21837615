"""What metrics take: bytes a sample, samples a second, milliseconds a chart; beside MLflow.

    python -m benchmarks.metrics [--hours 6] [--rounds 7] [--batches 20]

A server of its own that waits for the disk at every commit, and the application in a process of its
own, asked over the loopback. 24 senders measure 40 series each, every 8.3 seconds or so, which is
10 million samples a day; each sends 1,000 samples at a time. So many hours of them are written, and
at the end of each hour what the worker does every hour is done, and VACUUM, which the server does
by itself. Values are random doubles, which nothing makes smaller.

MLflow is put into a virtual environment of its own below ~/.cache/everlearn-benchmarks (with uv,
the first time). Its tracking server has a database of its own on the same PostgreSQL; its own
client logs 1,000 metrics a call, as many as it takes. Both take turns round by round; both times
hold the client's work. Writes benchmarks/results/metrics.json.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.common import Bench, Way, in_turns, percentile, ratio, running, write
from benchmarks.peer_mlflow import Peer, tracking_server
from everlearn.core.chores import House
from everlearn.core.clock import ManualClock
from everlearn.core.tx import connect
from everlearn.modules.operations import jobs, service

BATCH = 1_000
SENDERS = 24
SERIES = 40  # of a sender
EACH = BATCH // SERIES  # samples of a series in a batch
EVERY_MS = 8_300
ARROW = "application/vnd.apache.arrow.stream"
_SIZE = """
SELECT coalesce(sum(pg_relation_size(i.inhrelid)), 0),
  coalesce(sum(pg_total_relation_size(i.inhrelid)), 0)
FROM pg_inherits i WHERE i.inhparent = %s::regclass
"""


def main() -> None:
    """Run the benchmark and write its results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=6, help="hours of samples to fill")
    parser.add_argument("--rounds", type=int, default=7, help="rounds that count")
    parser.add_argument("--batches", type=int, default=20, help="batches of each way in a round")
    given = parser.parse_args()
    with running(durable=True) as bench:
        with tracking_server(bench) as peer:
            speed = rates(bench, peer, given.rounds, given.batches)
        figures = {
            "samples_of_a_batch": BATCH,
            "rounds": given.rounds,
            "batches_of_a_round": given.batches,
            "rates": speed,
            "bytes": fill(bench, given.hours),
            "chart_of_30_days": chart(bench),
        }
    write("metrics", figures)


def rates(bench: Bench, peer: Peer, rounds: int, batches: int) -> dict[str, Any]:
    """Give samples a second of each way of writing, and the ratio to MLflow's."""
    fresh = numbered()
    ways: dict[str, Way] = {
        "mlflow_log_batch": (lambda: None, lambda _: peer.log(batches)),
        "http_json": (
            lambda: [as_dicts(next(fresh)) for _ in range(batches)],
            partial(post, bench, as_json, "application/json"),
        ),
        "http_arrow": (
            lambda: [next(fresh) for _ in range(batches)],
            partial(post, bench, as_arrow, ARROW),
        ),
        "service_arrow": (
            lambda: [next(fresh) for _ in range(batches)],
            partial(record, bench),
        ),
    }
    taken = in_turns(ways, rounds)
    theirs = taken["mlflow_log_batch"]
    return {
        name: {
            "samples_per_s": round(BATCH * batches / statistics.median(values)),
            "ms_a_batch": round(statistics.median(values) / batches * 1e3, 1),
            **({} if values is theirs else ratio(theirs, values)),
        }
        for name, values in taken.items()
    }


Columns = dict[str, Any]


def numbered() -> Iterator[Columns]:
    """Give batches without end, of one sender, each of a time of its own within the last hours."""
    # lint: allow clock because samples are of about now
    start = np.datetime64(datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=2), "us")
    rng = np.random.default_rng(7)
    n = 0
    while True:
        yield columns_of("rates", 0, start + np.timedelta64(n * 50, "ms"), 2, rng)
        n += 1


def columns_of(name: str, sender: int, start: Any, every_ms: int, rng: Any) -> Columns:
    """Give 1,000 samples of a sender's series, one after the other as it measures them."""
    step = np.repeat(np.arange(EACH), SERIES)
    jitter = rng.integers(0, every_ms * 500, BATCH)  # up to half the time between two, in us
    series = np.tile(np.arange(SERIES), EACH)
    return {
        "metric_name": [f"{name}.{i % 8}" for i in series],
        "value": rng.gamma(2.0, 20.0, BATCH),
        "timestamp": start + (step * every_ms * 1000 + jitter).astype("timedelta64[us]"),
        "metric_category": ["api"] * BATCH,
        "unit": ["ms"] * BATCH,
        "tags": [f'{{"route": {i}}}' for i in series],
        "source_component": [f"sender-{sender}"] * BATCH,
    }


def as_dicts(columns: Columns) -> list[dict[str, Any]]:
    """Give the samples of a batch as a sender has them."""
    times = np.datetime_as_string(columns["timestamp"], timezone="UTC").tolist()
    plain = columns | {"timestamp": times, "value": columns["value"].tolist()}
    plain["tags"] = [json.loads(each) for each in columns["tags"]]
    return [dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True)]


def as_json(samples: list[dict[str, Any]]) -> bytes:
    """Write a batch as a JSON list."""
    return json.dumps(samples).encode()


def as_table(columns: Columns) -> pa.Table:
    """Give a batch as an Arrow table."""
    times = pa.array(columns["timestamp"]).cast(pa.timestamp("us", "UTC"))
    return pa.table(columns | {"timestamp": times})


def as_arrow(columns: Columns) -> bytes:
    """Write a batch as an Arrow stream."""
    table, sink = as_table(columns), io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def post(bench: Bench, encode: Callable[[Any], bytes], kind: str, batches: list[Any]) -> None:
    """Send batches over one connection, encoding each."""
    link = http.client.HTTPConnection("127.0.0.1", bench.port, timeout=60)
    for columns in batches:
        link.request(
            "POST",
            "/v1/metrics:batch",
            encode(columns),
            bench.headers | {"content-type": kind},
        )
        answer = link.getresponse()
        told = json.loads(answer.read())
        if answer.status != 200 or told["accepted"] != BATCH:
            msg = f"{answer.status}: {str(told)[:300]}"
            raise AssertionError(msg)
    link.close()


def record(bench: Bench, batches: list[Columns]) -> None:
    """Write batches through the service in this process, each in a transaction of its own."""
    for columns in batches:
        with bench.made.database.tx(bench.tenant) as tx:
            done = service.record_metrics(tx, as_table(columns))
        if done.accepted != BATCH:
            msg = f"only {done.accepted} were accepted"
            raise AssertionError(msg)


def fill(bench: Bench, hours: int) -> dict[str, Any]:
    """Write hours of samples as they come, doing each hour's work, and give what they take."""
    clear(bench)
    rng = np.random.default_rng(11)
    # lint: allow clock because samples are of about now
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0, tzinfo=None)
    start = now - timedelta(hours=hours)
    span = timedelta(milliseconds=EVERY_MS * EACH)
    count, seconds, work = 0, 0.0, {"roll_up": 0.0, "merge": 0.0}
    at_ingest: list[float] = []
    before = 0
    at = start
    while at < now:
        hour_end = at + timedelta(hours=1)
        written = 0
        while at < hour_end:
            for sender in range(SENDERS):
                columns = columns_of("fill", sender, np.datetime64(at, "us"), EVERY_MS, rng)
                begun = time.perf_counter()
                record(bench, [columns])
                seconds += time.perf_counter() - begun
                written += BATCH
            at += span
        at_ingest.append((size(bench)[1] - before) / written)
        count += written
        clock = ManualClock(at.replace(tzinfo=UTC) + timedelta(minutes=10))
        house = House(bench.made.server, bench.made.settings, clock)
        for name, chore in (("roll_up", jobs.roll_up_metrics), ("merge", jobs.merge_metrics)):
            begun = time.perf_counter()
            chore(house)
            work[name] += time.perf_counter() - begun
        bench.owner.execute("VACUUM (ANALYZE) operations.metric_samples")
        before = size(bench)[1]
    _, total = size(bench)
    index = index_size(bench)
    return {
        "samples": count,
        "series": SENDERS * SERIES,
        "samples_of_a_series_in_a_batch": EACH,
        "written_samples_per_s": round(count / seconds),
        "bytes_a_sample_as_ingested_with_indexes": round(at_ingest[0], 1),
        "bytes_a_sample_in_the_end_with_indexes": round(total / count, 1),
        "of_which_indexes": round(index / count, 2),
        "bytes_a_sample_of_minutes_hours_and_days": round(rolled_size(bench) / count, 1),
        "roll_up_us_a_sample": round(work["roll_up"] / count * 1e6, 1),
        "merge_us_a_sample": round(work["merge"] / count * 1e6, 1),
        "bytes_a_row_of_system_performance_metrics": row_size(bench),
    }


def clear(bench: Bench) -> None:
    """Take away what was measured before."""
    with connect_service(bench).tx(bench.tenant) as tx:
        for table in ("samples", "minutes", "hours", "days", "arrivals"):
            tx.execute(f"DELETE FROM operations.metric_{table} WHERE tenant_id = app.tenant_id()")
    for table in ("samples", "minutes", "hours", "days", "arrivals"):
        bench.owner.execute(f"VACUUM FULL operations.metric_{table}")


def connect_service(bench: Bench) -> Any:
    """Connect as everlearn_service."""
    return connect(bench.made.server, bench.made.settings, role="service")


def size(bench: Bench) -> tuple[int, int]:
    """Give the bytes of the chunks: their heap, and all of it."""
    row = bench.owner.execute(_SIZE, ["operations.metric_samples"]).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def index_size(bench: Bench) -> int:
    """Give the bytes of the indexes of the chunks."""
    row = bench.owner.execute(
        "SELECT sum(pg_indexes_size(inhrelid)) FROM pg_inherits"
        " WHERE inhparent = 'operations.metric_samples'::regclass"
    ).fetchone()
    return int(row[0]) if row else 0


def rolled_size(bench: Bench) -> int:
    """Give the bytes of minutes, hours and days."""
    total = 0
    for table in ("operations.metric_minutes", "operations.metric_hours"):
        row = bench.owner.execute(_SIZE, [table]).fetchone()
        total += int(row[1]) if row else 0
    row = bench.owner.execute("SELECT pg_total_relation_size('operations.metric_days')").fetchone()
    return total + (int(row[0]) if row else 0)


def row_size(bench: Bench, rows: int = 20_000) -> float:
    """Give the bytes of a sample as a row of the asked table, with its indexes."""
    columns = columns_of("rows", 0, np.datetime64("now", "us"), EVERY_MS, np.random.default_rng(3))
    columns["timestamp"] = [each.replace(tzinfo=UTC) for each in columns["timestamp"].tolist()]
    columns["value"] = columns["value"].tolist()
    given = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    statement = (
        "INSERT INTO operations.system_performance_metrics (metric_name, value, timestamp,"
        " metric_category, unit, tags, source_component) VALUES (:metric_name, :value,"
        " :timestamp, :metric_category, :unit, CAST(:tags AS jsonb), :source_component)"
    )
    before = bench.owner.execute(_SIZE, ["operations.system_performance_metrics"]).fetchone()
    for _ in range(rows // BATCH):
        with bench.made.database.tx(bench.tenant) as tx:
            tx.execute(statement, given)
    after = bench.owner.execute(_SIZE, ["operations.system_performance_metrics"]).fetchone()
    return round(float(after[1] - before[1]) / rows, 1) if before and after else 0.0


def chart(bench: Bench, times: int = 200) -> dict[str, Any]:
    """Give how long the 30-day chart of a series of a sample a minute takes, of 20 such series."""
    # lint: allow clock because the chart ends now
    until = datetime.now(UTC).replace(second=0, microsecond=0)
    since = until - timedelta(days=30)
    start = np.datetime64(since.replace(tzinfo=None), "us")
    minutes = start + np.arange(30 * 24 * 60) * np.timedelta64(60_000_000, "us")
    rng = np.random.default_rng(5)
    for n in range(20):
        at = pa.array(minutes).cast(pa.timestamp("us", "UTC"))
        table = pa.table(
            {
                "metric_name": [f"chart.{n}"] * len(minutes),
                "value": rng.gamma(2.0, 20.0, len(minutes)),
                "timestamp": at,
            }
        )
        with bench.made.database.tx(bench.tenant) as tx:
            service.record_metrics(tx, table)
    bench.owner.execute("VACUUM (ANALYZE) operations.metric_hours")
    link = http.client.HTTPConnection("127.0.0.1", bench.port, timeout=60)
    given = f"since={since:%Y-%m-%dT%H:%M:%SZ}&until={until:%Y-%m-%dT%H:%M:%SZ}"
    inside, outside, points = [], [], 0
    for n in range(times):
        name = f"chart.{n % 20}"
        begun = time.perf_counter()
        with bench.made.database.tx(bench.tenant) as tx:
            points = len(service.read_points(tx, name, since=since, until=until))
        inside.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        link.request("GET", f"/v1/metrics/{name}/points?{given}", headers=bench.headers)
        answer = link.getresponse()
        answer.read()
        outside.append(time.perf_counter() - begun)
    return {
        "points": points,
        "quantiles_of_each": 3,
        "service_ms_p50": round(percentile(inside, 0.5) * 1e3, 1),
        "service_ms_p95": round(percentile(inside, 0.95) * 1e3, 1),
        "http_json_ms_p50": round(percentile(outside, 0.5) * 1e3, 1),
        "http_json_ms_p95": round(percentile(outside, 0.95) * 1e3, 1),
    }


if __name__ == "__main__":
    main()

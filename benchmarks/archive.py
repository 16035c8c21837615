"""What the archive takes and gives: bytes a row, rows a second, queries beside live rows.

    python -m benchmarks.archive [--events 1000000] [--months 30] [--rounds 5]

A server of its own in a temporary folder, without waiting for the disk. One month of events is
archived by the nightly retention itself, read back and dropped; the other months are files that the
same writer makes of its rows with their time moved, so that the whole archive has as many months of
as many events. Queries run on all of it. Beside PostgreSQL: the month is restored, and the same
aggregate runs in turns as everlearn_app on its live rows and as a query of another month's file.
Metrics are chunks as they are recorded, an hour of samples each, archived in the same way.
Writes benchmarks/results/archive.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.common import Bench, in_turns, ratio, running, write
from everlearn.core.ids import uuid7
from everlearn.core.tx import Database, connect
from everlearn.modules.events import service as stream
from everlearn.modules.operations import service as operations
from everlearn.modules.operations.service import files, parquet, querying, restoring, retention
from everlearn.modules.operations.service.store import sha256_of
from everlearn.modules.operations.types import ArchiveStrategy

EVENTS, SAMPLES = "events.learning_events", "operations.metric_samples"
START, END = datetime(2023, 5, 1, tzinfo=UTC), datetime(2023, 6, 1, tzinfo=UTC)
BATCH = 20_000
SERIES, EVERY_S, DAY_S = 100, 10, 86_400
PAYLOAD = 200  # bytes, to within a few
TYPES = ("model_prediction", "user_feedback", "pattern_detection", "data_ingestion")
_TYPE_SHARES = (0.7, 0.15, 0.1, 0.05)
_MODELS = ("delays", "churn", "fraud", "ranking", "demand", "pricing", "intent", "quality")
_REGIONS = ("eu-west-1", "eu-north-1", "us-east-1", "us-west-2", "ap-south-1")


def events(n: int, start: datetime, end: datetime, seed: int) -> pa.Table:
    """Make events as a service would send them: times, entities and values as they come.

    Of the payload's 200 bytes, the trace id is random and the numbers are; names repeat.
    """
    rng = np.random.default_rng(seed)
    span = int((end - start) / timedelta(microseconds=1))
    micros = np.sort(rng.integers(0, span, n)) + int(start.timestamp()) * 1_000_000
    # The id is made with the event: its milliseconds, and 74 random bits.
    ids = np.frombuffer(rng.bytes(16 * n), np.uint8).reshape(n, 16).copy()
    ids[:, :6] = (micros // 1000).astype(">i8").view(np.uint8).reshape(n, 8)[:, 2:]
    ids[:, 6] = 0x70 | ids[:, 6] & 0x0F
    ids[:, 8] = 0x80 | ids[:, 8] & 0x3F
    took = np.round(rng.lognormal(3, 0.8, n), 3)
    entity = rng.zipf(1.3, n) % 100_000
    return pa.table(
        {
            "id": pa.FixedSizeBinaryArray.from_buffers(
                pa.binary(16), n, [None, pa.py_buffer(ids.tobytes())]
            ),
            "event_type": rng.choice(TYPES, n, p=_TYPE_SHARES),
            "event_subtype": ["scored"] * n,
            "timestamp": pa.array(micros, pa.timestamp("us", "UTC")),
            "source_system": rng.choice(("api", "everlearn", "pattern_analyzer"), n),
            "entity_type": ["user"] * n,
            "entity_id": [f"user-{each}" for each in entity],
            "event_data": [payload(rng, each) for each in took],
            "session_id": [f"session-{each}" for each in entity // 3],
            "processing_time_ms": took,
        }
    )


def payload(rng: Any, took: float) -> str:
    """Make one payload."""
    given = rng.random(4)
    model = _MODELS[int(given[0] ** 2 * len(_MODELS))]
    return json.dumps(
        {
            "trace_id": rng.bytes(12).hex(),
            "model": model,
            "version": f"v1.{int(given[1] * 6)}.0",
            "region": _REGIONS[int(given[2] * len(_REGIONS))],
            "score": round(given[3], 4),
            "accepted": bool(given[3] > 0.5),
            "latency_ms": round(took * (1 + given[3]), 3),
            "route": f"/v1/models/{model}/predict",
        }
    )


def main() -> None:
    """Run the benchmark and write its results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000, help="events of a month")
    parser.add_argument("--months", type=int, default=30, help="months in the archive")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each query")
    given = parser.parse_args()
    with running(serve=False, settings={"archive_query_memory_mb": 4096}) as bench:
        database = connect(bench.made.server, bench.made.settings, role="service")
        figures = {
            "events_of_a_month": given.events,
            "payload_bytes": PAYLOAD,
            "archive": archive(bench, database, given.events),
            "metrics": metrics(bench, database),
        }
        made = multiply(bench, database, given.months)
        figures["files"] = made
        figures["queries"] = queries(bench, given.rounds, given.events * given.months)
        figures["restore"] = restore(bench, database, given.events)
        figures["beside_postgres"] = beside(bench, given.rounds)
        database.dispose()
    write("archive", figures)


def seconds_of(call: Callable[[], Any]) -> tuple[float, Any]:
    """Give how long a call took, and what it gave."""
    started = time.perf_counter()
    made = call()
    return time.perf_counter() - started, made


def archive(bench: Bench, database: Database, n: int) -> dict[str, Any]:
    """Archive a month of events by the nightly run."""
    for at in range(0, n, BATCH):
        part = END - START
        begin, end = START + part * at / n, START + part * min(at + BATCH, n) / n
        with bench.made.database.tx(bench.tenant) as tx:
            stream.ingest(tx, events(min(BATCH, n - at), begin, end, seed=at))
    row = bench.owner.execute(
        "SELECT sum(pg_total_relation_size(c.oid)), sum(pg_relation_size(c.oid)) FROM pg_class c"
        " WHERE c.relname = 'learning_events_y2023m05'"
    ).fetchone()
    took, swept = seconds_of(lambda: retention.sweep(database, bench.made.settings, only=[EVENTS]))
    (file,) = the_files(bench, EVENTS)
    if [each.archived for each in swept] != [n] or file.row_count != n:
        msg = f"the month was not archived: {swept}"
        raise AssertionError(msg)
    path = Path(file.url.removeprefix("file://"))
    return {
        "seconds": round(took, 1),
        "events_per_s": round(n / took),
        "bytes_per_event": round(file.size_bytes / n, 1),
        "bytes_per_event_in_the_table": round(float(row[0]) / n) if row else None,
        "bytes_per_event_of_its_heap": round(float(row[1]) / n) if row else None,
        "largest_columns": largest(path, n),
    }


def largest(path: Path, n: int) -> dict[str, float]:
    """Give the bytes a row of a file's largest columns."""
    sizes: dict[str, int] = {}
    about = pq.read_metadata(path)
    for group in range(about.num_row_groups):
        for column in range(about.num_columns):
            each = about.row_group(group).column(column)
            sizes[each.path_in_schema] = (
                sizes.get(each.path_in_schema, 0) + each.total_compressed_size
            )
    ranked = sorted(sizes.items(), key=lambda item: -item[1])[:8]
    return {name: round(size / n, 2) for name, size in ranked}


def the_files(bench: Bench, table: str) -> list[Any]:
    """Give the files of a table."""
    with bench.made.database.tx(bench.tenant) as tx:
        return files.list_files(tx, table=table)


def metrics(bench: Bench, database: Database) -> dict[str, Any]:
    """Archive a day of samples: every ten seconds with some jitter, values of full precision."""
    # lint: allow clock because samples are taken for a few weeks only
    now = datetime.now(UTC)
    day = (now - timedelta(days=13)).replace(hour=0, minute=0, second=0, microsecond=0)
    rng = np.random.default_rng(7)
    each = DAY_S // EVERY_S
    for n in range(SERIES):
        micros = np.arange(each) * EVERY_S * 1_000_000 + rng.integers(0, 50_000, each)
        table = pa.table(
            {
                "metric_name": [f"service.latency.{n}"] * each,
                "value": rng.lognormal(3, 0.5, each),
                "timestamp": pa.array(
                    micros + int(day.timestamp()) * 1_000_000, pa.timestamp("us", "UTC")
                ),
            }
        )
        with bench.made.database.tx(bench.tenant) as tx:
            operations.record_metrics(tx, table)
    with bench.made.database.tx(bench.tenant) as tx:
        operations.set_retention(tx, SAMPLES, days=1, strategy=ArchiveStrategy.COMPRESS)
    took, _ = seconds_of(lambda: retention.sweep(database, bench.made.settings, only=[SAMPLES]))
    total, sql = SERIES * each, "SELECT sum(sample_count) AS n FROM metric_samples"
    found = ask(bench, sql)
    if int(found.table.to_pylist()[0]["n"]) != total or found.live_rows:
        msg = "not every sample was archived"
        raise AssertionError(msg)
    size = sum(file.size_bytes for file in the_files(bench, SAMPLES))
    return {
        "samples": total,
        "bytes_per_sample": round(size / total, 2),
        "samples_per_s": round(total / took),
    }


def multiply(bench: Bench, database: Database, months: int) -> dict[str, Any]:
    """Make the files of the other months of the first one's rows."""
    (first,) = the_files(bench, EVENTS)
    path = Path(first.url.removeprefix("file://"))
    rows = pq.read_table(path)
    with database.tx(bench.tenant) as tx:
        query = "SELECT * FROM operations.archive_manifests WHERE id = :id"
        known = dict(tx.execute(query, {"id": first.id}).mappings().one())
    taken, size = 0.0, first.size_bytes
    for n in range(1, months):
        start = month_before(START, n)
        moved = pa.compute.add(
            rows.column("timestamp"), pa.scalar(start - START, pa.duration("us"))
        ).cast(pa.timestamp("us", "UTC"))
        table = rows.set_column(rows.column_names.index("timestamp"), "timestamp", moved)
        file = path.with_name(f"{start:%Y-%m-%d}.parquet")
        seconds, _ = seconds_of(lambda t=table, f=file: write_file(f, t, known["layout"]))
        taken += seconds
        size += file.stat().st_size
        with database.tx(bench.tenant) as tx:
            tx.execute(
                MANIFEST,
                {
                    **{key: known[key] for key in ("table_name", "row_count", "verified_at")},
                    "id": uuid7(start),
                    "start": start,
                    "end": month_before(START, n - 1),
                    "size": file.stat().st_size,
                    "sha256": sha256_of(file),
                    "url": file.as_uri(),
                    "layout": json.dumps(known["layout"]),
                },
            )
    events_ = months * first.row_count
    return {"files": months, "events": events_, "bytes": size, "written_in_s": round(taken, 1)}


MANIFEST = """
INSERT INTO operations.archive_manifests (id, table_name, period_start, period_end, row_count,
  content_hash, size_bytes, sha256, url, verified_at, dropped_at, layout)
VALUES (:id, :table_name, :start, :end, :row_count, '0', :size, :sha256, :url, :verified_at,
  :verified_at, :layout)
"""


def month_before(start: datetime, n: int) -> datetime:
    """Give the beginning of the month that is n months before."""
    year, month = divmod(start.year * 12 + start.month - 1 - n, 12)
    return start.replace(year=year, month=month + 1)


def write_file(path: Path, table: pa.Table, layout: Any) -> None:
    """Write a file as the archive does: its encodings, row groups and compression."""
    writer = parquet.open_writer(path, table, layout)
    writer.write_table(table, row_group_size=parquet.ROWS)
    writer.close()


def ask(bench: Bench, sql: str, *, live: bool = True) -> Any:
    """Ask the archive."""
    return querying.query(bench.made.database, bench.made.settings, bench.tenant, sql, live=live)


_DAILY = (
    "SELECT {day} AS day, event_type, count(*) AS n, avg(processing_time_ms) AS mean,"
    " max(processing_time_ms) AS most FROM {table} {where} GROUP BY 1, 2 ORDER BY 1, 2"
)
_MONTH = "WHERE timestamp >= '{0:%Y-%m-%d}' AND timestamp < '{1:%Y-%m-%d}'"


def queries(bench: Bench, rounds: int, total: int) -> dict[str, Any]:
    """Run queries over the whole archive."""
    day = "date_trunc('day', timestamp)"
    april = _MONTH.format(month_before(START, 1), START)
    asked = {
        "daily_count_mean_max": _DAILY.format(day=day, table="learning_events", where=""),
        "daily_p95": (
            f"SELECT {day} AS day, count(*) AS n,"
            " approx_quantile(processing_time_ms, 0.95) AS p95 FROM learning_events GROUP BY 1"
        ),
        "count": "SELECT count(*) AS n FROM learning_events",
        "one_entity_of_a_month": (
            f"SELECT count(*) AS n FROM learning_events {april} AND entity_id = 'user-7'"
        ),
        "key_of_the_payload_of_a_month": (
            "SELECT event_data->>'model' AS model, avg(CAST(event_data->>'score' AS DOUBLE)) AS s"
            f" FROM learning_events {april} GROUP BY 1"
        ),
    }
    found = {}
    for name, sql in asked.items():
        taken = []
        for n in range(rounds + 1):
            seconds, answer = seconds_of(lambda q=sql: ask(bench, q))
            if n:
                taken.append(seconds)
        rows = answer.table.to_pylist()
        if name == "daily_count_mean_max" and sum(row["n"] for row in rows) != total:
            msg = "not every event was counted"
            raise AssertionError(msg)
        found[name] = {
            "seconds": round(statistics.median(taken), 3),
            "seconds_to": round(max(taken), 3),
            "rows": len(rows),
            "files": answer.files,
        }
    return found


def restore(bench: Bench, database: Database, n: int) -> dict[str, Any]:
    """Check every file, and bring the first month back."""
    with bench.made.database.tx(bench.tenant) as tx:
        checking, checks = seconds_of(lambda: files.verify_files(tx, bench.made.settings))
    if any(each.problem for each in checks):
        msg = f"files are not what was written: {checks}"
        raise AssertionError(msg)
    size = sum(file.size_bytes for file in the_files(bench, EVENTS))
    took, done = seconds_of(
        lambda: restoring.restore(
            database, bench.made.settings, bench.tenant, EVENTS, start=START, end=END
        )
    )
    if done.rows != n:
        msg = f"only {done.rows} came back"
        raise AssertionError(msg)
    bench.owner.execute("VACUUM (ANALYZE) events.learning_events")
    return {
        "seconds": round(took, 1),
        "events_per_s": round(n / took),
        "verified_mb_per_s": round(size / 1e6 / checking),
    }


def beside(bench: Bench, rounds: int) -> dict[str, Any]:
    """Run the daily aggregate of a month on live rows, and on a month of the archive."""
    archived = _DAILY.format(
        day="date_trunc('day', timestamp)",
        table="learning_events",
        where=_MONTH.format(month_before(START, 1), START),
    )
    live = _DAILY.format(
        day="date_trunc('day', timestamp)",
        table="events.learning_events",
        where=_MONTH.format(START, END) + " AND tenant_id = app.tenant_id()",
    )

    def postgres(_: Any) -> None:
        with bench.made.database.tx(bench.tenant) as tx:
            tx.execute(live).all()

    taken = in_turns(
        {
            "postgres_live": (lambda: None, postgres),
            "archive": (lambda: None, lambda _: ask(bench, archived)),
        },
        rounds,
    )
    return {
        "postgres_live_s": round(statistics.median(taken["postgres_live"]), 3),
        "archive_s": round(statistics.median(taken["archive"]), 3),
        **ratio(taken["postgres_live"], taken["archive"]),
    }


if __name__ == "__main__":
    main()

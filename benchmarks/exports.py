"""What it costs to take out events, predictions with their outcomes, and samples, beside ADBC.

    python -m benchmarks.exports [--rounds 9] [--rows 200000]

A server of its own with its default settings, without waiting for the disk. Everlearn reads through
the SDK as everlearn_app under row-level security; ADBC and psycopg ask for the same columns of the
same rows in the same order by a SELECT written by hand, in the same role, for the same tenant, on
connections that are open already. The ways take turns within each round, beginning with another one
each time; a ratio is the other's time over the SDK's, so above 1 the SDK is quicker; given is the
median over the rounds.

- events: rows of 12 columns with a 200-byte payload, to an Arrow table.
- predictions: rows of 17 columns, four of five with the 5 columns of their outcome.
- metrics: as many samples of 20 series; by hand from the view v_metric_samples, with the same
  columns, though not as dictionaries.

Writes benchmarks/results/exports.json.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import numpy as np
import psycopg
import pyarrow as pa

from benchmarks.common import Bench, Way, in_turns, running, write
from benchmarks.reading import compared, table_of
from everlearn.core import partitions
from everlearn.core.ids import uuid7_array
from everlearn.entry.sdk import Everlearn
from everlearn.modules.events.types import EventType
from everlearn.modules.registry import service as registry

SPAN = timedelta(days=60)
SERIES = 20
PART = 50_000
_FILL = """
WITH made AS (
  INSERT INTO predictions.ml_predictions (tenant_id, id, service_name, prediction_type, ml_model_id,
    model_version_id, model_version, entity_id, feature_row_id, raw_margin, predicted_value,
    confidence_interval_lower, confidence_interval_upper, confidence, inference_time_ms,
    prediction_timestamp, context)
  SELECT app.tenant_id(), w.id, 'everlearn', 'churn', :model, :version, 'v1.0.0',
    'customer-' || w.place, w.id, 0.1, 0.2, 0.1, 0.3, 0.8, 1.5, w.at, NULL
  FROM unnest(CAST(:ids AS uuid[]), CAST(:at AS timestamptz[])) WITH ORDINALITY AS w(id, at, place)
  RETURNING *
)
INSERT INTO predictions.prediction_outcomes (tenant_id, id, ml_model_id, model_version_id, role,
  feature_row_id, raw_margin, predicted_value, actual_value, error, loss, predicted_at, happened_at,
  known_at)
SELECT tenant_id, id, ml_model_id, model_version_id, role, feature_row_id, raw_margin,
  predicted_value, 1, 0.8, 1.6, prediction_timestamp, prediction_timestamp, prediction_timestamp
FROM made WHERE hashtext(entity_id) % 5 <> 0
"""
_EVENTS = """
SELECT id, event_type, event_subtype, timestamp, source_system, entity_type, entity_id, event_data,
  user_id, session_id, processing_time_ms, metadata
FROM events.learning_events WHERE tenant_id = '{tenant}' ORDER BY timestamp, id
"""
_PREDICTIONS = """
SELECT p.id, p.prediction_id, p.prediction_kind, p.service_name, p.model_version,
  p.model_version_id, p.role, p.entity_id, p.prediction_timestamp, p.predicted_value,
  p.confidence_interval_lower, p.confidence_interval_upper, p.confidence, p.raw_margin,
  p.inference_time_ms, p.feature_row_id, p.context, o.actual_value, o.error, o.loss, o.happened_at,
  o.known_at
FROM predictions.ml_predictions p LEFT JOIN predictions.prediction_outcomes o
  ON o.tenant_id = p.tenant_id AND o.id = p.id
WHERE p.tenant_id = '{tenant}' AND p.ml_model_id = '{model}' AND p.role = 'live' ORDER BY p.id
"""
_METRICS = """
SELECT timestamp, value, series_id, tags, unit, metric_category, source_component
FROM operations.v_metric_samples
WHERE tenant_id = '{tenant}' AND metric_name = 'request_ms' AND aggregation_level = 'raw'
ORDER BY timestamp, series_id
"""


def main() -> None:
    """Run the benchmark and write its results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="rounds that count")
    parser.add_argument("--rows", type=int, default=200_000, help="rows of each kind")
    given = parser.parse_args()
    with running(serve=False) as bench:
        el = Everlearn("default", data_dir=bench.home)
        model = fill(el, given.rows)
        for table in (
            "events.learning_events",
            "predictions.ml_predictions",
            "predictions.prediction_outcomes",
            "operations.metric_samples",
        ):
            bench.owner.execute(f"VACUUM ANALYZE {table}")
        found = {
            name: compared(in_turns(ways, given.rounds), given.rows)
            for name, ways in ways_of(bench, el, model).items()
        }
        el.close()
    write("exports", {"rounds": given.rounds, "rows": given.rows, **found})


def fill(el: Everlearn, n: int) -> str:
    """Write as many events, predictions and samples over two months; give the model's id."""
    now = datetime.now(UTC)
    at = np.linspace((now - SPAN).timestamp() * 1e6, now.timestamp() * 1e6, n).astype(np.int64)
    times = pa.array(at).cast(pa.timestamp("us", tz="UTC"))
    types = [each.value for each in EventType]
    random = np.random.default_rng(7)
    payload = [f'{{"n": {i}, "text": "{"x" * 180}"}}' for i in range(n)]
    el.write_events(
        pa.table(
            {
                "id": pa.array([each.tobytes() for each in uuid7_array(at // 1000)], pa.uuid()),
                "event_type": [types[i] for i in random.integers(0, len(types), n)],
                "entity_type": ["customer"] * n,
                "entity_id": [f"customer-{i % 20_000}" for i in range(n)],
                "event_data": payload,
                "processing_time_ms": random.random(n),
            }
        )
    )
    el.write_metrics(
        pa.table(
            {
                "metric_name": ["request_ms"] * n,
                "value": random.random(n),
                "timestamp": times,
                "tags": [f'{{"route": "/v1/{i % SERIES}"}}' for i in range(n)],
                "unit": ["ms"] * n,
            }
        )
    )
    el.model("churn", features={"visits": float})
    moments = times.to_pylist()
    with el.tx() as tx:
        model = registry.get_model(tx, "churn").id
        for table in ("predictions.ml_predictions", "predictions.prediction_outcomes"):
            partitions.ensure(tx, table, [now - SPAN, now - SPAN / 2, now])
        for begin in range(0, n, PART):
            part = slice(begin, begin + PART)
            ids = [each.tobytes().hex() for each in uuid7_array(at[part] // 1000)]
            given = {"model": model, "version": model, "ids": ids, "at": moments[part]}
            tx.execute(_FILL, given)
    return str(model)


def ways_of(bench: Bench, el: Everlearn, model: str) -> dict[str, Mapping[str, Way]]:
    """Give the ways of reading each kind."""
    connection = adbc.connect(bench.made.server.conninfo("app"), autocommit=True)
    with connection.cursor() as cursor:
        # lint: allow sql-string because SET takes no parameter, and the value is a uuid of ours
        cursor.execute(f"SET app.tenant_id = '{bench.tenant}'")
    plain = psycopg.connect(bench.made.server.conninfo("app"), autocommit=True)
    plain.execute("SELECT set_config('app.tenant_id', %s, false)", (str(bench.tenant),))

    def by_adbc(query: str) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetch_arrow_table()

    def ways(read: Callable[[], Any], query: str) -> Mapping[str, Way]:
        asked = query.format(tenant=bench.tenant, model=model)
        rows, by_hand = read().num_rows, by_adbc(asked).num_rows
        if rows != by_hand or not rows:
            msg = f"the SDK reads {rows} rows, ADBC {by_hand}"
            raise RuntimeError(msg)
        return {
            "sdk": _way(read),
            "adbc": _way(lambda: by_adbc(asked)),
            "psycopg_rows": _way(lambda: table_of(plain.execute(asked))),
        }

    return {
        "events": ways(lambda: el.events().to_arrow(), _EVENTS),
        "predictions": ways(lambda: el.predictions("churn").to_arrow(), _PREDICTIONS),
        "metrics": ways(lambda: el.metrics("request_ms").to_arrow(), _METRICS),
    }


def _way(run: Callable[[], Any]) -> Way:
    return gc.collect, lambda _: run()


if __name__ == "__main__":
    main()

"""Counts samples that came into their minutes, hours and days, each exactly once.

Samples are only ever added, so what came since is added to what is there: nothing is read again,
however late it came, and minutes stay right when their samples have left.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain
from typing import Any

from everlearn.core import partitions
from everlearn.core.tx import Tx
from everlearn.modules.operations.service.metrics import series
from everlearn.modules.operations.tables.metrics import ROLLUPS
from everlearn.modules.operations.types import AggregationLevel

#: Notes taken at once: a body of 10,000 samples has one, and a statement may take but so long.
AT_ONCE = 100

_TAKE = """
DELETE FROM operations.metric_arrivals WHERE tenant_id = app.tenant_id() AND id IN (
  SELECT id FROM operations.metric_arrivals WHERE tenant_id = app.tenant_id()
  ORDER BY id LIMIT :most)
RETURNING series_ids, chunk_ends, row_ids, row_times
"""

_KEYS = """
SELECT DISTINCT metric_name, metric_category, unit, CAST(tags AS text) AS tags, source_component
FROM operations.system_performance_metrics
WHERE tenant_id = app.tenant_id() AND id = ANY(CAST(:ids AS uuid[]))
  AND timestamp >= :since AND timestamp <= :until
"""

# What a sum could not hold is not counted: NaN, infinities, and numbers near the largest.
_COUNTED = "BETWEEN -1e200 AND 1e200"

_SAMPLES = f"""
  SELECT m.series_id, operations.sample_at(m.end_at, s.offset_us) AS at, s.value
  FROM unnest(CAST(:series AS uuid[]), CAST(:ends AS timestamptz[])) AS k(series_id, end_at)
  JOIN operations.metric_samples m ON m.tenant_id = app.tenant_id()
    AND m.series_id = k.series_id AND m.end_at = k.end_at
    AND m.end_at >= :since AND m.end_at <= :until
  CROSS JOIN LATERAL unnest(m.offsets_us, m.sample_values) AS s(offset_us, value)
  WHERE s.value {_COUNTED}
"""

_ROWS = f"""
  SELECT c.id AS series_id, r.timestamp AS at, r.value
  FROM operations.system_performance_metrics r
  JOIN operations.metric_series c ON c.tenant_id = app.tenant_id() AND c.identity_md5 =
    md5(quote_nullable(r.metric_name) || quote_nullable(r.metric_category) ||
      quote_nullable(r.unit) || quote_nullable(nullif(r.tags, '{{}}')::text) ||
      quote_nullable(r.source_component))
  WHERE r.tenant_id = app.tenant_id() AND r.id = ANY(CAST(:ids AS uuid[]))
    AND r.timestamp >= :since AND r.timestamp <= :until AND r.value {_COUNTED}
"""


def _put(level: AggregationLevel) -> str:
    table = ROLLUPS[level].__table__
    both = "r.sketch || excluded.sketch"
    # A minute's cells are few, and stay as they come; an hour's and a day's would grow.
    sketch = both if level is AggregationLevel.MINUTE else f"app.sketch_compact({both})"
    return f"""
  INSERT INTO {table} AS r (tenant_id, series_id, timestamp, sample_count, value_sum, value_min,
    value_max, value_last, last_at, sketch)
  SELECT app.tenant_id(), series_id, timestamp, sum(n), sum(total), min(low), max(high),
    (array_agg(last ORDER BY last_at DESC))[1], max(last_at),
    array_agg(app.sketch_bucket(key, n) ORDER BY key)
  FROM {level} GROUP BY series_id, timestamp
  ON CONFLICT (tenant_id, series_id, timestamp) DO UPDATE SET
    sample_count = r.sample_count + excluded.sample_count,
    value_sum = r.value_sum + excluded.value_sum,
    value_min = least(r.value_min, excluded.value_min),
    value_max = greatest(r.value_max, excluded.value_max),
    value_last = CASE WHEN excluded.last_at >= r.last_at THEN excluded.value_last
      ELSE r.value_last END,
    last_at = greatest(r.last_at, excluded.last_at),
    sketch = {sketch}
  RETURNING 1"""


def _from_below(level: AggregationLevel, below: AggregationLevel) -> str:
    return f"""
  SELECT series_id, date_bin('1 {level}', timestamp, '2000-01-01 00:00:00+00') AS timestamp, key,
    sum(n)::bigint AS n, sum(total) AS total, min(low) AS low, max(high) AS high,
    (array_agg(last ORDER BY last_at DESC))[1] AS last, max(last_at) AS last_at
  FROM {below} GROUP BY 1, 2, key"""


# By the cells of the sketches: what falls into the same cell of the same minute is one row, and
# hours and days are made of those. A day is 24 hours of UTC, whatever a clock on a wall does.
_ADD = f"""
WITH samples AS ({{samples}}),
minute AS MATERIALIZED (
  SELECT series_id, date_bin('1 minute', at, '2000-01-01 00:00:00+00') AS timestamp,
    app.sketch_key(value) AS key, count(*) AS n, sum(value) AS total, min(value) AS low,
    max(value) AS high, (array_agg(value ORDER BY at DESC))[1] AS last, max(at) AS last_at
  FROM samples GROUP BY 1, 2, 3),
hour AS MATERIALIZED ({_from_below(AggregationLevel.HOUR, AggregationLevel.MINUTE)}),
day AS MATERIALIZED ({_from_below(AggregationLevel.DAY, AggregationLevel.HOUR)}),
in_minute AS ({_put(AggregationLevel.MINUTE)}),
in_hour AS ({_put(AggregationLevel.HOUR)}),
in_day AS ({_put(AggregationLevel.DAY)})
SELECT sum(n) FROM day
"""
_ADD_SAMPLES = _ADD.format(samples=_SAMPLES)
_ADD_ROWS = _ADD.format(samples=_ROWS)


def roll_up(tx: Tx, *, most: int = AT_ONCE) -> int:
    """Add samples that came since to their minutes, hours and days.

    A note of what came and its samples become visible together, and the note goes in the same
    transaction as its samples are counted: none is missed, none counted twice.

    Args:
        tx: transaction of the tenant; others that roll up wait for its end.
        most: notes taken.

    Returns:
        Notes that were taken: fewer than `most` when none is left.
    """
    tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))",
        {"name": f"everlearn.metric_rollups.{tx.tenant_id}"},
    )
    notes = tx.execute(_TAKE, {"most": most}).all()
    ends = list(chain.from_iterable(note.chunk_ends for note in notes))
    if ends:
        ids = list(chain.from_iterable(note.series_ids for note in notes))
        _add(tx, _ADD_SAMPLES, ends, {"series": ids, "ends": ends})
    rows = [pair for note in notes for pair in zip(note.row_ids, note.row_times, strict=True)]
    if rows:
        ids, times = [row[0] for row in rows], [row[1].astimezone(UTC) for row in rows]
        given = {"ids": ids, "since": min(times), "until": max(times)}
        series.resolve(tx, [tuple(row) for row in tx.execute(_KEYS, given)])
        _add(tx, _ADD_ROWS, times, {"ids": ids})
    if notes:
        tx.notify("metrics")
    return len(notes)


def _add(tx: Tx, statement: str, times: list[datetime], given: dict[str, Any]) -> None:
    # In UTC: of another zone Python compares what clocks show, which an hour in autumn show twice.
    moments = [at.astimezone(UTC) for at in times]
    since, until = min(moments), max(moments)
    days = {at.date() for at in moments}
    # A chunk begins in the hour it ends in, so its minutes are of the same days.
    starts = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in days]
    for row in ROLLUPS.values():
        partitions.ensure(tx, str(row.__table__), starts)
    tx.execute(statement, given | {"since": since, "until": until})

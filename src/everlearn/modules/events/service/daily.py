"""Keeps the rollups of events: by day, by day with type and sender, by hour with type."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from everlearn.core.tx import Tx
from everlearn.modules.operations import service as operations

# The first time, every day: of events from before the notes were kept nobody made one.
_TAKE_STALE = """
WITH taken AS (
  DELETE FROM events.stale_learning_days WHERE tenant_id = app.tenant_id() RETURNING date)
SELECT date FROM taken
UNION
SELECT (timestamp AT TIME ZONE 'UTC')::date FROM events.learning_events
WHERE tenant_id = app.tenant_id() AND NOT EXISTS (
  SELECT FROM events.daily_learning_metrics WHERE tenant_id = app.tenant_id())
ORDER BY date
"""

# The rows that are there keep their ids; those whose events are gone go. The events are read once.
_REFRESH = """
WITH raw AS MATERIALIZED (
  SELECT event_type, source_system, processing_time_ms AS ms,
    date_trunc('hour', timestamp, 'UTC') AS hour_start
  FROM events.learning_events
  WHERE tenant_id = app.tenant_id() AND timestamp >= :from_at AND timestamp < :until
), groups AS MATERIALIZED (
  SELECT event_type, source_system, count(*) AS n, count(ms) AS timed, avg(ms) AS mean,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY ms) AS p95,
    app.sketch_compact(array_agg(app.sketch_bucket(ms)) FILTER (WHERE ms IS NOT NULL)) AS sketch
  FROM raw GROUP BY event_type, source_system
), fresh AS (
  INSERT INTO events.daily_learning_metrics AS m (date, event_type, source_system, event_count,
    avg_processing_time, p95_processing_time, processing_times, refreshed_at)
  SELECT :day, event_type, source_system, n, mean, p95, sketch, :now FROM groups
  ON CONFLICT (tenant_id, date, event_type, source_system) DO UPDATE
  SET event_count = excluded.event_count, avg_processing_time = excluded.avg_processing_time,
    p95_processing_time = excluded.p95_processing_time,
    processing_times = excluded.processing_times, refreshed_at = excluded.refreshed_at
  RETURNING m.id
), total AS (
  INSERT INTO events.daily_learning_totals AS t (date, event_count, avg_processing_time,
    p95_processing_time, processing_times, refreshed_at)
  SELECT :day, n, mean, app.sketch_quantile(sketch, 0.95), sketch, :now
  FROM (SELECT sum(n) AS n, sum(mean * timed) / nullif(sum(timed), 0) AS mean,
          app.sketch_merge(sketch) AS sketch FROM groups HAVING count(*) > 0) AS g
  ON CONFLICT (tenant_id, date) DO UPDATE
  SET event_count = excluded.event_count, avg_processing_time = excluded.avg_processing_time,
    p95_processing_time = excluded.p95_processing_time,
    processing_times = excluded.processing_times, refreshed_at = excluded.refreshed_at
  RETURNING t.id
), hours AS (
  INSERT INTO events.hourly_learning_usage AS h (hour_start, event_type, event_count, refreshed_at)
  SELECT hour_start, event_type, count(*), :now FROM raw GROUP BY hour_start, event_type
  ON CONFLICT (tenant_id, hour_start, event_type) DO UPDATE
  SET event_count = excluded.event_count, refreshed_at = excluded.refreshed_at
  RETURNING h.id
), gone AS (
  DELETE FROM events.daily_learning_metrics
  WHERE tenant_id = app.tenant_id() AND date = :day AND id NOT IN (SELECT id FROM fresh)
), no_total AS (
  DELETE FROM events.daily_learning_totals
  WHERE tenant_id = app.tenant_id() AND date = :day AND id NOT IN (SELECT id FROM total)
)
DELETE FROM events.hourly_learning_usage
WHERE tenant_id = app.tenant_id() AND hour_start >= :from_at AND hour_start < :until
  AND id NOT IN (SELECT id FROM hours)
"""

_HAS_FEWER = """
SELECT (SELECT count(*) FROM events.learning_events
        WHERE tenant_id = app.tenant_id() AND timestamp >= :from_at AND timestamp < :until)
  < (SELECT coalesce(sum(event_count), 0) FROM events.daily_learning_metrics
     WHERE tenant_id = app.tenant_id() AND date = :day)
"""

_EVENTS = "events.learning_events"


def refresh_daily_metrics(tx: Tx) -> list[date]:
    """Compute the rollups anew for the days whose events changed, and only for those.

    Nothing is lost to events that are written meanwhile: a note of a stale day and its events
    become visible together, so an event that this refresh does not see has a note that it leaves.
    Readers see the old rows until it commits, and wait for nothing.

    A day that retention takes events of keeps what was counted while they were there.

    Returns:
        The days, in order.
    """
    # One refresh of a tenant at a time: the later one must not be overtaken by an older count.
    tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))",
        {"name": f"everlearn.daily_learning_metrics.{tx.tenant_id}"},
    )
    days = list(tx.execute(_TAKE_STALE).scalars())
    if not days:
        return []
    keep = operations.retention_of(tx, _EVENTS)
    kept_since = tx.now() - keep if keep else None
    for day in days:
        # As values, not computed in SQL, so that the plan holds the day's partition alone.
        from_at = datetime.combine(day, time(), UTC)
        span = {"day": day, "from_at": from_at, "until": from_at + timedelta(days=1)}
        leaving = kept_since is not None and from_at < kept_since
        if not (leaving and tx.scalar(_HAS_FEWER, span)):
            tx.execute(_REFRESH, span | {"now": tx.now()})
    tx.notify("events")
    return days

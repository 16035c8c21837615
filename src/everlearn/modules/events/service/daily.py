"""Keeps daily_learning_metrics up to date."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from everlearn.core.tx import Tx

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

# The groups that are there keep their ids; those whose events are gone go.
_REFRESH = """
WITH fresh AS (
  INSERT INTO events.daily_learning_metrics AS m (date, event_type, source_system, event_count,
    avg_processing_time, p95_processing_time, refreshed_at)
  SELECT :day, event_type, source_system, count(*), avg(processing_time_ms),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY processing_time_ms), :now
  FROM events.learning_events
  WHERE tenant_id = app.tenant_id() AND timestamp >= :from_at AND timestamp < :until
  GROUP BY event_type, source_system
  ON CONFLICT (tenant_id, date, event_type, source_system) DO UPDATE
  SET event_count = excluded.event_count, avg_processing_time = excluded.avg_processing_time,
    p95_processing_time = excluded.p95_processing_time, refreshed_at = excluded.refreshed_at
  RETURNING m.id)
DELETE FROM events.daily_learning_metrics
WHERE tenant_id = app.tenant_id() AND date = :day AND id NOT IN (SELECT id FROM fresh)
"""


def refresh_daily_metrics(tx: Tx) -> list[date]:
    """Compute daily_learning_metrics anew for the days whose events changed, and only for those.

    Nothing is lost to events that are written meanwhile: a note of a stale day and its events
    become visible together, so an event that this refresh does not see has a note that it leaves.

    Returns:
        The days, in order.
    """
    # One refresh of a tenant at a time: the later one must not be overtaken by an older count.
    tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))",
        {"name": f"everlearn.daily_learning_metrics.{tx.tenant_id}"},
    )
    days = list(tx.execute(_TAKE_STALE).scalars())
    for day in days:
        # As values, not computed in SQL, so that the plan holds the day's partition alone.
        from_at = datetime.combine(day, time(), UTC)
        until = from_at + timedelta(days=1)
        tx.execute(_REFRESH, {"day": day, "from_at": from_at, "until": until, "now": tx.now()})
    if days:
        tx.notify("events")
    return days

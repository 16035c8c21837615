"""Merges the small chunks of hours that are over into one a series and hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from everlearn.core.tx import Tx
from everlearn.modules.operations.service.metrics.chunks import MOST

#: Samples merged in one transaction.
AT_ONCE = 500_000
#: How long after its end an hour is left alone: most of what comes late has come by then.
GRACE = timedelta(minutes=5)

# Chunks that no minute counts yet stay: the note that says so names them.
_CHOOSE = """
WITH open AS MATERIALIZED (
  SELECT u.series_id, u.end_at FROM operations.metric_arrivals a,
    unnest(a.series_ids, a.chunk_ends) AS u(series_id, end_at)
  WHERE a.tenant_id = app.tenant_id()),
hours AS (
  SELECT m.series_id, date_bin('1 hour', m.end_at, '2000-01-01 00:00:00+00') AS hour_at,
    sum(m.sample_count) AS samples
  FROM operations.metric_samples m
  WHERE m.tenant_id = app.tenant_id() AND m.end_at >= :since AND m.end_at < :until
    AND (m.series_id, m.end_at) NOT IN (SELECT series_id, end_at FROM open)
  GROUP BY 1, 2
  HAVING count(*) > ceil(sum(m.sample_count) / CAST(:most AS numeric)))
SELECT array_agg(series_id) AS series, hour_at
FROM (SELECT *, sum(samples) OVER (ORDER BY hour_at, series_id) AS so_far FROM hours) h
WHERE so_far - samples < :at_once
GROUP BY hour_at ORDER BY hour_at
"""

_MERGE = """
WITH open AS MATERIALIZED (
  SELECT u.series_id, u.end_at FROM operations.metric_arrivals a,
    unnest(a.series_ids, a.chunk_ends) AS u(series_id, end_at)
  WHERE a.tenant_id = app.tenant_id()),
gone AS (
  DELETE FROM operations.metric_samples m
  WHERE m.tenant_id = app.tenant_id() AND m.series_id = ANY(CAST(:series AS uuid[]))
    AND m.end_at >= :since AND m.end_at < :until
    AND (m.series_id, m.end_at) NOT IN (SELECT series_id, end_at FROM open)
  RETURNING m.series_id, m.offsets_us, m.sample_values),
flat AS (
  SELECT g.series_id, s.offset_us, s.value, (row_number() OVER (
    PARTITION BY g.series_id ORDER BY s.offset_us) - 1) / CAST(:most AS integer) AS part
  FROM gone g CROSS JOIN LATERAL unnest(g.offsets_us, g.sample_values) AS s(offset_us, value)),
merged AS (
  SELECT series_id, part, count(*) AS n, min(offset_us) AS first, max(offset_us) AS last,
    array_agg(offset_us ORDER BY offset_us) AS offsets_us,
    array_agg(value ORDER BY offset_us) AS sample_values
  FROM flat GROUP BY series_id, part)
INSERT INTO operations.metric_samples
  (tenant_id, series_id, end_at, start_at, sample_count, offsets_us, sample_values)
SELECT app.tenant_id(), series_id, operations.sample_at(:since, last),
  operations.sample_at(:since, first), n, offsets_us, sample_values
FROM merged
"""


def merge(tx: Tx, *, since: datetime) -> int:
    """Merge some of a tenant's chunks of the hours from `since` on that are over.

    An hour is changed by one statement: readers see its small chunks or the merged ones, and a
    process that is killed leaves either.

    Args:
        tx: transaction of everlearn_service, which alone may take chunks away.
        since: beginning of an hour.

    Returns:
        How many series and hours were merged; 0 when nothing is left to merge.
    """
    until = (tx.now() - GRACE).replace(minute=0, second=0, microsecond=0)
    bounds = {"since": since, "until": until, "most": MOST, "at_once": AT_ONCE}
    hours = tx.execute(_CHOOSE, bounds).all()
    # The samples are counted already, and stay what they are.
    tx.execute("SET LOCAL app.known_samples = 'on'")
    for hour in hours:
        given = {
            "series": hour.series,
            "since": hour.hour_at,
            "until": hour.hour_at + timedelta(hours=1),
            "most": MOST,
        }
        tx.execute(_MERGE, given)
    tx.execute("SET LOCAL app.known_samples = ''")
    return sum(len(hour.series) for hour in hours)

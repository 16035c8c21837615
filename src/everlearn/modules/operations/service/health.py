"""Gives how the house does: the numbers of now, their hours, queries and partitions."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from everlearn.core.tx import Tx
from everlearn.modules.operations.types import Current, QueryHealth, Scope

#: A number that was not read for so long is not shown as the present one.
FRESH = timedelta(minutes=5)
#: Runs below which a p95 says nothing.
LEAST_RUNS = 20
_DAYS = 7

_CURRENT = """
SELECT DISTINCT ON (scope, metric, subject) scope, metric, subject, latest AS value, highest,
  measured_at
FROM operations.health_readings
WHERE tenant_id = app.tenant_id() AND hour_at >= :since_hour AND measured_at > :since
  AND (CAST(:scope AS text) IS NULL OR scope = :scope)
ORDER BY scope, metric, subject, hour_at DESC
"""

_HOURS = """
SELECT metric, subject, hour_at, highest FROM operations.health_readings
WHERE tenant_id = app.tenant_id() AND scope = :scope AND metric = ANY(:metrics)
  AND hour_at >= :since
ORDER BY metric, subject, hour_at
"""

_QUERIES = """
WITH recent AS (
  SELECT query_name, sum(n)::bigint AS n,
    app.sketch_quantile(app.sketch_merge(sketch), 0.95) AS p95_ms
  FROM operations.query_timings
  WHERE tenant_id = app.tenant_id() AND started_at >= :recent
  GROUP BY query_name
), hours AS (
  SELECT query_name, app.sketch_quantile(app.sketch_merge(sketch), 0.95) AS p95_ms
  FROM operations.query_timings
  WHERE tenant_id = app.tenant_id() AND started_at = ANY(:same_hours)
  GROUP BY query_name, date_trunc('hour', started_at)
  HAVING sum(n) >= :least
), baseline AS (
  SELECT query_name, percentile_cont(0.5) WITHIN GROUP (ORDER BY p95_ms) AS p95_ms
  FROM hours GROUP BY query_name
)
SELECT r.query_name, r.n, CASE WHEN r.n >= :least THEN r.p95_ms END AS p95_ms,
  b.p95_ms AS baseline_p95_ms
FROM recent r LEFT JOIN baseline b USING (query_name)
ORDER BY r.query_name
"""


def current(tx: Tx, *, scope: Scope | None = None) -> list[Current]:
    """Give the numbers that were read within the last five minutes."""
    now = tx.now()
    params = {
        "since": now - FRESH,
        "since_hour": _hour(now - FRESH),
        "scope": scope.value if scope else None,
    }
    return [Current(**row) for row in tx.execute(_CURRENT, params).mappings()]


def hours(
    tx: Tx, *, scope: Scope, metrics: list[str], since: datetime
) -> dict[str, dict[str, list[tuple[datetime, float]]]]:
    """Give the highest value of each hour: metric -> subject -> points in order of time."""
    found: dict[str, dict[str, list[tuple[datetime, float]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    params = {"scope": scope.value, "metrics": metrics, "since": _hour(since)}
    for row in tx.execute(_HOURS, params):
        found[row.metric][row.subject].append((row.hour_at, row.highest))
    return {metric: dict(subjects) for metric, subjects in found.items()}


def query_health(tx: Tx) -> list[QueryHealth]:
    """Give how named queries do now beside the same hour of the last days.

    A p95 is given from 20 runs on. The baseline is the median of the p95 of the same hour (UTC) on
    the days of the last week that have one.
    """
    now = tx.now()
    period = now.replace(minute=now.minute - now.minute % 10, second=0, microsecond=0)
    hour = _hour(now)
    same = [
        hour - timedelta(days=day) + timedelta(minutes=minutes)
        for day in range(1, _DAYS + 1)
        for minutes in range(0, 60, 10)
    ]
    params = {
        "recent": period - timedelta(minutes=10),
        "same_hours": same,
        "least": LEAST_RUNS,
    }
    return [QueryHealth(**row) for row in tx.execute(_QUERIES, params).mappings()]


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)

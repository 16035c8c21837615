"""Usage over time: made of the hours that other modules count, and read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from everlearn.core.errors import Invalid
from everlearn.core.named import timed
from everlearn.modules.analytics.types import PeriodType, Usage
from everlearn.modules.operations import service as operations

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

#: Periods that one answer may have.
MAX_PERIODS = 24 * 93

_TAKE_STALE = """
WITH taken AS (
  DELETE FROM analytics.stale_usage_days WHERE tenant_id = app.tenant_id() RETURNING used_on)
SELECT DISTINCT used_on FROM taken ORDER BY 1
"""

# A period of the whole tenant is one row. Its id begins with the time it begins with, so that rows
# are read and retained by it, and says the rest of what it is of: the same period has the same id.
_ID = """(left(app.uuid_floor({start})::text, 14) || '7000-8000-'
         || left(md5('everlearn predictions ' || {unit}), 12))::uuid"""
_WRITE = f"""
INSERT INTO analytics.usage_trends AS t (id, metric_name, metric_value, metric_unit, period_start,
  period_end, period_type, metadata, recorded_at)
SELECT {_ID.format(start="start", unit="unit")}, 'predictions', n, 'count', start,
  (start AT TIME ZONE 'UTC' + ('1 ' || unit)::interval) AT TIME ZONE 'UTC', unit,
  '{{"from": "predictions.hourly_prediction_usage"}}', :now
FROM made
ON CONFLICT (tenant_id, id) DO UPDATE
SET metric_value = excluded.metric_value, recorded_at = excluded.recorded_at
-- Of what retention took hours of, what was counted while they were there is kept.
WHERE t.metric_value < excluded.metric_value
  OR t.metric_value > excluded.metric_value AND t.period_start >= :whole_since
"""
_DROP = f"""
DELETE FROM analytics.usage_trends AS t
WHERE t.tenant_id = app.tenant_id() AND t.id = ANY (ARRAY(
  SELECT {_ID.format(start="g.start", unit="g.unit")}
  FROM (SELECT unit, start FROM spans EXCEPT SELECT unit, start FROM made) AS g
  WHERE g.start >= :whole_since))
"""

_HOURS = """
WITH days AS MATERIALIZED (
  SELECT day::timestamp AT TIME ZONE 'UTC' AS day FROM unnest(CAST(:days AS date[])) AS day
), spans AS (
  SELECT 'day' AS unit, day AS start FROM days
  UNION ALL
  SELECT 'hour', h FROM days, generate_series(day, day + interval '23 hours', '1 hour') AS h
), used AS MATERIALIZED (
  SELECT d.day, h.hour_start, sum(h.n_predictions) AS n
  FROM days AS d JOIN predictions.hourly_prediction_usage AS h ON h.tenant_id = app.tenant_id()
    AND h.hour_start >= d.day AND h.hour_start < d.day + interval '24 hours' AND h.role = 'live'
  GROUP BY d.day, h.hour_start
), made AS MATERIALIZED (
  SELECT 'hour' AS unit, hour_start AS start, n FROM used
  UNION ALL
  SELECT 'day', day, sum(n) FROM used GROUP BY day
)"""

# Weeks begin on Mondays. What is longer than a day is made of the days here, each found by its key
# (OFFSET 0: whatever the planner believes): a month of 31 rows.
_SPANS = """
WITH spans AS MATERIALIZED (
  SELECT DISTINCT unit, date_trunc(unit, day::timestamp) AS first,
    date_trunc(unit, day::timestamp) AT TIME ZONE 'UTC' AS start
  FROM unnest(CAST(:days AS date[])) AS day, unnest(ARRAY['week', 'month']) AS unit
), made AS MATERIALIZED (
  SELECT s.unit, s.start, sum(d.metric_value) AS n
  FROM spans AS s
  CROSS JOIN generate_series(s.first, s.first + ('1 ' || s.unit)::interval - interval '1 day',
    '1 day') AS day
  CROSS JOIN LATERAL (
    SELECT t.metric_value FROM analytics.usage_trends AS t
    WHERE t.tenant_id = app.tenant_id() AND t.id = {id} OFFSET 0) AS d
  GROUP BY s.unit, s.start
)""".format(id=_ID.format(start="(day AT TIME ZONE 'UTC')", unit="'day'"))

_USAGE = """
SELECT metric_name, metric_value, metric_unit, period_start, period_end, period_type
FROM analytics.usage_trends
WHERE tenant_id = app.tenant_id() AND id >= app.uuid_floor(:since) AND id < app.uuid_floor(:until)
  AND period_type = :by AND metric_name = 'predictions' AND id = {id}
ORDER BY id
""".format(id=_ID.format(start="period_start", unit="period_type"))


def refresh_usage(tx: Tx) -> int:
    """Make usage_trends anew of the days whose usage changed, with their weeks and months.

    What users and teams used, api calls, storage and cost are not counted anywhere in Everlearn:
    of these the table holds what its writers say.

    Returns:
        How many days that were.
    """
    # One refresh of a tenant at a time: the later one must not be overtaken by an older count.
    tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))",
        {"name": f"everlearn.usage_trends.{tx.tenant_id}"},
    )
    days: list[date] = list(tx.execute(_TAKE_STALE).scalars())
    if not days:
        return 0
    keep = operations.retention_of(tx, "predictions.hourly_prediction_usage")
    whole_since = tx.now() - keep if keep else datetime.min.replace(tzinfo=UTC)
    given = {"days": days, "now": tx.now(), "whole_since": whole_since}
    for periods in (_HOURS, _SPANS):
        tx.execute(periods + _DROP, given)
        tx.execute(periods + _WRITE, given)
    return len(days)


@timed("analytics.usage")
def usage(
    tx: Tx, *, by: PeriodType = PeriodType.DAY, since: datetime, until: datetime
) -> list[Usage]:
    """Give how much the whole tenant used in each period; one without usage is left out.

    Args:
        tx: transaction of the tenant.
        by: how long a period is.
        since: periods that begin at this time,
        until: and before this one.

    Raises:
        Invalid: the time is empty or longer than 2,232 of the shortest periods asked for.
    """
    longest = {PeriodType.HOUR: 1, PeriodType.DAY: 24}.get(by, 24 * 7) * MAX_PERIODS * 3_600
    if not since < until or (until - since).total_seconds() > longest:
        raise Invalid(f"until is after since, by {longest // 86_400:,} days at most", field="until")
    given = {"by": by.value, "since": since, "until": until}
    return [
        Usage(
            row.metric_name,
            row.metric_value,
            row.metric_unit,
            row.period_start.astimezone(UTC),
            row.period_end.astimezone(UTC),
            row.period_type,
        )
        for row in tx.execute(_USAGE, given)
    ]

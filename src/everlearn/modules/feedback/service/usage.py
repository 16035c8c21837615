"""Feedback by hour and by day: kept for the days that changed, and read from there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from everlearn.core.errors import Invalid
from everlearn.core.named import timed
from everlearn.modules.feedback.types import (
    DayOfFeedback,
    FeedbackType,
    HourOfFeedback,
    SpanOfFeedback,
)
from everlearn.modules.operations import service as operations

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

#: Days and hours that one answer may have.
MAX_DAYS, MAX_HOURS = 3_660, 24 * 93

_TAKE_STALE = """
WITH taken AS (
  DELETE FROM feedback.stale_feedback_days WHERE tenant_id = app.tenant_id() RETURNING given_on)
SELECT DISTINCT given_on FROM taken ORDER BY 1
"""

# OFFSET 0: each prediction by its key, whatever the planner believes of a new partition.
_REFRESH = """
WITH raw AS MATERIALIZED (
  SELECT f.feedback_type, date_trunc('hour', f.created_at, 'UTC') AS hour_start,
    extract(epoch FROM f.created_at - p.prediction_timestamp)::float8 AS latency
  FROM feedback.ml_feedback AS f
  LEFT JOIN LATERAL (
    SELECT q.prediction_timestamp FROM predictions.ml_predictions AS q
    WHERE q.tenant_id = app.tenant_id() AND q.id = f.prediction_id OFFSET 0) AS p ON true
  WHERE f.tenant_id = app.tenant_id() AND f.created_on = :day
), hours AS (
  INSERT INTO feedback.hourly_feedback_usage AS h (hour_start, feedback_type, n_feedback,
    latencies, refreshed_at)
  SELECT hour_start, feedback_type, count(*),
    app.sketch_compact(array_agg(app.sketch_bucket(latency)) FILTER (WHERE latency IS NOT NULL)),
    :now
  FROM raw GROUP BY hour_start, feedback_type
  ON CONFLICT (tenant_id, hour_start, feedback_type) DO UPDATE
  SET n_feedback = excluded.n_feedback, latencies = excluded.latencies,
    refreshed_at = excluded.refreshed_at
  RETURNING h.id
)
DELETE FROM feedback.hourly_feedback_usage
WHERE tenant_id = app.tenant_id() AND hour_start >= :from_at AND hour_start < :until
  AND id NOT IN (SELECT id FROM hours)
"""

_HAS_FEWER = """
SELECT (SELECT count(*) FROM feedback.ml_feedback
        WHERE tenant_id = app.tenant_id() AND created_on = :day)
  < (SELECT coalesce(sum(n_feedback), 0) FROM feedback.hourly_feedback_usage
     WHERE tenant_id = app.tenant_id() AND hour_start >= :from_at AND hour_start < :until)
"""

_OF_TIME = """
FROM feedback.hourly_feedback_usage
WHERE tenant_id = app.tenant_id() AND hour_start >= :since AND hour_start < :until
  AND (CAST(:type AS text) IS NULL OR feedback_type = :type)
"""
_HOURS = f"""
SELECT hour_start, feedback_type, n_feedback,
  app.sketch_quantiles(latencies, '{{0.5,0.95}}') AS latencies
{_OF_TIME} ORDER BY hour_start, feedback_type
"""
_DAYS = f"""
SELECT (hour_start AT TIME ZONE 'UTC')::date AS day, feedback_type,
  sum(n_feedback)::bigint AS n_feedback,
  app.sketch_quantiles(app.sketch_merge(latencies), '{{0.5,0.95}}') AS latencies
{_OF_TIME} GROUP BY 1, 2 ORDER BY 1, 2
"""
_SPAN = f"""
SELECT coalesce(sum(n_feedback), 0)::bigint AS n_feedback,
  app.sketch_quantiles(app.sketch_merge(latencies), CAST(:shares AS float8[])) AS latencies
{_OF_TIME}
"""


def refresh_usage(tx: Tx) -> int:
    """Count the hours of the days anew whose feedback changed, and only those; give how many days.

    Nothing is lost to feedback that is written meanwhile: a note and its rows become visible
    together. Readers see the old rows until it commits. A day of which retention takes rows keeps
    what was counted while they were there.
    """
    # One refresh of a tenant at a time: the later one must not be overtaken by an older count.
    tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))",
        {"name": f"everlearn.hourly_feedback_usage.{tx.tenant_id}"},
    )
    days: list[date] = list(tx.execute(_TAKE_STALE).scalars())
    if not days:
        return 0
    keep = operations.retention_of(tx, "feedback.ml_feedback")
    kept_since = tx.now() - keep if keep else None
    for day in days:
        from_at = datetime.combine(day, time(), UTC)
        span = {"day": day, "from_at": from_at, "until": from_at + timedelta(days=1)}
        leaving = kept_since is not None and from_at < kept_since
        if not (leaving and tx.scalar(_HAS_FEWER, span)):
            tx.execute(_REFRESH, span | {"now": tx.now()})
    tx.notify("feedback")
    return len(days)


@timed("feedback.hours")
def hours_of_feedback(
    tx: Tx, *, since: datetime, until: datetime, feedback_type: FeedbackType | None = None
) -> list[HourOfFeedback]:
    """Give how much feedback of each type each hour had; an hour without any is left out.

    Raises:
        Invalid: the time is empty or longer than 93 days.
    """
    if not since < until or until - since > timedelta(hours=MAX_HOURS):
        raise Invalid("until is after since, by 93 days at most", field="until")
    given = {"since": since, "until": until, "type": feedback_type}
    return [
        HourOfFeedback(
            row.hour_start.astimezone(UTC), row.feedback_type, row.n_feedback, *_two(row.latencies)
        )
        for row in tx.execute(_HOURS, given)
    ]


@timed("feedback.days")
def days_of_feedback(
    tx: Tx, *, since: date, until: date, feedback_type: FeedbackType | None = None
) -> list[DayOfFeedback]:
    """Give how much feedback of each type each day (UTC) had, until the day before `until`.

    Raises:
        Invalid: the time is empty or longer than ten years.
    """
    given = _days(since, until) | {"type": feedback_type}
    return [
        DayOfFeedback(row.day, row.feedback_type, row.n_feedback, *_two(row.latencies))
        for row in tx.execute(_DAYS, given)
    ]


@timed("feedback.quantiles")
def quantiles_of_feedback(
    tx: Tx,
    *,
    since: date,
    until: date,
    shares: Sequence[float] = (0.5, 0.95, 0.99),
    feedback_type: FeedbackType | None = None,
) -> SpanOfFeedback:
    """Give count and quantiles of the time from prediction to feedback, of all days together.

    The quantiles are merged from those of the hours, and at most 1 % off.

    Raises:
        Invalid: the time is empty or longer than ten years, or a share is not from 0 to 1.
    """
    if not all(0 <= share <= 1 for share in shares):
        raise Invalid("a quantile's share is from 0 to 1", field="shares", got=list(shares))
    given = _days(since, until) | {"type": feedback_type, "shares": [float(s) for s in shares]}
    row: Any = tx.execute(_SPAN, given).one()
    found = row.latencies or [None] * len(shares)
    return SpanOfFeedback(row.n_feedback, dict(zip(shares, found, strict=True)))


def _two(latencies: list[float | None] | None) -> tuple[float | None, float | None]:
    p50, p95 = latencies or (None, None)
    return p50, p95


def _days(since: date, until: date) -> dict[str, Any]:
    if not since < until or (until - since).days > MAX_DAYS:
        raise Invalid("until is after since, by ten years at most", field="until")
    start, end = (datetime.combine(day, time(), UTC) for day in (since, until))
    return {"since": start, "until": end}

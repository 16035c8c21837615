"""Quantiles of how long answers took and how wrong they were, and predictions by hour.

Kept for each day in which the sums of performance_daily were moved: a trigger notes model and day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from everlearn.core.errors import Invalid
from everlearn.core.ids import uuid7_floor
from everlearn.modules.predictions.types import HourOfPredictions, PredictionRole, Quantiles

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

#: Days and hours that one answer may have.
MAX_DAYS, MAX_HOURS = 3_660, 24 * 93

_TAKE_STALE = """
WITH taken AS (
  DELETE FROM predictions.stale_performance_days WHERE tenant_id = app.tenant_id()
  RETURNING ml_model_id, made_on)
SELECT DISTINCT t.ml_model_id, t.made_on, m.model_id
FROM taken AS t
LEFT JOIN registry.ml_models AS m ON m.tenant_id = app.tenant_id() AND m.id = t.ml_model_id
ORDER BY 1, 2
"""

# Outcomes of our own answers are found by their ids, whose time is that of the answer; a client's
# answers by the name it gives the model. What is kept is not made less by rows that are gone,
# unless the sums say less too.
_REFRESH = """
WITH raw AS MATERIALIZED (
  SELECT model_version_id, role, inference_time_ms AS ms, NULL::float8 AS loss, 1 AS n, 0 AS closed,
    date_trunc('hour', prediction_timestamp, 'UTC') AS hour_start
  FROM predictions.ml_predictions
  WHERE tenant_id = app.tenant_id() AND ml_model_id = :model AND made_on = :day
  UNION ALL
  SELECT NULL, p.role, p.inference_time_ms, o.loss, 1, (o.id IS NOT NULL)::integer,
    date_trunc('hour', p.prediction_timestamp, 'UTC')
  FROM predictions.ml_predictions AS p
  LEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = app.tenant_id() AND o.id = p.id
  WHERE p.tenant_id = app.tenant_id() AND p.model_id = CAST(:name AS text) AND p.made_on = :day
    AND p.model_version_id IS NULL
  UNION ALL
  SELECT model_version_id, role, NULL, loss, 0, 1, NULL
  FROM predictions.prediction_outcomes
  WHERE tenant_id = app.tenant_id() AND ml_model_id = :model AND id >= :low AND id < :high
), kept AS (
  INSERT INTO predictions.performance_quantiles AS q (ml_model_id, made_on, model_version_id, role,
    n_predictions, n_outcomes, inference_times, losses, refreshed_at)
  SELECT :model, :day, model_version_id, role, sum(n), sum(closed),
    app.sketch_compact(array_agg(app.sketch_bucket(ms)) FILTER (WHERE ms IS NOT NULL)),
    app.sketch_compact(array_agg(app.sketch_bucket(loss)) FILTER (WHERE loss IS NOT NULL)), :now
  FROM raw GROUP BY model_version_id, role HAVING sum(n) > 0
  ON CONFLICT (tenant_id, ml_model_id, made_on, model_version_id, role) DO UPDATE
  SET n_predictions = excluded.n_predictions, n_outcomes = excluded.n_outcomes,
    inference_times = excluded.inference_times, losses = excluded.losses,
    refreshed_at = excluded.refreshed_at
  WHERE excluded.n_predictions >= q.n_predictions OR excluded.n_predictions = (
    SELECT d.n_predictions FROM predictions.performance_daily AS d
    WHERE d.tenant_id = app.tenant_id() AND d.ml_model_id = :model AND d.made_on = :day
      AND d.model_version_id IS NOT DISTINCT FROM excluded.model_version_id
      AND d.role = excluded.role)
), hours AS (
  INSERT INTO predictions.hourly_prediction_usage AS h (ml_model_id, hour_start, role,
    n_predictions, refreshed_at)
  SELECT :model, hour_start, role, sum(n), :now FROM raw WHERE n > 0 GROUP BY hour_start, role
  ON CONFLICT (tenant_id, ml_model_id, hour_start, role) DO UPDATE
  SET n_predictions = excluded.n_predictions, refreshed_at = excluded.refreshed_at
  WHERE excluded.n_predictions >= h.n_predictions OR :whole
), gone AS (
  DELETE FROM predictions.hourly_prediction_usage AS h
  WHERE :whole AND h.tenant_id = app.tenant_id() AND h.ml_model_id = :model
    AND h.hour_start >= :from_at AND h.hour_start < :until
    AND NOT EXISTS (SELECT FROM raw WHERE raw.hour_start = h.hour_start AND raw.role = h.role)
)
DELETE FROM predictions.performance_quantiles AS q
WHERE q.tenant_id = app.tenant_id() AND q.ml_model_id = :model AND q.made_on = :day
  AND NOT EXISTS (
    SELECT FROM predictions.performance_daily AS d
    WHERE d.tenant_id = app.tenant_id() AND d.ml_model_id = :model AND d.made_on = :day
      AND d.model_version_id IS NOT DISTINCT FROM q.model_version_id AND d.role = q.role)
"""

#: Whether the rows of a day are all there, by what the sums say.
_WHOLE = """
SELECT coalesce((
    SELECT sum(n_predictions) FROM predictions.performance_daily
    WHERE tenant_id = app.tenant_id() AND ml_model_id = :model AND made_on = :day), 0)
  = (SELECT count(*) FROM predictions.ml_predictions
     WHERE tenant_id = app.tenant_id() AND ml_model_id = :model AND made_on = :day)
  + (SELECT count(*) FROM predictions.ml_predictions
     WHERE tenant_id = app.tenant_id() AND model_id = CAST(:name AS text) AND made_on = :day
       AND model_version_id IS NULL)
"""

_QUANTILES = """
SELECT coalesce(sum(n_predictions), 0)::bigint AS predictions,
  coalesce(sum(n_outcomes), 0)::bigint AS outcomes,
  app.sketch_quantiles(app.sketch_merge(inference_times), CAST(:shares AS float8[])) AS times,
  app.sketch_quantiles(app.sketch_merge(losses), CAST(:shares AS float8[])) AS losses
FROM predictions.performance_quantiles
WHERE tenant_id = app.tenant_id() AND ml_model_id = :model AND made_on >= :since
  AND made_on < :until AND role = :role
  AND (CAST(:version AS uuid) IS NULL OR model_version_id = :version)
"""

_HOURS = """
SELECT hour_start, ml_model_id, n_predictions FROM predictions.hourly_prediction_usage
WHERE tenant_id = app.tenant_id() AND hour_start >= :since AND hour_start < :until AND role = 'live'
  AND (CAST(:model AS uuid) IS NULL OR ml_model_id = :model)
ORDER BY hour_start, ml_model_id
"""


def refresh_quantiles(tx: Tx) -> int:
    """Compute quantiles and hours anew for the models' days whose sums moved; give how many.

    Nothing is lost to answers that are written meanwhile: a note and its rows become visible
    together. Readers see the old rows until it commits.
    """
    # One refresh of a tenant at a time: the later one must not be overtaken by an older count.
    tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))",
        {"name": f"everlearn.performance_quantiles.{tx.tenant_id}"},
    )
    days: Any = tx.execute(_TAKE_STALE).all()
    for model, day, name in days:
        from_at = datetime.combine(day, time(), UTC)
        until = from_at + timedelta(days=1)
        given = {"model": model, "name": name, "day": day, "from_at": from_at, "until": until}
        # As values, so that the plan holds the day's partition alone.
        given |= {"low": uuid7_floor(from_at), "high": uuid7_floor(until), "now": tx.now()}
        tx.execute(_REFRESH, given | {"whole": tx.scalar(_WHOLE, given)})
    if days:
        tx.notify("predictions")
    return len(days)


def quantiles(
    tx: Tx,
    model_id: UUID,
    *,
    since: date,
    until: date,
    shares: Sequence[float] = (0.5, 0.95, 0.99),
    role: PredictionRole = PredictionRole.LIVE,
    version_id: UUID | None = None,
) -> Quantiles:
    """Give quantiles of the inference time and of the loss, over all days of a time together.

    Merged from those of the days, at most 1 % off.

    Args:
        tx: transaction of the tenant.
        model_id: the model.
        since: first day on which predictions were made, in UTC.
        until: the day after the last.
        shares: which quantiles, 0 to 1.
        role: of live answers or of those in shadow.
        version_id: only of this version; of all when left out.

    Raises:
        Invalid: the time is empty or longer than ten years, or a share is not from 0 to 1.
    """
    if not since < until or (until - since).days > MAX_DAYS:
        raise Invalid("until is after since, by ten years at most", field="until")
    if not all(0 <= share <= 1 for share in shares):
        raise Invalid("a quantile's share is from 0 to 1", field="shares", got=list(shares))
    given = {"model": model_id, "since": since, "until": until, "role": role}
    given |= {"version": version_id, "shares": [float(share) for share in shares]}
    row: Any = tx.execute(_QUANTILES, given).one()
    times, losses = (
        dict(zip(shares, each or [None] * len(shares), strict=True))
        for each in (row.times, row.losses)
    )
    return Quantiles(row.predictions, row.outcomes, times, losses)


def hours(
    tx: Tx, *, since: datetime, until: datetime, model_id: UUID | None = None
) -> list[HourOfPredictions]:
    """Give how many live predictions each model made in each hour; an hour without is left out.

    Raises:
        Invalid: the time is empty or longer than 93 days.
    """
    if not since < until or until - since > timedelta(hours=MAX_HOURS):
        raise Invalid("until is after since, by 93 days at most", field="until")
    given = {"since": since, "until": until, "model": model_id}
    return [
        HourOfPredictions(row.hour_start.astimezone(UTC), row.ml_model_id, row.n_predictions)
        for row in tx.execute(_HOURS, given)
    ]

"""Quantiles of how long answers took, how sure and how wrong they were, and predictions by hour.

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
_SKETCHES = ("inference_times", "confidences", "losses", "errors")

_TAKE_STALE = """
WITH taken AS (
  DELETE FROM predictions.stale_performance_days WHERE tenant_id = app.tenant_id()
  RETURNING ml_model_id, made_on)
SELECT DISTINCT t.ml_model_id, t.made_on, m.model_id
FROM taken AS t
LEFT JOIN registry.ml_models AS m ON m.tenant_id = app.tenant_id() AND m.id = t.ml_model_id
ORDER BY 1, 2
"""

# A client's answers are found by the name it gives the model. Outcomes are found by their ids, of
# which the time is that of the answer; of an answer whose id tells another day, each by itself.
# What is kept is not made less by rows that are gone, unless the sums say less too.
_REFRESH = """
WITH asked AS MATERIALIZED (
  SELECT id, model_version_id, role, inference_time_ms AS ms, confidence,
    date_trunc('hour', prediction_timestamp, 'UTC') AS hour_start
  FROM predictions.ml_predictions
  WHERE tenant_id = app.tenant_id() AND ml_model_id = :model AND made_on = :day
  UNION ALL
  SELECT id, NULL, role, inference_time_ms, confidence,
    date_trunc('hour', prediction_timestamp, 'UTC')
  FROM predictions.ml_predictions
  WHERE tenant_id = app.tenant_id() AND model_id = CAST(:name AS text) AND made_on = :day
    AND model_version_id IS NULL
), closed AS MATERIALIZED (
  SELECT id, loss, abs(error) AS error FROM predictions.prediction_outcomes
  WHERE tenant_id = app.tenant_id() AND (ml_model_id = :model OR ml_model_id IS NULL)
    AND id >= :low AND id < :high
  UNION ALL
  SELECT o.id, o.loss, abs(o.error) FROM asked AS a CROSS JOIN LATERAL (
    SELECT * FROM predictions.prediction_outcomes AS o
    WHERE o.tenant_id = app.tenant_id() AND o.id = a.id OFFSET 0) AS o
  WHERE a.id < :low OR a.id >= :high
), days AS (
  SELECT model_version_id, role, count(*) AS n, count(c.id) AS closed,
    app.sketch_compact(array_agg(app.sketch_bucket(ms)) FILTER (WHERE ms IS NOT NULL)) AS times,
    app.sketch_compact(array_agg(app.sketch_bucket(confidence))
      FILTER (WHERE confidence IS NOT NULL)) AS confidences,
    app.sketch_compact(array_agg(app.sketch_bucket(loss)) FILTER (WHERE loss IS NOT NULL))
      AS losses,
    app.sketch_compact(array_agg(app.sketch_bucket(error)) FILTER (WHERE error IS NOT NULL))
      AS errors
  FROM asked LEFT JOIN closed AS c USING (id) GROUP BY model_version_id, role
), kept AS (
  INSERT INTO predictions.performance_quantiles AS q (ml_model_id, made_on, model_version_id, role,
    n_predictions, n_outcomes, inference_times, confidences, losses, errors, refreshed_at)
  SELECT :model, :day, model_version_id, role, n, closed, times, confidences, losses, errors, :now
  FROM days
  ON CONFLICT (tenant_id, ml_model_id, made_on, model_version_id, role) DO UPDATE
  SET n_predictions = excluded.n_predictions, n_outcomes = excluded.n_outcomes,
    inference_times = excluded.inference_times, confidences = excluded.confidences,
    losses = excluded.losses, errors = excluded.errors, refreshed_at = excluded.refreshed_at
  WHERE excluded.n_predictions >= q.n_predictions AND excluded.n_outcomes >= q.n_outcomes
    OR (excluded.n_predictions, excluded.n_outcomes) = (
      SELECT d.n_predictions, d.n_outcomes FROM predictions.performance_daily AS d
      WHERE d.tenant_id = app.tenant_id() AND d.ml_model_id = :model AND d.made_on = :day
        AND d.model_version_id IS NOT DISTINCT FROM excluded.model_version_id
        AND d.role = excluded.role)
  RETURNING q.*
), hours AS (
  INSERT INTO predictions.hourly_prediction_usage AS h (ml_model_id, hour_start, role,
    n_predictions, refreshed_at)
  SELECT :model, hour_start, role, count(*), :now FROM asked GROUP BY hour_start, role
  ON CONFLICT (tenant_id, ml_model_id, hour_start, role) DO UPDATE
  SET n_predictions = excluded.n_predictions, refreshed_at = excluded.refreshed_at
  WHERE (excluded.n_predictions > h.n_predictions
    OR :whole AND excluded.n_predictions <> h.n_predictions)
), gone_hours AS (
  DELETE FROM predictions.hourly_prediction_usage AS h
  WHERE :whole AND h.tenant_id = app.tenant_id() AND h.ml_model_id = :model
    AND h.hour_start >= :from_at AND h.hour_start < :until
    AND NOT EXISTS (SELECT FROM asked WHERE asked.hour_start = h.hour_start AND asked.role = h.role)
), gone AS (
  DELETE FROM predictions.performance_quantiles AS q
  WHERE q.tenant_id = app.tenant_id() AND q.ml_model_id = :model AND q.made_on = :day
    AND NOT EXISTS (
      SELECT FROM predictions.performance_daily AS d
      WHERE d.tenant_id = app.tenant_id() AND d.ml_model_id = :model AND d.made_on = :day
        AND d.model_version_id IS NOT DISTINCT FROM q.model_version_id AND d.role = q.role)
  RETURNING q.id
), moved AS (
  -- As it was before this statement, which does not see what it writes itself.
  SELECT -1 AS sign, q.* FROM predictions.performance_quantiles AS q
  WHERE q.tenant_id = app.tenant_id() AND q.ml_model_id = :model AND q.made_on = :day
    AND q.id IN (SELECT id FROM kept UNION ALL SELECT id FROM gone)
  UNION ALL
  SELECT 1, kept.* FROM kept
), delta AS (
  SELECT sum(sign * n_predictions)::bigint AS n, sum(sign * n_outcomes)::bigint AS closed,
    {merged}
  FROM moved WHERE role = 'live' HAVING count(*) > 0
)
UPDATE predictions.model_performance_quantiles AS t
SET n_predictions = greatest(t.n_predictions + d.n, 0),
  n_outcomes = greatest(t.n_outcomes + d.closed, 0), {changed}, refreshed_at = :now
FROM delta AS d WHERE t.tenant_id = app.tenant_id() AND t.id = :model
""".format(
    merged=", ".join(
        f"app.sketch_merge({name}) FILTER (WHERE sign {test} 0) AS {prefix}_{name}"
        for name in _SKETCHES
        for test, prefix in ((">", "new"), ("<", "old"))
    ),
    changed=", ".join(
        f"{name} = app.sketch_minus(app.sketch_add(t.{name}, d.new_{name}), d.old_{name})"
        for name in _SKETCHES
    ),
)

# Should a model's row of all days not count what its days do (it is new, or a version of the model
# is gone with its days), it is merged from all of them.
_TOTALS = """
INSERT INTO predictions.model_performance_quantiles AS t (id, n_predictions, n_outcomes,
  {names}, refreshed_at)
SELECT d.ml_model_id, sum(d.n_predictions), sum(d.n_outcomes), {merged}, :now
FROM predictions.performance_quantiles AS d
WHERE d.tenant_id = app.tenant_id() AND d.role = 'live' AND d.ml_model_id IN (
  SELECT m.id FROM unnest(CAST(:models AS uuid[])) AS m (id)
  LEFT JOIN predictions.model_performance_quantiles AS q
    ON q.tenant_id = app.tenant_id() AND q.id = m.id
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(n_predictions), 0) AS n, coalesce(sum(n_outcomes), 0) AS closed
    FROM predictions.performance_quantiles
    WHERE tenant_id = app.tenant_id() AND ml_model_id = m.id AND role = 'live') AS s
  WHERE (q.n_predictions, q.n_outcomes) IS DISTINCT FROM (s.n, s.closed))
GROUP BY d.ml_model_id
ON CONFLICT (tenant_id, id) DO UPDATE
SET n_predictions = excluded.n_predictions, n_outcomes = excluded.n_outcomes, {changed},
  refreshed_at = excluded.refreshed_at
""".format(
    names=", ".join(_SKETCHES),
    merged=", ".join(f"app.sketch_merge(d.{name})" for name in _SKETCHES),
    changed=", ".join(f"{name} = excluded.{name}" for name in _SKETCHES),
)

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
  coalesce(sum(n_outcomes), 0)::bigint AS outcomes, {merged}
FROM predictions.performance_quantiles
WHERE tenant_id = app.tenant_id() AND ml_model_id = :model AND made_on >= :since
  AND made_on < :until AND role = :role
  AND (CAST(:versions AS uuid[]) IS NULL OR model_version_id = ANY(:versions))
""".format(
    merged=", ".join(
        f"app.sketch_quantiles(app.sketch_merge({name}), CAST(:shares AS float8[])) AS {name}"
        for name in _SKETCHES
    )
)

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
        tx.execute(_TOTALS, {"models": sorted({model for model, _, _ in days}), "now": tx.now()})
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
    version_ids: Sequence[UUID] | None = None,
) -> Quantiles:
    """Give quantiles of times, confidences, losses and errors, over all days of a time together.

    Merged from those of the days, at most 1 % off.

    Args:
        tx: transaction of the tenant.
        model_id: the model.
        since: first day on which predictions were made, in UTC.
        until: the day after the last.
        shares: which quantiles, 0 to 1.
        role: of live answers or of those in shadow.
        version_ids: only of these versions, together; of all when left out.

    Raises:
        Invalid: the time is empty or longer than ten years, or a share is not from 0 to 1.
    """
    if not since < until or (until - since).days > MAX_DAYS:
        raise Invalid("until is after since, by ten years at most", field="until")
    if not all(0 <= share <= 1 for share in shares):
        raise Invalid("a quantile's share is from 0 to 1", field="shares", got=list(shares))
    given = {"model": model_id, "since": since, "until": until, "role": role}
    given |= {
        "versions": None if version_ids is None else list(version_ids),
        "shares": [float(share) for share in shares],
    }
    row: Any = tx.execute(_QUANTILES, given).one()
    times, confidences, losses, errors = (
        dict(zip(shares, getattr(row, name) or [None] * len(shares), strict=True))
        for name in _SKETCHES
    )
    return Quantiles(row.predictions, row.outcomes, times, losses, confidences, errors)


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

"""Sums made again from the rows: of the days that clients wrote to, or of a whole model.

What registered versions answer, and its outcomes, move the sums in the transaction that writes
them. A client that writes predictions by itself leaves a mark instead, and so does an outcome of
one, and whoever changes or deletes predictions or outcomes. Whoever makes sums again locks the
model's summary first, as every writer does, and reads the rows in a later statement: what a writer
has committed is seen, what it has not yet is added by it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from everlearn.core.ids import uuid7_floor
from everlearn.modules.operations import service as operations
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Task

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

_MARKED = """
SELECT k.id, m.id AS ml_model_id, m.task, k.model_id, k.made_on
FROM predictions.performance_marks AS k
LEFT JOIN registry.ml_models AS m ON m.tenant_id = app.tenant_id()
  AND CASE WHEN k.ml_model_id IS NULL THEN m.model_id = k.model_id ELSE m.id = k.ml_model_id END
WHERE k.tenant_id = app.tenant_id()
ORDER BY k.id LIMIT 10000
"""

_LOCK = """
INSERT INTO predictions.model_performance_summary AS s (id, name, version, model_type)
SELECT m.id, m.name, m.version, m.model_type FROM registry.ml_models AS m
WHERE m.tenant_id = app.tenant_id() AND m.id = ANY(:models) ORDER BY m.id
ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name
"""

_SUMS = """
SELECT {model}, p.model_version_id, p.role, (p.prediction_timestamp AT TIME ZONE 'UTC')::date,
       count(*), count(o.id),
       count(*) FILTER (WHERE {binary} AND (p.predicted_value >= 0.5) = (o.actual_value = 1)),
       coalesce(sum(o.loss), 0), coalesce(sum(o.error ^ 2), 0),
       coalesce(sum(o.predicted_value), 0), coalesce(sum(o.actual_value), 0),
       coalesce(sum(p.confidence), 0), coalesce(sum(p.inference_time_ms), 0)
FROM {source}
{outcomes}
"""
_OUTCOMES = (
    "LEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = app.tenant_id()"
    " AND o.id = p.id"
)

_WRITE = """
INSERT INTO predictions.performance_daily AS d (ml_model_id, model_version_id, role, made_on,
  n_predictions, n_outcomes, n_correct, sum_loss, sum_squared_error, sum_predicted, sum_actual,
  sum_confidence, sum_inference_time_ms)
"""

# A day of which retention may have taken rows keeps what was counted while they were there.
_KEEP = """
GROUP BY 1, 2, 3, 4
ON CONFLICT (tenant_id, ml_model_id, made_on, model_version_id, role) DO UPDATE
SET n_predictions = excluded.n_predictions, n_outcomes = excluded.n_outcomes,
    n_correct = excluded.n_correct, sum_loss = excluded.sum_loss,
    sum_squared_error = excluded.sum_squared_error, sum_predicted = excluded.sum_predicted,
    sum_actual = excluded.sum_actual, sum_confidence = excluded.sum_confidence,
    sum_inference_time_ms = excluded.sum_inference_time_ms
WHERE d.made_on >= :whole_since
  OR excluded.n_predictions >= d.n_predictions AND excluded.n_outcomes >= d.n_outcomes
"""

# One day of a model. Outcomes are found by their ids, of which the time is that of the answer; of
# an answer whose id tells another day, each by itself.
_MAKE_DAY = (
    """
WITH asked AS MATERIALIZED (
  SELECT id, model_version_id, role, prediction_timestamp, predicted_value, confidence,
    inference_time_ms
  FROM predictions.ml_predictions
  WHERE tenant_id = app.tenant_id() AND {{rows}} AND made_on = :day
), closed AS MATERIALIZED (
  SELECT id, loss, error, predicted_value, actual_value FROM predictions.prediction_outcomes
  WHERE tenant_id = app.tenant_id() AND id >= :low AND id < :high
  UNION ALL
  SELECT o.id, o.loss, o.error, o.predicted_value, o.actual_value
  FROM asked AS a CROSS JOIN LATERAL (
    SELECT * FROM predictions.prediction_outcomes AS o
    WHERE o.tenant_id = app.tenant_id() AND o.id = a.id OFFSET 0) AS o
  WHERE a.id < :low OR a.id >= :high
)
"""
    + _WRITE
    + _SUMS
    + _KEEP
).format(
    model="CAST(:model AS uuid)",
    binary="(:binary OR p.model_version_id IS NULL)",
    source="asked AS p",
    outcomes="LEFT JOIN closed AS o ON o.id = p.id",
)
# Clients' own answers are found by the index on the client's name of the model.
_MAKE_CLIENTS_DAY = _MAKE_DAY.format(
    rows="model_id = CAST(:name AS text) AND model_version_id IS NULL"
)
_MAKE_OWN_DAY = _MAKE_DAY.format(rows="ml_model_id = :model")

_DROP_DAYS = """
DELETE FROM predictions.performance_daily AS d
USING unnest(CAST(:models AS uuid[]), CAST(:names AS text[]), CAST(:days AS date[]))
  AS k (ml_model_id, model_id, made_on)
WHERE d.tenant_id = app.tenant_id() AND d.ml_model_id = k.ml_model_id AND d.made_on = k.made_on
  AND d.made_on >= :whole_since AND (d.model_version_id IS NULL) = (k.model_id IS NOT NULL)
  AND NOT EXISTS (
    SELECT FROM predictions.ml_predictions AS p
    WHERE p.tenant_id = app.tenant_id() AND p.made_on = k.made_on AND p.role = d.role
      AND p.ml_model_id = k.ml_model_id AND p.model_version_id = d.model_version_id)
  AND NOT EXISTS (
    SELECT FROM predictions.ml_predictions AS p
    WHERE p.tenant_id = app.tenant_id() AND p.made_on = k.made_on AND p.role = d.role
      AND p.model_id = k.model_id AND p.model_version_id IS NULL AND d.model_version_id IS NULL)
"""

_FIRST_DAY = """
SELECT min((p.prediction_timestamp AT TIME ZONE 'UTC')::date)
FROM predictions.ml_predictions AS p JOIN registry.ml_models AS m
  ON m.tenant_id = app.tenant_id() AND m.id = :model
WHERE p.tenant_id = app.tenant_id()
  AND (p.ml_model_id = :model OR p.ml_model_id IS NULL AND p.model_id = m.model_id)
"""

_EMPTY = """
DELETE FROM predictions.performance_daily
WHERE tenant_id = app.tenant_id() AND ml_model_id = :model AND made_on >= :since
"""

_MAKE_MODEL = (
    _WRITE
    + _SUMS.format(
        model="m.id",
        binary="(:binary OR p.model_version_id IS NULL)",
        outcomes=_OUTCOMES,
        source="""registry.ml_models AS m JOIN predictions.ml_predictions AS p
  ON p.tenant_id = app.tenant_id()
 AND (p.ml_model_id = m.id OR p.ml_model_id IS NULL AND p.model_id = m.model_id)""",
    )
    + """WHERE m.tenant_id = app.tenant_id() AND m.id = :model
  AND p.prediction_timestamp >= CAST(:since AS date)::timestamp AT TIME ZONE 'UTC'
GROUP BY 1, 2, 3, 4
"""
)

_SUMMARISE = """
UPDATE predictions.model_performance_summary AS s
SET prediction_count = t.n, validated_predictions = t.closed, correct_predictions = t.correct,
    sum_confidence = t.confidence, sum_inference_time_ms = t.inference_ms,
    version = CASE WHEN l.at >= coalesce(s.last_prediction, l.at) THEN l.version
                   ELSE s.version END,
    last_prediction = greatest(s.last_prediction, l.at)
FROM (
  SELECT k.id AS ml_model_id, coalesce(sum(n_predictions), 0) AS n,
         coalesce(sum(n_outcomes), 0) AS closed, coalesce(sum(n_correct), 0) AS correct,
         coalesce(sum(sum_confidence), 0) AS confidence,
         coalesce(sum(sum_inference_time_ms), 0) AS inference_ms
  FROM unnest(CAST(:models AS uuid[])) AS k (id)
  LEFT JOIN predictions.performance_daily AS d
    ON d.tenant_id = app.tenant_id() AND d.ml_model_id = k.id AND d.role = 'live'
  GROUP BY 1
) AS t
JOIN registry.ml_models AS m ON m.tenant_id = app.tenant_id() AND m.id = t.ml_model_id
LEFT JOIN LATERAL (
  SELECT p.prediction_timestamp AS at, p.model_version AS version
  FROM predictions.ml_predictions AS p
  WHERE p.tenant_id = app.tenant_id() AND p.role = 'live' AND {rows}
  ORDER BY p.made_on DESC, p.prediction_timestamp DESC LIMIT 1
) AS l ON true
WHERE s.tenant_id = app.tenant_id() AND s.id = t.ml_model_id
"""
_SUMMARISE_CLIENTS = _SUMMARISE.format(
    rows="p.model_id = m.model_id AND p.model_version_id IS NULL"
)
_SUMMARISE_OWN = _SUMMARISE.format(rows="p.ml_model_id = m.id")
_SUMMARISE_MODEL = _SUMMARISE.format(
    rows="(p.ml_model_id = m.id OR p.ml_model_id IS NULL AND p.model_id = m.model_id)"
)


def refresh_performance(tx: Tx) -> int:
    """Make the sums of the days again that were written or changed past the services; how many.

    Only these days are read, however late their rows came. A day of a model that is not registered
    under the client's name is forgotten: nobody asks for it, and `rebuild_performance` counts it
    should the model be registered later.
    """
    marks: Any = tx.execute(_MARKED).all()
    if not marks:
        return 0
    found = [mark for mark in marks if mark.ml_model_id]
    tx.execute(_LOCK, {"models": sorted({mark.ml_model_id for mark in found})})
    whole_since = _whole_since(tx)
    clients = {
        (m.ml_model_id, m.model_id, False, m.made_on) for m in found if m.model_id is not None
    }
    own = {
        (m.ml_model_id, None, m.task == Task.BINARY, m.made_on) for m in found if m.model_id is None
    }
    for days, make, summarise in (
        (clients, _MAKE_CLIENTS_DAY, _SUMMARISE_CLIENTS),
        (own, _MAKE_OWN_DAY, _SUMMARISE_OWN),
    ):
        for model, name, binary, day in days:
            from_at = datetime.combine(day, time(), UTC)
            # As values, so that the plan holds the day's partition alone.
            span = {"low": uuid7_floor(from_at), "high": uuid7_floor(from_at + timedelta(days=1))}
            given = {"model": model, "name": name, "binary": binary, "day": day}
            tx.execute(make, given | span | {"whole_since": whole_since})
        if days:
            models, names, _, dates = (list(each) for each in zip(*days, strict=True))
            given = {"models": models, "names": names, "days": dates}
            tx.execute(_DROP_DAYS, given | {"whole_since": whole_since})
            tx.execute(summarise, {"models": sorted(set(models))})
    tx.execute(
        "DELETE FROM predictions.performance_marks"
        " WHERE tenant_id = app.tenant_id() AND id = ANY(:ids)",
        {"ids": [mark.id for mark in marks]},
    )
    # Rows that this very transaction still writes are to leave a mark of their own.
    tx.execute("SELECT set_config('everlearn.marked', '', true)")
    return len(clients) + len(own)


def _whole_since(tx: Tx) -> date:
    """Give the first day of which retention took nothing yet."""
    tables = ("predictions.ml_predictions", "predictions.prediction_outcomes")
    kept = [keep for table in tables if (keep := operations.retention_of(tx, table)) is not None]
    if not kept:
        return date.min
    return (tx.now() - min(kept)).astimezone(UTC).date() + timedelta(days=1)


def rebuild_performance(tx: Tx, model_id: UUID, *, since: date | None = None) -> None:
    """Make all sums of a model again from its rows, as one GROUP BY.

    For rows that came past the services, such as a restored backup. It reads every prediction of
    the time, and writers of the model wait for it.

    Args:
        tx: transaction.
        model_id: the model.
        since: first day (UTC) to make again; that of the first prediction that is still kept when
            left out. Days before it stay as they are: their rows may be gone.

    Raises:
        NotFound: no such model.
    """
    model = registry.get_model(tx, model_id)
    tx.execute(_LOCK, {"models": [model.id]})
    first = since or tx.scalar(_FIRST_DAY, {"model": model.id})
    if first is not None:
        tx.execute(_EMPTY, {"model": model.id, "since": first})
        binary = model.task == Task.BINARY
        tx.execute(_MAKE_MODEL, {"model": model.id, "since": first, "binary": binary})
    tx.execute(_SUMMARISE_MODEL, {"models": [model.id]})

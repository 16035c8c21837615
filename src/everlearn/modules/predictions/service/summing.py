"""Sums made again from the rows: of the days that clients wrote to, or of a whole model.

What registered versions answer, and its outcomes, move the sums in the transaction that writes
them. A client that writes predictions by itself leaves a mark instead, and so does an outcome of
one. Whoever makes sums again locks the model's summary first, as every writer does, and reads the
rows in a later statement: what a writer has committed is seen, what it has not yet is added by it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Task

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

_MARKED = """
SELECT k.id, m.id AS ml_model_id, k.model_id, k.made_on
FROM predictions.performance_marks AS k
LEFT JOIN registry.ml_models AS m ON m.tenant_id = app.tenant_id() AND m.model_id = k.model_id
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
LEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = app.tenant_id() AND o.id = p.id
"""

_WRITE = """
INSERT INTO predictions.performance_daily AS d (ml_model_id, model_version_id, role, made_on,
  n_predictions, n_outcomes, n_correct, sum_loss, sum_squared_error, sum_predicted, sum_actual,
  sum_confidence, sum_inference_time_ms)
"""

# Days of clients' own answers: found by the index on the client's name of the model.
_MAKE_DAYS = (
    _WRITE
    + _SUMS.format(
        model="k.ml_model_id",
        binary="true",
        source="""unnest(CAST(:models AS uuid[]), CAST(:names AS text[]), CAST(:days AS date[]))
       AS k (ml_model_id, model_id, made_on)
CROSS JOIN LATERAL (
  SELECT * FROM predictions.ml_predictions AS q
  WHERE q.tenant_id = app.tenant_id() AND q.model_id = k.model_id AND q.model_version_id IS NULL
    AND q.made_on = k.made_on OFFSET 0
) AS p""",
    )
    + """GROUP BY 1, 2, 3, 4
ON CONFLICT (tenant_id, ml_model_id, made_on, model_version_id, role) DO UPDATE
SET n_predictions = excluded.n_predictions, n_outcomes = excluded.n_outcomes,
    n_correct = excluded.n_correct, sum_loss = excluded.sum_loss,
    sum_squared_error = excluded.sum_squared_error, sum_predicted = excluded.sum_predicted,
    sum_actual = excluded.sum_actual, sum_confidence = excluded.sum_confidence,
    sum_inference_time_ms = excluded.sum_inference_time_ms
"""
)

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
  SELECT d.ml_model_id, sum(n_predictions) AS n, sum(n_outcomes) AS closed,
         sum(n_correct) AS correct, sum(sum_confidence) AS confidence,
         sum(sum_inference_time_ms) AS inference_ms
  FROM predictions.performance_daily AS d
  WHERE d.tenant_id = app.tenant_id() AND d.ml_model_id = ANY(:models) AND d.role = 'live'
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
_SUMMARISE_MODEL = _SUMMARISE.format(
    rows="(p.ml_model_id = m.id OR p.ml_model_id IS NULL AND p.model_id = m.model_id)"
)


def refresh_performance(tx: Tx) -> int:
    """Make the sums of the days again that clients wrote to since the last time; give how many.

    Only these days are read, however late their rows came. A day of a model that is not registered
    under the client's name is forgotten: nobody asks for it, and `rebuild_performance` counts it
    should the model be registered later.
    """
    marks: Any = tx.execute(_MARKED).all()
    if not marks:
        return 0
    days = sorted({(m.ml_model_id, m.model_id, m.made_on) for m in marks if m.ml_model_id})
    if days:
        models = sorted({day[0] for day in days})
        tx.execute(_LOCK, {"models": models})
        columns: tuple[list[Any], ...] = tuple(list(each) for each in zip(*days, strict=True))
        tx.execute(_MAKE_DAYS, dict(zip(("models", "names", "days"), columns, strict=True)))
        tx.execute(_SUMMARISE_CLIENTS, {"models": models})
    tx.execute(
        "DELETE FROM predictions.performance_marks"
        " WHERE tenant_id = app.tenant_id() AND id = ANY(:ids)",
        {"ids": [mark.id for mark in marks]},
    )
    # Rows that this very transaction still writes are to leave a mark of their own.
    tx.execute("SELECT set_config('everlearn.marked', '', true)")
    return len(days)


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

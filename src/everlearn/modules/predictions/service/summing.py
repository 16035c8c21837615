"""Sums made again from the rows: of the days that clients wrote to, or of a whole model.

What registered versions answer, and its outcomes, move the sums in the transaction that writes
them. A client that writes predictions by itself leaves a mark instead, and so does an outcome of
one, and whoever changes or deletes predictions or outcomes. Whoever makes sums again locks the
model's summary first, as every writer does, and reads the rows in a later statement: what a writer
has committed is seen, what it has not yet is added by it.
"""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

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
# Of a day each by itself, and not, as a planner without statistics may have it, all there are.
_OUTCOME = """LEFT JOIN LATERAL (
  SELECT * FROM predictions.prediction_outcomes AS o
  WHERE o.tenant_id = app.tenant_id() AND o.id = p.id OFFSET 0
) AS o ON true"""

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

# Days of clients' own answers: found by the index on the client's name of the model.
_MAKE_DAYS = (
    _WRITE
    + _SUMS.format(
        model="k.ml_model_id",
        binary="true",
        outcomes=_OUTCOME,
        source="""unnest(CAST(:models AS uuid[]), CAST(:names AS text[]), CAST(:days AS date[]))
       AS k (ml_model_id, model_id, made_on)
CROSS JOIN LATERAL (
  SELECT * FROM predictions.ml_predictions AS q
  WHERE q.tenant_id = app.tenant_id() AND q.model_id = k.model_id AND q.model_version_id IS NULL
    AND q.made_on = k.made_on OFFSET 0
) AS p""",
    )
    + _KEEP
)

# Days of registered models of which something was changed or deleted.
_MAKE_OWN_DAYS = (
    _WRITE
    + _SUMS.format(
        model="k.ml_model_id",
        binary="k.is_binary",
        outcomes=_OUTCOME,
        source="""unnest(CAST(:models AS uuid[]), CAST(:binary AS boolean[]), CAST(:days AS date[]))
       AS k (ml_model_id, is_binary, made_on)
CROSS JOIN LATERAL (
  SELECT * FROM predictions.ml_predictions AS q
  WHERE q.tenant_id = app.tenant_id() AND q.ml_model_id = k.ml_model_id
    AND q.made_on = k.made_on OFFSET 0
) AS p""",
    )
    + _KEEP
)

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
        (clients, _MAKE_DAYS, _SUMMARISE_CLIENTS),
        (own, _MAKE_OWN_DAYS, _SUMMARISE_OWN),
    ):
        if days:
            models, names, binary, dates = (list(each) for each in zip(*days, strict=True))
            given = {"models": models, "names": names, "binary": binary, "days": dates}
            tx.execute(make, given | {"whole_since": whole_since})
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

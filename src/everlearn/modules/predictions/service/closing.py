"""Outcomes: each closes the predictions made about its entity, once, and moves the rollup."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from everlearn.core.ids import uuid7_floor
from everlearn.modules.predictions.types import EPS, Closed
from everlearn.modules.registry.types import Model, Task

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

#: Predictions are first looked for in the partitions of this long before the outcome.
USUAL_DELAY = timedelta(days=40)

_MATCH = """
CREATE TEMP TABLE IF NOT EXISTS matched_outcomes (
  id uuid, tenant_id uuid, ml_model_id uuid, model_version_id uuid, role text, feature_row_id uuid,
  raw_margin float8, predicted_value float8, predicted_at timestamptz, entity_id text,
  actual_value float8, happened_at timestamptz, known_at timestamptz, stored float8
) ON COMMIT DELETE ROWS
"""

_FIND = """
INSERT INTO matched_outcomes
SELECT p.id, p.tenant_id, p.ml_model_id, p.model_version_id, p.role, p.feature_row_id,
       p.raw_margin, p.predicted_value, p.prediction_timestamp, s.entity_id,
       s.actual_value, s.happened_at, s.known_at, o.actual_value
FROM unnest(CAST(:entity AS text[]), CAST(:actual AS float8[]), CAST(:happened AS timestamptz[]),
            CAST(:known AS timestamptz[])) AS s (entity_id, actual_value, happened_at, known_at)
JOIN predictions.ml_predictions p
  ON p.tenant_id = app.tenant_id() AND p.ml_model_id = :model AND p.entity_id = s.entity_id
 AND p.id >= :low AND p.id < :high
LEFT JOIN predictions.prediction_outcomes o
  ON o.tenant_id = app.tenant_id() AND o.id = p.id AND o.id >= :low AND o.id < :high
"""

_CLOSE = """
INSERT INTO predictions.prediction_outcomes (id, ml_model_id, model_version_id, role, feature_row_id,
  raw_margin, predicted_value, actual_value, error, loss, predicted_at, happened_at, known_at)
SELECT id, ml_model_id, model_version_id, role, feature_row_id, raw_margin, predicted_value,
       actual_value, actual_value - predicted_value,
       CASE WHEN :binary
            THEN -ln(CASE WHEN actual_value = 1 THEN greatest(least(predicted_value, 1 - :eps), :eps)
                          ELSE 1 - greatest(least(predicted_value, 1 - :eps), :eps) END)
            ELSE (actual_value - predicted_value) ^ 2 END,
       predicted_at, happened_at, known_at
FROM matched_outcomes WHERE stored IS NULL
ON CONFLICT DO NOTHING
"""

_ROLL_UP = """
INSERT INTO predictions.performance_daily AS d (ml_model_id, model_version_id, role, made_on,
  n_outcomes, sum_loss, sum_squared_error, sum_predicted, sum_actual)
SELECT o.ml_model_id, o.model_version_id, o.role, (o.predicted_at AT TIME ZONE 'UTC')::date, count(*),
       sum(o.loss), sum(o.error ^ 2), sum(o.predicted_value), sum(o.actual_value)
FROM matched_outcomes m
JOIN predictions.prediction_outcomes o ON o.tenant_id = app.tenant_id() AND o.id = m.id
 AND o.id >= :low AND o.id < :high
WHERE m.stored IS NULL
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
ON CONFLICT (tenant_id, ml_model_id, made_on, model_version_id, role) DO UPDATE
SET n_outcomes = d.n_outcomes + excluded.n_outcomes, sum_loss = d.sum_loss + excluded.sum_loss,
    sum_squared_error = d.sum_squared_error + excluded.sum_squared_error,
    sum_predicted = d.sum_predicted + excluded.sum_predicted,
    sum_actual = d.sum_actual + excluded.sum_actual
"""


def write_outcomes(
    tx: Tx,
    model: Model,
    *,
    entity_ids: Sequence[str],
    values: npt.ArrayLike,
    happened_at: Sequence[datetime],
    known_at: Sequence[datetime],
) -> Closed:
    """Close every prediction, live and shadow, that the model made about these entities.

    Rows are appended; the predictions themselves are not touched. The same outcome a second time
    changes nothing, a different one is reported and not written.

    Args:
        tx: transaction.
        model: model the outcomes are of.
        entity_ids: length n; each at most once.
        values: shape (n,), 0 or 1 for a binary task.
        happened_at: length n.
        known_at: length n.
    """
    if not len(entity_ids):
        return Closed(0, 0)
    actual = np.asarray(values, dtype=np.float64)
    tx.execute(_MATCH)
    tx.execute("DELETE FROM matched_outcomes")
    latest, first = max(known_at), min(happened_at)
    low = uuid7_floor(first - USUAL_DELAY)
    high = uuid7_floor(latest + timedelta(days=1))
    given: dict[str, Any] = {
        "entity": list(entity_ids),
        "actual": actual.tolist(),
        "happened": list(happened_at),
        "known": list(known_at),
        "model": model.id,
    }
    tx.execute(_FIND, given | {"low": low, "high": high})
    unknown = _unmatched(tx, entity_ids)
    if unknown:  # older than usual: look through all the rest
        low = uuid7_floor(datetime(2000, 1, 1, tzinfo=UTC))
        missing = set(unknown)
        keep = [i for i, entity in enumerate(entity_ids) if entity in missing]
        rest = {k: [v[i] for i in keep] for k, v in given.items() if isinstance(v, list)}
        tx.execute(_FIND, given | rest | {"low": low, "high": high})
        unknown = _unmatched(tx, unknown)
    closed = tx.execute(_CLOSE, {"binary": model.task == Task.BINARY, "eps": EPS})
    new = int(closed.rowcount)  # type: ignore[attr-defined]  # a CursorResult for an INSERT
    if new:
        tx.execute(_ROLL_UP, {"low": low, "high": high})
        tx.notify("outcomes")
    known = tx.execute(
        "SELECT entity_id, min(stored), min(actual_value) FROM matched_outcomes"
        " WHERE stored IS NOT NULL GROUP BY entity_id"
    ).all()
    contradictions = [(row[0], row[1], row[2]) for row in known if row[1] != row[2]]
    return Closed(new, len(known) - len(contradictions), unknown, contradictions)


def _unmatched(tx: Tx, entity_ids: Sequence[str]) -> list[str]:
    rows = tx.execute(
        "SELECT e FROM unnest(CAST(:entity AS text[])) AS e"
        " WHERE NOT EXISTS (SELECT FROM matched_outcomes m WHERE m.entity_id = e)",
        {"entity": list(entity_ids)},
    )
    return [row[0] for row in rows]

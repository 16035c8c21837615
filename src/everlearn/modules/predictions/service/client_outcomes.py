"""Outcomes of predictions that no registered version made: a client service's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np

from everlearn.core import partitions
from everlearn.core.errors import Contradiction
from everlearn.core.ids import time_of
from everlearn.modules.predictions.errors import BadLabel, BadScore
from everlearn.modules.predictions.types import Closed, PredictionKind

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

# Nothing tells whether a client's number is a probability, so its loss is the squared error.
_CLOSE = """
WITH found AS (
  SELECT p.id, p.role, p.predicted_value, p.prediction_timestamp, p.model_id
  FROM predictions.ml_predictions AS p
  WHERE p.tenant_id = app.tenant_id() AND p.id = :id AND p.model_version_id IS NULL
), closed AS (
  INSERT INTO predictions.prediction_outcomes (id, role, predicted_value, actual_value,
    further_values, error, loss, predicted_at, happened_at, known_at)
  SELECT id, role, predicted_value, :actual, CAST(:further AS jsonb), :actual - predicted_value,
         (:actual - predicted_value) ^ 2, prediction_timestamp, :happened, :known
  FROM found
  ON CONFLICT DO NOTHING
  RETURNING id
), marked AS (
  INSERT INTO predictions.performance_marks (model_id, made_on)
  SELECT model_id, (prediction_timestamp AT TIME ZONE 'UTC')::date
  FROM found JOIN closed USING (id) WHERE model_id IS NOT NULL
)
SELECT (SELECT count(*) FROM found) AS found, (SELECT count(*) FROM closed) AS closed
"""

_STORED = """
SELECT actual_value, coalesce(further_values, '{}') @> CAST(:further AS jsonb) AS same
FROM predictions.prediction_outcomes WHERE tenant_id = app.tenant_id() AND id = :id
"""


def write_client_outcome(
    tx: Tx,
    prediction_id: UUID,
    *,
    kind: PredictionKind,
    value: float,
    happened_at: datetime,
    known_at: datetime,
    further: Mapping[str, float] | None = None,
) -> Closed:
    """Close one prediction that a client made by its own means.

    The same outcome a second time changes nothing. A prediction that is not the tenant's, or that a
    registered version made, is given back as unknown.

    Args:
        tx: transaction.
        prediction_id: the prediction.
        kind: its kind; of a predicted violation the value is 0 or 1.
        value: what happened.
        happened_at: when, aware.
        known_at: when we learned of it, aware.
        further: what else happened, by name, where the client predicts several things at once.

    Raises:
        BadScore, BadLabel: the value is not finite, or neither 0 nor 1 of a violation.
        Contradiction: other further values are stored.
    """
    values = {"value": value} | {f"further.{name}": x for name, x in (further or {}).items()}
    for field, number in values.items():
        if not np.isfinite(number):
            raise BadScore("An outcome is NaN or infinite.", field=field)
    if kind is PredictionKind.COMPLIANCE and value not in {0, 1}:
        raise BadLabel(field="value")
    partitions.ensure(tx, "predictions.prediction_outcomes", [time_of(prediction_id)])
    given = {
        "id": prediction_id,
        "actual": value,
        "further": json.dumps(dict(further)) if further else None,
        "happened": happened_at,
        "known": known_at,
    }
    row: Any = tx.execute(_CLOSE, given).one()
    if not row.found:
        return Closed(0, 0, unknown=[str(prediction_id)])
    if row.closed:
        tx.notify("outcomes")
        return Closed(1, 0)
    stored: Any = tx.execute(
        _STORED, {"id": prediction_id, "further": given["further"] or "{}"}
    ).one()
    if stored.actual_value != value:
        sent = (str(prediction_id), stored.actual_value, value)
        return Closed(0, 0, contradictions=[sent])
    if not stored.same:
        raise Contradiction("other further values are stored for this prediction", field="further")
    return Closed(0, 1, duplicate_ids=[str(prediction_id)])

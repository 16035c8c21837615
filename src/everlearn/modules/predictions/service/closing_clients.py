"""Many predictions at once: found by what they are called, and closed where clients made them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from everlearn.core import partitions
from everlearn.core.ids import time_of
from everlearn.modules.predictions.service.naming import Models
from everlearn.modules.predictions.tables.answers import SAME_ENTITY
from everlearn.modules.predictions.types import Closed, PredictionKind, Target
from everlearn.modules.registry import service as registry

if TYPE_CHECKING:
    from everlearn.core.tx import Tx
    from everlearn.modules.registry.types import Model

# OFFSET 0: each by its index, whatever the planner believes of tables without statistics; and of a
# plain value, for under row-level security an expression such as COALESCE is no index's condition.
_FIND = """
SELECT n.name, p.id, p.prediction_kind AS kind, p.ml_model_id AS model_id, p.entity_id,
       p.feature_row_id, p.service_name
FROM (
  SELECT n.name, coalesce(k.id, CASE WHEN pg_input_is_valid(n.name, 'uuid')
                                THEN CAST(n.name AS uuid) END) AS id
  FROM unnest(CAST(:names AS text[])) AS n (name)
  LEFT JOIN LATERAL (
    SELECT k.id FROM predictions.prediction_keys AS k
    WHERE k.tenant_id = app.tenant_id() AND k.prediction_key = CAST(md5(n.name) AS uuid) OFFSET 0
  ) AS k ON true
  OFFSET 0
) AS n
CROSS JOIN LATERAL (
  SELECT * FROM predictions.ml_predictions AS p
  WHERE p.tenant_id = app.tenant_id() AND p.id = n.id OFFSET 0
) AS p
"""

_OF_ENTITIES = f"""
SELECT s.place, p.id, p.prediction_kind AS kind
FROM unnest(CAST(:models AS text[]), CAST(:entities AS text[])) WITH ORDINALITY
     AS s (model_id, entity_id, place)
CROSS JOIN LATERAL (
  SELECT * FROM predictions.ml_predictions AS p
  WHERE p.tenant_id = app.tenant_id() AND {SAME_ENTITY.format(row="p", entity="s.entity_id")}
  OFFSET 0
) AS p
WHERE p.model_id = s.model_id AND p.model_version_id IS NULL
ORDER BY s.place, p.id
"""

# Nothing tells whether a client's number is a probability, so its loss is the squared error.
_CLOSE = """
WITH given AS MATERIALIZED (
  SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:actual AS float8[]), CAST(:further AS jsonb[]),
    CAST(:happened AS timestamptz[]), CAST(:known AS timestamptz[])) WITH ORDINALITY
    AS g (id, actual, further, happened, known, place)
), found AS MATERIALIZED (
  SELECT g.*, p.role, p.predicted_value, p.prediction_timestamp, p.model_id
  FROM given AS g CROSS JOIN LATERAL (
    SELECT * FROM predictions.ml_predictions AS p
    WHERE p.tenant_id = app.tenant_id() AND p.id = g.id AND p.model_version_id IS NULL OFFSET 0
  ) AS p
), closed AS (
  INSERT INTO predictions.prediction_outcomes (id, role, predicted_value, actual_value,
    further_values, error, loss, predicted_at, happened_at, known_at)
  SELECT id, role, predicted_value, actual, further, actual - predicted_value,
         least(abs(actual - predicted_value), 1e154) ^ 2, prediction_timestamp, happened, known
  FROM found ORDER BY id
  ON CONFLICT DO NOTHING
  RETURNING id
), marked AS (
  INSERT INTO predictions.performance_marks (model_id, made_on)
  SELECT DISTINCT model_id, (prediction_timestamp AT TIME ZONE 'UTC')::date
  FROM found JOIN closed USING (id) WHERE model_id IS NOT NULL
)
SELECT f.place FROM found AS f JOIN closed USING (id)
"""

_STORED = """
SELECT g.place, o.actual_value,
       coalesce(o.further_values, '{}') @> coalesce(g.further, '{}') AS same
FROM unnest(CAST(:ids AS uuid[]), CAST(:further AS jsonb[])) WITH ORDINALITY
     AS g (id, further, place)
CROSS JOIN LATERAL (
  SELECT * FROM predictions.prediction_outcomes AS o
  WHERE o.tenant_id = app.tenant_id() AND o.id = g.id OFFSET 0
) AS o
"""


def find_many(tx: Tx, names: Sequence[str]) -> dict[str, Target]:
    """Give the predictions named by their own ids or their clients', those that there are."""
    rows: Any = tx.execute(_FIND, {"names": sorted(set(names))}) if names else ()
    return {
        row.name: Target(
            row.id,
            PredictionKind(row.kind),
            row.model_id,
            row.entity_id,
            row.feature_row_id,
            row.service_name,
        )
        for row in rows
    }


def find_models(tx: Tx, names: Sequence[str]) -> dict[str, tuple[Model | None, str]]:
    """Give, for each name, the model that is served here, and what clients call it."""
    known = Models(tx, sorted(set(names)))
    found: dict[str, tuple[Model | None, str]] = {}
    for name in names:
        if name in found:
            continue
        line, _ = known.find(name, None)
        served = registry.get_model(tx, line.id) if line is not None and line.served else None
        found[name] = (served, name if line is None else line.model_id)
    return found


def find_of_entities(
    tx: Tx, model_ids: Sequence[str], entity_ids: Sequence[str]
) -> list[list[tuple[UUID, PredictionKind]]]:
    """Give, for each entity, what clients' own models of this name predicted about it."""
    found: list[list[tuple[UUID, PredictionKind]]] = [[] for _ in entity_ids]
    given = {"models": list(model_ids), "entities": list(entity_ids)}
    rows: Any = tx.execute(_OF_ENTITIES, given)
    for row in rows:
        found[row.place - 1].append((row.id, PredictionKind(row.kind)))
    return found


def read_outcomes(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, float]:
    """Give what is stored as having happened, of those predictions that are closed."""
    if not ids:
        return {}
    rows: Any = tx.execute(_STORED, {"ids": list(ids), "further": [None] * len(ids)})
    return {ids[row.place - 1]: row.actual_value for row in rows}


def write_client_outcomes(
    tx: Tx,
    ids: Sequence[UUID],
    *,
    values: Sequence[float],
    happened_at: Sequence[datetime],
    known_at: Sequence[datetime],
    further: Sequence[str | None],
) -> Closed:
    """Close many predictions that clients made by their own means; as `write_client_outcome`.

    Args:
        tx: transaction.
        ids: length n, each at most once.
        values: length n, finite; 0 or 1 of a predicted violation.
        happened_at: length n, aware.
        known_at: length n, aware.
        further: length n, what else happened as the JSON of an object, or None.

    Returns:
        What it did, by the ids as text. Other further values are a contradiction too, in which the
        stored and the sent value are equal.
    """
    partitions.ensure(tx, "predictions.prediction_outcomes", [time_of(id_) for id_ in ids])
    given = {
        "ids": list(ids),
        "actual": list(values),
        "happened": list(happened_at),
        "known": list(known_at),
        "further": list(further),
    }
    rows: Any = tx.execute(_CLOSE, given)
    closed = {row.place - 1 for row in rows}
    left = [i for i in range(len(ids)) if i not in closed]
    if closed:
        tx.notify("outcomes")
    result = Closed(len(closed), 0)
    if not left:
        return result
    again = {"ids": [ids[i] for i in left], "further": [further[i] for i in left]}
    stored: Any = tx.execute(_STORED, again)
    there = {left[row.place - 1]: row for row in stored}
    twice = []
    for i in left:
        if i not in there:
            result.unknown.append(str(ids[i]))
        elif there[i].actual_value != values[i] or not there[i].same:
            result.contradictions.append((str(ids[i]), there[i].actual_value, values[i]))
        else:
            twice.append(str(ids[i]))
    return Closed(len(closed), len(twice), result.unknown, result.contradictions, twice)

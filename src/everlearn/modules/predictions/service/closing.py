"""Outcomes: each closes the predictions made about its entity, once, and moves the rollups."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from everlearn.core.errors import Invalid
from everlearn.core.ids import time_of, uuid7_floor
from everlearn.modules.predictions.errors import BadLabel, BadScore, LengthMismatch
from everlearn.modules.predictions.tables.answers import SAME_ENTITY
from everlearn.modules.predictions.types import EPS, Closed, Floats, Target
from everlearn.modules.registry.types import Model, Task

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

#: Predictions are first looked for in the partitions of this long before the outcome.
USUAL_DELAY = timedelta(days=40)
_BEGINNING = uuid7_floor(datetime(2000, 1, 1, tzinfo=UTC))

_KEPT = """p.id, p.model_version_id, p.role, p.feature_row_id, p.raw_margin, p.predicted_value,
         p.prediction_timestamp"""
_BY_ENTITY = f"""
  SELECT {_KEPT}, s.place, s.actual_value, s.happened_at, s.known_at
  FROM unnest(CAST(:entity AS text[]), CAST(:actual AS float8[]), CAST(:happened AS timestamptz[]),
              CAST(:known AS timestamptz[])) WITH ORDINALITY
       AS s (entity_id, actual_value, happened_at, known_at, place)
  -- OFFSET 0: each entity by the index, and not, as the planner believes of a new partition without
  -- statistics, all of the model's predictions at once.
  CROSS JOIN LATERAL (
    SELECT * FROM predictions.ml_predictions AS p
    WHERE p.tenant_id = app.tenant_id() AND {SAME_ENTITY.format(row="p", entity="s.entity_id")}
      AND p.id {{bound}} :bound OFFSET 0
  ) AS p
  WHERE p.ml_model_id = :model
"""
# The prediction and those that other versions made of the same feature row.
_BY_ID = f"""
  SELECT {_KEPT}, 1 AS place, CAST(:actual AS float8) AS actual_value,
         CAST(:happened AS timestamptz) AS happened_at, CAST(:known AS timestamptz) AS known_at
  FROM (
    SELECT * FROM predictions.ml_predictions AS p
    WHERE p.tenant_id = app.tenant_id() AND {SAME_ENTITY.format(row="p", entity=":entity")}
      AND p.id {{bound}} :bound OFFSET 0
  ) AS p
  WHERE p.ml_model_id = :model AND (p.id = :id OR p.feature_row_id = :feature_row)
"""

# The same for many of them at once.
_BY_IDS = f"""
  SELECT {_KEPT}, s.place, s.actual_value, s.happened_at, s.known_at
  FROM unnest(CAST(:ids AS uuid[]), CAST(:entity AS text[]), CAST(:feature_rows AS uuid[]),
              CAST(:actual AS float8[]), CAST(:happened AS timestamptz[]),
              CAST(:known AS timestamptz[])) WITH ORDINALITY
       AS s (id, entity_id, feature_row_id, actual_value, happened_at, known_at, place)
  CROSS JOIN LATERAL (
    SELECT * FROM predictions.ml_predictions AS p
    WHERE p.tenant_id = app.tenant_id() AND {SAME_ENTITY.format(row="p", entity="s.entity_id")}
      AND p.id {{bound}} :bound OFFSET 0
  ) AS p
  WHERE p.ml_model_id = :model AND (p.id = s.id OR p.feature_row_id = s.feature_row_id)
"""

# One statement: finds, closes, moves both rollups, answers for each item. An item is contradicted
# when any of its predictions has another outcome already; then none of them is touched. The rollups
# take from `closed` what really was inserted, so a race with the same outcome is not counted twice.
# The summary's row is locked before those of the days, here and in recording.py: whoever has it may
# have them all, so writers of a model wait for each other and do not deadlock.
_CLOSE = """
WITH found AS MATERIALIZED ({find}
), judged AS MATERIALIZED (
  SELECT f.*, o.actual_value AS stored,
         bool_or(o.actual_value IS DISTINCT FROM f.actual_value AND o.id IS NOT NULL)
           OVER (PARTITION BY f.place) AS contradicted
  FROM found AS f
  LEFT JOIN LATERAL (
    SELECT o.id, o.actual_value FROM predictions.prediction_outcomes AS o
    WHERE o.tenant_id = app.tenant_id() AND o.id = f.id AND o.id {{bound}} :bound OFFSET 0
  ) AS o ON true
), closed AS (
  INSERT INTO predictions.prediction_outcomes (id, ml_model_id, model_version_id, role,
    feature_row_id, raw_margin, predicted_value, actual_value, error, loss, predicted_at,
    happened_at, known_at)
  SELECT id, :model, model_version_id, role, feature_row_id, raw_margin, predicted_value,
         actual_value, actual_value - predicted_value,
         CASE WHEN :binary
              THEN -ln(greatest(least(CASE WHEN actual_value = 1 THEN predicted_value
                                           ELSE 1 - predicted_value END, 1 - :eps), :eps))
              ELSE (actual_value - predicted_value) ^ 2 END,
         prediction_timestamp, happened_at, known_at
  FROM judged WHERE stored IS NULL AND NOT contradicted ORDER BY id
  ON CONFLICT DO NOTHING
  RETURNING id, model_version_id, role, predicted_at, actual_value, predicted_value, error, loss
), sums AS (
  SELECT model_version_id, role, (predicted_at AT TIME ZONE 'UTC')::date AS made_on, count(*) AS n,
         count(*) FILTER (WHERE :binary AND (predicted_value >= 0.5) = (actual_value = 1))
           AS n_correct,
         sum(loss) AS loss, sum(error ^ 2) AS squared, sum(predicted_value) AS predicted,
         sum(actual_value) AS actual
  FROM closed GROUP BY 1, 2, 3
), summary AS (
  UPDATE predictions.model_performance_summary AS s
  SET validated_predictions = s.validated_predictions + t.n,
      correct_predictions = s.correct_predictions + t.n_correct
  FROM (SELECT coalesce(sum(n) FILTER (WHERE role = 'live'), 0)::bigint AS n,
               coalesce(sum(n_correct) FILTER (WHERE role = 'live'), 0)::bigint AS n_correct
        FROM sums HAVING count(*) > 0) AS t
  WHERE s.tenant_id = app.tenant_id() AND s.id = :model
  RETURNING s.id
), daily AS (
  INSERT INTO predictions.performance_daily AS d (ml_model_id, model_version_id, role, made_on,
    n_outcomes, n_correct, sum_loss, sum_squared_error, sum_predicted, sum_actual)
  SELECT locked.id, model_version_id, role, made_on, n, n_correct, loss, squared, predicted, actual
  FROM summary AS locked, sums
  ON CONFLICT (tenant_id, ml_model_id, made_on, model_version_id, role) DO UPDATE
  SET n_outcomes = d.n_outcomes + excluded.n_outcomes,
      n_correct = d.n_correct + excluded.n_correct,
      sum_loss = d.sum_loss + excluded.sum_loss,
      sum_squared_error = d.sum_squared_error + excluded.sum_squared_error,
      sum_predicted = d.sum_predicted + excluded.sum_predicted,
      sum_actual = d.sum_actual + excluded.sum_actual
)
SELECT j.place, count(*) AS predictions, count(j.stored) AS had, count(c.id) AS closed,
       bool_or(j.contradicted) AS contradicted,
       min(j.stored) FILTER (WHERE j.stored IS DISTINCT FROM j.actual_value) AS stored
FROM judged AS j LEFT JOIN closed AS c ON c.id = j.id
GROUP BY j.place
"""
# The bound leaves partitions out. It has one side only: of a range the planner, while it has no
# statistics of a new partition, believes so much that it takes the primary key: 100 times slower.
_CLOSE_RECENT = _CLOSE.format(find=_BY_ENTITY).format(bound=">=")
_CLOSE_OLDER = _CLOSE.format(find=_BY_ENTITY).format(bound="<")
_CLOSE_ONE = _CLOSE.format(find=_BY_ID).format(bound=">=")
_CLOSE_IDS = _CLOSE.format(find=_BY_IDS).format(bound=">=")


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
    changes nothing, a different one is reported and nothing of it is written.

    Args:
        tx: transaction.
        model: model the outcomes are of.
        entity_ids: length n; each at most once.
        values: shape (n,), 0 or 1 for a binary task, finite for a regression.
        happened_at: length n, aware.
        known_at: length n, aware.

    Raises:
        LengthMismatch, BadLabel, BadScore: the columns do not fit each other or the task.
        Invalid: an entity comes twice.
    """
    n = len(entity_ids)
    actual = np.asarray(values, dtype=np.float64).ravel()
    if not n == actual.size == len(happened_at) == len(known_at):
        raise LengthMismatch(field="values", expected=n, got=int(actual.size))
    if not n:
        return Closed(0, 0)
    _check(model, actual)
    if len(set(entity_ids)) != n:
        raise Invalid("an entity comes twice; merge its outcomes first", field="entity_ids")
    columns = (list(entity_ids), actual.tolist(), list(happened_at), list(known_at))
    recent = max(uuid7_floor(min(happened_at) - USUAL_DELAY), _BEGINNING)
    result = _Result(columns[0], columns[1])
    result.add(range(n), _close(tx, _CLOSE_RECENT, model, columns, bound=recent))
    if older := result.missing:  # than usual: look through all the rest
        result.add(older, _close(tx, _CLOSE_OLDER, model, columns, bound=recent, places=older))
    if raced := result.raced:  # another transaction closed them just now, and has committed since
        result.add(raced, _close(tx, _CLOSE_RECENT, model, columns, bound=_BEGINNING, places=raced))
    if result.new:
        tx.notify("outcomes")
    return result.closed()


def write_outcome(
    tx: Tx,
    model: Model,
    prediction_id: UUID,
    *,
    value: float,
    happened_at: datetime,
    known_at: datetime,
) -> Closed:
    """Close one prediction and those that other versions made of the same feature row.

    For entities that are predicted again and again; else as `write_outcomes`. A prediction that is
    not the tenant's, or of another model, is given back as unknown.
    """
    _check(model, np.array([value], dtype=np.float64))
    row: Any = tx.execute(
        "SELECT entity_id, feature_row_id FROM predictions.ml_predictions"
        " WHERE tenant_id = app.tenant_id() AND id = :id AND ml_model_id = :model",
        {"id": prediction_id, "model": model.id},
    ).first()
    result = _Result([str(prediction_id)], [value])
    if row is None:
        return result.closed()
    # All versions answer as of the same moment, so their ids are of the same millisecond.
    given = {
        "entity": row[0],
        "feature_row": row[1],
        "id": prediction_id,
        "actual": value,
        "happened": happened_at,
        "known": known_at,
        "bound": uuid7_floor(time_of(prediction_id) - timedelta(hours=1)),
    }
    for _ in range(2):  # again when another transaction closed it just now
        result.add([0], _run(tx, _CLOSE_ONE, model, given))
        if not result.raced:
            break
    if result.new:
        tx.notify("outcomes")
    return result.closed()


def write_outcomes_of(
    tx: Tx,
    model: Model,
    targets: Sequence[Target],
    *,
    values: Sequence[float],
    happened_at: Sequence[datetime],
    known_at: Sequence[datetime],
) -> Closed:
    """Close many predictions of one model, each as `write_outcome` does; named by their ids.

    Args:
        tx: transaction.
        model: model that made them.
        targets: length n; of answers to the same feature row at most one.
        values: length n, as in `write_outcomes`.
        happened_at: length n, aware.
        known_at: length n, aware.
    """
    _check(model, np.asarray(values, dtype=np.float64))
    result = _Result([str(target.id) for target in targets], list(values))
    places = list(range(len(targets)))
    least = min(time_of(target.id) for target in targets) - timedelta(hours=1)
    for _ in range(2):  # again for those that another transaction closed just now
        given = {
            "ids": [targets[i].id for i in places],
            "entity": [targets[i].entity_id for i in places],
            "feature_rows": [targets[i].feature_row_id for i in places],
            "actual": [values[i] for i in places],
            "happened": [happened_at[i] for i in places],
            "known": [known_at[i] for i in places],
            "bound": uuid7_floor(least),
        }
        result.add(places, _run(tx, _CLOSE_IDS, model, given))
        if not (places := result.raced):
            break
    if result.new:
        tx.notify("outcomes")
    return result.closed()


def _check(model: Model, actual: Floats) -> None:
    wrong = ~np.isfinite(actual)
    if wrong.any():
        raise BadScore("An outcome is NaN or infinite.", field=f"values[{int(wrong.argmax())}]")
    if model.task == Task.BINARY:
        wrong = (actual != 0) & (actual != 1)
        if wrong.any():
            raise BadLabel(field=f"values[{int(wrong.argmax())}]")


def _close(
    tx: Tx,
    statement: str,
    model: Model,
    columns: tuple[list[Any], ...],
    *,
    bound: UUID,
    places: Sequence[int] | None = None,
) -> list[Any]:
    entity, actual, happened, known = (
        columns if places is None else [[column[i] for i in places] for column in columns]
    )
    given = {
        "entity": entity,
        "actual": actual,
        "happened": happened,
        "known": known,
        "bound": bound,
    }
    return _run(tx, statement, model, given)


def _run(tx: Tx, statement: str, model: Model, given: dict[str, Any]) -> list[Any]:
    task = {"model": model.id, "binary": model.task == Task.BINARY, "eps": EPS}
    return list(tx.execute(statement, given | task).all())


class _Result:
    """Adds up what the passes over the items found."""

    def __init__(self, entities: list[str], sent: list[float]) -> None:
        self._entities, self._sent = entities, sent
        self.missing: list[int] = list(range(len(entities)))
        self.raced: list[int] = []
        self.new = 0
        self._duplicates: set[int] = set()
        self._contradictions: list[tuple[str, float, float]] = []

    def add(self, places: Sequence[int], rows: list[Any]) -> None:
        """Take the answers to the items at `places`, which the rows count from 1."""
        seen = set()
        self.raced = [place for place in self.raced if place not in set(places)]
        for row in rows:
            place = places[row.place - 1]
            seen.add(place)
            self.new += row.closed
            if row.contradicted:
                self._contradictions.append((self._entities[place], row.stored, self._sent[place]))
            elif row.had + row.closed < row.predictions:
                self.raced.append(place)
            elif row.closed == 0:
                self._duplicates.add(place)
        self.missing = [place for place in self.missing if place not in seen]

    def closed(self) -> Closed:
        """Give the whole."""
        unknown = [self._entities[place] for place in self.missing]
        known = [self._entities[place] for place in sorted(self._duplicates)]
        return Closed(self.new, len(known), unknown, self._contradictions, known)

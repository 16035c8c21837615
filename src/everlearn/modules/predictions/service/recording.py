"""Answers: the live version's, with bounds and reasons, and the challengers' in shadow."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from everlearn.core import partitions
from everlearn.core.bulk import insert_many
from everlearn.core.ids import uuid7
from everlearn.core.log import log
from everlearn.modules.events import service as events
from everlearn.modules.events.types import EventType
from everlearn.modules.features import service as features_of
from everlearn.modules.predictions import errors
from everlearn.modules.predictions.service import calibrating, reading, scoring
from everlearn.modules.predictions.service.checking import entity_text, storable
from everlearn.modules.predictions.types import Batch, Floats, Prediction, PredictionRole
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.errors import ArtifactCorrupt
from everlearn.modules.registry.types import Model, Task, Version, VersionStatus

if TYPE_CHECKING:
    from everlearn.core.tx import Tx
    from everlearn.modules.features.types import FeatureRows

TABLE = "predictions.ml_predictions"
OUTCOMES = "predictions.prediction_outcomes"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Both rollups in one statement. The summary's row is locked before those of the days, here and in
# closing.py: whoever has it may have them all, so writers of a model wait for each other and do not
# deadlock. The summary speaks of what was answered, so of live rows only.
_COUNT = """
WITH summary AS (
  INSERT INTO predictions.model_performance_summary AS s (id, name, version, model_type,
    prediction_count, last_prediction, sum_confidence, sum_inference_time_ms)
  SELECT m.id, m.name, :version, m.model_type, :n, :latest, :confidence, :inference_ms
  FROM registry.ml_models AS m WHERE m.tenant_id = app.tenant_id() AND m.id = :model
  ON CONFLICT (tenant_id, id) DO UPDATE
  SET version = excluded.version, model_type = excluded.model_type,
      prediction_count = s.prediction_count + excluded.prediction_count,
      last_prediction = greatest(s.last_prediction, excluded.last_prediction),
      sum_confidence = s.sum_confidence + excluded.sum_confidence,
      sum_inference_time_ms = s.sum_inference_time_ms + excluded.sum_inference_time_ms
  RETURNING s.id
)
INSERT INTO predictions.performance_daily AS d (ml_model_id, model_version_id, role, made_on,
  n_predictions, sum_confidence, sum_inference_time_ms)
SELECT summary.id, m.*
FROM summary,
     unnest(CAST(:versions AS uuid[]), CAST(:roles AS text[]), CAST(:days AS date[]),
            CAST(:counts AS bigint[]), CAST(:confidences AS float8[]), CAST(:times AS float8[]))
       AS m (version, role, day, n, confidence, inference_ms)
ON CONFLICT (tenant_id, ml_model_id, made_on, model_version_id, role) DO UPDATE
SET n_predictions = d.n_predictions + excluded.n_predictions,
    sum_confidence = d.sum_confidence + excluded.sum_confidence,
    sum_inference_time_ms = d.sum_inference_time_ms + excluded.sum_inference_time_ms
"""


@dataclass(frozen=True, slots=True, eq=False)
class _Answers:
    """What one version said to all rows."""

    version: Version
    role: PredictionRole
    ids: list[UUID]
    margin: Floats
    reasons: Floats | None
    value: Floats
    lower: Floats
    upper: Floats
    calibrated: bool
    each_ms: float


def predict_many(
    tx: Tx,
    model: Model,
    rows: FeatureRows,
    *,
    service_name: str = "everlearn",
    with_reasons: bool = True,
) -> Batch:
    """Answer for many entities at once and write every answer.

    The live version answers with bounds and reasons; every version in shadow that was fitted on the
    same feature set answers the same rows with role ``shadow``, without reasons. All of it, with
    one event model_prediction, is part of the caller's transaction. Called twice it answers twice.

    A shadow version whose artifact is damaged is left out with an error in the log: what nobody
    sees must not keep the live version from answering.

    Args:
        tx: transaction.
        model: model to ask.
        rows: materialised feature rows of the live version's feature set.
        service_name: client service that asks.
        with_reasons: also compute and keep exact TreeSHAP values of the live version's answers.

    Raises:
        registry.errors.NoLiveVersion: the model has no live version.
        registry.errors.ArtifactCorrupt: the live version's bytes do not have its hash.
        OtherFeatureSet: the rows are not of the live version's feature set.
    """
    asked = registry.versions_in(tx, model.id, VersionStatus.ACTIVE, VersionStatus.SHADOW)
    live = next((version for version in asked if version.status is VersionStatus.ACTIVE), None)
    if live is None:
        live = registry.live_version(tx, model.id)  # raises, and says what to do
    _check_rows(live, rows)
    shadows = [
        version
        for version in asked
        if version.status is VersionStatus.SHADOW and version.feature_set_id == live.feature_set_id
    ]
    if not len(rows):
        none = np.empty(0)
        return Batch([], none, none, none, live.id, live.version)
    moments = _moments(rows)
    steps = calibrating.latest(tx, [live.id, *(version.id for version in shadows)])
    answers = [_answer(tx, model, live, rows, steps, with_reasons=with_reasons)]
    for version in shadows:
        try:
            answers.append(_answer(tx, model, version, rows, steps))
        except ArtifactCorrupt as error:
            log("predictions").error("shadow left out", version=version.version, error=str(error))
    for table in (TABLE, OUTCOMES):  # an outcome has its prediction's id, and so its period
        partitions.ensure(tx, table, moments)
    _write(tx, model, rows, answers, service_name)
    _count(tx, model, moments, answers)
    first = answers[0]
    batch = Batch(
        first.ids,
        first.value,
        first.lower,
        first.upper,
        live.id,
        live.version,
        tuple(answer.version.id for answer in answers[1:]),
    )
    _emit(tx, model, answers)
    return batch


def predict(
    tx: Tx,
    model_name: str,
    *,
    entity_id: str,
    features: dict[str, Any],
    as_of: datetime | None = None,
    service_name: str = "everlearn",
) -> Prediction:
    """Answer for one entity from features that come with the request.

    The features are kept as a feature row, so that the answer can be explained and learned from.

    Args:
        tx: transaction.
        model_name: name of the model.
        entity_id: what the prediction is about; the outcome comes under the same id.
        features: one value for each feature of the model's feature set.
        as_of: the time the features stand for, aware; now when left out.
        service_name: client service that asks.

    Raises:
        NotFound: no such model.
        registry.errors.NoLiveVersion: the model has no live version.
        NoFeatureSet: the model has no feature set.
        Invalid: a feature is missing, unknown, of the wrong type, NaN or infinite; or the entity
            id is no text that can be stored.
    """
    entity_text(entity_id, "entity_id")
    storable(features)
    model = registry.get_model(tx, model_name)
    live = registry.live_version(tx, model.id)  # before anything is written
    feature_set_id = live.feature_set_id or model.feature_set_id
    if feature_set_id is None:
        msg = f"the model {model.name} has no feature set"
        raise errors.NoFeatureSet(msg, field="model")
    rows = features_of.store_payload(
        tx,
        features_of.get_set(tx, feature_set_id),
        entity_id=entity_id,
        as_of=as_of or tx.now(),
        features=features,
    )
    batch = predict_many(tx, model, rows, service_name=service_name)
    return reading.get(tx, batch.ids[0])


def values_of(tx: Tx, version: Version, matrix: npt.NDArray[np.float32]) -> Floats:
    """Give what a version would answer to these rows, in the unit of `predicted_value`.

    Nothing is written, and the version need not be live.

    Args:
        tx: transaction.
        version: version to ask, with the calibration it has now.
        matrix: shape (n, k), columns as its `feature_names`.

    Returns:
        Shape (n,).

    Raises:
        registry.errors.ArtifactCorrupt: the version's bytes do not have its hash.
    """
    task = registry.get_model(tx, version.model_id).task
    steps = calibrating.latest(tx, [version.id])
    margin = scoring.margins(tx, version, matrix)
    return _calibrate(task, margin, steps.get(version.id))[0]


def _check_rows(live: Version, rows: FeatureRows) -> None:
    if live.feature_set_id is not None and rows.feature_set_id != live.feature_set_id:
        raise errors.OtherFeatureSet(
            field="rows", expected=str(live.feature_set_id), got=str(rows.feature_set_id)
        )
    if rows.matrix.shape[1] != len(live.feature_names):
        expected, got = len(live.feature_names), int(rows.matrix.shape[1])
        msg = f"the live version {live.version} takes {expected} features, the rows have {got}"
        raise errors.OtherFeatureSet(msg, field="rows", expected=expected, got=got)


def _moments(rows: FeatureRows) -> list[datetime]:
    return [_EPOCH + timedelta(microseconds=us) for us in rows.as_of.tolist()]


def _answer(
    tx: Tx,
    model: Model,
    version: Version,
    rows: FeatureRows,
    steps: dict[UUID, calibrating.Steps],
    *,
    with_reasons: bool | None = None,
) -> _Answers:
    """Ask one version; `with_reasons` is None for a shadow."""
    scoring.booster(tx, version)  # loading is not part of the inference time
    started = time.perf_counter()
    reasons = None
    if with_reasons:
        reasons = scoring.contributions(tx, version, rows.matrix)
        # The contributions sum to the margin; adding them up saves a second pass of the trees.
        margin: Floats = reasons.sum(axis=1)
    else:
        margin = scoring.margins(tx, version, rows.matrix)
    value, lower, upper = _calibrate(model.task, margin, steps.get(version.id))
    each_ms = (time.perf_counter() - started) * 1000 / len(rows)
    role = PredictionRole.SHADOW if with_reasons is None else PredictionRole.LIVE
    ids = [uuid7(at) for at in _moments(rows)]
    known = version.id in steps
    return _Answers(version, role, ids, margin, reasons, value, lower, upper, known, each_ms)


def _calibrate(
    task: Task, margin: Floats, steps: calibrating.Steps | None
) -> tuple[Floats, Floats, Floats]:
    if task != Task.BINARY:
        return margin, margin, margin
    if steps is not None:
        return steps.apply(margin)
    value = 1.0 / (1.0 + np.exp(-margin))
    return value, value, value


def _write(
    tx: Tx,
    model: Model,
    rows: FeatureRows,
    answers: Sequence[_Answers],
    service_name: str,
) -> None:
    """Write all answers by one COPY: its fixed cost is more than that of some hundred rows."""
    n, times = len(rows), len(answers)
    columns: dict[str, Any] = {
        "id": [id_ for answer in answers for id_ in answer.ids],
        "service_name": [service_name] * (n * times),
        "prediction_type": [model.name] * (n * times),
        "ml_model_id": [model.id] * (n * times),
        "model_version_id": [a.version.id for a in answers for _ in range(n)],
        "model_version": [a.version.version for a in answers for _ in range(n)],
        "role": [a.role.value for a in answers for _ in range(n)],
        "entity_id": [*rows.entity_ids] * times,
        "feature_row_id": [*rows.ids] * times,
        "raw_margin": np.concatenate([a.margin for a in answers]),
        "predicted_value": np.concatenate([a.value for a in answers]),
        "confidence_interval_lower": _bounds([(a.lower, a.calibrated) for a in answers]),
        "confidence_interval_upper": _bounds([(a.upper, a.calibrated) for a in answers]),
        "inference_time_ms": np.repeat([a.each_ms for a in answers], n),
        "prediction_timestamp": np.tile(rows.as_of, times),
        "context": [None] * (n * times),  # its default, an empty object, would take five bytes
    }
    if model.task == Task.BINARY:
        columns["confidence"] = _confidence(columns["predicted_value"])
    if answers[0].reasons is not None:
        columns["reasons"] = [*answers[0].reasons, *[None] * (n * (times - 1))]
    insert_many(tx, TABLE, columns)


def _bounds(columns: Sequence[tuple[Floats, bool]]) -> Sequence[float | None] | Floats:
    """Give bounds as they are stored: none at all, and not of no width, without a calibration."""
    if all(calibrated for _, calibrated in columns):
        return np.concatenate([values for values, _ in columns])
    return [
        x for values, known in columns for x in (values.tolist() if known else [None] * len(values))
    ]


def _confidence(value: Floats) -> Floats:
    """Give the probability of the likelier of the two outcomes."""
    return np.maximum(value, 1.0 - value)


def _count(tx: Tx, model: Model, moments: Sequence[datetime], answers: Sequence[_Answers]) -> None:
    days, day, counts = np.unique(
        [at.date().isoformat() for at in moments], return_inverse=True, return_counts=True
    )
    live = answers[0]
    sure: list[Floats] = [np.zeros(len(days)) for _ in answers]
    if model.task == Task.BINARY:  # other numbers have no confidence
        sure = [np.bincount(day, _confidence(a.value)).astype(np.float64) for a in answers]
    tx.execute(
        _COUNT,
        {
            "model": model.id,
            "version": live.version.version,
            "n": len(moments),
            "latest": max(moments),
            "confidence": float(sure[0].sum()),
            "inference_ms": live.each_ms * len(moments),
            # One entry for each version and day.
            "versions": [a.version.id for a in answers for _ in days],
            "roles": [a.role.value for a in answers for _ in days],
            "days": days.tolist() * len(answers),
            "counts": counts.tolist() * len(answers),
            "confidences": np.concatenate(sure).tolist(),
            "times": [float(a.each_ms * n) for a in answers for n in counts],
        },
    )


def _emit(tx: Tx, model: Model, answers: Sequence[_Answers]) -> None:
    live = answers[0]
    n = len(live.ids)
    events.emit(
        tx,
        EventType.MODEL_PREDICTION,
        entity_type="model",
        entity_id=model.id,
        data={
            "model": model.name,
            "version": live.version.version,
            "count": n,
            "mean_value": float(np.mean(live.value)),
            "shadows": [answer.version.version for answer in answers[1:]],
        },
        processing_time_ms=sum(answer.each_ms for answer in answers) * n,
    )
    tx.notify("predictions")

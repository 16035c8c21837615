"""Answers: the live version's, with bounds and reasons, and the challengers' in shadow."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from everlearn.core import partitions
from everlearn.core.bulk import insert_many
from everlearn.core.errors import Bug
from everlearn.core.ids import uuid7
from everlearn.modules.events import service as events
from everlearn.modules.events.types import EventType
from everlearn.modules.features import service as features
from everlearn.modules.predictions.service import calibrating, reading, scoring
from everlearn.modules.predictions.types import Batch, Floats, Prediction, PredictionRole
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Model, Task, Version, VersionStatus

if TYPE_CHECKING:
    from everlearn.core.tx import Tx
    from everlearn.modules.features.types import FeatureRows


def predict_many(
    tx: Tx,
    model: Model,
    rows: FeatureRows,
    *,
    service_name: str = "everlearn",
    with_reasons: bool = True,
) -> Batch:
    """Answer for many entities at once and write every answer.

    The live version answers with bounds and reasons; every version in shadow answers the same rows
    with role ``shadow``. All of it, with one event, is part of the caller's transaction.

    Args:
        tx: transaction.
        model: model to ask.
        rows: materialised feature rows of the model's feature set.
        service_name: client service that asks.
        with_reasons: also compute and keep exact TreeSHAP values of the live version's answers.

    Raises:
        registry.errors.NoLiveVersion: the model has no live version.
        registry.errors.ArtifactCorrupt: a version's bytes do not have its hash.
    """
    live = registry.live_version(tx, model.id)
    shadows = registry.versions_in(tx, model.id, VersionStatus.SHADOW)
    steps = calibrating.latest(tx, [live.id, *(version.id for version in shadows)])
    moments = [datetime.fromtimestamp(int(us) / 1e6, tz=UTC) for us in rows.as_of]
    partitions.ensure(tx, "predictions.ml_predictions", moments)
    batch: Batch | None = None
    for version in (live, *shadows):
        role = PredictionRole.LIVE if version is live else PredictionRole.SHADOW
        started = time.perf_counter()
        margin, reasons = _score(tx, version, rows, with_reasons=with_reasons and version is live)
        value, lower, upper = _calibrate(model.task, margin, steps.get(version.id))
        each_ms = (time.perf_counter() - started) * 1000 / max(len(moments), 1)
        ids = [uuid7(at) for at in moments]
        n = len(ids)
        columns: dict[str, Any] = {
            "id": ids,
            "service_name": [service_name] * n,
            "prediction_type": [model.name] * n,
            "ml_model_id": [model.id] * n,
            "model_version_id": [version.id] * n,
            "model_version": [version.version] * n,
            "role": [role.value] * n,
            "entity_id": rows.entity_ids,
            "feature_row_id": rows.ids,
            "raw_margin": margin,
            "predicted_value": value,
            "confidence_interval_lower": lower,
            "confidence_interval_upper": upper,
            "inference_time_ms": np.full(n, each_ms),
            "prediction_timestamp": moments,
        }
        if model.task == Task.BINARY:
            columns["confidence"] = 1.0 - (upper - lower)
        if reasons is not None:
            columns["reasons"] = reasons.astype(np.float32)
        insert_many(tx, "predictions.ml_predictions", columns)
        if version is live:
            shadow_ids = tuple(shadow.id for shadow in shadows)
            batch = Batch(ids, value, lower, upper, live.id, live.version, shadow_ids)
    if batch is None:
        raise Bug
    _count_predictions(tx, model, [live, *shadows], moments)
    if moments:
        _emit(tx, model, live, batch)
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

    Args:
        tx: transaction.
        model_name: name of the model.
        entity_id: what the prediction is about; the outcome comes under the same id.
        features: one value for each feature of the model's feature set.
        as_of: the time the features stand for; now when left out.
        service_name: client service that asks.

    Raises:
        NotFound: no such model.
        registry.errors.NoLiveVersion: the model has no live version.
        Invalid: a feature is missing, unknown, of the wrong type, NaN or infinite.
    """
    model = registry.get_model(tx, model_name)
    registry.live_version(tx, model.id)  # before anything is written
    feature_set = _features_of(tx, model)
    rows = _store(tx, feature_set, entity_id=entity_id, as_of=as_of, payload=features)
    batch = predict_many(tx, model, rows, service_name=service_name)
    return reading.get(tx, batch.ids[0])


def _store(
    tx: Tx, feature_set: Any, *, entity_id: str, as_of: datetime | None, payload: dict[str, Any]
) -> FeatureRows:
    """Keep the features of one request as a feature row of their own."""
    return features.store_payload(
        tx, feature_set, entity_id=entity_id, as_of=as_of or tx.now(), features=payload
    )


def _features_of(tx: Tx, model: Model) -> Any:
    if model.feature_set_id is None:
        msg = f"model {model.name} has no feature set"
        raise Bug(msg)
    return features.get_set(tx, model.feature_set_id)


def _score(
    tx: Tx, version: Version, rows: FeatureRows, *, with_reasons: bool
) -> tuple[Floats, Floats | None]:
    if not with_reasons:
        return scoring.margins(tx, version, rows.matrix), None
    reasons = scoring.contributions(tx, version, rows.matrix)
    # The contributions sum to the margin; adding them up saves a second pass through the trees.
    return reasons.sum(axis=1), reasons


def _calibrate(
    task: Task, margin: Floats, steps: calibrating.Steps | None
) -> tuple[Floats, Floats, Floats]:
    if task != Task.BINARY:
        return margin, margin, margin
    if steps is not None:
        return steps.apply(margin)
    value = 1.0 / (1.0 + np.exp(-margin))
    return value, value, value


def _count_predictions(
    tx: Tx, model: Model, versions: list[Version], moments: list[datetime]
) -> None:
    days, counts = np.unique([at.date().isoformat() for at in moments], return_counts=True)
    for number, version in enumerate(versions):
        role = PredictionRole.SHADOW if number else PredictionRole.LIVE
        for day, count in zip(days, counts, strict=True):
            tx.execute(
                "INSERT INTO predictions.performance_daily AS d (ml_model_id, model_version_id, role,"
                " made_on, n_predictions) VALUES (:model, :version, :role, :day, :n)"
                " ON CONFLICT (tenant_id, ml_model_id, made_on, model_version_id, role)"
                " DO UPDATE SET n_predictions = d.n_predictions + excluded.n_predictions",
                {
                    "model": model.id,
                    "version": version.id,
                    "role": role.value,
                    "day": day,
                    "n": int(count),
                },
            )


def _emit(tx: Tx, model: Model, live: Version, batch: Batch) -> None:
    events.emit(
        tx,
        EventType.MODEL_PREDICTION,
        entity_type="model",
        entity_id=str(model.id),
        data={
            "model": model.name,
            "version": live.version,
            "count": len(batch.ids),
            "mean_value": float(np.mean(batch.value)),
            "shadows": len(batch.shadows),
        },
    )
    tx.notify("predictions")

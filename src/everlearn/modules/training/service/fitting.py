"""The steps of a training job; `everlearn.modules.training.jobs` walks them one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
from numpy import typing as npt
from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert

from everlearn.core.ids import uuid7
from everlearn.core.jobs import JobStatus
from everlearn.core.settings import settings
from everlearn.core.tx import Tx
from everlearn.modules.datasets import service as datasets
from everlearn.modules.datasets.types import Dataset, DatasetType, SourceType
from everlearn.modules.events import service as events
from everlearn.modules.events.types import EventType
from everlearn.modules.features import service as features
from everlearn.modules.features.types import Label
from everlearn.modules.predictions import service as predictions
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Task, Version
from everlearn.modules.training import errors, types
from everlearn.modules.training.maths import boosting
from everlearn.modules.training.maths.split import (
    Split,
    by_time,
    recency_weights,
    squared_errors,
)
from everlearn.modules.training.service.starting import get_job, read_config
from everlearn.modules.training.tables import TrainingJobRow, TrainingSessionRow

if TYPE_CHECKING:
    from everlearn.modules.features.types import FeatureSet, Labelled

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OnRound = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Material:
    """What one job works on, read at once as it was known at `as_of`."""

    job: types.TrainingJob
    config: types.TrainingConfig
    task: Task
    feature_set: FeatureSet
    labelled: Labelled
    split: Split
    weights: npt.NDArray[np.float64] | None
    dataset: Dataset
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the fit on the earlier part showed on the holdout."""

    text: str
    losses: list[float]
    margins: npt.NDArray[np.float64]
    labels: npt.NDArray[np.float64]
    metrics: dict[str, float]

    @property
    def promised_loss(self) -> float:
        """Mean loss on the holdout, in the loss by which predictions are judged."""
        return self.metrics["log_loss"] if "log_loss" in self.metrics else self.metrics["mse"]


def begin(tx: Tx, job_id: UUID) -> types.TrainingJob:
    """Mark a job as running; fix the moment it reads as of, the first time it runs.

    A job that is run again after its worker was killed keeps that moment, so it reads the same.
    """
    job = get_job(tx, job_id)
    first = job.as_of is None
    now = tx.now()
    _set(
        tx,
        job_id,
        status=JobStatus.RUNNING.value,
        as_of=job.as_of or now,
        started_at=job.started_at or now,
        error_message=None,
        completed_at=None,
    )
    if first:
        _emit(tx, job, "started", {"reason": job.reason.value})
    tx.notify("training")
    return get_job(tx, job_id)


def find_made(tx: Tx, job: types.TrainingJob) -> Version | None:
    """Give the version the job made already, if its worker died after that."""
    return registry.find_version(tx, job.model_id, training_job_id=job.id)


def read(tx: Tx, job: types.TrainingJob) -> Material:
    """Read vectors and outcomes as they were known, split them, and record the data set.

    Raises:
        NoFeatureSet: the model lost its feature set meanwhile.
        TooFewRows, OneClass: there is not enough to learn from, or to judge by.
    """
    model = registry.get_model(tx, job.model_id)
    if model.feature_set_id is None:
        raise errors.NoFeatureSet(field="feature_set_id")
    config = read_config(job.config)
    as_of = job.as_of or tx.now()
    feature_set = features.get_set(tx, model.feature_set_id)
    since = as_of - timedelta(days=config.window_days) if config.window_days else None
    label = Label(config.label.source, config.label.value)
    labelled = features.labelled_matrix(tx, feature_set, label=label, until=as_of, since=since)
    cut = micros(as_of - timedelta(days=config.holdout_days))
    split = by_time(labelled.as_of, labelled.known_at, at=cut)
    _check_enough(labelled, split, config, model.task)
    window = (moment(int(labelled.as_of.min())), moment(int(labelled.as_of.max()) + 1))
    dataset = datasets.register(
        tx,
        name=model.name,
        version=f"{as_of:%Y-%m-%dT%H:%M:%SZ}-{labelled.sha256[:8]}",
        dataset_type=DatasetType.GENERAL,
        source_type=SourceType.FEATURE_STORE,
        record_count=len(labelled),
        sha256=labelled.sha256,
        schema={
            "feature_set": f"{feature_set.name} v{feature_set.version}",
            "features": list(feature_set.names),
            "categorical": list(feature_set.categorical),
            "label": f"{label.source}.{label.value}",
        },
        description=f"Vectors and outcomes of {model.name} as they were known at {as_of:%Y-%m-%d}.",
        window=window,
        as_of=as_of,
    )
    info = {
        "dataset_id": str(dataset.id),
        "name": dataset.name,
        "version": dataset.version,
        "sha256": dataset.sha256,
        "rows": len(labelled),
        "rows_fit": int(split.fit.sum()),
        "rows_holdout": int(split.holdout.sum()),
        "since": window[0].isoformat(),
        "until": window[1].isoformat(),
    }
    _set(tx, job.id, dataset_info=info)
    _open_session(tx, job, dataset.id, config.rounds)
    weights = recency_weights(
        labelled.as_of, until=micros(as_of), half_life_days=config.half_life_days
    )
    return Material(job, config, model.task, feature_set, labelled, split, weights, dataset, as_of)


def fit_and_measure(material: Material, *, on_round: OnRound) -> Outcome:
    """Fit on the earlier part and measure on the holdout; touches no database."""
    rows, split = material.labelled, material.split
    labels = rows.y[split.holdout]
    watch = boosting.Measured(rows.matrix[split.holdout], labels)
    fitted = _fit(material, split.fit, watch=watch, on_round=on_round)
    margins = boosting.margins(fitted.text, watch.matrix, num_threads=settings().threads)
    if material.task == Task.BINARY:
        metrics = predictions.evaluate(1.0 / (1.0 + np.exp(-margins)), labels)
    else:
        metrics = squared_errors(margins, labels)
    return Outcome(fitted.text, fitted.losses, margins, labels, metrics)


def fit_whole(material: Material, *, on_round: OnRound) -> str:
    """Fit on every row, the holdout too: what is newest is what the version will meet first."""
    everything = np.ones(len(material.labelled), dtype=np.bool_)
    return _fit(material, everything, watch=None, on_round=on_round).text


def save(
    tx: Tx, material: Material, outcome: Outcome, *, text: str, resources: Mapping[str, Any]
) -> Version:
    """Register the version with its calibration and end the job, in one transaction.

    The calibration comes from the holdout and the fit that had not seen it. The text that is
    registered may be the fit on all rows, whose margins on the holdout would flatter it.
    """
    job, config = material.job, material.config
    parent = registry.find_live_version(tx, job.model_id)
    version = registry.register_version(
        tx,
        job.model_id,
        artifact=text.encode(),
        feature_names=material.feature_set.names,
        feature_set_id=material.feature_set.id,
        params={**config.to_dict(), "num_threads": settings().threads},
        metrics=outcome.metrics,
        dataset_id=material.dataset.id,
        dataset_sha256=material.dataset.sha256,
        trained_until=material.as_of,
        parent_version_id=parent.id if parent else None,
        training_job_id=job.id,
        promised_loss=outcome.promised_loss,
    )
    if material.task == Task.BINARY:
        predictions.set_calibration(tx, version.id, margins=outcome.margins, labels=outcome.labels)
    now = tx.now()
    _set(
        tx,
        job.id,
        status=JobStatus.COMPLETED.value,
        metrics=outcome.metrics,
        model_version_id=version.id,
        completed_at=now,
        resource_usage=dict(resources),
    )
    _set_session(
        tx,
        job.id,
        status=types.SessionStatus.COMPLETED.value,
        training_end=now,
        progress_percentage=100.0,
        current_epoch=config.rounds,
        loss_history=outcome.losses,
        validation_metrics=outcome.metrics,
        resource_usage=dict(resources),
    )
    said = {"version": version.version, "metrics": outcome.metrics, "rows": len(material.labelled)}
    _emit(tx, job, "completed", said)
    tx.notify("training")
    return version


def show_round(tx: Tx, job: types.TrainingJob, *, done: int, total: int) -> None:
    """Show how many rounds of the measured fit are done."""
    _set_session(tx, job.id, current_epoch=done, progress_percentage=100.0 * done / total)


def end(tx: Tx, job_id: UUID, *, status: JobStatus, error: str) -> None:
    """Record that a job failed or was cancelled."""
    now = tx.now()
    job = get_job(tx, job_id)
    _set(tx, job_id, status=status.value, error_message=error, completed_at=now)
    _set_session(tx, job_id, status=status.value, error_log=error, training_end=now)
    _emit(tx, job, status.value, {"error": error})
    tx.notify("training")


def micros(at: datetime) -> int:
    """Give a time as microseconds since 1970, exactly."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def moment(us: int) -> datetime:
    """Give microseconds since 1970 as a time."""
    return _EPOCH + timedelta(microseconds=us)


def _fit(
    material: Material,
    rows: npt.NDArray[np.bool_],
    *,
    watch: boosting.Measured | None,
    on_round: OnRound,
) -> boosting.Fitted:
    config, labelled = material.config, material.labelled
    return boosting.fit(
        labelled.matrix[rows],
        labelled.y[rows],
        names=material.feature_set.names,
        objective="binary" if material.task == Task.BINARY else "regression",
        rounds=config.rounds,
        num_threads=settings().threads,
        weights=None if material.weights is None else material.weights[rows],
        categorical=material.feature_set.categorical_positions,
        params=config.lightgbm,
        seed=config.seed,
        watch=watch,
        on_round=on_round,
    )


def _check_enough(
    labelled: Labelled, split: Split, config: types.TrainingConfig, task: Task
) -> None:
    parts = (
        ("to fit on", split.fit, config.min_rows, "record more outcomes, or lower min_rows"),
        (
            f"in the last {config.holdout_days:g} days to measure on",
            split.holdout,
            config.min_holdout,
            "wait for outcomes, or raise holdout_days",
        ),
    )
    for what, mask, needed, hint in parts:
        n = int(mask.sum())
        if n < needed:
            msg = f"there are {n} rows with a known outcome {what}, {needed} are needed"
            raise errors.TooFewRows(msg, hint=hint, rows=n, needed=needed)
        if task == Task.BINARY and len(np.unique(labelled.y[mask])) == 1:
            msg = f"all {n} outcomes {what} are the same"
            raise errors.OneClass(msg, hint=hint, rows=n)


def _open_session(tx: Tx, job: types.TrainingJob, dataset_id: UUID, rounds: int) -> None:
    now = tx.now()
    fresh = {
        "dataset_id": dataset_id,
        "training_start": now,
        "training_end": None,
        "status": types.SessionStatus.RUNNING.value,
        "current_epoch": 0,
        "total_epochs": rounds,
        "error_log": None,
    }
    tx.execute(
        insert(TrainingSessionRow)
        .values(
            id=uuid7(now),
            model_id=job.model_id,
            training_job_id=job.id,
            created_at=now,
            updated_at=now,
            **fresh,
        )
        .on_conflict_do_update(index_elements=["tenant_id", "training_job_id"], set_=fresh)
    )


def _set(tx: Tx, job_id: UUID, **changes: Any) -> None:
    tx.execute(
        update(TrainingJobRow)
        .where(TrainingJobRow.tenant_id == tx.tenant_id, TrainingJobRow.id == job_id)
        .values(**changes)
    )


def _set_session(tx: Tx, job_id: UUID, **changes: Any) -> None:
    if (end := changes.get("training_end")) is not None:
        # Not before it began, even where the clock was put back meanwhile.
        changes["training_end"] = func.greatest(end, TrainingSessionRow.training_start)
    tx.execute(
        update(TrainingSessionRow)
        .where(
            TrainingSessionRow.tenant_id == tx.tenant_id,
            TrainingSessionRow.training_job_id == job_id,
        )
        .values(**changes)
    )


def _emit(tx: Tx, job: types.TrainingJob, subtype: str, data: dict[str, Any]) -> None:
    events.emit(
        tx,
        EventType.MODEL_TRAINING,
        subtype=subtype,
        entity_type="training_job",
        entity_id=str(job.id),
        data={"model": job.model, **data},
    )

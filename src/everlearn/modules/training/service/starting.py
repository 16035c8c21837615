"""Starts training jobs, checks what they are to do, and shows how they stand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row as Line
from sqlalchemy import insert, select

from everlearn.core import jobs
from everlearn.core.errors import Duplicate
from everlearn.core.ids import uuid7
from everlearn.core.tx import Tx
from everlearn.modules.registry import service as registry
from everlearn.modules.training import errors, types
from everlearn.modules.training.tables import TrainingJobRow, TrainingSessionRow

FIT = "training.fit"
OPEN = frozenset({jobs.JobStatus.QUEUED, jobs.JobStatus.RUNNING})
# The work's own row knows first when it waits, runs, was cancelled or was started again.
_JOBS = """
SELECT j.id, j.ml_model_id, m.name AS model, j.run_id, j.trigger_reason,
       coalesce(r.status, j.status) AS status, r.progress_ratio, r.note, j.training_config,
       j.hyperparameters, j.dataset_info, j.metrics, j.error_message, r.error AS run_error,
       j.model_version_id, v.version, j.as_of, j.created_by, j.created_at, j.started_at,
       j.completed_at, j.resource_usage
FROM training.ml_training_jobs AS j
JOIN registry.v_ml_models AS m ON m.tenant_id = j.tenant_id AND m.id = j.ml_model_id
LEFT JOIN registry.v_model_versions AS v
       ON v.tenant_id = j.tenant_id AND v.id = j.model_version_id
LEFT JOIN operations.job_runs AS r ON r.tenant_id = j.tenant_id AND r.id = j.run_id
WHERE j.tenant_id = app.tenant_id()
"""
_BY_RUN = _JOBS + " AND j.run_id = :run"
_BY_ID = _JOBS + " AND j.id = :id"
_NEWEST = (
    _JOBS
    + " AND (CAST(:model AS uuid) IS NULL OR j.ml_model_id = :model)"
    + " AND (CAST(:before AS uuid) IS NULL OR (j.created_at, j.id) < (SELECT o.created_at, o.id"
    + "  FROM training.ml_training_jobs AS o"
    + "  WHERE o.tenant_id = app.tenant_id() AND o.id = :before))"
    + " ORDER BY j.created_at DESC, j.id DESC LIMIT :limit"
)
_STATUSES = """
SELECT j.created_at, coalesce(r.status, j.status) AS status
FROM training.ml_training_jobs AS j
LEFT JOIN operations.job_runs AS r ON r.tenant_id = j.tenant_id AND r.id = j.run_id
WHERE j.tenant_id = app.tenant_id() AND j.ml_model_id = :model
ORDER BY j.created_at DESC, j.id DESC
"""
_POSITIVE = ("holdout_days", "window_days", "half_life_days")
_COUNTS = ("rounds", "min_rows", "min_holdout")


def read_config(params: Mapping[str, Any]) -> types.TrainingConfig:
    """Check a model's params and give them as a config.

    Raises:
        BadParams: the label is missing, a name is unknown or a value has the wrong form.
    """
    known = {item.name for item in fields(types.TrainingConfig)}
    for name in params:
        if name not in known:
            msg = f"training knows no param {name!r}"
            raise errors.BadParams(msg, field=f"params.{name}", allowed=sorted(known))
    label = params.get("label")
    if not isinstance(label, Mapping) or set(label) != {"source", "value"}:
        msg = "say which facts are the truth"
        hint = 'params.label = {"source": "arrivals", "value": "late"}'
        raise errors.BadParams(msg, field="params.label", hint=hint)
    for name in _POSITIVE:
        value = params.get(name)
        if value is not None and not (_is_number(value) and value > 0):
            msg = f"{name} is a positive number of days"
            raise errors.BadParams(msg, field=f"params.{name}", got=str(value))
    for name in _COUNTS:
        value = params.get(name, 1)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            msg = f"{name} is a whole number, at least 1"
            raise errors.BadParams(msg, field=f"params.{name}", got=str(value))
    if not isinstance(params.get("lightgbm", {}), Mapping):
        msg = "parameters of LightGBM are an object"
        raise errors.BadParams(msg, field="params.lightgbm")
    window, holdout = params.get("window_days"), params.get("holdout_days", 28.0)
    if holdout is None:
        raise errors.BadParams("without a holdout nothing is measured", field="params.holdout_days")
    if window is not None and window <= holdout:
        msg = "the window must reach back further than the holdout"
        raise errors.BadParams(msg, field="params.window_days", holdout_days=holdout)
    rest = {k: v for k, v in params.items() if k not in {"label", "lightgbm"}}
    return types.TrainingConfig(
        label=types.LabelOf(str(label["source"]), str(label["value"])),
        lightgbm=dict(params.get("lightgbm", {})),
        **rest,
    )


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)


def start(
    tx: Tx,
    model_id: UUID,
    *,
    reason: types.TriggerReason,
    params: Mapping[str, Any] | None = None,
) -> types.TrainingJob:
    """Queue a fit of a new version, in this transaction.

    While one of the model is queued or running, that one is given and none is added.

    Args:
        tx: transaction.
        model_id: the model.
        reason: why.
        params: what differs from the model's own params this once.

    Raises:
        UnknownModel: the tenant has no such model.
        NoFeatureSet: the model has none.
        BadParams: the params are not understood.
    """
    model = registry.get_model(tx, model_id)
    if model.feature_set_id is None:
        msg = f"the model {model.name} has no feature set"
        raise errors.NoFeatureSet(msg, field="feature_set_id")
    config = read_config({**model.params, **(params or {})})
    job_id, key = uuid7(tx.now()), f"training:{model_id}"
    args = {"training_job_id": str(job_id)}
    try:
        with tx.savepoint():
            run_id = jobs.enqueue(tx, FIT, args, key=key)
    except Duplicate:  # another transaction queued one meanwhile; it has committed by now
        run_id = jobs.enqueue(tx, FIT, args, key=key)
    open_one = tx.execute(_BY_RUN, {"run": run_id}).first()
    if open_one is not None:
        return _job(open_one)
    chosen = config.to_dict()
    learner = chosen.pop("lightgbm")
    tx.execute(
        insert(TrainingJobRow).values(
            id=job_id,
            job_id=str(job_id),
            ml_model_id=model_id,
            run_id=run_id,
            model_type=model.framework or "lightgbm",
            trigger_reason=reason.value,
            training_config=chosen,
            hyperparameters=learner,
            created_by=tx.actor.name,
            created_at=tx.now(),
        )
    )
    tx.notify("training")
    return get_job(tx, job_id)


def get_job(tx: Tx, job_id: UUID) -> types.TrainingJob:
    """Give a training job; raise UnknownJob when the tenant has none of this id."""
    found = tx.execute(_BY_ID, {"id": job_id}).first()
    if found is None:
        msg = f"no training job {job_id}"
        raise errors.UnknownJob(msg, field="job_id")
    return _job(found)


def list_jobs(
    tx: Tx, *, model_id: UUID | None = None, limit: int = 50, before: UUID | None = None
) -> list[types.TrainingJob]:
    """Give training jobs, newest first; those of one model when given.

    Args:
        tx: transaction.
        model_id: the model.
        limit: rows at most.
        before: id of the last job of the page before.
    """
    found = tx.execute(_NEWEST, {"model": model_id, "limit": limit, "before": before})
    return [_job(line) for line in found]


def state_of(tx: Tx, model_id: UUID) -> types.TrainingState:
    """Give how the training of a model stands as a whole."""
    statuses = [
        (line.created_at, jobs.JobStatus(line.status))
        for line in tx.execute(_STATUSES, {"model": model_id})
        if line.status != jobs.JobStatus.CANCELLED
    ]
    newest = statuses[0] if statuses else (None, None)
    return types.TrainingState(
        count=len(statuses),
        is_open=any(status in OPEN for _, status in statuses),
        last_started_at=newest[0],
        last_status=newest[1],
    )


def starts(tx: Tx, model_id: UUID) -> list[tuple[datetime, types.TriggerReason]]:
    """Give when and why jobs of a model were started, oldest first."""
    found = tx.execute(
        "SELECT created_at, trigger_reason FROM training.ml_training_jobs"
        " WHERE tenant_id = app.tenant_id() AND ml_model_id = :model ORDER BY created_at, id",
        {"model": model_id},
    )
    return [(line.created_at, types.TriggerReason(line.trigger_reason)) for line in found]


def loss_history(tx: Tx, job_id: UUID) -> list[float]:
    """Give the loss on the holdout after each round of a job's fit; empty before it was fitted."""
    found = tx.scalar(
        select(TrainingSessionRow.loss_history).where(
            TrainingSessionRow.tenant_id == tx.tenant_id,
            TrainingSessionRow.training_job_id == job_id,
        )
    )
    return list(found or [])


def cancel(tx: Tx, job_id: UUID) -> types.TrainingJob:
    """Cancel a training job: at once when it waits, at its next sign of progress when it runs.

    Raises:
        UnknownJob: the tenant has no such job.
        WrongStatus: it has ended already.
    """
    jobs.cancel(tx, get_job(tx, job_id).run_id)
    tx.notify("training")
    return get_job(tx, job_id)


def _job(line: Line[Any]) -> types.TrainingJob:
    status = jobs.JobStatus(line.status)
    error = line.error_message or (line.run_error or {}).get("detail")
    return types.TrainingJob(
        id=line.id,
        model_id=line.ml_model_id,
        model=line.model,
        run_id=line.run_id,
        reason=types.TriggerReason(line.trigger_reason),
        status=status,
        progress=1.0 if status == jobs.JobStatus.COMPLETED else float(line.progress_ratio or 0.0),
        note=line.note,
        config={**line.training_config, "lightgbm": line.hyperparameters or {}},
        dataset=line.dataset_info,
        metrics=line.metrics,
        error=error if status == jobs.JobStatus.FAILED else None,
        version_id=line.model_version_id,
        version=line.version,
        as_of=line.as_of,
        created_by=line.created_by,
        created_at=line.created_at,
        started_at=line.started_at,
        completed_at=line.completed_at,
        resources=line.resource_usage,
    )

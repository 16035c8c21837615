"""Registers and finds versions, and gives their artifacts back."""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row as Line
from sqlalchemy import Select, func, insert, null, select
from sqlalchemy.dialects.postgresql import insert as pg_insert

from everlearn.core.errors import Invalid, WrongStatus
from everlearn.core.ids import uuid7
from everlearn.core.tx import Tx
from everlearn.modules.events import service as events
from everlearn.modules.events.types import EventType
from everlearn.modules.registry import errors, types
from everlearn.modules.registry.maths import artifact as bytes_of
from everlearn.modules.registry.service.models import get_model, lock_model
from everlearn.modules.registry.tables import Artifact, Model, ModelMetric, ModelVersion

LIGHTGBM_TEXT = "lightgbm-text"
_METRIC_TYPES = {
    **dict.fromkeys(("log_loss", "brier", "mse", "mae", "rmse"), types.MetricType.LOSS),
    **dict.fromkeys(("auc", "average_precision"), types.MetricType.RANKING),
    **dict.fromkeys(("ece", "coverage"), types.MetricType.CALIBRATION),
    "accuracy": types.MetricType.ACCURACY,
    "precision": types.MetricType.PRECISION,
    "recall": types.MetricType.RECALL,
    "f1": types.MetricType.F1,
}


def register_version(
    tx: Tx,
    model_id: UUID,
    *,
    artifact: bytes,
    feature_names: Sequence[str],
    params: Mapping[str, Any],
    metrics: Mapping[str, float],
    trained_until: datetime,
    kind: str = LIGHTGBM_TEXT,
    dataset_id: UUID | None = None,
    dataset_sha256: str | None = None,
    parent_version_id: UUID | None = None,
    training_job_id: UUID | None = None,
    feature_set_id: UUID | None = None,
    categorical: Mapping[str, Sequence[str]] | None = None,
    promised_loss: float | None = None,
    version: str | None = None,
    status: types.VersionStatus = types.VersionStatus.DRAFT,
) -> types.Version:
    """Store a fitted version with its artifact and metrics; send the event model_registration.

    Args:
        tx: transaction.
        model_id: the model.
        artifact: the fitted model's bytes; the same bytes are stored once.
        feature_names: one name a column of the artifact, in its order.
        params: what it was fitted with.
        metrics: finite numbers, measured on data the evaluated fit had not seen.
        trained_until: nothing known later than this was used.
        kind: format of `artifact`; a LightGBM text is checked against `feature_names`.
        dataset_id: data set it was fitted on.
        dataset_sha256: hash of its content.
        parent_version_id: version it follows.
        training_job_id: training job that made it; a job makes one version only.
        feature_set_id: feature set it was fitted on; the model's when left out.
        categorical: categorical feature -> words by code, when the feature set does not keep them.
        promised_loss: mean loss that it is expected to keep.
        version: semantic version; v1.0.0, then one minor more each time, when left out.
        status: draft, or shadow for one that predicts beside the active one at once.

    Raises:
        UnknownModel, UnknownVersion: the model, or the parent among its versions, is not there.
        Duplicate: the model has this version, or the training job made one already.
        UnreadableArtifact, UnfittingFeatures, Invalid: what was sent does not fit together.
    """
    if status not in {types.VersionStatus.DRAFT, types.VersionStatus.SHADOW}:
        msg = "a version is registered as draft or shadow and becomes active by `activate`"
        raise WrongStatus(msg, field="status", allowed=["draft", "shadow"])
    model = lock_model(tx, model_id)
    if parent_version_id and get_version(tx, parent_version_id).model_id != model_id:
        msg = "the parent is a version of another model"
        raise Invalid(msg, field="parent_version_id")
    _check_columns(artifact, kind, feature_names)
    numbers = _finite(metrics)
    artifact_id, packed = _store_artifact(tx, artifact, kind)
    mine = (ModelVersion.tenant_id == tx.tenant_id, ModelVersion.ml_model_id == model_id)
    number = (
        int(tx.scalar(select(func.coalesce(func.max(ModelVersion.number), 0)).where(*mine))) + 1
    )
    now = tx.now()
    version_id = uuid7(now)
    tx.execute(
        insert(ModelVersion).values(
            id=version_id,
            ml_model_id=model_id,
            model_id=model.name,
            model_name=model.name,
            number=number,
            version=version or f"v1.{number - 1}.0",
            status=status.value,
            parent_version_id=parent_version_id,
            artifact_id=artifact_id,
            model_hash=packed.sha256,
            model_size_mb=packed.size_bytes / 1e6,
            model_type=select(Model.model_type)
            .where(Model.tenant_id == tx.tenant_id, Model.id == model_id)
            .scalar_subquery(),
            feature_set_id=feature_set_id or model.feature_set_id,
            feature_names=list(feature_names),
            n_features=len(feature_names),
            categorical={k: list(v) for k, v in categorical.items()} if categorical else null(),
            parameters=dict(params),
            performance_metrics=numbers,
            promised_loss=promised_loss,
            dataset_id=dataset_id,
            dataset_sha256=dataset_sha256,
            trained_until=trained_until,
            training_job_id=training_job_id,
            created_by=tx.actor.name,
            created_at=now,
        )
    )
    record_metrics(tx, version_id, metrics=numbers)
    made = get_version(tx, version_id)
    events.emit(
        tx,
        EventType.MODEL_REGISTRATION,
        entity_type="model_version",
        entity_id=str(made.id),
        data={
            "model": model.name,
            "version": made.version,
            "artifact_sha256": packed.sha256,
            "metrics": numbers,
        },
    )
    tx.notify("registry")
    return made


def record_metrics(
    tx: Tx,
    version_id: UUID,
    *,
    metrics: Mapping[str, float],
    split: types.Split = types.Split.VALIDATION,
    notes: str | None = None,
) -> None:
    """Append measured numbers of a version to model_metrics."""
    now = tx.now()
    rows = [
        {
            "id": uuid7(now),
            "model_version_id": version_id,
            "metric_type": _METRIC_TYPES.get(name, types.MetricType.OTHER).value,
            "metric_name": name,
            "metric_value": value,
            "dataset_type": split.value,
            "evaluation_date": now,
            "notes": notes,
        }
        for name, value in _finite(metrics).items()
    ]
    if rows:
        tx.execute(insert(ModelMetric), rows)


def get_version(tx: Tx, version_id: UUID) -> types.Version:
    """Give a version; raise UnknownVersion when the tenant has none of this id."""
    found = tx.execute(_versions(tx).where(ModelVersion.id == version_id)).first()
    if found is None:
        msg = f"no version {version_id}"
        raise errors.UnknownVersion(msg, field="version_id")
    return _version(found)


def find_version(
    tx: Tx, model_id: UUID, *, version: str | None = None, training_job_id: UUID | None = None
) -> types.Version | None:
    """Give a model's version by its text or by the training job that made it, or None."""
    query = _versions(tx).where(ModelVersion.ml_model_id == model_id)
    if version is not None:
        query = query.where(ModelVersion.version == version)
    if training_job_id is not None:
        query = query.where(ModelVersion.training_job_id == training_job_id)
    found = tx.execute(query.order_by(ModelVersion.number.desc()).limit(1)).first()
    return _version(found) if found else None


def named_version(tx: Tx, model: types.Model, version: str) -> types.Version:
    """Give a model's version by its text; raise UnknownVersion, which lists what there is."""
    found = find_version(tx, model.id, version=version)
    if found is None:
        there = [one.version for one in list_versions(tx, model.id)[:20]]
        msg = f"the model {model.name} has no version {version}"
        raise errors.UnknownVersion(msg, field="version", versions=there)
    return found


def list_versions(
    tx: Tx, model_id: UUID, *, limit: int | None = None, before: int | None = None
) -> list[types.Version]:
    """Give a model's versions, newest first; the next page has those below the number `before`."""
    query = _versions(tx).where(ModelVersion.ml_model_id == model_id)
    if before is not None:
        query = query.where(ModelVersion.number < before)
    query = query.order_by(ModelVersion.number.desc()).limit(limit)
    return [_version(line) for line in tx.execute(query)]


def versions_in(tx: Tx, model_id: UUID, *statuses: types.VersionStatus) -> list[types.Version]:
    """Give a model's versions that have one of these statuses, newest first."""
    query = (
        _versions(tx)
        .where(
            ModelVersion.ml_model_id == model_id,
            ModelVersion.status.in_([status.value for status in statuses]),
        )
        .order_by(ModelVersion.number.desc())
    )
    return [_version(line) for line in tx.execute(query)]


def live_version(tx: Tx, model_id: UUID) -> types.Version:
    """Give a model's active version; raise NoLiveVersion when it has none."""
    found = find_live_version(tx, model_id)
    if found is None:
        name = get_model(tx, model_id).name
        msg = f"the model {name} has no active version"
        hint = f"everlearn training start {name}, then everlearn registry activate {name} VERSION"
        raise errors.NoLiveVersion(msg, hint=hint, model=name)
    return found


def find_live_version(tx: Tx, model_id: UUID) -> types.Version | None:
    """Give a model's active version, or None."""
    found = versions_in(tx, model_id, types.VersionStatus.ACTIVE)
    return found[0] if found else None


def live_versions(tx: Tx) -> dict[UUID, types.Version]:
    """Give the active version of every model that has one, by the model's id."""
    query = _versions(tx).where(ModelVersion.status == types.VersionStatus.ACTIVE.value)
    return {found.model_id: found for found in map(_version, tx.execute(query))}


def count_versions(tx: Tx) -> dict[UUID, Counter[types.VersionStatus]]:
    """Give how many versions every model has in each status, by the model's id."""
    found: dict[UUID, Counter[types.VersionStatus]] = defaultdict(Counter)
    query = (
        select(ModelVersion.ml_model_id, ModelVersion.status, func.count().label("n"))
        .where(ModelVersion.tenant_id == tx.tenant_id)
        .group_by(ModelVersion.ml_model_id, ModelVersion.status)
    )
    for line in tx.execute(query):
        found[line.ml_model_id][types.VersionStatus(line.status)] = line.n
    return found


def load_artifact(tx: Tx, version_id: UUID) -> bytes:
    """Give a version's plain bytes, checked against the hash they were registered with.

    Raises:
        UnknownVersion: the tenant has no such version.
        ArtifactCorrupt: the stored bytes are not those that were registered.
    """
    version = get_version(tx, version_id)
    content = tx.scalar(
        select(Artifact.content)
        .join(
            ModelVersion,
            (ModelVersion.tenant_id == Artifact.tenant_id)
            & (ModelVersion.artifact_id == Artifact.id),
        )
        .where(Artifact.tenant_id == tx.tenant_id, ModelVersion.id == version_id)
    )
    plain = bytes_of.unpack(bytes(content))
    found = "unreadable" if plain is None else hashlib.sha256(plain).hexdigest()
    if plain is None or found != version.artifact_sha256:
        msg = f"the artifact of version {version.version} ({version_id}) is damaged"
        raise errors.ArtifactCorrupt(
            msg,
            hint="restore it from a backup, or activate another version",
            version=version.version,
            version_id=str(version_id),
            expected=version.artifact_sha256,
            found=found,
        )
    return plain


def _store_artifact(tx: Tx, plain: bytes, kind: str) -> tuple[UUID, bytes_of.Packed]:
    packed = bytes_of.pack(plain)
    now = tx.now()
    tx.execute(
        pg_insert(Artifact)
        .values(
            id=uuid7(now),
            sha256=packed.sha256,
            kind=kind,
            size_bytes=packed.size_bytes,
            content=packed.content,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "sha256"])
    )
    found = tx.scalar(
        select(Artifact.id).where(
            Artifact.tenant_id == tx.tenant_id, Artifact.sha256 == packed.sha256
        )
    )
    return found, packed


def _check_columns(artifact: bytes, kind: str, names: Sequence[str]) -> None:
    if not names or len(set(names)) != len(names) or not all(names):
        msg = "every column needs a name of its own"
        raise errors.UnfittingFeatures(msg, field="feature_names")
    if kind != LIGHTGBM_TEXT:
        return
    header = bytes_of.lightgbm_header(artifact)
    if header is None:
        msg = "this is not a LightGBM model text"
        raise errors.UnreadableArtifact(msg, field="artifact", kind=kind)
    if header.n_features != len(names):
        msg = f"the artifact has {header.n_features} columns, {len(names)} names were given"
        raise errors.UnfittingFeatures(
            msg, field="feature_names", expected=header.n_features, got=len(names)
        )
    named = not all(name == f"Column_{i}" for i, name in enumerate(header.names))
    wrong = [
        (i, theirs, ours)
        for i, (theirs, ours) in enumerate(zip(header.names, names, strict=False))
        if theirs != ours.replace(" ", "_")  # LightGBM writes blanks so
    ]
    if named and wrong:
        i, theirs, ours = wrong[0]
        msg = f"column {i} of the artifact is {theirs!r}, not {ours!r}"
        raise errors.UnfittingFeatures(msg, field=f"feature_names[{i}]", expected=theirs, got=ours)


def _finite(metrics: Mapping[str, float]) -> dict[str, float]:
    for name, value in metrics.items():
        if not math.isfinite(value):
            msg = f"the metric {name} is {value}"
            raise Invalid(msg, field=f"metrics.{name}", hint="leave out what could not be measured")
    return {name: float(value) for name, value in metrics.items()}


def _versions(tx: Tx) -> Select[*tuple[Any, ...]]:
    return (
        select(ModelVersion, Artifact.size_bytes, Artifact.kind)
        .join(
            Artifact,
            (ModelVersion.tenant_id == Artifact.tenant_id)
            & (ModelVersion.artifact_id == Artifact.id),
        )
        .where(ModelVersion.tenant_id == tx.tenant_id)
        .execution_options(populate_existing=True)
    )


def _version(line: Line[Any]) -> types.Version:
    # A ModelVersion with an artifact, beside which the rule can_answer leaves nothing NULL.
    row: Any = line[0]
    return types.Version(
        id=row.id,
        model_id=row.ml_model_id,
        number=row.number,
        version=row.version,
        status=types.VersionStatus(row.status),
        parent_version_id=row.parent_version_id,
        artifact_sha256=row.model_hash,
        artifact_bytes=line.size_bytes,
        kind=line.kind,
        feature_set_id=row.feature_set_id,
        feature_names=tuple(row.feature_names),
        categorical=row.categorical,
        params=row.parameters,
        metrics=row.performance_metrics,
        promised_loss=row.promised_loss,
        dataset_id=row.dataset_id,
        dataset_sha256=row.dataset_sha256,
        trained_until=row.trained_until,
        training_job_id=row.training_job_id,
        created_at=row.created_at,
        activated_at=row.activated_at,
    )

"""Moves versions between statuses and swaps the active one, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row as Line
from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.orm import aliased

from everlearn.core.errors import WrongStatus
from everlearn.core.ids import uuid7
from everlearn.core.tx import Tx
from everlearn.modules.audit import service as audit
from everlearn.modules.events import service as events
from everlearn.modules.events.types import EventType
from everlearn.modules.registry import errors, types
from everlearn.modules.registry.service.models import get_model, lock_model
from everlearn.modules.registry.service.versions import (
    find_live_version,
    get_version,
    live_version,
    load_artifact,
)
from everlearn.modules.registry.tables import Model, ModelDeployment, ModelVersion

_PROD = types.Environment.PROD.value
_CAN_ANSWER_AGAIN = (types.VersionStatus.SUPERSEDED.value, types.VersionStatus.SHADOW.value)


def set_status(tx: Tx, version_id: UUID, to: types.VersionStatus) -> types.Version:
    """Move a version to a status; moving it to the one it has changes nothing.

    Raises:
        UnknownVersion: the tenant has no such version.
        WrongStatus: the move is not allowed, or it is to or from `active`, which `activate` and
            `rollback` do together with the other version.
    """
    lock_model(tx, get_version(tx, version_id).model_id)
    version = get_version(tx, version_id)
    if version.status == to:
        return version
    if types.VersionStatus.ACTIVE in {version.status, to}:
        msg = f"{version.version} is {version.status}; only activate and rollback move it to {to}"
        raise WrongStatus(msg, field="status", hint="activate this or another version")
    _move(tx, version, to)
    tx.notify("registry")
    return get_version(tx, version_id)


def activate(
    tx: Tx,
    version_id: UUID,
    *,
    reason: str,
    evidence: Mapping[str, Any],
    rollback: bool = False,
) -> types.Deployment:
    """Make a version the active one of its model.

    In this one transaction: the version that was active becomes superseded (rolled_back when
    `rollback`), its deployment ends, this version and a new deployment begin, the audit record and
    the event are written, and after the commit every process is told. A version that is active
    already stays so: its deployment is given back and nothing is written.

    Args:
        tx: transaction.
        version_id: version to activate.
        reason: why, in one sentence.
        evidence: JSON-ready numbers the decision is based on.
        rollback: the version that is active now proved worse.

    Raises:
        UnknownVersion: the tenant has no such version.
        WrongStatus: it is archived.
        ArtifactCorrupt: its artifact is damaged; what is active stays so.
    """
    # Two transactions that activate versions of one model wait for each other here.
    model = lock_model(tx, get_version(tx, version_id).model_id)
    version = get_version(tx, version_id)
    before = find_live_version(tx, model.id)
    if before is not None and before.id == version.id:
        return deployments(tx, model.id)[-1]
    load_artifact(tx, version_id)
    now = tx.now()
    kind = types.DeploymentKind.ROLLBACK if rollback else types.DeploymentKind.PROMOTION
    if before is not None:
        _end(tx, before, rollback=rollback)
    _move(tx, version, types.VersionStatus.ACTIVE, activated_at=now, deactivated_at=None)
    deployment_id = uuid7(now)
    tx.execute(
        insert(ModelDeployment).values(
            id=deployment_id,
            ml_model_id=model.id,
            number=_last_number(tx, model.id) + 1,
            model_version_id=version.id,
            replaced_version_id=before.id if before else None,
            kind=kind.value,
            environment=_PROD,
            deployment_status=types.DeploymentStatus.DEPLOYED.value,
            deployment_notes=reason,
            evidence=dict(evidence),
            deployed_by=tx.actor.name,
            deployed_at=now,
            created_at=now,
        )
    )
    tx.execute(
        update(Model)
        .where(Model.tenant_id == tx.tenant_id, Model.id == model.id)
        .values(
            version=version.version,
            status=types.ModelStatus.ACTIVE.value,
            metrics=version.metrics,
            training_job_id=version.training_job_id,
            deployed_at=now,
            updated_at=now,
        )
    )
    said = {
        "model": model.name,
        "version": version.version,
        "replaced": before.version if before else None,
        "reason": reason,
        "evidence": dict(evidence),
    }
    events.emit(
        tx,
        EventType.MODEL_ROLLBACK if rollback else EventType.MODEL_PROMOTION,
        entity_type="model_version",
        entity_id=str(version.id),
        data=said,
    )
    tx.notify("registry")
    audit.record(
        tx,
        action_type="update",
        resource_type="model",
        resource_id=str(model.id),
        details={"change": kind.value, **said},
    )
    return deployments(tx, model.id)[-1]


def rollback(tx: Tx, model_id: UUID, *, reason: str, evidence: Mapping[str, Any]) -> types.Version:
    """Make the version active again that was so before; see `activate` for what is written.

    Versions that were rolled back or archived meanwhile are passed over.

    Raises:
        NoLiveVersion: no version is active.
        ShortHistory: there is no version to go back to.
    """
    lock_model(tx, model_id)
    live = live_version(tx, model_id)
    target = find_previous(tx, model_id)
    if target is None:
        msg = f"{live.version} follows no version that could answer again"
        raise errors.ShortHistory(msg, live=live.version)
    activate(tx, target.id, reason=reason, evidence=evidence, rollback=True)
    return get_version(tx, target.id)


def find_previous(tx: Tx, model_id: UUID) -> types.Version | None:
    """Give the version that `rollback` would make active, or None.

    It is the last one that was active before and was not rolled back or archived since; one that
    runs in shadow meanwhile counts.
    """
    found = tx.scalar(
        select(ModelDeployment.model_version_id)
        .join(
            ModelVersion,
            (ModelVersion.tenant_id == ModelDeployment.tenant_id)
            & (ModelVersion.id == ModelDeployment.model_version_id),
        )
        .where(
            ModelDeployment.tenant_id == tx.tenant_id,
            ModelDeployment.ml_model_id == model_id,
            ModelDeployment.environment == _PROD,
            ModelVersion.status.in_(_CAN_ANSWER_AGAIN),
        )
        .order_by(ModelDeployment.number.desc())
        .limit(1)
    )
    return get_version(tx, found) if found else None


def deployments(
    tx: Tx, model_id: UUID, *, limit: int | None = None, after: int | None = None
) -> list[types.Deployment]:
    """Give the spans in which versions of a model were active, oldest first.

    Args:
        tx: transaction.
        model_id: the model.
        limit: rows at most; all when left out.
        after: number of the last span of the page before.
    """
    get_model(tx, model_id)
    query = _deployments(tx).where(ModelDeployment.ml_model_id == model_id)
    if after is not None:
        query = query.where(ModelDeployment.number > after)
    found = tx.execute(query.order_by(ModelDeployment.number).limit(limit))
    return [_deployment(line) for line in found]


def _last_number(tx: Tx, model_id: UUID) -> int:
    query = select(func.coalesce(func.max(ModelDeployment.number), 0)).where(
        ModelDeployment.tenant_id == tx.tenant_id,
        ModelDeployment.ml_model_id == model_id,
        ModelDeployment.environment == _PROD,
    )
    return int(tx.scalar(query))


def _move(tx: Tx, version: types.Version, to: types.VersionStatus, **more: Any) -> None:
    allowed = types.MOVES[version.status]
    if to not in allowed:
        msg = f"{version.version} is {version.status} and cannot become {to}"
        raise WrongStatus(msg, field="status", allowed=sorted(allowed))
    tx.execute(
        update(ModelVersion)
        .where(ModelVersion.tenant_id == tx.tenant_id, ModelVersion.id == version.id)
        .values(status=to.value, **more)
    )


def _end(tx: Tx, version: types.Version, *, rollback: bool) -> None:
    now = tx.now()
    to = types.VersionStatus.ROLLED_BACK if rollback else types.VersionStatus.SUPERSEDED
    _move(tx, version, to, deactivated_at=now)
    status = types.DeploymentStatus.ROLLED_BACK if rollback else types.DeploymentStatus.SUPERSEDED
    tx.execute(
        update(ModelDeployment)
        .where(
            ModelDeployment.tenant_id == tx.tenant_id,
            ModelDeployment.ml_model_id == version.model_id,
            ModelDeployment.environment == _PROD,
            ModelDeployment.ended_at.is_(None),
        )
        .values(
            deployment_status=status.value,
            ended_at=now,
            rolled_back_at=now if rollback else None,
        )
    )


def _deployments(tx: Tx) -> Select[*tuple[Any, ...]]:
    replaced = aliased(ModelVersion)
    return (
        select(ModelDeployment, ModelVersion.version, replaced.version.label("replaced"))
        .join(
            ModelVersion,
            (ModelVersion.tenant_id == ModelDeployment.tenant_id)
            & (ModelVersion.id == ModelDeployment.model_version_id),
        )
        .outerjoin(
            replaced,
            (replaced.tenant_id == ModelDeployment.tenant_id)
            & (replaced.id == ModelDeployment.replaced_version_id),
        )
        .where(ModelDeployment.tenant_id == tx.tenant_id, ModelDeployment.environment == _PROD)
        .execution_options(populate_existing=True)
    )


def _deployment(line: Line[Any]) -> types.Deployment:
    # A ModelDeployment of a model, beside which the rule made_here leaves nothing NULL.
    row: Any = line[0]
    return types.Deployment(
        id=row.id,
        model_id=row.ml_model_id,
        number=row.number,
        version_id=row.model_version_id,
        version=line.version,
        kind=types.DeploymentKind(row.kind),
        status=types.DeploymentStatus(row.deployment_status),
        replaced_version=line.replaced,
        reason=row.deployment_notes,
        evidence=row.evidence,
        deployed_by=row.deployed_by,
        deployed_at=row.deployed_at or row.created_at,
        ended_at=row.ended_at,
    )

"""Turns the loop: one call looks at one model and does what its policy asks for now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from everlearn.core import jobs
from everlearn.core.errors import NotFound
from everlearn.core.ids import uuid7
from everlearn.core.tx import Tx
from everlearn.modules.drift import service as drift
from everlearn.modules.experiments import service as experiments
from everlearn.modules.experiments.types import Decision
from everlearn.modules.features import service as features
from everlearn.modules.loop.tables import LoopPolicy, ReplayCursor
from everlearn.modules.loop.types import Policy, Step, Turn
from everlearn.modules.predictions import service as predictions
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Version, VersionStatus
from everlearn.modules.tenancy import service as tenancy
from everlearn.modules.training import service as training
from everlearn.modules.training.types import TriggerReason

#: How often the worker turns the loop of each model.
TURN_MINUTES = 5

_SHOWN = (
    "id",
    "model_id",
    "is_active",
    "alpha",
    "retrain_every_days",
    "retrain_on_drift",
    "min_days_between",
    "max_trainings",
    "shadow_days",
    "recalibrate_hours",
    "calibration_rows",
    "scan_hours",
    "rollback_margin",
    "keep_baseline",
    "baseline_version_id",
    "recalibrated_at",
    "scanned_at",
)


def ensure_policy(tx: Tx, model_id: UUID, **wanted: Any) -> Policy:
    """Give a model's policy; make it with the defaults and `wanted` when there is none."""
    found = find_policy(tx, model_id)
    if found is not None:
        return found
    tx.execute(
        insert(LoopPolicy).values(
            id=uuid7(tx.now()),
            model_id=model_id,
            created_at=tx.now(),
            **wanted,
        )
    )
    schedule(tx, model_id)
    return get_policy(tx, model_id)


def schedule(tx: Tx, model_id: UUID) -> None:
    """Queue the model's next turn; a replayed tenant is turned by its replay alone."""
    if tenancy.get_tenant(tx).job_queue.startswith("replay:"):
        return
    at = tx.now() + timedelta(minutes=TURN_MINUTES)
    key = f"loop:{model_id}:{at:%Y%m%d%H%M}"  # two turns may not queue the same next one
    jobs.enqueue(tx, "loop.turn", {"model_id": str(model_id)}, key=key, at=at)


def find_policy(tx: Tx, model_id: UUID) -> Policy | None:
    """Give a model's policy, or None."""
    columns = [getattr(LoopPolicy, name) for name in _SHOWN]
    row = (
        tx.execute(
            select(*columns).where(
                LoopPolicy.tenant_id == tx.tenant_id, LoopPolicy.model_id == model_id
            )
        )
        .mappings()
        .first()
    )
    return Policy(**row) if row else None


def get_policy(tx: Tx, model_id: UUID) -> Policy:
    """Give a model's policy; raise NotFound when it has none."""
    found = find_policy(tx, model_id)
    if found is None:
        msg = f"model {model_id} has no loop policy"
        raise NotFound(msg, field="model", hint="make one with `everlearn loop set MODEL`")
    return found


def change_policy(tx: Tx, model_id: UUID, **changes: Any) -> Policy:
    """Change some of a policy's values; the audit log keeps what they were."""
    get_policy(tx, model_id)
    if changes:
        _set(tx, model_id, **changes)
    return get_policy(tx, model_id)


def turn(tx: Tx, model_id: UUID) -> Turn:
    """Look at one model once and do what its policy asks for at this moment.

    It may be called as often as one likes: each step looks at what was done before. All that happens
    is part of the caller's transaction, with one exception: a training runs as a job, queued here.

    Returns:
        The steps taken, each with a sentence that says why.
    """
    policy = get_policy(tx, model_id)
    if not policy.is_active:
        return Turn(model_id)
    # One turn of a model at a time; a second process waits here and then finds nothing to do.
    tx.execute(
        select(LoopPolicy.id)
        .where(LoopPolicy.tenant_id == tx.tenant_id, LoopPolicy.id == policy.id)
        .with_for_update()
    )
    done = Turn(model_id)
    live = registry.find_live_version(tx, model_id)
    if live is None:
        _first_version(tx, policy, done)
        return done
    _watch(tx, policy, live, done)
    _test(tx, policy, live, done)
    _promise(tx, policy, done)
    _recalibrate(tx, policy, done)
    _train(tx, policy, done)
    return done


def _first_version(tx: Tx, policy: Policy, done: Turn) -> None:
    drafts = registry.versions_in(tx, policy.model_id, VersionStatus.DRAFT)
    if not drafts:
        return
    first = drafts[0]  # the newest
    why = "the first version: there is nothing to compare it with"
    _activate(tx, policy, first, why=why, evidence={})
    if policy.keep_baseline:
        _set(tx, policy.model_id, baseline_version_id=first.id)
    done.steps.append((Step.FIRST_VERSION, f"{first.version} is live: {why}"))


def _activate(tx: Tx, policy: Policy, version: Version, *, why: str, evidence: dict[str, Any]) -> None:
    registry.activate(tx, version.id, reason=why, evidence=evidence)
    drift.resolve_all(tx, policy.model_id, reason=f"{version.version} went live")
    if version.promised_loss is not None:
        experiments.start_promise(
            tx,
            policy.model_id,
            version_id=version.id,
            promised_loss=version.promised_loss + policy.rollback_margin,
            alpha=policy.alpha,
        )


def _watch(tx: Tx, policy: Policy, live: Version, done: Turn) -> None:
    now = tx.now()
    alert = drift.observe_losses(tx, policy.model_id, until=now)
    if alert is not None:
        done.steps.append((Step.DRIFT_ALERT, f"{alert.detector}: {alert.message}"))
    due = policy.scanned_at is None or now - policy.scanned_at >= timedelta(hours=policy.scan_hours)
    if not due:
        return
    since = policy.scanned_at or now - timedelta(hours=policy.scan_hours)
    if not drift.has_reference(tx, live.id):
        return
    found = drift.scan(tx, policy.model_id, since=since, until=now)
    _set(tx, policy.model_id, scanned_at=now)
    raised = [item for item in found if item.alert_level in {"warning", "critical"}]
    done.steps.append((Step.SCANNED, f"{len(found)} distributions compared, {len(raised)} moved"))
    if raised:
        names = ", ".join(item.feature for item in raised[:3])
        done.steps.append((Step.DRIFT_ALERT, f"{len(raised)} distributions moved, first {names}"))


def _test(tx: Tx, policy: Policy, live: Version, done: Turn) -> None:
    drafts = registry.versions_in(tx, policy.model_id, VersionStatus.DRAFT)
    if drafts:
        newest, *others = drafts
        for older in experiments.running(tx, policy.model_id):
            _drop(tx, older, done, why=f"{newest.version} is newer")
        for other in others:
            registry.set_status(tx, other.id, VersionStatus.ARCHIVED)
        experiments.start_shadow(
            tx, policy.model_id, challenger_version_id=newest.id, alpha=policy.alpha
        )
        why = f"{newest.version} answers in shadow beside {live.version}"
        done.steps.append((Step.SHADOW_STARTED, why))
    for experiment in experiments.running(tx, policy.model_id):
        verdict = experiments.observe(tx, experiment.id, until=tx.now())
        challenger = registry.get_version(tx, experiment.challenger_version_id)
        if verdict.decision == Decision.BETTER:
            gain = f"{verdict.mean_difference:.4f} nats"
            why = f"better than {live.version} by {gain} at alpha {policy.alpha:g}"
            experiments.conclude(tx, experiment.id, winner="challenger", reason=why)
            _activate(tx, policy, challenger, why=why, evidence=verdict.evidence())
            _keep_baseline(tx, policy)
            done.steps.append((Step.PROMOTED, f"{challenger.version} is live: {why}"))
            return
        if tx.now() - experiment.started_at >= timedelta(days=policy.shadow_days):
            _drop(tx, experiment, done, why=f"not better after {policy.shadow_days} days")


def _drop(tx: Tx, experiment: Any, done: Turn, *, why: str) -> None:
    experiments.conclude(tx, experiment.id, winner="champion", reason=why)
    registry.set_status(tx, experiment.challenger_version_id, VersionStatus.ARCHIVED)
    version = registry.get_version(tx, experiment.challenger_version_id)
    done.steps.append((Step.CHALLENGER_DROPPED, f"{version.version}: {why}"))


def _keep_baseline(tx: Tx, policy: Policy) -> None:
    if not policy.keep_baseline or policy.baseline_version_id is None:
        return
    baseline = registry.get_version(tx, policy.baseline_version_id)
    if baseline.status == VersionStatus.SUPERSEDED:
        registry.set_status(tx, baseline.id, VersionStatus.SHADOW)


def _promise(tx: Tx, policy: Policy, done: Turn) -> None:
    live = registry.live_version(tx, policy.model_id)
    verdict = experiments.observe_promise(tx, policy.model_id, version_id=live.id, until=tx.now())
    if verdict is None or verdict.decision != Decision.WORSE:
        return
    before = registry.find_previous(tx, policy.model_id)
    if before is None:
        return
    why = (
        f"{live.version} loses {verdict.mean_difference:.4f} nats more than it promised,"
        f" at alpha {policy.alpha:g}"
    )
    back = registry.rollback(tx, policy.model_id, reason=why, evidence=verdict.evidence())
    drift.resolve_all(tx, policy.model_id, reason=f"rolled back to {back.version}")
    done.steps.append((Step.ROLLED_BACK, f"back to {back.version}: {why}"))


def _recalibrate(tx: Tx, policy: Policy, done: Turn) -> None:
    now = tx.now()
    last = policy.recalibrated_at
    if last is not None and now - last < timedelta(hours=policy.recalibrate_hours):
        return
    skip = {policy.baseline_version_id} if policy.baseline_version_id else set()
    live = registry.live_version(tx, policy.model_id)
    made = predictions.recalibrate(
        tx, policy.model_id, last_n=policy.calibration_rows, skip=skip - {live.id}
    )
    _set(tx, policy.model_id, recalibrated_at=now)
    if made:
        done.steps.append((Step.RECALIBRATED, f"{len(made)} versions, {sum(made.values())} outcomes"))


def _train(tx: Tx, policy: Policy, done: Turn) -> None:
    state = training.state_of(tx, policy.model_id)
    if state.is_open or state.last_started_at is None:
        return
    if policy.max_trainings is not None and state.count >= policy.max_trainings:
        return
    age = tx.now() - state.last_started_at
    if age < timedelta(days=policy.min_days_between):
        return
    drifted = policy.retrain_on_drift and any(step == Step.DRIFT_ALERT for step, _ in done.steps)
    due = policy.retrain_every_days is not None and age >= timedelta(days=policy.retrain_every_days)
    if not (drifted or due):
        return
    reason = TriggerReason.DRIFT_DETECTED if drifted else TriggerReason.SCHEDULED
    training.start(tx, policy.model_id, reason=reason)
    done.steps.append((Step.TRAINING_STARTED, reason.value))


def set_reference(tx: Tx, version: Version, *, since: datetime, until: datetime) -> None:
    """Keep how features and answers were distributed while a version learned."""
    model = registry.get_model(tx, version.model_id)
    if model.feature_set_id is None:
        return
    rows = features.read_window(tx, model.feature_set_id, since=since, until=until)
    margins = predictions.margins(tx, version, rows.matrix)
    drift.set_reference(
        tx, version.id, names=list(version.feature_names), matrix=rows.matrix, values=margins
    )


def _set(tx: Tx, model_id: UUID, **changes: Any) -> None:
    tx.execute(
        update(LoopPolicy)
        .where(LoopPolicy.tenant_id == tx.tenant_id, LoopPolicy.model_id == model_id)
        .values(**changes)
    )


def open_replay(tx: Tx, name: str, *, begins_at: datetime, ends_at: datetime) -> datetime:
    """Give how far a replay of past facts is; make its cursor at the beginning when there is none."""
    where = (ReplayCursor.tenant_id == tx.tenant_id, ReplayCursor.name == name)
    found = tx.scalar(select(ReplayCursor.position).where(*where))
    if found is None:
        tx.execute(
            insert(ReplayCursor).values(
                id=uuid7(begins_at), name=name, position=begins_at, ends_at=ends_at
            )
        )
        return begins_at
    return found  # type: ignore[no-any-return]  # the column is a datetime


def move_replay(tx: Tx, name: str, to: datetime) -> None:
    """Move a replay's cursor, in the transaction of the facts that were replayed."""
    tx.execute(
        update(ReplayCursor)
        .where(ReplayCursor.tenant_id == tx.tenant_id, ReplayCursor.name == name)
        .values(position=to)
    )


def replay_position(tx: Tx) -> datetime | None:
    """Give how far the tenant's replay is, or None for a tenant that lives in the present."""
    found = tx.scalar(
        select(func.max(ReplayCursor.position)).where(ReplayCursor.tenant_id == tx.tenant_id)
    )
    return found  # type: ignore[no-any-return]  # the column is a datetime

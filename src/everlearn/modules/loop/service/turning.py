"""One turn: looks at a model once and does what its policy asks for at this moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from everlearn.core.errors import EverlearnError
from everlearn.core.jobs import JobStatus
from everlearn.core.log import log
from everlearn.modules.drift import service as drift
from everlearn.modules.drift.types import AlertLevel, Detector
from everlearn.modules.loop.service import policies, trying
from everlearn.modules.loop.service.references import ensure_reference
from everlearn.modules.loop.types import Policy, Step, Turn
from everlearn.modules.predictions import service as predictions
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import VersionStatus
from everlearn.modules.training import service as training
from everlearn.modules.training.types import TriggerReason

if TYPE_CHECKING:
    from everlearn.core.tx import Tx
    from everlearn.modules.registry.types import Version

#: Live traffic further back than this is not compared again when scans were missed.
LONGEST_SCAN = timedelta(days=7)


def turn(tx: Tx, model_id: UUID) -> Turn:
    """Look at one model once and do what its policy asks for at this moment.

    It may be called as often as one likes: each step looks at what was done before. All that
    happens is part of the caller's transaction, with one exception: a training runs as a job,
    queued here.

    Returns:
        The steps taken, each with a sentence that says why.

    Raises:
        UnknownPolicy: the model has none.
    """
    # One turn of a model at a time; a second process waits here and then finds nothing to do.
    policy = policies.get_policy(tx, model_id, lock=True)
    done = Turn(model_id)
    if not policy.is_active:
        return done
    live = registry.find_live_version(tx, model_id)
    if live is None:
        trying.first_version(tx, policy, done)
    else:
        policy = _keep_baseline(tx, policy, live)
        _watch(tx, policy, live, done)
        live = trying.try_challengers(tx, policy, live, done)
        live, broken = trying.hold_to_promise(tx, policy, live, done)
        policy = _keep_baseline(tx, policy, live)
        _recalibrate(tx, policy, live, done)
        _train(tx, policy, live, broken, done)
    if done.steps:
        tx.notify("loop")
    return done


def _keep_baseline(tx: Tx, policy: Policy, live: Version) -> Policy:
    """Let the first version answer unseen whenever it is not the live one."""
    known = policy.baseline_version_id
    if known is None:
        if policy.keep_baseline:
            policies.note(tx, policy.model_id, baseline_version_id=live.id)
            return policies.get_policy(tx, policy.model_id)
        return policy
    baseline = registry.get_version(tx, known)
    replaced = {VersionStatus.SUPERSEDED, VersionStatus.ROLLED_BACK}
    if policy.keep_baseline and baseline.status in replaced:
        registry.set_status(tx, baseline.id, VersionStatus.SHADOW)
    elif not policy.keep_baseline:  # it was switched off
        if baseline.status == VersionStatus.SHADOW:
            registry.set_status(tx, baseline.id, VersionStatus.ARCHIVED)
        policies.note(tx, policy.model_id, baseline_version_id=None)
        return policies.get_policy(tx, policy.model_id)
    return policy


def _watch(tx: Tx, policy: Policy, live: Version, done: Turn) -> None:
    now = tx.now()
    before = {alert.id for alert in drift.open_alerts(tx, model_id=policy.model_id)}
    drift.observe_losses(tx, policy.model_id, until=now)
    # What another version answered before is not this one's traffic.
    since = max(filter(None, (policy.scanned_at, live.activated_at, now - LONGEST_SCAN)))
    due = now - since >= timedelta(hours=policy.scan_hours)
    if due and ensure_reference(tx, live):
        found = drift.scan(tx, policy.model_id, since=since, until=now)
        if found:  # else there were too few rows: the next scan looks at these and the next ones
            policies.note(tx, policy.model_id, scanned_at=now)
            moved = sum(item.alert_level is not None for item in found)
            done.steps.append((Step.SCANNED, f"{len(found)} distributions compared, {moved} moved"))
    for alert in drift.open_alerts(tx, model_id=policy.model_id):
        if alert.id not in before:
            done.steps.append((Step.DRIFT_ALERT, f"{alert.detector}: {alert.message}"))


def _recalibrate(tx: Tx, policy: Policy, live: Version, done: Turn) -> None:
    now, last = tx.now(), policy.recalibrated_at
    if last is not None and now - last < timedelta(hours=policy.recalibrate_hours):
        return
    # The baseline shows what not learning costs: it keeps the bounds that it came with.
    kept = {policy.baseline_version_id} if policy.baseline_version_id else set()
    made = predictions.recalibrate(
        tx, policy.model_id, last_n=policy.calibration_rows, skip=kept - {live.id}
    )
    policies.note(tx, policy.model_id, recalibrated_at=now)
    if made:
        why = f"{len(made)} versions from {sum(made.values())} outcomes"
        done.steps.append((Step.RECALIBRATED, why))


def _train(tx: Tx, policy: Policy, live: Version, broken: UUID | None, done: Turn) -> None:
    model = registry.get_model(tx, policy.model_id)
    if model.feature_set_id is None or "label" not in model.params:
        return  # its versions come from elsewhere
    state = training.state_of(tx, policy.model_id)
    if state.is_open or (policy.max_trainings or state.count + 1) <= state.count:
        return
    last = state.last_started_at or live.created_at
    age = tx.now() - last
    if age < timedelta(days=policy.min_days_between):
        return
    drifted = None
    if policy.retrain_on_drift:
        drifted = "the live version broke its promise" if broken else _drift_since(tx, policy, last)
    every = policy.retrain_every_days
    due = every is not None and age >= timedelta(days=every)
    failed = state.last_status == JobStatus.FAILED and age >= timedelta(days=1)
    if drifted is None and not due and not failed:
        return
    reason = TriggerReason.DRIFT_DETECTED if drifted else TriggerReason.SCHEDULED
    why = drifted or (f"{every} days after the last one" if due else "the last one failed")
    try:
        with tx.savepoint():
            training.start(tx, policy.model_id, reason=reason)
    except EverlearnError as error:  # promoting and rolling back must go on
        log("loop").error("training could not be started", model=model.name, error=str(error))
        return
    if broken is not None:
        trying.end_promise(tx, broken, kept=False, reason="broken, and nothing to go back to")
    done.steps.append((Step.TRAINING_STARTED, why))


def _drift_since(tx: Tx, policy: Policy, last: datetime) -> str | None:
    """Name an alert that no training has answered yet, or None.

    An alert answers to one training. A loss that rose once more asks for another; a feature that
    merely stays where it moved to does not.
    """
    for alert in sorted(
        drift.open_alerts(tx, model_id=policy.model_id),
        key=lambda alert: (alert.detector != Detector.ADWIN, -alert.score, alert.feature),
    ):
        at = alert.last_seen_at if alert.detector == Detector.ADWIN else alert.first_seen_at
        if alert.level != AlertLevel.INFO and at > last:
            return f"{alert.detector}: {alert.message}"
    return None

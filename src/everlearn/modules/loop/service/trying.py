"""Tries challengers beside the live version, and holds the live version to its promise."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from everlearn.modules.drift import service as drift
from everlearn.modules.experiments import service as experiments
from everlearn.modules.experiments.types import (
    CLIPS,
    Block,
    Decision,
    Experiment,
    ExperimentKind,
    ExperimentStatus,
    Verdict,
    Winner,
)
from everlearn.modules.loop.service.references import ensure_reference
from everlearn.modules.loop.types import Policy, Step, Turn
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.errors import ArtifactCorrupt
from everlearn.modules.registry.types import Task, Version, VersionStatus

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

#: A difference of a block as large as this share of the promised loss counts in full: for losses
#: that are not in nats.
CLIP_SHARE = 0.2


def first_version(tx: Tx, policy: Policy, done: Turn) -> None:
    """Make the newest draft live where nothing is; older drafts are archived."""
    drafts = registry.versions_in(tx, policy.model_id, VersionStatus.DRAFT)
    if not drafts:
        return
    first, *others = drafts
    ensure_reference(tx, first)
    why = "the first version: there is nothing to compare it with"
    registry.activate(tx, first.id, reason=why, evidence={})
    for other in others:
        registry.set_status(tx, other.id, VersionStatus.ARCHIVED)
    done.steps.append((Step.FIRST_VERSION, f"{first.version} is live: {why}"))


def try_challengers(tx: Tx, policy: Policy, live: Version, done: Turn) -> Version:
    """Start, observe and end shadow tests; give the version that is live now."""
    _start_anew(tx, policy, live)
    _take_draft(tx, policy, live, done)
    for experiment in reversed(_running(tx, policy)):  # the one that waited longest first
        verdict = experiments.observe(tx, experiment.id, until=tx.now())
        if verdict.decision == Decision.BETTER:
            if _promote(tx, policy, live, experiment=experiment, verdict=verdict, done=done):
                return registry.live_version(tx, policy.model_id)
        elif verdict.decision == Decision.NOT_BETTER:
            why = f"worse than {live.version} at alpha {policy.alpha:g}"
            _drop(tx, experiment, done, why=why)
        elif tx.now() - experiment.started_at >= timedelta(days=policy.shadow_days):
            why = f"not shown to be better in {policy.shadow_days} days"
            _drop(tx, experiment, done, why=why)
    return live


def hold_to_promise(
    tx: Tx, policy: Policy, live: Version, done: Turn
) -> tuple[Version, UUID | None]:
    """Roll the live version back when it does worse than it promised.

    A version is held to its promise for `promise_days` after it went live: what happens later is
    the world's doing, and going back would not help.

    Returns:
        The version that is live now, and the broken promise when there is none to go back to.
    """
    promise = _promise_of(tx, policy, live)
    if promise is None or promise.status != ExperimentStatus.RUNNING:
        return live, None
    verdict = experiments.observe(tx, promise.id, until=tx.now())
    if verdict.decision != Decision.WORSE:
        if tx.now() - promise.started_at >= timedelta(days=policy.promise_days):
            end_promise(tx, promise.id, kept=True, reason=f"kept for {policy.promise_days} days")
        return live, None
    if registry.find_previous(tx, policy.model_id) is None:
        return live, promise.id
    worse = verdict.mean_difference + policy.rollback_margin
    why = (
        f"{live.version} loses {_amount(tx, live, worse)} more than it promised,"
        f" at alpha {policy.alpha:g}"
    )
    end_promise(tx, promise.id, kept=False, reason=why)
    evidence = {"promised_loss": live.promised_loss, **verdict.evidence()}
    back = registry.rollback(tx, policy.model_id, reason=why, evidence=evidence)
    drift.resolve_all(tx, policy.model_id, reason=f"rolled back to {back.version}")
    done.steps.append((Step.ROLLED_BACK, f"{back.version} is live again: {why}"))
    return back, None


def end_promise(tx: Tx, experiment_id: UUID, *, kept: bool, reason: str) -> None:
    """End the bet on a promise."""
    # The claim that is bet on stands on the challenger's side: that the promise is broken.
    winner = Winner.CHAMPION if kept else Winner.CHALLENGER
    experiments.conclude(tx, experiment_id, winner=winner, reason=reason)


def _running(tx: Tx, policy: Policy) -> list[Experiment]:
    """Give the shadow tests of challengers, newest first; the baseline is none."""
    return [
        item
        for item in experiments.running(tx, policy.model_id)
        if item.challenger_version_id != policy.baseline_version_id
    ]


def _start_anew(tx: Tx, policy: Policy, live: Version) -> None:
    """End tests against a version that is not live any more; their challengers are drafts again."""
    for experiment in _running(tx, policy):
        if experiment.champion_version_id == live.id:
            continue
        challenger = registry.get_version(tx, experiment.challenger_version_id)
        if challenger.status == VersionStatus.SHADOW:
            registry.set_status(tx, challenger.id, VersionStatus.DRAFT)
        experiments.cancel(tx, experiment.id, reason=f"{live.version} went live")


def _take_draft(tx: Tx, policy: Policy, live: Version, done: Turn) -> None:
    """Put the newest draft into shadow.

    Two challengers at most are tried at a time: the one that was so for longest stays until it is
    decided, however often a new one comes, and the newest takes the place of the one before.
    """
    drafts = registry.versions_in(tx, policy.model_id, VersionStatus.DRAFT)
    if not drafts:
        return
    newest, *others = drafts
    for other in others:
        registry.set_status(tx, other.id, VersionStatus.ARCHIVED)
    try:
        ensure_reference(tx, newest)
    except ArtifactCorrupt as error:
        registry.set_status(tx, newest.id, VersionStatus.ARCHIVED)
        done.steps.append((Step.CHALLENGER_DROPPED, f"{newest.version}: {error.message}"))
        return
    for experiment in _running(tx, policy)[:-1]:
        _drop(tx, experiment, done, why=f"{newest.version} is newer")
    experiments.start_shadow(
        tx,
        policy.model_id,
        challenger_version_id=newest.id,
        alpha=policy.alpha,
        clip=_clip(tx, live),
    )
    why = f"{newest.version} answers in shadow beside {live.version}"
    done.steps.append((Step.SHADOW_STARTED, why))


def _clip(tx: Tx, live: Version) -> float | None:
    """Give the greatest difference of a block that counts; None for the usual one in nats."""
    if registry.get_model(tx, live.model_id).task == Task.BINARY:
        return None
    return CLIP_SHARE * live.promised_loss if live.promised_loss else CLIPS[Block.THREE_HOURS]


def _promote(
    tx: Tx,
    policy: Policy,
    live: Version,
    *,
    experiment: Experiment,
    verdict: Verdict,
    done: Turn,
) -> bool:
    challenger = registry.get_version(tx, experiment.challenger_version_id)
    gain = _amount(tx, live, verdict.mean_difference)
    why = (
        f"loses {gain} less than {live.version} over {verdict.n_rows:,} outcomes,"
        f" at alpha {policy.alpha:g}"
    )
    try:
        registry.activate(tx, challenger.id, reason=why, evidence=verdict.evidence())
    except ArtifactCorrupt as error:
        _drop(tx, experiment, done, why=error.message)
        return False
    experiments.conclude(tx, experiment.id, winner=Winner.CHALLENGER, reason=why)
    drift.resolve_all(tx, policy.model_id, reason=f"{challenger.version} went live")
    done.steps.append((Step.PROMOTED, f"{challenger.version} is live: {why}"))
    return True


def _drop(tx: Tx, experiment: Experiment, done: Turn, *, why: str) -> None:
    experiments.conclude(tx, experiment.id, winner=Winner.CHAMPION, reason=why)
    done.steps.append((Step.CHALLENGER_DROPPED, f"{experiment.challenger}: {why}"))


def _promise_of(tx: Tx, policy: Policy, live: Version) -> Experiment | None:
    """Give the promise that the live version is held to since it went live; make it at first."""
    since = live.activated_at or live.created_at
    for found in experiments.list_experiments(
        tx, model_id=policy.model_id, kind=ExperimentKind.PROMISE
    ):
        if found.champion_version_id == live.id and found.started_at >= since:
            return found
    if live.promised_loss is None or live.promised_loss + policy.rollback_margin <= 0:
        return None
    return experiments.start_promise(
        tx,
        policy.model_id,
        version_id=live.id,
        promised_loss=live.promised_loss,
        margin=policy.rollback_margin,
        alpha=policy.alpha,
    )


def _amount(tx: Tx, version: Version, loss: float) -> str:
    binary = registry.get_model(tx, version.model_id).task == Task.BINARY
    return f"{loss:.4f} nats" if binary else f"{loss:.4g}"

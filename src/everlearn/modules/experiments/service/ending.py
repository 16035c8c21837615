"""Ends experiments on versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import update

from everlearn.core.errors import WrongStatus
from everlearn.modules.events import service as events
from everlearn.modules.events.types import EventType
from everlearn.modules.experiments.service import reading
from everlearn.modules.experiments.tables import AbTestingExperiment
from everlearn.modules.experiments.types import (
    MOVES,
    Experiment,
    ExperimentKind,
    ExperimentStatus,
    Winner,
)
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import VersionStatus

if TYPE_CHECKING:
    from everlearn.core.tx import Tx


def conclude(tx: Tx, experiment_id: UUID, *, winner: Winner | str, reason: str) -> Experiment:
    """End an experiment with a winner; keeps the evidence and sends the event experiment.

    A challenger that lost its shadow test is archived. One that won stays a shadow version:
    activating it is the caller's, in the same transaction.

    Raises:
        UnknownExperiment: the tenant has no such experiment.
        WrongStatus: it has ended already.
    """
    return _end(tx, experiment_id, ExperimentStatus.COMPLETED, winner=Winner(winner), reason=reason)


def cancel(tx: Tx, experiment_id: UUID, *, reason: str) -> Experiment:
    """End an experiment without a winner; a shadow version is archived.

    Raises:
        UnknownExperiment: the tenant has no such experiment.
        WrongStatus: it has ended already.
    """
    return _end(tx, experiment_id, ExperimentStatus.CANCELLED, winner=None, reason=reason)


def _end(
    tx: Tx, experiment_id: UUID, to: ExperimentStatus, *, winner: Winner | None, reason: str
) -> Experiment:
    found = reading.get(tx, experiment_id)
    evidence = reading.verdict(tx, experiment_id).evidence()
    before = [status.value for status, moves in MOVES.items() if to in moves]
    done: Any = tx.execute(
        update(AbTestingExperiment)
        .where(
            AbTestingExperiment.tenant_id == tx.tenant_id,
            AbTestingExperiment.id == experiment_id,
            AbTestingExperiment.status.in_(before),
        )
        .values(
            status=to.value,
            end_date=tx.now(),
            winner_variant=winner.value if winner else None,
            end_reason=reason,
            results=evidence,
            updated_at=tx.now(),
        )
    )
    if not done.rowcount:
        msg = f"the experiment is {found.status} and cannot become {to}"
        raise WrongStatus(msg, field="status", allowed=sorted(MOVES[found.status]))
    if found.kind == ExperimentKind.SHADOW and winner != Winner.CHALLENGER:
        version = registry.get_version(tx, found.challenger_version_id)
        if version.status == VersionStatus.SHADOW:
            registry.set_status(tx, version.id, VersionStatus.ARCHIVED)
    events.emit(
        tx,
        EventType.EXPERIMENT,
        subtype=to.value,
        entity_type="experiment",
        entity_id=experiment_id,
        data={
            "model": found.model,
            "kind": found.kind.value,
            "champion": found.champion,
            "challenger": found.challenger,
            "winner": winner.value if winner else None,
            "reason": reason,
            "evidence": evidence,
        },
    )
    tx.notify("experiments")
    return reading.get(tx, experiment_id)

"""Reads experiments, their evidence and its history."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from uuid import UUID

from everlearn.modules.experiments.errors import UnknownExperiment
from everlearn.modules.experiments.maths.confidence import mean_confidence_sequence
from everlearn.modules.experiments.maths.eprocess import EProcess
from everlearn.modules.experiments.types import (
    Block,
    Decision,
    Experiment,
    ExperimentKind,
    ExperimentStatus,
    Point,
    TestKind,
    Verdict,
)

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

_LIST = """
SELECT e.id, e.kind, e.experiment_name AS name, e.ml_model_id AS model_id, m.name AS model,
       e.champion_version_id, a.version AS champion, e.challenger_version_id,
       b.version AS challenger, e.status, e.significance_level AS alpha, t.block, t.clip,
       t.promised, e.start_date AS started_at, e.end_date AS ended_at,
       e.winner_variant AS winner, e.end_reason AS reason
FROM experiments.ab_testing_experiments e
JOIN registry.ml_models m ON m.tenant_id = app.tenant_id() AND m.id = e.ml_model_id
JOIN registry.model_versions a ON a.tenant_id = app.tenant_id() AND a.id = e.champion_version_id
JOIN registry.model_versions b ON b.tenant_id = app.tenant_id() AND b.id = e.challenger_version_id
JOIN experiments.sequential_tests t ON t.tenant_id = app.tenant_id() AND t.experiment_id = e.id
 AND t.kind = CASE e.kind WHEN 'promise' THEN 'worse' ELSE 'better' END
WHERE e.tenant_id = app.tenant_id() AND e.kind <> 'flag'
  AND (CAST(:id AS uuid) IS NULL OR e.id = :id)
  AND (CAST(:model AS uuid) IS NULL OR e.ml_model_id = :model)
  AND (CAST(:kind AS text) IS NULL OR e.kind = :kind)
  AND (CAST(:status AS text) IS NULL OR e.status = :status)
  AND (CAST(:challenger AS uuid) IS NULL OR e.challenger_version_id = :challenger)
  AND (CAST(:before AS uuid) IS NULL OR (e.start_date, e.id) < (SELECT o.start_date, o.id
       FROM experiments.ab_testing_experiments o
       WHERE o.tenant_id = app.tenant_id() AND o.id = :before))
ORDER BY e.start_date DESC, e.id DESC LIMIT :limit
"""

_TESTS = """
SELECT kind, state, outcome_count, alpha, watermark, decided_at, decision
FROM experiments.sequential_tests WHERE tenant_id = app.tenant_id() AND experiment_id = :id
"""

_POINTS = """
SELECT at, block_count AS n, outcome_count AS n_rows, log_e, mean_difference, lower, upper
FROM experiments.sequential_points
WHERE tenant_id = app.tenant_id() AND experiment_id = :id ORDER BY at
"""


def get(tx: Tx, experiment_id: UUID) -> Experiment:
    """Give one experiment; raise UnknownExperiment when the tenant has none of this id."""
    found = _read(tx, id=experiment_id)
    if not found:
        msg = f"no experiment {experiment_id}"
        raise UnknownExperiment(msg, field="experiment_id")
    return found[0]


def list_experiments(
    tx: Tx,
    *,
    model_id: UUID | None = None,
    kind: ExperimentKind | None = None,
    status: ExperimentStatus | None = None,
    limit: int = 200,
    before: UUID | None = None,
) -> list[Experiment]:
    """Give experiments on versions, newest first; after the one with the id `before`."""
    return _read(tx, model=model_id, kind=kind, status=status, limit=limit, before=before)


def running(tx: Tx, model_id: UUID) -> list[Experiment]:
    """Give the shadow tests of a model that are running, newest first."""
    return list_experiments(
        tx, model_id=model_id, kind=ExperimentKind.SHADOW, status=ExperimentStatus.RUNNING
    )


def find(tx: Tx, model_id: UUID, *, kind: ExperimentKind, version_id: UUID) -> Experiment | None:
    """Give the running experiment of this kind on this version, or None."""
    found = _read(
        tx, model=model_id, kind=kind, challenger=version_id, status=ExperimentStatus.RUNNING
    )
    return found[0] if found else None


def verdict(tx: Tx, experiment_id: UUID) -> Verdict:
    """Give the evidence that is stored; nothing new is read."""
    found = get(tx, experiment_id)
    rows = {row.kind: row for row in tx.execute(_TESTS, {"id": experiment_id})}
    is_promise = found.kind == ExperimentKind.PROMISE
    main = rows[TestKind.WORSE if is_promise else TestKind.BETTER]
    process = EProcess.from_dict(main.state)
    lower, upper = interval(process, alpha=main.alpha)
    decided = [row for row in rows.values() if row.decision is not None]
    first = min(decided, key=lambda row: (row.decided_at, row.kind), default=None)
    offset = process.offset
    return Verdict(
        experiment_id=experiment_id,
        decision=Decision(first.decision) if first else Decision.RUNNING,
        n=process.n,
        n_rows=int(main.outcome_count),
        log_e=process.log_e,
        max_log_e=process.max_log_e,
        log_threshold=-math.log(main.alpha),
        mean_difference=process.mean - offset,
        lower=lower,
        upper=upper,
        alpha=main.alpha,
        observed_until=main.watermark,
        decided_at=first.decided_at if first else None,
    )


def interval(process: EProcess, *, alpha: float) -> tuple[float, float]:
    """Give an interval for the mean difference, or for the mean loss minus the promise."""
    lower, upper = mean_confidence_sequence(process, alpha=alpha)
    return lower - process.offset, upper - process.offset


def history(tx: Tx, experiment_id: UUID) -> list[Point]:
    """Give the evidence after each block, oldest first."""
    get(tx, experiment_id)
    return [Point(**row) for row in tx.execute(_POINTS, {"id": experiment_id}).mappings()]


_FILTERS = ("id", "model", "kind", "status", "challenger", "before")


def _read(tx: Tx, **given: Any) -> list[Experiment]:
    every = dict.fromkeys(_FILTERS) | {"limit": 200} | given
    out = []
    for row in tx.execute(_LIST, every).mappings():
        values = dict(row)
        values["kind"] = ExperimentKind(values["kind"])
        values["status"] = ExperimentStatus(values["status"])
        values["block"] = Block(values["block"])
        out.append(Experiment(**values))
    return out

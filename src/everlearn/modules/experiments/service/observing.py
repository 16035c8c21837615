"""Bets on the outcomes that became known since the last look."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import select, update

from everlearn.core.bulk import insert_many
from everlearn.core.ids import uuid7
from everlearn.modules.events import service as events
from everlearn.modules.events.types import EventType
from everlearn.modules.experiments.maths.eprocess import EProcess
from everlearn.modules.experiments.service import reading
from everlearn.modules.experiments.tables import AbTestingExperiment, SequentialTest
from everlearn.modules.experiments.types import (
    BLOCK_MINUTES,
    Block,
    Decision,
    Experiment,
    ExperimentKind,
    ExperimentStatus,
    TestKind,
    Verdict,
)
from everlearn.modules.predictions import service as predictions

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

Floats = npt.NDArray[np.float64]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Bet:
    """What is bet on at one time: the mean of a block, or the rows of an hour one by one."""

    at: datetime
    values: Floats
    n_rows: int


@dataclass(slots=True)
class _Test:
    """One of an experiment's tests while it is brought up to date."""

    id: UUID
    kind: TestKind
    sign: float
    alpha: float
    process: EProcess
    decided_at: datetime | None = None
    points: list[tuple[datetime, int, EProcess]] = field(default_factory=list)


def observe(tx: Tx, experiment_id: UUID, *, until: datetime) -> Verdict:
    """Bet on the complete blocks of outcomes known by `until`; give the evidence.

    A block counts once, when it is over: calling it again, or more often, changes nothing. After
    the decision, and after the experiment has ended, no further bets are made. An outcome that is
    written later with an earlier `known_at` than the last look is not bet on.

    Raises:
        UnknownExperiment: the tenant has no such experiment.
    """
    tx.execute(
        select(AbTestingExperiment.id)
        .where(
            AbTestingExperiment.tenant_id == tx.tenant_id, AbTestingExperiment.id == experiment_id
        )
        .with_for_update()
    )
    found = reading.get(tx, experiment_id)
    before = reading.verdict(tx, experiment_id)
    end = until if found.block == Block.ROW else _floor(until, found.block)
    decided = before.decision != Decision.RUNNING
    if found.status != ExperimentStatus.RUNNING or decided or end <= before.observed_until:
        return before
    at, differences = _differences(tx, found, before.observed_until, end)
    bets = make_bets(differences, at, found.block)
    _place(tx, found, bets, n_rows=before.n_rows, until=end)
    after = reading.verdict(tx, experiment_id)
    if after.decision != Decision.RUNNING:
        events.emit(
            tx,
            EventType.EXPERIMENT,
            subtype="decided",
            entity_type="experiment",
            entity_id=experiment_id,
            data={"model": found.model, "challenger": found.challenger} | after.evidence(),
        )
    tx.notify("experiments")
    return after


def observe_promise(tx: Tx, model_id: UUID, *, version_id: UUID, until: datetime) -> Verdict | None:
    """Bet on whether a version keeps its promise; None when it has none that is running."""
    found = reading.find(tx, model_id, kind=ExperimentKind.PROMISE, version_id=version_id)
    return None if found is None else observe(tx, found.id, until=until)


def make_bets(differences: Floats, known_at_us: npt.NDArray[np.int64], block: Block) -> list[Bet]:
    """Group outcomes in the order in which they became known; a block holds (start, end].

    Args:
        differences: shape (n,), in the unit of the loss.
        known_at_us: shape (n,), rising, microseconds since 1970.
        block: the unit of a bet; rows are bet on one by one and reported hour by hour.
    """
    if not differences.size:
        return []
    width = BLOCK_MINUTES.get(block, 60) * _MINUTE_US
    ends = -(-known_at_us // width)  # rounded up: the end of a block belongs to it
    out = []
    for part in np.split(np.arange(ends.size), np.flatnonzero(np.diff(ends)) + 1):
        values = differences[part]
        bet = values if block == Block.ROW else np.array([values.mean()])
        # Rows of an hour that is not over are reported at the last of them.
        last = known_at_us[part[-1]] if block == Block.ROW else ends[part[0]] * width
        out.append(Bet(_EPOCH + timedelta(microseconds=int(last)), bet, len(part)))
    return out


def _differences(
    tx: Tx, found: Experiment, after: datetime, until: datetime
) -> tuple[npt.NDArray[np.int64], Floats]:
    if found.kind == ExperimentKind.PROMISE:
        read = predictions.outcomes(
            tx,
            found.model_id,
            known_after=after,
            known_until=until,
            version_id=found.champion_version_id,
        )
        return read["known_at"], read["loss"]
    read = predictions.paired_losses(
        tx,
        champion_id=found.champion_version_id,
        challenger_id=found.challenger_version_id,
        known_after=after,
        known_until=until,
    )
    return read["known_at"], read["champion"] - read["challenger"]


def _place(tx: Tx, found: Experiment, bets: Sequence[Bet], *, n_rows: int, until: datetime) -> None:
    tests = _load(tx, found)
    for bet in bets:
        n_rows += bet.n_rows
        for test in tests:
            test.process = test.process.update_many(test.sign * bet.values)
            test.points.append((bet.at, n_rows, test.process))
            if test.decided_at is None and test.process.rejects(test.alpha):
                test.decided_at = bet.at
        if any(test.decided_at for test in tests):
            until = bet.at  # what came later is not part of the evidence
            break
    for test in tests:
        _store(tx, found, test, n_rows=n_rows, until=until)
    shown = next(
        test for test in tests if test.kind == TestKind.BETTER or found.promised is not None
    )
    _write_points(tx, found, shown)
    tx.execute(
        update(AbTestingExperiment)
        .where(AbTestingExperiment.tenant_id == tx.tenant_id, AbTestingExperiment.id == found.id)
        .values(current_sample_size=n_rows, updated_at=tx.now())
    )


def _load(tx: Tx, found: Experiment) -> list[_Test]:
    rows = tx.execute(
        select(SequentialTest.id, SequentialTest.kind, SequentialTest.alpha, SequentialTest.state)
        .where(SequentialTest.tenant_id == tx.tenant_id, SequentialTest.experiment_id == found.id)
        .order_by(SequentialTest.kind)
    )
    # The bet that the challenger is worse is the same bet with the roles exchanged.
    return [
        _Test(
            row.id,
            TestKind(row.kind),
            -1.0 if row.kind == TestKind.WORSE and found.promised is None else 1.0,
            row.alpha,
            EProcess.from_dict(row.state),
        )
        for row in rows
    ]


def _store(tx: Tx, found: Experiment, test: _Test, *, n_rows: int, until: datetime) -> None:
    decision = None
    if test.decided_at is not None:
        worse = Decision.WORSE if found.promised is not None else Decision.NOT_BETTER
        decision = Decision.BETTER if test.kind == TestKind.BETTER else worse
    tx.execute(
        update(SequentialTest)
        .where(SequentialTest.tenant_id == tx.tenant_id, SequentialTest.id == test.id)
        .values(
            state=json.loads(json.dumps(test.process.to_dict())),
            block_count=test.process.n,
            outcome_count=n_rows,
            log_e=test.process.log_e,
            max_log_e=test.process.max_log_e,
            watermark=until,
            decided_at=test.decided_at,
            decision=decision.value if decision else None,
        )
    )


def _write_points(tx: Tx, found: Experiment, test: _Test) -> None:
    intervals = [reading.interval(process, alpha=test.alpha) for _, _, process in test.points]
    columns: dict[str, Any] = {
        "id": [uuid7(at) for at, _, _ in test.points],
        "experiment_id": [found.id] * len(test.points),
        "at": [at for at, _, _ in test.points],
        "block_count": [process.n for _, _, process in test.points],
        "outcome_count": [n for _, n, _ in test.points],
        "log_e": [process.log_e for _, _, process in test.points],
        "mean_difference": [process.mean - process.offset for _, _, process in test.points],
        "lower": [lower for lower, _ in intervals],
        "upper": [upper for _, upper in intervals],
    }
    insert_many(tx, "experiments.sequential_points", columns, skip_existing=True)


def _floor(at: datetime, block: Block) -> datetime:
    width = timedelta(minutes=BLOCK_MINUTES[block])
    return _EPOCH + math.floor((at - _EPOCH) / width) * width

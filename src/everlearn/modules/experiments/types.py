"""Words and shapes of the experiments module that others may use."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class ExperimentKind(StrEnum):
    """What is compared."""

    SHADOW = "shadow"
    PROMISE = "promise"
    FLAG = "flag"


class ExperimentStatus(StrEnum):
    """Where an experiment stands."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


#: The allowed moves of an experiment, and of an A/B test.
MOVES: dict[ExperimentStatus, frozenset[ExperimentStatus]] = {
    ExperimentStatus.DRAFT: frozenset({ExperimentStatus.RUNNING, ExperimentStatus.CANCELLED}),
    ExperimentStatus.RUNNING: frozenset(
        {ExperimentStatus.PAUSED, ExperimentStatus.COMPLETED, ExperimentStatus.CANCELLED}
    ),
    ExperimentStatus.PAUSED: frozenset(
        {ExperimentStatus.RUNNING, ExperimentStatus.COMPLETED, ExperimentStatus.CANCELLED}
    ),
    ExperimentStatus.COMPLETED: frozenset(),
    ExperimentStatus.CANCELLED: frozenset(),
}


class TestKind(StrEnum):
    """The claim that a sequential test collects evidence for."""

    __test__ = False  # not a test case, whatever its name says

    BETTER = "better"
    WORSE = "worse"


class Block(StrEnum):
    """How many outcomes make one bet: errors of one hour share causes and are averaged first."""

    ROW = "row"
    HOUR = "hour"
    THREE_HOURS = "three_hours"
    DAY = "day"


#: Length of a block in minutes; a row has none.
BLOCK_MINUTES: dict[Block, int] = {Block.HOUR: 60, Block.THREE_HOURS: 180, Block.DAY: 1440}

#: Greatest difference of one bet that counts, in nats. A larger clip costs power, since no bet may
#: risk more than everything on the worst block; a smaller one cuts off true differences.
CLIPS: dict[Block, float] = {
    Block.ROW: 1.0,
    Block.HOUR: 0.3,
    Block.THREE_HOURS: 0.1,
    Block.DAY: 0.02,
}


class Decision(StrEnum):
    """What the evidence says."""

    RUNNING = "running"
    BETTER = "better"
    NOT_BETTER = "not_better"
    WORSE = "worse"


class Winner(StrEnum):
    """Who goes on."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"


@dataclass(frozen=True, slots=True)
class Experiment:
    """A comparison of two versions, or of a version with its promise.

    Attributes:
        champion_version_id: the live version at the start; for a promise, the version that gave it.
        challenger_version_id: the version that answers unseen; the same as the champion for a
            promise.
        block: how many outcomes make one bet.
        clip: greatest difference of one bet that counts, in the unit of the loss.
        promised: loss promised, margin included; None for a shadow test.
        reason: why it was ended the way it was.
    """

    id: UUID
    kind: ExperimentKind
    name: str
    model_id: UUID
    model: str
    champion_version_id: UUID
    champion: str
    challenger_version_id: UUID
    challenger: str
    status: ExperimentStatus
    alpha: float
    block: Block
    clip: float
    promised: float | None
    started_at: datetime
    ended_at: datetime | None
    winner: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The evidence so far.

    Attributes:
        decision: `running` until one of the tests has its evidence; it stays once it is there.
        n: blocks bet on.
        n_rows: outcomes in them.
        log_e: natural log of the wealth of the bet; for a promise, of the bet that it is broken.
        max_log_e: its greatest value; it decides at `log_threshold`.
        log_threshold: log(1 / alpha).
        mean_difference: mean over blocks of the clipped loss of the champion minus that of the
            challenger (of the live loss minus the promise, for a promise), nats; NaN before the
            first block.
        lower: lower end of an interval for it that holds at all times at once.
        upper: upper end.
        observed_until: outcomes known up to here are in it.
        decided_at: end of the block that decided.
    """

    experiment_id: UUID
    decision: Decision
    n: int
    n_rows: int
    log_e: float
    max_log_e: float
    log_threshold: float
    mean_difference: float
    lower: float
    upper: float
    alpha: float
    observed_until: datetime
    decided_at: datetime | None

    @property
    def e_value(self) -> float:
        """Greatest wealth so far: how many times the stake; 1 at the start."""
        return math.exp(min(self.max_log_e, 700.0))

    def evidence(self) -> dict[str, Any]:
        """Give it as JSON-ready values, for the audit trail and a deployment."""
        return {
            "experiment": str(self.experiment_id),
            "decision": self.decision.value,
            "blocks": self.n,
            "outcomes": self.n_rows,
            "log_e": self.log_e,
            "max_log_e": self.max_log_e,
            "e_value": self.e_value,
            "alpha": self.alpha,
            "mean_difference": _finite(self.mean_difference),
            "interval": [self.lower, self.upper],
            "observed_until": self.observed_until.isoformat(),
            "decided_at": self.decided_at.isoformat() if self.decided_at else None,
        }


@dataclass(frozen=True, slots=True)
class Point:
    """The evidence after one block.

    Attributes:
        at: end of the block.
        n: blocks so far.
        n_rows: outcomes so far.
        log_e: log of the wealth of the bet that decides for the challenger, or against a promise.
        mean_difference: as in `Verdict`.
        lower: as in `Verdict`.
        upper: as in `Verdict`.
    """

    at: datetime
    n: int
    n_rows: int
    log_e: float
    mean_difference: float
    lower: float
    upper: float


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None

"""Words and shapes of training that other modules may use."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from everlearn.core.jobs import JobStatus


class TriggerReason(StrEnum):
    """Why a training job was started."""

    SCHEDULED = "scheduled"
    DRIFT_DETECTED = "drift_detected"
    MANUAL = "manual"
    FEEDBACK_THRESHOLD = "feedback_threshold"


class SessionStatus(StrEnum):
    """Where a training session stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class LabelOf:
    """Where the truth comes from."""

    source: str
    value: str


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """How data are chosen and a version is fitted; the model's `params`, checked.

    Attributes:
        label: source and value of the facts that are the truth.
        holdout_days: the last days, on which the fit of the days before is measured.
        window_days: days before now whose rows count; all of them when None.
        half_life_days: after so many days a row weighs half; all weigh the same when None.
        refit: fit once more on all rows; else the measured fit is kept.
        rounds: trees.
        min_rows: fewest rows to fit on.
        min_holdout: fewest rows to measure on.
        seed: of everything random in the fit.
        lightgbm: further parameters of LightGBM.
    """

    label: LabelOf
    holdout_days: float = 28.0
    window_days: float | None = None
    half_life_days: float | None = None
    refit: bool = True
    rounds: int = 200
    min_rows: int = 200
    min_holdout: int = 50
    seed: int = 1
    lightgbm: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON-ready values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """One training job.

    Attributes:
        id: its id.
        model_id: model it fits a version of.
        model: that model's name.
        run_id: the piece of background work that does it.
        reason: why it was started.
        status: where it stands.
        progress: how far it is, 0 to 1.
        note: what it is doing, for a person.
        config: how data are chosen and fitted.
        dataset: what it read: hash, rows, window.
        metrics: measured on the holdout.
        error: why it failed.
        version_id: version it made.
        version: that version's text.
        as_of: nothing known later was read; None before it began.
        created_by: who or what started it.
        created_at: when it was started.
        started_at: when a worker first took it.
        completed_at: when it ended.
        resources: what it took: seconds, threads.
    """

    id: UUID
    model_id: UUID
    model: str
    run_id: UUID
    reason: TriggerReason
    status: JobStatus
    progress: float
    note: str | None
    config: dict[str, Any]
    dataset: dict[str, Any] | None
    metrics: dict[str, float] | None
    error: str | None
    version_id: UUID | None
    version: str | None
    as_of: datetime | None
    created_by: str
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    resources: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class TrainingState:
    """How a model's training stands as a whole.

    Attributes:
        count: jobs that were started and not cancelled.
        is_open: one is queued or running.
        last_started_at: when the newest of them was started, None when there is none.
        last_status: how the newest stands, None when there is none.
    """

    count: int
    is_open: bool
    last_started_at: datetime | None
    last_status: JobStatus | None

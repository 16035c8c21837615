"""Words and shapes of the loop module."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Step(StrEnum):
    """What one turn of the loop did."""

    RECALIBRATED = "recalibrated"
    SCANNED = "scanned"
    DRIFT_ALERT = "drift_alert"
    TRAINING_STARTED = "training_started"
    FIRST_VERSION = "first_version"
    SHADOW_STARTED = "shadow_started"
    PROMOTED = "promoted"
    CHALLENGER_DROPPED = "challenger_dropped"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True)
class Policy:
    """When a model is retrained, tested, promoted and rolled back.

    Attributes:
        is_active: whether the loop turns for the model at all.
        alpha: probability with which a challenger that is not better is ever promoted, and a kept
            promise ever found broken.
        retrain_every_days: a training starts this long after the last one; None for never.
        retrain_on_drift: whether an alert that no training has answered yet starts one.
        min_days_between: no training starts sooner after another one.
        max_trainings: no training starts after so many, the first one included; None for no end.
        shadow_days: a challenger that is not better by then is dropped.
        promise_days: so long a new live version is held to the loss it promised.
        recalibrate_hours: how often the bounds are made anew from the latest outcomes.
        calibration_rows: latest outcomes they are made from.
        scan_hours: how often the live features are compared with the reference.
        rollback_margin: loss above the promised one, in nats, that is still borne.
        keep_baseline: the first version goes on answering in shadow, to show what learning brings.
    """

    id: UUID
    model_id: UUID
    is_active: bool
    alpha: float
    retrain_every_days: int | None
    retrain_on_drift: bool
    min_days_between: int
    max_trainings: int | None
    shadow_days: int
    promise_days: int
    recalibrate_hours: int
    calibration_rows: int
    scan_hours: int
    rollback_margin: float
    keep_baseline: bool
    baseline_version_id: UUID | None
    recalibrated_at: datetime | None
    scanned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn of the loop did for a model, in order."""

    model_id: UUID
    steps: list[tuple[Step, str]] = field(default_factory=list)
